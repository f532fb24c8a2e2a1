"""Uploading and looking at pictures as apps and browsers do, against a real Weft on loopback."""

import asyncio
import io
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import uvicorn
from PIL import Image

from tests.media import films
from tests.media.pictures import animation, encoded, gradient, with_exif
from weft.app import Parts, assembled, web_app
from weft.config.settings import load
from weft.domain.accounts.access import issue_token
from weft.domain.accounts.create import create_account
from weft.domain.accounts.scopes import parse_scopes
from weft.media import limits
from weft.media.serve import wanted_range
from weft.storage.migrate import upgrade

PICTURE = encoded(gradient(), "JPEG")
FILM = films.film()


@dataclass
class Running:
    """A server with two people on it."""

    parts: Parts
    session: aiohttp.ClientSession
    origin: str
    port: int
    alice: str
    bob: str

    async def call(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> tuple[int, Any]:
        given = {"authorization": f"Bearer {token or self.alice}"} | (headers or {})
        async with self.session.request(
            method, self.origin + path, headers=given, **options
        ) as answer:
            return answer.status, await answer.json()

    async def upload(
        self, content: bytes, name: str = "a.jpg", kind: str = "image/jpeg", **fields: str
    ) -> tuple[int, Any]:
        form = aiohttp.FormData()
        form.add_field("file", content, filename=name, content_type=kind)
        for field, value in fields.items():
            form.add_field(field, value)
        return await self.call("POST", "/api/v2/media", data=form)

    async def worked(self, media_id: str) -> tuple[int, Any]:
        """An upload, once it has been worked on."""
        await self.parts.media_worker.run_waiting()
        return await self.call("GET", f"/api/v1/media/{media_id}")

    async def look(self, url: str, method: str = "GET", **headers: str) -> tuple[int, Any, bytes]:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.session.request(method, url, headers=given) as answer:
            return answer.status, answer.headers, await answer.read()


@pytest.fixture
async def weft(tmp_path: Path) -> AsyncIterator[Running]:
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    host = f"127.0.0.1:{port}"
    environ = {"WEFT_DATA": str(tmp_path), "WEFT_DOMAIN": host, "WEFT_INSECURE_LOOPBACK": "1"}
    settings = load(environ)
    await upgrade(settings.database_url)
    async with assembled(settings) as parts:
        tokens = []
        for name in ("alice", "bob"):
            made = await create_account(
                parts.db, parts.server, parts.sealer, name=name, email=None, password=None
            )
            issued = await issue_token(
                parts.db,
                parts.server,
                account_id=made.id,
                scopes=parse_scopes("read write"),
                family="mastodon",
            )
            tokens.append(issued.token)
        config = uvicorn.Config(web_app(parts), lifespan="off", log_config=None, access_log=False)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        async with aiohttp.ClientSession() as session:
            yield Running(parts, session, f"http://{host}", port, *tokens)
        server.should_exit = True
        await serving


async def test_an_upload_is_described_posted_and_seen(weft: Running) -> None:
    status, made = await weft.upload(
        with_exif(gradient(), orientation=6), description="A gradient", focus="0.25,-0.5"
    )
    assert status == 200
    assert made["type"] == "image"
    assert made["description"] == "A gradient"
    assert made["meta"]["focus"] == {"x": 0.25, "y": -0.5}
    assert made["meta"]["original"]["size"] == "600x800"
    assert made["blurhash"]

    status, changed = await weft.call(
        "PUT", f"/api/v1/media/{made['id']}", json={"description": "Red and green"}
    )
    assert (status, changed["description"]) == (200, "Red and green")
    assert changed["meta"]["focus"] == {"x": 0.25, "y": -0.5}
    assert await weft.call("GET", f"/api/v1/media/{made['id']}") == (200, changed)

    status, post = await weft.call(
        "POST", "/api/v1/statuses", json={"status": "", "media_ids": [made["id"]]}
    )
    assert status == 200, post
    [attached] = post["media_attachments"]
    assert (attached["id"], attached["url"]) == (made["id"], made["url"])
    small = attached["meta"]["small"]
    assert small["size"] == "415x554"
    for url, form in ((attached["url"], "JPEG"), (attached["preview_url"], "WEBP")):
        status, headers, body = await weft.look(url)
        assert status == 200
        shown = Image.open(io.BytesIO(body))
        assert shown.format == form
        assert shown.size == ((600, 800) if form == "JPEG" else (small["width"], small["height"]))
        assert headers["content-type"] == Image.MIME[form]

    status, _ = await weft.call("DELETE", f"/api/v1/media/{made['id']}")
    assert status == 422
    status, said = await weft.call("PUT", f"/api/v1/media/{made['id']}", json={"description": ""})
    assert status == 422
    assert "edit the post" in said["error"]


async def test_the_first_version_of_the_call_does_the_same(weft: Running) -> None:
    form = aiohttp.FormData()
    form.add_field("file", PICTURE, filename="a.png", content_type="text/html")
    status, made = await weft.call("POST", "/api/v1/media", data=form)
    assert status == 200
    assert made["url"].endswith(".jpg")


async def test_an_animation_becomes_a_silent_video(weft: Running) -> None:
    status, made = await weft.upload(animation("GIF"), "a.gif", "image/gif")
    assert (status, made["type"]) == (200, "gifv")
    assert made["url"].endswith(".mp4")
    assert made["preview_url"].endswith(".webp")
    original = made["meta"]["original"]
    assert (original["width"], original["height"], original["duration"]) == (200, 200, 0.48)
    assert (original["frame_rate"], made["meta"]["length"]) == ("25/2", "0:00:00.48")
    status, headers, body = await weft.look(made["url"], range="bytes=4-7")
    assert (status, headers["content-type"], body) == (206, "video/mp4", b"ftyp")


@pytest.mark.parametrize(
    ("content", "name", "kind", "sentence"),
    [
        (b"<script>alert(1)</script>", "a.png", "image/png", "none of those that are taken"),
        (b"<svg onload='alert(1)'/>", "a.svg", "image/svg+xml", "none of those that are taken"),
        (PICTURE[:1000], "a.jpg", "image/jpeg", "damaged or incomplete"),
        (b"", "a.jpg", "image/jpeg", "empty"),
    ],
)
async def test_what_is_not_taken_is_refused_with_a_sentence(
    weft: Running, content: bytes, name: str, kind: str, sentence: str
) -> None:
    status, said = await weft.upload(content, name, kind)
    assert status == 422
    assert sentence in said["error"]
    assert [
        path for path in (weft.parts.settings.data / "media").rglob("*") if path.is_file()
    ] == []


async def test_what_is_too_long_is_refused_before_it_is_read(weft: Running) -> None:
    status, said = await weft.upload(b"\xff\xd8\xff" + bytes(limits.PICTURE_BYTES))
    assert (status, "16 MB" in said["error"]) == (422, True)
    reader, writer = await asyncio.open_connection("127.0.0.1", weft.port)
    writer.write(
        b"POST /api/v2/media HTTP/1.1\r\nhost: x\r\nauthorization: Bearer "
        + weft.alice.encode()
        + b"\r\ncontent-type: multipart/form-data; boundary=x\r\ncontent-length: 199999999\r\n\r\n--x"
    )
    first = await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    assert b" 413 " in first


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"focus": "2,0"}, "from -1 to 1"),
        ({"focus": "nan,0"}, "from -1 to 1"),
        ({"focus": "middle"}, "focus must be"),
        ({"focus": "1,2,3"}, "focus must be"),
        ({"description": "x" * 1501}, "1500 characters"),
    ],
)
async def test_a_wrong_description_is_refused(
    weft: Running, fields: dict[str, str], sentence: str
) -> None:
    status, said = await weft.upload(PICTURE, **fields)
    assert (status, sentence in said["error"]) == (422, True), said


