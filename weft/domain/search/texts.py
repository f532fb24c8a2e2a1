"""What a post is found by: its text, content warning, descriptions, options, hashtags and facts."""

import re
from html import unescape

from msgspec import Struct

from weft.domain.media.records import MediaKind
from weft.domain.search.words import APART, MOST_TOKENS, fact, fact_of_tag, tokens_of
from weft.domain.visibility.viewer import Visibility

# What is stored is our sanitiser's HTML. These tags stand inside a word or an address; all others
# are between words.
_INSIDE = re.compile(
    r"</?(?:a|abbr|b|bdi|bdo|cite|code|del|em|i|ins|mark|s|small|span|strong|sub|sup|u|wbr)\b[^>]*>"
)
_BETWEEN = re.compile(r"<[^>]*>")

HAS = {
    MediaKind.PICTURE: "image",
    MediaKind.ANIMATION: "image",
    MediaKind.VIDEO: "video",
    MediaKind.AUDIO: "audio",
}
EMBEDDED = ("video", "rich")
"""Kinds of cards that are players."""


class PostText(Struct, frozen=True, kw_only=True):
    """All of a post that it can be found by."""

    author_id: int
    visibility: int
    content: str
    """Sanitised HTML."""
    title: str | None = None
    summary: str | None = None
    sensitive: bool = False
    language: str | None = None
    is_reply: bool = False
    has_link: bool = False
    has_poll: bool = False
    has_quote: bool = False
    mentioned: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()
    """Names."""
    media: tuple[tuple[int, str | None], ...] = ()
    """Kind and description of each file."""
    options: tuple[str, ...] = ()
    card: tuple[str, str] | None = None
    """Kind and title."""


def plain(html: str) -> str:
    """The words of stored HTML: quicker than ``html_to_text``, and not for reading."""
    text = _BETWEEN.sub(" ", _INSIDE.sub("", html)) if "<" in html else html
    return unescape(text) if "&" in text else text


def tokens_of_post(post: PostText) -> str:
    """The tokens with blanks between them, as the index takes them."""
    found = [APART, *tokens_of(plain(post.content))]
    others = [post.title, post.summary, *post.options, *(each[1] for each in post.media)]
    others += [post.card[1] if post.card else None, *(each.replace("_", " ") for each in post.tags)]
    for text in others:
        if text:
            found += [APART, *tokens_of(text)]
    return " ".join([*_facts(post), *found[:MOST_TOKENS]])


def _facts(post: PostText) -> list[str]:
    found = [fact("by", post.author_id), *(fact("to", each) for each in post.mentioned)]
    if post.visibility == Visibility.PUBLIC:
        found.append(fact("pub"))
    found += [name for each in post.tags if (name := fact_of_tag(each)) is not None]
    found += languages(post.language)
    kinds = dict.fromkeys(HAS[MediaKind(kind)] for kind, _ in post.media if kind in HAS)
    found += [fact("has", each) for each in (*kinds, *(["media"] if post.media else []))]
    states = {
        "haspoll": post.has_poll,
        "haslink": post.has_link,
        "hasembed": post.card is not None and post.card[0] in EMBEDDED,
        "hasquote": post.has_quote,
        "isreply": post.is_reply,
        "issensitive": post.sensitive,
    }
    return found + [fact(name) for name, is_so in states.items() if is_so]


def languages(tag: str | None) -> list[str]:
    """A language's tokens: ``pt-BR`` is found as ``pt`` as well."""
    parts = [part for part in re.split(r"[^a-z0-9]+", (tag or "").lower()[:35]) if part]
    if not parts:
        return []
    return [fact("lang", each) for each in dict.fromkeys((parts[0], "".join(parts)))]
