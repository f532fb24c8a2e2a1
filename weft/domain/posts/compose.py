"""Composing: from what a person typed to a post that can be published.

Everything slow happens here, before the write: people on other servers are looked up (a few of
them, for a few seconds; a name that nobody answers for stays plain text), text becomes HTML, and
what the post refers to is checked against what its author may see.
"""

import asyncio
import re

from msgspec import structs

from weft.domain.accounts.store import forget_request, remember_request, remembered_post
from weft.domain.actors.queries import actors_by_handles, actors_by_ids
from weft.domain.actors.records import Actor, Emoji
from weft.domain.communities.keep import (
    banned_from,
    is_closed,
    places_of,
    with_groups_named,
    with_places,
)
from weft.domain.emoji.keep import emoji_in
from weft.domain.interactions.policy import is_waiting, leave_to
from weft.domain.interactions.records import FORBIDDEN
from weft.domain.markup.length import post_length, visible_length
from weft.domain.media.records import MediaState
from weft.domain.policy.own import judged_edit, judged_post
from weft.domain.posts.drafted import REMEMBERED_MS, Draft, DraftPoll, PostRefused
from weft.domain.posts.edit import EditedPost
from weft.domain.posts.lists import media_by_id
from weft.domain.posts.publish import publish
from weft.domain.posts.queries import poll_options_of, posts_for
from weft.domain.posts.records import (
    Mention,
    NewPoll,
    NewPost,
    NewQuote,
    Post,
    PostFacets,
    PostKind,
    QuotePolicy,
    QuoteState,
    ReplyTo,
    post_facets,
)
from weft.domain.posts.written import Written, handles_in, write_html
from weft.domain.quotes.policy import POLICIES, Leave, leave
from weft.domain.relations.queries import FollowState, follow_between
from weft.domain.resolving import Resolve
from weft.domain.server import Server
from weft.domain.visibility.viewer import Local, Visibility, viewer_params
from weft.storage.database import Database, Tx

__all__ = [
    "REMEMBERED_MS",
    "Draft",
    "DraftPoll",
    "NoSuchParent",
    "NoSuchQuoted",
    "PostRefused",
    "UnexpectedMentions",
    "compose",
    "compose_edit",
    "publish_once",
]

MAX_MEDIA = 4
MAX_OPTIONS = 8
OPTION_LENGTH = 100
POLL_SECONDS = (300, 2_629_746)
MAX_LOOKUPS = 10
MAX_MENTIONS = 100
LOOKUP_S = 8.0
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*")


class NoSuchParent(Exception):
    """What the post answers is not there, or not for its author to see."""

    def __init__(self) -> None:
        super().__init__("The post that you answer is not here any more.")


class NoSuchQuoted(Exception):
    """What the post quotes is not there, or not for its author to see."""

    def __init__(self) -> None:
        super().__init__("The post that you quote is not here any more.")


class UnexpectedMentions(PostRefused):
    """The text names people whom the author's application did not know of."""

    def __init__(self, actor_ids: tuple[int, ...]) -> None:
        super().__init__("The post mentions people that you may not have meant to mention.")
        self.actor_ids = actor_ids


async def compose(
    db: Database,
    server: Server,
    resolve: Resolve,
    author: Actor,
    draft: Draft,
    *,
    of_draft: int | None = None,
    waits: bool = False,
) -> NewPost:
    """Check a draft and make it ready for ``publish``. ``of_draft``: the scheduled post that it was;
    ``waits``: it is only to be scheduled.

    Raises:
        PostRefused, NoSuchParent, NoSuchQuoted: with a sentence; nothing was written.
    """
    _check_text(server, draft)
    poll = _checked_poll(server, draft.poll) if draft.poll is not None else None
    await _check_media(db, author, draft.media_ids, of_draft=of_draft)
    parent = await _parent(db, server, author, draft.reply_to_id)
    quote = await compose_quote(db, server, author, draft.quoted_id, draft.visibility)
    written, audience = await _write(db, server, resolve, draft)
    _check_mentions(author, draft, audience)
    if draft.visibility <= Visibility.UNLISTED:
        audience = await _placed(db, server, author, parent, audience)
    new = NewPost(
        author_id=author.id,
        kind=PostKind.QUESTION if poll is not None else PostKind.NOTE,
        visibility=draft.visibility,
        local_only=draft.local_only or (parent is not None and parent.local_only),
        content=written.html,
        source=draft.text,
        source_format=draft.source_format,
        sanitiser=written.sanitiser,
        summary=draft.summary or None,
        sensitive=draft.sensitive or bool(draft.summary),
        language=draft.language,
        reply_to=(
            ReplyTo(
                uri=parent.uri, id=parent.id, author_id=parent.author_id, root_id=parent.root_id
            )
            if parent is not None
            else None
        ),
        audience=audience,
        tags=written.tags,
        media_ids=draft.media_ids,
        poll=poll,
        quote=quote,
        facets=PostFacets(
            emojis=await _emoji(db, server, draft, ()),
            quote_policy=chosen_policy(draft.quote_policy),
        ),
        app_id=draft.app_id,
    )
    return await judged_post(db, server, author, draft, new, of_draft=of_draft, waits=waits)


