"""What a text names: people, hashtags, links, custom emoji.

The rules are those that people know from the microblogging servers. A link is found first, so
that ``https://social.example/@alice`` mentions nobody; neither does anything `` `in code` ``.
"""

import re
import unicodedata
from collections.abc import Iterator

from msgspec import Struct


class MentionFound(Struct, frozen=True):
    """``text[start:end]`` names a person; ``domain`` is None for one of this server."""

    start: int
    end: int
    name: str
    domain: str | None

    @property
    def handle(self) -> str:
        """``name`` or ``name@domain`` in lower case: what is compared and looked up."""
        return handle_of(self.name, self.domain)


class HashtagFound(Struct, frozen=True):
    start: int
    end: int
    display: str

    @property
    def name(self) -> str:
        return tag_name(self.display)


class LinkFound(Struct, frozen=True):
    start: int
    end: int
    url: str


class Found(Struct, frozen=True):
    """Everything in one text, each in the order of the text; nothing overlaps."""

    mentions: tuple[MentionFound, ...] = ()
    hashtags: tuple[HashtagFound, ...] = ()
    links: tuple[LinkFound, ...] = ()
    shortcodes: tuple[str, ...] = ()
    """Names of custom emoji, without colons, each once."""


def handle_of(name: str, domain: str | None) -> str:
    return (f"{name}@{domain}" if domain else name).lower()


def extract(text: str) -> Found:
    """All that *text* names. Positions are in characters of *text*."""
    links = tuple(_links(text))
    taken = sorted([(link.start, link.end) for link in links] + code_spans(text))
    open_text = _blank(text, taken)
    mentions = tuple(_mentions(open_text))
    open_text = _blank(open_text, [(found.start, found.end) for found in mentions])
    hashtags = tuple(_hashtags(open_text))
    shortcodes = dict.fromkeys(match[1] for match in _SHORTCODE.finditer(open_text))
    return Found(mentions, hashtags, links, tuple(shortcodes))


def _blank(text: str, spans: list[tuple[int, int]]) -> str:
    """*text* with the same length, and line separators, which nothing contains, in *spans*."""
    pieces = []
    position = 0
    for start, end in spans:
        if start < position:
            continue
        pieces += [text[position:start], "\n" * (end - start)]
        position = end
    return "".join([*pieces, text[position:]])


# An apostrophe typed as ` must not swallow a mention: the marks stand outside words.
_CODE = re.compile(r"```.+?```|(?<![\w`])`[^`\n]+`(?![\w`])", re.DOTALL)


def code_spans(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in _CODE.finditer(text)] if "`" in text else []


_NAME = r"[A-Za-z0-9_]+(?:[.-]+[A-Za-z0-9_]+)*"
# A port belongs to the name of a server only on this machine.
_LOOPBACK = r"(?:127(?:\.\d{1,3}){3}|(?:[A-Za-z0-9-]+\.)*localhost)(?::\d{1,5})?(?![\w.-])"
_LABEL = r"[^\W_](?:[^\W_]|-)*"
_DOMAIN = rf"{_LABEL}(?:\.{_LABEL})+"
_MENTION = re.compile(rf"(?<![=/\w@])@({_NAME})(?:@({_LOOPBACK}|{_DOMAIN}))?")
_MAX_NAME = 2048
_MAX_DOMAIN = 260


def _mentions(text: str) -> Iterator[MentionFound]:
    if "@" not in text:
        return
    for match in _MENTION.finditer(text):
        found = _mention(match)
        if found:
            yield found


def mention_at(text: str, start: int) -> MentionFound | None:
    """The mention whose ``@`` is at *start*."""
    match = _MENTION.match(text, start)
    return _mention(match) if match else None


def _mention(match: re.Match[str]) -> MentionFound | None:
    name, domain = match[1], match[2]
    if len(name) > _MAX_NAME or len(domain or "") > _MAX_DOMAIN:
        return None
    if not domain:
        # ``@name@`` with something after it that is no domain is nobody's handle.
        is_cut = match.string.startswith("@", match.end())
        return None if is_cut else MentionFound(match.start(), match.end(), name, None)
    domain = domain.rstrip("-")
    end = match.start() + 2 + len(name) + len(domain)
    return MentionFound(match.start(), end, name, domain.lower())


