"""What moderators say of trends: which hashtags, posts and pages may be one, and pages from where."""

from collections.abc import Iterable
from enum import IntEnum
from typing import Literal
from urllib.parse import urlsplit

from msgspec import Struct
from sqlalchemy import Insert, Select, Update, bindparam, select, update

from weft.domain.moderation.audit import record
from weft.domain.server import Server
from weft.storage.database import Database, Tx
from weft.storage.schema.moderation import card_publisher, trend_review
from weft.storage.schema.posts import card, post, tag
from weft.storage.statements import any_of, insert_or_ignore, query, upsert


class TrendKind(IntEnum):
    """What may be a trend; the numbers are stored."""

    TAG = 0
    POST = 1
    CARD = 2


class Review(Struct, frozen=True):
    target_id: int
    allowed: bool
    reviewed_at: int


class Publisher(Struct, frozen=True):
    """Where pages come from; ``allowed`` is None while nobody has said anything."""

    id: int
    domain: str
    allowed: bool | None
    reviewed_at: int | None


_PUBLISHER = [card_publisher.c[name] for name in Publisher.__struct_fields__]


@query(row=Review, bounded=True)
def reviews_of() -> Select:
    return select(*[trend_review.c[name] for name in Review.__struct_fields__]).where(
        trend_review.c.kind == bindparam("kind"), any_of(trend_review.c.target_id, "ids")
    )


@query()
def save_review() -> Insert:
    return upsert(
        trend_review,
        key=["kind", "target_id"],
        values=["kind", "target_id", "allowed", "account_id", "reviewed_at"],
        update=["allowed", "account_id", "reviewed_at"],
    )


@query(row=Publisher, bounded=True)
def publishers_of() -> Select:
    return select(*_PUBLISHER).where(any_of(card_publisher.c.domain, "domains"))


@query(row=Publisher, bounded=True)
def publisher_by_id() -> Select:
    return select(*_PUBLISHER).where(card_publisher.c.id == bindparam("id"))


@query(row=Publisher, bounded=True)
def publisher_page(*, newer: bool = False) -> Select:
    cursor = card_publisher.c.id
    return (
        select(*_PUBLISHER)
        .where(cursor < bindparam("max_id"), cursor > bindparam("min_id"))
        .order_by(cursor if newer else cursor.desc())
        .limit(bindparam("limit"))
    )


@query()
def insert_publisher() -> Insert:
    return insert_or_ignore(card_publisher, "id", "domain", "created_at")


@query()
def review_publisher_row() -> Update:
    return (
        update(card_publisher)
        .where(card_publisher.c.id == bindparam("of_publisher"))
        .values(allowed=bindparam("allowed"), reviewed_at=bindparam("now"))
    )


@query(bounded=True)
def subject_of(*, kind: Literal["tag", "post", "card"]) -> Select:
    """The name, or address, of what a review is about."""
    column = {"tag": tag.c.name, "post": post.c.uri, "card": card.c.url}[kind]
    return select(column).where(column.table.c.id == bindparam("id"))


def domain_of_page(url: str) -> str:
    """Where a page comes from, without ``www.``."""
    return urlsplit(url).netloc.casefold().removeprefix("www.")


async def review(
    tx: Tx, server: Server, who: int | None, kind: TrendKind, target_id: int, *, allowed: bool
) -> bool:
    """Say whether something may be a trend. False if there is no such thing."""
    found = await tx.one(subject_of, kind=kind.name.lower(), id=target_id)
    if found is None:
        return False
    now = server.now_ms()
    await tx.run(
        save_review,
        kind=kind,
        target_id=target_id,
        allowed=allowed,
        account_id=who,
        reviewed_at=now,
    )
    action = f"trend.{'approve' if allowed else 'reject'}_{kind.name.lower()}"
    await record(tx, who, action, target_id, str(found[0]), None, None, now)
    return True


async def review_publisher(
    tx: Tx, server: Server, who: int | None, publisher_id: int, *, allowed: bool
) -> Publisher | None:
    """Say whether pages from somewhere may be trends. None if it is not known."""
    known = await tx.one(publisher_by_id, id=publisher_id)
    if known is None:
        return None
    now = server.now_ms()
    await tx.run(review_publisher_row, of_publisher=publisher_id, allowed=allowed, now=now)
    action = f"trend.{'approve' if allowed else 'reject'}_publisher"
    await record(tx, who, action, known.id, known.domain, None, None, now)
    return Publisher(known.id, known.domain, allowed, now)


async def note_publishers(tx: Tx, server: Server, domains: Iterable[str]) -> None:
    """These have pages that many link to: they can be reviewed."""
    wanted = sorted(set(domains))
    known = {row.domain for row in await tx.all(publishers_of, domains=wanted)}
    for domain in wanted:
        if domain and domain not in known:
            await tx.run(
                insert_publisher, id=tx.new_id(), domain=domain, created_at=server.now_ms()
            )


async def refused_among(
    db: Database, kind: TrendKind, ids: list[int], *, needs_review: bool
) -> set[int]:
    """Those of ``ids`` that may not be trends: refused, or not looked at where that is needed."""
    said = {row.target_id: row.allowed for row in await db.all(reviews_of, kind=kind, ids=ids)}
    return {each for each in ids if not said.get(each, not needs_review)}
