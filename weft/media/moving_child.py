"""The process that makes an uploaded video or sound fit to be kept, and is gone afterwards.

Started as ``python -I … weft.media.moving_child FORMAT THREADS`` in a folder of its own, with the
upload as standard input; it answers as ``picture_child`` does, with ``full``, perhaps ``small`` (the
poster, or a record's cover) and ``report``.

FFmpeg is told which demuxer to use and with which decoders, and opens nothing but the one file:
no playlist, no list of files, no address that stands inside. What all can play (H.264, AAC, MP3) is
copied packet by packet into a new file, anything else is encoded anew (``moving_write``). Either way
nothing else comes along: no tags, no place, no chapters, no tracks of data. What the file claims of
itself is held against what is in it.
"""

import sys
from fractions import Fraction
from typing import Any, BinaryIO

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition

from weft.media import limits
from weft.media.child import Refused, answer, give_up_rights
from weft.media.moving_look import cover, peaks, poster
from weft.media.moving_write import Plan, write

ADDRESS_SPACE_BYTES = 1536 * 1024**2
"""Of which little is touched: about 0.25 GB at 1920 by 1080, and 0.5 GB at 3840 by 2160."""
CPU_S = 1800
WRITTEN_BYTES = 256 * 1024**2
VIDEO_CODECS = frozenset({"h264", "hevc", "vp8", "vp9", "av1", "mpeg4", "h263", "mjpeg", "theora"})
AUDIO_CODECS = frozenset(
    [
        "aac",
        "mp3",
        "opus",
        "vorbis",
        "flac",
        "alac",
        "ac3",
        "amrnb",
        "amrwb",
        "amr_nb",
        "amr_wb",
        "pcm_u8",
        "pcm_s8",
        "pcm_s16le",
        "pcm_s16be",
        "pcm_s24le",
        "pcm_s24be",
        "pcm_s32le",
        "pcm_f32le",
        "pcm_f64le",
        "pcm_mulaw",
        "pcm_alaw",
    ]
)
_DECODERS = ",".join(
    sorted(VIDEO_CODECS | AUDIO_CODECS | {"libdav1d", "mp3float", "libopus", "png", "mov_text"})
)
_PLAYED = frozenset({"yuv420p", "yuvj420p"})


def opened(source: Any, reader: str) -> InputContainer:
    """Open a file with one demuxer; whatever else it asks to be opened is refused."""
    source.seek(0)
    given: InputContainer = av.open(
        source,
        "r",
        format=reader,
        options={
            "protocol_whitelist": "none",
            "format_whitelist": ",".join(sorted({reader, av.ContainerFormat(reader, "r").name})),
            "codec_whitelist": _DECODERS,
            "max_streams": str(limits.MOVING_STREAMS + 1),
        },
        metadata_errors="replace",
        io_open=_nothing_else,
    )
    return given


def _nothing_else(url: str, flags: int, options: dict[str, str]) -> Any:
    raise PermissionError(url)


def work(source: BinaryIO, reader: str, threads: int) -> dict[str, Any]:
    """Make it fit to be kept; what was made.

    Raises:
        Refused, and whatever FFmpeg raises on a broken file.
    """
    with opened(source, reader) as given:
        plan = _planned(given, threads)
        picture = None if plan.has_video else cover(given)
    try:
        with opened(source, reader) as given:
            write(given, plan)
    except (FFmpegError, ValueError):
        if not plan.copies:
            raise
        # Its packets do not fit into another file as they are.
        plan.copy_video = plan.copy_audio = False
        with opened(source, reader) as given:
            _check_cost(given, plan)
            write(given, plan)
    with open("full", "rb") as made, opened(made, "mp3" if plan.kind == "mp3" else "mov") as result:
        return _reported(result, plan, picture)


