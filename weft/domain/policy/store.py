"""The rules that an operator set up: added, changed, moved and removed, each with a line in the audit log."""

import re
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Delete, Insert, Select, Update, bindparam, delete, insert, select, update

from weft.domain.moderation.audit import record
from weft.domain.moderation.policies import policies_changed
from weft.domain.policy.catalogue import prepared, read_settings, rule_named
from weft.domain.policy.records import SettingsRefused
from weft.domain.server import Server
from weft.storage.database import Tx
from weft.storage.schema.policy import policy_rule
from weft.storage.statements import query

MOST_RULES = 100
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


class RuleRow(Struct, frozen=True):
    """One row of ``policy_rule``; positions count from 0."""

    id: int
    name: str
    rule: str
    position: int
    enabled: bool
    dry: bool
    settings: str
    created_at: int
    updated_at: int


_COLUMNS = [policy_rule.c[name] for name in RuleRow.__struct_fields__]


@query(row=RuleRow)
def all_rules() -> Select:
    """In the order in which they are asked; there are at most ``MOST_RULES``."""
    return select(*_COLUMNS).order_by(policy_rule.c.id).limit(bindparam("limit"))


@query(row=RuleRow, bounded=True)
def rule_by_name() -> Select:
    return select(*_COLUMNS).where(policy_rule.c.name == bindparam("name"))


@query(row=RuleRow, bounded=True)
def rule_by_id() -> Select:
    return select(*_COLUMNS).where(policy_rule.c.id == bindparam("id"))


@query()
def insert_rule() -> Insert:
    return insert(policy_rule).values({name: bindparam(name) for name in RuleRow.__struct_fields__})


@query()
def update_rule() -> Update:
    names = ("enabled", "dry", "settings", "updated_at")
    return (
        update(policy_rule)
        .where(policy_rule.c.id == bindparam("of_rule"))
        .values({name: bindparam(name) for name in names})
    )


@query()
def place_rule() -> Update:
    return (
        update(policy_rule)
        .where(policy_rule.c.id == bindparam("of_rule"))
        .values(position=bindparam("at"))
    )


@query()
def delete_rule() -> Delete:
    return delete(policy_rule).where(policy_rule.c.id == bindparam("of_rule"))


async def rules_in_order(source: Any) -> list[RuleRow]:
    """All of them, in the order in which they are asked."""
    rows: list[RuleRow] = await source.all(all_rules, limit=MOST_RULES)
    return sorted(rows, key=lambda row: (row.position, row.id))


def checked(kind: str, settings: str | bytes) -> str:
    """Settings as they are kept.

    Raises:
        SettingsRefused: there is no such rule, or it does not take them.
    """
    rule = rule_named(kind)
    typed = read_settings(rule, settings)
    prepared(rule, typed)
    return msgspec.json.encode(typed).decode()


def new_row(kind: str, name: str, settings: str | bytes, **more: Any) -> RuleRow:
    """A row that is not stored: for a dry run.

    Raises:
        SettingsRefused: as ``add_rule`` does.
    """
    if not _NAME.fullmatch(name):
        raise SettingsRefused("A name has small letters, digits and hyphens, at most 60.")
    values = {"id": 0, "position": 0, "enabled": True, "dry": False, "created_at": 0}
    return RuleRow(
        **(values | {"updated_at": 0} | more),
        name=name,
        rule=kind,
        settings=checked(kind, settings),
    )


async def add_rule(
    tx: Tx,
    server: Server,
    who: int | None,
    kind: str,
    settings: str | bytes = b"{}",
    *,
    name: str | None = None,
    enabled: bool = True,
    dry: bool = False,
    position: int | None = None,
) -> RuleRow:
    """Set a rule up; at the end, or before the rule that has ``position`` now.

    Raises:
        SettingsRefused: with a sentence.
    """
    known = await rules_in_order(tx)
    if len(known) >= MOST_RULES:
        raise SettingsRefused(f"There are {MOST_RULES} rules, which is the most.")
    now = server.now_ms()
    row = new_row(
        kind, name or kind, settings, id=tx.new_id(), enabled=enabled, dry=dry,
        position=len(known), created_at=now, updated_at=now,
    )  # fmt: skip
    if any(each.name == row.name for each in known):
        raise SettingsRefused(f"There is a rule called {row.name}: give this one another name.")
    await tx.run(insert_rule, **msgspec.structs.asdict(row))
    if position is not None:
        row = await _place(tx, [*known, row], row, position)
    await _changed(tx, server, who, "policy.add", row, _told(row))
    return row


async def change_rule(
    tx: Tx,
    server: Server,
    who: int | None,
    name: str,
    *,
    settings: str | bytes | None = None,
    enabled: bool | None = None,
    dry: bool | None = None,
) -> RuleRow | None:
    """Change what is given. None if there is no such rule.

    Raises:
        SettingsRefused: with a sentence.
    """
    known = await tx.one(rule_by_name, name=name)
    if known is None:
        return None
    row = msgspec.structs.replace(
        known,
        settings=known.settings if settings is None else checked(known.rule, settings),
        enabled=known.enabled if enabled is None else enabled,
        dry=known.dry if dry is None else dry,
        updated_at=server.now_ms(),
    )
    await tx.run(
        update_rule, of_rule=row.id, enabled=row.enabled, dry=row.dry, settings=row.settings,
        updated_at=row.updated_at,
    )  # fmt: skip
    await _changed(tx, server, who, "policy.change", row, _told(row) | {"before": _told(known)})
    return row


async def move_rule(
    tx: Tx, server: Server, who: int | None, name: str, position: int
) -> RuleRow | None:
    """Put a rule at a place, counted from 0. None if there is no such rule."""
    known = await rules_in_order(tx)
    row = next((each for each in known if each.name == name), None)
    if row is None:
        return None
    moved = await _place(tx, known, row, position)
    await _changed(tx, server, who, "policy.move", moved, {"position": moved.position})
    return moved


async def remove_rule(tx: Tx, server: Server, who: int | None, name: str) -> RuleRow | None:
    """None if there is no such rule. What it quarantined goes on waiting."""
    known = await tx.one(rule_by_name, name=name)
    if known is None:
        return None
    await tx.run(delete_rule, of_rule=known.id)
    await _changed(tx, server, who, "policy.remove", known, _told(known))
    return known


async def _place(tx: Tx, known: list[RuleRow], row: RuleRow, position: int) -> RuleRow:
    others = [each for each in known if each.id != row.id]
    at = max(0, min(position, len(others)))
    for place, each in enumerate([*others[:at], row, *others[at:]]):
        await tx.run(place_rule, of_rule=each.id, at=place)
    return msgspec.structs.replace(row, position=at)


async def _changed(
    tx: Tx, server: Server, who: int | None, action: str, row: RuleRow, details: dict[str, Any]
) -> None:
    now = server.now_ms()
    await policies_changed(tx, now)
    await record(tx, who, action, row.id, row.name, None, details, now)


def _told(row: RuleRow) -> dict[str, Any]:
    settings = row.settings if len(row.settings) <= 2000 else f"{row.settings[:2000]}…"
    return {"rule": row.rule, "enabled": row.enabled, "dry": row.dry, "settings": settings}
