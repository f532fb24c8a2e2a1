"""Publishing: one way in for every post, ours or another server's, of every kind.

In one transaction: the post and all that hangs on it, its IRI, the counters of its parent and its
author, the notifications, the home timelines of local followers, and (for ours) the word to other
servers. Addresses, names and HTML have been worked out before; here is only writing.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from weft.domain.actors.records import stored_facets
from weft.domain.actors.store import insert_object
from weft.domain.cards.card import attach_card, first_link
from weft.domain.communities.hosted import Hosted, hosted_by_id
from weft.domain.conversations.keep import file_post, mentioned, move_conversations
from weft.domain.events import Boosted, PostPublished
from weft.domain.interactions.ask import ask, asked_for_post
from weft.domain.interactions.policy import leave_to
from weft.domain.interactions.records import LeaveKind
from weft.domain.news import PostCame
from weft.domain.notifications.followers import notify_followers
from weft.domain.notifications.notify import NotificationKind, notify
from weft.domain.notifications.policy import Choice
from weft.domain.posts.queries import boost_by, post_by_id, post_by_uri
from weft.domain.posts.records import (
    AudienceRole,
    NewPost,
    ObjectKind,
    PostKind,
)
from weft.domain.posts.store import (
    Ahead,
    add_to_author,
    add_to_stats,
    adopt_orphans,
    insert_attachment,
    insert_audience,
    insert_post,
    insert_post_stats,
    insert_post_tag,
    insert_tag,
    move_threads,
    put_poll,
    stats_delta,
)
from weft.domain.quotes.quote import attach, find_waiting
from weft.domain.relations.queries import followers_among
from weft.domain.search.index import index_kept, index_new
from weft.domain.server import Server
from weft.domain.tags.uses import note_uses
from weft.domain.timelines.home import put_into_homes
from weft.domain.visibility.viewer import Visibility
from weft.storage.database import Tx

# Younger than this, a post takes its place in the order of arrival; older ones go where they
# belong in time, and never into a home timeline (design section 4, home timelines).
FRESH_MS = 60_000
HOME_AGE_MS = 6 * 3_600_000


class Published(Struct, frozen=True):
    """A stored post's names."""

    id: int
    uri: str
    author_id: int


async def publish(tx: Tx, server: Server, new: NewPost, ahead: Ahead | None = None) -> Published:
    """Store a post; tell the world if it is ours. ``ahead`` is what this write has read of it.

    What an author of another server wants to be asked for, is its author's alone until they answer.

    Raises:
        Conflict: a post with this IRI, or this actor's boost of this post, is already here.
        InteractionRefused: what one of ours answers or boosts is not for them to.
    """
    now = server.now_ms()
    asked, meant = await asked_for_post(tx, new), new.visibility
    if asked is not None and meant < Visibility.DIRECT:
        new = replace(new, visibility=Visibility.LIMITED)
    local = new.uri is None
    published_at = min(new.published_at or now, now)
    fresh = now - published_at < FRESH_MS
    post_id = tx.new_id() if fresh else tx.new_id(at_ms=published_at)
    uri = new.uri or server.post_uri(post_id)
    await _insert(tx, new, post_id, uri, local=local, published_at=published_at, now=now)
    await _hang_on(tx, new, post_id, now)
    await _count(tx, new, post_id, published_at, now)
    if new.boost_of_id is None:
        if new.tags and new.visibility == Visibility.PUBLIC:
            await note_uses(tx, new.author_id, post_id, published_at, now)
        if new.quote is not None and (post := await tx.one(post_by_id, id=post_id)) is not None:
            await attach(tx, server, post, new.quote)
        if not local:
            await _link_early(tx, new, post_id, uri, ahead)
        link = first_link(new.content, new.link_url)
        if link is not None:
            await attach_card(tx, server, post_id, link, local=local)
        if local or new.audience or (new.indexable and new.visibility == Visibility.PUBLIC):
            await index_new(tx, post_id)
    elif local:
        await index_kept(tx, new.boost_of_id)
    if new.delivered or now - published_at < HOME_AGE_MS:
        # What was only fetched, and is old, is news to nobody. What is young is treated as if it
        # had been delivered: its delivery, a moment later, will find it here and do nothing.
        await _notify(tx, new, post_id, now, ahead)
    if now - published_at < HOME_AGE_MS:
        await put_into_homes(tx, new, post_id, now)
        tx.say(PostCame(post_id))
    if asked is not None:
        kind = LeaveKind.REPLY if new.boost_of_id is None else LeaveKind.BOOST
        who = {"actor_id": new.author_id, "post_id": post_id}
        await ask(tx, server, kind, asked, visibility=meant, **who)
    elif local and not new.local_only:
        if new.boost_of_id is not None:
            await server.tell(tx, Boosted(post_id=post_id, target_id=new.boost_of_id))
        else:
            await server.tell(tx, PostPublished(post_id=post_id))
            if any(each.role is AudienceRole.COMMUNITY for each in new.audience):
                await share(tx, server, await tx.all(hosted_by_id, id=post_id))
    return Published(id=post_id, uri=uri, author_id=new.author_id)


