"""Writes episodes as Castopod does, for those who read podcasts; what it reads itself are Notes.

Source: section 6 of the interop notes of Funkwhale.
"""

from typing import Any

from weft.domain.posts.kinds import TrackFacets
from weft.domain.posts.records import PostKind
from weft.domain.server import Server
from weft.federation.facts import PostFacts
from weft.federation.reading.markup import MARKDOWN
from weft.federation.writing.files import HTML, link, sound_of
from weft.federation.writing.posts import common, replies_of, title_of, typed
from weft.federation.writing.values import AS, JsonObject, known

CONTEXT: list[Any] = [
    AS,
    {
        "podcast": "https://podcastindex.org/namespace/1.0#",
        "PodcastEpisode": "podcast:PodcastEpisode",
        "Hashtag": "as:Hashtag",
    },
]
_NAME = 500


def write_post(server: Server, facts: PostFacts) -> JsonObject | None:
    """An episode, or a note beside them; None for all else, and for an episode without a file."""
    match PostKind(facts.post.kind):
        case PostKind.TRACK:
            return write_episode(server, facts)
        case PostKind.NOTE | PostKind.COMMENT:
            return common(server, facts, "Note")
        case _:
            return None


def write_episode(server: Server, facts: PostFacts) -> JsonObject | None:
    """Its text and its sound are objects of their own inside it."""
    track = sound_of(server, facts)
    if not track.files:
        return None
    document = common(server, facts, "PodcastEpisode")
    members = ("id", "type", "attributedTo", "published", "updated", "to", "cc", "url", "tag")
    cover = {"type": "Image", "url": track.cover_url} if track.cover_url is not None else None
    episode = {
        **{key: document[key] for key in members if key in document},
        "comments": replies_of(facts.post),
        "description": _description(facts),
        "image": cover,
        "audio": _audio(facts, track),
    }
    return known(episode)


def _description(facts: PostFacts) -> JsonObject:
    post = facts.post
    source, language = typed(post)
    document: JsonObject = {"type": "Note", "mediaType": HTML, "content": post.content}
    if source is not None and language == MARKDOWN:
        document |= {"mediaType": MARKDOWN, "content": source}
    if post.language:
        document["contentMap"] = {post.language: post.content}
    return document


def _audio(facts: PostFacts, track: TrackFacets) -> JsonObject:
    file = track.files[0]
    audio = {
        "id": file.url,
        "type": "Audio",
        "name": title_of(facts.post, _NAME),
        "size": file.size_bytes,
        "duration": track.duration_ms / 1000 if track.duration_ms is not None else None,
        "url": link(file.content_type or "audio/mpeg", file.url),
        "transcript": track.transcript_url,
        "chapters": track.chapters_uri,
    }
    return known(audio)
