"""Join, Leave, Invite, and Accept, Reject and TentativeAccept of events (section 5 of the interop notes of
BookWyrm; protocol notes, section 4).

Mobilizon and Rebased join and are answered; Friendica and Hubzilla accept or reject the event itself.
Everybody speaks for themselves alone, and only who organises an event answers.
"""

from weft.domain.actors.queries import actor_by_id, actor_by_uri
from weft.domain.actors.records import Actor
from weft.domain.attendance.attend import JoinRefused, answer, invite, join, leave, say
from weft.domain.attendance.queries import attendance_by_uri, attendance_of
from weft.domain.attendance.records import NOTE_LENGTH, Attendance, AttendanceState
from weft.domain.markup.plain import html_to_text
from weft.domain.posts.queries import post_by_id, post_by_uri, posts_for
from weft.domain.posts.records import Post, PostKind
from weft.domain.visibility.viewer import Remote, viewer_params
from weft.federation.handlers.received import (
    DONE,
    Apply,
    Received,
    Tools,
    Verdict,
    ignored,
    refused,
)
from weft.federation.handlers.undone import unknown, was_undone
from weft.protocol.activitystreams import first_id, first_object, first_type, text_of
from weft.storage.database import Tx

_SAYS = {
    "Accept": AttendanceState.GOING,
    "TentativeAccept": AttendanceState.MAYBE,
    "Reject": AttendanceState.DECLINED,
    "TentativeReject": AttendanceState.DECLINED,
}


async def receive_join(tools: Tools, got: Received) -> Apply | Verdict:
    """The signer wants to come to an event."""
    uri, event_uri = first_id(got.document.get("id")), first_id(got.object)
    if uri is None or event_uri is None:
        return refused("a Join needs an id and an event")
    if not got.is_proven:
        return ignored("who goes where, they say themselves")
    note = html_to_text((text_of(got.document.get("participationMessage")) or "")[:10_000])

    async def apply(tx: Tx) -> Verdict:
        found = await _event(tx, tools, got.signer, event_uri)
        if found is None:
            return ignored("the event is not here, or not for the sender")
        if await was_undone(tx, uri):
            return ignored("it was taken back before it came")
        event, organiser = found
        try:
            await join(
                tx, tools.server, event, organiser, got.signer, uri=uri, note=note[:NOTE_LENGTH]
            )
        except JoinRefused as error:
            # Not refused: the answer, which says so, is part of the same write.
            return ignored(str(error))
        return DONE

    return apply


async def receive_leave(tools: Tools, got: Received) -> Apply | Verdict:
    """The signer no longer comes; also the Undo of a Join."""
    inner = first_object(got.object)
    joined = inner is not None and first_type(inner, ("Join", *_SAYS)) is not None
    uri = first_id(got.object)
    event_uri = first_id(inner.get("object")) if joined and inner is not None else uri

    async def apply(tx: Tx) -> Verdict:
        known: Attendance | None = await tx.one(attendance_by_uri, uri=uri or "")
        event = await tx.one(post_by_uri, uri=event_uri or "")
        if known is not None:
            if known.actor_id != got.signer.id:
                return refused("only who said that they come may take it back")
            event = await tx.one(post_by_id, id=known.post_id)
        organiser = await tx.one(actor_by_id, id=event.author_id) if event is not None else None
        if event is None or organiser is None:
            return await unknown(tx, tools.server, got)
        if not await leave(tx, tools.server, event, organiser, got.signer):
            return ignored("they had not said that they come")
        return DONE

    return apply


