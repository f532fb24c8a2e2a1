"""Lists of servers that others keep: taken in, merged with what is decided here, given back.

Each list is kept as it came, under its name. What it says counts once as many lists say it as it
``needs`` (itself included). The stricter wins; a rule of ours is never made weaker, keeps its comments,
and gets back what it was when no list asks for more any longer. A rule of ours that does nothing (noop)
keeps lists away from its domain. What a list no longer says is taken back, unless it is also ours.
"""

from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum

import msgspec
from msgspec import Struct
from sqlalchemy import (
    Delete,
    Insert,
    Select,
    Update,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from weft.domain.moderation.audit import record
from weft.domain.moderation.domains import Touched, put_rule, take_back, touched_by
from weft.domain.moderation.domains_hosts import hosts_after
from weft.domain.moderation.domains_rules import (
    Decision,
    DomainRule,
    Severity,
    covering,
    rule_by_domain,
    rules_for,
)
from weft.domain.moderation.lists_read import Entry, ListRefused, stricter
from weft.domain.server import Server
from weft.storage.database import Database, Tx
from weft.storage.schema.moderation import domain_list, domain_list_entry
from weft.storage.statements import any_of, query

NAME_LENGTH = 100
MOST_LISTS = 50
STEP = 50
MOST_COUNTED = 500
"""Suspensions of which a preview counts what they would cut."""


class KeptList(Struct, frozen=True):
    id: int
    name: str
    needs: int
    created_at: int
    updated_at: int


class Said(Struct, frozen=True):
    """An entry of a list."""

    list_id: int
    domain: str
    severity: int
    rejects_media: bool
    rejects_reports: bool
    obfuscated: bool
    public_comment: str | None

    @property
    def entry(self) -> Entry:
        return Entry(
            self.domain,
            Severity(self.severity),
            self.rejects_media,
            self.rejects_reports,
            self.obfuscated,
            self.public_comment,
        )


class Turn(StrEnum):
    """What becomes of a domain's rule."""

    ADD = "add"
    STRENGTHEN = "strengthen"
    WEAKEN = "weaken"
    """What a list asked for and asks for no more; never below what is ours."""
    REMOVE = "remove"


class Change(Struct, frozen=True):
    domain: str
    turn: Turn
    before: DomainRule | None
    after: Decision | None
    source: str | None
    own: Decision | None
    touched: Touched | None = None
    """What a new suspension cuts; None where it was not counted."""


class Plan(Struct, frozen=True):
    changes: tuple[Change, ...]
    unchanged: int
    waiting: int
    """Domains that not enough lists name yet."""


@query(row=KeptList)
def kept_lists() -> Select:
    return (
        select(*[domain_list.c[name] for name in KeptList.__struct_fields__])
        .order_by(domain_list.c.name)
        .limit(bindparam("limit"))
    )


@query(row=KeptList, bounded=True)
def list_by_name() -> Select:
    return select(*[domain_list.c[name] for name in KeptList.__struct_fields__]).where(
        domain_list.c.name == bindparam("name")
    )


@query()
def list_sizes() -> Select:
    return select(domain_list_entry.c.list_id, func.count()).group_by(domain_list_entry.c.list_id)


_SAID = [domain_list_entry.c[name] for name in Said.__struct_fields__]


@query(row=Said)
def entries_of_list() -> Select:
    return select(*_SAID).where(domain_list_entry.c.list_id == bindparam("list_id"))


@query(row=Said)
def entries_about() -> Select:
    """What all lists say of ``:domains``."""
    return select(*_SAID).where(any_of(domain_list_entry.c.domain, "domains"))


@query()
def insert_list() -> Insert:
    names = KeptList.__struct_fields__
    return insert(domain_list).values({name: bindparam(name) for name in names})


@query()
def update_list() -> Update:
    return (
        update(domain_list)
        .where(domain_list.c.id == bindparam("of_list"))
        .values(needs=bindparam("needs"), updated_at=bindparam("now"))
    )


@query()
def delete_list() -> Delete:
    return delete(domain_list).where(domain_list.c.id == bindparam("of_list"))


@query()
def insert_said() -> Insert:
    names = (*Said.__struct_fields__, "created_at")
    return insert(domain_list_entry).values({name: bindparam(name) for name in names})


@query()
def delete_said() -> Delete:
    return delete(domain_list_entry).where(
        domain_list_entry.c.list_id == bindparam("of_list"),
        any_of(domain_list_entry.c.domain, "domains"),
    )


def checked_name(typed: str) -> str:
    """Raises ListRefused."""
    name = " ".join(typed.split())
    if not name or len(name) > NAME_LENGTH or not name.isprintable() or "," in name:
        raise ListRefused(
            f"A list needs a name of at most {NAME_LENGTH} characters, without commas."
        )
    return name


def wanted_by(said: Iterable[tuple[KeptList, Entry]]) -> tuple[Entry, tuple[str, ...]] | None:
    """What lists together want of one domain, and their names; None if too few say it.

    A demand (a severity, or a flag) counts if some list that makes it needs no more than the
    number of lists that make it.
    """
    rows = sorted(said, key=lambda pair: pair[0].name)

    def agreed(asks: list[tuple[KeptList, Entry]]) -> bool:
        return bool(asks) and min(each.needs for each, _ in asks) <= len(asks)

    def flag(name: str) -> bool:
        return agreed([pair for pair in rows if getattr(pair[1], name)])

    for severity in sorted(Severity, reverse=True):
        asks = [pair for pair in rows if pair[1].severity >= severity]
        if agreed(asks):
            comment = next((e.public_comment for _, e in asks if e.public_comment), None)
            entry = Entry(
                rows[0][1].domain,
                severity,
                flag("rejects_media"),
                flag("rejects_reports"),
                flag("obfuscated"),
                comment,
            )
            return entry, tuple(each.name for each, _ in asks)
    return None


def turned(rule: DomainRule | None, wanted: tuple[Entry, tuple[str, ...]] | None) -> Change | None:
    """What becomes of a rule by what lists want now; None if it stays as it is."""
    if rule is None:
        if wanted is None:
            return None
        entry, names = wanted
        return Change(entry.domain, Turn.ADD, None, _decided(entry), ", ".join(names), None)
    own = rule.decision if rule.source is None else _own(rule)
    if rule.source is None and _lets_be(rule.decision):
        return None
    if wanted is None:
        if rule.source is None:
            return None
        turn = Turn.REMOVE if own is None else Turn.WEAKEN
        return Change(rule.domain, turn, rule, own, None, None)
    entry, names = wanted
    after = _decided(entry) if own is None else _merged(own, entry)
    if own is not None and after == own:
        if rule.source is None:
            return None
        return Change(rule.domain, Turn.WEAKEN, rule, own, None, None)
    source = ", ".join(names)
    if after == rule.decision and source == rule.source:
        return None
    turn = Turn.WEAKEN if _weaker(after, rule.decision) else Turn.STRENGTHEN
    return Change(rule.domain, turn, rule, after, source, own)


def _lets_be(decision: Decision) -> bool:
    return (
        decision.severity is Severity.NOOP
        and not decision.rejects_media
        and not decision.rejects_reports
    )


def _own(rule: DomainRule) -> Decision | None:
    return msgspec.json.decode(rule.own, type=Decision) if rule.own else None


def _decided(entry: Entry) -> Decision:
    return Decision(
        severity=entry.severity,
        rejects_media=entry.rejects_media,
        rejects_reports=entry.rejects_reports,
        obfuscated=entry.obfuscated,
        public_comment=entry.public_comment,
    )


def _merged(own: Decision, entry: Entry) -> Decision:
    ours = Entry(
        entry.domain, own.severity, own.rejects_media, own.rejects_reports, own.obfuscated,
        own.public_comment,
    )  # fmt: skip
    return (
        msgspec.structs.replace(
            _decided(stricter(ours, entry)), private_comment=own.private_comment
        )
        if _stricter_than(own, entry)
        else own
    )


def _stricter_than(own: Decision, entry: Entry) -> bool:
    return (
        entry.severity > own.severity
        or (entry.rejects_media and not own.rejects_media)
        or (entry.rejects_reports and not own.rejects_reports)
    )


def _weaker(after: Decision, before: Decision) -> bool:
    return (
        after.severity < before.severity
        or (before.rejects_media and not after.rejects_media)
        or (before.rejects_reports and not after.rejects_reports)
    )


async def plan(
    db: Database, server: Server, name: str, entries: Iterable[Entry], needs: int
) -> Plan:
    """What taking a list in under a checked name would change; nothing is changed.

    Raises:
        ListRefused: ``needs`` is out of bounds, or there are too many lists.
    """
    if not 1 <= needs <= MOST_LISTS:
        raise ListRefused(f"A list can need 1 to {MOST_LISTS} lists that agree.")
    lists = {each.name: each for each in await db.all(kept_lists, limit=MOST_LISTS + 1)}
    if name not in lists and len(lists) >= MOST_LISTS:
        raise ListRefused(f"At most {MOST_LISTS} lists are kept.")
    known = lists.get(name)
    this = KeptList(known.id if known else 0, name, needs, 0, 0)
    new = {each.domain: each for each in entries}
    old = await db.all(entries_of_list, list_id=known.id) if known else []
    return await _planned(db, list(lists.values()), this, new, {each.domain for each in old})


async def _planned(
    db: Database, lists: list[KeptList], this: KeptList, new: dict[str, Entry], old: set[str]
) -> Plan:
    domains = sorted({*new, *old})
    by_id = {each.id: each for each in lists if each.id != this.id}
    changes: list[Change] = []
    unchanged = waiting = counted = 0
    for start in range(0, len(domains), 500):
        some = domains[start : start + 500]
        rules = {each.domain: each for each in await db.all(rules_for, domains=some)}
        said: dict[str, list[tuple[KeptList, Entry]]] = defaultdict(list)
        for row in await db.all(entries_about, domains=some):
            if row.list_id in by_id:
                said[row.domain].append((by_id[row.list_id], row.entry))
        for domain in some:
            if domain in new:
                said[domain].append((this, new[domain]))
            wanted = wanted_by(said[domain]) if said[domain] else None
            waiting += bool(said[domain]) and wanted is None
            change = turned(rules.get(domain), wanted)
            if change is None:
                unchanged += 1
                continue
            if _suspends(change) and counted < MOST_COUNTED:
                counted += 1
                change = msgspec.structs.replace(change, touched=await touched_by(db, domain))
            changes.append(change)
    return Plan(tuple(changes), unchanged, waiting)


def _suspends(change: Change) -> bool:
    after = change.after is not None and change.after.severity is Severity.SUSPEND
    before = change.before is not None and change.before.severity == Severity.SUSPEND
    return after and not before


async def take_in(
    db: Database,
    server: Server,
    who: int | None,
    name: str,
    entries: Iterable[Entry],
    needs: int,
) -> Plan:
    """Take a list in under a checked name, in place of what it said before; what that changed.

    Raises:
        ListRefused: as ``plan``.
    """
    new = {each.domain: each for each in entries}
    done = await plan(db, server, name, new.values(), needs)
    list_id = await db.write(_keep, server, who, name, needs, len(new))
    old = {each.domain: each.entry for each in await db.all(entries_of_list, list_id=list_id)}
    gone = [domain for domain in old if domain not in new]
    came = [entry for entry in new.values() if old.get(entry.domain) != entry]
    for start in range(0, max(len(gone), len(came)), 500):
        await db.write(_say, server, list_id, gone[start : start + 500], came[start : start + 500])
    await _apply(db, server, who, done.changes)
    return done


async def retract(db: Database, server: Server, who: int | None, name: str) -> Plan | None:
    """Forget a list, and take back what only it said. None if there is no such list."""
    known = await db.one(list_by_name, name=name)
    if known is None:
        return None
    lists = await db.all(kept_lists, limit=MOST_LISTS)
    old = {each.domain for each in await db.all(entries_of_list, list_id=known.id)}
    done = await _planned(db, lists, known, {}, old)
    await db.write(_drop, server, who, known)
    await _apply(db, server, who, done.changes)
    return done


async def _keep(tx: Tx, server: Server, who: int | None, name: str, needs: int, size: int) -> int:
    now = server.now_ms()
    known = await tx.one(list_by_name, name=name)
    list_id = known.id if known else tx.new_id()
    if known is None:
        row = KeptList(list_id, name, needs, now, now)
        await tx.run(insert_list, **msgspec.structs.asdict(row))
    else:
        await tx.run(update_list, of_list=list_id, needs=needs, now=now)
    await record(
        tx, who, "list.import", list_id, name, None, {"domains": size, "needs": needs}, now
    )
    return list_id


async def _say(tx: Tx, server: Server, list_id: int, gone: list[str], came: list[Entry]) -> None:
    await tx.run(delete_said, of_list=list_id, domains=[*gone, *(each.domain for each in came)])
    now = server.now_ms()
    rows = [msgspec.structs.asdict(each) | {"list_id": list_id, "created_at": now} for each in came]
    await tx.many(insert_said, rows)


async def _drop(tx: Tx, server: Server, who: int | None, known: KeptList) -> None:
    await tx.run(delete_list, of_list=known.id)
    await record(tx, who, "list.retract", known.id, known.name, None, None, server.now_ms())


async def _apply(
    db: Database, server: Server, who: int | None, changes: tuple[Change, ...]
) -> None:
    """In steps; servers that are first heard of meanwhile look at the rules by themselves."""
    names = await _names_by_domain(db, {each.domain for each in changes})
    for start in range(0, len(changes), STEP):
        await db.write(_apply_some, server, who, changes[start : start + STEP], names)


async def _names_by_domain(db: Database, domains: set[str]) -> dict[str, list[str]]:
    """Known servers that rules about ``domains`` can hold for: one walk over all servers."""
    found: dict[str, list[str]] = defaultdict(list)
    after = ""
    while rows := await db.all(hosts_after, after=after, limit=2000):
        for row in rows:
            for domain in domains.intersection(covering(row[0])):
                found[domain].append(row[0])
        after = rows[-1][0]
    return found


async def _apply_some(
    tx: Tx,
    server: Server,
    who: int | None,
    changes: tuple[Change, ...],
    names: dict[str, list[str]],
) -> None:
    for change in changes:
        rule = await tx.one(rule_by_domain, domain=change.domain)
        if rule != change.before:
            continue  # Somebody decided meanwhile: that stays.
        hosts = names.get(change.domain, [])
        if change.after is not None:
            await put_rule(
                tx, server, who, change.domain, change.after, "domain.list",
                source=change.source, own=change.own, names=hosts,
            )  # fmt: skip
        elif rule is not None:
            await take_back(tx, server, who, rule, action="domain.retract", names=hosts)
