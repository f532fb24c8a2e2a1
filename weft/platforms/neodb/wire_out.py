"""Writes marks, reviews and notes as NeoDB reads them: posts that say in ``relatedWith`` what they say of
a work, in terms that can be counted. Source: section 4 of the interop notes of BookWyrm.
"""

from typing import Any

from weft.domain.markup.plain import html_to_text
from weft.domain.posts.kinds import ReviewFacets, Work
from weft.domain.posts.records import Post, PostKind, post_facets
from weft.domain.server import Server
from weft.federation.facts import PostFacts
from weft.federation.reading.markup import MARKDOWN
from weft.federation.writing.posts import common, page_of, typed
from weft.federation.writing.values import AS, JsonObject, timestamp

CONTEXT: list[Any] = [
    AS,
    {
        "Hashtag": "as:Hashtag",
        "sensitive": "as:sensitive",
        "neodb": "https://neodb.net/ns#",
        "relatedWith": "neodb:relatedWith",
        "withRegardTo": "neodb:withRegardTo",
    },
]
_TYPES = {
    "book": "Edition",
    "film": "Movie",
    "series": "TVShow",
    "season": "TVSeason",
    "episode": "TVEpisode",
    "album": "Album",
    "game": "Game",
    "podcast": "Podcast",
    "performance": "Performance",
}
_STATUSES = {"wants": "wishlist", "reading": "progress", "read": "complete", "stopped": "dropped"}
_MODES = {
    "page": "page",
    "percent": "percentage",
    "chapter": "chapter",
    "track": "track",
    "episode": "episode",
    "cycle": "cycle",
    "part": "part",
    "time": "timestamp",
}
_BEST = 10
_KINDS = frozenset((PostKind.NOTE, PostKind.REVIEW, PostKind.RATING, PostKind.QUOTATION))


def write_post(server: Server, facts: PostFacts) -> JsonObject | None:
    """What somebody says of a work; None for all else."""
    post, review = facts.post, post_facets(facts.post.facets).review
    if review is None or review.work is None or post.kind not in _KINDS:
        return None
    is_review = post.kind == PostKind.REVIEW and bool(post.title)
    document = common(server, facts, "Article" if is_review else "Note")
    if is_review:
        document["name"] = post.title
    tag = _tag(review.work)
    if tag is not None:
        document["tag"].append(tag)
    pieces = _of_review(facts) if is_review else _of_mark(post, review)
    if is_review and review.rating is not None:
        pieces.append(_rating(review))
    about = {
        "withRegardTo": review.work.uri,
        "attributedTo": facts.author.uri,
        "href": page_of(facts),
        "published": timestamp(post.published_at),
        "updated": timestamp(post.edited_at or post.published_at),
    }
    document["relatedWith"] = [
        {"id": f"{post.uri}#{str(each['type']).lower()}", **each, **about} for each in pieces
    ]
    return document


def _tag(work: Work) -> JsonObject | None:
    """Works of a kind that it does not know, it finds by their address."""
    type_ = _TYPES.get(work.kind)
    if type_ is None:
        return None
    tag: JsonObject = {"type": type_, "href": work.uri, "name": work.title}
    return tag | ({"image": work.cover_url} if work.cover_url else {})


def _of_review(facts: PostFacts) -> list[JsonObject]:
    """The review in Markdown if it was written so, else as plain text, which is Markdown as well."""
    source, language = typed(facts.post)
    content = source if language == MARKDOWN else html_to_text(facts.post.content)
    return [
        {
            "type": "Review",
            "name": facts.post.title,
            "content": content,
            "mediaType": MARKDOWN,
        }
    ]


def _of_mark(post: Post, review: ReviewFacets) -> list[JsonObject]:
    """A place on a shelf, stars, a remark, or how far somebody is."""
    pieces: list[JsonObject] = []
    said = "" if review.is_generated else html_to_text(post.content).strip()
    remark = review.remark or said
    if review.status is not None:
        pieces.append({"type": "Status", "status": _STATUSES[review.status]})
    if review.progress is not None and review.progress_mode is not None:
        note: JsonObject = {"type": "Note", "content": remark, "sensitive": post.sensitive}
        if review.remark_title:
            note["title"] = review.remark_title
        reached = {"type": _MODES[review.progress_mode], "value": review.progress}
        pieces.append(note | {"progress": reached})
    elif remark:
        pieces.append({"type": "Comment", "content": remark} | _moment(review))
    if review.rating is not None:
        pieces.append(_rating(review))
    return pieces


def _moment(review: ReviewFacets) -> JsonObject:
    """Where in an episode it was said."""
    if review.position is None or review.position_mode != "time":
        return {}
    return {
        "relatedWithItemPosition": float(review.position),
        "relatedWithItemPositionType": "time",
    }


def _rating(review: ReviewFacets) -> JsonObject:
    value = round((review.rating or 0) / review.best * _BEST)
    return {"type": "Rating", "value": max(1, value), "best": _BEST, "worst": 1}
