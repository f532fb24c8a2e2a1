"""The audit log: who did what to whom or what, when and why.

Rows are only ever added, in the write that does what they tell of. No code changes or removes one,
and the database refuses to (triggers of migration 0009).
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Insert, Select, Text, bindparam, func, insert, select

from weft.storage.database import Database, Tx
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


_DOTTED: Any = bindparam("action_dot", type_=Text)


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
def audit_search(*, by: bool = False, action_is: bool = False, target_is: bool = False) -> Select:
    """As ``audit_page``, of ``:account_id``, with ``:action`` (or its beginning, up to a dot), or
    about ``:target``."""
    found = _entries().where(audit_log.c.id < bindparam("max_id"))
    if by:
        found = found.where(audit_log.c.account_id == bindparam("account_id"))
    if action_is:
        found = found.where(
            (audit_log.c.action == bindparam("action"))
            | (func.substr(audit_log.c.action, 1, func.length(_DOTTED)) == _DOTTED)
        )
    if target_is:
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


async def found_entries(
    db: Database,
    *,
    max_id: int,
    limit: int,
    account_id: int | None = None,
    action: str | None = None,
    target: str | None = None,
) -> list[Entry]:
    """Entries before ``max_id``, the newest first: of one person, one action (or all that begin
    with it and a dot), about one target; None leaves a condition out."""
    if account_id is None and not action and not target:
        return await db.all(audit_page, max_id=max_id, limit=limit)
    params: dict[str, Any] = {"max_id": max_id, "limit": limit}
    if account_id is not None:
        params["account_id"] = account_id
    if action:
        params |= {"action": action, "action_dot": f"{action.rstrip('.')}."}
    if target:
        params["target"] = target
    return await db.all(
        audit_search,
        by=account_id is not None,
        action_is=bool(action),
        target_is=bool(target),
        **params,
    )
