"""Reads BookWyrm's reviews, ratings, quotations and comments, in both of its forms.

To its own kind it sends types of its own; to everybody else, and to who asks, a Note or an Article that
says the same in words and keeps the members about the book. Both are read as one. Source: section 1 of
the interop notes of BookWyrm.
"""

import re
from typing import Any, Literal, NamedTuple

from msgspec.structs import replace

from weft.domain.actors.store import RemoteActor
from weft.domain.markup.plain import html_to_text
from weft.domain.markup.sanitise import clean_html
from weft.domain.posts.kinds import Credit, ProgressMode, ReviewFacets, Work
from weft.domain.posts.records import PostFacets, PostKind
from weft.federation.dialects import JsonObject, RemotePost
from weft.federation.reading.actors import read_actor
from weft.federation.reading.posts import read_post
from weft.federation.reading.values import picture, web_address
from weft.protocol.activitystreams import first_type, integer, number, objects, text_of

_BOOKS = ("Edition", "Book", "Work")
_KINDS = {
    "Review": PostKind.REVIEW,
    "Article": PostKind.REVIEW,
    "Rating": PostKind.RATING,
    "Quotation": PostKind.QUOTATION,
    "Comment": PostKind.NOTE,
    "GeneratedNote": PostKind.NOTE,
    "Note": PostKind.NOTE,
}
Status = Literal["wants", "reading", "read", "stopped"]
_STATUSES: dict[str, Status] = {
    "to-read": "wants",
    "reading": "reading",
    "read": "read",
    "stopped-reading": "stopped",
}
_PHRASES: dict[str, Status] = {
    "wants to read": "wants",
    "started reading": "reading",
    "finished reading": "read",
    "stopped reading": "stopped",
}
_MODES: dict[str, ProgressMode] = {"PG": "page", "PCT": "percent"}
_TITLE, _TEXT = 500, 100_000
_BEST = 5.0

# The words that the form for others puts around a title, a comment or a quotation.
_REVIEW_OF = re.compile(
    r'Review of "(.{1,500}?)"(?: \((\d(?:\.\d+)?) stars?\))?(?:: (.*))?\Z', re.DOTALL
)
_COMMENT_ON = re.compile(
    r"<p>\(comment on <a ([^>]{1,2200})>(?:<i>)?([^<]{1,500})(?:</i>)?</a>(?:, p\. (\d{1,6}))?\)</p>\s*\Z"
)
_QUOTED_FROM = re.compile(
    r"<p>— (?:([^<:]{1,300}): )?<a ([^>]{1,2200})>(?:<i>)?([^<]{1,500})(?:</i>)?</a>"
    r"(?:, pp?\. (\d{1,6})(?:[-–](\d{1,6}))?)?</p>"
)
_RATED = re.compile(r"<a ([^>]{1,2200})>([^<]{1,500})</a>")


class _Words(NamedTuple):
    """What was found in the words of the form for others."""

    content: str
    title: str | None = None
    by: str | None = None
    position: str | None = None
    end_position: str | None = None


class BookWyrmReader:
    """See ``weft.federation.dialects.Reader``."""

    name = "bookwyrm"
    types = frozenset(("GeneratedNote",))
    members = frozenset(
        (
            "inReplyToBook",
            "tag",
        )
    )

    def claims_post(self, document: JsonObject) -> bool:
        if first_type(document, _KINDS) is None or "relatedWith" in document:
            return False
        if "inReplyToBook" in document or first_type(document, ("GeneratedNote",)) is not None:
            return True
        return first_type(document, ("Note",)) is not None and bool(_tagged(document))

    def claims_actor(self, document: JsonObject) -> bool:
        """Its profiles are ordinary ones."""
        return False

    def read_actor(self, document: JsonObject) -> RemoteActor:
        return read_actor(document)

    def read_post(self, document: JsonObject, followers_uri: str | None) -> RemotePost:
        """What somebody says of a book, or that they moved it to another shelf."""
        type_ = first_type(document, _KINDS) or "Note"
        quotation = document.get("quote")
        quotation = quotation[:_TEXT] if isinstance(quotation, str) else ""
        rating = _rating(document.get("rating"))
        kind = _KINDS[type_]
        if type_ == "Note" and quotation:
            kind = PostKind.QUOTATION
        elif type_ == "Note" and rating is not None:
            kind = PostKind.RATING
        # What it calls a quote is text, and no post.
        bare = {key: value for key, value in document.items() if key not in ("quote", "name")}
        words = _words(document, kind, text_of(bare.get("content")) or "")
        long = kind is PostKind.REVIEW
        bare |= {"type": "Article" if long else "Note", "content": words.content}
        read = read_post(bare, followers_uri)
        title, of_title, stars = _title(document)
        status, is_generated = _status(document, type_, read.content)
        review = ReviewFacets(
            work=_work(document, words.title or of_title, words.by),
            rating=rating if rating is not None else stars,
            best=_BEST,
            quotation=clean_html(quotation, "remote_post") or None,
            position=_digits(document.get("position")) or words.position,
            end_position=_digits(document.get("endPosition")) or words.end_position,
            position_mode=_mode(document.get("positionMode"), words.position),
            progress=_digits(document.get("progress")),
            progress_mode=_mode(document.get("progressMode"), None),
            status=status,
            is_generated=is_generated,
        )
        facets = PostFacets(review=review)
        return replace(read, kind=kind, title=title if long else None, vote=None, facets=facets)