async def compose_edit(
    db: Database, server: Server, resolve: Resolve, author: Actor, post: Post, draft: Draft
) -> EditedPost:
    """Check an edited draft; visibility and parent of the post stay as they are. A poll with other
    options takes the place of the one that was, without its votes.

    Raises:
        PostRefused: with a sentence.
    """
    if post.boost_of_id is not None:
        raise PostRefused("A boost cannot be edited.")
    _check_text(server, draft, had_poll=post.kind == PostKind.QUESTION)
    await _check_media(db, author, draft.media_ids, of_post=post.id)
    rows = await db.all(poll_options_of, ids=[post.id])
    options = tuple(row.title for row in sorted(rows, key=lambda each: each.position))
    poll = _checked_poll(server, draft.poll) if draft.poll is not None else None
    if poll is not None and poll.options == options:
        poll = None
    facets = structs.replace(
        post_facets(post.facets), emojis=await _emoji(db, server, draft, options)
    )
    if draft.quote_policy is not None:
        facets = structs.replace(facets, quote_policy=chosen_policy(draft.quote_policy))
    written, audience = await _write(db, server, resolve, draft)
    new = EditedPost(
        kind=PostKind(post.kind) if poll is None else PostKind.QUESTION,
        content=written.html,
        source=draft.text,
        source_format=draft.source_format,
        sanitiser=written.sanitiser,
        title=post.title,
        summary=draft.summary or None,
        sensitive=draft.sensitive or bool(draft.summary),
        language=draft.language,
        link_url=post.link_url,
        audience=audience,
        tags=written.tags,
        media_ids=draft.media_ids,
        facets=facets,
        poll=poll,
    )
    return await judged_edit(db, server, author, post, new)


async def _emoji(
    db: Database, server: Server, draft: Draft, kept_options: tuple[str, ...]
) -> tuple[Emoji, ...]:
    """The emoji of this server that a draft names, or the options of the poll that it keeps."""
    options = draft.poll.options if draft.poll is not None else kept_options
    return await emoji_in(db, server, draft.summary, draft.text, *options)


async def publish_once(
    tx: Tx, server: Server, new: NewPost, account_id: int, key: str | None
) -> int:
    """Publish; a request repeated with the same key within an hour gets the same post."""
    if key is None:
        return (await publish(tx, server, new)).id
    now = server.now_ms()
    known = await tx.one(remembered_post, account_id=account_id, key=key, since=now - REMEMBERED_MS)
    if known is not None:
        return int(known[0])
    await tx.run(forget_request, of_account=account_id, of_key=key)
    post_id = (await publish(tx, server, new)).id
    await tx.run(remember_request, account_id=account_id, key=key, post_id=post_id, created_at=now)
    return post_id


