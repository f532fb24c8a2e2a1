"""Moderating accounts: /api/v1/admin/accounts and /api/v2/admin/accounts."""

from typing import Any, get_args

from litestar.response.base import ASGIResponse

from weft.domain.accounts.queries import Role, account_by_actor
from weft.domain.accounts.roles import BY_ID, Moderator, Permission
from weft.domain.actors.remove import sweep_removed
from weft.domain.moderation.actors import Order, act, lift
from weft.domain.moderation.actors_erase import erase_now
from weft.domain.moderation.actors_list import (
    BadNetwork,
    Origin,
    Status,
    actors_from,
    find_actors,
    known_actors,
    pattern,
)
from weft.domain.moderation.strikes import MOST_POSTS, TEXT_LENGTH, Action
from weft.domain.moderation.strikes_presets import preset_by_id
from weft.domain.reports.report import posts_of_reports, report_by_id
from weft.domain.signup.admit import approve, reject
from weft.platforms.mastodon.api.admin.moderators import moderator_of
from weft.platforms.mastodon.api.entities.admin_account import admin_accounts, describe_known
from weft.platforms.mastodon.api.errors import BadParameter, not_found
from weft.platforms.mastodon.api.paging import link_header, read_page
from weft.platforms.mastodon.api.params import Params
from weft.platforms.mastodon.api.routing import Call, Route, json

MOST = 200
_V1_STATUS: tuple[Status, ...] = (
    "pending", "disabled", "silenced", "suspended", "sensitized", "active",
)  # fmt: skip
_STAFF = (Role.MODERATOR, Role.ADMIN, Role.OWNER)
_ACTIONS = {each.value: each for each in Action}


async def list_v1(call: Call) -> ASGIResponse:
    """GET /api/v1/admin/accounts"""
    params = call.params
    origin: Origin = (
        "local" if params.flag("local") else "remote" if params.flag("remote") else "any"
    )
    status: Status = next((each for each in _V1_STATUS if params.flag(each)), "any")
    return await _list(call, origin, status, staff=params.flag("staff"))


async def list_v2(call: Call) -> ASGIResponse:
    """GET /api/v2/admin/accounts"""
    params = call.params
    origin = _one_of(params, "origin", get_args(Origin))
    status = _one_of(params, "status", get_args(Status))
    permissions = params.text("permissions")
    if permissions not in (None, "", "staff"):
        raise BadParameter("permissions can only be staff.")
    return await _list(call, origin, status, staff=permissions == "staff")


def _one_of(params: Params, name: str, words: tuple[str, ...]) -> Any:
    word = params.text(name) or "any"
    if word not in words:
        raise BadParameter(f"{name} must be one of {', '.join(words[1:])}.")
    return word


async def _list(call: Call, origin: Origin, status: Status, *, staff: bool) -> ASGIResponse:
    moderator_of(call, Permission.MANAGE_USERS)
    params, page = call.params, read_page(call.params, default=100, most=MOST)
    roles = [int(each) for each in (_STAFF if staff else Role)]
    if asked := params.texts("role_ids", most=20):
        if unknown := [each for each in asked if each not in BY_ID]:
            raise BadParameter(f"There is no role {unknown[0][:20]}.")
        roles = [int(BY_ID[each]) for each in asked if BY_ID[each] in roles]
    among: dict[str, Any] = {}
    if ip := params.text("ip", longest=100):
        try:
            among = {"among": True, "ids": await actors_from(call.db, ip)}
        except BadNetwork as error:
            raise BadParameter(str(error)) from None
    rows = page.ordered(
        await call.db.all(
            find_actors,
            origin=origin,
            status=status,
            username=pattern((params.text("username", longest=200) or "").removeprefix("@")),
            name=pattern(params.text("display_name", longest=200)),
            email=pattern(params.text("email", longest=300)),
            of_domain=(params.text("by_domain", longest=300) or "").strip().casefold(),
            inviter=params.id("invited_by") or 0,
            roles=roles,
            **among,
            **page.bounds,
        )
    )
    links = link_header(call, page, rows, lambda row: row.id)
    return json(await describe_known(call.api, rows), links)


async def show(call: Call) -> ASGIResponse:
    """GET /api/v1/admin/accounts/:id"""
    moderator_of(call, Permission.MANAGE_USERS)
    return await _answer(call, await _target(call))


async def _target(call: Call) -> int:
    """The actor of the path; 404 for the server's own."""
    actor_id = call.path_id()
    row = await call.db.one(known_actors, ids=[actor_id])
    if row is None or (row.local and row.account_id is None):
        raise not_found()
    return actor_id


async def _answer(call: Call, actor_id: int) -> ASGIResponse:
    found = await admin_accounts(call.api, [actor_id])
    if not found:
        raise not_found()
    return json(found[0])