async def receive_invite(tools: Tools, got: Received) -> Apply | Verdict:
    """An organiser asks one of ours to come."""
    event_uri, target = first_id(got.object), first_id(got.document.get("target"))
    if event_uri is None or target is None:
        return refused("an Invite names an event and whom it asks")

    async def apply(tx: Tx) -> Verdict:
        event = await tx.one(post_by_uri, uri=event_uri)
        whom = await tx.one(actor_by_uri, uri=target)
        if event is None or event.kind != PostKind.EVENT:
            return ignored(
                "the invitation is to no event that is here; groups are joined by following"
            )
        if event.author_id != got.signer.id:
            return refused("only who organises an event may invite to it")
        if whom is None or not whom.local or not whom.stands:
            return ignored("who is invited is not of this server")
        await invite(tx, tools.server, event, whom)
        return DONE

    return apply


async def receive_tentative(tools: Tools, got: Received) -> Apply | Verdict:
    """TentativeAccept or TentativeReject of an event."""
    answered = await answered_join(tools, got)
    return answered if answered is not None else ignored("it is about no event that is here")


async def answered_join(tools: Tools, got: Received) -> Apply | Verdict | None:
    """Accept or Reject of a Join or of an event itself; None if the answer is of something else."""
    inner = first_object(got.object)
    named = first_type(inner) if inner is not None else None
    if named not in (None, "Join", "Event", "Invite", "Note"):
        return None
    uri = first_id(got.object)
    known: Attendance | None = await tools.db.one(attendance_by_uri, uri=uri or "")
    if known is not None or named == "Join":
        return _of_join(tools, got, known, first_id((inner or {}).get("object")),
                        first_id((inner or {}).get("actor")))  # fmt: skip
    about = first_id((inner or {}).get("object")) if named == "Invite" else uri
    event = await tools.db.one(post_by_uri, uri=about or "")
    if event is None or event.kind != PostKind.EVENT:
        return None if named != "Event" else ignored("the event is not here")
    return _of_event(tools, got, event.uri)


def _of_join(
    tools: Tools, got: Received, known: Attendance | None, event_uri: str | None, who: str | None
) -> Apply:
    async def apply(tx: Tx) -> Verdict:
        asked = known
        if asked is None:
            event = await tx.one(post_by_uri, uri=event_uri or "")
            joiner = await tx.one(actor_by_uri, uri=who or "")
            if event is not None and joiner is not None:
                asked = await tx.one(attendance_of, of_post=event.id, of_actor=joiner.id)
        if asked is None:
            return ignored("nobody here asked to come to that")
        event = await tx.one(post_by_id, id=asked.post_id)
        joiner = await tx.one(actor_by_id, id=asked.actor_id)
        if event is None or joiner is None:
            return ignored("the event is gone")
        if event.author_id != got.signer.id:
            return refused("only who organises an event may say who comes")
        await answer(tx, tools.server, event, joiner, asked, accepted=got.type == "Accept")
        return DONE

    return apply


def _of_event(tools: Tools, got: Received, event_uri: str) -> Apply:
    async def apply(tx: Tx) -> Verdict:
        found = await _event(tx, tools, got.signer, event_uri)
        if found is None:
            return ignored("the event is not here, or not for the sender")
        event, organiser = found
        uri, state = first_id(got.document.get("id")), _SAYS[got.type]
        try:
            if state is AttendanceState.GOING and event.local:
                await join(tx, tools.server, event, organiser, got.signer, uri=uri)
            else:
                await say(tx, tools.server, event, got.signer, state, uri)
        except JoinRefused as error:
            return ignored(str(error))
        return DONE

    return apply


async def _event(tx: Tx, tools: Tools, signer: Actor, event_uri: str) -> tuple[Post, Actor] | None:
    """An event that is here, that the signer may see, and whose it is."""
    known = await tx.one(post_by_uri, uri=event_uri)
    if known is None or known.kind != PostKind.EVENT:
        return None
    seen = await tx.one(
        posts_for,
        who="remote",
        purpose="show",
        ids=[known.id],
        **viewer_params(Remote(signer.id, signer.host), tools.server.now_ms(), "show"),
    )
    organiser = await tx.one(actor_by_id, id=known.author_id)
    return (known, organiser) if seen is not None and organiser is not None else None
