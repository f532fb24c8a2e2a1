"""Reads Funkwhale's uploads, and every ``Audio`` that is close to them.

An upload to a library nests its track, album and artists; one of a channel is flat and names its
page first. Source: section 1 of the interop notes of Funkwhale.
"""

import re
from typing import Any

from msgspec.structs import replace

from weft.domain.actors.store import RemoteActor
from weft.domain.posts.kinds import Credit, TrackFacets
from weft.domain.posts.records import PostFacets, PostKind, Tag
from weft.domain.visibility.viewer import Visibility
from weft.federation.dialects import JsonObject, RemoteMedia, RemotePost
from weft.federation.reading.actors import read_actor
from weft.federation.reading.files import media_files, page_among
from weft.federation.reading.posts import read_post
from weft.federation.reading.tags import loose_tag
from weft.federation.reading.values import own_address, picture, web_address
from weft.protocol.activitystreams import (
    duration_ms,
    first_id,
    first_object,
    first_type,
    integer,
    objects,
    text_of,
)

_NAME, _LICENCE = 500, 2048
_ARTISTS, _TAGS = 50, 64
_ONLY_TAGS = re.compile(r"\s*(#\S+\s*)+\Z")


class FunkwhaleReader:
    """See ``weft.federation.dialects.Reader``."""

    name = "funkwhale"
    types = frozenset(
        (
            "Audio",
            "Album",
        )
    )
    members = frozenset[str]()

    def claims_post(self, document: JsonObject) -> bool:
        return first_type(document, ("Audio",)) is not None or _is_album(document)

    def claims_actor(self, document: JsonObject) -> bool:
        """A channel, which can be followed by RSS too."""
        return _feed(document) is not None

    def read_actor(self, document: JsonObject) -> RemoteActor:
        """A channel."""
        read = read_actor(document)
        page = own_address(page_among(document.get("url")), read.uri)
        feed = own_address(_feed(document), read.uri)
        return replace(read, url=page or read.url, facets=replace(read.facets, feed_url=feed))

    def read_post(self, document: JsonObject, followers_uri: str | None) -> RemotePost:
        """A piece of music or an episode; or a whole album, as Bandwagon writes it."""
        if _is_album(document):
            return _album(document, followers_uri)
        read = read_post(document, followers_uri)
        inner = first_object(document.get("track")) or {}
        track = _track(document, inner, read.uri)
        title = _words(inner.get("name")) or read.title
        is_news = track.library_uri is None
        summary = read.summary if not _ONLY_TAGS.match(read.summary or "") else None
        return replace(
            read,
            kind=PostKind.TRACK,
            title=title,
            # What is put into a library is heard by whoever follows it, and announced to nobody.
            visibility=read.visibility if is_news else max(read.visibility, Visibility.UNLISTED),
            summary=summary,
            url=page_among(document.get("url")) or read.uri,
            tags=_tags(document, inner),
            media=_played(track, title),
            facets=PostFacets(track=track),
        )


def _is_album(document: JsonObject) -> bool:
    return first_type(document, ("Album",)) is not None and "attributedTo" in document


def _album(document: JsonObject, followers_uri: str | None) -> RemotePost:
    """Its cover, words and artists; where its tracks are listed is kept."""
    read = read_post(document | {"type": "Audio"}, followers_uri)
    track = TrackFacets(
        artists=_artists(document),
        album=_words(document.get("name")),
        album_uri=read.uri,
        licence=_licence(document),
        cover_url=picture(document.get("image")) or next((m.url for m in read.media), None),
        library_uri=own_address(first_id(document.get("tracks")), read.uri),
    )
    return replace(read, kind=PostKind.TRACK, facets=PostFacets(track=track))


def _track(document: JsonObject, inner: JsonObject, uri: str) -> TrackFacets:
    nested = first_object(inner.get("album"))
    album = nested or first_object(document.get("album")) or {}
    files = media_files(document.get("url"), "audio")
    if len(files) == 1:
        # With a nested track, size and bit rate are the document's own.
        (only,) = files
        files = (
            replace(
                only,
                bitrate=only.bitrate or integer(document.get("bitrate")) or None,
                size_bytes=only.size_bytes or integer(document.get("size")) or None,
            ),
        )
    covers = (document.get("image"), inner.get("image"), album.get("image"), document.get("icon"))
    return TrackFacets(
        duration_ms=duration_ms(document.get("duration")) or None,
        files=files,
        artists=_artists(inner) or _artists(document),
        album=_words(album.get("name")),
        album_uri=first_id(album.get("id")) or web_address(document.get("album")),
        album_artists=_artists(album),
        position=integer(inner.get("position") or document.get("position")),
        disc=integer(inner.get("disc") or document.get("disc")),
        licence=(_licence(inner) or _licence(document)),
        copyright=_words(inner.get("copyright")) or _words(document.get("copyright")),
        cover_url=next((found for each in covers if (found := picture(each))), None),
        released=(text_of(album.get("released")) or "")[:40] or None,
        track_uri=first_id(inner.get("id")),
        musicbrainz_id=_brainz(inner),
        library_uri=own_address(first_id(document.get("library")), uri),
    )


def _artists(value: JsonObject) -> tuple[Credit, ...]:
    """``artists``; since version 2 ``artist_credit``, which says how each is named here."""
    found = []
    for each in objects(value.get("artist_credit")):
        artist = first_object(each.get("artist")) or {}
        name = _words(each.get("credit")) or _words(artist.get("name"))
        if name:
            found.append(Credit(name, first_id(each.get("artist")), _brainz(artist)))
    for each in objects(value.get("artists")):
        name = _words(each.get("name"))
        if name:
            found.append(Credit(name, first_id(each), _brainz(each)))
    return tuple(found[:_ARTISTS])


def _brainz(value: JsonObject) -> str | None:
    return (text_of(value.get("musicbrainzId")) or "")[:64] or None


def _licence(value: JsonObject) -> str | None:
    return (text_of(value.get("license")) or "")[:_LICENCE] or None


def _words(value: Any) -> str | None:
    return (text_of(value) or "").strip()[:_NAME] or None


def _tags(*documents: JsonObject) -> tuple[Tag, ...]:
    """Genres of the track are hashtags as those of the post are."""
    found: dict[str, Tag] = {}
    for each in (tag for document in documents for tag in objects(document.get("tag"))):
        tag = loose_tag(text_of(each.get("name")) or "")
        if first_type(each, ("Hashtag",)) is not None and tag is not None:
            found.setdefault(tag.name, tag)
    return tuple(found.values())[:_TAGS]


def _played(track: TrackFacets, title: str | None) -> tuple[RemoteMedia, ...]:
    if not track.files:
        return ()
    best = track.files[0]
    by = ", ".join(each.name for each in track.artists)
    named = f"{by} – {title}" if by and title else title
    played = RemoteMedia(
        url=best.url,
        content_type=best.content_type,
        description=named,
        duration_ms=track.duration_ms,
        icon_url=track.cover_url,
    )
    return (played,)


def _feed(document: JsonObject) -> str | None:
    for each in objects(document.get("url")):
        if text_of(each.get("mediaType")) == "application/rss+xml":
            return web_address(each.get("href"))
    return None
