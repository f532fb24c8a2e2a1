"""Uploading video and sound as apps do, against a real Weft on loopback."""

import asyncio
import io
from typing import Any

import aiohttp
import pytest
from PIL import Image

from tests.media import films
from tests.media.pictures import encoded
from tests.media.test_media_api import FILM, PICTURE, Running, weft
from weft.domain.media.records import Allowance
from weft.media import limits
from weft.media.intake import Bounds

__all__ = ["weft"]
ART = encoded(films.picture(9, 640, 640), "PNG")


def form(**files: bytes) -> aiohttp.FormData:
    made = aiohttp.FormData()
    for name, content in files.items():
        made.add_field(name, content, filename=f"{name}.bin", content_type="video/mp4")
    return made


async def test_a_video_is_worked_on_described_posted_and_seen(weft: Running) -> None:
    status, made = await weft.upload(FILM, "a.mp4", "video/mp4", description="Moving shapes")
    assert (status, made["type"], made["url"]) == (202, "video", None)
    path = f"/api/v1/media/{made['id']}"
    assert (await weft.call("GET", path))[0] == 206
    status, changed = await weft.call("PUT", path, json={"focus": "0.5,0.25"})
    assert (status, changed["url"], changed["description"]) == (206, None, "Moving shapes")
    status, said = await weft.call(
        "POST", "/api/v1/statuses", json={"status": "", "media_ids": [made["id"]]}
    )
    assert (status, "still being worked on" in said["error"]) == (422, True)

    status, made = await weft.worked(made["id"])
    assert (status, made["type"], made["description"]) == (200, "video", "Moving shapes")
    meta = made["meta"]
    assert meta["focus"] == {"x": 0.5, "y": 0.25}
    assert meta["original"] == {
        "width": 320, "height": 240, "size": "320x240", "aspect": 320 / 240,
        "duration": 1.0, "frame_rate": "25/1", "bitrate": meta["original"]["bitrate"],
    }  # fmt: skip
    assert meta["original"]["bitrate"] > 10_000
    assert (meta["length"], meta["fps"], meta["audio_encode"]) == ("0:00:01.00", 25, "aac")
    assert (meta["audio_channels"], meta["audio_bitrate"]) == ("stereo", "48000 Hz")
    assert meta["small"]["size"] == "320x240"

    status, post = await weft.call(
        "POST", "/api/v1/statuses", json={"status": "", "media_ids": [made["id"]]}
    )
    assert status == 200, post
    [shown] = post["media_attachments"]
    assert shown == made
    status, headers, body = await weft.look(shown["url"], range="bytes=4-11")
    assert (status, headers["content-type"], body[:4]) == (206, "video/mp4", b"ftyp")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    _, _, poster = await weft.look(shown["preview_url"])
    assert Image.open(io.BytesIO(poster)).size == (320, 240)


async def test_the_first_version_of_the_call_waits(weft: Running) -> None:
    working = asyncio.create_task(weft.parts.media_worker.run())
    try:
        status, made = await weft.call("POST", "/api/v1/media", data=form(file=FILM))
    finally:
        working.cancel()
    assert (status, made["type"]) == (200, "video")
    assert made["url"].endswith(".mp4")


async def test_a_sound_has_a_waveform_and_its_length(weft: Running) -> None:
    _, made = await weft.upload(films.sound("flac", "flac", seconds=3), "a.flac", "audio/flac")
    assert made["type"] == "audio"
    status, made = await weft.worked(made["id"])
    assert (status, made["url"][-4:], made["preview_url"]) == (200, ".m4a", None)
    assert len(made["meta"]["waveform"]) in (60, 61)
    assert made["meta"]["original"]["duration"] == 3.0


