"""What the documents of all posts have in common; a platform adds to it and takes from it."""

from weft.domain.markup.plain import html_to_text
from weft.domain.posts.records import Post, post_facets
from weft.domain.server import Server
from weft.federation.facts import PostFacts
from weft.federation.writing.parts import (
    addressing,
    quote_fallback,
    write_attachment,
    write_tags,
)
from weft.federation.writing.values import JsonObject, timestamp


def common(server: Server, facts: PostFacts, type_: str) -> JsonObject:
    """A post as ``type_``, without what only some platforms write."""
    return members(server, facts, type_) | edited(facts.post) | as_typed(facts.post)


def members(server: Server, facts: PostFacts, type_: str, **more: str | None) -> JsonObject:
    """What every post has; ``more`` stands before its text."""
    post, author = facts.post, facts.author
    to, cc = addressing(facts)
    return {
        "id": post.uri,
        "type": type_,
        "summary": post.summary,
        "inReplyTo": post.in_reply_to_uri,
        "published": timestamp(post.published_at),
        "url": post.url or (page_of(facts) if post.local else None),
        "attributedTo": author.uri,
        "to": to,
        "cc": cc,
        "sensitive": post.sensitive or author.sensitized_at is not None,
        **more,
        "content": with_quote(facts),
        "attachment": [write_attachment(server, each) for each in facts.attachments],
        "tag": write_tags(server, facts),
        "replies": replies_of(post),
    }


def edited(post: Post) -> JsonObject:
    """When its author changed it last."""
    return {"updated": timestamp(post.edited_at)} if post.edited_at is not None else {}


def as_typed(post: Post) -> JsonObject:
    """What its author typed, as its ``source``."""
    source, language = typed(post)
    if source is None or language is None:
        return {}
    return {"source": {"content": source, "mediaType": language}}


def with_quote(facts: PostFacts) -> str:
    """Its text, and where it quotes the link to what it quotes; another server's text has that already."""
    content = facts.post.content
    if facts.quote is None or (not facts.post.local and "quote-inline" in content):
        return content
    return quote_fallback(facts) + content


def page_of(facts: PostFacts) -> str:
    """Where people read it."""
    post = facts.post
    return post.url or (f"{facts.author.url}/{post.id}" if post.local else post.uri)


def replies_of(post: Post) -> str | None:
    """Its collection of replies, on its own server."""
    return f"{post.uri}/replies" if post.local else post_facets(post.facets).replies_uri


def typed(post: Post) -> tuple[str | None, str | None]:
    """What its author typed and in which language, as far as it is known."""
    if post.source is not None:
        return post.source, post.source_format
    facets = post_facets(post.facets)
    return facets.source, facets.source_format


def title_of(post: Post, most: int) -> str:
    """Its title; of a post without one, the beginning of its first line. Never more than ``most`` letters."""
    if post.title:
        return post.title[:most]
    first = next(iter(html_to_text(post.content).strip().splitlines()), "")
    return first[:most].strip() or "Untitled"
