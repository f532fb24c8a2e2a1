"""Notifications (version 2): likes, boosts, follows and sign-ups of one occasion as one group."""

from typing import Any

import msgspec
from litestar.response.base import ASGIResponse

from weft.domain.actors.queries import actors_by_ids
from weft.domain.actors.versions import actor_versions
from weft.domain.notifications.groups import Group, as_groups, group_page
from weft.domain.notifications.kinds import GROUPED
from weft.domain.notifications.queries import (
    Notification,
    dismiss_group,
    dismiss_notification,
    notification_by_id,
    notifications_in_group,
    read_up_to,
)
from weft.domain.visibility.viewer import Local
from weft.platforms.mastodon.api.entities.account import account_entity
from weft.platforms.mastodon.api.entities.notification import (
    NAMES,
    Pieces,
    group_entity,
    kinds_called,
    load_pieces,
    supported,
)
from weft.platforms.mastodon.api.errors import ApiError, not_found
from weft.platforms.mastodon.api.notifications import (
    DEFAULT_UNREAD,
    MOST_UNREAD,
    clear,
    narrowed,
    wanted,
)
from weft.platforms.mastodon.api.paging import Page, link_header, read_page
from weft.platforms.mastodon.api.params import parse_id
from weft.platforms.mastodon.api.records import answer_accounts
from weft.platforms.mastodon.api.routing import Call, Route, json
from weft.storage.database import Tx
from weft.storage.ids import MAX_ID

LONGEST_KEY = 100
_ALONE = "ungrouped-"
_PARTIAL = ("id", "acct", "locked", "bot", "url", "avatar", "avatar_static", "avatar_description")


def _grouped(call: Call) -> list[int]:
    """The kinds that are shown in groups: those that the app asks for, or all that can be."""
    if not call.params.has("grouped_types"):
        return [int(kind) for kind in GROUPED]
    asked = set(kinds_called(call.params.texts("grouped_types")))
    return [int(kind) for kind in GROUPED if kind in asked]


async def several(call: Call) -> ASGIResponse:
    """GET /v2/notifications"""
    page = read_page(call.params, default=40, most=80)
    partial = _wants_partial(call)
    grouped = _grouped(call)
    rows = page.ordered(
        await call.db.all(group_page, grouped=grouped, **narrowed(call), **page.bounds)
    )
    now = call.api.parts.server.now_ms()
    groups = await as_groups(call.db, call.me, now, rows, grouped, _part(page, rows))
    links = link_header(call, page, rows, lambda row: row.id)
    return json(await _results(call, groups, on_page=True, partial=partial), links)


def _part(page: Page, rows: list[Notification]) -> tuple[int, int] | None:
    """A page that is not full reaches to the end of what was asked for."""
    if not rows or len(rows) >= page.limit:
        return None
    if page.newer:
        return rows[-1].id, page.max_id - 1
    return page.min_id + 1, rows[0].id


def _wants_partial(call: Call) -> bool:
    asked = call.params.text("expand_accounts") or "full"
    if asked not in ("full", "partial_avatars"):
        raise ApiError(400, "expand_accounts must be full or partial_avatars.")
    return asked == "partial_avatars"


async def _results(
    call: Call, groups: list[Group], *, on_page: bool, partial: bool
) -> dict[str, Any]:
    """GroupedNotificationsResults"""
    people = list(dict.fromkeys(each for group in groups for each in group.people))
    pieces = await load_pieces(
        call.api,
        Local(call.me),
        [group.shown for group in groups],
        people,
        supported(call.params),
    )
    shown = [group for group in groups if pieces.has(group.shown)]
    whole = people
    if partial:
        whole = list(dict.fromkeys(group.people[0] for group in shown))
    answer: dict[str, Any] = {
        "accounts": [
            msgspec.Raw(pieces.accounts[each]) for each in whole if each in pieces.accounts
        ],
        "statuses": _statuses(pieces, shown),
        "notification_groups": [group_entity(pieces, each, on_page=on_page) for each in shown],
    }
    if partial:
        rest = set(people) - set(whole)
        answer["partial_accounts"] = await _partial_accounts(
            call, [each for each in people if each in rest]
        )
    return answer


def _statuses(pieces: Pieces, groups: list[Group]) -> list[msgspec.Raw]:
    ids = dict.fromkeys(group.shown.post_id for group in groups)
    return [msgspec.Raw(pieces.statuses[each]) for each in ids if each is not None]


