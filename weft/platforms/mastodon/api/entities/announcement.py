"""Announcement and its reactions."""

from collections.abc import Mapping, Sequence
from typing import Any

from weft.domain.actors.queries import actors_by_handles
from weft.domain.actors.records import Actor
from weft.domain.announcements.queries import (
    Announcement,
    ReactionRow,
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
from weft.platforms.mastodon.api.routing import Api


async def announcement_entities(
    api: Api, rows: Sequence[Announcement], account_id: int
) -> list[dict[str, Any]]:
    """Four statements, however many they are. ``account_id`` 0 is somebody who has neither read
    them nor reacted."""
    if not rows:
        return []
    db, server = api.parts.db, api.parts.server
    ids = [row.id for row in rows]
    read = {each[0] for each in await db.all(read_among, account_id=account_id, ids=ids)}
    reactions = await db.all(reactions_of, account_id=account_id, ids=ids)
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
            **_named(api, row, people, emoji),
            "reactions": [
                reaction_entity(api, each, emoji)
                for each in reactions
                if each.announcement_id == row.id
            ],
        }
        for row in rows
    ]


def _named(
    api: Api, row: Announcement, people: dict[str, Actor], emoji: dict[str, EmojiRow]
) -> dict[str, Any]:
    """Whom and what an announcement names. Posts are named by their links, as any page is."""
    server, found = api.parts.server, extract(row.text)
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
        "emojis": [emoji_entity(api, emoji[code]) for code in found.shortcodes if code in emoji],
    }


def reaction_entity(api: Api, row: ReactionRow, emoji: Mapping[str, EmojiRow]) -> dict[str, Any]:
    entity: dict[str, Any] = {"name": row.name, "count": row.count, "me": row.mine > 0}
    if row.name in emoji:
        pictures = emoji_entity(api, emoji[row.name])
        entity |= {"url": pictures["url"], "static_url": pictures["static_url"]}
    return entity