def _check_text(server: Server, draft: Draft, *, had_poll: bool = False) -> None:
    empty = not draft.text.strip() and not draft.media_ids and draft.poll is None
    if empty and draft.quoted_id is None and not had_poll:
        raise PostRefused("A post needs a text, a picture or a poll.")
    if draft.source_format not in server.post_formats:
        formats = ", ".join(server.post_formats)
        raise PostRefused(f"Posts can be written here as {formats}.")
    length = post_length(draft.text) + visible_length(draft.summary)
    if length > server.post_length:
        raise PostRefused(
            f"The post has {length} characters; {server.post_length} are allowed here."
        )
    if draft.language is not None and not _LANGUAGE.fullmatch(draft.language):
        raise PostRefused("The language must be a code such as en or pt-BR.")
    if draft.visibility not in (
        Visibility.PUBLIC,
        Visibility.UNLISTED,
        Visibility.FOLLOWERS,
        Visibility.DIRECT,
    ):
        raise PostRefused("The visibility must be public, unlisted, private or direct.")


def _checked_poll(server: Server, poll: DraftPoll) -> NewPoll:
    options = tuple(option.strip() for option in poll.options)
    if not 2 <= len(options) <= MAX_OPTIONS:
        raise PostRefused(f"A poll has 2 to {MAX_OPTIONS} options.")
    if any(not option for option in options):
        raise PostRefused("An option of the poll is empty.")
    if any(len(option) > OPTION_LENGTH for option in options):
        raise PostRefused(f"An option of a poll may have at most {OPTION_LENGTH} characters.")
    if len(set(options)) != len(options):
        raise PostRefused("Two options of the poll are the same.")
    shortest, longest = POLL_SECONDS
    if not shortest <= poll.expires_in_s <= longest:
        raise PostRefused(f"A poll runs from {shortest} to {longest} seconds.")
    return NewPoll(
        options=options,
        multiple=poll.multiple,
        hide_totals=poll.hide_totals,
        ends_at=server.now_ms() + poll.expires_in_s * 1000,
    )


def _check_mentions(author: Actor, draft: Draft, audience: tuple[Mention, ...]) -> None:
    if draft.allowed_ids is not None:
        meant = {*draft.allowed_ids, author.id}
        others = tuple(each.actor_id for each in audience if each.actor_id not in meant)
        if others:
            raise UnexpectedMentions(others)


async def _check_media(
    db: Database,
    author: Actor,
    media_ids: tuple[int, ...],
    *,
    of_post: int | None = None,
    of_draft: int | None = None,
) -> None:
    """The author's own files, not attached to another post."""
    if len(media_ids) > MAX_MEDIA:
        raise PostRefused(f"A post may have at most {MAX_MEDIA} attachments.")
    if len(set(media_ids)) != len(media_ids):
        raise PostRefused("An attachment is named twice.")
    for media_id in media_ids:
        row = await db.one(media_by_id, id=media_id)
        if row is None or row.owner_id != author.id:
            raise PostRefused(f"There is no attachment {media_id} of yours.")
        if row.post_id is not None and row.post_id != of_post:
            raise PostRefused(f"The attachment {media_id} belongs to another post.")
        if row.draft_id is not None and row.draft_id != of_draft:
            raise PostRefused(f"The attachment {media_id} waits with a scheduled post.")
        if row.state == MediaState.WORKED_ON:
            raise PostRefused(
                f"The attachment {media_id} is still being worked on: post in a moment, when it is ready."
            )
        if row.state == MediaState.FAILED:
            raise PostRefused(f"The attachment {media_id} could not be worked on: leave it out.")


def chosen_policy(name: str | None) -> QuotePolicy | None:
    """Raises PostRefused for a name that is no policy."""
    if name is None:
        return None
    if name not in POLICIES:
        raise PostRefused("Who may quote is public, followers or nobody.")
    return POLICIES[name]


async def compose_quote(
    db: Database, server: Server, author: Actor, quoted_id: int | None, visibility: Visibility
) -> NewQuote | None:
    """What the post quotes, held against the quoted author's policy.

    Raises:
        NoSuchQuoted: not there, or not for its author to see.
        PostRefused: it may not be quoted.
    """
    if quoted_id is None:
        return None
    target = await visible_post(db, server, author.id, quoted_id)
    if target is not None and target.boost_of_id is not None:
        target = await visible_post(db, server, author.id, target.boost_of_id)
    if target is None:
        raise NoSuchQuoted
    if target.visibility > Visibility.UNLISTED and visibility < target.visibility:
        raise PostRefused("A post that is not for everybody can only be quoted to the same people.")
    given = await asked_leave(db, target, author.id)
    if given == "denied":
        raise PostRefused("Its author does not want this post to be quoted.")
    free = given == "automatic" and (target.local or target.author_id == author.id)
    state = QuoteState.ACCEPTED if free else QuoteState.PENDING
    return NewQuote(target_uri=target.uri, state=state, target_id=target.id)