async def test_a_form_without_a_file_is_refused(weft: Running) -> None:
    bodies: tuple[dict[str, Any], ...] = (
        {"json": {"file": "data:image/png;base64,AAAA"}},
        {"data": {"file": "x"}},
    )
    for options in bodies:
        status, said = await weft.call("POST", "/api/v2/media", **options)
        assert (status, "file is missing" in said["error"]) == (422, True)


async def test_an_upload_belongs_to_who_sent_it(weft: Running) -> None:
    _, made = await weft.upload(PICTURE)
    path = f"/api/v1/media/{made['id']}"
    assert (await weft.call("GET", path, token=weft.bob))[0] == 404
    assert (await weft.call("PUT", path, token=weft.bob, json={"description": "x"}))[0] == 404
    assert (await weft.call("DELETE", path, token=weft.bob))[0] == 404
    status, _ = await weft.call(
        "POST", "/api/v1/statuses", token=weft.bob, json={"media_ids": [made["id"]]}
    )
    assert status == 422
    async with weft.session.get(weft.origin + path) as answer:
        assert answer.status == 401
    assert (await weft.call("GET", path))[0] == 200
    assert (await weft.call("GET", "/api/v1/media/nothing"))[0] == 404


async def test_a_deleted_upload_is_gone_with_its_files(weft: Running) -> None:
    _, made = await weft.upload(PICTURE)
    assert await weft.call("DELETE", f"/api/v1/media/{made['id']}") == (200, {})
    await weft.parts.media.close()
    for url in (made["url"], made["preview_url"]):
        assert (await weft.look(url))[0] == 404
    assert (await weft.call("GET", f"/api/v1/media/{made['id']}"))[0] == 404


async def test_a_person_gets_a_face_and_another_one(weft: Running) -> None:
    async def change(content: bytes) -> tuple[int, Any]:
        form = aiohttp.FormData()
        form.add_field("avatar", content, filename="me.png", content_type="image/png")
        return await weft.call("PATCH", "/api/v1/accounts/update_credentials", data=form)

    status, me = await change(PICTURE)
    first = me["avatar"]
    assert status == 200, me
    assert Image.open(io.BytesIO((await weft.look(first))[2])).size == (400, 400)
    status, me = await change(encoded(gradient(mode="RGBA"), "PNG"))
    assert status == 200
    assert me["avatar"] != first
    assert (await weft.look(first))[0] == 404
    status, said = await change(b"<svg/>")
    assert (status, "none of those" in said["error"]) == (422, True)


