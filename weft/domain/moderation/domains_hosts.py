"""Holding servers to the rules: the flags of ``host`` follow, in the write that changes a rule.

Everything that shows, takes or sends looks at these flags, so a rule holds at once. What takes longer
(cutting follows, removing files, mending) is left to the job ``domain`` of each host, which looks
again at what holds when it runs (``domains_sever``).
"""

from typing import Any

from msgspec import Struct
from sqlalchemy import (
    CompoundSelect,
    Delete,
    Insert,
    Select,
    Update,
    bindparam,
    delete,
    literal_column,
    or_,
    select,
    union,
    update,
)

from weft.domain.moderation.domains_rules import (
    GOOD,
    HostStanding,
    allows_for,
    covering,
    rules_for,
    standing_of,
)
from weft.domain.server import Server
from weft.storage.database import Database, Tx
from weft.storage.schema.actors import actor
from weft.storage.schema.federation import delivery, host, lane
from weft.storage.schema.operations import job
from weft.storage.statements import any_of, insert_or_ignore, query

WORK = "domain"
"""The ``kind`` of the jobs that carry decisions out; their ``unique_key`` is the host."""
STEP = 200


class HostFlags(Struct, frozen=True):
    name: str
    suspended: bool
    silenced: bool
    rejects_media: bool
    rejects_reports: bool


@query(row=HostFlags, bounded=True)
def flags_of() -> Select:
    return select(*[host.c[name] for name in HostFlags.__struct_fields__]).where(
        any_of(host.c.name, "names")
    )


@query()
def add_host() -> Insert:
    return insert_or_ignore(
        host, "name", "num", "first_seen_at",
        "suspended", "silenced", "rejects_media", "rejects_reports",
    )  # fmt: skip


@query()
def set_flags() -> Update:
    names = ("suspended", "silenced", "rejects_media", "rejects_reports")
    return (
        update(host)
        .where(host.c.name == bindparam("of_host"))
        .values({name: bindparam(name) for name in names})
    )


def _under(name: Any) -> Any:
    return or_(
        name == bindparam("domain"),
        name.like(bindparam("below"), escape="\\"),
        name.like(bindparam("with_port"), escape="\\"),
        name.like(bindparam("below_with_port"), escape="\\"),
    )


@query()
def hosts_under() -> CompoundSelect[Any]:
    """Names of servers at ``:domain`` or under it, of which anything is known here."""
    return union(
        select(host.c.name).where(_under(host.c.name)),
        select(actor.c.host).where(_under(actor.c.host), ~actor.c.local),
    )


@query(bounded=True)
def hosts_after() -> Select:
    return (
        select(host.c.name)
        .where(host.c.name > bindparam("after"))
        .order_by(host.c.name)
        .limit(bindparam("limit"))
    )


@query()
def drop_deliveries() -> Delete:
    """Nothing more is sent to ``:of_host``."""
    return delete(delivery).where(
        delivery.c.host == bindparam("of_host"), delivery.c.state == literal_column("0")
    )


@query()
def close_lane() -> Update:
    return update(lane).where(lane.c.host == bindparam("of_host")).values(next_at=None)


@query()
def begin_anew() -> Update:
    return (
        update(job)
        .where(
            job.c.kind == bindparam("of_kind"),
            job.c.unique_key == bindparam("of_host"),
            job.c.state == literal_column("0"),
        )
        .values(args=bindparam("args"))
    )


@query()
def add_work() -> Insert:
    return insert_or_ignore(job, "id", "kind", "unique_key", "args", "run_at", "created_at")


def under_params(domain: str) -> dict[str, str]:
    """The parameters of ``hosts_under``."""
    escaped = domain.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    ported = "" if ":" in domain else ":%"
    return {
        "domain": domain,
        "below": f"%.{escaped}",
        "with_port": escaped + ported,
        "below_with_port": f"%.{escaped}{ported}",
    }


async def names_under(source: Database | Tx, domain: str) -> list[str]:
    """Servers that a rule about ``domain`` can hold for."""
    rows = await source.all(hosts_under, **under_params(domain))
    return sorted(row[0] for row in rows if domain in covering(row[0]))


async def standings(
    source: Database | Tx, server: Server, names: list[str]
) -> dict[str, HostStanding]:
    """What the rules make of servers now; two statements, however many."""
    domains = list({each for name in names for each in covering(name)})
    rules = await source.all(rules_for, domains=domains)
    allowed: list[str] | None = None
    if server.allow_list:
        allowed = [row.domain for row in await source.all(allows_for, domains=domains)]
    return {name: standing_of(name, rules, allowed) for name in names}


async def ensure_host(tx: Tx, server: Server, name: str) -> None:
    """A server of which something is kept has a row with the flags that the rules give it."""
    if await tx.all(flags_of, names=[name]):
        return
    found = (await standings(tx, server, [name]))[name]
    await _add(tx, name, found, server.now_ms())


async def settle(tx: Tx, server: Server, names: list[str]) -> list[str]:
    """Make the flags of servers what the rules say; the names of those that changed."""
    changed: list[str] = []
    for start in range(0, len(names), STEP):
        some = names[start : start + STEP]
        wanted = await standings(tx, server, some)
        known = {row.name: row for row in await tx.all(flags_of, names=some)}
        changed += [
            name
            for name in some
            if await _settle_one(tx, server, name, known.get(name), wanted[name])
        ]
    return changed


async def _settle_one(
    tx: Tx, server: Server, name: str, known: HostFlags | None, wanted: HostStanding
) -> bool:
    now = server.now_ms()
    if known is None:
        await _add(tx, name, wanted, now)
        if wanted == GOOD:
            return False
    elif _flags(known) == _flags(wanted):
        return False
    else:
        await tx.run(set_flags, of_host=name, **_flags(wanted))
    if wanted.suspended:
        await tx.run(drop_deliveries, of_host=name)
        await tx.run(close_lane, of_host=name)
    await leave_work(tx, name, now)
    return True


async def leave_work(tx: Tx, name: str, now: int) -> None:
    """What is to be done about a server is done by whoever works jobs off, soon."""
    args = f'{{"decided_at":{tx.new_id()}}}'
    if await tx.run(begin_anew, of_kind=WORK, of_host=name, args=args):
        return
    await tx.run(
        add_work,
        id=tx.new_id(),
        kind=WORK,
        unique_key=name,
        args=args,
        run_at=now,
        created_at=now,
    )


def _flags(of: HostFlags | HostStanding) -> dict[str, bool]:
    return {
        "suspended": of.suspended,
        "silenced": of.silenced,
        "rejects_media": of.rejects_media,
        "rejects_reports": of.rejects_reports,
    }


async def _add(tx: Tx, name: str, wanted: HostStanding, now: int) -> None:
    await tx.run(
        add_host,
        name=name,
        num=await tx.next_num("host"),
        first_seen_at=now,
        **_flags(wanted),
    )


async def settle_all(db: Database, server: Server) -> int:
    """Hold every known server to the rules, as a chore: for rules that were changed while a server
    was first heard of, and for an allow list that was turned on or off. How many had to change."""
    after, changed = "", 0
    while rows := await db.all(hosts_after, after=after, limit=STEP):
        names = [row[0] for row in rows if row[0] != server.host]
        changed += len(await db.write(settle, server, names))
        after = rows[-1][0]
    return changed
