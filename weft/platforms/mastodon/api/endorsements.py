"""People on one's profile, and notes about people."""

from litestar.response.base import ASGIResponse

from weft.domain.endorsements.endorse import endorse, unendorse
from weft.domain.endorsements.queries import endorsed_by
from weft.domain.notes.note import write_note
from weft.platforms.mastodon.api.paging import link_header, read_page
from weft.platforms.mastodon.api.people import answer_relationship
from weft.platforms.mastodon.api.records import actor_of, answer_accounts
from weft.platforms.mastodon.api.routing import Call, Route, json


async def add(call: Call) -> ASGIResponse:
    """POST /accounts/:id/endorse, once called pin"""
    target = await actor_of(call)
    await call.db.write(endorse, call.api.parts.server, actor_id=call.me, target_id=target.id)
    return await answer_relationship(call, target.id)


async def remove(call: Call) -> ASGIResponse:
    """POST /accounts/:id/unendorse, once called unpin"""
    target = await actor_of(call)
    await call.db.write(unendorse, actor_id=call.me, target_id=target.id)
    return await answer_relationship(call, target.id)


async def _listed(call: Call, actor_id: int) -> ASGIResponse:
    page = read_page(call.params, default=40, most=80)
    rows = page.ordered(await call.db.all(endorsed_by, actor_id=actor_id, **page.bounds))
    links = link_header(call, page, rows, lambda row: row.cursor)
    return await answer_accounts(call, [row.id for row in rows], links)


async def mine(call: Call) -> ASGIResponse:
    """GET /endorsements"""
    return await _listed(call, call.me)


async def of_account(call: Call) -> ASGIResponse:
    """GET /accounts/:id/endorsements"""
    actor = await actor_of(call)
    return await _listed(call, actor.id) if actor.stands else json([])


async def note(call: Call) -> ASGIResponse:
    """POST /accounts/:id/note"""
    target = await actor_of(call)
    text = call.params.text("comment") or ""
    await call.db.write(write_note, actor_id=call.me, target_id=target.id, text=text)
    return await answer_relationship(call, target.id)


_ACCOUNT = "/api/v1/accounts/{id:str}"

ROUTES = [
    Route("GET", "/api/v1/endorsements", mine, "read:accounts"),
    Route("GET", f"{_ACCOUNT}/endorsements", of_account, "read:accounts", "anyone"),
    Route("POST", f"{_ACCOUNT}/endorse", add, "write:accounts"),
    Route("POST", f"{_ACCOUNT}/unendorse", remove, "write:accounts"),
    Route("POST", f"{_ACCOUNT}/pin", add, "write:accounts"),
    Route("POST", f"{_ACCOUNT}/unpin", remove, "write:accounts"),
    Route("POST", f"{_ACCOUNT}/note", note, "write:accounts"),
]
