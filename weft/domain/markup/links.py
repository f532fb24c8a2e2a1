"""Mentions, hashtags and links as HTML in the shape that clients and servers look for.

The classes are a contract (interop: mastodon.md A4): a client opens ``mention`` and ``hashtag``
inside itself, hides ``invisible`` and puts … after ``ellipsis``.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping
from html import escape
from urllib.parse import quote

from msgspec import Struct

from weft.domain.markup.extract import Found, HashtagFound, LinkFound, MentionFound, extract


class Mentioned(Struct, frozen=True):
    """Where a mention leads: the person's page, and the handle to show."""

    url: str
    name: str
    domain: str | None = None


class Linker(Struct, frozen=True):
    """What becomes a link in one text.

    ``mentions`` is by :attr:`MentionFound.handle`; a handle that is not there stays text.
    ``tags`` are the names to link, all if None. ``origin`` is this server's, for hashtag pages.
    """

    mentions: Mapping[str, Mentioned]
    origin: str
    tags: Collection[str] | None = None

    def html(self, text: str) -> str:
        """*text* escaped, with its links; line ends as they were."""
        found = extract(text)
        namesakes = self._namesakes(found)
        pieces: list[str] = []
        position = 0
        for item in _in_order(found):
            anchor = self._anchor(item, namesakes)
            if anchor is not None:
                pieces += [escape(text[position : item.start], quote=False), anchor]
                position = item.end
        return "".join([*pieces, escape(text[position:], quote=False)])

    def _anchor(
        self, item: MentionFound | HashtagFound | LinkFound, namesakes: set[str]
    ) -> str | None:
        if isinstance(item, LinkFound):
            return link_html(item.url)
        if isinstance(item, HashtagFound):
            if self.tags is not None and item.name not in self.tags:
                return None
            return hashtag_html(item.display, item.name, self.origin)
        person = self.mentions.get(item.handle)
        if person is None:
            return None
        return mention_html(person, with_domain=person.name.lower() in namesakes)

    def _namesakes(self, found: Found) -> set[str]:
        """Names that belong to several of the people in a text, who must be told apart."""
        people = {self.mentions[m.handle] for m in found.mentions if m.handle in self.mentions}
        counts = Counter(person.name.lower() for person in people)
        return {name for name, count in counts.items() if count > 1}


def _in_order(found: Found) -> list[MentionFound | HashtagFound | LinkFound]:
    return sorted([*found.mentions, *found.hashtags, *found.links], key=lambda item: item.start)


def mention_html(person: Mentioned, *, with_domain: bool = False) -> str:
    shown = f"{person.name}@{person.domain}" if with_domain and person.domain else person.name
    return (
        f'<span class="h-card" translate="no"><a href="{escape(person.url)}"'
        f' class="u-url mention">@<span>{escape(shown)}</span></a></span>'
    )


def hashtag_html(display: str, name: str, origin: str) -> str:
    address = f"{origin}/tags/{quote(name)}"
    return (
        f'<a href="{escape(address)}" class="mention hashtag" rel="tag">'
        f"#<span>{escape(display)}</span></a>"
    )


_HIDDEN_START = re.compile(r"(?:https?://(?:www\.)?|xmpp:)", re.IGNORECASE)
_SHOWN_CHARS = 30


def link_html(url: str) -> str:
    """A link that shows the first 30 characters after the scheme, and hides the rest."""
    start = _HIDDEN_START.match(url)
    prefix = start[0] if start else ""
    shown = url[len(prefix) : len(prefix) + _SHOWN_CHARS]
    rest = url[len(prefix) + _SHOWN_CHARS :]
    return (
        f'<a href="{escape(url)}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{escape(prefix)}</span>'
        f'<span class="{"ellipsis" if rest else ""}">{escape(shown)}</span>'
        f'<span class="invisible">{escape(rest)}</span></a>'
    )
