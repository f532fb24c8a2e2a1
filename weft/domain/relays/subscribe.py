"""Asking a relay for posts, pausing it, leaving it, and what it answers.

Each of these is an act of the operator's or an answer to one, so it is in the audit log or has its
sentence (``reason``). Other servers hear of it by an event: a Follow, or an Undo of it.
"""

from typing import Any

from msgspec.structs import replace
from sqlalchemy import Delete, Insert, Update, bindparam, delete, insert, update

from weft.domain.actors.records import Actor
from weft.domain.events import RelayAsked, RelayLeft
from weft.domain.moderation.audit import record
from weft.domain.moderation.policies import policies_changed
from weft.domain.relations.follow import reject as turn_away
from weft.domain.relays.records import (
    LONGEST_REASON,
    MOST_RELAYS,
    Relay,
    RelayKind,
    RelayRefused,
    RelayState,
    all_relays,
    relay_by_address,
    relay_by_id,
    relay_by_inbox,
)
from weft.domain.server import Server
from weft.storage.database import Tx
from weft.storage.schema.federation import relay
from weft.storage.statements import query


@query()
def insert_relay() -> Insert:
    return insert(relay).values({name: bindparam(name) for name in Relay.__struct_fields__})


@query()
def update_relay() -> Update:
    names = ("actor_uri", "actor_id", "state", "reason", "follow_uri", "changed_at")
    return (
        update(relay)
        .where(relay.c.id == bindparam("of_relay"))
        .values({name: bindparam(name) for name in names})
    )


@query()
def delete_relay() -> Delete:
    return delete(relay).where(relay.c.id == bindparam("of_relay"))


async def add_relay(
    tx: Tx,
    server: Server,
    who: int | None,
    *,
    address: str,
    kind: RelayKind,
    inbox: str,
    host: str,
    client_id: int,
    actor: Actor | None,
) -> Relay:
    """Keep a relay and ask it. ``actor`` is the relay's own, where it is known already.

    Raises:
        RelayRefused: it is there, or there are too many.
    """
    known = await tx.one(relay_by_address, address=address)
    known = known or await tx.one(relay_by_inbox, inbox=inbox)
    if known is not None:
        raise RelayRefused(f"{known.address} is there already: ask it again instead.")
    if len(await tx.all(all_relays)) >= MOST_RELAYS:
        raise RelayRefused(f"There are {MOST_RELAYS} relays already: remove one first.")
    now = server.now_ms()
    row = Relay(
        id=tx.new_id(),
        address=address,
        kind=kind,
        inbox=inbox,
        host=host,
        actor_uri=actor.uri if actor is not None else None,
        actor_id=actor.id if actor is not None else None,
        client_id=client_id,
        state=RelayState.IDLE,
        reason=None,
        follow_uri=None,
        created_at=now,
        changed_at=now,
    )
    await tx.run(insert_relay, **{name: getattr(row, name) for name in Relay.__struct_fields__})
    await record(tx, who, "relay.add", row.id, address, None, {"kind": kind.name.lower()}, now)
    return await _ask(tx, server, row)


async def ask_relay(tx: Tx, server: Server, who: int | None, relay_id: int) -> Relay | None:
    """Ask again: one that was paused, has not answered, or said no. None if it is not there."""
    row = await tx.one(relay_by_id, id=relay_id)
    if row is None or row.speaks:
        return row
    await record(tx, who, "relay.ask", row.id, row.address, None, None, server.now_ms())
    return await _ask(tx, server, row)


async def _ask(tx: Tx, server: Server, row: Relay) -> Relay:
    follow_uri = f"{server.origin}/ap/follows/{tx.new_id()}"
    asked = await _put(
        tx, server, row, state=RelayState.PENDING, reason=None, follow_uri=follow_uri
    )
    await server.tell(
        tx,
        RelayAsked(
            relay_id=row.id,
            uri=follow_uri,
            actor_id=row.client_id,
            followed=row.actor_uri if row.kind == RelayKind.LITEPUB else None,
            inbox=row.inbox,
            host=row.host,
        ),
    )
    return asked


async def pause_relay(tx: Tx, server: Server, who: int | None, relay_id: int) -> Relay | None:
    """Neither give nor take, but keep it in the list. None if it is not there."""
    row = await tx.one(relay_by_id, id=relay_id)
    if row is None or row.state == RelayState.IDLE:
        return row
    await record(tx, who, "relay.pause", row.id, row.address, None, None, server.now_ms())
    await _leave(tx, server, row)
    return await _put(tx, server, row, state=RelayState.IDLE, reason=None, follow_uri=None)


async def remove_relay(tx: Tx, server: Server, who: int | None, relay_id: int) -> Relay | None:
    """Leave it and forget it; what came by it stays. None if it is not there."""
    row = await tx.one(relay_by_id, id=relay_id)
    if row is None:
        return None
    now = server.now_ms()
    await record(tx, who, "relay.remove", row.id, row.address, None, None, now)
    await _leave(tx, server, row)
    await tx.run(delete_relay, of_relay=row.id)
    await policies_changed(tx, now)
    return row


async def _leave(tx: Tx, server: Server, row: Relay) -> None:
    """Take the Follow back, and end the one that it made of us."""
    if row.state in {RelayState.PENDING, RelayState.ACCEPTED} and row.follow_uri is not None:
        await server.tell(
            tx,
            RelayLeft(
                relay_id=row.id,
                uri=row.follow_uri,
                actor_id=row.client_id,
                followed=row.actor_uri if row.kind == RelayKind.LITEPUB else None,
                inbox=row.inbox,
                host=row.host,
            ),
        )
    if row.kind == RelayKind.LITEPUB and row.actor_id is not None:
        await turn_away(tx, server, follower_id=row.actor_id, target_id=row.client_id)


async def relay_answered(
    tx: Tx, server: Server, relay_id: int, by: Actor, *, accepted: bool, reason: str | None
) -> bool:
    """The relay said yes or no, perhaps late, perhaps differently from before. False if nobody
    waits for an answer."""
    row = await tx.one(relay_by_id, id=relay_id)
    if row is None or row.state == RelayState.IDLE:
        return False
    await _put(
        tx,
        server,
        row,
        state=RelayState.ACCEPTED if accepted else RelayState.REJECTED,
        reason=None if accepted else (reason or "It gave no reason.")[:LONGEST_REASON],
        actor_uri=by.uri,
        actor_id=by.id,
    )
    return True


async def _put(tx: Tx, server: Server, row: Relay, **changed: Any) -> Relay:
    now = server.now_ms()
    after = replace(row, changed_at=now, **changed)
    await tx.run(
        update_relay,
        of_relay=row.id,
        actor_uri=after.actor_uri,
        actor_id=after.actor_id,
        state=int(after.state),
        reason=after.reason,
        follow_uri=after.follow_uri,
        changed_at=now,
    )
    await policies_changed(tx, now)
    return after
