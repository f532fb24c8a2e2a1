"""Numbers over a span of days: measures by day, dimensions by name, and who of a cohort came back."""

import platform
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version

from msgspec import Struct

from weft.domain.measures.queries import (
    DAY_MS,
    MOST_DAYS,
    DayCount,
    active_between,
    active_by_day,
    comings,
    counted,
    dimension,
    host_by_day,
    host_dimension,
    stored_bytes,
    tag_by_day,
    tag_dimension,
)
from weft.domain.moderation.domains_hosts import names_under
from weft.storage.database import Database
from weft.storage.ids import id_at

MEASURES = frozenset(
    {
        "active_users", "new_users", "interactions", "opened_reports", "resolved_reports",
        "tag_accounts", "tag_uses", "tag_servers", "instance_accounts",
        "instance_media_attachments", "instance_reports", "instance_statuses", "instance_follows",
        "instance_followers",
    }
)  # fmt: skip
DIMENSIONS = frozenset(
    {
        "languages", "sources", "servers", "space_usage", "software_versions", "tag_servers",
        "tag_languages", "instance_accounts", "instance_languages",
    }
)  # fmt: skip
MOST_NAMED = 50
MOST_COMINGS = 500_000
"""Days of people that are looked at for who came back; of more, only so many."""
_EPOCH = date(1970, 1, 1)


class MeasureRefused(Exception):
    """The sentence is for who asked."""


class Span(Struct, frozen=True):
    """Whole days of UTC, both included."""

    first: date
    last: date

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(n) for n in range((self.last - self.first).days + 1)]

    @property
    def numbers(self) -> tuple[int, int]:
        """As days since 1970."""
        return (self.first - _EPOCH).days, (self.last - _EPOCH).days

    @property
    def before(self) -> "Span":
        """As many days before it."""
        length = timedelta((self.last - self.first).days + 1)
        return Span(self.first - length, self.last - length)


class Measured(Struct, frozen=True):
    by_day: dict[date, int]
    total: int
    previous: int | None
    """Of the span before; None where that is not known any more."""


class Line(Struct, frozen=True):
    """One line of a dimension; ``unit`` is ``bytes`` or None."""

    key: str
    name: str
    value: str
    unit: str | None = None


class Returned(Struct, frozen=True):
    """How many of a cohort were here in a period, and what part of it that is."""

    at: date
    count: int
    rate: float


class Cohort(Struct, frozen=True):
    period: date
    data: tuple[Returned, ...]


def read_span(first: str, last: str) -> Span:
    """Raises MeasureRefused: no dates, in the wrong order, or too many days."""
    try:
        span = Span(_date(first), _date(last))
    except ValueError:
        raise MeasureRefused("start_at and end_at must be dates, such as 2026-11-30.") from None
    if span.first > span.last or not 1990 <= span.first.year <= 2200 or span.last.year > 2200:
        raise MeasureRefused("start_at must not be after end_at.")
    if len(span.days) > MOST_DAYS:
        raise MeasureRefused(f"At most {MOST_DAYS} days can be counted at once.")
    return span


def _date(text: str) -> date:
    return datetime.fromisoformat(text.strip().replace("Z", "+00:00")).date()


def _bounds(span: Span) -> dict[str, int]:
    first, last = span.numbers
    return {"since": first * DAY_MS, "until": (last + 1) * DAY_MS - 1}


def _ids(span: Span) -> dict[str, int]:
    bounds = _bounds(span)
    # Ids begin with the year 2000, and what is imported may be dated back.
    return {
        "since_id": id_at(max(bounds["since"], _IDS_FROM)),
        "until_id": id_at(max(bounds["until"], _IDS_FROM)),
    }


_IDS_FROM = int(datetime(2000, 1, 2, tzinfo=UTC).timestamp() * 1000)


async def measure(
    db: Database, key: str, span: Span, *, tag_id: int | None = None, domain: str | None = None
) -> Measured:
    """One measure.

    Raises:
        MeasureRefused: its tag or its domain is missing.
    """
    hosts: list[str] = []
    if key.startswith("instance_"):
        if not domain:
            raise MeasureRefused(f"{key} needs the domain that it is about.")
        hosts = await names_under(db, domain)
    if key.startswith("tag_") and tag_id is None:
        raise MeasureRefused(f"{key} needs the id of the hashtag that it is about.")
    now = await _counts(db, key, span, tag_id, hosts)
    before = await _counts(db, key, span.before, tag_id, hosts)
    total, previous = sum(now.values()), sum(before.values())
    if key == "active_users":
        # Who came on two days is one person.
        total, previous = await _people(db, span), await _people(db, span.before)
    return Measured(
        {day: now.get((day - _EPOCH).days, 0) for day in span.days},
        total,
        None if key.startswith("tag_") else previous,
    )


