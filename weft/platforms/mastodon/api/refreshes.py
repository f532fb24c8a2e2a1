"""Asynchronous refreshes: what is being fetched from other servers while an answer was given.

The header ``Mastodon-Async-Refresh: id="…", retry=3, result_count=12`` names one; the app polls it
every ``retry`` seconds, and asks again for what it wanted when it has ended (B2 of the interop
notes). ``result_count`` counts the posts that were missing here and have come.
"""

import re
from typing import Any

from litestar.response.base import ASGIResponse

from weft.domain.posts.records import Post
from weft.federation.threads.store import Walk
from weft.platforms.mastodon.api.errors import not_found
from weft.platforms.mastodon.api.records import find_post
from weft.platforms.mastodon.api.routing import Call, Route, json

HEADER = "mastodon-async-refresh"
RETRY_S = 3
_ID = re.compile(r"thread-(\d{1,16})")


def thread_header(post: Post, walk: Walk | None) -> dict[str, str]:
    """The header for a thread while it is walked; none otherwise."""
    if walk is None or not walk.runs:
        return {}
    return {HEADER: f'id="thread-{post.id}", retry={RETRY_S}, result_count={walk.fetched}'}


async def show(call: Call) -> ASGIResponse:
    """GET /api/v1_alpha/async_refreshes/:id, for who may see what it is about."""
    name = call.path("id")
    found = _ID.fullmatch(name)
    post = await find_post(call, int(found[1])) if found is not None else None
    walk = await call.api.parts.openings.walk_of(post) if post is not None else None
    if walk is None:
        raise not_found()
    entity: dict[str, Any] = {
        "id": name,
        "status": "running" if walk.runs else "finished",
        "result_count": walk.fetched,
    }
    return json({"async_refresh": entity})


ROUTES = [Route("GET", "/api/v1_alpha/async_refreshes/{id:str}", show, "read")]
