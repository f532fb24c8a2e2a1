"""How a post becomes what rules see: the same for ours and for other servers'."""

import re
from html import escape, unescape
from typing import Any

from msgspec import structs

from weft.domain.actors.records import Actor, ActorKind
from weft.domain.markup.plain import html_to_text, text_as_paragraphs
from weft.domain.policy.records import Author, Changes, PostView
from weft.domain.posts.records import PostFacets, PostKind, Tag
from weft.domain.visibility.viewer import Visibility

LONGEST_TEXT = 100_000
MOST_LINKS = 2000
_TAGS = re.compile(r"(<[^>]*>)")
_ANCHOR = re.compile(r"<a\s([^>]*)>")
_HREF = re.compile(r'\bhref="([^"]*)"')
_CLASS = re.compile(r'\bclass="([^"]*)"')
_MARKS = frozenset(("mention", "hashtag"))
_FILES = re.compile(r"<(?:img|video|audio|source)\b[^>]*>|</(?:video|audio)>")
_SHOWS_FILES = {PostKind.ALBUM, PostKind.VIDEO, PostKind.TRACK}


def author_of(actor: Actor) -> Author:
    """An actor that is here."""
    return Author(
        uri=actor.uri,
        handle=actor.handle,
        host=actor.host,
        local=actor.local,
        kind=ActorKind(actor.kind),
        name=actor.name,
        known_since=actor.arrived_at,
    )


def words_of(title: str | None, summary: str | None, content: str) -> str:
    """All that a post says, as text."""
    parts = (title or "", summary or "", html_to_text(content))
    return "\n\n".join(each for each in parts if each)[:LONGEST_TEXT]


def links_of(content: str, link_url: str | None, named: int) -> tuple[str, ...]:
    """Addresses that a text links to. Links that call themselves mentions or hashtags are not
    counted, but no more of them than the ``named`` that there are."""
    found = [link_url] if link_url is not None else []
    for anchor in _ANCHOR.finditer(content):
        href, classes = _HREF.search(anchor[1]), _CLASS.search(anchor[1])
        if href is None or len(found) >= MOST_LINKS:
            continue
        if named > 0 and classes is not None and not _MARKS.isdisjoint(classes[1].split()):
            named -= 1
            continue
        found.append(unescape(href[1]))
    return tuple(dict.fromkeys(found))


def view(
    *,
    kind: PostKind,
    visibility: Visibility,
    title: str | None,
    summary: str | None,
    content: str,
    link_url: str | None,
    sensitive: bool,
    language: str | None,
    tags: tuple[str, ...],
    mentions: int,
    media: int,
    is_reply: bool,
    published_at: int | None,
) -> PostView:
    return PostView(
        kind=kind,
        visibility=visibility,
        text=words_of(title, summary, content),
        summary=summary or "",
        sensitive=sensitive,
        language=language,
        tags=tags,
        links=links_of(content, link_url, mentions + len(tags)),
        mentions=mentions,
        media=media,
        is_reply=is_reply,
        published_at=published_at,
    )


def without_files(
    kind: PostKind, content: str, facets: PostFacets, link_url: str | None
) -> tuple[PostKind, str, PostFacets]:
    """What is left of a post when its files are taken away: a video is a link then."""
    if kind in _SHOWS_FILES:
        kind = PostKind.LINK if link_url is not None else PostKind.NOTE
    facets = structs.replace(facets, video=None, track=None, icon_url=None)
    return kind, _FILES.sub("", content), facets


def warned(sensitive: bool, summary: str | None, changes: Changes) -> tuple[bool, str | None]:
    """``sensitive`` and the warning, with the changes."""
    return sensitive or changes.sensitive, summary or changes.summary


def reworded_html(content: str, changes: Changes) -> str:
    """HTML with the swaps made in what a reader sees of it. Where markup cuts a word in two, the markup
    goes, so that nobody hides words so."""
    pieces = _TAGS.split(content)
    for at, piece in enumerate(pieces):
        if not piece.startswith("<"):
            plain = unescape(piece)
            swapped = changes.reworded(plain)
            pieces[at] = piece if swapped == plain else escape(swapped, quote=False)
    done = "".join(pieces)
    text = html_to_text(done)
    swapped = changes.reworded(text)
    return done if swapped == text else text_as_paragraphs(swapped)


def rewordings(
    content: str, title: str | None, summary: str | None, tags: tuple[Tag, ...], changes: Changes
) -> dict[str, Any]:
    """These fields of a post as the swaps leave them. A hashtag of a word that is swapped goes."""
    if not changes.swaps:
        return {}
    return {
        "content": reworded_html(content, changes),
        "title": changes.reworded(title) or None if title else title,
        "summary": changes.reworded(summary) or None if summary else summary,
        "tags": tuple(each for each in tags if changes.reworded(each.name) == each.name),
    }