async def _people(db: Database, span: Span) -> int:
    first, last = span.numbers
    return int((await db.all(active_between, first=first, last=last))[0][0])


async def _counts(
    db: Database, key: str, span: Span, tag_id: int | None, hosts: list[str]
) -> dict[int, int]:
    first, last = span.numbers
    rows: list[DayCount]
    match key:
        case "active_users":
            rows = await db.all(active_by_day, first=first, last=last)
        case "new_users" | "opened_reports" | "resolved_reports":
            rows = await db.all(counted, what=key, **_bounds(span))
        case "interactions":
            rows = []
            for what in ("likes", "answers"):
                rows += await db.all(counted, what=what, **_bounds(span), **_ids(span))
        case "tag_uses" | "tag_accounts" | "tag_servers":
            rows = await db.all(tag_by_day, what=key, tag_id=tag_id, first=first, last=last)
        case _:
            rows = await db.all(host_by_day, what=key, hosts=hosts, **_bounds(span))
    found: dict[int, int] = defaultdict(int)
    for row in rows:
        found[row.day] += int(row.count)
    return found


async def dimension_lines(
    db: Database,
    key: str,
    span: Span,
    limit: int,
    *,
    tag_id: int | None = None,
    domain: str | None = None,
) -> list[Line]:
    """One dimension, the largest first.

    Raises:
        MeasureRefused: its tag or its domain is missing.
    """
    first, last = span.numbers
    match key:
        case "software_versions":
            return [
                Line("weft", "Weft", version("weft")),
                Line("python", "Python", platform.python_version()),
                Line("database", db.engine, db.engine),
            ]
        case "space_usage":
            size = int((await db.all(stored_bytes))[0][0])
            return [Line("media", "Files", str(size), "bytes")]
        case "languages":
            rows = await db.all(dimension, what=key, first=first, last=last, limit=limit)
        case "sources":
            rows = await db.all(dimension, what=key, limit=limit, **_bounds(span))
        case "servers":
            rows = await db.all(dimension, what=key, limit=limit, **_ids(span))
        case "tag_servers" | "tag_languages":
            if tag_id is None:
                raise MeasureRefused(f"{key} needs the id of the hashtag that it is about.")
            rows = await db.all(tag_dimension, what=key, tag_id=tag_id, limit=limit, **_ids(span))
        case _:
            if not domain:
                raise MeasureRefused(f"{key} needs the domain that it is about.")
            hosts = await names_under(db, domain)
            ids = {} if key == "instance_accounts" else _ids(span)
            rows = await db.all(host_dimension, what=key, hosts=hosts, limit=limit, **ids)
    nameless = "web" if key == "sources" else "und"
    return [Line(row.name or nameless, row.name or nameless, str(int(row.count))) for row in rows]


async def retention(db: Database, span: Span, *, monthly: bool) -> list[Cohort]:
    """Of whom joined in each period of the span: who was here in each period since."""
    first, last = span.numbers
    rows = await db.all(comings, first=first, last=last, limit=MOST_COMINGS, **_bounds(span))
    new = await db.all(counted, what="new_users", **_bounds(span))
    sizes: dict[date, int] = defaultdict(int)
    for row in new:
        sizes[_period(int(row.day), monthly)] += int(row.count)
    came: dict[tuple[date, date], set[int]] = defaultdict(set)
    for each in rows:
        came[_period(each.joined, monthly), _period(each.day, monthly)].add(each.account_id)
    here = defaultdict(int, {key: len(people) for key, people in came.items()})
    periods = sorted({_period((day - _EPOCH).days, monthly) for day in span.days})
    return [
        Cohort(
            period,
            tuple(
                Returned(
                    at, here[period, at], here[period, at] / sizes[period] if sizes[period] else 0.0
                )
                for at in periods
                if at >= period
            ),
        )
        for period in periods
    ]


def _period(day: int, monthly: bool) -> date:
    at = _EPOCH + timedelta(day)
    return at.replace(day=1) if monthly else at
