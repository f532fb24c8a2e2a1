"""Deciding about servers: blocked, limited, let be; or, with an allow list, talked with at all."""

from collections.abc import Mapping
from typing import Any

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
    literal_column,
    select,
    union_all,
    update,
)

from weft.domain.moderation.audit import record
from weft.domain.moderation.domains_hosts import names_under, settle
from weft.domain.moderation.domains_rules import (
    Decision,
    DomainAllow,
    DomainRefused,
    DomainRule,
    Severity,
    allow_by_id,
    allows_for,
    checked_decision,
    checked_domain,
    rule_by_domain,
    rule_by_id,
)
from weft.domain.moderation.policies import policies_changed
from weft.domain.server import Server
from weft.storage.database import Database, Tx
from weft.storage.schema.actors import actor, actor_stats
from weft.storage.schema.moderation import domain_allow
from weft.storage.schema.operations import domain_block
from weft.storage.schema.relations import follow
from weft.storage.statements import any_of, query


class AlreadyDecided(DomainRefused):
    """There is a rule for the domain."""

    def __init__(self, rule: DomainRule) -> None:
        super().__init__(f"There is a rule for {rule.domain} already: change that one.")
        self.rule = rule


@query()
def insert_rule() -> Insert:
    names = DomainRule.__struct_fields__
    return insert(domain_block).values({name: bindparam(name) for name in names})


@query()
def update_rule() -> Update:
    names = [
        name for name in DomainRule.__struct_fields__ if name not in {"id", "domain", "created_at"}
    ]
    return (
        update(domain_block)
        .where(domain_block.c.id == bindparam("of_rule"))
        .values({name: bindparam(name) for name in names})
    )


@query()
def delete_rule() -> Delete:
    return delete(domain_block).where(domain_block.c.id == bindparam("of_rule"))


@query()
def insert_allow() -> Insert:
    return insert(domain_allow).values(
        {name: bindparam(name) for name in DomainAllow.__struct_fields__}
    )


@query()
def delete_allow() -> Delete:
    return delete(domain_allow).where(domain_allow.c.id == bindparam("of_allow"))


class Touched(Struct, frozen=True):
    """What a suspension would cut and hide."""

    servers: int = 0
    actors: int = 0
    posts: int = 0
    following: int = 0
    """Follows of people there by people here."""
    followers: int = 0
    people: int = 0
    """Of this server, who would lose somebody."""

    @property
    def sentence(self) -> str:
        cut = self.following + self.followers
        if not cut:
            return "It would cut no follows."
        follows = "follow" if cut == 1 else "follows"
        persons = "person" if self.people == 1 else "people"
        return f"It would cut {cut} {follows} of {self.people} {persons}."


@query()
def known_people() -> Select:
    """How many actors and posts of ``:names`` are here."""
    return (
        select(func.count(), func.coalesce(func.sum(actor_stats.c.posts), 0))
        .select_from(actor.outerjoin(actor_stats, actor_stats.c.actor_id == actor.c.id))
        .where(any_of(actor.c.host, "names"), ~actor.c.local)
    )


@query()
def follows_between() -> Select:
    """Follows between us and ``:names``: those by us, those of us, and by how many."""
    ours, theirs = actor.alias("ours"), actor.alias("theirs")

    def edges(mine: Any, other: Any, by_us: str) -> Select:
        return (
            select(mine.label("person"), literal_column(by_us).label("by_us"))
            .select_from(theirs.join(follow, other == theirs.c.id).join(ours, ours.c.id == mine))
            .where(
                any_of(theirs.c.host, "names"),
                ~theirs.c.local,
                ours.c.local,
                follow.c.state == literal_column("1"),
            )
        )

    found = union_all(
        edges(follow.c.follower_id, follow.c.target_id, "1"),
        edges(follow.c.target_id, follow.c.follower_id, "0"),
    ).subquery("edges")
    return select(
        func.coalesce(func.sum(found.c.by_us), 0),
        func.count(),
        func.count(found.c.person.distinct()),
    )


async def touched_by(db: Database | Tx, domain: str) -> Touched:
    """What suspending a domain would do to people here."""
    names = await names_under(db, domain)
    if not names:
        return Touched()
    people = await db.one(known_people, names=names)
    edges = await db.one(follows_between, names=names)
    actors, posts = people or (0, 0)
    by_us, all_edges, persons = edges or (0, 0, 0)
    return Touched(
        servers=len(names),
        actors=int(actors),
        posts=int(posts),
        following=int(by_us),
        followers=int(all_edges) - int(by_us),
        people=int(persons),
    )