async def test_what_cannot_be_worked_on_says_why(weft: Running) -> None:
    status, made = await weft.upload(FILM[: len(FILM) // 2], "a.mp4", "video/mp4")
    assert status == 202
    status, said = await weft.worked(made["id"])
    assert (status, "damaged" in said["error"]) == (422, True)
    status, said = await weft.call(
        "POST", "/api/v1/statuses", json={"status": "x", "media_ids": [made["id"]]}
    )
    assert (status, "could not be worked on" in said["error"]) == (422, True)
    assert await weft.call("DELETE", f"/api/v1/media/{made['id']}") == (200, {})


async def test_an_upload_that_waits_is_shown_to_nobody(weft: Running) -> None:
    await weft.upload(FILM, "a.mp4", "video/mp4")
    folder = weft.parts.settings.data / "media"
    [raw] = [path for path in folder.rglob("*") if path.is_file()]
    assert raw.suffix == ".raw"
    assert (await weft.look(f"{weft.origin}/media/{raw.name}"))[0] == 404


async def test_an_upload_that_is_deleted_while_it_waits_leaves_nothing(weft: Running) -> None:
    _, made = await weft.upload(FILM, "a.mp4", "video/mp4")
    assert await weft.call("DELETE", f"/api/v1/media/{made['id']}") == (200, {})
    assert await weft.parts.media_worker.run_waiting() == 1
    await weft.parts.media.close()
    folder = weft.parts.settings.data / "media"
    assert [path for path in folder.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("late", [False, True])
async def test_a_video_is_shown_by_the_picture_that_its_owner_chose(
    weft: Running, late: bool
) -> None:
    if late:
        _, made = await weft.upload(FILM, "a.mp4", "video/mp4")
        status, made = await weft.call(
            "PUT", f"/api/v1/media/{made['id']}", data=form(thumbnail=ART)
        )
    else:
        status, made = await weft.call("POST", "/api/v2/media", data=form(file=FILM, thumbnail=ART))
    assert status == (206 if late else 202), made
    chosen = made["preview_url"]
    _, made = await weft.worked(made["id"])
    assert made["preview_url"] == chosen
    assert made["meta"]["small"]["size"] == "480x480"
    shown = Image.open(io.BytesIO((await weft.look(chosen))[2]))
    assert films.near(shown.convert("RGB"), films.picture(9, 640, 640))
    await weft.parts.media.close()
    folder = weft.parts.settings.data / "media"
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 2

    status, made = await weft.call(
        "PUT", f"/api/v1/media/{made['id']}", data=form(thumbnail=PICTURE)
    )
    assert (status, made["preview_url"] == chosen) == (200, False)
    assert (await weft.look(chosen))[0] == 404


@pytest.mark.parametrize("thumbnail", [b"<svg/>", FILM, b""])
async def test_only_a_picture_can_be_chosen(weft: Running, thumbnail: bytes) -> None:
    status, said = await weft.call(
        "POST", "/api/v2/media", data=form(file=PICTURE, thumbnail=thumbnail)
    )
    assert status == 422, said
    folder = weft.parts.settings.data / "media"
    assert [path for path in folder.rglob("*") if path.is_file()] == []


async def test_a_person_may_keep_so_much_and_no_more(weft: Running) -> None:
    async def upload(content: bytes) -> tuple[int, Any]:
        return await weft.upload(content)

    media = weft.parts.media
    media._bounds = Bounds(Allowance(10**9, 2))
    assert [(await upload(PICTURE))[0] for _ in range(3)] == [200, 200, 422]
    _, said = await upload(PICTURE)
    assert "and be 2; they take" in said["error"]
    media._bounds = Bounds(Allowance(1000, 100))
    status, said = await upload(PICTURE)
    assert (status, "may take 0 MB" in said["error"]) == (422, True)
    folder = weft.parts.settings.data / "media"
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 4


async def test_nothing_is_taken_when_the_disk_is_nearly_full(weft: Running) -> None:
    weft.parts.media._bounds = Bounds(None, 2**62)
    status, said = await weft.upload(PICTURE)
    assert (status, "no room" in said["error"]) == (507, True)


async def test_apps_are_told_what_is_taken(weft: Running) -> None:
    _, told = await weft.call("GET", "/api/v2/instance")
    given = told["configuration"]["media_attachments"]
    assert {"video/mp4", "video/webm", "video/quicktime", "audio/mpeg", "audio/ogg"} < set(
        given["supported_mime_types"]
    )
    assert given["video_size_limit"] == limits.MOVING_BYTES
    assert given["video_matrix_limit"] == limits.VIDEO_PIXELS
