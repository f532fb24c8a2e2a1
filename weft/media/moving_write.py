"""In the child: writing a video or a sound anew, copied or encoded.

Video becomes H.264 (8 bits, 4:2:0, at most 1280 by 720 and 60 pictures a second) with AAC, its index at
the beginning (``faststart``), so that it plays while it loads. A picture that a telephone marked
as turned is turned when it is encoded, and marked again when it is copied.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

import av
from av.container import InputContainer, OutputContainer
from av.filter import Graph

from weft.media import limits
from weft.media.child import Refused

CRF = "23"
MOST_BITS = "4M"
AUDIO_BITS = 128_000
MOST_HASTY_MS = 10
_FORMS = {"mp4": "mp4", "m4a": "ipod", "mp3": "mp3"}
_TURNS = {90: ("cclock",), 180: ("clock", "clock"), 270: ("clock",)}


@dataclass
class Plan:
    """What is to be done, and while it is done what was found."""

    threads: int
    kind: Literal["mp4", "m4a", "mp3"] = "m4a"
    video_index: int | None = None
    audio_index: int | None = None
    copy_video: bool = False
    copy_audio: bool = False
    width: int = 0
    height: int = 0
    rate: Fraction = Fraction(30)
    turn: int = 0
    """By how many degrees the pictures are to be turned, against the clock."""
    colours: dict[str, int] = field(default_factory=dict)
    pictures: int = 0
    """How many there were."""
    duration_ms: int = 0
    """When the last packet ended."""

    @property
    def has_video(self) -> bool:
        return self.video_index is not None

    @property
    def copies(self) -> bool:
        return self.copy_video or self.copy_audio


def write(given: InputContainer, plan: Plan) -> None:
    """Write ``full``.

    Raises:
        Refused: there is more in the file than it says, or nothing.
    """
    plan.pictures = plan.duration_ms = 0
    if plan.kind == "mp3" and not plan.copy_audio:
        plan.kind = "m4a"
    options = {} if plan.kind == "mp3" else {"movflags": "+faststart", "use_editlist": "1"}
    if plan.kind == "mp3":
        options = {"id3v2_version": "0", "write_id3v1": "0"}
    with av.open("full", "w", format=_FORMS[plan.kind], options=options) as out:
        tracks: dict[int, _Copied | _Filmed | _Heard] = {}
        for index, copied in (
            (plan.video_index, plan.copy_video),
            (plan.audio_index, plan.copy_audio),
        ):
            if index is not None:
                stream = given.streams[index]
                stream.codec_context.thread_count = plan.threads
                encoded = _Filmed if index == plan.video_index else _Heard
                tracks[index] = (_Copied if copied else encoded)(out, stream, plan)
        out.start_encoding()
        wanted = [given.streams[index] for index in tracks]
        for packet in given.demux(wanted):
            if packet.size:
                tracks[packet.stream.index].take(packet)
        for track in tracks.values():
            track.end()
    if plan.duration_ms <= 0 or (plan.has_video and not plan.pictures):
        raise Refused("nothing in it")


class _Track:
    """One track on its way into the new file."""

    def __init__(self, container: OutputContainer, stream: Any, plan: Plan) -> None:
        self.container, self.stream, self.plan = container, stream, plan
        self.is_video = stream.type == "video"

    def counted(self, at: int | None, length: int | None, base: Fraction | None) -> None:
        """Something ended at ``at + length``."""
        plan = self.plan
        if self.is_video:
            plan.pictures += 1
            if plan.pictures > limits.MOVING_MS // 1000 * limits.VIDEO_RATE:
                raise Refused("too long")
        if at is not None and base is not None:
            begun = self.stream.start_time or 0
            plan.duration_ms = max(
                plan.duration_ms, int((at - begun + (length or 0)) * base * 1000)
            )
            if plan.duration_ms > limits.MOVING_MS:
                raise Refused("too long")


class _Copied(_Track):
    def __init__(self, container: OutputContainer, stream: Any, plan: Plan) -> None:
        super().__init__(container, stream, plan)
        self.out: Any = container.add_stream_from_template(stream, opaque=True)
        if self.is_video and plan.turn:
            # Copied packets know nothing of it.
            self.out.set_display_rotation(plan.turn)

    def take(self, packet: Any) -> None:
        if packet.dts is None:
            packet.dts = packet.pts
        self.counted(packet.pts, packet.duration, packet.time_base)
        packet.stream = self.out
        self.container.mux(packet)

    def end(self) -> None:
        pass


class _Filmed(_Track):
    """Decoded, turned, scaled and encoded."""

    def __init__(self, container: OutputContainer, stream: Any, plan: Plan) -> None:
        super().__init__(container, stream, plan)
        stream.thread_type = "AUTO"
        self.graph: Graph | None = None
        self.shape: tuple[Any, ...] = ()
        self.last = -(2**62)
        self.base = stream.time_base or Fraction(1, 90_000)
        self.least_step = max(1, int(1 / (limits.KEPT_RATE * self.base) * Fraction(9, 10)))
        self.pixels = 0
        width, height = plan.width, plan.height
        if plan.turn in (90, 270):
            width, height = height, width
        width, height = limits.fitted(width, height, limits.KEPT_VIDEO_PIXELS)
        self.out: Any = encoder(container, width, height, self.base, plan.rate, plan.threads)
        for name, value in plan.colours.items():
            setattr(self.out.codec_context, name, value)

    def take(self, packet: Any) -> None:
        for frame in packet.decode():
            self._show(frame)

    def _show(self, frame: Any) -> None:
        self.pixels += frame.width * frame.height
        if frame.width * frame.height > limits.VIDEO_PIXELS:
            raise Refused("too many pixels")
        if self.pixels > limits.ENCODED_PIXELS:
            raise Refused("too much to encode")
        at = frame.pts if frame.pts is not None else self.last + self.least_step
        if at < self.last + self.least_step:
            return
        self.last = frame.pts = at
        self.counted(at, frame.duration or round(1 / (self.plan.rate * self.base)), self.base)
        shape = (frame.width, frame.height, frame.format.name)
        if self.graph is None or shape != self.shape:
            self.graph, self.shape = self._graph(frame), shape
        self.graph.vpush(frame)
        shown = self.graph.vpull()
        shown.pts, shown.time_base = at, self.base
        shown.pict_type = 0
        self.container.mux(self.out.encode(shown))

    def _graph(self, frame: Any) -> Graph:
        graph = Graph()
        nodes = [
            graph.add_buffer(
                width=frame.width, height=frame.height, format=frame.format, time_base=self.base
            ),
            *(graph.add("transpose", name) for name in _TURNS.get(self.plan.turn, ())),
            graph.add("scale", f"{self.out.width}:{self.out.height}"),
            graph.add("format", "yuv420p"),
            graph.add("buffersink"),
        ]
        graph.link_nodes(*nodes).configure()
        return graph

    def end(self) -> None:
        for frame in self.stream.decode(None):
            self._show(frame)
        self.container.mux(self.out.encode(None))


class _Heard(_Track):
    """Decoded and encoded in stereo, or as it is if it is mono."""

    def __init__(self, container: OutputContainer, stream: Any, plan: Plan) -> None:
        super().__init__(container, stream, plan)
        rate = 44_100 if stream.rate in (11_025, 22_050, 44_100) else 48_000
        layout = "mono" if stream.channels == 1 else "stereo"
        self.out: Any = container.add_stream("aac", rate=rate, layout=layout)
        self.out.bit_rate = AUDIO_BITS
        self.resampler = av.AudioResampler("fltp", layout, rate, 1024)
        self.samples = 0

    def take(self, packet: Any) -> None:
        for frame in packet.decode():
            self._hear(frame)

    def _hear(self, frame: Any) -> None:
        self.counted(self.samples, frame.samples, Fraction(1, frame.sample_rate))
        self.samples += frame.samples
        for part in self.resampler.resample(frame):
            self.container.mux(self.out.encode(part))

    def counted(self, at: int | None, length: int | None, base: Fraction | None) -> None:
        """By the samples that there are: sound has no gaps."""
        plan = self.plan
        plan.duration_ms = max(
            plan.duration_ms, int(((at or 0) + (length or 0)) * (base or Fraction(1)) * 1000)
        )
        if plan.duration_ms > limits.MOVING_MS:
            raise Refused("too long")

    def end(self) -> None:
        for frame in self.stream.decode(None):
            self._hear(frame)
        for part in self.resampler.resample(None):
            self.container.mux(self.out.encode(part))
        self.container.mux(self.out.encode(None))


def write_animation(image: Any, frames: int) -> tuple[int, int, int, str]:
    """Write ``full`` from the pictures of an animation, white behind what can be seen through; its
    width, height, length in milliseconds and rate."""
    from PIL import Image

    base = Fraction(1, 1000)
    options = {"movflags": "+faststart"}
    with av.open("full", "w", format="mp4", options=options) as out:
        track = encoder(out, image.width, image.height, base, Fraction(25), threads=1)
        size, at = (track.width, track.height), 0
        lengths: dict[int, int] = {}

        def mux(packets: list[Any]) -> None:
            for packet in packets:
                # The encoder forgets how long the last one is shown.
                packet.duration = lengths.get(packet.pts, 0)
                out.mux(packet)

        for index in range(frames):
            image.seek(index)
            shown = image.convert("RGBA" if image.has_transparency_data else "RGB")
            length = int(image.info.get("duration") or 0)
            if length <= MOST_HASTY_MS:
                length = 100  # As browsers have it: what is faster was never meant.
            if shown.mode == "RGBA":
                ground = Image.new("RGBA", shown.size, "white")
                shown = Image.alpha_composite(ground, shown).convert("RGB")
            frame: Any = av.VideoFrame.from_image(  # type: ignore[no-untyped-call]
                shown if shown.size == size else shown.resize(size)
            )
            frame.pts, frame.time_base, frame.duration = at, base, length
            lengths[at] = length
            mux(track.encode(frame))
            at += length
        mux(track.encode(None))
    rate = Fraction(frames * 1000, at).limit_denominator(1001)
    return (*size, at, f"{rate.numerator}/{rate.denominator}")


def encoder(
    container: OutputContainer,
    width: int,
    height: int,
    base: Fraction,
    rate: Fraction,
    threads: int,
) -> Any:
    """An H.264 track that all can play; odd sides lose a pixel."""
    out: Any = container.add_stream("libx264", rate=max(Fraction(1), rate))
    out.width, out.height = max(2, width - width % 2), max(2, height - height % 2)
    out.pix_fmt = "yuv420p"
    out.codec_context.time_base = base
    out.codec_context.thread_count = threads
    out.codec_context.gop_size = max(1, round(2 * rate))
    out.options = {
        "preset": "veryfast",
        "profile": "high",
        "crf": CRF,
        "maxrate": MOST_BITS,
        "bufsize": "8M",
    }
    return out
