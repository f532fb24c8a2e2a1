"""How far a long command is, on stderr: a line that is written over, or one every ten seconds."""

import sys
import time

_TERMINAL_S = 0.3
_LOG_S = 10.0


class Progress:
    """One step after the other, and the bytes that moved within it."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._every_s = _TERMINAL_S if self._is_terminal else _LOG_S
        self._bytes = 0
        self._step = ""
        self._said_at = time.monotonic()

    def step(self, sentence: str) -> None:
        """Begin the next step."""
        self._end_line()
        self._step, self._bytes = sentence, 0
        self._said_at = time.monotonic()
        sys.stderr.write(f"{sentence} …\n")

    def moved(self, size_bytes: int) -> None:
        """Count bytes; says so now and then."""
        self._bytes += size_bytes
        now = time.monotonic()
        if now - self._said_at >= self._every_s:
            self._said_at = now
            start, end = ("\r", "") if self._is_terminal else ("", "\n")
            sys.stderr.write(f"{start}{self._step}: {size(self._bytes)}{end}")
            sys.stderr.flush()

    def say(self, sentence: str) -> None:
        self._end_line()
        sys.stderr.write(f"{sentence}\n")

    def _end_line(self) -> None:
        if self._is_terminal and self._bytes:
            sys.stderr.write("\n")
            self._bytes = 0


def size(size_bytes: float) -> str:
    """For people: ``12.3 MB`` (powers of 1024)."""
    for unit in ("bytes", "KB", "MB", "GB"):
        if size_bytes < 1024:
            return f"{size_bytes:.0f} {unit}" if unit == "bytes" else f"{size_bytes:.1f} {unit}"
        size_bytes /= 1024
    return f"{size_bytes:.1f} TB"