async def asked_leave(db: Database, target: Post, quoter_id: int) -> Leave:
    """May this person quote the post?"""
    follows = await db.one(follow_between, follower=quoter_id, target=target.author_id)
    followed = await db.one(follow_between, follower=target.author_id, target=quoter_id)
    return leave(
        target,
        quoter_id=quoter_id,
        follows_author=follows is not None and follows.state == FollowState.ACCEPTED,
        followed_by_author=followed is not None and followed.state == FollowState.ACCEPTED,
    )


async def _parent(
    db: Database, server: Server, author: Actor, reply_to_id: int | None
) -> Post | None:
    if reply_to_id is None:
        return None
    parent = await visible_post(db, server, author.id, reply_to_id)
    if parent is not None and parent.boost_of_id is not None:
        parent = await visible_post(db, server, author.id, parent.boost_of_id)
    if parent is None:
        raise NoSuchParent
    if await leave_to(db, "reply", parent, author.id) == "denied":
        raise PostRefused(FORBIDDEN["reply"])
    if await is_waiting(db, parent):
        raise PostRefused("What you answer has no leave of the author above it: wait for that.")
    return parent


async def _placed(
    db: Database, server: Server, author: Actor, parent: Post | None, audience: tuple[Mention, ...]
) -> tuple[Mention, ...]:
    """An answer belongs to the community of what it answers, which must be told.

    Raises:
        PostRefused: not here, or not by this person.
    """
    if parent is None:
        return await with_groups_named(db, server, author.id, audience)
    if await is_closed(db, parent, author.id):
        raise PostRefused("The thread is locked: only its moderators can answer.")
    ban = await banned_from(db, server, author.id, await places_of(db, parent.id))
    if ban is not None:
        reason = f": {ban.reason}" if ban.reason else "."
        raise PostRefused(f"The moderators of this community have banned you{reason}")
    return await with_places(db, server, parent.id, author.id, audience)


async def visible_post(db: Database, server: Server, actor_id: int, post_id: int) -> Post | None:
    """A post, if this person may see it."""
    viewer = Local(actor_id)
    return await db.one(
        posts_for,
        who="local",
        purpose="show",
        ids=[post_id],
        **viewer_params(viewer, server.now_ms(), "show"),
    )


async def _write(
    db: Database, server: Server, resolve: Resolve, draft: Draft
) -> tuple[Written, tuple[Mention, ...]]:
    handles = handles_in(server, draft.text, draft.source_format)[:MAX_MENTIONS]
    people = await _named(db, server, resolve, handles)
    written = write_html(server, draft.text, people, draft.source_format)
    return written, tuple(
        Mention(actor_id) for actor_id in {each.id: None for each in people.values()}
    )


async def _named(
    db: Database, server: Server, resolve: Resolve, handles: list[str]
) -> dict[str, Actor]:
    """Who is mentioned, by case-folded ``name@domain``."""
    if not handles:
        return {}
    found = {
        each.handle: each
        for each in sorted(
            await db.all(actors_by_handles, handles=handles), key=lambda each: each.id
        )
        if each.stands
    }
    own = f"@{server.domain}"
    unknown = [each for each in handles if each not in found and not each.endswith(own)]
    looked_up = await asyncio.gather(
        *(_looked_up(resolve, handle) for handle in unknown[:MAX_LOOKUPS])
    )
    ids = {handle: id_ for handle, id_ in zip(unknown, looked_up, strict=False) if id_ is not None}
    if ids:
        actors = {each.id: each for each in await db.all(actors_by_ids, ids=list(ids.values()))}
        found |= {
            handle: actors[id_]
            for handle, id_ in ids.items()
            if id_ in actors and actors[id_].stands
        }
    return found


async def _looked_up(resolve: Resolve, handle: str) -> int | None:
    try:
        found = await asyncio.wait_for(resolve(f"@{handle}"), LOOKUP_S)
    except TimeoutError:
        return None
    return found.id if found is not None and found.kind == "actor" else None
