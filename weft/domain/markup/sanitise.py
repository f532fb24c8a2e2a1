"""HTML that others wrote, made safe to show.

A whitelist parser (nh3) rebuilds the markup from the elements, attributes, classes and schemes of
one :data:`Profile`; what is not listed is unwrapped, and its text stays. Three things are ours:

- Before it: markup that nests absurdly deep is read as plain text. HTML's rules for misnested
  elements make any correct parser quadratic in depth; 100,000 open ``<div>`` cost 30 seconds.
- After it: links without an acceptable address are unwrapped, and headings become bold paragraphs
  where the profile has none. Both work on the parser's own output, in which every ``<`` is a tag.
- Around it: a second pass where the first could have produced a tree that HTML does not write
  down faithfully (a link inside a link). So the result is a fixed point: cleaning it changes
  nothing.

A post of ordinary length takes some 20 µs. Elements and schemes are those that the microblogging
servers keep (interop: mastodon.md A6), and for articles those of FEP-b2b8 with figures and tables.
"""

import html as entities
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Literal

import nh3
from msgspec import Struct

SANITISER_VERSION = 1
"""Stored with what was cleaned; raise it when the result for some input changes."""

Profile = Literal["remote_post", "article", "bio", "plain"]

MAX_DEPTH = 200
"""Open elements inside one another, beyond which markup is read as text."""

_BLOCK = {"p", "pre", "blockquote", "ul", "ol", "li"}
_INLINE = {"br", "span", "a", "del", "s", "code", "b", "strong", "u", "i", "em", "ruby", "rt", "rp"}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_TABLE = {"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"}
_ARTICLE = {"figure", "figcaption", "hr", "sub", "sup", "cite", "abbr", "dl", "dt", "dd"}
_MEDIA = {"img", "video", "audio", "source"}

_SCHEMES = {
    *("http", "https", "dat", "dweb", "ipfs", "ipns", "ssb", "gopher", "xmpp", "magnet", "gemini")
}
_CLASS_PREFIXES = ("h-", "p-", "u-", "dt-", "e-")
_MICROFORMAT = re.compile(rf"(?:{'|'.join(_CLASS_PREFIXES)})[a-z0-9-]{{1,60}}")
_COMMON = ("card", "url")
_CLASSES = {"mention", "hashtag", "ellipsis", "invisible", "quote-inline"}

# What is between these tags was never meant to be read.
_SILENT = {"script", "style", "title", "iframe", "noembed", "noframes", "noscript", "template"}