def _root(new: NewPost, post_id: int) -> int:
    """The post that the thread began with, as far as it is known here."""
    parent = new.reply_to
    return (parent.root_id or parent.id or post_id) if parent else post_id


async def boost(tx: Tx, server: Server, new: NewPost) -> Published:
    """Boost a post; a second boost by the same actor is the first one."""
    if new.boost_of_id is None or new.kind is not PostKind.BOOST:
        raise ValueError("a boost names the post that it boosts")
    known = await tx.one(boost_by, target_id=new.boost_of_id, author_id=new.author_id)
    if known is not None:
        return Published(id=known.id, uri=known.uri, author_id=known.author_id)
    return await publish(tx, server, new)


async def share(tx: Tx, server: Server, places: Sequence[Hosted]) -> None:
    """Communities of this server show a thread to those who follow them, as their boost."""
    for each in places:
        thread = await tx.one(post_by_id, id=each.post_id) if each.is_thread else None
        if thread is None or each.is_limited:
            continue
        if await leave_to(tx, "boost", thread, each.community_id) == "free":
            await boost(
                tx,
                server,
                NewPost(
                    author_id=each.community_id,
                    kind=PostKind.BOOST,
                    boost_of_id=each.post_id,
                    quiet=True,
                ),
            )


async def _insert(
    tx: Tx, new: NewPost, post_id: int, uri: str, *, local: bool, published_at: int, now: int
) -> None:
    parent = new.reply_to
    await tx.run(
        insert_post,
        id=post_id,
        num=await tx.next_num("post"),
        kind=new.kind,
        local=local,
        uri=uri,
        url=new.url,
        author_id=new.author_id,
        visibility=new.visibility,
        local_only=new.local_only,
        in_reply_to_id=parent.id if parent else None,
        in_reply_to_uri=parent.uri if parent else None,
        in_reply_to_author_id=parent.author_id if parent else None,
        root_id=_root(new, post_id),
        context_uri=new.context_uri,
        boost_of_id=new.boost_of_id,
        quote_of_id=new.quote.target_id if new.quote else None,
        quote_state=new.quote.state if new.quote else None,
        title=new.title,
        summary=new.summary,
        sensitive=new.sensitive,
        content=new.content,
        sanitiser=new.sanitiser,
        source=new.source,
        source_format=new.source_format,
        language=new.language,
        link_url=new.link_url,
        facets=stored_facets(new.facets),
        app_id=new.app_id,
        published_at=published_at,
        arrived_at=now,
    )
    await tx.run(insert_object, uri=uri, kind=ObjectKind.POST, id=post_id)
    await tx.run(insert_post_stats, post_id=post_id, now=now)