async def test_a_file_is_served_so_that_nothing_in_it_can_run(weft: Running) -> None:
    _, made = await weft.upload(PICTURE)
    status, headers, body = await weft.look(made["url"])
    assert status == 200
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert headers["access-control-allow-origin"] == "*"
    assert int(headers["content-length"]) == len(body)

    status, again, nothing = await weft.look(made["url"], "HEAD")
    assert (status, again["content-length"], nothing) == (200, str(len(body)), b"")
    status, _, nothing = await weft.look(made["url"], if_none_match=f'"x", W/{headers["etag"]}')
    assert (status, nothing) == (304, b"")
    assert (await weft.look(made["url"], if_none_match='"x"'))[0] == 200
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        status, refused, _ = await weft.look(made["url"], method)
        assert (status, refused["allow"]) == (405, "GET, HEAD")


async def test_parts_of_a_file_can_be_asked_for(weft: Running) -> None:
    _, made = await weft.upload(PICTURE)
    _, headers, whole = await weft.look(made["url"])
    size = len(whole)
    for asked, start, end in (
        ("bytes=0-9", 0, 10),
        ("bytes=10-", 10, size),
        ("bytes=-5", size - 5, size),
        (f"bytes=0-{10**17}", 0, size),
        (f"bytes=-{10**17}", 0, size),
    ):
        status, got, body = await weft.look(made["url"], range=asked)
        assert (status, body) == (206, whole[start:end])
        assert got["content-range"] == f"bytes {start}-{end - 1}/{size}"
    for asked in (f"bytes={size}-", "bytes=-0"):
        status, got, _ = await weft.look(made["url"], range=asked)
        assert (status, got["content-range"]) == (416, f"bytes */{size}")
    for asked in ("bytes=5-2", "bytes=0-1,4-5", "lines=1-2", "bytes=-", "bytes=a-b", ""):
        status, _, body = await weft.look(made["url"], range=asked)
        assert (status, body) == (200, whole)
    status, _, body = await weft.look(made["url"], range="bytes=0-9", if_range='"other"')
    assert (status, body) == (200, whole)
    status, _, body = await weft.look(made["url"], range="bytes=0-9", if_range=headers["etag"])
    assert (status, body) == (206, whole[:10])


@pytest.mark.parametrize(
    "path",
    [
        "/media/",
        "/media/../secret.key",
        "/media/..%2fsecret.key",
        "/media/%2e%2e/secret.key",
        "/media/%2e%2e%2fsecret.key",
        "/media//secret.key",
        "/media/....//secret.key",
        "/media/..\\secret.key",
        "/media/%00",
        "/media/.incoming/",
        "/media/" + "a" * 26 + ".webp%00.html",
        "/media/" + "a" * 5000,
        "/media/" + "a" * 26 + ".webp",
    ],
)
async def test_no_path_leads_out_of_the_store(weft: Running, path: str) -> None:
    """Asked for byte by byte, because clients tidy such paths up."""
    assert (weft.parts.settings.data / "secret.key").exists()
    reader, writer = await asyncio.open_connection("127.0.0.1", weft.port)
    writer.write(f"GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    assert answer.split(b" ")[1] in (b"404", b"400"), answer[:200]
    assert (weft.parts.settings.data / "secret.key").read_bytes() not in answer


def test_ranges_are_read_to_the_letter() -> None:
    assert wanted_range("bytes=0-0", 1) == (0, 1)
    assert wanted_range("bytes=1-", 1) == "unsatisfiable"
    assert wanted_range("bytes=-1", 0) == "unsatisfiable"
    assert wanted_range("bytes=٠-٩", 100) is None
    assert wanted_range("bytes=" + "9" * 30 + "-", 100) is None


@pytest.mark.parametrize("name", ["avatar", "header"])
async def test_a_face_is_taken_away(weft: Running, name: str) -> None:
    form = aiohttp.FormData()
    form.add_field(name, PICTURE, filename="me.png", content_type="image/png")
    form.add_field(f"{name}_description", "A cup")
    _, before = await weft.call("PATCH", "/api/v1/profile", data=form)
    assert (await weft.look(before[name]))[0] == 200
    status, me = await weft.call("DELETE", f"/api/v1/profile/{name}")
    assert (status, me[f"{name}_description"]) == (200, "")
    assert me[name].endswith(f"/missing/{name}.png")
    _, after = await weft.call("GET", "/api/v1/profile")
    assert after == before | {
        name: None,
        f"{name}_static": None,
        f"{name}_description": "",
    }
    assert (await weft.look(before[name]))[0] == 404
    assert (await weft.call("DELETE", f"/api/v1/profile/{name}"))[0] == 200
