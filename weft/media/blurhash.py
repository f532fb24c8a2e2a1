"""BlurHash: a picture's colours in some thirty characters, shown while it loads.

A cosine transform of a small copy: ``COLUMNS`` by ``ROWS`` factors in linear light, written in
base 83 (https://github.com/woltapp/blurhash, Algorithm.md). The sums are separable, so that a copy
of 32 by 32 pixels costs a few milliseconds in plain Python.
"""

import re
from collections.abc import Sequence
from math import cos, pi

COLUMNS, ROWS = 4, 3
SIDE = 32
"""The small copy's longer side."""
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
FORM = re.compile(r"[0-9A-Za-z#$%*+,\-.:;=?@\[\]^_{|}~]{6,200}")

Colour = tuple[float, float, float]


def encode(pixels: Sequence[tuple[int, int, int]], width: int, height: int) -> str:
    """The hash of ``width * height`` sRGB pixels, row by row."""
    linear = [_linear(value) for value in range(256)]
    lit = [(linear[r], linear[g], linear[b]) for r, g, b in pixels]
    across = _waves(COLUMNS, width)
    rows = [
        [_sum(wave, lit[y * width : (y + 1) * width]) for wave in across] for y in range(height)
    ]
    factors = []
    for down_index, down in enumerate(_waves(ROWS, height)):
        for across_index in range(COLUMNS):
            total = _sum(down, [row[across_index] for row in rows])
            weight = (1 if down_index == across_index == 0 else 2) / (width * height)
            factors.append((total[0] * weight, total[1] * weight, total[2] * weight))
    return _written(factors)


def _waves(count: int, length: int) -> list[list[float]]:
    return [[cos(pi * wave * at / length) for at in range(length)] for wave in range(count)]


def _sum(wave: Sequence[float], colours: Sequence[Colour]) -> Colour:
    red = green = blue = 0.0
    for factor, (r, g, b) in zip(wave, colours, strict=True):
        red += factor * r
        green += factor * g
        blue += factor * b
    return red, green, blue


def _written(factors: list[Colour]) -> str:
    average, *details = factors
    largest = max(abs(value) for colour in details for value in colour)
    step = max(0, min(82, int(largest * 166 - 0.5)))
    scale = (step + 1) / 166
    red, green, blue = (_srgb(value) for value in average)
    parts = [
        _digits((COLUMNS - 1) + (ROWS - 1) * 9, 1),
        _digits(step, 1),
        _digits((red << 16) + (green << 8) + blue, 4),
    ]
    for colour in details:
        r, g, b = (_stepped(value / scale) for value in colour)
        parts.append(_digits(r * 361 + g * 19 + b, 2))
    return "".join(parts)


def _stepped(value: float) -> int:
    """From -1..1 to 0..18, finer near nought."""
    root = abs(value) ** 0.5 * (1 if value >= 0 else -1)
    return max(0, min(18, int(root * 9 + 9.5)))


def _digits(value: int, length: int) -> str:
    return "".join(DIGITS[value // 83**place % 83] for place in range(length - 1, -1, -1))


def _linear(value: int) -> float:
    part = value / 255
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _srgb(value: float) -> int:
    part = max(0.0, min(1.0, value))
    curved = part * 12.92 if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055
    return int(curved * 255 + 0.5)
