"""Writes notes and polls as GoToSocial reads them: with who may like, answer and boost.

Rules are said in both generations: ``automaticApproval`` and ``manualApproval``, and ``always`` and
``approvalRequired`` for versions before 0.20. Source: sections 3 and 4 of its interop notes.
"""

from typing import Any

from weft.domain.posts.records import Circle, PostKind, post_facets
from weft.domain.server import Server
from weft.federation.facts import PostFacts
from weft.federation.writing.parts import interaction_policy, write_poll
from weft.federation.writing.posts import common
from weft.federation.writing.values import AS, PUBLIC, JsonObject

_GTS = "https://gotosocial.org/ns#"
CONTEXT: list[Any] = [
    "https://gotosocial.org/ns",
    AS,
    {
        "Hashtag": "as:Hashtag",
        "sensitive": "as:sensitive",
        "toot": "http://joinmastodon.org/ns#",
        "Emoji": "toot:Emoji",
        "blurhash": "toot:blurhash",
        "focalPoint": {"@container": "@list", "@id": "toot:focalPoint"},
        "votersCount": "toot:votersCount",
        "gts": _GTS,
        "canQuote": {"@id": "gts:canQuote", "@type": "@id"},
    },
]
_TYPES = {
    PostKind.NOTE: "Note",
    PostKind.COMMENT: "Note",
    PostKind.ALBUM: "Note",
    PostKind.QUESTION: "Question",
}
_FILES = {"image": "Image", "video": "Video", "audio": "Audio"}


def write_post(server: Server, facts: PostFacts) -> JsonObject | None:
    """None for what it has no form of its own for: it folds what has a title behind that."""
    post = facts.post
    type_ = _TYPES.get(PostKind(post.kind))
    if type_ is None:
        return None
    document = common(server, facts, type_)
    document.pop("source", None)
    document["summary"] = post.summary or ""
    document["attachment"] = [_file(each) for each in document["attachment"]]
    if post.language:
        document["contentMap"] = {post.language: document["content"]}
    policy = _policy(facts)
    if policy:
        document["interactionPolicy"] = policy
    return document | write_poll(server, facts)


def _file(attachment: JsonObject) -> JsonObject:
    """What it shows is said in both members that it has been read from."""
    kind = str(attachment.get("mediaType") or "").partition("/")[0]
    named = {"summary": attachment["name"]} if attachment["name"] else {}
    return attachment | named | {"type": _FILES.get(kind, "Document")}


def _policy(facts: PostFacts) -> JsonObject:
    """What is not said is for everybody."""
    said = post_facets(facts.post.facets).interactions
    policy: JsonObject = {}
    if said is not None:
        circles = {"canLike": said.like, "canReply": said.reply, "canAnnounce": said.boost}
        policy |= {
            name: _rule(facts, circle) for name, circle in circles.items() if circle is not None
        }
    quotes = interaction_policy(facts.post, facts.author)
    return policy | (quotes or {})


def _rule(facts: PostFacts, circle: Circle) -> JsonObject:
    """Nobody is written as the author alone: an empty list cannot be told from none."""
    automatic = _addresses(facts, circle.automatic) or [facts.author.uri]
    manual = _addresses(facts, circle.manual)
    return {
        "automaticApproval": automatic,
        "manualApproval": manual,
        "always": automatic,
        "approvalRequired": manual,
    }


def _addresses(facts: PostFacts, named: tuple[str, ...]) -> list[str]:
    known = {
        "public": PUBLIC,
        "followers": facts.author.followers_uri,
        "following": facts.author.following_uri,
    }
    found = (known.get(each, each) for each in named)
    return [each for each in found if each is not None]