async def decide(
    tx: Tx, server: Server, who: int | None, typed: str, decision: Decision
) -> DomainRule:
    """Make a rule for a domain.

    Raises:
        DomainRefused: it is no domain, or ours.
        AlreadyDecided: there is a rule for it.
    """
    domain = checked_domain(server, typed)
    known = await tx.one(rule_by_domain, domain=domain)
    if known is not None:
        raise AlreadyDecided(known)
    return await put_rule(tx, server, who, domain, checked_decision(decision), "domain.block")


async def decide_again(
    tx: Tx, server: Server, who: int | None, rule_id: int, decision: Decision
) -> DomainRule | None:
    """Change a rule; from then on it is ours, whatever list it came from. None if there is none."""
    known = await tx.one(rule_by_id, id=rule_id)
    if known is None:
        return None
    decision = checked_decision(decision)
    return await put_rule(tx, server, who, known.domain, decision, "domain.change")


async def put_rule(
    tx: Tx,
    server: Server,
    who: int | None,
    domain: str,
    decision: Decision,
    action: str,
    *,
    source: str | None = None,
    own: Decision | None = None,
    names: list[str] | None = None,
) -> DomainRule:
    """Write a rule for a checked domain, over the one that may be there, and hold the servers to it.
    ``names``: the servers it can concern, where the caller knows them."""
    now = server.now_ms()
    known = await tx.one(rule_by_domain, domain=domain)
    row = DomainRule(
        id=known.id if known else tx.new_id(),
        domain=domain,
        source=source,
        own=msgspec.json.encode(own).decode() if own is not None else None,
        created_at=known.created_at if known else now,
        updated_at=now,
        **msgspec.structs.asdict(decision),
    )
    values = msgspec.structs.asdict(row)
    if known is None:
        await tx.run(insert_rule, **values)
    else:
        for name in ("id", "domain", "created_at"):
            del values[name]
        await tx.run(update_rule, of_rule=row.id, **values)
    await _hold(tx, server, domain, names)
    details = told(decision) | ({"source": source} if source else {})
    if known is not None:
        details["before"] = told(known.decision)
    await record(tx, who, action, row.id, domain, decision.private_comment, details, now)
    return row


async def take_back(
    tx: Tx,
    server: Server,
    who: int | None,
    rule: DomainRule,
    *,
    action: str = "domain.unblock",
    names: list[str] | None = None,
) -> None:
    """Remove a rule: what it hid is shown again, and what it cut is mended as far as it can be."""
    await tx.run(delete_rule, of_rule=rule.id)
    await _hold(tx, server, rule.domain, names)
    await record(tx, who, action, rule.id, rule.domain, None, told(rule.decision), server.now_ms())


async def allow(tx: Tx, server: Server, who: int | None, typed: str) -> DomainAllow:
    """Put a domain on the allow list; allowing twice is allowing once.

    Raises:
        DomainRefused: it is no domain, or ours.
    """
    domain = checked_domain(server, typed)
    known = await tx.all(allows_for, domains=[domain])
    if known:
        return known[0]
    row = DomainAllow(tx.new_id(), domain, server.now_ms())
    await tx.run(insert_allow, **msgspec.structs.asdict(row))
    await _hold(tx, server, domain, None)
    await record(tx, who, "domain.allow", row.id, domain, None, None, row.created_at)
    return row


async def disallow(tx: Tx, server: Server, who: int | None, allow_id: int) -> DomainAllow | None:
    """Take a domain off the allow list. None if it is not on it."""
    known = await tx.one(allow_by_id, id=allow_id)
    if known is None:
        return None
    await tx.run(delete_allow, of_allow=known.id)
    await _hold(tx, server, known.domain, None)
    await record(tx, who, "domain.disallow", known.id, known.domain, None, None, server.now_ms())
    return known


async def _hold(tx: Tx, server: Server, domain: str, names: list[str] | None) -> None:
    found = await names_under(tx, domain) if names is None else names
    # The domain itself too, if it has not been heard of: its name is what apps and pages ask for.
    await settle(tx, server, sorted({*found, domain}))
    await policies_changed(tx, server.now_ms())


def told(decision: Decision) -> dict[str, Any]:
    """A decision for the audit log: what it does, without what nobody asked for."""
    does: Mapping[str, Any] = {
        "severity": Severity(decision.severity).name.lower(),
        "rejects_media": decision.rejects_media,
        "rejects_reports": decision.rejects_reports,
        "obfuscated": decision.obfuscated,
        "public_comment": decision.public_comment,
    }
    return {name: value for name, value in does.items() if value}
