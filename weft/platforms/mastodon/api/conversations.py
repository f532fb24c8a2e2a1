"""Conversations: threads of direct posts; and all direct posts as one timeline."""

from typing import Any

import msgspec
from litestar.response.base import ASGIResponse

from weft.domain.conversations.keep import mark, put_away
from weft.domain.conversations.queries import (
    Conversation,
    conversation_by_id,
    conversation_page,
    direct_page,
)
from weft.domain.posts.queries import posts_for
from weft.domain.visibility.viewer import Local, viewer_params
from weft.platforms.mastodon.api.entities.account import author_fragments
from weft.platforms.mastodon.api.entities.status import statuses_by_id
from weft.platforms.mastodon.api.errors import not_found
from weft.platforms.mastodon.api.paging import link_header, read_page
from weft.platforms.mastodon.api.records import answer_posts
from weft.platforms.mastodon.api.routing import Api, Call, Route, encode, json


async def several(call: Call) -> ASGIResponse:
    """GET /conversations; the cursor is the last post's id, as everywhere with Mastodon."""
    page = read_page(call.params)
    rows = page.ordered(await call.db.all(conversation_page, **_reader(call), **page.bounds))
    links = link_header(call, page, rows, lambda row: row.last_post_id or 0)
    return json(await _entities(call.api, call.me, rows), links)


async def rendered(api: Api, owner_id: int, conversation_id: int) -> bytes | None:
    """Conversation, for its owner's stream; None if it is gone, or not theirs."""
    row = await api.parts.db.one(conversation_by_id, id=conversation_id, owner=owner_id)
    return encode((await _entities(api, owner_id, [row]))[0]) if row is not None else None


async def _entities(api: Api, owner_id: int, rows: list[Conversation]) -> list[dict[str, Any]]:
    ids = [row.last_post_id for row in rows if row.last_post_id is not None]
    viewer, db = Local(owner_id), api.parts.db
    params = viewer_params(viewer, api.parts.server.now_ms(), "show")
    posts = await db.all(posts_for, who="local", purpose="show", ids=ids, **params) if ids else []
    statuses = await statuses_by_id(api, posts, viewer)
    # Who writes to themself alone is the one person of that conversation.
    people = {row.id: row.others or [owner_id] for row in rows}
    accounts = await author_fragments(api, {each for others in people.values() for each in others})
    return [
        {
            "id": str(row.id),
            "unread": row.unread,
            "accounts": [
                msgspec.Raw(accounts[each]) for each in people[row.id] if each in accounts
            ],
            "last_status": msgspec.Raw(statuses[row.last_post_id])
            if row.last_post_id is not None and row.last_post_id in statuses
            else None,
        }
        for row in rows
    ]


def _reader(call: Call) -> dict[str, int | str]:
    return viewer_params(call.viewer, call.api.parts.server.now_ms())


async def read(call: Call) -> ASGIResponse:
    """POST /conversations/:id/read"""
    return await _marked(call, unread=False)


async def unread(call: Call) -> ASGIResponse:
    """POST /conversations/:id/unread"""
    return await _marked(call, unread=True)


async def _marked(call: Call, *, unread: bool) -> ASGIResponse:
    conversation_id = call.path_id()
    await call.db.write(mark, call.me, conversation_id, unread=unread)
    row = await call.db.one(conversation_by_id, id=conversation_id, owner=call.me)
    if row is None:
        raise not_found()
    return json((await _entities(call.api, call.me, [row]))[0])


async def remove(call: Call) -> ASGIResponse:
    """DELETE /conversations/:id: out of the list; its posts stay."""
    if not await call.db.write(put_away, call.me, call.path_id()):
        raise not_found()
    return json({})


async def direct(call: Call) -> ASGIResponse:
    """GET /timelines/direct"""
    page = read_page(call.params)
    rows = await call.db.all(direct_page, **_reader(call), **page.bounds)
    return await answer_posts(call, page, rows)


_ONE = "/api/v1/conversations/{id:str}"

ROUTES = [
    Route("GET", "/api/v1/conversations", several, "read:statuses"),
    Route("DELETE", _ONE, remove, "write:conversations"),
    Route("POST", f"{_ONE}/read", read, "write:conversations"),
    Route("POST", f"{_ONE}/unread", unread, "write:conversations"),
    Route("GET", "/api/v1/timelines/direct", direct, "read:statuses"),
]