async def _hang_on(tx: Tx, new: NewPost, post_id: int, now: int) -> None:
    for named in new.audience:
        await tx.run(insert_audience, post_id=post_id, actor_id=named.actor_id, role=named.role)
    for tag in new.tags:
        await tx.run(insert_tag, id=tx.new_id(), name=tag.name, display=tag.display, created_at=now)
        await tx.run(insert_post_tag, of_post=post_id, name=tag.name)
    for position, media_id in enumerate(new.media_ids):
        await tx.run(insert_attachment, post_id=post_id, position=position, media_id=media_id)
    if new.poll is not None:
        await put_poll(tx, post_id, new.poll)


async def _count(tx: Tx, new: NewPost, post_id: int, published_at: int, now: int) -> None:
    await tx.run(add_to_author, of_actor=new.author_id, more_posts=1, last_post_at=published_at)
    if new.reply_to is not None and new.reply_to.id is not None:
        await tx.run(add_to_stats, of_post=new.reply_to.id, **stats_delta(replies=1))
    if new.boost_of_id is not None:
        await tx.run(add_to_stats, of_post=new.boost_of_id, **stats_delta(boosts=1))


async def adopt_waiting(tx: Tx, uri: str) -> None:
    """Link replies to a post that is here, and wait for it all the same: on PostgreSQL a reply and
    what it answers can be stored at the same moment, and neither see the other."""
    parent = await tx.one(post_by_uri, uri=uri)
    if parent is not None and parent.boost_of_id is None:
        await _link_waiting(tx, uri, parent.id, parent.author_id, parent.root_id or parent.id)


async def _link_early(tx: Tx, new: NewPost, post_id: int, uri: str, ahead: Ahead | None) -> None:
    """Replies and quotes may arrive before what they answer and quote: link them now."""
    if ahead is None or ahead.replies:
        await _link_waiting(tx, uri, post_id, new.author_id, _root(new, post_id))
    if ahead is None or ahead.quotes:
        await find_waiting(tx, uri, post_id, new.author_id)


async def _link_waiting(tx: Tx, uri: str, post_id: int, author_id: int, root: int) -> None:
    orphans = await tx.all(
        adopt_orphans, parent_uri=uri, parent_id=post_id, parent_author=author_id
    )
    if orphans:
        roots = [row[0] for row in orphans]
        await tx.run(move_threads, roots=roots, new_root=root)
        await move_conversations(tx, roots, root)
        await tx.run(add_to_stats, of_post=post_id, **stats_delta(replies=len(orphans)))


async def hearing(tx: Tx, author_id: int, named: set[int]) -> set[int]:
    """Of who is named, those who hear of a quiet post: who follow its author."""
    rows = await tx.all(followers_among, ids=sorted(named), target=author_id)
    return {row[0] for row in rows}


async def _notify(tx: Tx, new: NewPost, post_id: int, now: int, ahead: Ahead | None) -> None:
    if new.boost_of_id is not None:
        boosted = await tx.one(post_by_id, id=new.boost_of_id)
        if boosted is not None and boosted.local and not new.quiet:
            await notify(
                tx, boosted.author_id, NotificationKind.BOOST, new.author_id, boosted.id, now
            )
        return
    named = mentioned(new.audience)
    told = [new.author_id] if new.uri is None else []
    for each in sorted(await hearing(tx, new.author_id, named) if new.quiet else named):
        verdict = await notify(tx, each, NotificationKind.MENTION, new.author_id, post_id, now)
        if verdict is Choice.ACCEPT:
            told.append(each)
    root = _root(new, post_id)
    if new.visibility == Visibility.DIRECT:
        await file_post(
            tx, post_id=post_id, root_id=root, author_id=new.author_id, named=named, owners=told
        )
    if ahead is None or ahead.asked:
        await notify_followers(tx, new, post_id, root, named, now)
