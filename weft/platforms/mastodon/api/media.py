"""Uploads: files for posts, and people's own pictures.

A picture is ready by the time its upload is answered. Video and sound are worked on for longer: the
second version of the call answers 202 without an address, and ``GET`` 206 until they are ready; the
first version waits. What could not be worked on is a 422 with the reason.
"""

from typing import Any, BinaryIO, cast

from litestar.datastructures import UploadFile
from litestar.response.base import ASGIResponse
from msgspec import UNSET, UnsetType

from weft.domain.actors.records import Actor
from weft.domain.media.facets import media_facets
from weft.domain.media.records import MediaState
from weft.domain.moderation.holds import hold_of
from weft.domain.posts.describe import Description, describe_media
from weft.domain.posts.lists import MediaRow, media_by_id
from weft.media import limits
from weft.media.intake import checked_description, checked_focus
from weft.media.sandbox import Purpose
from weft.platforms.mastodon.api.entities.media import media_entity
from weft.platforms.mastodon.api.errors import ApiError, BadParameter, not_found
from weft.platforms.mastodon.api.params import Params
from weft.platforms.mastodon.api.routing import Call, Route, json

_FORM_BYTES = 256 * 1024
"""What a form may have around its files."""
UPLOAD_BYTES = limits.MOVING_BYTES + limits.PORTRAIT_BYTES + _FORM_BYTES
POSTER_BYTES = limits.PORTRAIT_BYTES + _FORM_BYTES
WAIT_S = 300.0
"""How long the first version of the call waits."""
PORTRAITS_BYTES = 2 * limits.PORTRAIT_BYTES + _FORM_BYTES
"""The longest body of a profile's change: for its route."""
_PORTRAITS: tuple[tuple[str, Purpose], ...] = (("avatar", "icon"), ("header", "header"))


def read_description(params: Params) -> Description:
    """``description`` and ``focus`` (``x,y``); what is absent stays as it is.

    Raises:
        BadParameter, Rejected: with a sentence.
    """
    text: str | UnsetType | None = UNSET
    if params.has("description"):
        text = checked_description(params.text("description"))
    return Description(text, _focus(params))


def _focus(params: Params) -> tuple[float, float] | UnsetType:
    given = params.text("focus", longest=100)
    if not given:
        return UNSET
    try:
        x, y = (float(each) for each in given.split(","))
    except ValueError:
        raise BadParameter("focus must be two numbers from -1 to 1, such as 0.0,0.5.") from None
    return checked_focus((x, y))


async def upload(call: Call) -> ASGIResponse:
    """POST /v2/media: a file, what it shows, and perhaps another picture to show it by."""
    return await _answer(call, await _taken(call))


async def upload_and_wait(call: Call) -> ASGIResponse:
    """POST /v1/media"""
    media_id = await _taken(call)
    if not await call.api.parts.media.ready(media_id, WAIT_S):
        raise ApiError(
            503, f"The file is still being worked on: ask for /api/v1/media/{media_id} later."
        )
    return await _answer(call, media_id)


async def _taken(call: Call) -> int:
    file, thumbnail = call.params.file("file"), call.params.file("thumbnail")
    if file is None:
        raise BadParameter("file is missing: send it as a part of a multipart form.")
    described = read_description(call.params)
    intake = call.api.parts.media
    poster = await intake.accept_poster(_opened(thumbnail), call.me) if thumbnail else None
    try:
        return await intake.accept(
            call.me,
            _opened(file),
            description=described.text or None,
            focus=None if described.focus is UNSET else described.focus,
            poster=poster,
        )
    except BaseException:
        if poster is not None:
            await intake.forget_poster(poster)
        raise


async def show(call: Call) -> ASGIResponse:
    """GET /media/:id"""
    return await _answer(call, call.path_id(), working=206)


async def describe(call: Call) -> ASGIResponse:
    """PUT /media/:id"""
    row = await _own(call, call.path_id())
    if row.post_id is not None:
        raise ApiError(422, "The file is posted already: edit the post to describe it otherwise.")
    described, thumbnail = read_description(call.params), call.params.file("thumbnail")
    if thumbnail is not None:
        await call.api.parts.media.choose_poster(row.id, call.me, _opened(thumbnail))
    await call.db.write(describe_media, row.id, call.me, described)
    return await _answer(call, row.id, working=206)


async def delete(call: Call) -> ASGIResponse:
    """DELETE /media/:id"""
    row = await _own(call, call.path_id())
    if row.post_id is not None or not await call.api.parts.media.remove(row.id):
        raise ApiError(422, "The file is in a post, or is kept: it goes when the post is deleted.")
    return json({})


async def _own(call: Call, media_id: int) -> MediaRow:
    row = await call.db.one(media_by_id, id=media_id)
    if row is None or row.owner_id != call.me:
        raise not_found()
    return row


async def _answer(call: Call, media_id: int, working: int = 202) -> ASGIResponse:
    """The file; while it is worked on with the status ``working``."""
    row = await _own(call, media_id)
    if row.state == MediaState.FAILED:
        why = media_facets(row.facets).error
        raise ApiError(422, why or "The file could not be worked on.")
    status = working if row.state == MediaState.WORKED_ON else 200
    return json(media_entity(call.api.parts.media_url, row), status=status)


def _opened(file: UploadFile) -> BinaryIO:
    """The file as it was received: in memory up to a megabyte, then on disk."""
    return cast(BinaryIO, file.file)


async def take_portraits(call: Call) -> dict[str, str]:
    """Take in ``avatar`` and ``header``, as far as they were sent; the changed columns of the actor
    (``icon_url``, ``header_url``) and their URLs. An empty file changes nothing.

    Raises:
        Rejected, TooBusy: with a sentence; neither picture is kept.
    """
    taken: dict[str, str] = {}
    parts = call.api.parts
    try:
        for name, purpose in _PORTRAITS:
            file = call.params.file(name)
            if file is not None:
                portrait = await parts.media.accept_portrait(_opened(file), purpose)
                taken[f"{purpose}_url"] = parts.media_url(portrait.key)
    except BaseException:
        for url in taken.values():
            await parts.media.forget_portrait(url, parts.media_url(""))
        raise
    return taken


async def forget_portraits(call: Call, before: Actor, changed: dict[str, Any]) -> None:
    """Remove the files that the actor's pictures were, where they are others now and no legal hold
    keeps them. To be called after the write."""
    if await call.db.one(hold_of, actor_id=before.id) is not None:
        return
    for column in ("icon_url", "header_url"):
        url = getattr(before, column)
        if column in changed and url != changed[column]:
            parts = call.api.parts
            await parts.media.forget_portrait(url, parts.media_url(""))


_MEDIA = "/api/v1/media/{id:str}"

ROUTES = [
    Route("POST", "/api/v1/media", upload_and_wait, "write:media", body_bytes=UPLOAD_BYTES),
    Route("POST", "/api/v2/media", upload, "write:media", body_bytes=UPLOAD_BYTES),
    Route("GET", _MEDIA, show, "write:media"),
    Route("PUT", _MEDIA, describe, "write:media", body_bytes=POSTER_BYTES),
    Route("DELETE", _MEDIA, delete, "write:media"),
]