_Attributes = dict[str, set[str]]
_POST_ATTRIBUTES: _Attributes = {
    "*": {"lang"},
    "a": {"href", "class"},
    "span": {"class"},
    "p": {"class"},
    "ol": {"start", "reversed"},
    "li": {"value"},
}
_ARTICLE_ATTRIBUTES: _Attributes = _POST_ATTRIBUTES | {
    "a": {"href", "class", "title"},
    "blockquote": {"cite"},
    "abbr": {"title"},
    "img": {"src", "alt", "title", "width", "height"},
    "video": {"src", "poster", "width", "height", "title"},
    "audio": {"src", "title"},
    "source": {"src", "type"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
# One per element: several would come in an order that differs from process to process.
_LINK = {"a": {"target": "_blank"}}
_ARTICLE_SET = _LINK | {"video": {"controls": ""}, "audio": {"controls": ""}}
_PICTURE_ATTRIBUTES = ' loading="lazy" referrerpolicy="no-referrer"'

_LANGUAGE = re.compile(r"[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8}){0,5}")
_NUMBER = re.compile(r"-?\d{1,5}")
_WEB_ADDRESS = re.compile(r"https?://[^\s/]", re.IGNORECASE)
_MEDIA_TYPE = re.compile(r"(video|audio)/[\w.+-]{1,60}(; ?codecs=[\w., '\"+-]{1,80})?")


class _Rules(Struct, frozen=True):
    cleaner: nh3.Cleaner
    quick: nh3.Cleaner | None
    """The same for :func:`_is_ordinary` markup, at a quarter of the cost: no calls into Python."""
    max_chars: int
    headings: Literal["bold", "below_title", "unwrapped"]


def clean_html(html: str, profile: Profile) -> str:
    """*html* with nothing in it that *profile* does not allow; safe inside any page's body.

    ``plain`` has no tags at all, and is still HTML: ``<`` is written ``&lt;``. Input beyond the
    profile's size is cut.
    """
    rules = _rules(profile)
    html = html[: rules.max_chars]
    if "<" not in html and "&" not in html and not _CONTROL.search(html):
        return html.replace(">", "&gt;").replace("\u00a0", "&nbsp;")
    if is_too_deep(html):
        html = _as_paragraph(html) if profile != "plain" else entities.escape(_without_tags(html))
    if _MATH.search(html):
        html = _formulas_as_text(html)
    if not _UNUSUAL.search(html):
        if rules.quick and not _RARE_ATTRIBUTE.search(html):
            return _unwrap_bare_links(rules.quick.clean(html))
        return _one_pass(html, rules)
    cleaned = _one_pass(html, rules)
    for _ in range(_MAX_PASSES):
        again = _one_pass(cleaned, rules)
        if again == cleaned:
            return cleaned
        cleaned = again
    return _as_paragraph(cleaned) if profile != "plain" else cleaned


_MAX_PASSES = 5
# A tree that was built from these four elements alone is always written down faithfully.
_UNUSUAL = re.compile(r"<(?!/?(?:p|br|a|span)[\s/>])|[\0-\x08\x0b-\x1f\x7f]|&#")
# Classes and attributes that only the careful cleaner keeps; may be found in text, at no harm.
_RARE_ATTRIBUTE = re.compile(r"[hpuet]-(?!(?:card|url)[\s\"'])|[Ll][Aa][Nn][Gg]=")
_QUICK_CLASSES = _CLASSES | {f"{prefix}{name}" for prefix in _CLASS_PREFIXES for name in _COMMON}
_CONTROL = re.compile(r"[\0-\x08\x0b-\x1f\x7f]")


def _one_pass(html: str, rules: _Rules) -> str:
    cleaned = rules.cleaner.clean(html)
    if _CONTROL.search(cleaned):
        cleaned = _CONTROL.sub("", cleaned)
    if rules.headings == "bold" and _HEADING.search(cleaned):
        cleaned = _HEADING.sub(_bold_paragraph, cleaned)
    elif rules.headings == "below_title" and "<h1" in cleaned:
        cleaned = cleaned.replace("<h1", "<h2").replace("</h1>", "</h2>")
    if "<img" in cleaned:
        cleaned = _NO_PICTURE.sub("", cleaned)
        cleaned = cleaned.replace("<img", f"<img{_PICTURE_ATTRIBUTES}")
    return _unwrap_bare_links(cleaned)


def _unwrap_bare_links(cleaned: str) -> str:
    if _NO_ADDRESS.search(cleaned):
        return _ANCHOR.sub(_unwrap_without_address, cleaned)
    return cleaned


# These read the parser's output, where < and > are tags and nothing else.
_HEADING = re.compile(r"<(/?)h[1-6]([^>]*)>")
_NO_ADDRESS = re.compile(r"<a(?![^>]* href=)[ >]")
_NO_PICTURE = re.compile(r"<img(?![^>]* src=)[^>]*>")
_ANCHOR = re.compile(r"<a( [^>]*)?>(.*?)</a>", re.DOTALL)


def _bold_paragraph(match: re.Match[str]) -> str:
    return "</strong></p>" if match[1] else f"<p{match[2]}><strong>"


def _unwrap_without_address(match: re.Match[str]) -> str:
    return match[0] if " href=" in (match[1] or "") else match[2]


def _allow(tag: str, attribute: str, value: str) -> str | None:
    """The value to keep of an attribute that the profile lists, or None."""
    check = _CHECKS.get(attribute)
    return check(value) if check else value


def _known_classes(value: str) -> str | None:
    kept = [name for name in value.split() if name in _CLASSES or _MICROFORMAT.fullmatch(name)]
    return " ".join(kept) or None


def _if_matches(pattern: re.Pattern[str]) -> Callable[[str], str | None]:
    return lambda value: value if pattern.fullmatch(value) else None


def _web_address(value: str) -> str | None:
    return value if _WEB_ADDRESS.match(value) else None


_CHECKS: Mapping[str, Callable[[str], str | None]] = {
    "class": _known_classes,
    "lang": _if_matches(_LANGUAGE),
    "src": _web_address,
    "poster": _web_address,
    "cite": _web_address,
    "type": _if_matches(_MEDIA_TYPE),
    "reversed": lambda value: "",
    **dict.fromkeys(
        ("start", "value", "width", "height", "colspan", "rowspan"), _if_matches(_NUMBER)
    ),
}


@cache
def _rules(profile: Profile) -> _Rules:
    if profile == "plain":
        cleaner = nh3.Cleaner(tags=set(), clean_content_tags=_SILENT)
        return _Rules(cleaner, None, 400_000, "unwrapped")
    if profile == "article":
        tags = _BLOCK | _INLINE | _HEADINGS | _TABLE | _ARTICLE | _MEDIA
        cleaner = _cleaner(tags, _ARTICLE_ATTRIBUTES, _ARTICLE_SET, _SCHEMES | {"mailto"})
        return _Rules(cleaner, None, 400_000, "below_title")
    tags = _BLOCK | _INLINE | _HEADINGS
    careful = _cleaner(tags, _POST_ATTRIBUTES, _LINK, _SCHEMES)
    quick = _cleaner(tags, {"a": {"href"}}, _LINK, _SCHEMES, _QUICK_CLASSES)
    return _Rules(careful, quick, 200_000 if profile == "remote_post" else 20_480, "bold")


def _cleaner(
    tags: set[str],
    attributes: _Attributes,
    always: dict[str, dict[str, str]],
    schemes: set[str],
    classes: set[str] | None = None,
) -> nh3.Cleaner:
    """A cleaner that keeps just *classes* of the elements p, a and span, or asks for each."""
    not_translated = {"translate": {"no"}}
    return nh3.Cleaner(
        tags=tags,
        clean_content_tags=_SILENT,
        attributes=attributes,
        attribute_filter=None if classes else _allow,
        allowed_classes=dict.fromkeys(("a", "p", "span"), classes) if classes else None,
        tag_attribute_values={"a": not_translated, "span": not_translated},
        set_tag_attribute_values=always,
        link_rel="nofollow noopener",
        url_schemes=schemes,
        url_relative="deny",
    )


_FEW_TAGS = MAX_DEPTH
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>\0]*)")
# Never open for long: they hold nothing, or any that follows closes them.
_NOT_COUNTED = {
    *("br", "hr", "img", "input", "meta", "link", "base", "col", "embed", "source", "track"),
    *("wbr", "param", "p", "tr"),
}
# Closed by a neighbour of the same name, so that a long list without end tags is not deep.
_SIBLINGS = {"li", "dd", "dt", "td", "th", "option", "tbody"}