async def _partial_accounts(call: Call, ids: list[int]) -> list[dict[str, Any]]:
    """PartialAccountWithAvatar: enough for a row of faces."""
    if not ids:
        return []
    versions = {row.id: row for row in await call.db.all(actor_versions, ids=ids)}
    actors = {row.id: row for row in await call.db.all(actors_by_ids, ids=ids)}
    whole = (
        account_entity(call.api, actors[each], versions[each])
        for each in ids
        if each in actors and each in versions
    )
    return [{name: entity[name] for name in _PARTIAL} for entity in whole]


async def unread(call: Call) -> ASGIResponse:
    """GET /v2/notifications/unread_count: groups after the marker, up to a limit."""
    marker = await call.db.one(read_up_to, owner=call.me)
    page = Page(
        max_id=MAX_ID + 1,
        min_id=marker[0] if marker is not None else 0,
        newer=True,
        limit=call.params.limit(DEFAULT_UNREAD, MOST_UNREAD),
    )
    rows = await call.db.all(group_page, grouped=_grouped(call), **narrowed(call), **page.bounds)
    return json({"count": len(rows)})


async def _members(call: Call, page: Page) -> list[Notification]:
    """A page of the group of the path, newest first; 404 if there is nothing of it."""
    key, now = call.path("group_key"), call.api.parts.server.now_ms()
    rows: list[Notification] = []
    if key.startswith(_ALONE):
        id_ = parse_id(key.removeprefix(_ALONE))
        row = await call.db.one(notification_by_id, owner=call.me, id=id_, now=now)
        rows = [row] if row is not None and page.min_id < row.id < page.max_id else []
    elif len(key) <= LONGEST_KEY and "\x00" not in key:
        rows = page.ordered(
            await call.db.all(
                notifications_in_group, owner=call.me, group_key=key, now=now, **page.bounds
            )
        )
    allowed = wanted(call)
    return [row for row in rows if row.kind in NAMES and row.kind in allowed]


async def show(call: Call) -> ASGIResponse:
    """GET /v2/notifications/:group_key"""
    rows = await _members(call, Page(MAX_ID + 1, 0, newer=False, limit=1))
    grouped = [] if call.path("group_key").startswith(_ALONE) else [int(kind) for kind in GROUPED]
    now = call.api.parts.server.now_ms()
    groups = await as_groups(call.db, call.me, now, rows, grouped) if rows else []
    answer = await _results(call, groups, on_page=False, partial=False)
    if not answer["notification_groups"]:
        raise not_found()
    return json(answer)


async def accounts(call: Call) -> ASGIResponse:
    """GET /v2/notifications/:group_key/accounts"""
    page = read_page(call.params, default=40, most=80)
    rows = await _members(call, page)
    links = link_header(call, page, rows, lambda row: row.id)
    return await answer_accounts(call, [row.from_id for row in rows], links)


async def dismiss(call: Call) -> ASGIResponse:
    """POST /v2/notifications/:group_key/dismiss"""
    key = call.path("group_key")
    if key.startswith(_ALONE):
        await call.db.write(_dismiss_one, call.me, parse_id(key.removeprefix(_ALONE)))
    elif len(key) <= LONGEST_KEY and "\x00" not in key:
        await call.db.write(_dismiss_group, call.me, key)
    return json({})


async def _dismiss_one(tx: Tx, me: int, notification_id: int) -> None:
    await tx.run(dismiss_notification, of_owner=me, of_id=notification_id)


async def _dismiss_group(tx: Tx, me: int, key: str) -> None:
    await tx.run(dismiss_group, of_owner=me, group_key=key)


_ALL = "/api/v2/notifications"
_GROUP = f"{_ALL}/{{group_key:str}}"

ROUTES = [
    Route("GET", _ALL, several, "read:notifications"),
    Route("GET", f"{_ALL}/unread_count", unread, "read:notifications"),
    Route("POST", f"{_ALL}/clear", clear, "write:notifications"),
    Route("GET", _GROUP, show, "read:notifications"),
    Route("GET", f"{_GROUP}/accounts", accounts, "read:notifications"),
    Route("POST", f"{_GROUP}/dismiss", dismiss, "write:notifications"),
]
