"""Feeds: RSS 2.0 (https://www.rssboard.org/rss-specification) and Atom (RFC 4287) of a person and of a tag.

What is in them is what anybody may see: no boosts, no replies, nothing for members only.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from xml.etree import ElementTree as Xml

from litestar.response.base import ASGIResponse
from msgspec import Struct

from weft.domain.actors.queries import actors_by_ids
from weft.domain.actors.records import Actor
from weft.domain.markup.extract import tag_name
from weft.domain.markup.plain import html_to_text
from weft.domain.posts.queries import (
    AttachmentRow,
    TagRow,
    attachments_of,
    posts_by_author,
    tags_of,
)
from weft.domain.posts.records import Post
from weft.domain.timelines.queries import tag_page
from weft.domain.visibility.viewer import Anonymous, viewer_params
from weft.storage.ids import MAX_ID
from weft.web.pages.finding import NOBODY, person_of
from weft.web.pages.previews import absolute, face, shortened
from weft.web.visits import Visit

LIMIT = 20
_ATOM = "http://www.w3.org/2005/Atom"
_MEDIA = "http://search.yahoo.com/mrss/"
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CACHED = {"cache-control": "public, max-age=60, stale-while-revalidate=60"}
KINDS = {".rss": "application/rss+xml", ".atom": "application/atom+xml"}


class Entry(Struct, frozen=True):
    """A post in a feed."""

    post: Post
    author: Actor
    page: str
    attachments: Sequence[AttachmentRow]
    tags: Sequence[TagRow]


class Feed(Struct, frozen=True, kw_only=True):
    title: str
    description: str
    url: str
    """The page whose feed this is."""
    own: str
    image: str | None
    entries: list[Entry]


def ending(path: str) -> str | None:
    """``.rss`` or ``.atom``, if a path asks for a feed."""
    return next((each for each in KINDS if path.endswith(each)), None)


async def of_person(visit: Visit, typed: str, kind: str) -> ASGIResponse:
    """GET /@name.rss, /@name.atom"""
    actor = await person_of(visit, typed)
    if not actor.local or not actor.stands:
        raise NOBODY
    rows = await visit.parts.db.all(
        posts_by_author,
        who="anonymous",
        without_replies=True,
        without_boosts=True,
        author=actor.id,
        **_newest(visit),
    )
    return _answer(
        Feed(
            title=f"{actor.name} (@{actor.username}@{actor.domain})",
            description=shortened(html_to_text(actor.summary)),
            url=actor.url,
            own=visit.parts.server.origin + visit.here,
            image=face(visit, actor),
            entries=await _entries(visit, rows),
        ),
        kind,
        visit,
    )


async def of_tag(visit: Visit, typed: str, kind: str) -> ASGIResponse:
    """GET /tags/TAG.rss, /tags/TAG.atom"""
    name = tag_name(typed.removeprefix("#"))
    rows = await visit.parts.db.all(
        tag_page, who="anonymous", origin="any", only_media=False, tag=name, **_newest(visit)
    )
    origin = visit.parts.server.origin
    return _answer(
        Feed(
            title=f"#{name}",
            description=f"Public posts with #{name}, as {visit.parts.server.domain} knows them",
            url=f"{origin}/tags/{name}",
            own=origin + visit.here,
            image=None,
            entries=await _entries(visit, rows),
        ),
        kind,
        visit,
    )


def _newest(visit: Visit) -> dict[str, int | str]:
    now = visit.parts.server.now_ms()
    bounds: dict[str, int | str] = {"max_id": MAX_ID + 1, "min_id": 0, "limit": LIMIT}
    return bounds | viewer_params(Anonymous(), now, "show")


async def _entries(visit: Visit, posts: Sequence[Post]) -> list[Entry]:
    db = visit.parts.db
    ids = [post.id for post in posts]
    people = await db.all(actors_by_ids, ids=list({post.author_id for post in posts}))
    actors = {each.id: each for each in people}
    attachments: dict[int, list[AttachmentRow]] = {}
    for row in sorted(await db.all(attachments_of, ids=ids), key=lambda each: each.position):
        attachments.setdefault(row.post_id, []).append(row)
    tags: dict[int, list[TagRow]] = {}
    for tag in sorted(await db.all(tags_of, ids=ids), key=lambda each: each.tag_id):
        tags.setdefault(tag.post_id, []).append(tag)
    return [
        Entry(
            post,
            actors[post.author_id],
            _page(visit, post, actors[post.author_id]),
            attachments.get(post.id, ()),
            tags.get(post.id, ()),
        )
        for post in posts
        if post.author_id in actors
    ]


def _page(visit: Visit, post: Post, author: Actor) -> str:
    if not post.local:
        return post.url or post.uri
    return f"{visit.parts.server.origin}/@{author.username}/{post.id}"


def _answer(feed: Feed, kind: str, visit: Visit) -> ASGIResponse:
    root = _rss(feed, visit) if kind == ".rss" else _atom(feed, visit)
    body = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return ASGIResponse(
        body=body,
        media_type=f"{KINDS[kind]}; charset=utf-8",
        headers=_CACHED | {"x-content-type-options": "nosniff"},
    )


def _put(parent: Xml.Element, name: str, text: str | None = None, **attributes: str) -> Xml.Element:
    made = Xml.SubElement(
        parent, name, {key: _NOT_XML.sub("", value) for key, value in attributes.items()}
    )
    if text is not None:
        made.text = _NOT_XML.sub("", text)
    return made


def _content(entry: Entry) -> str:
    """HTML; a content warning stands before it, because readers of feeds know no other way."""
    post = entry.post
    html = post.content
    if post.summary:
        warning = _NOT_XML.sub("", post.summary)
        holder = Xml.Element("p")
        strong = Xml.SubElement(holder, "strong")
        strong.text = f"Content warning: {warning}"
        html = f"{Xml.tostring(holder, encoding='unicode')}<hr />{html}"
    return html


def _title(entry: Entry) -> str:
    post = entry.post
    return (
        post.title
        or (f"Content warning: {shortened(post.summary)}" if post.summary else "")
        or shortened(html_to_text(post.content))[:100]
        or "Post"
    )


def _rss(feed: Feed, visit: Visit) -> Xml.Element:
    Xml.register_namespace("media", _MEDIA)
    Xml.register_namespace("atom", _ATOM)
    root = Xml.Element("rss", {"version": "2.0"})
    channel = _put(root, "channel")
    _put(channel, "title", feed.title)
    _put(channel, "description", feed.description)
    _put(channel, "link", feed.url)
    _put(channel, f"{{{_ATOM}}}link", rel="self", type=KINDS[".rss"], href=feed.own)
    if feed.image is not None:
        image = _put(channel, "image")
        _put(image, "url", feed.image)
        _put(image, "title", feed.title)
        _put(image, "link", feed.url)
    if feed.entries:
        _put(channel, "lastBuildDate", _rfc822(feed.entries[0].post.published_at))
    for entry in feed.entries:
        item = _put(channel, "item")
        _put(item, "guid", entry.post.uri, isPermaLink="false")
        _put(item, "title", _title(entry))
        _put(item, "link", entry.page)
        _put(item, "pubDate", _rfc822(entry.post.published_at))
        _put(item, "description", _content(entry))
        for tag in entry.tags:
            _put(item, "category", tag.display)
        for file in entry.attachments:
            made = _put(
                item,
                f"{{{_MEDIA}}}content",
                url=_url(visit, file),
                type=file.content_type or "application/octet-stream",
            )
            rated = "adult" if entry.post.sensitive else "nonadult"
            _put(made, f"{{{_MEDIA}}}rating", rated, scheme="urn:simple")
            if file.description:
                _put(made, f"{{{_MEDIA}}}description", file.description, type="plain")
    return root


def _atom(feed: Feed, visit: Visit) -> Xml.Element:
    Xml.register_namespace("", _ATOM)
    root = Xml.Element(f"{{{_ATOM}}}feed")

    def put(parent: Xml.Element, name: str, text: str | None = None, **more: str) -> Xml.Element:
        return _put(parent, f"{{{_ATOM}}}{name}", text, **more)

    put(root, "id", feed.url)
    put(root, "title", feed.title)
    put(root, "subtitle", feed.description)
    put(root, "link", rel="alternate", type="text/html", href=feed.url)
    put(root, "link", rel="self", type=KINDS[".atom"], href=feed.own)
    if feed.image is not None:
        put(root, "logo", feed.image)
    newest = max((_changed(entry.post) for entry in feed.entries), default=0)
    put(root, "updated", _rfc3339(newest))
    for entry in feed.entries:
        made = put(root, "entry")
        put(made, "id", entry.post.uri)
        put(made, "title", _title(entry))
        put(made, "link", rel="alternate", type="text/html", href=entry.page)
        put(made, "published", _rfc3339(entry.post.published_at))
        put(made, "updated", _rfc3339(_changed(entry.post)))
        author = put(made, "author")
        put(author, "name", entry.author.name or entry.author.username)
        put(author, "uri", entry.author.url)
        for tag in entry.tags:
            put(made, "category", term=tag.display)
        put(made, "content", _content(entry), type="html")
        for file in entry.attachments:
            put(
                made,
                "link",
                rel="enclosure",
                type=file.content_type or "application/octet-stream",
                href=_url(visit, file),
            )
    return root


def _changed(post: Post) -> int:
    return post.edited_at or post.published_at


def _url(visit: Visit, file: AttachmentRow) -> str:
    server = visit.parts.server
    if file.store_key:
        return server.media_url(file.store_key)
    url = file.remote_url or ""
    return absolute(visit, server.shown_at(url)) if file.kind == 0 else url


def _rfc822(ms: int) -> str:
    return format_datetime(datetime.fromtimestamp(ms / 1000, UTC), usegmt=True)


def _rfc3339(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
