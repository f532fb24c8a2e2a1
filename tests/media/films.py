"""Real videos and sounds, made by FFmpeg, and ways to spoil them."""

import io
import math
import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from PIL import Image, ImageDraw

SECRET = "telephone-serial-31337"
PLACE = "+52.5200+013.4050/"


def picture(number: int, width: int, height: int) -> Image.Image:
    """Shapes with detail; the white square moves with ``number``."""
    image = Image.new("RGB", (width, height), (30 + number * 3 % 200, 60, 120))
    draw = ImageDraw.Draw(image)
    for at in range(0, width, max(8, width // 12)):
        for down in range(0, height, max(8, height // 9)):
            shade = (at * 7 + down * 13) % 256
            draw.ellipse((at, down, at + width // 16, down + height // 12), fill=(shade, 90, 200))
    left = number * 4 % max(1, width - 20)
    draw.rectangle((left, height // 4, left + 20, height // 4 + 20), fill="white")
    return image


def _tone(out: Any, seconds: float, rate: int = 48_000, loud: float = 0.5) -> list[Any]:
    """Frames of a tone whose first half is silent."""
    layout = out.codec_context.layout.name
    frames = []
    total, at = int(seconds * rate), 0
    while at < total:
        count = min(1024, total - at)
        samples = [
            0
            if at + n < total // 2
            else int(32767 * loud * math.sin(2 * math.pi * 440 * (at + n) / rate))
            for n in range(count)
        ]
        channels = 1 if layout == "mono" else 2
        frame = av.AudioFrame("s16", layout, count)
        frame.planes[0].update(
            struct.pack(f"<{count * channels}h", *(s for s in samples for _ in range(channels)))
        )
        frame.sample_rate, frame.pts, frame.time_base = rate, at, Fraction(1, rate)
        frames.append(frame)
        at += count
    return frames


def film(
    form: str = "mp4",
    codec: str = "libx264",
    sound: str | None = "aac",
    *,
    seconds: float = 1.0,
    rate: int = 25,
    width: int = 320,
    height: int = 240,
    turned: int = 0,
    tags: dict[str, str] | None = None,
    pix_fmt: str = "yuv420p",
    first: int = 0,
) -> bytes:
    """A video with a tone, and what a telephone writes into it."""
    target = io.BytesIO()
    target.name = ""
    with av.open(target, "w", format=form) as out:
        out.metadata.update(tags or {})
        video: Any = out.add_stream(codec, rate=rate)
        video.width, video.height, video.pix_fmt = width, height, pix_fmt
        if turned:
            video.set_display_rotation(turned)
        audio: Any = out.add_stream(sound, rate=48_000, layout="stereo") if sound else None
        for number in range(int(seconds * rate)):
            frame: Any = av.VideoFrame.from_image(picture(first + number, width, height))  # type: ignore[no-untyped-call]
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        if audio is not None:
            for heard in _tone(audio, seconds):
                out.mux(audio.encode(heard))
            out.mux(audio.encode(None))
    return target.getvalue()


def sound(
    form: str = "mp3",
    codec: str = "libmp3lame",
    *,
    seconds: float = 1.0,
    layout: str = "stereo",
    tags: dict[str, str] | None = None,
    cover: bytes | None = None,
) -> bytes:
    """A tone, silent in its first half; ``cover`` is a JPEG."""
    target = io.BytesIO()
    target.name = ""
    with av.open(target, "w", format=form) as out:
        out.metadata.update(tags or {})
        audio: Any = out.add_stream(codec, rate=48_000, layout=layout)
        if cover is not None:
            art: Any = out.add_stream("mjpeg")
            art.width, art.height, art.pix_fmt = 64, 64, "yuvj420p"
            art.disposition = av.stream.Disposition.attached_pic
        for heard in _tone(audio, seconds):
            out.mux(audio.encode(heard))
        out.mux(audio.encode(None))
        if cover is not None:
            packet = av.Packet(cover)
            packet.stream, packet.pts, packet.dts = art, 0, 0
            packet.time_base = Fraction(1, 90_000)
            out.mux(packet)
    return target.getvalue()


def pictures(content: bytes) -> list[Image.Image]:
    """Every picture of a video."""
    with av.open(io.BytesIO(content), "r") as given:
        frames: Any = given.decode(given.streams.video[0])
        return [frame.to_image() for frame in frames]


def streams(content: bytes | Path) -> dict[str, Any]:
    """What is in a file, as FFmpeg reads it without being told anything."""
    source = io.BytesIO(content) if isinstance(content, bytes) else str(content)
    with av.open(source, "r") as given:
        return {
            "form": given.format.name,
            "tags": dict(given.metadata),
            "codecs": [each.codec_context.name for each in given.streams],
            "kinds": [each.type for each in given.streams],
            "stream_tags": [dict(each.metadata) for each in given.streams],
            "seconds": (given.duration or 0) / 1_000_000,
            "sizes": [(each.width, each.height) for each in given.streams.video],
        }


def packets(content: bytes) -> list[tuple[str, bytes]]:
    """What is encoded in a file, packet by packet."""
    with av.open(io.BytesIO(content), "r") as given:
        return [(each.stream.type, bytes(each)) for each in given.demux() if each.size]


def shown_first(content: bytes) -> Image.Image:
    """The first picture as a player shows it."""
    with av.open(io.BytesIO(content), "r") as given:
        frame: Any = next(given.decode(given.streams.video[0]))
        image: Image.Image = frame.to_image()
        return image.rotate(frame.rotation, expand=True)


def near(one: Image.Image, other: Image.Image) -> bool:
    """Do they look the same?"""
    sides = (16, 16)
    here, there = (each.convert("RGB").resize(sides).tobytes() for each in (one, other))
    return sum(abs(a - b) for a, b in zip(here, there, strict=True)) / len(here) < 12


def wav_claiming(seconds: int) -> bytes:
    """A sound of a second whose head says that it is long."""
    size = min(2**32 - 1, seconds * 8000)
    head = b"RIFF" + struct.pack("<I", size + 36) + b"WAVEfmt "
    head += struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8)
    return head + b"data" + struct.pack("<I", size) + bytes(8000)


def film_of_hours(hours: int, form: str = "mp4") -> bytes:
    """Two pictures, one at the beginning and one at the end."""
    target = io.BytesIO()
    target.name = ""
    with av.open(target, "w", format=form) as out:
        video: Any = out.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        for at in (0, hours * 3600 * 25):
            frame: Any = av.VideoFrame.from_image(picture(0, 64, 48))  # type: ignore[no-untyped-call]
            frame.pts, frame.time_base = at, Fraction(1, 25)
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
    return target.getvalue()


def many_tracks(count: int) -> bytes:
    target = io.BytesIO()
    target.name = ""
    with av.open(target, "w", format="matroska") as out:
        tracks: list[Any] = [
            out.add_stream("pcm_s16le", rate=48_000, layout="mono") for _ in range(count)
        ]
        out.start_encoding()
        for track in tracks:
            for frame in _tone(track, 0.05):
                out.mux(track.encode(frame))
    return target.getvalue()


def with_size(content: bytes, width: int = 320, height: int = 240) -> bytes:
    """An MP4 whose head says another size than its stream."""
    at = content.index(b"avc1", content.index(b"stsd")) + 4 + 24
    return content[:at] + struct.pack(">HH", width, height) + content[at + 4 :]


def referring(content: bytes, path: str) -> bytes:
    """A QuickTime file whose pictures are in another file (an alias with an absolute path)."""
    name = path.encode()
    record = bytes(150) + struct.pack(">HH", 18, len(name)) + name + b"\0" * (len(name) % 2)
    record += struct.pack(">HH", 0xFFFF, 0)
    entry = struct.pack(">I", 12 + len(record)) + b"alis" + bytes(4) + record
    at = content.index(b"dref") - 4
    length = struct.unpack(">I", content[at : at + 4])[0]
    body = b"dref" + bytes(4) + struct.pack(">I", 1) + entry
    grown = struct.pack(">I", 4 + len(body)) + body
    extra = len(grown) - length
    made = bytearray(content[:at] + grown + content[at + length :])
    for box in (b"dinf", b"minf", b"mdia", b"trak", b"moov"):
        start = made.rindex(box, 0, at) - 4
        made[start : start + 4] = struct.pack(
            ">I", struct.unpack(">I", made[start : start + 4])[0] + extra
        )
    return bytes(made)
