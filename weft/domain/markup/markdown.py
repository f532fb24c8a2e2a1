"""Markdown (CommonMark with strikethrough and tables), or HTML that people wrote, to safe HTML.

Raw HTML in the source is text. Names and addresses are protected from Markdown's marks, so that
``https://a.example/_x_`` stays one link; then the sanitiser does its work on the result, as on
anything else; then what is left as text is linked, outside of links and code.
"""

import re
from collections.abc import Collection, Mapping
from functools import cache
from html import unescape
from typing import TYPE_CHECKING

from weft.domain.markup.extract import (
    Found,
    LinkFound,
    MentionFound,
    extract,
    link_at,
    mention_at,
)
from weft.domain.markup.links import Linker, Mentioned
from weft.domain.markup.sanitise import Profile, clean_html

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline

MAX_SOURCE_CHARS = 400_000


def markdown_to_html(
    source: str,
    mentions: Mapping[str, Mentioned],
    tags: Collection[str] | None,
    origin: str,
    profile: Profile = "remote_post",
) -> str:
    """*source* as safe HTML with its mentions, hashtags and addresses linked.

    A profile without headings (``remote_post``) shows them as bold paragraphs.
    """
    return _linked(_render(source, profile), Linker(mentions, origin, tags))


def html_to_html(
    source: str, mentions: Mapping[str, Mentioned], tags: Collection[str] | None, origin: str
) -> str:
    """As :func:`markdown_to_html`, for somebody who writes HTML."""
    return _linked(_cleaned(source), Linker(mentions, origin, tags))


def _linked(html: str, linker: Linker) -> str:
    return "".join(
        linker.html(unescape(piece)) if is_open else piece for piece, is_open in _pieces(html)
    )


def extract_markdown(source: str) -> Found:
    """What *source* names outside of code and link texts. Positions are those of no text."""
    return _found(_render(source, "article"))


def extract_html(source: str) -> Found:
    """The same of HTML."""
    return _found(_cleaned(source))


def _found(html: str) -> Found:
    return extract("\n".join(unescape(piece) for piece, is_open in _pieces(html) if is_open))


def _cleaned(source: str) -> str:
    return clean_html(source[:MAX_SOURCE_CHARS], "remote_post")


def _render(source: str, profile: Profile) -> str:
    return clean_html(_parser().render(source[:MAX_SOURCE_CHARS]), profile)


_TAG = re.compile(r"(<[^>]*>)")
_CLOSED = re.compile(r"<(/?)(a|code|pre)[ >]")


def _pieces(html: str) -> list[tuple[str, bool]]:
    """The tags and texts of sanitised HTML, and whether links may be made in each."""
    depth = 0
    pieces = []
    for piece in _TAG.split(html):
        closed = _CLOSED.match(piece)
        if closed:
            depth += -1 if closed[1] else 1
        pieces.append((piece, depth == 0 and not piece.startswith("<")))
    return pieces


@cache
def _parser() -> "MarkdownIt":
    """Made on first use: the library costs 2 MB and most posts are plain text."""
    from markdown_it import MarkdownIt

    options = {"html": False, "breaks": True, "linkify": False, "maxNesting": 40}
    parser = MarkdownIt("commonmark", options).enable(["strikethrough", "table"])
    parser.inline.ruler.before("escape", "address", _keep_address)
    parser.inline.ruler.before("escape", "mention", _keep_mention)
    return parser


_SCHEME_BEFORE = re.compile(r"(?:https?|dat|dweb|ipfs|ipns|ssb|gopher|gemini)\Z", re.IGNORECASE)


def _keep_address(state: "StateInline", silent: bool) -> bool:
    """At the colon of an address: the whole of it is text, whatever marks are in it."""
    if not state.src.startswith("://", state.pos) or state.linkLevel:
        return False
    scheme = _SCHEME_BEFORE.search(state.pending)
    if not scheme:
        return False
    found: LinkFound | None = link_at(state.src, state.pos - len(scheme[0]))
    if found is None or found.end > state.posMax:
        return False
    if not silent:
        state.pending += state.src[state.pos : found.end]
    state.pos = found.end
    return True


def _keep_mention(state: "StateInline", silent: bool) -> bool:
    if state.src[state.pos] != "@":
        return False
    found: MentionFound | None = mention_at(state.src, state.pos)
    if found is None or found.end > state.posMax:
        return False
    if not silent:
        state.pending += state.src[state.pos : found.end]
    state.pos = found.end
    return True