def _planned(given: InputContainer, threads: int) -> Plan:
    """What is to be done with which tracks, by what the file says of itself."""
    if len(given.streams) > limits.MOVING_STREAMS:
        raise Refused("too many tracks")
    if given.duration is not None and given.duration > limits.MOVING_MS * 1000:
        raise Refused("too long")
    video = next((each for each in given.streams.video if _is_film(each)), None)
    audio = next(iter(given.streams.audio), None)
    if audio is not None and _codec(audio) not in AUDIO_CODECS:
        audio = None
    if video is not None and _codec(video) not in VIDEO_CODECS:
        raise Refused("unknown codec")
    if video is None and audio is None:
        raise Refused("nothing in it")
    plan = Plan(threads=threads)
    if audio is not None:
        plan.audio_index = audio.index
        plan.copy_audio = _codec(audio) == "aac" or (_codec(audio) == "mp3" and video is None)
        plan.kind = "mp3" if _codec(audio) == "mp3" else "m4a"
    if video is not None:
        if video.width * video.height > limits.VIDEO_PIXELS or min(video.width, video.height) < 1:
            raise Refused("too many pixels")
        rate = video.average_rate or video.guessed_rate
        if rate is not None and rate > limits.VIDEO_RATE:
            raise Refused("too fast")
        plan.kind, plan.video_index = "mp4", video.index
        plan.rate = rate or Fraction(30)
        _look(given, video, plan)
        plan.copy_video = _codec(video) == "h264" and video.pix_fmt in _PLAYED
        if not plan.copy_video:
            _check_cost(given, plan)
    return plan


def _look(given: InputContainer, video: Any, plan: Plan) -> None:
    """What the first picture shows that the head of the file need not tell."""
    first = next(given.decode(video), None)
    if first is None:
        raise Refused("broken")
    if first.width * first.height > limits.VIDEO_PIXELS:
        raise Refused("too many pixels")
    plan.width, plan.height = first.width, first.height
    plan.turn = round(first.rotation / 90) * 90 % 360
    plan.colours = {
        name: int(getattr(first, name))
        for name in ("color_primaries", "color_trc", "colorspace", "color_range")
    }


def _is_film(stream: Any) -> bool:
    """Not a record's cover."""
    still = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
    return not stream.disposition & still


def _codec(stream: Any) -> str:
    name: str = stream.codec_context.codec.canonical_name if stream.codec_context else ""
    return name


def _check_cost(given: InputContainer, plan: Plan) -> None:
    """What must be encoded anew may not take for ever; what the file does not say is found out
    while it is done."""
    if plan.has_video and given.duration is not None:
        pictures = given.duration / 1_000_000 * float(plan.rate)
        if pictures * plan.width * plan.height > limits.ENCODED_PIXELS:
            raise Refused("too much to encode")


def _reported(result: InputContainer, plan: Plan, picture: Any) -> dict[str, Any]:
    """What came out: measured, not believed."""
    duration_ms = max(plan.duration_ms, 0)
    if duration_ms > limits.MOVING_MS:
        raise Refused("too long")
    report: dict[str, Any] = {"kind": plan.kind, "duration_ms": duration_ms}
    if result.bit_rate:
        report["bitrate"] = int(result.bit_rate)
    audio = next(iter(result.streams.audio), None)
    if audio is not None:
        report |= {
            "audio_codec": _codec(audio),
            "sample_rate": int(audio.sample_rate or 0),
            "channels": int(audio.channels or 0),
        }
    video = next(iter(result.streams.video), None)
    if video is not None:
        seen, width, height = poster(result, video, duration_ms)
        rate = _rate(plan.pictures, duration_ms, video)
        return report | seen | {"width": width, "height": height, "frame_rate": rate}
    report["peaks"] = peaks(result)
    return report | picture if picture is not None else report


def _rate(pictures: int, duration_ms: int, video: Any) -> str:
    rate = video.average_rate or Fraction(pictures * 1000, max(duration_ms, 1))
    if rate > limits.VIDEO_RATE:
        raise Refused("too fast")
    rate = Fraction(rate).limit_denominator(1001)
    return f"{rate.numerator}/{rate.denominator}"


def main() -> None:
    give_up_rights(
        address_space_bytes=ADDRESS_SPACE_BYTES, cpu_s=CPU_S, written_bytes=WRITTEN_BYTES
    )
    reader, threads = sys.argv[1], int(sys.argv[2])
    answer(lambda source: work(source, reader, threads))


if __name__ == "__main__":
    main()
