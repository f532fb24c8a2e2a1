"""The process that decodes one uploaded picture, and is gone afterwards.

Started as ``python -I -m weft.media.picture_child FORMAT PURPOSE`` in a folder of its own, with the
upload as standard input. It gives up memory, time and files first, then decodes, and writes
``full`` and perhaps ``small`` into the folder, and JSON into ``report``: what it made, or
``{"refused": code}``. Decoders are where hostile files do harm, so nothing that is kept comes
from the upload: both files are encoded anew from the pixels, without EXIF, XMP, comments or
whatever followed the picture. Colours are turned to sRGB, so that the profile can go, too.
"""

import contextlib
import io
import json
import os
import resource
import sys
from pathlib import Path
from typing import Any, BinaryIO

from weft.media import blurhash, limits

ADDRESS_SPACE_BYTES = 1280 * 1024**2
"""Measured at 33 million pixels: a WebP peaks at 0.66 GB, a HEIC at 0.51, a PNG at 0.38."""
CPU_S = 30
WRITTEN_BYTES = 64 * 1024**2
OPEN_FILES = 32
HEAD_BYTES = 4096
_FORMATS = {
    "jpeg": ["JPEG", "MPO"],
    "png": ["PNG"],
    "gif": ["GIF"],
    "webp": ["WEBP"],
    "avif": ["AVIF"],
    "heic": ["HEIF"],
}


class Refused(Exception):
    """The message is a code that ``weft.media.sandbox`` has a sentence for."""


def give_up_rights() -> None:
    """Bound what this process can take, for good."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (WRITTEN_BYTES, WRITTEN_BYTES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    if sys.platform == "linux":
        # Elsewhere the address space cannot be bounded.
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_BYTES, ADDRESS_SPACE_BYTES))
    os.nice(5)


def work(source: BinaryIO, name: str, purpose: str) -> dict[str, Any]:
    """Decode and encode anew; what was made.

    Raises:
        Refused, and whatever a decoder raises on a broken file.
    """
    lossless = b"VP8L" in source.read(HEAD_BYTES)
    source.seek(0)
    image = _opened(source, name)
    if purpose in limits.PORTRAIT_SIZES:
        return _portrait(image, limits.PORTRAIT_SIZES[purpose])
    if name in ("gif", "webp", "png") and getattr(image, "n_frames", 1) > 1:
        return _animation(image, name)
    return _picture(image, name, lossless=lossless)


def _opened(source: BinaryIO, name: str) -> Any:
    """The picture, with its size checked and not a pixel decoded."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = limits.PICTURE_PIXELS
    if name == "heic":
        from pillow_heif import register_heif_opener

        register_heif_opener(thumbnails=False, decode_threads=1)
    try:
        image = Image.open(source, formats=_FORMATS[name])
    except Image.DecompressionBombError:
        raise Refused("too many pixels") from None
    if image.width * image.height > limits.PICTURE_PIXELS:
        raise Refused("too many pixels")
    return image


def _picture(image: Any, name: str, *, lossless: bool) -> dict[str, Any]:
    image = _upright(image)
    if name in ("avif", "heic"):
        name = "webp" if image.has_transparency_data else "jpeg"
    if name == "jpeg":
        # With the quality that the file has, where it is still known.
        _save_jpeg(image, "keep" if image.format == "JPEG" else 90)
    elif name == "webp":
        image.save("full", "WEBP", quality=90, lossless=lossless, method=3)
    else:
        name = "png"
        image.save("full", "PNG", compress_level=6)
    return _reported(image, name)


def _portrait(image: Any, size: tuple[int, int]) -> dict[str, Any]:
    """Cut to the shape of ``size`` around the middle; never made larger."""
    from PIL import ImageOps

    image = _plain(_upright(image))
    scale = min(1.0, image.width / size[0], image.height / size[1])
    image = ImageOps.fit(image, tuple(max(1, round(side * scale)) for side in size))
    name = "png" if image.mode == "RGBA" else "jpeg"
    if name == "png":
        image.save("full", "PNG", compress_level=6)
    else:
        _save_jpeg(image, 90)
    return _reported(image, name, with_small=False)


