"""What a person typed, read: whom and what it names, and how it looks as HTML."""

from collections.abc import Callable, Collection, Mapping

from msgspec import Struct

from weft.domain.actors.records import Actor
from weft.domain.markup.extract import Found, extract, handle_of
from weft.domain.markup.links import Mentioned
from weft.domain.markup.markdown import (
    extract_html,
    extract_markdown,
    html_to_html,
    markdown_to_html,
)
from weft.domain.markup.plain import text_to_html
from weft.domain.markup.sanitise import SANITISER_VERSION
from weft.domain.posts.records import Tag
from weft.domain.server import Server

MAX_TAGS = 100
PLAIN = "text/plain"
_READ: Mapping[str, Callable[[str], Found]] = {
    "text/markdown": extract_markdown,
    "text/html": extract_html,
}
_Write = Callable[[str, Mapping[str, Mentioned], Collection[str] | None, str], str]
_WRITE: Mapping[str, _Write] = {"text/markdown": markdown_to_html, "text/html": html_to_html}


class Written(Struct, frozen=True):
    """A text as it is stored: HTML that needs no cleaning, and its hashtags."""

    html: str
    tags: tuple[Tag, ...]
    sanitiser: int = SANITISER_VERSION


def handles_in(server: Server, text: str, written_in: str = PLAIN) -> list[str]:
    """Who is named: ``name@domain`` in lower case, each once, in the order of the text."""
    return list(_full_handles(server, _read(text, written_in)).values())


def _read(text: str, written_in: str) -> Found:
    return _READ.get(written_in, extract)(text)


def _full_handles(server: Server, found: Found) -> dict[str, str]:
    """From a handle as it was typed to one with a domain, ours where none was named."""
    return {
        mention.handle: handle_of(mention.name, mention.domain or server.domain)
        for mention in found.mentions
    }


def write_html(
    server: Server, text: str, people: Mapping[str, Actor], written_in: str = PLAIN
) -> Written:
    """A text as HTML; ``people`` is by the handles of ``handles_in``, others stay text."""
    found = _read(text, written_in)
    mentions = {
        typed: Mentioned(people[full].url, people[full].username, people[full].domain)
        for typed, full in _full_handles(server, found).items()
        if full in people
    }
    tags: dict[str, Tag] = {}
    for hashtag in found.hashtags:
        if len(tags) < MAX_TAGS:
            tags.setdefault(hashtag.name, Tag(hashtag.name, hashtag.display))
    return Written(
        html=_WRITE.get(written_in, text_to_html)(text, mentions, tags, server.origin),
        tags=tuple(tags.values()),
    )
