"""Writes reviews, ratings, quotations and comments as BookWyrm reads them, in its own types.

What they are about is a book of some BookWyrm server, by its id (``inReplyToBook``). It takes public
posts only if Public stands alone in ``to``. Source: sections 1.2 to 1.4 of its interop notes.
"""

from typing import Any

from weft.domain.posts.kinds import ReviewFacets, Work
from weft.domain.posts.records import PostKind, post_facets
from weft.domain.server import Server
from weft.federation.facts import PostFacts
from weft.federation.writing.posts import common
from weft.federation.writing.values import AS, JsonObject

CONTEXT: list[Any] = [AS, {"Hashtag": "as:Hashtag"}]
_TYPES = {
    PostKind.REVIEW: "Review",
    PostKind.RATING: "Rating",
    PostKind.QUOTATION: "Quotation",
    PostKind.NOTE: "Comment",
}
_SHELVES = {
    "wants": "to-read",
    "reading": "reading",
    "read": "read",
    "stopped": "stopped-reading",
}
_PHRASES = {
    "wants": "wants to read",
    "reading": "started reading",
    "read": "finished reading",
    "stopped": "stopped reading",
}
_MODES = {"page": "PG", "percent": "PCT"}
_STARS = 5


def write_post(server: Server, facts: PostFacts) -> JsonObject | None:
    """What somebody says of a book, or an answer to it; None for all else, and for what is no book."""
    review = post_facets(facts.post.facets).review
    type_ = _TYPES.get(PostKind(facts.post.kind))
    if review is None or review.work is None:
        is_answer = facts.post.in_reply_to_uri is not None or bool(facts.mentioned)
        return _common(server, facts, "Note") if type_ == "Comment" and is_answer else None
    if type_ is None or review.work.kind != "book":
        return None
    if review.is_generated:
        return write_generated(server, facts, review, review.work)
    document = _about(_common(server, facts, type_), review, review.work)
    match type_:
        case "Review":
            document |= {"name": facts.post.title or "", "rating": stars(review)}
        case "Rating":
            del document["content"]
            document["rating"] = stars(review)
        case "Quotation":
            document["quote"] = review.quotation or ""
            document |= _position(review)
        case "Comment":
            document |= _progress(review)
    return document


def write_generated(
    server: Server, facts: PostFacts, review: ReviewFacets, work: Work
) -> JsonObject:
    """That somebody moved a book to another shelf; the book is named in ``tag`` alone."""
    document = _common(server, facts, "GeneratedNote")
    document["tag"].append(_edition(work))
    if facts.post.local or not document["content"]:
        document["content"] = _PHRASES.get(review.status or "", "")
    return document


def stars(review: ReviewFacets) -> float | None:
    """Of five, in halves."""
    if review.rating is None:
        return None
    return round(review.rating / review.best * _STARS * 2) / 2


def _common(server: Server, facts: PostFacts, type_: str) -> JsonObject:
    document = common(server, facts, type_)
    document.pop("source", None)
    return document


def _about(document: JsonObject, review: ReviewFacets, work: Work) -> JsonObject:
    covers = [each for each in document["attachment"] if each["url"] == work.cover_url]
    cover = {"type": "Document", "url": work.cover_url, "name": work.title}
    if work.cover_url is not None and not covers:
        document["attachment"] = [cover, *document["attachment"]]
    if work.title:
        document["tag"].append(_edition(work))
    status = _SHELVES.get(review.status or "")
    return document | {"inReplyToBook": work.uri, "readingStatus": status}


def _edition(work: Work) -> JsonObject:
    return {"type": "Edition", "href": work.uri, "name": f"@{work.title}"}


def _position(review: ReviewFacets) -> JsonObject:
    if review.position is None:
        return {}
    mode = _MODES.get(review.position_mode or "")
    said = {"position": review.position, "endPosition": review.end_position, "positionMode": mode}
    return {key: value for key, value in said.items() if value is not None}


def _progress(review: ReviewFacets) -> JsonObject:
    mode = _MODES.get(review.progress_mode or "")
    if review.progress is None or mode is None:
        return {}
    digits = review.progress
    return {"progress": int(digits) if digits.isdecimal() else digits, "progressMode": mode}
