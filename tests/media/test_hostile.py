"""Uploads that mean harm, or are not what they say."""

import asyncio
import io
import os
import random
import time
import zlib
from pathlib import Path

import pytest
from PIL import Image

from tests.media.conftest import Rig
from tests.media.pictures import animation, encoded, frames, gradient, png_claiming
from weft.domain.media.facets import media_facets
from weft.domain.media.records import MediaState
from weft.domain.posts.lists import media_by_id
from weft.media import kinds, limits, picture_child, sandbox
from weft.media.errors import Rejected, TooBusy
from weft.media.sandbox import Sandbox

OWNER = 7
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script></svg>'
HTML = b"<!doctype html><script>fetch('/api/v1/accounts/verify_credentials')</script>"


async def refused(rig: Rig, content: bytes) -> str:
    """The sentence; nothing may be left behind."""
    with pytest.raises(Rejected) as caught:
        await rig.intake.accept(OWNER, io.BytesIO(content))
    assert rig.files() == []
    assert rig.leftovers() == []
    return str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        HTML,
        SVG,
        b'<?xml version="1.0"?>' + SVG,
        b"%PDF-1.7\n",
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        b"MZ" + bytes(200),
        b"BM" + bytes(100),
        b"II*\x00" + bytes(100),
        b"\x00\x00\x01\x00" + bytes(100),
        b"PK\x03\x04" + bytes(100),
        b"\xff\xd8",
        b"\x00",
    ],
    ids=lambda content: repr(content[:8]),
)
async def test_what_is_no_picture_is_refused_whatever_it_is_called(
    rig: Rig, content: bytes
) -> None:
    assert "none of those that are taken" in await refused(rig, content)


async def test_a_refusal_says_what_is_taken(rig: Rig) -> None:
    assert "JPEG, PNG, GIF, WebP, AVIF and HEIC" in await refused(rig, HTML)
    assert "empty" in await refused(rig, b"")
    assert "16 MB" in await refused(rig, b"\xff\xd8\xff" + bytes(limits.PICTURE_BYTES))
    assert "99 MB" in await refused(rig, b"\xff\xd8\xff" + bytes(limits.MOVING_BYTES))


@pytest.mark.parametrize(
    "head",
    [
        b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp42",
        b"\x1a\x45\xdf\xa3\x01\x00\x00\x00",
        b"OggS\x00\x02",
        b"ID3\x04\x00",
        b"RIFF\x00\x00\x00\x00WAVEfmt ",
        b"fLaC\x00",
    ],
)
async def test_what_only_begins_like_video_or_sound_fails_with_a_sentence(
    rig: Rig, head: bytes
) -> None:
    media_id = await rig.intake.accept(OWNER, io.BytesIO(head + bytes(100)))
    assert await rig.worker.run_waiting() == 1
    row = await rig.db.one(media_by_id, id=media_id)
    assert row is not None
    assert row.state == MediaState.FAILED
    assert "damaged" in (media_facets(row.facets).error or "")
    await rig.intake.close()
    assert rig.files() == []
    assert rig.leftovers() == []


async def test_a_picture_larger_than_it_is_long_is_refused_before_it_is_decoded(rig: Rig) -> None:
    for side in (10_000, 60_000, 2**31 - 1):
        said = await refused(rig, png_claiming(side, side))
        assert "million pixels" in said or "damaged" in said
    assert "33 million pixels" in await refused(rig, png_claiming(10_000, 10_000))


async def test_a_bomb_within_the_bounds_costs_bounded_memory(rig: Rig) -> None:
    """33 million pixels in 100 kilobytes: decoded, and kept small."""
    content = encoded(Image.new("L", (7680, 4320)), "PNG", compress_level=9)
    assert len(content) < 100_000
    row = await rig.db.one(media_by_id, id=await rig.intake.accept(OWNER, io.BytesIO(content)))
    assert row is not None
    assert (row.width, row.height) == (3840, 2160)


async def test_text_that_unpacks_without_end_is_refused_or_left_out(rig: Rig) -> None:
    packed = zlib.compress(bytes(200 * 1024**2), 9)
    body = b"Comment\x00\x00" + packed
    chunk = len(body).to_bytes(4, "big") + b"zTXt" + body
    chunk += zlib.crc32(b"zTXt" + body).to_bytes(4, "big")
    whole = encoded(gradient(50, 50), "PNG")
    content = whole[:33] + chunk + whole[33:]
    try:
        await rig.intake.accept(OWNER, io.BytesIO(content))
    except Rejected:
        return
    assert sum(path.stat().st_size for path in rig.files()) < 10_000


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("part", [0.3, 0.9])
async def test_half_a_picture_is_refused(rig: Rig, form: str, part: float) -> None:
    whole = encoded(gradient(), form)
    assert "damaged" in await refused(rig, whole[: int(len(whole) * part)])


