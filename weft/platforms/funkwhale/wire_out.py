"""Writes music as Funkwhale reads it: what is put into a library nests track, album and artists, what a
channel publishes is flat and names its page first.

Funkwhale expands JSON-LD: without its context it sees nothing. Source: section 1 of its interop notes.
"""

from typing import Any

from weft.domain.posts.kinds import Credit, TrackFacets
from weft.domain.posts.records import PostKind
from weft.domain.server import Server
from weft.domain.visibility.viewer import Visibility
from weft.federation.facts import PostFacts
from weft.federation.writing.files import HTML, link, sound_of
from weft.federation.writing.posts import common, page_of, title_of
from weft.federation.writing.values import AS, PUBLIC, JsonObject, known, timestamp

CONTEXT: list[Any] = [
    AS,
    "https://w3id.org/security/v1",
    "https://funkwhale.audio/ns",
    {
        "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
        "Hashtag": "as:Hashtag",
    },
]
_NAME = 500


def write_post(server: Server, facts: PostFacts) -> JsonObject | None:
    """An upload to a library or of a channel, or an album; None for all else, and without a file."""
    if facts.post.kind != PostKind.TRACK:
        return None
    track = sound_of(server, facts)
    if track.album_uri == facts.post.uri:
        return write_album(server, facts, track)
    if not track.files:
        return None
    if track.library_uri is not None and track.track_uri is not None:
        return write_upload(facts, track)
    return write_episode(server, facts, track)


def write_upload(facts: PostFacts, track: TrackFacets) -> JsonObject:
    """A file in a library, with all of its catalogue."""
    post, file = facts.post, track.files[0]
    title = title_of(post, _NAME)
    by = ", ".join(each.name for each in track.artists)
    document = {
        "type": "Audio",
        "id": post.uri,
        "library": track.library_uri,
        "name": " - ".join(each for each in (by, track.album, title) if each),
        "published": timestamp(post.published_at),
        "updated": timestamp(post.edited_at) if post.edited_at is not None else None,
        "bitrate": file.bitrate,
        "size": file.size_bytes,
        "duration": round((track.duration_ms or 0) / 1000),
        "url": [link(file.content_type or "audio/mpeg", file.url), link(HTML, page_of(facts))],
        "track": _track(facts, track, title),
        "to": PUBLIC if post.visibility <= Visibility.UNLISTED else "",
        "attributedTo": facts.author.uri,
    }
    return known(document)


def write_episode(server: Server, facts: PostFacts, track: TrackFacets) -> JsonObject:
    """What a channel publishes."""
    document = common(server, facts, "Audio")
    files = [
        link(
            each.content_type or "audio/mpeg",
            each.url,
            bitrate=each.bitrate,
            size=each.size_bytes,
        )
        for each in track.files
    ]
    members = ("id", "type", "attributedTo", "published", "updated", "to", "cc", "content")
    episode = {
        **{key: document[key] for key in members if key in document},
        "name": title_of(facts.post, _NAME),
        "url": [link(HTML, page_of(facts)), *files],
        "album": track.album_uri,
        "license": track.licence,
        "copyright": track.copyright,
        "duration": round(track.duration_ms / 1000) if track.duration_ms else None,
        "position": track.position,
        "disc": track.disc,
        "image": _picture(track.cover_url),
        "mediaType": HTML,
        "tag": _tags(facts),
        "summary": " ".join(f"#{each.display}" for each in facts.tags) or None,
    }
    return known(episode)


def write_album(server: Server, facts: PostFacts, track: TrackFacets) -> JsonObject:
    """A whole album, as Bandwagon publishes it; its tracks are listed where it says."""
    document = common(server, facts, "Album")
    document |= {
        "name": title_of(facts.post, _NAME),
        "artists": [_artist(each) for each in track.artists],
        "license": track.licence,
        "image": _picture(track.cover_url),
        "tracks": track.library_uri,
        "library": track.library_uri,
        "context": facts.context_uri,
        "summary": facts.post.summary,
    }
    return known(document)


def _track(facts: PostFacts, track: TrackFacets, title: str) -> JsonObject:
    published = timestamp(facts.post.published_at)
    shared = {"published": published, "attributedTo": facts.author.uri}
    artists = [_artist(each) | shared for each in track.artists]
    return {
        "type": "Track",
        "id": track.track_uri,
        "name": title,
        "musicbrainzId": track.musicbrainz_id,
        "position": track.position,
        "disc": track.disc,
        "license": track.licence,
        "copyright": track.copyright,
        "artists": artists,
        "album": _album(track, shared),
        "tag": _tags(facts),
        "image": None,
        **shared,
    }


def _album(track: TrackFacets, shared: JsonObject) -> JsonObject | None:
    if track.album is None:
        return None
    return {
        "type": "Album",
        "id": track.album_uri,
        "name": track.album,
        "released": track.released,
        "artists": [_artist(each) | shared for each in track.album_artists],
        "image": _picture(track.cover_url),
        "tag": [],
        **shared,
    }


def _artist(credit: Credit) -> JsonObject:
    return {
        "type": "Artist",
        "id": credit.uri,
        "name": credit.name,
        "musicbrainzId": credit.musicbrainz_id,
    }


def _picture(url: str | None) -> JsonObject | None:
    return {"type": "Image", "url": url} if url is not None else None


def _tags(facts: PostFacts) -> list[JsonObject]:
    """Without an address."""
    return [{"type": "Hashtag", "name": f"#{each.display}"} for each in facts.tags]