async def take_action(call: Call) -> ASGIResponse:
    """POST /api/v1/admin/accounts/:id/action"""
    by = moderator_of(call, Permission.MANAGE_USERS)
    params, target = call.params, await _target(call)
    action = _ACTIONS.get(params.text("type") or "")
    if action is None:
        raise BadParameter(f"type must be one of {', '.join(_ACTIONS)}.")
    text = params.text("text", longest=TEXT_LENGTH) or ""
    if (preset_id := params.id("warning_preset_id")) is not None:
        preset = await call.db.one(preset_by_id, id=preset_id)
        if preset is None:
            raise BadParameter("There is no such warning preset.")
        text = f"{preset.text}\n\n{text}".strip()
    report_id = params.id("report_id")
    posts = params.ids("status_ids", most=MOST_POSTS)
    if report_id is not None:
        report = await call.db.one(report_by_id, id=report_id)
        if report is None or report.target_id != target:
            raise BadParameter("report_id is of no report about this account.")
        if action in (Action.MARK, Action.DELETE) and not posts:
            posts = [row[1] for row in await call.db.all(posts_of_reports, ids=[report_id])]
    order = Order(
        target_id=target,
        action=action,
        text=text,
        report_id=report_id,
        post_ids=tuple(posts),
        by_mail=params.flag("send_email_notification", default=True),
    )
    await call.db.write(act, call.api.parts.server, by, order)
    return json({})


async def _decide(call: Call, *, approves: bool) -> ASGIResponse:
    by = moderator_of(call, Permission.MANAGE_USERS)
    target = await _target(call)
    account = await call.db.one(account_by_actor, actor_id=target)
    if account is None or account.approved_at is not None:
        raise BadParameter("This account does not wait for approval.")
    parts = call.api.parts
    before = (await admin_accounts(call.api, [target]))[0]
    decide = approve if approves else reject
    await call.db.write(decide, parts.server, parts.settings, account.id, by=by)
    return json(before) if not approves else await _answer(call, target)


async def approve_account(call: Call) -> ASGIResponse:
    """POST /api/v1/admin/accounts/:id/approve"""
    return await _decide(call, approves=True)


async def reject_account(call: Call) -> ASGIResponse:
    """POST /api/v1/admin/accounts/:id/reject"""
    return await _decide(call, approves=False)


async def _lift(call: Call, action: Action) -> ASGIResponse:
    by: Moderator = moderator_of(call, Permission.MANAGE_USERS)
    target = await _target(call)
    await call.db.write(lift, call.api.parts.server, by, target, action)
    return await _answer(call, target)


async def enable(call: Call) -> ASGIResponse:
    """POST /api/v1/admin/accounts/:id/enable"""
    return await _lift(call, Action.DISABLE)


async def unsilence(call: Call) -> ASGIResponse:
    """POST /api/v1/admin/accounts/:id/unsilence"""
    return await _lift(call, Action.SILENCE)


async def unsuspend(call: Call) -> ASGIResponse:
    """POST /api/v1/admin/accounts/:id/unsuspend"""
    return await _lift(call, Action.SUSPEND)


async def unsensitive(call: Call) -> ASGIResponse:
    """POST /api/v1/admin/accounts/:id/unsensitive"""
    return await _lift(call, Action.SENSITIVE)


async def delete(call: Call) -> ASGIResponse:
    """DELETE /api/v1/admin/accounts/:id: the data of somebody suspended, at once."""
    by = moderator_of(call, Permission.DELETE_USER_DATA)
    target = await _target(call)
    before = (await admin_accounts(call.api, [target]))[0]
    server = call.api.parts.server
    gone = await call.db.write(erase_now, server, by, target)
    if not gone.local:
        while await call.db.write(sweep_removed, server, gone.id):
            pass
    return json(before)


_ONE = "/api/v1/admin/accounts/{id:str}"
_READ, _WRITE = "admin:read:accounts", "admin:write:accounts"

ROUTES = [
    Route("GET", "/api/v1/admin/accounts", list_v1, _READ),
    Route("GET", "/api/v2/admin/accounts", list_v2, _READ),
    Route("GET", _ONE, show, _READ),
    Route("DELETE", _ONE, delete, _WRITE),
    Route("POST", _ONE + "/action", take_action, _WRITE),
    Route("POST", _ONE + "/approve", approve_account, _WRITE),
    Route("POST", _ONE + "/reject", reject_account, _WRITE),
    Route("POST", _ONE + "/enable", enable, _WRITE),
    Route("POST", _ONE + "/unsilence", unsilence, _WRITE),
    Route("POST", _ONE + "/unsuspend", unsuspend, _WRITE),
    Route("POST", _ONE + "/unsensitive", unsensitive, _WRITE),
]
