"""Attachments, as their origin describes them; nothing of them is fetched."""

from mimetypes import guess_type
from typing import Any
from urllib.parse import urlsplit

from weft.federation.dialects import JsonObject, RemoteMedia
from weft.federation.reading.values import picture, web_address
from weft.protocol.activitystreams import duration_ms, first_type, integer, objects, text_of

_MEDIA = 32


def attachments(document: JsonObject) -> tuple[RemoteMedia, ...]:
    found = []
    for each in objects(document.get("attachment")):
        if first_type(each, ("Document", "Image", "Video", "Audio")) is None:
            continue
        url = picture(each)
        if url is None:
            continue
        focus = each.get("focalPoint")
        found.append(
            RemoteMedia(
                url=url,
                content_type=text_of(each.get("mediaType")) or _type_by_kind(each, url),
                description=_description(each),
                blurhash=(text_of(each.get("blurhash")) or "")[:200] or None,
                width=_side(each.get("width")),
                height=_side(each.get("height")),
                duration_ms=duration_ms(each.get("duration")),
                focus=_focus(focus),
                icon_url=_icon(each),
            )
        )
    return tuple(found[:_MEDIA])


def pictures_among(value: Any, title: str | None) -> tuple[RemoteMedia, ...]:
    """One picture in several sizes, as Hubzilla lists it in ``url``: the largest of them."""
    sizes = [
        (_side(each.get("width")) or 0, _side(each.get("height")), made, url)
        for each in objects(value)[:_MEDIA]
        if (made := text_of(each.get("mediaType")) or "").startswith("image/")
        and (url := web_address(each.get("href"))) is not None
    ]
    if not sizes:
        return ()
    width, height, made, url = max(sizes, key=lambda each: each[0])
    return (
        RemoteMedia(
            url=url,
            content_type=made,
            description=title,
            width=width or None,
            height=height if width else None,
        ),
    )


def _description(attachment: JsonObject) -> str | None:
    """In ``name``; GoToSocial has it in ``summary``, Owncast in ``content``."""
    for key in ("name", "summary", "content"):
        found = text_of(attachment.get(key))
        if found:
            return found[:10_000]
    return None


def _side(value: Any) -> int | None:
    """Width or height; an absurd one is none."""
    found = integer(value)
    return found if found is not None and 0 < found < 1_000_000 else None


def _icon(attachment: JsonObject) -> str | None:
    for each in objects(attachment.get("icon"))[:1]:
        url = picture(each)
        if url is not None and url.startswith(("https://", "http://")):
            return url[:2048]
    return None


def _type_by_kind(attachment: JsonObject, url: str) -> str | None:
    """By what it calls itself, else by the end of its address."""
    kind = first_type(attachment, ("Image", "Video", "Audio"))
    if kind is not None:
        return {"Image": "image/*", "Video": "video/*", "Audio": "audio/*"}[kind]
    return guess_type(urlsplit(url).path)[0]


def _focus(value: Any) -> tuple[float, float] | None:
    if (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(each, int | float) and -1 <= each <= 1 for each in value)
    ):
        return float(value[0]), float(value[1])
    return None
