"""What the operator tells everybody, read, put away and reacted to."""

from typing import Any
from urllib.parse import unquote

from litestar.response.base import ASGIResponse

from weft.domain.actors.queries import actors_by_handles
from weft.domain.actors.records import Actor
from weft.domain.announcements.announce import MOST_SHOWN, put_away, react, take_back
from weft.domain.announcements.queries import (
    Announcement,
    ReactionRow,
    announcements_now,
    reactions_of,
    read_among,
)
from weft.domain.emoji.queries import EmojiRow, emoji_by_codes
from weft.domain.markup.extract import extract
from weft.domain.posts.written import handles_in
from weft.platforms.mastodon.api.emoji import emoji_entity
from weft.platforms.mastodon.api.entities.account import acct
from weft.platforms.mastodon.api.entities.tag import tag_url
from weft.platforms.mastodon.api.entities.values import iso, iso_or_none
from weft.platforms.mastodon.api.errors import not_found
from weft.platforms.mastodon.api.routing import Call, Route, json


async def index(call: Call) -> ASGIResponse:
    """GET /announcements; those that were put away too with ``with_dismissed``."""
    every = call.params.flag("with_dismissed")
    mine = {} if every else {"account_id": call.account_id}
    rows = await call.db.all(
        announcements_now,
        unread=not every,
        now=call.api.parts.server.now_ms(),
        limit=MOST_SHOWN,
        **mine,
    )
    return json(await _entities(call, rows))


async def _entities(call: Call, rows: list[Announcement]) -> list[dict[str, Any]]:
    """Four statements, however many they are."""
    if not rows:
        return []
    db, server = call.db, call.api.parts.server
    ids = [row.id for row in rows]
    read = {each[0] for each in await db.all(read_among, account_id=call.account_id, ids=ids)}
    reactions = await db.all(reactions_of, account_id=call.account_id, ids=ids)
    handles = {handle for row in rows for handle in handles_in(server, row.text)}
    people = {
        each.handle: each
        for each in await db.all(actors_by_handles, handles=list(handles))
        if each.stands
    }
    codes = {code for row in rows for code in extract(row.text).shortcodes}
    codes |= {each.name for each in reactions}
    emoji = {each.shortcode: each for each in await db.all(emoji_by_codes, codes=list(codes))}
    return [
        {
            "id": str(row.id),
            "content": row.content,
            "starts_at": iso_or_none(row.starts_at),
            "ends_at": iso_or_none(row.ends_at),
            "all_day": row.all_day,
            "published_at": iso(row.published_at or 0),
            "updated_at": iso(row.updated_at),
            "read": row.id in read,
            **_named(call, row, people, emoji),
            "reactions": [
                _reaction(call, each, emoji) for each in reactions if each.announcement_id == row.id
            ],
        }
        for row in rows
    ]


def _named(
    call: Call, row: Announcement, people: dict[str, Actor], emoji: dict[str, EmojiRow]
) -> dict[str, Any]:
    """Whom and what an announcement names. Posts are named by their links, as any page is."""
    server, found = call.api.parts.server, extract(row.text)
    mentioned = [people[each] for each in handles_in(server, row.text) if each in people]
    return {
        "mentions": [
            {"id": str(each.id), "username": each.username, "url": each.url, "acct": acct(each)}
            for each in mentioned
        ],
        "statuses": [],
        "tags": [
            {"name": each.name, "url": tag_url(server.origin, each.name)}
            for each in {each.name: each for each in found.hashtags}.values()
        ],
        "emojis": [emoji_entity(call, emoji[code]) for code in found.shortcodes if code in emoji],
    }


def _reaction(call: Call, row: ReactionRow, emoji: dict[str, EmojiRow]) -> dict[str, Any]:
    entity: dict[str, Any] = {"name": row.name, "count": row.count, "me": row.mine > 0}
    if row.name in emoji:
        pictures = emoji_entity(call, emoji[row.name])
        entity |= {"url": pictures["url"], "static_url": pictures["static_url"]}
    return entity


async def dismiss(call: Call) -> ASGIResponse:
    """POST /announcements/:id/dismiss"""
    server = call.api.parts.server
    if not await call.db.write(put_away, server, call.account_id, call.path_id()):
        raise not_found()
    return json({})


async def add_reaction(call: Call) -> ASGIResponse:
    """PUT /announcements/:id/reactions/:name"""
    name, server = unquote(call.path("name")), call.api.parts.server
    if not await call.db.write(react, server, call.account_id, call.path_id(), name):
        raise not_found()
    return json({})


async def remove_reaction(call: Call) -> ASGIResponse:
    """DELETE /announcements/:id/reactions/:name"""
    name = unquote(call.path("name"))
    if not await call.db.write(take_back, call.account_id, call.path_id(), name):
        raise not_found()
    return json({})


_ONE = "/api/v1/announcements/{id:str}"

ROUTES = [
    Route("GET", "/api/v1/announcements", index),
    Route("POST", f"{_ONE}/dismiss", dismiss, "write:accounts"),
    Route("PUT", _ONE + "/reactions/{name:str}", add_reaction, "write:favourites"),
    Route("DELETE", _ONE + "/reactions/{name:str}", remove_reaction, "write:favourites"),
]
