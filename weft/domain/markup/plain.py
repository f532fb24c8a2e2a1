"""Between plain text and HTML."""

import re
from collections.abc import Collection, Mapping
from html import escape, unescape

from weft.domain.markup.links import Linker, Mentioned
from weft.domain.markup.sanitise import clean_html

_PARAGRAPHS = re.compile(r"\n{2,}")


def text_to_html(
    text: str,
    mentions: Mapping[str, Mentioned],
    tags: Collection[str] | None,
    origin: str,
) -> str:
    """A local post's text as HTML: paragraphs, line ends, mentions, hashtags and links.

    See :class:`~weft.domain.markup.links.Linker` for the parameters. Everything else is escaped,
    so the result is as safe as what :func:`clean_html` returns.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    text = _UNPRINTABLE.sub("", text)
    if not text:
        return ""
    linked = Linker(mentions, origin, tags).html(text)
    return "".join(
        f"<p>{paragraph.replace(chr(10), '<br />')}</p>" for paragraph in _PARAGRAPHS.split(linked)
    )


_UNPRINTABLE = re.compile(r"[\0-\x08\x0b-\x1f\x7f]")


def html_to_text(html: str) -> str:
    """What a reader sees of *html*, any HTML: for search, notices, alternatives and counting.

    Paragraphs are an empty line apart, ``<br>`` is a line end, an item of a list begins with
    ``- ``, a picture is its description; parts of links that are only hidden by style stay.
    """
    if "<" not in html and "&" not in html:
        return " ".join(html.split())
    text: list[str] = []
    preformatted = False
    for piece in _TAGS.split(clean_html(html, "article")):
        if not piece.startswith("<"):
            text.append(piece if preformatted else _SPACES.sub(" ", piece))
            continue
        name = piece.strip("</>").partition(" ")[0]
        if name == "pre":
            preformatted = not piece.startswith("</")
        text.append(_as_text(name, piece))
    joined = unescape("".join(text)).replace("\u00a0", " ")
    return _tidy(joined)


_TAGS = re.compile(r"(<[^>]*>)")
_SPACES = re.compile(r"[ \t\n]+")
_BREAK = "\x01"
_APART = {"p", "blockquote", "pre", "ul", "ol", "h2", "h3", "h4", "h5", "h6", "figure", "table"}
_ALONE = {"br", "tr", "dt", "dd", "figcaption", "caption"}
_ALT = re.compile(r' alt="([^"]*)"')


def _as_text(name: str, tag: str) -> str:
    if name in _APART:
        return _BREAK * 2
    if name == "li":
        return "" if tag.startswith("</") else f"{_BREAK}- "
    if name == "br" or (name in _ALONE and tag.startswith("</")):
        return _BREAK
    if name == "hr":
        return _BREAK * 2
    if name in ("td", "th"):
        return " "
    alt = _ALT.search(tag) if name == "img" else None
    return alt[1] if alt else ""


def _tidy(text: str) -> str:
    """Breaks as line ends, at most one empty line, no blanks beside them."""
    text = re.sub(rf" *{_BREAK} *", _BREAK, text)
    text = re.sub(rf"{_BREAK}{{3,}}", _BREAK * 2, text)
    return text.replace(_BREAK, "\n").strip()


def text_as_paragraphs(text: str) -> str:
    """*text* as HTML with nothing linked."""
    paragraphs = _PARAGRAPHS.split(escape(text.strip(), quote=False))
    return "".join(f"<p>{part.replace(chr(10), '<br />')}</p>" for part in paragraphs if part)
