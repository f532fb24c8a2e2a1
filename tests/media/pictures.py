"""Real pictures, made by Pillow, and ways to spoil them."""

import io
import struct
import zlib
from typing import Any

from PIL import Image
from PIL.TiffImagePlugin import IFDRational

SECRET = b"camera-serial-31337"


def gradient(width: int = 800, height: int = 600, mode: str = "RGB") -> Image.Image:
    """Red from left to right and green from top to bottom, so that every corner differs."""
    across = Image.linear_gradient("L").rotate(90).resize((width, height))
    down = Image.linear_gradient("L").resize((width, height))
    image = Image.merge("RGB", (across, down, Image.new("L", (width, height), 64)))
    if mode == "RGBA":
        image.putalpha(down)
        return image
    return image.convert(mode)


def encoded(image: Image.Image, form: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def frames(count: int = 6, side: int = 200) -> list[Image.Image]:
    base = gradient(side, side)
    found = []
    for index in range(count):
        frame = base.copy()
        frame.paste((255, 255, 255), (index * 10, 20, index * 10 + 30, 60))
        found.append(frame)
    return found


def animation(form: str, count: int = 6, side: int = 200, **options: Any) -> bytes:
    first, *rest = frames(count, side)
    return encoded(first, form, save_all=True, append_images=rest, duration=80, loop=0, **options)


def with_exif(image: Image.Image, form: str = "JPEG", orientation: int = 1) -> bytes:
    """As a telephone writes it: orientation, serial number and a place."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Telephone " + SECRET.decode()
    gps = exif.get_ifd(0x8825)
    gps[1], gps[3] = "N", "E"
    gps[2] = tuple(IFDRational(value) for value in (52, 31, 12))
    gps[4] = tuple(IFDRational(value) for value in (13, 24, 18))
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + SECRET + b"</x:xmpmeta>"
    options: dict[str, Any] = {"exif": exif.tobytes(), "xmp": xmp}
    if form == "JPEG":
        options["comment"] = SECRET
    return encoded(image, form, **options)


def png_claiming(width: int, height: int) -> bytes:
    """A few hundred bytes that say that they are a picture of any size."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\x00" * 100_000, 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )
