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
from weft.federation.threads.walk import Progress
from weft.platforms.mastodon.api.errors import not_found
from weft.platforms.mastodon.api.params import parse_id
from weft.platforms.mastodon.api.records import find_post
from weft.platforms.mastodon.api.routing import Call, Route, json

HEADER = "mastodon-async-refresh"
RETRY_S = 3
_ID = re.compile(r"(thread|profile)-(\d{1,16})")


def thread_header(post: Post, walk: Walk | None) -> dict[str, str]:
    """The header for a thread while it is walked; none otherwise."""
    if walk is None or not walk.runs:
        return {}
    return {HEADER: f'id="thread-{post.id}", retry={RETRY_S}, result_count={walk.fetched}'}


def profile_header(actor_id: int, progress: Progress | None) -> dict[str, str]:
    """The header for a profile while it is read; none otherwise."""
    if progress is None:
        return {}
    return {HEADER: f'id="profile-{actor_id}", retry={RETRY_S}, result_count={progress.fetched}'}


async def show(call: Call) -> ASGIResponse:
    """GET /api/v1_alpha/async_refreshes/:id, for who may see what it is about."""
    name = call.path("id")
    found = _ID.fullmatch(name)
    if found is None:
        raise not_found()
    runs, count = await (_thread if found[1] == "thread" else _profile)(call, parse_id(found[2]))
    entity: dict[str, Any] = {
        "id": name,
        "status": "running" if runs else "finished",
        "result_count": count,
    }
    return json({"async_refresh": entity})


async def _thread(call: Call, post_id: int) -> tuple[bool, int]:
    post = await find_post(call, post_id)
    walk = await call.api.parts.openings.walk_of(post) if post is not None else None
    if walk is None:
        raise not_found()
    return walk.runs, walk.fetched


async def _profile(call: Call, actor_id: int) -> tuple[bool, int]:
    runs, progress = call.api.parts.openings.profile_of(actor_id)
    if progress is None:
        raise not_found()
    return runs, progress.fetched


ROUTES = [Route("GET", "/api/v1_alpha/async_refreshes/{id:str}", show, "read")]
