"""What moderators do in communities: remove, lock, pin, ban, name others (sections 3 and 3.2 of lemmy.md).

Who may: the community itself (it passed the act on), its server, the server of what is moderated, and who
is on the community's own list of moderators. An author's own acts are told from these: a Delete without
``summary`` is an author's, and so is a Lock of one's own thread.
"""

from msgspec import UNSET, UnsetType

from weft.domain.actors.queries import actor_by_uri, actors_by_uris, object_by_uri
from weft.domain.actors.records import Actor, ActorKind
from weft.domain.communities.act import NotAllowed, keep_pinned, outranks, ranking
from weft.domain.communities.keep import (
    MOST_MODERATORS,
    community_by_id,
    is_closed,
    is_in,
    moderates,
)
from weft.domain.communities.moderate import (
    ban,
    dig_up,
    last_of_object,
    note,
    put_back,
    remove,
    set_moderator,
    set_thread,
    unban,
)
from weft.domain.communities.records import Action
from weft.domain.communities.settings import CommunitySettings, change_settings
from weft.domain.posts.delete import remember_deleted
from weft.domain.posts.queries import post_by_uri
from weft.domain.posts.records import Post
from weft.federation.dialects import JsonObject, RemotePost, Unreadable
from weft.federation.handlers.received import (
    DONE,
    Apply,
    Received,
    Tools,
    Verdict,
    ignored,
    refused,
)
from weft.federation.handlers.site_bans import receive_site_ban, undo_site_ban
from weft.federation.moderators import renew_moderators
from weft.protocol.activitystreams import boolean, first_id, first_object, ids, text_of, when_ms
from weft.protocol.origins import same_origin
from weft.storage.database import Tx

MOST_NAMED = 20
NOT_THEIRS = "only moderators may do that"


async def community_named(tools: Tools, got: Received, *also: str | None) -> Actor | None:
    """The community that an activity is about, if it is known here."""
    if got.announcer is not None:
        return got.announcer
    named: list[str] = [each for each in also if each is not None]
    for name in ("audience", "target", "cc", "to"):
        named += ids(got.document.get(name))
    named = list(dict.fromkeys(named))[:MOST_NAMED]
    found = {row.uri: row for row in await tools.db.all(actors_by_uris, uris=named)}
    groups = (found[each] for each in named if each in found)
    return next((each for each in groups if each.kind == ActorKind.GROUP), None)


async def may_moderate(
    tools: Tools, got: Received, community: Actor, object_uri: str | None = None
) -> bool:
    """Has the community, or the server of what is moderated, said it; or one of its moderators?"""
    if got.announcer is not None and got.announcer.id == community.id:
        return True
    if same_origin(got.signer.uri, community.uri):
        return True
    if object_uri is not None and same_origin(got.signer.uri, object_uri):
        return True
    asked = {"community_id": community.id, "actor_id": got.signer.id}
    if await tools.db.one(moderates, **asked) is not None:
        return True
    if community.local:
        return False
    await renew_moderators(tools.db, tools.server, tools.resolver, community)
    return await tools.db.one(moderates, **asked) is not None


async def is_closed_to(tx: Tx, described: RemotePost, author_id: int) -> bool:
    """Does it answer a locked thread?"""
    if described.in_reply_to is None:
        return False
    parent = await tx.one(post_by_uri, uri=described.in_reply_to)
    return await is_closed(tx, parent, author_id)


async def receive_community(tools: Tools, got: Received, uri: str) -> Apply | Verdict:
    """An edited community: of another server its own document is asked, if somebody may say that it
    changed; one of ours becomes what its moderator says."""
    known = await tools.db.one(actor_by_uri, uri=uri)
    if known is None or known.kind != ActorKind.GROUP:
        return ignored("the community is not known here")
    if known.local:
        return await _edited_here(tools, got, known)
    if not await may_moderate(tools, got, known):
        return refused(NOT_THEIRS)
    fresh = await tools.resolver.actor(uri, refresh=True)
    await renew_moderators(tools.db, tools.server, tools.resolver, fresh)
    return DONE