def is_too_deep(html: str) -> bool:
    """Whether more than :data:`MAX_DEPTH` elements are open at some place; linear in time."""
    if html.count("<") <= _FEW_TAGS:
        return False
    open_names: list[str] = []
    for match in _TAG.finditer(html):
        name = match[2].lower()
        if name in _NOT_COUNTED:
            continue
        if match[1]:
            if name in open_names:
                while open_names.pop() != name:
                    pass
        elif not (name in _SIBLINGS and open_names and open_names[-1] == name):
            open_names.append(name)
            if len(open_names) > MAX_DEPTH:
                return True
    return False


def _as_paragraph(html: str) -> str:
    return f"<p>{entities.escape(_without_tags(html), quote=False)}</p>"


def _without_tags(html: str) -> str:
    return " ".join(entities.unescape(re.sub(r"<[^>]*>?", " ", html)).split())


_MATH = re.compile(r"<math[\s>]", re.IGNORECASE)


def _formulas_as_text(html: str) -> str:
    """Each formula as the TeX that it carries: ``$…$``, or ``$$…$$`` for one on its own line."""
    from selectolax.lexbor import LexborHTMLParser

    body = LexborHTMLParser(html).body
    if body is None:
        return html
    for formula in body.css("math"):
        source = formula.css_first('annotation[encoding="application/x-tex"]')
        if source is None:
            continue
        mark = "$$" if formula.attributes.get("display") == "block" else "$"
        formula.replace_with(f"{mark}{source.text().strip()}{mark}")
    return body.inner_html or ""
