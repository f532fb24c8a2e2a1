"""Landscapes, drawn: a sky, a sun or moon, and hills one behind the other."""

import io
import math
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

Mood = Literal["dawn", "dusk", "field", "wood", "night"]
Colour = tuple[int, int, int]

# Sky above, sky below, sun, farthest hill, nearest hill.
_COLOURS: dict[Mood, tuple[Colour, Colour, Colour, Colour, Colour]] = {
    "dawn": ((62, 84, 138), (250, 200, 160), (255, 236, 200), (150, 150, 180), (28, 44, 76)),
    "dusk": ((52, 30, 84), (240, 120, 90), (255, 190, 120), (120, 70, 110), (30, 16, 44)),
    "field": ((90, 160, 220), (220, 240, 250), (255, 250, 210), (150, 190, 150), (60, 110, 50)),
    "wood": ((120, 160, 150), (220, 230, 200), (250, 250, 230), (110, 150, 130), (20, 50, 40)),
    "night": ((8, 10, 30), (40, 50, 90), (240, 240, 230), (34, 40, 70), (6, 8, 20)),
}


@dataclass(frozen=True, slots=True)
class Scene:
    """The same scene is the same picture every time."""

    mood: Mood
    seed: int


def _between(low: Colour, high: Colour, part: float) -> Colour:
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(low, high, strict=True))
    return red, green, blue


def draw(scene: Scene, width: int, height: int) -> bytes:
    """The scene as JPEG."""
    from PIL import Image, ImageDraw

    chance = random.Random(scene.seed)  # noqa: S311  scenery
    above, below, sun, far, near = _COLOURS[scene.mood]
    picture = Image.new("RGB", (width, height))
    pen = ImageDraw.Draw(picture)
    for row in range(height):
        pen.line((0, row, width, row), fill=_between(above, below, min(1, row / (height * 0.75))))
    radius = height * chance.uniform(0.06, 0.1)
    x, y = width * chance.uniform(0.2, 0.8), height * chance.uniform(0.2, 0.42)
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=sun)
    layers = 5
    for layer in range(layers):
        part = layer / (layers - 1)
        base = height * (0.5 + 0.42 * part)
        _hill(pen, chance, width, height, base, _between(far, near, part))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=88)
    return out.getvalue()


def _hill(
    pen: "ImageDraw", chance: random.Random, width: int, height: int, base: float, colour: Colour
) -> None:
    waves = [
        (chance.uniform(0.6, 3.5), chance.uniform(0, math.tau), chance.uniform(0.02, 0.07))
        for _ in range(3)
    ]
    edge = [
        (
            x,
            base - height * sum(a * math.sin(f * math.tau * x / width + p) for f, p, a in waves),
        )
        for x in range(0, width + 8, 8)
    ]
    pen.polygon([(0, height), *edge, (width, height)], fill=colour)
