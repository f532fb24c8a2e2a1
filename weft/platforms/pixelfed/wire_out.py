"""Writes albums, short videos and answers as Pixelfed and Loops read them.

Pixelfed drops an album without a picture, and a whole album for one attachment that it does not take. A
warning is said only with ``sensitive``. Source: section 2 of the interop notes of Pixelfed.
"""

from html import escape
from typing import Any

from weft.domain.posts.kinds import Place
from weft.domain.posts.records import PostFacets, PostKind, post_facets
from weft.domain.server import Server
from weft.federation.facts import PostFacts
from weft.federation.writing.parts import write_poll
from weft.federation.writing.posts import common
from weft.federation.writing.values import AS, PUBLIC, JsonObject

CONTEXT: list[Any] = [
    "https://w3id.org/security/v1",
    AS,
    {
        "Hashtag": "as:Hashtag",
        "sensitive": "as:sensitive",
        "schema": "http://schema.org/",
        "pixelfed": "http://pixelfed.org/ns#",
        "commentsEnabled": {"@id": "pixelfed:commentsEnabled", "@type": "schema:Boolean"},
        "capabilities": {"@id": "pixelfed:capabilities", "@container": "@set"},
        "announce": {"@id": "pixelfed:canAnnounce", "@type": "@id"},
        "like": {"@id": "pixelfed:canLike", "@type": "@id"},
        "reply": {"@id": "pixelfed:canReply", "@type": "@id"},
        "toot": "http://joinmastodon.org/ns#",
        "Emoji": "toot:Emoji",
        "blurhash": "toot:blurhash",
    },
]
_TAKEN = frozenset(
    (
        "image/jpeg", "image/jpg", "image/png", "image/webp", "image/gif", "image/avif",
        "image/heic", "video/mp4", "video/mov",
    )
)  # fmt: skip
_WIDEST = 5000
"""Of both sides, in pixels."""
_ALBUMS = frozenset((PostKind.ALBUM, PostKind.VIDEO, PostKind.NOTE, PostKind.QUESTION))
NOBODY = "[]"
"""Who may answer when nobody may: a text, not a list."""


def write_post(server: Server, facts: PostFacts) -> JsonObject | None:
    """An album, a video, a question or an answer; None for words alone, and for all else."""
    kind = PostKind(facts.post.kind)
    if facts.post.in_reply_to_uri is not None and kind in (PostKind.NOTE, PostKind.COMMENT):
        return write_note(server, facts)
    if kind not in _ALBUMS:
        return None
    if kind is PostKind.QUESTION:
        return write_note(server, facts, "Question") | write_poll(server, facts)
    document = write_note(server, facts)
    if not document["attachment"]:
        return None
    return document | _preview(document, post_facets(facts.post.facets))


def write_note(server: Server, facts: PostFacts, type_: str = "Note") -> JsonObject:
    """With what Pixelfed's people may do with it."""
    post, facets = facts.post, post_facets(facts.post.facets)
    document = common(server, facts, type_)
    document.pop("source", None)
    open_ = facets.comments != "nobody"
    taken = [each for each in document["attachment"] if _is_taken(each)]
    others = [each["url"] for each in document["attachment"] if each not in taken and each["url"]]
    return document | {
        "content": document["content"] + "".join(map(_linked, others)),
        "summary": post.summary if document["sensitive"] else None,
        "attachment": taken,
        "commentsEnabled": open_,
        "capabilities": {
            "announce": PUBLIC,
            "like": PUBLIC,
            "reply": PUBLIC if open_ else NOBODY,
        },
        "location": _location(facets.place),
    }


def _is_taken(attachment: JsonObject) -> bool:
    sides = (attachment.get("width") or 1, attachment.get("height") or 1)
    return attachment["mediaType"] in _TAKEN and max(sides) <= _WIDEST


def _linked(url: str) -> str:
    address = escape(url, quote=True)
    return f'<p><a href="{address}">{address}</a></p>'


def _location(place: Place | None) -> JsonObject | None:
    if place is None:
        return None
    country = place.postal.country if place.postal is not None else place.address
    document: JsonObject = {"type": "Place", "name": place.name, "country": country}
    if place.latitude is not None and place.longitude is not None:
        document |= {"latitude": place.latitude, "longitude": place.longitude}
    return document


def _preview(document: JsonObject, facets: PostFacets) -> JsonObject:
    """Loops shows a video by its still."""
    attached = document["attachment"]
    if len(attached) != 1 or not str(attached[0]["mediaType"]).startswith("video/"):
        return {}
    (film,) = attached
    poster = (facets.video.preview_url if facets.video else None) or film.get("icon", {}).get("url")
    if poster is None:
        return {}
    sized = {key: film[key] for key in ("width", "height") if key in film}
    return {
        "preview": {"type": "Image", "name": film["name"], **sized, "url": {"href": poster}},
    }