async def _edited_here(tools: Tools, got: Received, community: Actor) -> Apply | Verdict:
    """A moderator on another server sends a community of ours as they want it to be."""
    if not got.is_proven or not await may_moderate(tools, got, community):
        return refused(NOT_THEIRS)
    document = first_object(got.object) or {}
    try:
        read = tools.dialects.read_actor(document)
    except Unreadable as error:
        return refused(str(error))
    told = CommunitySettings(
        title=read.name if text_of(document.get("name")) else UNSET,
        summary=read.summary,
        about=text_of(document.get("description")),
        icon_url=read.icon_url,
        header_url=read.header_url,
        nsfw=_stated(document, "sensitive"),
        only_moderators_post=_stated(document, "postingRestrictedToMods"),
    )
    reason = text_of(got.document.get("summary"))

    async def apply(tx: Tx) -> Verdict:
        try:
            changed = await change_settings(
                tx, tools.server, community_id=community.id, moderator_id=got.signer.id, told=told,
                reason=reason,
            )  # fmt: skip
        except NotAllowed as error:
            return refused(str(error))
        return DONE if changed else ignored("it is so already")

    return apply


def _stated(document: JsonObject, name: str) -> bool | UnsetType:
    value = boolean(document.get(name))
    return UNSET if value is None else value


async def receive_removal(tools: Tools, got: Received, uri: str) -> Apply | Verdict | None:
    """A Delete with a reason, even an empty one, by somebody else than the author; None if it is
    the author's own."""
    if "summary" not in got.document:
        return None
    post = await tools.db.one(post_by_uri, uri=uri)
    if post is not None and post.author_id == got.signer.id and got.is_proven:
        return None
    community = await community_named(tools, got)
    if community is None:
        return None
    if not await may_moderate(tools, got, community, uri):
        return refused(NOT_THEIRS)
    reason = text_of(got.document.get("summary"))
    speaks = got.signer.uri if got.is_proven else community.uri

    async def apply(tx: Tx) -> Verdict:
        post = await tx.one(post_by_uri, uri=uri)
        if post is None:
            known = await tx.one(object_by_uri, uri=uri)
            if known is None and same_origin(speaks, uri):
                await remember_deleted(tx, tools.server, uri)
            return ignored("it was not here")
        if not await is_in(tx, post, community.id):
            return refused("the post is not in that community")
        await remove(tx, tools.server, community.id, post)
        await _note(tx, tools, got, community, Action.REMOVE, uri, reason)
        return DONE

    return apply


async def undo_delete(tools: Tools, got: Received) -> Apply | Verdict:
    """An author, or a moderator, brings a post back: it is fetched again from its own server."""
    inner = first_object(got.object) or {}
    uri = first_id(inner.get("object"))
    if uri is None:
        return refused("an Undo names what it undoes")
    by_moderator = "summary" in inner
    if not by_moderator and not same_origin(uri, got.signer.uri):
        return refused("only its own server may bring it back")
    community = await community_named(tools, got, *ids(inner.get("audience")))
    if by_moderator and community is None:
        return ignored("the community is not known here")
    if by_moderator and community and not await may_moderate(tools, got, community, uri):
        return refused(NOT_THEIRS)
    known = await tools.db.one(object_by_uri, uri=uri)
    if known is None:
        return ignored("what it undoes is not here")
    if known.deleted_at is None:
        return await _put_back(tools, got, community, uri)
    last = await tools.db.one(last_of_object, object_uri=uri)
    if not by_moderator and last is not None and last.action == Action.REMOVE:
        return refused("a moderator removed it")
    described, author = await tools.resolver.described(uri)
    if not by_moderator and author.id != got.signer.id:
        return refused("only its author may bring it back")
    described = await tools.policing.post(described, author, "post", "Fetch")

    async def apply(tx: Tx) -> Verdict:
        await tx.run(dig_up, of_uri=uri)
        stored = await tools.arrivals.store(tx, described, author, None, delivered=False)
        if by_moderator and community is not None:
            await _note(tx, tools, got, community, Action.RESTORE, uri, None)
        return DONE if stored is not None else ignored("its author is not welcome here")

    return apply


