"""Legal holds: nothing of a held actor is removed by anybody, although it may go out of sight.

What its author (or its origin, or a moderator) deletes meanwhile is withheld: seen by nobody, told to
the world as deleted, and kept. When the hold ends, what was withheld goes at last
(``weft.domain.moderation.holds_ended``).
"""

from typing import Any

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Insert,
    Select,
    Update,
    bindparam,
    exists,
    insert,
    not_,
    select,
    update,
)

from weft.domain.accounts.roles import Moderator, Permission
from weft.domain.moderation.audit import record
from weft.domain.server import Server
from weft.storage.database import Tx
from weft.storage.schema.actors import actor
from weft.storage.schema.operations import legal_hold
from weft.storage.statements import query

REASON_LENGTH = 2000


class Held(Exception):
    """What was asked for would remove what a legal hold keeps."""

    def __init__(self, handle: str) -> None:
        super().__init__(
            f"@{handle} is under a legal hold: nothing is removed until that is released"
            " (weft moderation hold list)."
        )


class HoldRefused(Exception):
    """The sentence is for the operator."""


class Hold(Struct, frozen=True):
    id: int
    actor_id: int
    account_id: int | None
    reason: str
    created_at: int
    released_at: int | None


class NamedHold(Struct, frozen=True):
    id: int
    handle: str
    reason: str
    created_at: int
    released_at: int | None


def held(actor_id: Any) -> ColumnElement[bool]:
    """True where the actor of a column is held."""
    return exists().where(legal_hold.c.actor_id == actor_id, legal_hold.c.released_at.is_(None))


def not_held(actor_id: Any) -> ColumnElement[bool]:
    return not_(held(actor_id))


@query(bounded=True)
def hold_of() -> Select:
    """One row if an actor is held."""
    return (
        select(legal_hold.c.id)
        .where(legal_hold.c.actor_id == bindparam("actor_id"), legal_hold.c.released_at.is_(None))
        .limit(1)
    )


@query(row=Hold, bounded=True)
def hold_by_id() -> Select:
    return select(*[legal_hold.c[name] for name in Hold.__struct_fields__]).where(
        legal_hold.c.id == bindparam("id")
    )


@query(row=NamedHold)
def holds(*, ended: bool = False) -> Select:
    """The newest first."""
    over = legal_hold.c.released_at.is_not(None)
    return (
        select(
            legal_hold.c.id,
            actor.c.handle,
            legal_hold.c.reason,
            legal_hold.c.created_at,
            legal_hold.c.released_at,
        )
        .join(actor, actor.c.id == legal_hold.c.actor_id)
        .where(over if ended else not_(over))
        .order_by(legal_hold.c.id.desc())
        .limit(bindparam("limit"))
    )


@query()
def insert_hold() -> Insert:
    names = ("id", "actor_id", "account_id", "reason", "created_at")
    return insert(legal_hold).values({name: bindparam(name) for name in names})


@query()
def end_hold() -> Update:
    return (
        update(legal_hold)
        .where(legal_hold.c.id == bindparam("of_hold"), legal_hold.c.released_at.is_(None))
        .values(released_at=bindparam("now"))
    )


async def is_held(tx: Tx, actor_id: int) -> bool:
    return await tx.one(hold_of, actor_id=actor_id) is not None


async def place_hold(
    tx: Tx, server: Server, by: Moderator, actor_id: int, handle: str, reason: str
) -> int:
    """Keep everything of an actor, ours or another server's, from now on.

    Raises:
        HoldRefused: without a reason, or held already.
        NotPermitted
    """
    by.must(Permission.ADMINISTRATOR)
    reason = reason.strip()
    if not reason or len(reason) > REASON_LENGTH:
        raise HoldRefused(
            f"A hold needs a reason (whose order it is, its number) of at most {REASON_LENGTH}"
            " characters."
        )
    if await is_held(tx, actor_id):
        raise HoldRefused(f"@{handle} is held already.")
    hold_id, now = tx.new_id(), server.now_ms()
    await tx.run(
        insert_hold,
        id=hold_id,
        actor_id=actor_id,
        account_id=by.account_id,
        reason=reason,
        created_at=now,
    )
    await record(tx, by.account_id, "hold.place", actor_id, handle, reason, {"hold": hold_id}, now)
    return hold_id


async def release_hold(tx: Tx, server: Server, by: Moderator, hold_id: int, reason: str) -> bool:
    """End a hold; a chore removes what was withheld. False if there is none, or it has ended.

    Raises:
        NotPermitted
    """
    by.must(Permission.ADMINISTRATOR)
    known = await tx.one(hold_by_id, id=hold_id)
    now = server.now_ms()
    if known is None or not await tx.run(end_hold, of_hold=hold_id, now=now):
        return False
    await record(
        tx, by.account_id, "hold.release", known.actor_id, None, reason, {"hold": hold_id}, now
    )
    return True
