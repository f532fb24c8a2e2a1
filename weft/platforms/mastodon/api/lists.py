"""Lists: kept by their owner, seen by nobody else."""

from typing import Any, get_args

from litestar.response.base import ASGIResponse
from msgspec import UNSET

from weft.domain.filters.records import Context
from weft.domain.lists.keep import (
    MOST_LISTS,
    MOST_MEMBERS,
    ListWishes,
    add_members,
    change_list,
    make_list,
    remove_list,
    remove_members,
)
from weft.domain.lists.queries import (
    ListRow,
    RepliesPolicy,
    list_by_id,
    list_page,
    lists_of,
    lists_with,
    members_of,
)
from weft.domain.posts.records import Post
from weft.domain.visibility.viewer import viewer_params
from weft.platforms.mastodon.api.errors import BadParameter, not_found
from weft.platforms.mastodon.api.paging import Page, link_header, read_page
from weft.platforms.mastodon.api.records import actor_of, answer_accounts, answer_unhidden
from weft.platforms.mastodon.api.routing import Call, Route, json
from weft.storage.ids import MAX_ID

_POLICIES: tuple[RepliesPolicy, ...] = get_args(RepliesPolicy)


def list_entity(row: ListRow) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "title": row.name,
        "replies_policy": row.replies_policy,
        "exclusive": row.exclusive,
    }


async def _own(call: Call) -> ListRow:
    row = await call.db.one(list_by_id, id=call.path_id(), owner=call.me)
    if row is None:
        raise not_found()
    return row


def _wishes(call: Call) -> ListWishes:
    params = call.params
    title, typed = params.text("title"), params.text("replies_policy")
    policy = next((each for each in _POLICIES if each == typed), None)
    if typed is not None and policy is None:
        raise BadParameter("replies_policy must be followed, list or none.")
    return ListWishes(
        name=UNSET if title is None else title,
        policy=UNSET if policy is None else policy,
        exclusive=params.flag("exclusive") if params.has("exclusive") else UNSET,
    )


async def index(call: Call) -> ASGIResponse:
    """GET /lists"""
    rows = await call.db.all(lists_of, owner=call.me, limit=MOST_LISTS)
    return json([list_entity(row) for row in rows])


async def show(call: Call) -> ASGIResponse:
    """GET /lists/:id"""
    return json(list_entity(await _own(call)))


async def create(call: Call) -> ASGIResponse:
    """POST /lists"""
    made = await call.db.write(make_list, call.api.parts.server, call.me, _wishes(call))
    return json(list_entity(made))


async def change(call: Call) -> ASGIResponse:
    """PUT /lists/:id: what is not named stays."""
    server = call.api.parts.server
    row = await call.db.write(change_list, server, call.me, call.path_id(), _wishes(call))
    if row is None:
        raise not_found()
    return json(list_entity(row))


async def destroy(call: Call) -> ASGIResponse:
    """DELETE /lists/:id"""
    if not await call.db.write(remove_list, call.me, call.path_id()):
        raise not_found()
    return json({})


async def members(call: Call) -> ASGIResponse:
    """GET /lists/:id/accounts; ``limit=0`` asks for all at once."""
    row = await _own(call)
    if call.params.text("limit") == "0":
        rows = await call.db.all(
            members_of, list_id=row.id, max_id=MAX_ID + 1, min_id=0, limit=MOST_MEMBERS
        )
        return await answer_accounts(call, [each.id for each in rows], {})
    page = read_page(call.params, default=40, most=80)
    rows = page.ordered(await call.db.all(members_of, list_id=row.id, **page.bounds))
    links = link_header(call, page, rows, lambda each: each.cursor)
    return await answer_accounts(call, [each.id for each in rows], links)


def _named(call: Call) -> list[int]:
    named = call.params.ids("account_ids", most=MOST_MEMBERS)
    if not named:
        raise BadParameter("account_ids is missing: which people.")
    return named


async def add(call: Call) -> ASGIResponse:
    """POST /lists/:id/accounts"""
    server, list_id = call.api.parts.server, call.path_id()
    if not await call.db.write(add_members, server, call.me, list_id, _named(call)):
        raise not_found()
    return json({})


async def remove(call: Call) -> ASGIResponse:
    """DELETE /lists/:id/accounts"""
    if not await call.db.write(remove_members, call.me, call.path_id(), _named(call)):
        raise not_found()
    return json({})


async def of_account(call: Call) -> ASGIResponse:
    """GET /accounts/:id/lists: those of one's lists that somebody is in."""
    other = await actor_of(call)
    rows = await call.db.all(lists_with, owner=call.me, member=other.id)
    return json([list_entity(row) for row in sorted(rows, key=lambda each: each.id)])


async def timeline(call: Call) -> ASGIResponse:
    """GET /timelines/list/:id"""
    row, page = await _own(call), read_page(call.params)
    params = viewer_params(call.viewer, call.api.parts.server.now_ms())

    async def read(part: Page) -> list[Post]:
        return await call.db.all(
            list_page, policy=row.replies_policy, list_id=row.id, **params, **part.bounds
        )

    return await answer_unhidden(call, page, read, Context.HOME)


ROUTES = [
    Route("GET", "/api/v1/lists", index, "read:lists"),
    Route("POST", "/api/v1/lists", create, "write:lists"),
    Route("GET", "/api/v1/lists/{id:str}", show, "read:lists"),
    Route("PUT", "/api/v1/lists/{id:str}", change, "write:lists"),
    Route("DELETE", "/api/v1/lists/{id:str}", destroy, "write:lists"),
    Route("GET", "/api/v1/lists/{id:str}/accounts", members, "read:lists"),
    Route("POST", "/api/v1/lists/{id:str}/accounts", add, "write:lists"),
    Route("DELETE", "/api/v1/lists/{id:str}/accounts", remove, "write:lists"),
    Route("GET", "/api/v1/accounts/{id:str}/lists", of_account, "read:lists"),
    Route("GET", "/api/v1/timelines/list/{id:str}", timeline, "read:lists"),
]
