"""The process that decodes one uploaded picture, and is gone afterwards.

Started as ``python -I … weft.media.picture_child FORMAT PURPOSE`` in a folder of its own, with the
upload as standard input. It gives up memory, time and files first, then decodes, and writes
``full`` and perhaps ``small`` into the folder, and JSON into ``report``: what it made, or
``{"refused": code}``. An animation that somebody posts becomes a silent video, which is a tenth as
long and plays everywhere. Decoders are where hostile files do harm, so nothing that is kept comes
from the upload: both files are encoded anew from the pixels, without EXIF, XMP, comments or
whatever followed the picture. Colours are turned to sRGB, so that the profile can go, too.
"""

import contextlib
import io
import os
import sys
from typing import Any, BinaryIO

from weft.media import child, limits
from weft.media.child import Refused
from weft.media.likeness import likeness
from weft.media.pictures_seen import colours, plain, seen

ADDRESS_SPACE_BYTES = 1280 * 1024**2
"""Measured at 33 million pixels: a WebP peaks at 0.66 GB, a HEIC at 0.51, a PNG at 0.38."""
CPU_S = 30
WRITTEN_BYTES = 64 * 1024**2
HEAD_BYTES = 4096
_FORMATS = {
    "jpeg": ["JPEG", "MPO"],
    "png": ["PNG"],
    "gif": ["GIF"],
    "webp": ["WEBP"],
    "avif": ["AVIF"],
    "heic": ["HEIF"],
}


def give_up_rights() -> None:
    """Bound what this process can take, for good."""
    child.give_up_rights(
        address_space_bytes=ADDRESS_SPACE_BYTES, cpu_s=CPU_S, written_bytes=WRITTEN_BYTES
    )


def work(source: BinaryIO, name: str, purpose: str) -> dict[str, Any]:
    """Decode and encode anew; what was made.

    Raises:
        Refused, and whatever a decoder raises on a broken file.
    """
    lossless = b"VP8L" in source.read(HEAD_BYTES)
    source.seek(0)
    image = _opened(source, name)
    if purpose == "likeness":
        image.draft("RGB", (256, 256))
        return {"likeness": likeness(plain(image))}
    if purpose == "poster":
        return _poster(image)
    if purpose in limits.PORTRAIT_SIZES:
        return _portrait(image, limits.PORTRAIT_SIZES[purpose])
    if name in ("gif", "webp", "png") and getattr(image, "n_frames", 1) > 1:
        return _animation(image, name) if purpose == "emoji" else _film(image)
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

    image = plain(_upright(image))
    scale = min(1.0, image.width / size[0], image.height / size[1])
    image = ImageOps.fit(image, tuple(max(1, round(side * scale)) for side in size))
    name = "png" if image.mode == "RGBA" else "jpeg"
    if name == "png":
        image.save("full", "PNG", compress_level=6)
    else:
        _save_jpeg(image, 90)
    return _reported(image, name, with_small=False)


def _poster(image: Any) -> dict[str, Any]:
    """The picture that somebody wants to be seen of a video or a sound, in a preview's size."""
    report = seen(_upright(image))
    os.replace("small", "full")
    return {
        "kind": "webp",
        "animated": False,
        "width": report["small_width"],
        "height": report["small_height"],
        "blurhash": report["blurhash"],
        "likeness": report["likeness"],
    }


def _film(image: Any) -> dict[str, Any]:
    """An animation as a silent video."""
    from weft.media.moving_write import write_animation

    frames = _counted(image)
    width, height, duration_ms, rate = write_animation(image, frames)
    image.seek(0)
    return {
        "kind": "mp4",
        "animated": True,
        "width": width,
        "height": height,
        "duration_ms": duration_ms,
        "frame_rate": rate,
        **seen(image),
    }


def _counted(image: Any) -> int:
    """How many pictures there are; bounded, like what they take together."""
    pixels, frames = image.width * image.height, image.n_frames
    if (
        frames > limits.ANIMATION_FRAMES
        or pixels > limits.ANIMATION_PIXELS
        or pixels * frames > limits.ANIMATION_TOTAL_PIXELS
    ):
        raise Refused("too long")
    return int(frames)


def _animation(image: Any, name: str) -> dict[str, Any]:
    """Every picture is decoded and encoded anew, so that the last one counts like the first."""
    frames = _counted(image)
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
    report = _reported(plain(image), name, animated=True)
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
        image = plain(image).resize(size, Image.Resampling.LANCZOS)
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
        image = plain(image)
        return ImageCms.profileToProfile(
            image, given, ImageCms.createProfile("sRGB"), outputMode=image.mode
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image


def _save_jpeg(image: Any, quality: int | str) -> None:
    if image.mode not in ("RGB", "L"):
        image = image.convert("RGB")
    image.save("full", "JPEG", quality=quality, progressive=True)


def _reported(
    image: Any, name: str, *, animated: bool = False, with_small: bool = True
) -> dict[str, Any]:
    report: dict[str, Any] = {
        "kind": name,
        "animated": animated,
        "width": image.width,
        "height": image.height,
    }
    size = limits.fitted(image.width, image.height, limits.SMALL_PIXELS)
    if with_small and (size != image.size or animated):
        return report | seen(image)
    return report | colours(plain(image))


def main() -> None:
    give_up_rights()
    name, purpose = sys.argv[1:3]
    child.answer(lambda source: work(source, name, purpose))


if __name__ == "__main__":
    main()
