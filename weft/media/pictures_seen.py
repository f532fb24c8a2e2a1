"""In a child: the small copy of a picture, its colours and its likeness."""

from typing import Any

from weft.media import blurhash, limits
from weft.media.likeness import likeness


def plain(image: Any) -> Any:
    """RGB, or RGBA where something can be seen through."""
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def seen(image: Any) -> dict[str, Any]:
    """Write ``small``; its part of the report."""
    from PIL import Image

    size = limits.fitted(image.width, image.height, limits.SMALL_PIXELS)
    small = plain(image)
    if size != small.size:
        small = small.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    small.save("small", "WEBP", quality=80, method=4)
    return {
        "small": "webp",
        "small_width": size[0],
        "small_height": size[1],
        **colours(small),
    }


def colours(image: Any) -> dict[str, str]:
    """Blurhash and likeness, with white behind what can be seen through."""
    from PIL import Image

    if image.mode == "RGBA":
        ground = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(ground, image).convert("RGB")
    found = likeness(image)
    tiny = image.copy()
    tiny.thumbnail((blurhash.SIDE, blurhash.SIDE))
    raw = tiny.tobytes()
    pixels = [(raw[at], raw[at + 1], raw[at + 2]) for at in range(0, len(raw), 3)]
    return {"blurhash": blurhash.encode(pixels, tiny.width, tiny.height), "likeness": found}