async def test_an_animation_is_bounded_in_size_and_length(rig: Rig) -> None:
    wide = [Image.new("L", (2000, 1000), shade) for shade in (0, 99)]
    content = encoded(wide[0], "GIF", save_all=True, append_images=wide[1:])
    assert "animation is too large" in await refused(rig, content)
    many = [Image.new("1", (2, 2), index % 2) for index in range(limits.ANIMATION_FRAMES + 1)]
    content = encoded(many[0], "GIF", save_all=True, append_images=many[1:])
    assert "animation is too large" in await refused(rig, content)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP"])
async def test_nothing_that_follows_or_hides_in_a_picture_is_kept(rig: Rig, form: str) -> None:
    """A picture that is also a page or an archive is only a picture afterwards."""
    tail = b"<script>steal()</script>PK\x03\x04"
    plain = [encoded(gradient(300, 200), form), *([animation(form)] if form != "JPEG" else [])]
    for content in plain:
        if form == "JPEG":
            hidden = content[:2] + b"\xff\xfe\x00\x1a" + tail[:24] + content[2:]
        else:
            hidden = content
        await rig.intake.accept(OWNER, io.BytesIO(hidden + tail))
    assert rig.files()
    for path in rig.files():
        kept = path.read_bytes()
        assert b"<script" not in kept
        assert b"steal" not in kept


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP", "AVIF"])
async def test_damaged_pictures_are_refused_or_kept_whole(rig: Rig, form: str) -> None:
    """Bytes are changed at random; whatever comes of it, the server answers and what it keeps can
    be read."""
    chance = random.Random(form)
    whole = animation(form) if form == "GIF" else encoded(gradient(200, 150), form)
    for _ in range(6):
        content = bytearray(whole)
        for _ in range(8):
            content[chance.randrange(20, len(content))] = chance.randrange(256)
        try:
            await rig.intake.accept(OWNER, io.BytesIO(bytes(content)))
        except Rejected:
            continue
    for path in rig.files():
        with Image.open(path) as image:
            image.load()
    assert rig.leftovers() == []


def test_brands_tell_pictures_from_video() -> None:
    def file(*brands: bytes) -> bytes:
        body = b"ftyp" + brands[0] + bytes(4) + b"".join(brands[1:])
        return (len(body) + 4).to_bytes(4, "big") + body

    assert kinds.kind_of(file(b"avif", b"mif1", b"miaf")) is kinds.AVIF
    assert kinds.kind_of(file(b"mif1", b"avif")) is kinds.AVIF
    assert kinds.kind_of(file(b"heic", b"mif1")) is kinds.HEIC
    assert kinds.kind_of(file(b"isom", b"mp42")) is kinds.MP4
    assert kinds.kind_of(file(b"qt  ")) is kinds.MOV
    assert kinds.kind_of(file(b"M4A ", b"isom")) is kinds.M4A
    assert kinds.kind_of(file(b"3gp5", b"isom")) is kinds.THREE_GP
    assert kinds.kind_of(b"\x00\x00\x00\x0cftyp") is kinds.MP4
    assert kinds.kind_of(b"\xff\xff\xff\xffftypisom") is kinds.MP4


def child(folder: Path, script: str) -> list[str]:
    """A command that behaves as a decoder that was taken over might."""
    program = folder / "child.py"
    program.write_text(
        "import os, sys, time, json\n"
        "def say(report): open('report', 'w').write(json.dumps(report))\n" + script
    )
    return [os.fspath(program)]


HONEST = {
    "kind": "png",
    "animated": False,
    "width": 10,
    "height": 10,
    "blurhash": "L00000fQfQfQfQfQfQfQfQfQfQfQ",
}
PNG = encoded(gradient(10, 10), "PNG")


