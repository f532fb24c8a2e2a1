"""Communities of this server speak (FEP-1b12; section 3.1 of the interop notes of Lemmy).

What anybody does in a community goes to the servers of all who follow it, inside of an Announce of the
community's: of others as it came, of ours as we would write it. A thread is announced by itself as well,
as the community's boost (``posts.publish.share``): microblogs know no other form.

The id of an Announce is made of what it passes on, so that nothing goes out twice, whoever brings it,
and however often. It is read at that address for as long as the log of activities goes back.
"""

from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256

from sqlalchemy import Select, bindparam, select

from weft.domain.actors.queries import actor_by_id, actor_by_uri
from weft.domain.actors.records import Actor, ActorKind
from weft.domain.communities.hosted import Hosted, hosted_by_id, hosted_by_uri
from weft.domain.communities.keep import banned_from, bans_of
from weft.domain.communities.queries import moderators_of
from weft.domain.events import (
    Announced,
    Event,
    Moderated,
    PostDeleted,
    PostEdited,
    PostPublished,
    Reacted,
    ReactionUndone,
    Reported,
)
from weft.domain.posts.publish import share
from weft.domain.reactions.react import reaction_by_uri
from weft.domain.server import Server, now_ms
from weft.federation.dialects import JsonObject
from weft.federation.handlers.received import Received
from weft.protocol.activitystreams import first_id, first_object, first_type, ids
from weft.storage.database import Tx
from weft.storage.schema.federation import activity
from weft.storage.statements import query

MAX_BYTES = 256 * 1024
"""What is larger is passed on as the community's boost alone."""
OF_POSTS = frozenset(
    {"Create", "Update", "Delete", "Like", "Dislike", "EmojiReact", "Lock", "Warn"}
)
OF_COMMUNITIES = frozenset({"Add", "Remove", "Block"})
PASSED_ON = OF_POSTS | OF_COMMUNITIES | {"Undo", "Flag"}
NOT_OF_BANNED = frozenset({"Create", "Update", "Like", "Dislike", "EmojiReact"})
UNDONE = frozenset({"Like", "Dislike", "EmojiReact", "Lock", "Block", "Delete"})
ONCE = frozenset({"Create", "Delete"})
"""What happens to a post once, whatever the activities that tell it are called."""


@query(bounded=True)
def activity_of_uri() -> Select:
    """``(id, actor_id, event)``."""
    return select(activity.c.id, activity.c.actor_id, activity.c.event).where(
        activity.c.uri == bindparam("uri")
    )


def announce_uri(community_uri: str, what: str) -> str:
    """The id of the Announce of an activity, told by its id; or ``Create`` or ``Delete`` of a post."""
    return f"{community_uri}/announces/{sha256(what.encode()).hexdigest()[:32]}"


async def concerned_before(tx: Tx, got: Received) -> Sequence[Hosted]:
    """The communities of this server that an activity is about, as far as it will be too late to ask
    once it has had its effect."""
    if got.announcer is not None or got.type not in {"Delete", "Undo"}:
        return ()
    uri = first_id(got.object)
    if uri is None:
        return ()
    if got.type == "Undo":
        known = await tx.one(reaction_by_uri, uri=uri)
        return await tx.all(hosted_by_id, id=known.post_id) if known is not None else ()
    return await tx.all(hosted_by_uri, uri=uri)


async def announce_received(
    tx: Tx, server: Server, got: Received, before: Sequence[Hosted]
) -> None:
    """Pass on what another server's activity did in communities of this server."""
    if got.type not in PASSED_ON or got.announcer is not None:
        return
    places = before or await _concerned(tx, got)
    if not places:
        return
    if got.type in NOT_OF_BANNED and got.signer.silenced_at is not None:
        return
    for each in places:
        if each.is_limited and got.type in NOT_OF_BANNED:
            continue
        if got.type in NOT_OF_BANNED and await banned_from(
            tx, server, got.signer.id, [each.community_id]
        ):
            continue
        await _announce(tx, server, each, got)
        if got.type in {"Create", "Update"} or _brings_back(got):
            # A thread is shown once, however often it is said.
            await share(tx, server, [each])


async def _announce(tx: Tx, server: Server, place: Hosted, got: Received) -> None:
    # Of what came by another and was signed by its actor, only what the signature covers.
    body = getattr(got.document, "body", b"") or got.body
    uri = announce_uri(place.community_uri, _what(tx, got))
    if len(body) > MAX_BYTES:
        return
    if await tx.one(activity_of_uri, uri=uri) is not None:
        return
    only_to: tuple[int, ...] = ()
    if got.type == "Flag":
        only_to = await _who_moderates(tx, place.community_id)
        if not only_to:
            return
    said = Announced(
        actor_id=place.community_id,
        uri=uri,
        activity_id=None,
        body=body.decode("utf-8", "replace"),
        only_to=only_to,
    )
    await server.tell(tx, said)


