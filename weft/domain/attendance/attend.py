"""Saying whether one comes, and the organiser's answer (section 5 of the interop notes of BookWyrm).

An event's own server decides who is in: for ours the rules of the event answer at once, or its organiser
does later; for others' the organiser's answer is waited for.
"""

from weft.domain.actors.queries import actor_by_id
from weft.domain.actors.records import Actor
from weft.domain.attendance.queries import (
    attendance_by_uri,
    attendance_counts,
    attendance_of,
    delete_attendance,
    insert_attendance,
    update_attendance,
)
from weft.domain.attendance.records import MOST, NOTE_LENGTH, Attendance, AttendanceState
from weft.domain.events import JoinAnswered, JoinAsked, JoinUndone
from weft.domain.posts.kinds import EventFacets
from weft.domain.posts.records import Post, PostKind, post_facets
from weft.domain.server import Server
from weft.storage.database import Tx


class JoinRefused(Exception):
    """The sentence is for who wants to come."""


class NotTheOrganiser(Exception):
    """The sentence is for who tried to answer for another."""


async def join(
    tx: Tx, server: Server, event: Post, organiser: Actor, who: Actor, *,
    uri: str | None = None, note: str = "",
) -> AttendanceState:  # fmt: skip
    """Somebody wants to come. Of an event of ours the answer is given; another's organiser is asked.

    Raises:
        JoinRefused: it is no event, it lets nobody in who asks, or it is full.
    """
    known: Attendance | None = await tx.one(attendance_of, of_post=event.id, of_actor=who.id)
    if known is not None and known.state in (AttendanceState.GOING, AttendanceState.ASKED):
        return AttendanceState(known.state)
    state = AttendanceState.ASKED
    if event.local:
        try:
            state = await _by_its_rules(tx, event, known)
        except JoinRefused:
            if not who.local and uri is not None:
                await _answer(tx, server, event, who, uri, accepted=False)
            raise
    if uri is None:
        uri = f"{who.uri}#joins/{tx.new_id()}"
    await _note(tx, server, event, who, state, known, uri=uri, note=note)
    if event.local and not who.local and state is AttendanceState.GOING:
        await _answer(tx, server, event, who, uri, accepted=True)
    if who.local and not event.local:
        await server.tell(
            tx,
            JoinAsked(
                post_id=event.id, uri=uri, actor_id=who.id, post_uri=event.uri,
                target_id=organiser.id, target_uri=organiser.uri,
            ),
        )  # fmt: skip
    return state


async def leave(tx: Tx, server: Server, event: Post, organiser: Actor, who: Actor) -> bool:
    """Somebody no longer comes. False if they never said that they would."""
    known: Attendance | None = await tx.one(attendance_of, of_post=event.id, of_actor=who.id)
    if known is None:
        return False
    if known.state == AttendanceState.REFUSED:
        return True  # or the answer could be asked for again and again
    await tx.run(delete_attendance, of_attendance=known.id)
    if who.local and not event.local:
        await server.tell(
            tx,
            JoinUndone(
                post_id=event.id, actor_id=who.id, post_uri=event.uri,
                target_id=organiser.id, target_uri=organiser.uri,
            ),
        )  # fmt: skip
    return True


async def answer(
    tx: Tx, server: Server, event: Post, who: Actor, known: Attendance, *, accepted: bool
) -> None:
    """The organiser lets somebody in, or does not."""
    state = AttendanceState.GOING if accepted else AttendanceState.REFUSED
    if known.state == state:
        return
    await _note(tx, server, event, who, state, known)
    if event.local and not who.local and known.uri is not None:
        await _answer(tx, server, event, who, known.uri, accepted=accepted)


async def decide(
    tx: Tx, server: Server, event: Post, organiser_id: int, who_id: int, *, accepted: bool
) -> bool:
    """The organiser of an event of ours answers somebody who waits. False if they do not wait (any more).

    Raises:
        NotTheOrganiser: somebody else organises it.
        JoinRefused: they cannot be let in: the event is full, or does not take place.
    """
    if not event.local or event.author_id != organiser_id:
        raise NotTheOrganiser("Only who organises an event says who comes.")
    known: Attendance | None = await tx.one(attendance_of, of_post=event.id, of_actor=who_id)
    who = await tx.one(actor_by_id, id=who_id)
    if known is None or known.state != AttendanceState.ASKED or who is None:
        return False
    if accepted:
        await _has_room(tx, event)
    await answer(tx, server, event, who, known, accepted=accepted)
    return True