@pytest.mark.parametrize(
    ("name", "script"),
    [
        ("says nothing", ""),
        ("talks nonsense", "open('report', 'w').write('<html>')"),
        ("talks without end", "open('report', 'w').write('[' * 1_000_000)"),
        ("links its report to our key", "os.symlink('/etc/passwd', 'report')"),
        ("dies", "os.kill(os.getpid(), 11)"),
        ("makes nothing", f"say({HONEST!r})"),
        (
            "hands back a link to our key",
            f"os.symlink('/etc/passwd', 'full'); say({HONEST!r})",
        ),
        (
            "hands back something else than it says",
            f"open('full', 'wb').write(b'<script>'); say({HONEST!r})",
        ),
        (
            "hands back a pipe",
            f"os.mkfifo('full'); say({HONEST!r})",
        ),
        (
            "says an absurd size",
            f"open('full', 'wb').write({PNG!r});"
            f" say({HONEST!r} | {{'width': 10**9, 'height': 10**9}})",
        ),
        (
            "puts a page into the blurhash",
            f"open('full', 'wb').write({PNG!r}); say({HONEST!r} | {{'blurhash': '<script>'}})",
        ),
    ],
)
async def test_a_decoder_that_was_taken_over_gets_nothing_kept(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, script: str
) -> None:
    monkeypatch.setattr(sandbox, "_command", lambda *_: child(tmp_path, script))
    monkeypatch.setattr(sandbox, "TIMEOUT_S", 5.0)
    assert "damaged" in await refused(rig, PNG), name


async def test_a_decoder_that_hangs_is_ended(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = f"open({os.fspath(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    monkeypatch.setattr(sandbox, "_command", lambda *_: child(tmp_path, script))
    monkeypatch.setattr(sandbox, "TIMEOUT_S", 1.0)
    assert "longer to read" in await refused(rig, PNG)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def wait_for_content(path: Path) -> None:
    for _ in range(500):
        if path.exists() and path.read_text():
            return
        time.sleep(0.02)
    pytest.fail(f"nothing was written to {path.name}")


async def test_a_decoder_ends_with_the_request_that_waited_for_it(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = f"open({os.fspath(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    monkeypatch.setattr(sandbox, "_command", lambda *_: child(tmp_path, script))
    task = asyncio.create_task(rig.intake.accept(OWNER, io.BytesIO(PNG)))
    await asyncio.to_thread(wait_for_content, tmp_path / "pid")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
    assert rig.leftovers() == []


async def limited(tmp_path: Path, script: str) -> bytes:
    """What a script prints under the decoder's own limits."""
    program = f"{sandbox.same_code()}from weft.media import picture_child as p; p.give_up_rights()\n{script}"
    process = await asyncio.create_subprocess_exec(
        *sandbox.interpreter(),
        "-c",
        program,
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    out, _ = await process.communicate()
    return out.strip()


async def test_the_limits_of_a_decoder_hold(tmp_path: Path) -> None:
    memory = "try: bytearray(4 * 1024**3)\nexcept MemoryError: print('no memory')"
    assert await limited(tmp_path, memory) == b"no memory"
    disk = "try: open('x', 'wb').write(bytes(100 * 1024**2))\nexcept OSError: print('no disk')"
    assert await limited(tmp_path, disk) == b"no disk"
    files = "try: [open('/dev/null') for _ in range(100)]\nexcept OSError: print('no files')"
    assert (await limited(tmp_path, f"k = []\n{files}")) == b"no files"
    seconds = "import resource; print(resource.getrlimit(resource.RLIMIT_CPU)[0])"
    assert await limited(tmp_path, seconds) == str(picture_child.CPU_S).encode()


async def test_a_decoder_knows_no_secrets_of_ours(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gets no environment, and no open file but the upload."""
    seen = tmp_path / "seen"
    script = (
        f"open({os.fspath(seen)!r}, 'w').write(json.dumps("
        "[sorted(os.environ), [os.readlink(f'/proc/self/fd/{n}') for n in range(3, 40)"
        " if os.path.exists(f'/proc/self/fd/{n}')]]))"
    )
    monkeypatch.setenv("WEFT_DATABASE_URL", "postgresql://weft:secret@db/weft")
    monkeypatch.setattr(sandbox, "_command", lambda *_: child(tmp_path, script))
    await refused(rig, PNG)
    assert "WEFT" not in seen.read_text()
    assert "weft.db" not in seen.read_text()


async def test_when_too_many_wait_the_next_is_told_so(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.intake._sandbox = Sandbox(children=1, waiting=1)
    results = await asyncio.gather(
        *(rig.intake.accept(OWNER, io.BytesIO(PNG)) for _ in range(3)), return_exceptions=True
    )
    assert sum(isinstance(each, int) for each in results) >= 1
    assert sum(isinstance(each, TooBusy) for each in results) >= 1
    assert await rig.intake.accept(OWNER, io.BytesIO(PNG))


def test_frames_of_the_test_pictures_differ() -> None:
    """Otherwise the tests of animations would prove nothing."""
    first, second, *_ = frames()
    assert first.tobytes() != second.tobytes()
