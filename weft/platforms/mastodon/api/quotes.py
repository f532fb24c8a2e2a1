"""Quotes of a status: who quotes it, taking the leave back, and who may from now on."""

from litestar.response.base import ASGIResponse

from weft.domain.posts.compose import chosen_policy
from weft.domain.quotes.change import set_policy
from weft.domain.quotes.queries import quoting_posts
from weft.domain.quotes.quote import revoke
from weft.domain.visibility.viewer import kind_of, viewer_params
from weft.platforms.mastodon.api.errors import BadParameter, not_found
from weft.platforms.mastodon.api.paging import read_page
from weft.platforms.mastodon.api.records import (
    answer_posts,
    answer_status,
    find_post,
    own_post_of,
    proper_post_of,
)
from weft.platforms.mastodon.api.routing import Call, Route


async def quotes(call: Call) -> ASGIResponse:
    """GET /statuses/:id/quotes"""
    post, page = await proper_post_of(call), read_page(call.params)
    rows = await call.db.all(
        quoting_posts,
        who=kind_of(call.viewer),
        target=post.id,
        **page.bounds,
        **viewer_params(call.viewer, call.api.parts.server.now_ms()),
    )
    return await answer_posts(call, page, rows)


async def revoke_quote(call: Call) -> ASGIResponse:
    """POST /statuses/:id/quotes/:quoting_status_id/revoke: answers the post that quoted."""
    post = await own_post_of(call)
    quoting = await find_post(call, call.path_id("quoting_id"))
    if quoting is None or quoting.quote_of_id != post.id:
        raise not_found()
    await call.db.write(revoke, call.api.parts.server, quoting, post)
    return await answer_status(call, quoting.id)


async def change_policy(call: Call) -> ASGIResponse:
    """PUT /statuses/:id/interaction_policy"""
    post = await own_post_of(call)
    policy = chosen_policy(call.params.text("quote_approval_policy"))
    if policy is None:
        raise BadParameter("quote_approval_policy is missing: public, followers or nobody.")
    await call.db.write(set_policy, call.api.parts.server, post.id, policy)
    return await answer_status(call, post.id)


_STATUS = "/api/v1/statuses/{id:str}"

ROUTES = [
    Route("GET", f"{_STATUS}/quotes", quotes, "read:statuses", "anyone"),
    Route("POST", f"{_STATUS}/quotes/{{quoting_id:str}}/revoke", revoke_quote, "write:statuses"),
    Route("PUT", f"{_STATUS}/interaction_policy", change_policy, "write:statuses"),
]
