"""What a dialect needs to write something down, read from the database in a few batches."""

from dataclasses import dataclass
from typing import Any

from weft.domain.actors.queries import actor_by_id, actors_by_ids
from weft.domain.actors.records import Actor
from weft.domain.collections.found import linked_collections
from weft.domain.collections.records import Collection
from weft.domain.interactions.queries import leave_of_post
from weft.domain.interactions.records import InteractionLeave
from weft.domain.posts.queries import (
    AttachmentRow,
    PollOptionRow,
    PollRow,
    StatsRow,
    TagRow,
    attachments_of,
    audience_of,
    poll_options_of,
    polls_of,
    post_by_id,
    stats_of,
    tags_of,
    withheld_post,
)
from weft.domain.posts.records import AudienceRole, Post
from weft.domain.quotes.queries import Quote, quotes_by_posts
from weft.domain.relations.queries import FollowState, follows_to
from weft.domain.server import Server
from weft.domain.visibility.viewer import Anonymous
from weft.storage.database import Database


@dataclass(frozen=True, slots=True)
class PostFacts:
    """A post and all that is written with it."""

    post: Post
    author: Actor
    named: tuple[tuple[Actor, AudienceRole], ...]
    tags: tuple[TagRow, ...]
    attachments: tuple[AttachmentRow, ...]
    poll: PollRow | None
    options: tuple[PollOptionRow, ...]
    stats: StatsRow | None
    context_uri: str | None = None
    """The thread's collection on the server where it began (FEP-7888)."""
    quote: Quote | None = None
    quoted_url: str | None = None
    """Where people read the quoted post, if it is known here."""
    target: "PostFacts | None" = None
    """The boosted post, for a boost."""
    linked: tuple[Collection, ...] = ()
    """Collections of people that it links to, and that everybody may see."""
    leave: InteractionLeave | None = None
    """Of an answer or a boost whose target's author was asked."""
    unheard: frozenset[int] = frozenset()
    """Whom it names in vain: those who do not follow an author that a moderator has limited."""

    @property
    def mentioned(self) -> tuple[Actor, ...]:
        return tuple(a for a, role in self.named if role is AudienceRole.MENTION)

    @property
    def places(self) -> tuple[Actor, ...]:
        """The communities that it is in."""
        return tuple(a for a, role in self.named if role is AudienceRole.COMMUNITY)

    @property
    def addressed(self) -> tuple[Actor, ...]:
        """Everybody that the post names, silently or not."""
        return tuple(a for a, _role in self.named if a.id not in self.unheard)


async def _context_of(db: Database, server: Server, post: Post) -> str | None:
    """The collection of the thread: ours if it began here, else what its first post names."""
    root = post
    if post.root_id is not None and post.root_id != post.id:
        found = await db.one(post_by_id, id=post.root_id)
        root = found or post
    if root.local:
        return server.context_uri(root.id) if root.boost_of_id is None else None
    return root.context_uri or post.context_uri


async def post_facts(db: Database, server: Server, post_id: int) -> PostFacts | None:
    """The facts of one post, or None if it is gone."""
    post = await db.one(post_by_id, id=post_id)
    if post is None or await db.one(withheld_post, id=post_id) is not None:
        return None
    author = await db.one(actor_by_id, id=post.author_id)
    if author is None:
        return None
    ids = [post_id]
    audience = await db.all(audience_of, ids=ids)
    actors: dict[int, Actor] = {}
    if audience:
        found = await db.all(actors_by_ids, ids=[row.actor_id for row in audience])
        actors = {actor.id: actor for actor in found}
    polls = await db.all(polls_of, ids=ids)
    options: list[Any] = await db.all(poll_options_of, ids=ids) if polls else []
    attachments = await db.all(attachments_of, ids=ids)
    stats = await db.one(stats_of, ids=ids)
    target = (
        await post_facts(db, server, post.boost_of_id) if post.boost_of_id is not None else None
    )
    quote = await db.one(quotes_by_posts, ids=ids) if post.quote_state is not None else None
    unheard: frozenset[int] = frozenset()
    if author.silenced_at is not None and actors:
        rows = await db.all(follows_to, me=author.id, others=list(actors))
        unheard = frozenset(actors) - {
            row.follower_id for row in rows if row.state == FollowState.ACCEPTED
        }
    return PostFacts(
        post=post,
        author=author,
        named=tuple(
            (actors[row.actor_id], AudienceRole(row.role))
            for row in sorted(audience, key=lambda each: each.actor_id)
            if row.actor_id in actors
        ),
        tags=tuple(sorted(await db.all(tags_of, ids=ids), key=lambda row: row.tag_id)),
        attachments=tuple(sorted(attachments, key=lambda row: row.position)),
        poll=polls[0] if polls else None,
        options=tuple(sorted(options, key=lambda row: row.position)),
        stats=stats,
        context_uri=await _context_of(db, server, post),
        quote=quote,
        quoted_url=await _page_of(db, post.quote_of_id) if quote is not None else None,
        target=target,
        linked=tuple(
            (
                await linked_collections(
                    db, Anonymous(), server.now_ms(), [(post_id, post.content)]
                )
            ).get(post_id, ())
        ),
        leave=await _leave_of(db, post),
        unheard=unheard,
    )


async def _leave_of(db: Database, post: Post) -> InteractionLeave | None:
    if post.in_reply_to_id is None and post.boost_of_id is None:
        return None
    return await db.one(leave_of_post, post_id=post.id)


async def _page_of(db: Database, post_id: int | None) -> str | None:
    """The page of a post, for people."""
    post = await db.one(post_by_id, id=post_id) if post_id is not None else None
    if post is None or post.url is not None or not post.local:
        return post.url or post.uri if post is not None else None
    author = await db.one(actor_by_id, id=post.author_id)
    return f"{author.url}/{post.id}" if author is not None else post.uri
