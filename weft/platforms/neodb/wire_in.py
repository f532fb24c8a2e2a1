"""Reads NeoDB's marks, reviews and notes: posts that carry in ``relatedWith`` what they say of a work.

BookWyrm's types of the same names stand at the top of a document, these inside one. A piece is believed
if it is by the post's author. Source: section 4 of the interop notes of BookWyrm.
"""

from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from weft.domain.actors.store import RemoteActor
from weft.domain.markup.plain import html_to_text
from weft.domain.posts.kinds import ProgressMode, ReviewFacets, Work
from weft.domain.posts.records import PostFacets, PostKind
from weft.federation.dialects import JsonObject, RemotePost
from weft.federation.reading.actors import read_actor
from weft.federation.reading.markup import MARKDOWN, as_html
from weft.federation.reading.posts import read_post
from weft.federation.reading.values import picture, web_address
from weft.protocol.activitystreams import (
    first_id,
    first_object,
    first_type,
    number,
    objects,
    text_of,
)

_WORKS = {
    "Edition": "book",
    "Movie": "film",
    "TVShow": "series",
    "TVSeason": "season",
    "TVEpisode": "episode",
    "Album": "album",
    "Game": "game",
    "Podcast": "podcast",
    "PodcastEpisode": "episode",
    "Performance": "performance",
    "PerformanceProduction": "performance",
}
_STATUSES: dict[str, Literal["wants", "reading", "read", "stopped"]] = {
    "wishlist": "wants",
    "progress": "reading",
    "complete": "read",
    "dropped": "stopped",
}
_MODES: dict[str, ProgressMode] = {
    "page": "page",
    "percentage": "percent",
    "chapter": "chapter",
    "track": "track",
    "episode": "episode",
    "cycle": "cycle",
    "part": "part",
    "timestamp": "time",
}
_PIECES, _TITLE, _REMARK, _TEXT = 20, 500, 20_000, 200_000


class _Text(Struct, frozen=True):
    """A review's own words."""

    title: str | None
    html: str
    source: str | None


class NeoDBReader:
    """See ``weft.federation.dialects.Reader``."""

    name = "neodb"
    types = frozenset[str]()
    members = frozenset(("relatedWith",))

    def claims_post(self, document: JsonObject) -> bool:
        if first_type(document, ("Note", "Article")) is None:
            return False
        return any("withRegardTo" in each for each in objects(document.get("relatedWith")))

    def claims_actor(self, document: JsonObject) -> bool:
        """Its profiles are ordinary ones."""
        return False

    def read_actor(self, document: JsonObject) -> RemoteActor:
        return read_actor(document)

    def read_post(self, document: JsonObject, followers_uri: str | None) -> RemotePost:
        """A post, and what it says of a work in terms that can be counted."""
        read = read_post(document, followers_uri)
        pieces = _pieces(document, read.author_uri)
        if not pieces:
            return read
        named = [first_type(each) for each in pieces]
        facets = PostFacets(review=_review(document, pieces))
        long = read.kind is PostKind.ARTICLE
        if "Review" in named:
            text = _text(pieces[named.index("Review")])
            return replace(
                read,
                kind=PostKind.REVIEW,
                title=text.title or read.title,
                # An Article has the whole text already; a Note only says that there is one.
                content=read.content if long or not text.html else text.html,
                summary=None if long and not read.sensitive else read.summary,
                facets=replace(
                    facets, source=text.source, source_format=MARKDOWN if text.source else None
                ),
            )
        if "Rating" in named:
            kind = PostKind.REVIEW if "Comment" in named else PostKind.RATING
            return replace(read, kind=kind, facets=facets)
        return replace(read, facets=facets)


def _pieces(document: JsonObject, author_uri: str) -> list[JsonObject]:
    """Those by the post's author on the work that the first of them is about."""
    found = [
        each
        for each in objects(document.get("relatedWith"))[:_PIECES]
        if first_id(each.get("attributedTo")) in (author_uri, None)
        and web_address(each.get("withRegardTo")) is not None
    ]
    return [each for each in found if _about(each) == _about(found[0])]


def _about(piece: JsonObject) -> str:
    return web_address(piece.get("withRegardTo")) or ""


def _review(document: JsonObject, pieces: list[JsonObject]) -> ReviewFacets:
    review = ReviewFacets(work=_work(document, _about(pieces[0])))
    for each in pieces:
        match first_type(each):
            case "Status":
                status = _STATUSES.get(text_of(each.get("status")) or "")
                review = replace(review, status=status)
            case "Rating":
                value, best = number(each.get("value")), number(each.get("best")) or 10
                if value is not None and 0 < value <= best <= 1000:
                    review = replace(review, rating=float(value), best=float(best))
            case "Comment":
                at = number(each.get("relatedWithItemPosition"))
                if at is not None and at >= 0:
                    review = replace(review, position=f"{at:g}", position_mode="time")
                review = replace(review, remark=_plain(each.get("content")))
            case "Note":
                review = _with_progress(review, each.get("progress"))
                review = replace(
                    review,
                    remark=_plain(each.get("content")),
                    remark_title=(_plain(each.get("title")) or "")[:_TITLE] or None,
                )
    return review


def _plain(value: Any) -> str | None:
    return (text_of(value) or "")[:_REMARK].strip() or None


def _with_progress(review: ReviewFacets, value: Any) -> ReviewFacets:
    progress = first_object(value) or {}
    reached = progress.get("value")
    mode = _MODES.get(text_of(progress.get("type")) or "")
    if mode is None or isinstance(reached, bool) or not isinstance(reached, str | int | float):
        return review
    return replace(review, progress=str(reached).strip()[:40] or None, progress_mode=mode)


def _work(document: JsonObject, uri: str) -> Work:
    for each in objects(document.get("tag")):
        kind = first_type(each, _WORKS)
        if kind is not None and web_address(each.get("href")) == uri:
            return Work(
                uri=uri,
                kind=_WORKS[kind],
                title=html_to_text(text_of(each.get("name")) or "")[:_TITLE],
                cover_url=web_address(each.get("image")) or picture(each.get("image")),
                url=uri,
            )
    return Work(uri=uri, kind="work", url=uri)


def _text(piece: JsonObject) -> _Text:
    content = (text_of(piece.get("content")) or "")[:_TEXT]
    media_type = text_of(piece.get("mediaType"))
    return _Text(
        title=html_to_text(text_of(piece.get("name")) or "")[:_TITLE] or None,
        html=as_html(content, media_type, "article"),
        source=content or None if media_type == MARKDOWN else None,
    )
