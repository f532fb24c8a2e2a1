"""Writes topics and answers as forums read them: NodeBB, Discourse.

A topic's first post has the title as its ``name``; all of one topic share a ``context``, which is a
collection, and the category is their ``audience``. Source: section 4 of the interop notes of Lemmy, section 1
of those of Discourse.
"""

from typing import Any

from weft.domain.posts.records import PostKind, post_facets
from weft.domain.server import Server
from weft.federation.facts import PostFacts
from weft.federation.writing.posts import common
from weft.federation.writing.values import AS, JsonObject, known

CONTEXT: list[Any] = [AS, {"Hashtag": "as:Hashtag", "sensitive": "as:sensitive"}]
_TOPICS = frozenset((PostKind.THREAD, PostKind.LINK, PostKind.ARTICLE))


def write_post(server: Server, facts: PostFacts) -> JsonObject | None:
    """A topic or an answer in one, in a category; None for all else."""
    kind = PostKind(facts.post.kind)
    if not facts.places:
        return None
    if facts.post.in_reply_to_uri is not None:
        return write_answer(server, facts)
    return write_topic(server, facts) if kind in _TOPICS else None


def write_topic(server: Server, facts: PostFacts) -> JsonObject:
    """The first post of a topic: a Note, or an Article with what introduces it."""
    post = facts.post
    if post.kind != PostKind.ARTICLE:
        return _in_category(server, facts, "Note") | {"name": post.title}
    document = _in_category(server, facts, "Article") | {"name": post.title}
    article = post_facets(post.facets).article
    excerpt = article.summary if article is not None else None
    if excerpt:
        preview = {"type": "Note", "attributedTo": facts.author.uri, "content": excerpt}
        document |= {"summary": excerpt, "preview": preview}
    return document


def write_answer(server: Server, facts: PostFacts) -> JsonObject:
    return _in_category(server, facts, "Note")


def _in_category(server: Server, facts: PostFacts, type_: str) -> JsonObject:
    document = common(server, facts, type_)
    document |= {"audience": facts.places[0].uri, "context": facts.context_uri}
    if facts.post.link_url is not None:
        document["attachment"].append({"type": "Link", "href": facts.post.link_url})
    return known(document)
