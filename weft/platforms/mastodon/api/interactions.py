"""What one does with somebody's status: favourite, boost, bookmark, mute, vote; and the lists of it."""

from typing import Any

from litestar.response.base import ASGIResponse

from weft.domain.pins.pin import pin as pin_post
from weft.domain.pins.pin import unpin as unpin_post
from weft.domain.posts import keep
from weft.domain.posts.delete import unboost
from weft.domain.posts.lists import bookmarked_posts, liked_posts
from weft.domain.posts.publish import boost
from weft.domain.posts.records import Post
from weft.domain.posts.share import compose_boost
from weft.domain.posts.vote import vote
from weft.domain.reactions.react import ReactionKind, react, unreact
from weft.platforms.mastodon.api.entities.poll import poll_entities
from weft.platforms.mastodon.api.entities.status import listed, render_statuses
from weft.platforms.mastodon.api.errors import BadParameter, not_found
from weft.platforms.mastodon.api.paging import link_header, read_page
from weft.platforms.mastodon.api.posting import read_visibility
from weft.platforms.mastodon.api.records import (
    answer_status,
    find_post,
    posts_in_order,
    proper_post_of,
)
from weft.platforms.mastodon.api.routing import Call, Route, json, raw


async def favourite(call: Call) -> ASGIResponse:
    post = await proper_post_of(call)
    await call.db.write(
        react,
        call.api.parts.server,
        actor_id=call.me,
        post_id=post.id,
        kind=ReactionKind.LIKE,
        local=True,
    )
    return await answer_status(call, post.id)


async def unfavourite(call: Call) -> ASGIResponse:
    post = await proper_post_of(call)
    await call.db.write(
        unreact,
        call.api.parts.server,
        actor_id=call.me,
        post_id=post.id,
        kind=ReactionKind.LIKE,
        local=True,
    )
    return await answer_status(call, post.id)


async def reblog(call: Call) -> ASGIResponse:
    """POST /statuses/:id/reblog: answers the boost, with what it boosts inside."""
    post = await proper_post_of(call)
    server = call.api.parts.server
    new = await compose_boost(
        call.db,
        server,
        actor_id=call.me,
        post_id=post.id,
        visibility=read_visibility(call.params, "public"),
    )
    if new is None:
        raise not_found()
    made = await call.db.write(boost, server, new)
    return await answer_status(call, made.id)


async def unreblog(call: Call) -> ASGIResponse:
    post = await proper_post_of(call)
    await call.db.write(unboost, call.api.parts.server, call.me, post.id)
    return await answer_status(call, post.id)


async def bookmark(call: Call) -> ASGIResponse:
    post = await proper_post_of(call)
    server = call.api.parts.server
    await call.db.write(keep.bookmark, server, actor_id=call.me, post_id=post.id)
    return await answer_status(call, post.id)


async def unbookmark(call: Call) -> ASGIResponse:
    post = await proper_post_of(call)
    await call.db.write(keep.unbookmark, actor_id=call.me, post_id=post.id)
    return await answer_status(call, post.id)


async def mute(call: Call) -> ASGIResponse:
    """POST /statuses/:id/mute: no more notifications of the whole thread."""
    post = await proper_post_of(call)
    server = call.api.parts.server
    root = post.root_id or post.id
    await call.db.write(keep.mute_thread, server, actor_id=call.me, root_id=root)
    return await answer_status(call, post.id)


async def unmute(call: Call) -> ASGIResponse:
    post = await proper_post_of(call)
    await call.db.write(keep.unmute_thread, actor_id=call.me, root_id=post.root_id or post.id)
    return await answer_status(call, post.id)


async def _poll_of(call: Call) -> tuple[Post, dict[str, Any]]:
    """A poll has the id of its post."""
    post = await find_post(call, call.path_id())
    if post is None:
        raise not_found()
    found = await poll_entities(call.api, [post], call.viewer_id)
    if post.id not in found:
        raise not_found()
    return post, found[post.id]


async def show_poll(call: Call) -> ASGIResponse:
    """GET /polls/:id"""
    return json((await _poll_of(call))[1])


async def vote_in_poll(call: Call) -> ASGIResponse:
    """POST /polls/:id/votes"""
    post, _ = await _poll_of(call)
    choices = call.params.texts("choices")
    if not all(each.isascii() and each.isdigit() and len(each) < 4 for each in choices):
        raise BadParameter("choices must be the numbers of options, the first is 0.")
    await call.db.write(
        vote,
        call.api.parts.server,
        actor_id=call.me,
        post_id=post.id,
        choices=frozenset(map(int, choices)),
    )
    return json((await _poll_of(call))[1])


async def _kept(call: Call, statement: Any) -> ASGIResponse:
    page = read_page(call.params)
    rows = page.ordered(await call.db.all(statement, viewer=call.me, **page.bounds))
    posts = await posts_in_order(call, [row.id for row in rows])
    links = link_header(call, page, rows, lambda row: row.cursor)
    return raw(listed(await render_statuses(call.api, posts, call.viewer)), links)


async def favourites(call: Call) -> ASGIResponse:
    """GET /favourites"""
    return await _kept(call, liked_posts)


async def bookmarks(call: Call) -> ASGIResponse:
    """GET /bookmarks"""
    return await _kept(call, bookmarked_posts)


async def pin(call: Call) -> ASGIResponse:
    """POST /statuses/:id/pin"""
    post = await proper_post_of(call)
    server = call.api.parts.server
    await call.db.write(pin_post, server, actor_id=call.me, post_id=post.id)
    return await answer_status(call, post.id)


async def unpin(call: Call) -> ASGIResponse:
    """POST /statuses/:id/unpin"""
    post = await proper_post_of(call)
    server = call.api.parts.server
    await call.db.write(unpin_post, server, actor_id=call.me, post_id=post.id)
    return await answer_status(call, post.id)


_STATUS = "/api/v1/statuses/{id:str}"

ROUTES = [
    Route("POST", f"{_STATUS}/favourite", favourite, "write:favourites"),
    Route("POST", f"{_STATUS}/unfavourite", unfavourite, "write:favourites"),
    Route("POST", f"{_STATUS}/reblog", reblog, "write:statuses"),
    Route("POST", f"{_STATUS}/unreblog", unreblog, "write:statuses"),
    Route("POST", f"{_STATUS}/bookmark", bookmark, "write:bookmarks"),
    Route("POST", f"{_STATUS}/unbookmark", unbookmark, "write:bookmarks"),
    Route("POST", f"{_STATUS}/mute", mute, "write:mutes"),
    Route("POST", f"{_STATUS}/unmute", unmute, "write:mutes"),
    Route("POST", f"{_STATUS}/pin", pin, "write:accounts"),
    Route("POST", f"{_STATUS}/unpin", unpin, "write:accounts"),
    Route("GET", "/api/v1/polls/{id:str}", show_poll, "read:statuses", "anyone"),
    Route("POST", "/api/v1/polls/{id:str}/votes", vote_in_poll, "write:statuses"),
    Route("GET", "/api/v1/favourites", favourites, "read:favourites"),
    Route("GET", "/api/v1/bookmarks", bookmarks, "read:bookmarks"),
]
