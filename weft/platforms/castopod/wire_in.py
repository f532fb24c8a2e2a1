"""Reads Castopod's podcasts and episodes; what a podcast posts besides are ordinary Notes.

Shapes: ``corpus/owncast-castopod``, assembled from Castopod's own serialisers.
"""

from msgspec.structs import replace

from weft.domain.actors.store import RemoteActor
from weft.domain.markup.plain import html_to_text
from weft.domain.posts.kinds import TrackFacets
from weft.domain.posts.records import PostFacets, PostKind
from weft.federation.dialects import JsonObject, RemoteMedia, RemotePost
from weft.federation.reading.actors import read_actor
from weft.federation.reading.files import media_files
from weft.federation.reading.markup import MARKDOWN, as_html
from weft.federation.reading.posts import read_post
from weft.federation.reading.values import own_address, picture, web_address
from weft.protocol.activitystreams import (
    duration_ms,
    first_id,
    first_object,
    first_type,
    integer,
    language_of,
    text_of,
)

_NAME, _SOURCE = 2048, 100_000


class CastopodReader:
    """See ``weft.federation.dialects.Reader``."""

    name = "castopod"
    types = frozenset(("PodcastEpisode",))
    members = frozenset[str]()

    def claims_post(self, document: JsonObject) -> bool:
        return first_type(document, ("PodcastEpisode",)) is not None

    def claims_actor(self, document: JsonObject) -> bool:
        return first_type(document, ("Podcast",)) is not None

    def read_actor(self, document: JsonObject) -> RemoteActor:
        """A podcast is no person: it is followed as a service is."""
        read = read_actor(document | {"type": "Service"})
        return replace(
            read,
            facets=replace(
                read.facets,
                feed_url=own_address(first_id(document.get("rssFeed")), read.uri),
                language=(text_of(document.get("language")) or "")[:20] or None,
                category=(text_of(document.get("category")) or "")[:200] or None,
            ),
        )

    def read_post(self, document: JsonObject, followers_uri: str | None) -> RemotePost:
        """An episode: its text and its sound are objects of their own inside it."""
        text = first_object(document.get("description")) or {}
        audio = first_object(document.get("audio")) or {}
        flat = document | {"type": "Audio", "name": document.get("name") or audio.get("name")}
        read = read_post(flat, followers_uri)
        html = text_of(text.get("contentMap"))
        source = text_of(text.get("content")) or ""
        markdown = text_of(text.get("mediaType")) == MARKDOWN
        track = _track(document, audio)
        title = html_to_text(read.title or "")[:_NAME] or None
        return replace(
            read,
            kind=PostKind.TRACK,
            content=as_html(html, None, "remote_post")
            if html
            else as_html(source[:_SOURCE], text_of(text.get("mediaType")), "remote_post"),
            language=read.language or language_of(text),
            media=tuple(
                RemoteMedia(
                    url=each.url,
                    content_type=each.content_type,
                    description=title,
                    duration_ms=track.duration_ms,
                    icon_url=track.cover_url,
                )
                for each in track.files[:1]
            ),
            facets=PostFacets(
                track=track,
                source=source[:_SOURCE] or None if markdown else None,
                source_format=MARKDOWN if markdown and source else None,
            ),
        )


def _track(document: JsonObject, audio: JsonObject) -> TrackFacets:
    files = media_files(audio.get("url"), "audio")
    size = integer(audio.get("size"))
    return TrackFacets(
        duration_ms=duration_ms(audio.get("duration")) or None,
        files=tuple(replace(each, size_bytes=each.size_bytes or size or None) for each in files),
        cover_url=picture(document.get("image")) or picture(document.get("icon")),
        chapters_uri=web_address(audio.get("chapters")),
        transcript_url=web_address(audio.get("transcript")),
    )