def _words(document: JsonObject, kind: PostKind, content: str) -> _Words:
    """The content without what only repeats the members about the book."""
    book = web_address(document.get("inReplyToBook")) or ""
    content = content[: 512 * 1024]
    if kind is PostKind.RATING:
        rated = _RATED.search(content[:_TEXT])
        return _Words("", html_to_text(rated[2]) if rated and book in rated[1] else None)
    if kind is PostKind.QUOTATION:
        found = _QUOTED_FROM.search(content[:_TEXT])
        if found is not None and book in found[2]:
            said = content[found.end() :]
            return _Words(said, html_to_text(found[3]), found[1], found[4], found[5])
    if kind is PostKind.NOTE:
        on = _COMMENT_ON.search(content[-4000:])
        if on is not None and book in on[1]:
            said = content[: len(content) - len(on[0])]
            return _Words(said, html_to_text(on[2]), None, on[3])
    return _Words(content)


def _title(document: JsonObject) -> tuple[str | None, str | None, float | None]:
    """The review's own title, the book's, and the stars, where the form for others has them in one."""
    name = html_to_text(text_of(document.get("name")) or "")[:2048]
    found = _REVIEW_OF.match(name)
    if found is None or first_type(document, ("Review",)) is not None:
        return name or None, None, None
    return (found[3] or "").strip() or None, found[1], _rating(found[2])


def _rating(value: Any) -> float | None:
    found = number(value)
    return float(found) if found is not None and 0 < found <= _BEST else None


def _tagged(document: JsonObject) -> list[JsonObject]:
    return [
        each
        for each in objects(document.get("tag"))
        if first_type(each, _BOOKS) is not None and web_address(each.get("href")) is not None
    ]


def _work(document: JsonObject, title: str | None, by: str | None) -> Work | None:
    """The book by its id; its title as the tag, the words or the cover's description tell it."""
    tags = _tagged(document)
    uri = web_address(document.get("inReplyToBook"))
    if uri is None:
        uri = next((web_address(each.get("href")) for each in tags), None)
    if uri is None:
        return None
    tag = next((each for each in tags if web_address(each.get("href")) == uri), {})
    named = html_to_text(text_of(tag.get("name")) or "").removeprefix("@") or title or ""
    covers = [picture(each) for each in objects(document.get("attachment"))]
    return Work(
        uri=uri,
        kind="book",
        title=named[:_TITLE],
        creators=(Credit(name=html_to_text(by)),) if by else (),
        cover_url=next((each for each in covers if each is not None), None),
        url=uri,
    )


def _status(document: JsonObject, type_: str, content: str) -> tuple[Status | None, bool]:
    """What they do with the book, and whether the server says it for them."""
    given = _STATUSES.get(text_of(document.get("readingStatus")) or "")
    if type_ not in ("GeneratedNote", "Note") or "inReplyToBook" in document:
        return given, False
    said = html_to_text(content)[:1000].lower()
    phrase = next((_PHRASES[each] for each in _PHRASES if each in said), None)
    return given or phrase, type_ == "GeneratedNote" or phrase is not None


def _digits(value: Any) -> str | None:
    """Pages are numbers or text on the wire."""
    if isinstance(value, str):
        return value.strip()[:40] or None
    found = integer(value)
    return str(found) if found is not None else None


def _mode(value: Any, page: str | None) -> ProgressMode | None:
    return _MODES.get(text_of(value) or "", "page" if page else None)
