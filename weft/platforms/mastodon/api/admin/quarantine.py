"""What waits for a moderator because a policy said so. Weft's own."""

from typing import Any

from litestar.response.base import ASGIResponse

from weft.domain.accounts.roles import Permission
from weft.domain.policy.quarantine import HoldRow, HoldState, waiting_page
from weft.domain.visibility.viewer import Visibility
from weft.federation.quarantine import discard, look, release
from weft.platforms.mastodon.api.admin.moderators import moderator_of
from weft.platforms.mastodon.api.entities.values import iso
from weft.platforms.mastodon.api.errors import not_found
from weft.platforms.mastodon.api.paging import link_header, read_page
from weft.platforms.mastodon.api.routing import Call, Route, json


def hold_entity(row: HoldRow) -> dict[str, Any]:
    """One thing that waits. ``excerpt`` is null for what is not for everybody: looking at that is
    noted. ``uri`` is where a post lives that this server fetched by itself."""
    public = row.visibility is not None and row.visibility <= Visibility.UNLISTED
    return {
        "id": str(row.id),
        "state": HoldState(row.state).name.lower(),
        "activity": row.activity,
        "acct": row.handle,
        "host": row.host,
        "local": row.draft_id is not None,
        "rule": row.rule,
        "reason": row.reason,
        "excerpt": row.excerpt if public else None,
        "entry": str(row.entry_id) if row.entry_id is not None else None,
        "uri": row.fetched_uri,
        "created_at": iso(row.created_at),
    }


async def waiting(call: Call) -> ASGIResponse:
    """GET /admin/quarantine"""
    moderator_of(call, Permission.MANAGE_REPORTS)
    page = read_page(call.params, default=40, most=200)
    rows = page.ordered(await call.db.all(waiting_page, **page.bounds))
    return json(
        [hold_entity(each) for each in rows], link_header(call, page, rows, lambda row: row.id)
    )


async def one(call: Call) -> ASGIResponse:
    """GET /admin/quarantine/:id: with the activity as it came, or the text of a post of ours."""
    moderator = moderator_of(call, Permission.MANAGE_REPORTS)
    found = await call.db.write(look, call.api.parts.server, moderator.account_id, call.path_id())
    if found is None:
        raise not_found()
    return json(hold_entity(found.row) | {"content": found.body})


async def let_in(call: Call) -> ASGIResponse:
    """POST /admin/quarantine/:id/release: what was let in, for it can be more than one."""
    moderator = moderator_of(call, Permission.MANAGE_REPORTS)
    done = await call.db.write(release, call.api.parts.server, moderator.account_id, call.path_id())
    return json({"released": [str(each.id) for each in done]})


async def refuse(call: Call) -> ASGIResponse:
    """POST /admin/quarantine/:id/discard"""
    moderator = moderator_of(call, Permission.MANAGE_REPORTS)
    await call.db.write(discard, call.api.parts.server, moderator.account_id, call.path_id())
    return json({})


_BASE = "/api/weft/v1/admin/quarantine"
_READ, _WRITE = "admin:read:reports", "admin:write:reports"
ROUTES = [
    Route("GET", _BASE, waiting, _READ),
    Route("GET", _BASE + "/{id:str}", one, _READ),
    Route("POST", _BASE + "/{id:str}/release", let_in, _WRITE),
    Route("POST", _BASE + "/{id:str}/discard", refuse, _WRITE),
]
