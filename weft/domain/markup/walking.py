"""A walk over marked text with a stack of what is open, for markup whose marks come in pairs.

What is closed takes along what was opened inside of it and never ended: those marks become text again.
Nothing is read twice: where a mark comes next is found once for each place (``Walk.next``), the stack is
``MAX_DEPTH`` high at most, and pieces move down it when something is closed.
"""

import re
from abc import ABC, abstractmethod
from html import escape

MAX_DEPTH = 20
"""Elements inside one another, as Misskey reads them."""


_BREAKS_AROUND = re.compile(r"\A(?:\s|<br>){1,8}|(?:\s|<br>){1,8}\Z")


class Frame:
    """Something that was opened: its marks as they were typed, and what is inside so far."""

    __slots__ = ("argument", "is_text", "items", "kind", "marks", "name", "pieces")

    def __init__(self, kind: str, marks: str = "", name: str = "", argument: str = "") -> None:
        self.kind = kind
        self.marks = marks
        self.name = name
        self.argument = argument
        self.pieces: list[str] = []
        """HTML."""
        self.is_text: list[bool] = []
        """Whether each piece is nothing but escaped text."""
        self.items = 0
        """Of a list."""

    def add(self, html: str, is_text: bool) -> None:
        self.pieces.append(html)
        self.is_text.append(is_text)

    def inner(self) -> str:
        return "".join(self.pieces)


class Walk(ABC):
    """The text, the place in it, and what is open."""

    def __init__(self, text: str, depth: int = MAX_DEPTH) -> None:
        self.text = text
        self.at = 0
        self.depth = depth
        self.steps = 0
        """Characters looked at: a measure of work that no machine changes."""
        self.stack = [Frame("root")]
        self._found: dict[str, int | None] = {}
        self._paragraphs: list[str] = []

    # Where things are.

    def next(self, mark: str, start: int) -> int | None:
        """Where a mark comes next. Asked from left to right, so that each is looked for once."""
        known = self._found.get(mark, -1)
        if known is None or known >= start:
            return known
        found = self.text.find(mark, start)
        self.steps += (found if found >= 0 else len(self.text)) - max(start, 0)
        self._found[mark] = found if found >= 0 else None
        return self._found[mark]

    def line_end(self) -> int:
        found = self.next("\n", self.at)
        return len(self.text) if found is None else found

    @property
    def at_line_start(self) -> bool:
        """At the beginning of a line, with nothing open."""
        return len(self.stack) == 1 and (self.at == 0 or self.text[self.at - 1] == "\n")

    def after_word(self) -> bool:
        before = self.text[self.at - 1] if self.at else " "
        return before.isascii() and before.isalnum()

    # Saying things.

    def say(self, text: str) -> None:
        if text:
            self.stack[-1].add(escape(text, quote=False), True)

    def say_html(self, html: str) -> None:
        self.stack[-1].add(html, False)

    def say_block(self, html: str) -> None:
        """Something that stands by itself; there is nothing open around it."""
        self._end_paragraph()
        self._paragraphs.append(html)

    def line_break(self) -> None:
        """One line end is a line end, several are a new paragraph where nothing is open."""
        end = self.at
        while end < len(self.text) and self.text[end] == "\n":
            end += 1
        self.steps += end - self.at
        if len(self.stack) == 1 and end - self.at > 1:
            self._end_paragraph()
        else:
            self.say_html("<br>" * min(end - self.at, 2))
        self.at = end

    def to_next_line(self, at: int) -> None:
        """Go on after the line end that follows a block."""
        self.at = at + 1 if at < len(self.text) and self.text[at] == "\n" else at

    def _end_paragraph(self) -> None:
        root = self.stack[0]
        inner = _BREAKS_AROUND.sub("", root.inner())
        if inner:
            self._paragraphs.append(f"<p>{inner}</p>")
        self.stack[0] = Frame("root")

    # Opening and closing.

    def is_open(self, kind: str) -> bool:
        return any(frame.kind == kind for frame in self.stack)

    def open(self, kind: str, marks: str, name: str = "", argument: str = "") -> bool:
        """False if it is too deep: then the marks are text."""
        if len(self.stack) > self.depth:
            return False
        self.stack.append(Frame(kind, marks, name, argument))
        self.at += len(marks)
        return True

    def close(self, kind: str, length: int, target: str = "") -> None:
        """Close the innermost of a kind, which is open, by a mark of ``length`` characters."""
        while self.stack[-1].kind != kind:
            self.dissolve()
        frame = self.stack.pop()
        marks = self.text[self.at : self.at + length]
        if frame.pieces:
            self.say_html(self.close_html(frame, frame.inner(), target))
        else:
            self.say(frame.marks + marks)
        self.at += length

    @abstractmethod
    def close_html(self, frame: Frame, inner: str, target: str) -> str:
        """What a closed frame is in HTML."""

    def dissolve(self) -> None:
        """The innermost was never closed: its marks are text."""
        frame = self.stack.pop()
        self.say(frame.marks)
        self.stack[-1].add(frame.inner(), all(frame.is_text))
        self.steps += len(frame.pieces)

    def dissolve_above(self, kind: str, what: str) -> None:
        """Whatever is open above the innermost ``kind`` was never closed, if ``what`` is among it."""
        above: list[Frame] = []
        for frame in reversed(self.stack[1:]):
            if frame.kind == kind:
                break
            above.append(frame)
        if any(frame.kind == what for frame in above):
            for _ in above:
                self.dissolve()

    def finished(self) -> str:
        while len(self.stack) > 1:
            self.dissolve()
        self._end_paragraph()
        return "".join(self._paragraphs)