def _animation(image: Any, name: str) -> dict[str, Any]:
    """Every picture is decoded and encoded anew, so that the last one counts like the first."""
    pixels, frames = image.width * image.height, image.n_frames
    if (
        frames > limits.ANIMATION_FRAMES
        or pixels > limits.ANIMATION_PIXELS
        or pixels * frames > limits.ANIMATION_TOTAL_PIXELS
    ):
        raise Refused("too long")
    duration_ms = 0
    for index in range(frames):
        image.seek(index)
        image.load()
        duration_ms += max(0, int(image.info.get("duration") or 0))
    image.seek(0)
    # Pillow goes through the pictures by itself, and would copy comments and profiles along.
    options: dict[str, Any] = {"save_all": True, "loop": int(image.info.get("loop", 1))}
    if name == "gif":
        options |= {"comment": b""}
    elif name == "png":
        options |= {"icc_profile": None}
    else:
        options |= {"quality": 80, "method": 2}
    image.save("full", name.upper(), **options)
    image.seek(0)
    report = _reported(_plain(image), name, animated=True)
    return report | {"duration_ms": duration_ms}


def _upright(image: Any) -> Any:
    """The picture turned as its camera was held, in sRGB and not too large, without anything else
    that it says of itself."""
    from PIL import Image, ImageOps

    size = limits.fitted(image.width, image.height, limits.KEPT_PIXELS)
    if size != image.size:
        image.draft(None, size)
    image.load()
    with contextlib.suppress(Exception):  # Broken EXIF is no reason to refuse the picture.
        ImageOps.exif_transpose(image, in_place=True)
    profile = image.info.get("icc_profile")
    image.info = _transparency(image)
    image = _eight_bits(image)
    if profile:
        image = _in_srgb(image, profile)
    size = limits.fitted(image.width, image.height, limits.KEPT_PIXELS)
    if size != image.size:
        image = _plain(image).resize(size, Image.Resampling.LANCZOS)
    image.info = _transparency(image)
    return image


def _transparency(image: Any) -> dict[str, Any]:
    return {key: value for key, value in image.info.items() if key == "transparency"}


def _eight_bits(image: Any) -> Any:
    """In a mode that all of our formats can be written from."""
    if image.mode.startswith("I") or image.mode == "F":
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in ("CMYK", "YCbCr", "LAB", "HSV", "RGBX"):
        return image.convert("RGB")
    if image.mode in ("La", "RGBa", "PA", "LA"):
        return image.convert("RGBA")
    return image


def _in_srgb(image: Any, profile: bytes) -> Any:
    """The same colours without the profile; what the profile cannot tell stays as it is."""
    from PIL import ImageCms

    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(given).lower():
            return image
        image = _plain(image)
        return ImageCms.profileToProfile(
            image, given, ImageCms.createProfile("sRGB"), outputMode=image.mode
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image


def _plain(image: Any) -> Any:
    """RGB, or RGBA where something can be seen through."""
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _save_jpeg(image: Any, quality: int | str) -> None:
    if image.mode not in ("RGB", "L"):
        image = image.convert("RGB")
    image.save("full", "JPEG", quality=quality, progressive=True)


def _reported(
    image: Any, name: str, *, animated: bool = False, with_small: bool = True
) -> dict[str, Any]:
    from PIL import Image

    report: dict[str, Any] = {
        "kind": name,
        "animated": animated,
        "width": image.width,
        "height": image.height,
    }
    plain = _plain(image)
    size = limits.fitted(image.width, image.height, limits.SMALL_PIXELS)
    if with_small and (size != image.size or animated):
        plain = plain.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
        plain.save("small", "WEBP", quality=80, method=4)
        report["small"] = "webp"
    return report | {"blurhash": _blurhash(plain)}


def _blurhash(image: Any) -> str:
    from PIL import Image

    if image.mode == "RGBA":
        ground = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(ground, image).convert("RGB")
    tiny = image.copy()
    tiny.thumbnail((blurhash.SIDE, blurhash.SIDE))
    raw = tiny.tobytes()
    pixels = [(raw[at], raw[at + 1], raw[at + 2]) for at in range(0, len(raw), 3)]
    return blurhash.encode(pixels, tiny.width, tiny.height)


def main() -> None:
    give_up_rights()
    name, purpose = sys.argv[1:3]
    with open(0, "rb", closefd=False) as source:
        try:
            report = work(source, name, purpose)
        except Refused as refused:
            report = {"refused": str(refused)}
        except MemoryError:
            report = {"refused": "too much memory"}
        except Exception:  # Decoders raise whatever they like.
            report = {"refused": "broken"}
    Path("report").write_text(json.dumps(report))


if __name__ == "__main__":
    main()
