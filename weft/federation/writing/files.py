"""The files of a video or a piece of music, as links in a document's ``url``.

Sources: section 2 of the interop notes of PeerTube, section 1 of those of Funkwhale.
"""

from typing import Any

from weft.domain.media.facets import media_facets
from weft.domain.media.records import MediaKind
from weft.domain.posts.kinds import MediaFile, Still, TrackFacets, VideoFacets
from weft.domain.posts.queries import AttachmentRow
from weft.domain.posts.records import post_facets
from weft.domain.server import Server
from weft.federation.facts import PostFacts
from weft.federation.writing.parts import address_of, poster_of
from weft.federation.writing.values import JsonObject, media_type_of

HTML = "text/html"
PLAYLIST = "application/x-mpegURL"


def link(media_type: str, href: str, **more: Any) -> JsonObject:
    """A ``Link``; of ``more``, what is known."""
    known = {key: value for key, value in more.items() if value is not None}
    return {"type": "Link", "mediaType": media_type, "href": href, **known}


def film_of(server: Server, facts: PostFacts) -> VideoFacets:
    """What is known of a video; of one that was uploaded here, what its file tells."""
    known = post_facets(facts.post.facets).video
    if known is not None:
        return known
    row = next((each for each in facts.attachments if each.kind == MediaKind.VIDEO), None)
    if row is None:
        return VideoFacets()
    poster = poster_of(server, row)
    file = _file(server, row)
    kind = media_type_of(poster).get("mediaType") if poster else None
    more = media_facets(row.facets)
    width, height = more.small_width or row.width, more.small_height or row.height
    return VideoFacets(
        duration_ms=row.duration_ms,
        files=(file,) if file is not None else (),
        preview_url=poster,
        stills=(Still(poster, width, height, kind),) if poster else (),
    )


def sound_of(server: Server, facts: PostFacts) -> TrackFacets:
    """What is known of a piece of music; of one that was uploaded here, what its file tells."""
    known = post_facets(facts.post.facets).track
    if known is not None:
        return known
    row = next((each for each in facts.attachments if each.kind == MediaKind.AUDIO), None)
    if row is None:
        return TrackFacets()
    file = _file(server, row)
    return TrackFacets(
        duration_ms=row.duration_ms,
        files=(file,) if file is not None else (),
        cover_url=poster_of(server, row),
    )


def _file(server: Server, row: AttachmentRow) -> MediaFile | None:
    url = address_of(server, row)
    if url is None:
        return None
    bitrate = media_facets(row.facets).bitrate
    return MediaFile(url, row.content_type, row.width, row.height, bitrate=bitrate)
