"""What a route is about, loaded for who calls; 404 for what they may not know of."""

from collections.abc import Awaitable, Callable

from litestar.response.base import ASGIResponse

from weft.domain.actors.queries import actor_by_id
from weft.domain.actors.records import Actor
from weft.domain.filters.records import Context
from weft.domain.posts.queries import posts_for
from weft.domain.posts.records import Post
from weft.domain.visibility.viewer import kind_of, viewer_params
from weft.platforms.mastodon.api.entities.collection import accounts_for
from weft.platforms.mastodon.api.entities.status import listed, render_status, render_statuses
from weft.platforms.mastodon.api.errors import not_found
from weft.platforms.mastodon.api.paging import Page, link_header
from weft.platforms.mastodon.api.routing import Call, raw

MOST_READS = 5
"""How often a page is read on to make up for what filters hide."""


async def actor_of(call: Call, name: str = "id") -> Actor:
    """The actor of the path."""
    actor = await call.db.one(actor_by_id, id=call.path_id(name))
    if actor is None or actor.deleted_at is not None or actor.is_applicant:
        raise not_found()
    return actor


async def own_actor(call: Call) -> Actor:
    actor = await call.db.one(actor_by_id, id=call.me)
    if actor is None:
        raise not_found()
    return actor


async def find_post(call: Call, post_id: int) -> Post | None:
    """A post, if who calls may see it."""
    return await call.db.one(
        posts_for,
        who=kind_of(call.viewer),
        purpose="show",
        ids=[post_id],
        **viewer_params(call.viewer, call.api.parts.server.now_ms(), "show"),
    )


async def post_of(call: Call) -> Post:
    """The post of the path."""
    post = await find_post(call, call.path_id())
    if post is None:
        raise not_found()
    return post


async def proper_post_of(call: Call) -> Post:
    """The post of the path; for a boost, what it boosts."""
    post = await post_of(call)
    if post.boost_of_id is None:
        return post
    target = await find_post(call, post.boost_of_id)
    if target is None:
        raise not_found()
    return target


async def own_post_of(call: Call) -> Post:
    """The post of the path, if who calls wrote it."""
    post = await post_of(call)
    if post.author_id != call.me:
        raise not_found()
    return post


async def answer_status(call: Call, post_id: int) -> ASGIResponse:
    """One status as it is now."""
    post = await find_post(call, post_id)
    body = await render_status(call.api, post, call.viewer) if post is not None else None
    if body is None:
        raise not_found()
    return raw(body)


async def answer_posts(
    call: Call, page: Page, rows: list[Post], headers: dict[str, str] | None = None
) -> ASGIResponse:
    """A page of statuses whose cursor is their id."""
    rows = page.ordered(rows)
    body = listed(await render_statuses(call.api, rows, call.viewer))
    return raw(body, link_header(call, page, rows, lambda row: row.id) | (headers or {}))


async def answer_unhidden(
    call: Call, page: Page, read: Callable[[Page], Awaitable[list[Post]]], context: Context
) -> ASGIResponse:
    """A page of statuses without those that the caller's filters hide where ``context`` is.

    What is hidden is made up for by reading on, a few times at most: then the page is short, and
    its links lead on all the same.
    """
    wanted, now = page.limit, call.api.parts.server.now_ms()
    filters = await call.api.filters.of(call.me)
    seen: list[Post] = []
    shown: list[Post] = []
    part, more = page, False
    for _ in range(MOST_READS):
        rows = await read(part)
        seen += rows
        hidden: frozenset[int] = frozenset()
        if filters.filters:
            proper = await _proper(call, rows)
            hidden = await call.api.filters.hidden(call.me, proper, now, context, filters)
        shown += [row for row in rows if (row.boost_of_id or row.id) not in hidden]
        more = len(rows) >= wanted
        if len(shown) >= wanted or not more:
            break
        cursor = rows[-1].id
        part = part._replace(min_id=cursor) if page.newer else part._replace(max_id=cursor)
    if len(shown) > wanted:
        shown, more = shown[:wanted], True
        seen = seen[: seen.index(shown[-1]) + 1]
    # Whether there is more does not follow from how many are shown.
    full = page._replace(limit=len(seen) if more else len(seen) + 1)
    ordered = page.ordered(seen)
    body = listed(await render_statuses(call.api, page.ordered(shown), call.viewer, filters))
    return raw(body, link_header(call, full, ordered, lambda row: row.id))


async def _proper(call: Call, rows: list[Post]) -> list[Post]:
    """The posts themselves, and what is boosted in place of a boost."""
    found = {row.id: row for row in rows if row.boost_of_id is None}
    boosted = [row.boost_of_id for row in rows if row.boost_of_id is not None]
    if boosted:
        found |= {row.id: row for row in await posts_in_order(call, boosted)}
    return list(found.values())


async def posts_in_order(call: Call, ids: list[int]) -> list[Post]:
    """Posts by id as far as who calls may see them, in the order of ``ids``."""
    rows = await call.db.all(
        posts_for,
        who=kind_of(call.viewer),
        purpose="show",
        ids=ids,
        **viewer_params(call.viewer, call.api.parts.server.now_ms(), "show"),
    )
    found = {row.id: row for row in rows}
    return [found[each] for each in ids if each in found]


async def answer_accounts(call: Call, ids: list[int], headers: dict[str, str]) -> ASGIResponse:
    found = await accounts_for(call.api, call.viewer_id, ids)
    return raw(listed(found), headers)
