"""What can be said, as far as platforms differ in how they take it."""

from enum import StrEnum

from weft.domain.actors.records import actor_facets
from weft.domain.posts.records import Post, PostFacets, PostKind, post_facets
from weft.domain.visibility.viewer import Visibility
from weft.federation.facts import PostFacts

FEW_PICTURES = 4
"""As many as microblogs show of one post (Mastodon's A4)."""


class Said(StrEnum):
    """A row of the table, by its name in it."""

    NOTE = "note"
    QUESTION = "question"
    ALBUM = "album of more than four pictures"
    VIDEO = "video"
    STREAM = "live stream"
    TRACK = "track"
    LISTEN = "listen"
    ARTICLE = "article"
    PAGE = "page or link"
    THREAD = "thread"
    COMMENT = "comment in a thread"
    REVIEW = "review"
    RATING = "rating"
    QUOTATION = "quotation from a work"
    REMARK = "comment on a work"
    SHELF = "shelf status"
    EVENT = "event"
    CHAT = "chat message"
    QUOTE = "quote of a post"
    CUSTOM_EMOJI = "custom emoji"
    BOOST = "boost"
    LIKE = "like"
    EMOJI_REACTION = "emoji reaction"
    DOWNVOTE = "downvote"


POSTS = tuple(
    each
    for each in Said
    if each
    not in {
        Said.QUOTE,
        Said.CUSTOM_EMOJI,
        Said.BOOST,
        Said.LIKE,
        Said.EMOJI_REACTION,
        Said.DOWNVOTE,
    }
)
"""What a post can be; a quote and custom emoji are in posts of any kind."""

_KINDS = {
    PostKind.ALBUM: Said.ALBUM,
    PostKind.ARTICLE: Said.ARTICLE,
    PostKind.VIDEO: Said.VIDEO,
    PostKind.TRACK: Said.TRACK,
    PostKind.LINK: Said.PAGE,
    PostKind.THREAD: Said.THREAD,
    PostKind.COMMENT: Said.COMMENT,
    PostKind.REVIEW: Said.REVIEW,
    PostKind.RATING: Said.RATING,
    PostKind.QUOTATION: Said.QUOTATION,
    PostKind.QUESTION: Said.QUESTION,
    PostKind.EVENT: Said.EVENT,
    PostKind.BOOST: Said.BOOST,
}


def said_in(facts: PostFacts) -> Said:
    """What a post is."""
    post = facts.post
    facets = post_facets(post.facets)
    kind = PostKind(post.kind)
    if facets.chat:
        return Said.CHAT
    if facts.poll is not None:
        return Said.QUESTION
    if kind is PostKind.VIDEO:
        return Said.STREAM if facets.video is not None and facets.video.is_live else Said.VIDEO
    if kind in (PostKind.NOTE, PostKind.COMMENT) and (of_work := _of_work(post, facets)):
        return of_work
    if kind is PostKind.NOTE and facts.places and post.in_reply_to_uri is not None:
        return Said.COMMENT
    if kind in (PostKind.NOTE, PostKind.ALBUM):
        return Said.ALBUM if len(facts.attachments) > FEW_PICTURES else Said.NOTE
    return _KINDS[kind]


def _of_work(post: Post, facets: PostFacets) -> Said | None:
    """A Note that says something of a book, a film or a piece of music."""
    if facets.listen is not None:
        return Said.LISTEN
    if facets.review is None:
        return None
    moved = facets.review.status is not None and not post.content
    return Said.SHELF if facets.review.is_generated or moved else Said.REMARK


def is_between_two(facts: PostFacts) -> bool:
    """A direct post to exactly one."""
    return facts.post.visibility >= Visibility.DIRECT and len(facts.addressed) == 1


def takes_chat(facts: PostFacts) -> bool:
    """It is, and to somebody who does not say that they take no chat messages."""
    return is_between_two(facts) and actor_facets(facts.addressed[0].facets).chats is not False
