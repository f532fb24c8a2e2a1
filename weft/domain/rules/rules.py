"""Rules: short sentences with an order. One that is removed keeps its id for the reports about it."""

from msgspec import Struct
from sqlalchemy import Insert, Select, Update, bindparam, func, insert, select, update

from weft.domain.server import Server
from weft.storage.database import Database, Tx
from weft.storage.schema.operations import rule
from weft.storage.statements import any_of, query

MOST = 50
MAX_TEXT = 300
MAX_HINT = 1000


class RuleRefused(Exception):
    """The sentence is for the operator."""


class Rule(Struct, frozen=True):
    id: int
    position: int
    text: str
    hint: str


@query(row=Rule)
def rules_in_order() -> Select:
    return (
        select(rule.c.id, rule.c.position, rule.c.text, rule.c.hint)
        .where(rule.c.deleted_at.is_(None))
        .order_by(rule.c.position, rule.c.id)
        .limit(bindparam("limit"))
    )


@query(row=Rule, bounded=True)
def rules_by_ids() -> Select:
    """Also those that were removed: reports still name them."""
    return select(rule.c.id, rule.c.position, rule.c.text, rule.c.hint).where(
        any_of(rule.c.id, "ids")
    )


@query()
def last_position() -> Select:
    return select(func.max(rule.c.position), func.count()).where(rule.c.deleted_at.is_(None))


@query()
def insert_rule() -> Insert:
    names = ("id", "position", "text", "hint", "created_at")
    return insert(rule).values({name: bindparam(name) for name in names})


@query()
def mark_rule_deleted() -> Update:
    return (
        update(rule)
        .where(rule.c.id == bindparam("of_rule"), rule.c.deleted_at.is_(None))
        .values(deleted_at=bindparam("now"))
    )


async def all_rules(db: Database) -> list[Rule]:
    """In their order."""
    return await db.all(rules_in_order, limit=MOST)


async def add_rule(tx: Tx, server: Server, text: str, hint: str = "") -> Rule:
    """Put a rule behind the others.

    Raises:
        RuleRefused: with a sentence.
    """
    text, hint = " ".join(text.split()), " ".join(hint.split())
    if not text or len(text) > MAX_TEXT or len(hint) > MAX_HINT:
        raise RuleRefused(
            f"A rule has 1 to {MAX_TEXT} characters, and its explanation at most {MAX_HINT}."
        )
    row = await tx.one(last_position)
    last, count = (row[0] or 0, row[1]) if row is not None else (0, 0)
    if count >= MOST:
        raise RuleRefused(f"There are {MOST} rules already, which is more than anybody reads.")
    made = Rule(tx.new_id(), last + 1, text, hint)
    await tx.run(
        insert_rule, id=made.id, position=made.position, text=text, hint=hint,
        created_at=server.now_ms(),
    )  # fmt: skip
    return made


async def remove_rule(tx: Tx, server: Server, rule_id: int) -> bool:
    """False if there is none of this id."""
    return await tx.run(mark_rule_deleted, of_rule=rule_id, now=server.now_ms()) > 0
