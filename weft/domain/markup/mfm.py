"""MFM, the Markdown of the Misskey family, to safe HTML (section 2 of the interop notes of Misskey).

One walk from left to right with a stack of what is open: a mark that ends something closes it, together
with whatever was opened inside and never ended, whose marks become text again. So every character is
looked at a bounded number of times, whatever is written; ``Walk.steps`` counts, and a test holds it
against the length. Misskey's own parser tries alternatives and differs where marks overlap only.

Functions (``$[spin …]``) move, colour and size on Misskey. Here they are what they say: ``ruby`` and
``unixtime`` have a meaning in words, of the others the content stays. What is left goes through the
sanitiser like everything that others wrote.
"""

import re
from collections.abc import Callable, Mapping
from html import escape

from msgspec import Struct

from weft.domain.markup.extract import tag_name
from weft.domain.markup.links import Mentioned, link_html, mention_html
from weft.domain.markup.mfm_functions import function_html
from weft.domain.markup.sanitise import Profile, clean_html
from weft.domain.markup.walking import MAX_DEPTH, Frame, Walk

MFM = "text/x.misskeymarkdown"
MAX_SOURCE_CHARS = 50_000

_SPECIAL = re.compile(r"[\n*_~`<$\[\]\\@#:?]|https?://", re.IGNORECASE)
_PLAIN_WORDS = r"[a-z0-9 \t]{1,1000}"
_ITALIC = re.compile(rf"\*({_PLAIN_WORDS})\*(?!\*)|_({_PLAIN_WORDS})_(?![a-z0-9_])", re.IGNORECASE)
_BOLD_WORDS = re.compile(rf"__({_PLAIN_WORDS})__", re.IGNORECASE)
_CODE = re.compile(r"`([^`\n´]+)`")
_FUNCTION = re.compile(
    r"\$\[([a-z0-9_]{1,40})(?:\.([a-z0-9_=,.\-]{1,300}))?[ \n\u3000]", re.IGNORECASE
)
_MENTION = re.compile(
    r"@([a-z0-9_](?:[a-z0-9_.-]{0,126}[a-z0-9_-])?)"
    r"(?:@([a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?(?::\d{1,5})?))?",
    re.IGNORECASE,
)
_EMOJI = re.compile(r":[a-z0-9_+-]{1,128}:(?![a-z0-9])", re.IGNORECASE)
_TAG_ENDS = set(" \u3000\t\n.,!?'\"#:/【】<>")
_PAIRS = {"(": ")", "[": "]", "「": "」", "（": "）"}
_CLOSING = set(_PAIRS.values())
_TAG_CHARS, _URL_CHARS = 100, 2048
_URL_CHAR = re.compile(r"[.,a-z0-9_/:%#@$&?!~=+\-]", re.IGNORECASE)
_IN_ANGLES = re.compile(r"<(https?://[^\s<>]{1,2048})>", re.IGNORECASE)
_TARGET = re.compile(r"\]\((<?)(https?://[^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*)(>?)\)", re.I)
_SCHEME = re.compile(r"https?://[^\s/]", re.IGNORECASE)
_FENCE = re.compile(r"```([^\n`]{0,100})\n")
_SEARCH = re.compile(r"[ \u3000](?:search|検索|\[search\]|\[検索\])$", re.IGNORECASE)
_TAGS = {"<b>": "b", "<i>": "i", "<s>": "s", "<small>": "small", "<center>": "center"}
_ENDS = {f"</{each[1:]}": kind for each, kind in _TAGS.items()}
_TAG = re.compile(r"</?(?:b|i|s|small|center)>")
_HTML = {
    "b": ("<strong>", "</strong>"),
    "i": ("<em>", "</em>"),
    "s": ("<del>", "</del>"),
    "small": ("", ""),
    "big": ("<strong>", "</strong>"),
    "strike": ("<del>", "</del>"),
}


class Names(Struct, frozen=True):
    """Whom and what a text means, as its ``tag`` says.

    ``mentions`` by ``user`` or ``user@host`` in lower case, ``tags`` (address of the page) by the compared
    name; what is not there stays text.
    """

    mentions: Mapping[str, Mentioned] = {}
    tags: Mapping[str, str] = {}


def mfm_to_html(source: str, names: Names | None = None, profile: Profile = "remote_post") -> str:
    """*source* as safe HTML. Custom emoji stay ``:names:``; what is longer than
    ``MAX_SOURCE_CHARS`` is cut."""
    return clean_html(walk(source, names or Names())[0], profile)


def walk(source: str, names: Names) -> tuple[str, int]:
    """HTML that is not sanitised yet, and how many steps it took."""
    text = source[:MAX_SOURCE_CHARS].replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    made = _Mfm(text, names, MAX_DEPTH)
    return made.html(), made.steps


