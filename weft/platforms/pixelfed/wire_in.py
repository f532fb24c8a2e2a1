"""Reads Pixelfed's albums and Loops' short videos, which are Notes with more to them.

Source: section 2 of the interop notes of Pixelfed; Loops' form is in its corpus.
"""

from typing import Any, Literal

from msgspec.structs import replace

from weft.domain.actors.store import RemoteActor
from weft.domain.posts.kinds import MediaFile, VideoFacets
from weft.domain.posts.records import PostFacets, PostKind
from weft.federation.dialects import JsonObject, RemoteMedia, RemotePost
from weft.federation.reading.actors import read_actor
from weft.federation.reading.places import place
from weft.federation.reading.posts import read_post
from weft.federation.reading.values import picture
from weft.protocol.activitystreams import boolean, first_object, first_type, ids, is_public, objects

_TAGS = 128


class PixelfedReader:
    """See ``weft.federation.dialects.Reader``."""

    name = "pixelfed"
    types = frozenset[str]()
    members = frozenset(
        (
            "capabilities",
            "preview",
        )
    )

    def claims_post(self, document: JsonObject) -> bool:
        if first_type(document, ("Note", "Question")) is None:
            return False
        return _has_capabilities(document) or _poster(document) is not None

    def claims_actor(self, document: JsonObject) -> bool:
        """Its profiles are ordinary ones."""
        return False

    def read_actor(self, document: JsonObject) -> RemoteActor:
        return read_actor(document)

    def read_post(self, document: JsonObject, followers_uri: str | None) -> RemotePost:
        """An album, whatever number of pictures it has; a short video; or words in answer."""
        read = read_post(document | {"tag": _tags(document.get("tag"))}, followers_uri)
        # The point of interest is always the middle: nobody chose it.
        media = tuple(replace(each, focus=None) for each in read.media)
        facets = PostFacets(place=place(document.get("location")), comments=_comments(document))
        film = _film(media, _poster(document))
        if film is not None:
            (shown,) = media
            media = (replace(shown, icon_url=film.preview_url),)
            facets = replace(facets, video=film)
        kind = read.kind
        if kind is PostKind.NOTE and media and read.in_reply_to is None:
            kind = PostKind.VIDEO if film is not None else PostKind.ALBUM
        return replace(read, kind=kind, media=media, facets=facets)


def _has_capabilities(document: JsonObject) -> bool:
    """Who may answer, boost and like is said by address; GoToSocial's older policy has rules there."""
    said = first_object(document.get("capabilities"))
    return said is not None and {"announce", "like"} <= set(said) and "commentsEnabled" in document


def _poster(document: JsonObject) -> str | None:
    """Of Loops: one video, and the still that stands for it."""
    attached = objects(document.get("attachment"))
    if len(attached) != 1 or not str(attached[0].get("mediaType", "")).startswith("video/"):
        return None
    preview = first_object(document.get("preview")) or {}
    if first_type(preview, ("Image",)) is None:
        return None
    return picture(preview.get("url")) or picture(preview)


def _film(media: tuple[RemoteMedia, ...], poster: str | None) -> VideoFacets | None:
    if poster is None or len(media) != 1:
        return None
    (only,) = media
    file = MediaFile(only.url, only.content_type, only.width, only.height)
    return VideoFacets(files=(file,), duration_ms=only.duration_ms, preview_url=poster)


def _comments(document: JsonObject) -> Literal["everybody", "nobody"]:
    """``commentsEnabled``, or nobody named who may reply: null in 2018, later the text ``[]``."""
    if boolean(document.get("commentsEnabled")) is False:
        return "nobody"
    said = first_object(document.get("capabilities"))
    named = ids(said.get("reply")) if said is not None else []
    if said is None or any(is_public(each) for each in named):
        return "everybody"
    return "nobody" if named == ["[]"] else "everybody"


def _tags(value: Any) -> list[JsonObject]:
    """Some versions wrote the list of an answer as an object: a mention, and the rest by number."""
    found = []
    for each in objects(value):
        rest = [inner for key, inner in each.items() if key.isdigit()]
        found += [{key: inner for key, inner in each.items() if not key.isdigit()}, *objects(rest)]
    return found[:_TAGS]