# Middle dots and the zero-width non-joiner hold a hashtag together, but do not end or make one.
_SEPARATORS = "\u00b7\u30fb\u200c"


def _hashtags(text: str) -> Iterator[HashtagFound]:
    position = text.find("#")
    while position >= 0:
        end = _end_of_hashtag(text, position + 1)
        before = text[position - 1 : position]
        display = text[position + 1 : end]
        alone = not before or not (before.isalnum() or before in "=/)#&_")
        if alone and any(map(str.isalpha, display)) and display[0] not in _SEPARATORS:
            yield HashtagFound(position, end, display)
        position = text.find("#", max(end, position + 1))


def _end_of_hashtag(text: str, position: int) -> int:
    while position < len(text) and _holds_in_hashtag(text[position]):
        position += 1
    while position and text[position - 1] in _SEPARATORS:
        position -= 1
    return position


def _holds_in_hashtag(char: str) -> bool:
    """Letters, digits, the vowel signs of Indic scripts (which Python calls no word character)."""
    return (
        char.isalnum() or char == "_" or char in _SEPARATORS or unicodedata.category(char)[0] == "M"
    )


def is_hashtag(display: str) -> bool:
    """Could this, behind a ``#``, be typed as one hashtag?"""
    return (
        any(map(str.isalpha, display))
        and display[0] not in _SEPARATORS
        and all(map(_holds_in_hashtag, display))
    )


def tag_name(display: str) -> str:
    """What hashtags are compared by: lower case, one width, Latin letters without accents."""
    text = unicodedata.normalize("NFKC", display).lower()
    if text.isascii():
        return text
    kept: list[str] = []
    base = ""
    for char in unicodedata.normalize("NFD", text):
        if unicodedata.combining(char):
            if base.isascii():
                continue
        else:
            base = char
        kept.append(char)
    return unicodedata.normalize("NFC", "".join(kept))


_SCHEME = r"(?:https?|dat|dweb|ipfs|ipns|ssb|gopher|gemini)://|magnet:\?|xmpp:"
_LINK = re.compile(
    rf"(?<![\w@/=.])(?:{_SCHEME})[^\s<>\"`\u3000-\u3002\uff08-\uff0c\u300c-\u300f]+", re.I
)
_AUTHORITY = re.compile(
    r"https?://(?:[^\W_](?:\w|[.-])*|\[[0-9a-f:.]+\])(?::\d{1,5})?(?=[/?#]|\Z)", re.I
)
_ONLY_SCHEME = re.compile(r"\w+:[/?]*")
_TRAILING = ".,;:!?'*_~…\u2019\u201d"
_PAIRS = {")": "(", "]": "[", "}": "{"}
MAX_URL = 2048


def _links(text: str) -> Iterator[LinkFound]:
    if ":" not in text:
        return
    for match in _LINK.finditer(text):
        found = _link(match)
        if found:
            yield found


def link_at(text: str, start: int) -> LinkFound | None:
    """The link that begins at *start*."""
    match = _LINK.match(text, start)
    return _link(match) if match else None


def _link(match: re.Match[str]) -> LinkFound | None:
    url = without_trailing_marks(match[0][:MAX_URL])
    if url[:4].lower() == "http" and not _AUTHORITY.match(url):
        return None
    if url.endswith((":", "/", "?")) and _ONLY_SCHEME.fullmatch(url):
        return None
    return LinkFound(match.start(), match.start() + len(url), url)


def without_trailing_marks(url: str) -> str:
    """*url* without the punctuation of the sentence around it; balanced brackets stay."""
    while url:
        last = url[-1]
        opener = _PAIRS.get(last)
        if last in _TRAILING or (opener and url.count(opener) < url.count(last)):
            url = url[:-1]
        else:
            break
    return url


_SHORTCODE = re.compile(r"(?<![\w:]):([A-Za-z0-9_]{2,128}):(?![\w:])")
