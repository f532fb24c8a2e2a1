"""In the child: what is seen and heard of a video or a sound before it plays."""

import io
from itertools import pairwise
from typing import Any

import av
from av.container import InputContainer

from weft.media import limits
from weft.media.child import Refused
from weft.media.pictures_seen import seen

POSTER_MS = 2000
"""Where the poster is taken from, or a tenth of the way where that is earlier: the first pictures
are often black."""
_PEAK_RATE = 8000
_PEAK_SAMPLES = 400
_TURNS = {90: "ROTATE_90", 180: "ROTATE_180", 270: "ROTATE_270"}


def poster(result: InputContainer, video: Any, duration_ms: int) -> tuple[dict[str, Any], int, int]:
    """Write ``small``; its part of the report, and the size in which the video is shown."""
    wanted = min(POSTER_MS, duration_ms // 10)
    frame = None
    for count, each in enumerate(result.decode(video)):
        if each.width * each.height > limits.VIDEO_PIXELS:
            raise Refused("too many pixels")
        frame = each
        if (each.time or 0) * 1000 >= wanted or count >= POSTER_MS * limits.VIDEO_RATE // 1000:
            break
    if frame is None:
        raise Refused("nothing in it")
    image = frame.to_image()
    turn = round(frame.rotation / 90) * 90 % 360
    if turn in _TURNS:
        from PIL import Image

        image = image.transpose(getattr(Image.Transpose, _TURNS[turn]))
    return seen(image), image.width, image.height


def cover(given: InputContainer) -> dict[str, Any] | None:
    """A record's cover, written as ``small``; its part of the report, or None without a cover that
    can be read."""
    from PIL import Image

    for stream in given.streams.video:
        try:
            packet = next(each for each in given.demux(stream) if each.size)
            if packet.size > limits.COVER_BYTES:
                continue
            Image.MAX_IMAGE_PIXELS = limits.PICTURE_PIXELS
            image = Image.open(io.BytesIO(bytes(packet)), formats=["JPEG", "PNG", "WEBP"])
            if image.width * image.height <= limits.PICTURE_PIXELS:
                return seen(image.convert("RGB"))
        except Exception:  # noqa: S112  a cover that cannot be read is no reason to refuse the sound
            continue
    return None


def peaks(result: InputContainer) -> list[int]:
    """How loud the sound is along its length: ``PEAKS`` numbers from 0 to 100."""
    resampler = av.AudioResampler("s16", "mono", _PEAK_RATE, _PEAK_SAMPLES)
    loud: list[int] = []

    def heard(parts: list[Any]) -> None:
        for part in parts:
            samples = memoryview(bytes(part.planes[0])[: part.samples * 2]).cast("h")
            if samples:
                high, low = max(samples), min(samples)
                loud.append(max(high, -low))

    for frame in result.decode(result.streams.audio[0]):
        heard(resampler.resample(frame))
        if len(loud) * _PEAK_SAMPLES > (limits.MOVING_MS // 1000 + 60) * _PEAK_RATE:
            raise Refused("too long")
    heard(resampler.resample(None))
    if not loud:
        raise Refused("nothing in it")
    count = min(limits.PEAKS, len(loud))
    edges = [round(at * len(loud) / count) for at in range(count + 1)]
    return [min(100, round(max(loud[start:end]) * 100 / 32768)) for start, end in pairwise(edges)]
