"""BBCode as Friendica, Hubzilla and forums write it, to safe HTML.

The same walk as for MFM (``walking``): linear, ``MAX_DEPTH`` deep, marks that never end are text. What a
tag says of size, colour or place is left out, its content stays; the sanitiser has the last word.
"""

import re
from html import escape, unescape

from weft.domain.markup.links import link_html
from weft.domain.markup.sanitise import Profile, clean_html
from weft.domain.markup.walking import MAX_DEPTH, Frame, Walk

BBCODE = "text/bbcode"
MAX_SOURCE_CHARS = 100_000

_SPECIAL = re.compile(r"[\n\[]|https?://", re.IGNORECASE)
_TAG = re.compile(r"\[(/?)([a-z*][a-z0-9]{0,15})((?:=|\s)[^\[\]\n]{0,1000})?\]", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"([a-z]{1,20})=(?:'([^']{0,1000})'|\"([^\"]{0,1000})\"|(\S{1,1000}))", re.I
)
_URL = re.compile(r"https?://[^\s\[\]<>\"']{1,2048}", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[^\s/]", re.IGNORECASE)

_SIMPLE = {
    "b": "strong", "i": "em", "u": "u", "s": "del", "strike": "del", "del": "del", "o": "u",
    "sub": "sub", "sup": "sup", "h1": "h1", "h2": "h2", "h3": "h3", "h4": "h4", "h5": "h5", "h6": "h6",
    "ul": "ul", "ol": "ol", "li": "li", "table": "table", "tr": "tr", "td": "td", "th": "th",
}  # fmt: skip
_UNWRAPPED = {
    "size", "color", "font", "center", "left", "right", "justify", "small", "mark", "class", "style",
    "map", "abstract", "p", "highlight", "hl", "glow", "indent", "nosmile",
}  # fmt: skip
"""What they say of looks is left out."""
_AS_IT_IS = {"code", "nobb", "noparse", "pre"}
_LINKS = {"url", "zrl", "bookmark", "zmg", "img", "video", "audio", "youtube", "vimeo", "embed", "attach",
          "attachment", "email", "mail"}  # fmt: skip
_BLOCKS = {"quote", "share", "spoiler", "list"}
_KNOWN = {*_SIMPLE, *_UNWRAPPED, *_AS_IT_IS, *_LINKS, *_BLOCKS, "*", "hr", "br"}
_HOLDS_BLOCKS = {
    "quote",
    "share",
    "list",
    "ul",
    "ol",
    "table",
    "code",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
}
_BREAK_IN_LIST = re.compile(r"\A<br>|<br>(?=</?li>)|<br>\Z")


def bbcode_to_html(source: str, profile: Profile = "remote_post") -> str:
    """*source* as safe HTML; what is longer than ``MAX_SOURCE_CHARS`` is cut."""
    return clean_html(walk(source)[0], profile)


def walk(source: str) -> tuple[str, int]:
    """HTML that is not sanitised yet, and how many steps it took."""
    text = source[:MAX_SOURCE_CHARS].replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    made = _BBCode(text, MAX_DEPTH)
    return made.html(), made.steps


class _BBCode(Walk):
    """The state of one walk."""

    def html(self) -> str:
        while self.at < len(self.text):
            found = _SPECIAL.search(self.text, self.at)
            upto = found.start() if found is not None else len(self.text)
            self.steps += upto - self.at + 1
            self.say(self.text[self.at : upto])
            self.at = upto
            if found is None:
                break
            if found[0] == "\n":
                self.line_break()
            elif not (self.tag() if found[0] == "[" else self.address()):
                self.say(self.text[self.at])
                self.at += 1
        return self.finished()

    def address(self) -> bool:
        found = _URL.match(self.text, self.at)
        if found is None or self.after_word() or self.is_open("url"):
            return False
        url = found[0].rstrip(".,;:!?)")
        self.steps += len(found[0])
        if not _ADDRESS.match(url):
            return False
        self.say_html(link_html(url))
        self.at += len(url)
        return True

    def tag(self) -> bool:
        found = _TAG.match(self.text, self.at)
        self.steps += len(found[0]) if found is not None else 1
        if found is None or (name := found[2].lower()) not in _KNOWN:
            return False
        marks, argument = found[0], (found[3] or "").strip()
        kind = _kind_of(name)
        if found[1]:
            if not self.is_open(kind):
                # The end of something that was taken apart, or of nothing.
                return False
            self.end(kind, len(marks))
            return True
        match name:
            case "hr" | "br":
                self.say_html("<br>")
                self.at += len(marks)
                return True
            case "*":
                return self.item(marks)
            case _ if name in _AS_IT_IS:
                return self.as_it_is(name, marks)
        if kind == "url" and self.is_open("url") and name not in {"img", "zmg"}:
            return False
        return self.next_end(name, self.at) is not None and self.open(kind, marks, name, argument)

    def end(self, kind: str, length: int) -> None:
        outside = len(self.stack) == 2 and self.stack[-1].kind in _HOLDS_BLOCKS
        self.close(kind, length)
        if outside:
            # What stands by itself ends the paragraph.
            html = self.stack[0].pieces.pop()
            self.stack[0].is_text.pop()
            self.say_block(html)
            self.to_next_line(self.at)

    def next_end(self, name: str, start: int) -> int | None:
        """In small letters, in capitals, or as a word."""
        for spelling in (name, name.upper(), name.capitalize()):
            found = self.next(f"[/{spelling}]", start)
            if found is not None:
                return found
        return None

    def item(self, marks: str) -> bool:
        """``[*]`` ends the item before it; only lists have any."""
        if self.stack[-1].kind != "list":
            return False
        lists = self.stack[-1]
        self.say_html("</li><li>" if lists.items else "<li>")
        lists.items += 1
        self.at += len(marks)
        return True

    def as_it_is(self, name: str, marks: str) -> bool:
        start = self.at + len(marks)
        end = self.next_end(name, start)
        if end is None:
            return False
        inner = self.text[start:end]
        self.steps += len(inner)
        if name in {"nobb", "noparse"}:
            self.say(inner)
        else:
            code = escape(inner.strip("\n"), quote=False)
            block = "\n" in code and len(self.stack) == 1
            if block:
                self.say_block(f"<pre><code>{code}</code></pre>")
            else:
                self.say_html(f"<code>{code}</code>")
        self.at = end + len(name) + 3
        return True

    def close_html(self, frame: Frame, inner: str, target: str) -> str:
        name = frame.name
        if name in _SIMPLE:
            return f"<{_SIMPLE[name]}>{inner}</{_SIMPLE[name]}>"
        if frame.kind == "url" or (frame.kind == "img" and not self.is_open("url")):
            return _link(frame, inner)
        match name:
            case "quote":
                author = frame.argument.removeprefix("=").strip("\"' ")
                said = f"<p>{escape(author, quote=False)}:</p>" if author else ""
                return f"<blockquote>{said}{inner}</blockquote>"
            case "share":
                return _share(frame, inner)
            case "spoiler":
                label = frame.argument.removeprefix("=").strip("\"' ")
                return f"{escape(label, quote=False)} {inner}" if label else inner
            case "list":
                return _list(frame, inner)
        return inner


def _kind_of(name: str) -> str:
    """All links are of one kind: none can be in another."""
    if name in {"img", "zmg"}:
        return "img"
    return "url" if name in _LINKS else name


def _list(frame: Frame, inner: str) -> str:
    element = "ol" if frame.argument.removeprefix("=").strip("\"' ") else "ul"
    inner = _BREAK_IN_LIST.sub("", inner)
    return f"<{element}>{inner}{'</li>' if frame.items else ''}</{element}>"


def _link(frame: Frame, inner: str) -> str:
    """``[url]address[/url]`` and ``[url=address]words[/url]``; what is played becomes a link too."""
    given = frame.argument.removeprefix("=").strip("\"' ")
    plain = unescape(inner).strip() if all(frame.is_text) else ""
    if frame.name in {"attachment", "attach"}:
        given = _attributes(frame.argument).get("url", "")
    address = given if _ADDRESS.match(given) else plain
    if not _ADDRESS.match(address):
        return inner
    if not inner.strip() or plain == address:
        return link_html(address)
    return f'<a href="{escape(address)}">{inner}</a>'


def _share(frame: Frame, inner: str) -> str:
    """Friendica's way to pass on a post: who wrote it, and where it is."""
    said = _attributes(frame.argument)
    author = escape(said.get("author", ""), quote=False)
    link = said.get("link") or said.get("message_id") or said.get("profile") or ""
    if _ADDRESS.match(link):
        author = f'<a href="{escape(link)}">{author or escape(link)}</a>'
    return f"<blockquote>{f'<p>{author}:</p>' if author else ''}{inner}</blockquote>"


def _attributes(argument: str) -> dict[str, str]:
    return {
        found[1].lower(): unescape(found[2] or found[3] or found[4] or "")
        for found in _ATTRIBUTE.finditer(argument)
    }