async def _put_back(
    tools: Tools, got: Received, community: Actor | None, uri: str
) -> Apply | Verdict:
    post = await tools.db.one(post_by_uri, uri=uri)
    last = await tools.db.one(last_of_object, object_uri=uri)
    if post is None or community is None or last is None or last.action != Action.REMOVE:
        return ignored("it is here")
    if last.community_id != community.id:
        return refused("another community removed it")

    async def apply(tx: Tx) -> Verdict:
        now = await tx.one(post_by_uri, uri=uri)
        if now is None:
            return ignored("the post is gone")
        await put_back(tx, tools.server, community.id, now)
        await _note(tx, tools, got, community, Action.RESTORE, uri, None)
        return DONE

    return apply


async def receive_lock(tools: Tools, got: Received) -> Apply | Verdict:
    """Nobody but moderators answers a locked thread, or below a locked comment."""
    return await _locked(tools, got, got.document, locked=True)


async def undo_lock(tools: Tools, got: Received) -> Apply | Verdict:
    return await _locked(tools, got, first_object(got.object) or {}, locked=False)


async def _locked(
    tools: Tools, got: Received, lock: JsonObject, *, locked: bool
) -> Apply | Verdict:
    uri = first_id(lock.get("object"))
    found = await _moderated(tools, got, uri)
    if isinstance(found, Verdict):
        return found
    post, community = found
    reason = text_of(got.document.get("summary"))

    async def apply(tx: Tx) -> Verdict:
        now = await tx.one(post_by_uri, uri=post.uri)
        if now is None:
            return ignored("the post is gone")
        await set_thread(tx, now, locked=locked)
        action = Action.LOCK if locked else Action.UNLOCK
        await _note(tx, tools, got, community, action, post.uri, reason)
        return DONE

    return apply


async def _moderated(tools: Tools, got: Received, uri: str | None) -> tuple[Post, Actor] | Verdict:
    """A post that the signer may moderate in its community; a thread's author may, too (Mbin)."""
    post = await tools.db.one(post_by_uri, uri=uri) if uri is not None else None
    if post is None:
        return ignored("the post is not here")
    community = await community_named(tools, got)
    if community is None or not await is_in(tools.db, post, community.id):
        return ignored("the post is in no community that is known here")
    own = post.author_id == got.signer.id and post.in_reply_to_uri is None and got.is_proven
    if not own and not await may_moderate(tools, got, community, post.uri):
        return refused(NOT_THEIRS)
    return post, community


async def receive_warning(tools: Tools, got: Received) -> Apply | Verdict:
    """A moderator warns the author of a post, which stays as it is: noted in the log."""
    found = await _moderated(tools, got, first_id(got.object))
    if isinstance(found, Verdict):
        return found
    post, community = found
    reason = text_of(got.document.get("summary"))

    async def apply(tx: Tx) -> Verdict:
        await _note(tx, tools, got, community, Action.WARN, post.uri, reason)
        return DONE

    return apply


async def receive_listing(tools: Tools, got: Received, target: str) -> Apply | Verdict:
    """Add and Remove: a thread that is pinned in its community, or a moderator."""
    community = await community_named(tools, got)
    if community is None:
        return ignored("the collection is not the featured collection of its sender")
    known = await tools.db.one(community_by_id, id=community.id)
    adds = got.type == "Add"
    if target == community.featured_uri:
        return await _pin(tools, got, community, adds=adds)
    if known is not None and target == known.moderators_uri:
        return await _moderator(tools, got, community, adds=adds)
    return ignored("the collection is none of its community's that is known here")


