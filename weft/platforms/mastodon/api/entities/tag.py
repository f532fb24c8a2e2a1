"""Tag: a hashtag, its week, and what it is to the viewer."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from weft.domain.tags.queries import TagRow, UsesRow, featured_among, followed_among, uses_of
from weft.domain.tags.uses import DAY_MS, SHOWN_DAYS, day_of
from weft.platforms.mastodon.api.routing import Api


def tag_url(origin: str, name: str) -> str:
    return f"{origin}/tags/{quote(name)}"


def history(rows: Sequence[UsesRow], today: int) -> list[dict[str, str]]:
    """The last seven days, today first; numbers as strings, days as seconds since 1970."""
    found = {row.day: row for row in rows}
    return [
        {
            "day": str(day * DAY_MS // 1000),
            "uses": str(found[day].uses) if day in found else "0",
            "accounts": str(found[day].people) if day in found else "0",
        }
        for day in range(today, today - SHOWN_DAYS, -1)
    ]


async def tag_entities(api: Api, tags: Sequence[TagRow], me: int | None) -> list[dict[str, Any]]:
    """In the order of ``tags``; three statements, however many they are."""
    if not tags:
        return []
    db, ids = api.parts.db, [each.id for each in tags]
    today = day_of(api.parts.server.now_ms())
    uses: dict[int, list[UsesRow]] = defaultdict(list)
    for row in await db.all(uses_of, ids=ids, first_day=today - SHOWN_DAYS + 1):
        uses[row.tag_id].append(row)
    followed: set[int] = set()
    featured: set[int] = set()
    if me is not None:
        both = await asyncio.gather(
            db.all(followed_among, actor_id=me, ids=ids),
            db.all(featured_among, actor_id=me, ids=ids),
        )
        followed, featured = ({row[0] for row in rows} for rows in both)
    origin = api.parts.server.origin
    entities = []
    for each in tags:
        entity: dict[str, Any] = {
            "id": str(each.id),
            "name": each.display,
            "url": tag_url(origin, each.name),
            "history": history(uses[each.id], today),
        }
        if me is not None:
            entity |= {"following": each.id in followed, "featuring": each.id in featured}
        entities.append(entity)
    return entities


def unused_tag(api: Api, name: str, display: str, me: int | None) -> dict[str, Any]:
    """A hashtag that nobody has used here yet; it has no id."""
    entity: dict[str, Any] = {
        "id": "",
        "name": display,
        "url": tag_url(api.parts.server.origin, name),
        "history": history([], day_of(api.parts.server.now_ms())),
    }
    return entity if me is None else entity | {"following": False, "featuring": False}
