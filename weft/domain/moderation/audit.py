"""The audit log: who did what to whom or what, when and why.

Rows are only ever added, in the write that does what they tell of. No code changes or removes one,
and the database refuses to (triggers of migration 0006).
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Insert, Select, bindparam, insert, select

from weft.storage.database import Tx
from weft.storage.schema.accounts import account
from weft.storage.schema.actors import actor
from weft.storage.schema.operations import audit_log
from weft.storage.statements import query

REASON_LENGTH = 2000
TARGET_LENGTH = 500


class Entry(Struct, frozen=True):
    """One act. ``account_id`` is None for the command line; ``username`` is of who did it."""

    id: int
    account_id: int | None
    action: str
    target_id: int | None
    target: str | None
    reason: str | None
    details: str | None
    created_at: int
    username: str | None


_NAMES = (
    "id", "account_id", "action", "target_id", "target", "reason", "details", "created_at",
)  # fmt: skip


@query()
def insert_entry() -> Insert:
    return insert(audit_log).values({name: bindparam(name) for name in _NAMES})


def _entries() -> Select:
    return select(*[audit_log.c[name] for name in _NAMES], actor.c.username).select_from(
        audit_log.outerjoin(account, account.c.id == audit_log.c.account_id).outerjoin(
            actor, actor.c.id == account.c.actor_id
        )
    )


@query(row=Entry, bounded=True)
def audit_page() -> Select:
    """The newest first; ``:max_id`` is exclusive."""
    return (
        _entries()
        .where(audit_log.c.id < bindparam("max_id"))
        .order_by(audit_log.c.id.desc())
        .limit(bindparam("limit"))
    )


@query(row=Entry)
def audit_search(*, by: bool = False, action: bool = False, target: bool = False) -> Select:
    """As ``audit_page``, of ``:account_id``, with ``:action`` (or its beginning, up to a dot), or
    about ``:target``."""
    found = _entries().where(audit_log.c.id < bindparam("max_id"))
    if by:
        found = found.where(audit_log.c.account_id == bindparam("account_id"))
    if action:
        found = found.where(
            (audit_log.c.action == bindparam("action"))
            | audit_log.c.action.startswith(bindparam("action_dot"), autoescape=False)
        )
    if target:
        found = found.where(audit_log.c.target == bindparam("target"))
    return found.order_by(audit_log.c.id.desc()).limit(bindparam("limit"))


async def record(
    tx: Tx,
    who: int | None,
    action: str,
    target_id: int | None,
    target: str | None,
    reason: str | None,
    details: Mapping[str, Any] | None,
    now: int,
) -> int:
    """Write down what is done in this same write; the entry's id.

    ``who`` is an account, None for the command line. ``action`` is a noun and a verb with a dot
    between them (``domain.block``). ``target`` is the name that people know it by (a handle, a
    domain), which is still there when the row of ``target_id`` is not. ``details`` must be JSON.
    """
    entry_id = tx.new_id()
    await tx.run(
        insert_entry,
        id=entry_id,
        account_id=who,
        action=action,
        target_id=target_id,
        target=target[:TARGET_LENGTH] if target is not None else None,
        reason=reason[:REASON_LENGTH] if reason else None,
        details=msgspec.json.encode(details).decode() if details else None,
        created_at=now,
    )
    return entry_id
