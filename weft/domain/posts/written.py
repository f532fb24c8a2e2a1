"""What a person typed, read: whom and what it names, and how it looks as HTML."""

from collections.abc import Mapping

from msgspec import Struct

from weft.domain.actors.records import Actor
from weft.domain.markup.extract import Found, extract, handle_of
from weft.domain.markup.links import Mentioned
from weft.domain.markup.plain import text_to_html
from weft.domain.markup.sanitise import SANITISER_VERSION
from weft.domain.posts.records import Tag
from weft.domain.server import Server

MAX_TAGS = 100


class Written(Struct, frozen=True):
    """A text as it is stored: HTML that needs no cleaning, and its hashtags."""

    html: str
    tags: tuple[Tag, ...]
    sanitiser: int = SANITISER_VERSION


def handles_in(server: Server, text: str) -> list[str]:
    """Who is named: ``name@domain`` in lower case, each once, in the order of the text."""
    return list(_full_handles(server, extract(text)).values())


def _full_handles(server: Server, found: Found) -> dict[str, str]:
    """From a handle as it was typed to one with a domain, ours where none was named."""
    return {
        mention.handle: handle_of(mention.name, mention.domain or server.domain)
        for mention in found.mentions
    }


def write_html(server: Server, text: str, people: Mapping[str, Actor]) -> Written:
    """A plain text as HTML; ``people`` is by the handles of ``handles_in``, others stay text."""
    found = extract(text)
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
        html=text_to_html(text, mentions, tags, server.origin), tags=tuple(tags.values())
    )
