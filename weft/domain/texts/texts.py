"""Markdown that the operator wrote, as pages. Terms have a day from which they hold; older ones stay
readable."""

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Literal

from msgspec import Struct
from sqlalchemy import Delete, Select, bindparam, delete, select

from weft.config.settings import Settings
from weft.domain.identity.queries import remember
from weft.domain.markup.markdown import markdown_to_html
from weft.domain.server import Server
from weft.domain.texts import defaults
from weft.storage.database import Database, Tx
from weft.storage.schema.operations import server_setting
from weft.storage.statements import query

Kind = Literal["about", "privacy", "terms"]
KINDS: tuple[Kind, ...] = ("about", "privacy", "terms")
MAX_CHARS = 100_000
MOST_VERSIONS = 100
_PREFIX = "text/"


class TextRefused(Exception):
    """The sentence is for the operator."""


class StoredText(Struct, frozen=True):
    key: str
    value: str
    updated_at: int


class Text(Struct, frozen=True):
    """``since``: the day from which it holds (``YYYY-MM-DD``); ``followed_by``: that of the next."""

    html: str
    updated_at: int
    since: str
    followed_by: str | None = None
    is_default: bool = False


@query(row=StoredText, bounded=True)
def texts_under() -> Select:
    """The versions of one text, newest first."""
    return (
        select(server_setting.c.key, server_setting.c.value, server_setting.c.updated_at)
        .where(server_setting.c.key >= bindparam("low"), server_setting.c.key < bindparam("high"))
        .order_by(server_setting.c.key.desc())
        .limit(bindparam("limit"))
    )


@query()
def delete_texts() -> Delete:
    return delete(server_setting).where(
        server_setting.c.key >= bindparam("low"), server_setting.c.key < bindparam("high")
    )


def _span(kind: Kind) -> dict[str, str]:
    return {"low": f"{_PREFIX}{kind}/", "high": f"{_PREFIX}{kind}0"}


def day_of(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).date().isoformat()


@lru_cache(maxsize=32)
def _html(source: str, origin: str) -> str:
    return markdown_to_html(source, {}, None, origin, "article")


async def set_text(tx: Tx, server: Server, kind: Kind, source: str, since: str = "") -> str:
    """Keep a text; terms as those from the day ``since`` on (today). Answers that day.

    Raises:
        TextRefused: with a sentence.
    """
    if not source.strip() or len(source) > MAX_CHARS:
        raise TextRefused(f"A text has 1 to {MAX_CHARS} characters.")
    now = server.now_ms()
    try:
        day = date.fromisoformat(since).isoformat() if since else day_of(now)
    except ValueError:
        raise TextRefused("The day must be written as 2027-01-31.") from None
    if kind != "terms":
        await tx.run(delete_texts, **_span(kind))
    await tx.run(remember, key=f"{_PREFIX}{kind}/{day}", value=source, updated_at=now)
    return day


async def clear_text(tx: Tx, kind: Kind) -> bool:
    """Back to the text that comes with Weft. False if there was no other."""
    return await tx.run(delete_texts, **_span(kind)) > 0


async def text_of(
    db: Database, server: Server, settings: Settings, kind: Kind, day: str = ""
) -> Text | None:
    """What holds today, or what begins to hold on ``day``; None if nothing does on that one."""
    rows: list[StoredText] = await db.all(texts_under, limit=MOST_VERSIONS, **_span(kind))
    days = [row.key.rpartition("/")[2] for row in rows]
    today = day_of(server.now_ms())
    for at, (row, since) in enumerate(zip(rows, days, strict=True)):
        if since == day or (not day and since <= today):
            return Text(
                _html(row.value, server.origin),
                row.updated_at,
                since,
                days[at - 1] if at else None,
            )
    since = day_of(defaults.WRITTEN_AT)
    if day not in ("", since):
        return None
    written = {"about": defaults.about, "privacy": defaults.privacy, "terms": defaults.terms}[kind]
    return Text(
        _html(written(settings), server.origin),
        defaults.WRITTEN_AT,
        since,
        days[-1] if days else None,
        is_default=True,
    )
