"""Custom emoji of this server."""

from typing import Any

from litestar.response.base import ASGIResponse

from weft.domain.emoji.keep import MOST
from weft.domain.emoji.queries import EmojiRow, all_emoji
from weft.platforms.mastodon.api.routing import Api, Call, Route, json


def emoji_entity(api: Api, row: EmojiRow) -> dict[str, Any]:
    media_url = api.parts.media_url
    entity: dict[str, Any] = {
        "shortcode": row.shortcode,
        "url": media_url(row.store_key),
        "static_url": media_url(row.static_key or row.store_key),
        "visible_in_picker": row.listed,
    }
    return entity if row.category is None else entity | {"category": row.category}


async def index(call: Call) -> ASGIResponse:
    """GET /custom_emojis"""
    rows = await call.db.all(all_emoji, limit=MOST)
    return json([emoji_entity(call.api, row) for row in rows])


ROUTES = [Route("GET", "/api/v1/custom_emojis", index, who="anyone")]