class _Mfm(Walk):
    """The state of one walk."""

    def __init__(self, text: str, names: Names, depth: int) -> None:
        super().__init__(text, depth)
        self.names = names
        self.unpaired_before = 0
        """Up to here, brackets of addresses are known to have no partner."""

    def html(self) -> str:
        while self.at < len(self.text):
            if self.at_line_start and self.block():
                continue
            found = _SPECIAL.search(self.text, self.at)
            upto = found.start() if found is not None else len(self.text)
            self.steps += upto - self.at + 1
            self.say(self.text[self.at : upto])
            self.at = upto
            if found is not None and not self.special(found[0]):
                self.say(self.text[self.at])
                self.at += 1
        return self.finished()

    # Blocks: at the beginning of a line, with nothing open.

    def block(self) -> bool:
        match self.text[self.at]:
            case ">":
                return self.quote()
            case "`":
                return self.code_block()
            case "\\":
                return self.math_block()
            case _:
                return self.search_line()

    def quote(self) -> bool:
        if self.depth <= 0:
            return False
        lines = []
        while self.at < len(self.text) and self.text[self.at] == ">":
            end = self.line_end()
            line = self.text[self.at + 1 : end]
            lines.append(line.removeprefix(" "))
            self.at = min(end + 1, len(self.text))
        inner = _Mfm("\n".join(lines), self.names, self.depth - 1)
        self.say_block(f"<blockquote>{inner.html()}</blockquote>")
        self.steps += inner.steps
        return True

    def code_block(self) -> bool:
        opened = _FENCE.match(self.text, self.at)
        if opened is None:
            return False
        end = self.next("\n```", opened.end() - 1)
        if end is None:
            return False
        code = self.text[opened.end() : end]
        self.steps += len(code) + 1
        self.say_block(f"<pre><code>{escape(code, quote=False)}</code></pre>")
        self.to_next_line(end + 4)
        return True

    def math_block(self) -> bool:
        end = self.next("\\]", self.at + 2) if self.text.startswith("\\[", self.at) else None
        if end is None:
            return False
        formula = self.text[self.at + 2 : end].strip()
        self.steps += len(formula) + 1
        if not formula:
            return False
        self.say_block(f"<p><code>{escape(formula, quote=False)}</code></p>")
        self.to_next_line(end + 2)
        return True

    def search_line(self) -> bool:
        end = self.line_end()
        line = self.text[self.at : end]
        self.steps += 1
        asked = _SEARCH.search(line[-12:])
        if asked is None or "<" in line:
            return False
        words = line[: len(line) - len(asked[0])].strip()
        if not words:
            return False
        # A button that asks a search engine; whoever reads can do that themselves.
        self.say(line)
        self.at = end
        return True

    # Inside of lines.

    def special(self, found: str) -> bool:
        match found[0]:
            case "\n":
                self.line_break()
            case "*" | "_":
                return self.starred()
            case "~":
                return self.struck()
            case "`":
                return self.leaf(_CODE, "<code>{}</code>")
            case "<":
                return self.angled()
            case "$":
                return self.function()
            case "[" | "?":
                return self.label()
            case "]":
                return self.bracket_ends()
            case "\\":
                return self.formula()
            case "@":
                return self.mention()
            case "#":
                return self.hashtag()
            case ":":
                return self.emoji()
            case _:
                return self.address()
        return True

    def leaf(self, pattern: re.Pattern[str], html: str) -> bool:
        found = pattern.match(self.text, self.at)
        if found is None:
            return False
        inner = next(each for each in found.groups() if each is not None)
        if not inner.strip():
            return False
        self.steps += len(found[0])
        self.say_html(html.format(escape(inner, quote=False)))
        self.at = found.end()
        return True

    def starred(self) -> bool:
        if self.text[self.at] == "_":
            if self.leaf(_BOLD_WORDS, "<strong>{}</strong>"):
                return True
            return not self.after_word() and self.leaf(_ITALIC, "<em>{}</em>")
        for mark, kind in (("***", "big"), ("**", "b")):
            if self.text.startswith(mark, self.at):
                if self.is_open(kind):
                    self.close(kind, len(mark))
                    return True
                if self.next(mark, self.at + len(mark)) is not None:
                    return self.open(kind, mark)
        return not self.after_word() and self.leaf(_ITALIC, "<em>{}</em>")

    def struck(self) -> bool:
        if not self.text.startswith("~~", self.at):
            return False
        if self.is_open("strike"):
            self.close("strike", 2)
            return True
        end = self.next("~", self.at + 2)
        ends = end is not None and self.text.startswith("~~", end) and end < self.line_end()
        return ends and self.open("strike", "~~")

    def angled(self) -> bool:
        if self.text.startswith("<plain>", self.at):
            end = self.next("</plain>", self.at + 7)
            if end is None:
                return False
            for number, line in enumerate(self.text[self.at + 7 : end].strip("\n").split("\n")):
                if number:
                    self.say_html("<br>")
                self.say(line)
            self.steps += end - self.at
            self.at = end + 8
            return True
        link = _IN_ANGLES.match(self.text, self.at)
        if link is not None and not self.is_open("link"):
            self.steps += len(link[0])
            self.say_html(link_html(link[1]) if _SCHEME.match(link[1]) else escape(link[1]))
            self.at = link.end()
            return True
        found = _TAG.match(self.text, self.at)
        if found is None:
            return False
        tag = found[0]
        if tag in _ENDS:
            if not self.is_open(_ENDS[tag]):
                return False
            self.close(_ENDS[tag], len(tag))
            return True
        if tag == "<center>" and not self.at_line_start:
            return False
        return self.next(f"</{tag[1:]}", found.end()) is not None and self.open(_TAGS[tag], tag)

    def function(self) -> bool:
        found = _FUNCTION.match(self.text, self.at)
        if found is None or self.next("]", found.end()) is None:
            return False
        return self.open("function", found[0], found[1].lower(), found[2] or "")

    def label(self) -> bool:
        mark = "?[" if self.text.startswith("?[", self.at) else "["
        if not self.text.startswith(mark, self.at) or self.is_open("link"):
            return False
        return self.next("](", self.at + len(mark)) is not None and self.open("link", mark)

    def bracket_ends(self) -> bool:
        if self.is_open("link"):
            target = _TARGET.match(self.text[self.at : self.at + _URL_CHARS])
            self.steps += 1 if target is None else len(target[0])
            if target is not None and bool(target[1]) == bool(target[3]):
                self.close("link", len(target[0]), target[2])
                return True
            self.dissolve_above("function", "link")
        if not self.is_open("function"):
            return False
        self.close("function", 1)
        return True

    def formula(self) -> bool:
        if not self.text.startswith("\\(", self.at):
            return False
        end = self.next("\\)", self.at + 2)
        if end is None or end > self.line_end() or end == self.at + 2:
            return False
        self.say_html(f"<code>{escape(self.text[self.at + 2 : end], quote=False)}</code>")
        self.steps += end - self.at
        self.at = end + 2
        return True

    def mention(self) -> bool:
        found = _MENTION.match(self.text, self.at)
        if found is None or self.after_word() or self.is_open("link"):
            return False
        self.steps += len(found[0])
        handle = found[0][1:].lower()
        person = self.names.mentions.get(handle)
        if person is None:
            self.say(found[0])
        else:
            self.say_html(mention_html(person))
        self.at = found.end()
        return True

    def hashtag(self) -> bool:
        if self.after_word() or self.is_open("link"):
            return False
        end = self.paired(self.at + 1, _TAG_CHARS, lambda char: char not in _TAG_ENDS)
        display = self.text[self.at + 1 : end]
        self.steps += len(display) + 1
        name = tag_name(display) if display and not display.isdecimal() else ""
        if not name:
            return False
        page = self.names.tags.get(name)
        if page is None:
            self.say(f"#{display}")
        else:
            self.say_html(
                f'<a href="{escape(page)}" class="mention hashtag" rel="tag">'
                f"#<span>{escape(display)}</span></a>"
            )
        self.at = end
        return True

    def emoji(self) -> bool:
        found = _EMOJI.match(self.text, self.at)
        if found is None or self.after_word():
            return False
        self.steps += len(found[0])
        self.say(found[0])
        self.at = found.end()
        return True

    def address(self) -> bool:
        if self.is_open("link") or self.after_word():
            return False
        end = self.paired(self.at, _URL_CHARS, lambda char: bool(_URL_CHAR.match(char)))
        url = self.text[self.at : end].rstrip(".,")
        self.steps += end - self.at
        if not _SCHEME.match(url):
            return False
        self.say_html(link_html(url))
        self.at += len(url)
        return True

    def close_html(self, frame: Frame, inner: str, target: str) -> str:
        if frame.kind == "function":
            return function_html(frame)
        if frame.kind == "link":
            return f'<a href="{escape(target)}">{inner}</a>'
        if frame.kind == "center":
            return inner
        before, after = _HTML[frame.kind]
        return f"{before}{inner}{after}"

    def paired(self, start: int, most: int, belongs: Callable[[str], bool]) -> int:
        """The end of what is made of such characters, and of brackets only in pairs."""
        opened: list[tuple[str, int]] = []
        at = start
        while at < min(len(self.text), start + most):
            char = self.text[at]
            if char in _PAIRS:
                if at < self.unpaired_before:
                    break
                opened.append((_PAIRS[char], at))
            elif char in _CLOSING:
                if not opened or opened.pop()[0] != char:
                    break
            elif not belongs(char):
                break
            at += 1
        if opened:
            self.unpaired_before = max(self.unpaired_before, at)
            return opened[0][1]
        return at