async def _who_moderates(tx: Tx, community_id: int) -> tuple[int, ...]:
    return tuple(row.actor_id for row in await tx.all(moderators_of, ids=[community_id]))


def _brings_back(got: Received) -> bool:
    inner = first_object(got.object) or {}
    return got.type == "Undo" and first_type(inner, ("Delete",)) is not None


def _what(tx: Tx, got: Received) -> str:
    # A moderator, who gives a reason, may remove again what was put back.
    if got.type in ONCE and "summary" not in got.document:
        return f"{got.type} {first_id(got.object)}"
    # Without an id it cannot come twice: the log of the inbox gives it one by its content.
    return first_id(got.document.get("id")) or f"{got.type} {tx.new_id()}"


async def _concerned(tx: Tx, got: Received) -> Sequence[Hosted]:
    inner = first_object(got.object) or {}
    undone = first_type(inner, UNDONE) if got.type == "Undo" else None
    if got.type in OF_COMMUNITIES or undone == "Block":
        about = got.document if got.type in OF_COMMUNITIES else inner
        return await _community_of(tx, first_id(about.get("target")))
    if got.type == "Undo":
        uri = first_id(inner.get("object")) if undone is not None else None
        return await tx.all(hosted_by_uri, uri=uri) if uri is not None else ()
    if got.type == "Flag":
        return await _reported(tx, got.document)
    uri = first_id(got.object)
    if uri is None:
        return ()
    if got.type == "Update" and first_type(inner, ("Group",)) is not None:
        # A moderator has edited the community itself.
        return await _community_of(tx, uri)
    return await tx.all(hosted_by_uri, uri=uri)


async def _community_of(tx: Tx, target: str | None) -> Sequence[Hosted]:
    """The community itself, or the one whose collection it is."""
    if target is None:
        return ()
    uri = target.removesuffix("/moderators").removesuffix("/collections/featured")
    return _as_place(await tx.one(actor_by_uri, uri=uri))


async def _reported(tx: Tx, flag: JsonObject) -> Sequence[Hosted]:
    for uri in ids(flag.get("object"))[:20]:
        if places := await tx.all(hosted_by_uri, uri=uri):
            return places
    return ()


def _as_place(community: Actor | None) -> Sequence[Hosted]:
    if community is None or not community.local or community.kind != ActorKind.GROUP:
        return ()
    if not community.stands:
        return ()
    return (Hosted(community.id, community.uri, 0, 0, is_thread=False, is_limited=False),)


async def announce_told(
    tell: Callable[[Tx, Event], Awaitable[None]], tx: Tx, event: Event, activity_id: int, uri: str
) -> None:
    """Pass on what one of ours did in communities of this server."""
    places: Sequence[Hosted] = ()
    what = uri
    only_to: tuple[int, ...] = ()
    match event:
        case PostPublished() | PostEdited() | PostDeleted() | Reacted() | ReactionUndone():
            places = await tx.all(hosted_by_id, id=event.post_id)
            if isinstance(event, PostPublished | PostDeleted):
                kind = "Create" if isinstance(event, PostPublished) else "Delete"
                what = f"{kind} {getattr(event, 'uri', None) or uri.removesuffix('/activity')}"
        case Moderated():
            places = _as_place(await tx.one(actor_by_id, id=event.community_id))
        case Reported() if event.community_uri is not None:
            places = _as_place(await tx.one(actor_by_id, id=event.target_id))
            only_to = await _who_moderates(tx, event.target_id) if places else ()
            if not only_to:
                return
    for each in places:
        takes_back = isinstance(event, PostDeleted | ReactionUndone)
        if not takes_back and (each.is_limited or await _is_banned(tx, event, each)):
            continue
        announced = announce_uri(each.community_uri, what)
        if await tx.one(activity_of_uri, uri=announced) is not None:
            continue
        said = Announced(
            actor_id=each.community_id, uri=announced, activity_id=activity_id, body="",
            only_to=only_to,
        )  # fmt: skip
        await tell(tx, said)


async def _is_banned(tx: Tx, event: Event, place: Hosted) -> bool:
    if isinstance(event, Moderated):
        return False
    doer = getattr(event, "actor_id", place.author_id)
    held = await tx.all(bans_of, ids=[place.community_id], actor_id=doer, now=now_ms())
    return bool(held)