async def _pin(tools: Tools, got: Received, community: Actor, *, adds: bool) -> Apply | Verdict:
    uri = first_id(got.object)
    if uri is None:
        return refused(f"{got.type} names a post")
    if not await may_moderate(tools, got, community):
        return refused(NOT_THEIRS)
    if adds:
        await tools.resolver.post(uri)

    async def apply(tx: Tx) -> Verdict:
        post = await tx.one(post_by_uri, uri=uri)
        if post is None:
            return ignored("the post is not here")
        if not await is_in(tx, post, community.id):
            return refused("the post is not in that community")
        if not await keep_pinned(tx, tools.server, community, post, pinned=adds):
            return ignored("it is so already")
        await _note(tx, tools, got, community, Action.PIN if adds else Action.UNPIN, uri, None)
        return DONE

    return apply


async def _moderator(
    tools: Tools, got: Received, community: Actor, *, adds: bool
) -> Apply | Verdict:
    uri = first_id(got.object)
    if uri is None:
        return refused(f"{got.type} names a person")
    if not await may_moderate(tools, got, community):
        return refused(NOT_THEIRS)
    person = await tools.resolver.actor(uri)

    async def apply(tx: Tx) -> Verdict:
        if community.local:
            ranks = await ranking(tx, community.id)
            if not adds and not outranks(ranks, got.signer.id, person.id):
                return refused("they moderate this community for longer")
            if (person.id in ranks) == adds:
                return ignored("it is so already")
            if adds and len(ranks) >= MOST_MODERATORS:
                return refused("the community has as many moderators as it may have")
        ends = {"community_id": community.id, "actor_id": person.id}
        await set_moderator(tx, tools.server, **ends, moderates=adds)
        action = Action.ADD_MODERATOR if adds else Action.REMOVE_MODERATOR
        await _note(tx, tools, got, community, action, person.uri, None)
        return DONE

    return apply


async def receive_ban(tools: Tools, got: Received) -> Apply | Verdict:
    """A person may not write in a community or on a whole server, until a time or for good."""
    community = await _target(tools, got.document)
    if community is None:
        return await receive_site_ban(tools, got)
    person = await _banned(tools, got, got.document, community)
    if isinstance(person, Verdict):
        return person
    until = when_ms(got.document.get("endTime")) or when_ms(got.document.get("expires"))
    reason = text_of(got.document.get("summary"))
    removes = boolean(got.document.get("removeData")) is True

    async def apply(tx: Tx) -> Verdict:
        await ban(
            tx, tools.server, community_id=community.id, actor_id=person.id, reason=reason,
            expires_at=until, removes=removes,
        )  # fmt: skip
        await _note(tx, tools, got, community, Action.BAN, person.uri, reason)
        return DONE

    return apply


async def undo_ban(tools: Tools, got: Received) -> Apply | Verdict:
    """Whoever was banned may write again; what was removed stays away."""
    block = first_object(got.object) or {}
    community = await _target(tools, block)
    if community is None:
        return await undo_site_ban(tools, got, block)
    person = await _banned(tools, got, block, community)
    if isinstance(person, Verdict):
        return person

    async def apply(tx: Tx) -> Verdict:
        if not await unban(tx, community_id=community.id, actor_id=person.id):
            return ignored("there was no such ban")
        await _note(tx, tools, got, community, Action.UNBAN, person.uri, None)
        return DONE

    return apply


async def _target(tools: Tools, block: JsonObject) -> Actor | None:
    """The community that somebody is banned from; None for anything else."""
    target = await tools.db.one(actor_by_uri, uri=first_id(block.get("target")) or "")
    return target if target is not None and target.kind == ActorKind.GROUP else None


async def _banned(
    tools: Tools, got: Received, block: JsonObject, community: Actor
) -> Actor | Verdict:
    if got.announcer is not None and got.announcer.id != community.id:
        return refused("the group passes on what is not its own")
    if not await may_moderate(tools, got, community):
        return refused(NOT_THEIRS)
    uri = first_id(block.get("object"))
    if uri is None:
        return refused("a Block names whom it is about")
    return await tools.resolver.actor(uri)


async def _note(
    tx: Tx, tools: Tools, got: Received, community: Actor, action: Action, uri: str,
    reason: str | None,
) -> None:  # fmt: skip
    await note(tx, tools.server, community.id, got.signer.id, action, uri, reason)