async def say(
    tx: Tx, server: Server, event: Post, who: Actor, state: AttendanceState, uri: str | None = None
) -> None:
    """Somebody says of themselves that they may come, or do not (Friendica, Hubzilla, Mobilizon).

    Raises:
        JoinRefused: the organiser has said no, or too many have said something.
    """
    known: Attendance | None = await tx.one(attendance_of, of_post=event.id, of_actor=who.id)
    if known is not None and known.state == AttendanceState.REFUSED:
        raise JoinRefused("The organiser has declined.")
    await _note(tx, server, event, who, state, known, uri=uri)


async def invite(tx: Tx, server: Server, event: Post, whom: Actor) -> None:
    """The organiser asks somebody to come; what they said already stays."""
    known: Attendance | None = await tx.one(attendance_of, of_post=event.id, of_actor=whom.id)
    if known is None or known.state == AttendanceState.REFUSED:
        await _note(tx, server, event, whom, AttendanceState.INVITED, known)


async def going(tx: Tx, event: Post) -> int:
    """How many go to an event, as far as it is known here."""
    return (await _counted(tx, event)).get(AttendanceState.GOING, 0)


async def _counted(tx: Tx, event: Post) -> dict[int, int]:
    return {row.state: row.people for row in await tx.all(attendance_counts, of_post=event.id)}


async def _by_its_rules(tx: Tx, event: Post, known: Attendance | None) -> AttendanceState:
    rules = post_facets(event.facets).event or EventFacets()
    if event.kind != PostKind.EVENT:
        raise JoinRefused("That is no event.")
    if known is not None and known.state == AttendanceState.REFUSED:
        raise JoinRefused("The organiser has declined.")
    await _has_room(tx, event)
    match rules.join:
        case "free":
            return AttendanceState.GOING
        case "approval":
            return AttendanceState.ASKED
        case "invite" if known is not None and known.state == AttendanceState.INVITED:
            return AttendanceState.GOING
        case "invite":
            raise JoinRefused("The event is for those who are invited.")
        case _:
            raise JoinRefused("Who wants to come is asked to say so at another address.")


async def _has_room(tx: Tx, event: Post) -> None:
    rules = post_facets(event.facets).event or EventFacets()
    if rules.status == "cancelled":
        raise JoinRefused("The event is cancelled.")
    if rules.capacity is not None and await going(tx, event) >= rules.capacity:
        raise JoinRefused("The event is full.")


async def _note(
    tx: Tx, server: Server, event: Post, who: Actor, state: AttendanceState,
    known: Attendance | None, *, uri: str | None = None, note: str = "",
) -> None:  # fmt: skip
    now = server.now_ms()
    if uri is not None:
        holder = await tx.one(attendance_by_uri, uri=uri)
        if holder is not None and (known is None or holder.id != known.id):
            uri = None  # the same id for two events: each is found by its ends
    if known is not None:
        await tx.run(
            update_attendance, of_attendance=known.id, state=state, uri=uri or known.uri,
            note=note[:NOTE_LENGTH] or known.note, updated_at=now,
        )  # fmt: skip
        return
    if sum((await _counted(tx, event)).values()) >= MOST:
        raise JoinRefused("Too many have said something of this event.")
    await tx.run(
        insert_attendance, id=tx.new_id(), post_id=event.id, actor_id=who.id, state=state,
        uri=uri, note=note[:NOTE_LENGTH] or None, created_at=now, updated_at=now,
    )  # fmt: skip


async def _answer(
    tx: Tx, server: Server, event: Post, who: Actor, uri: str, *, accepted: bool
) -> None:
    await server.tell(
        tx,
        JoinAnswered(
            post_id=event.id, uri=uri, actor_id=event.author_id, post_uri=event.uri,
            joiner_id=who.id, joiner_uri=who.uri, accepted=accepted,
        ),
    )  # fmt: skip
