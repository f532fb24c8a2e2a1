"""Other servers' pictures: fetched when somebody looks, once, kept within the budget."""

import asyncio
import json

import pytest

from tests.media.pictures import encoded, gradient
from tests.support.asgi import Answer
from tests.support.fediverse import Reply, Scene
from weft.domain.moderation.domains import decide
from weft.domain.moderation.domains_rules import Decision, Severity
from weft.media.remote import FIRST_PAUSE_MS, PATH

PICTURE = "https://a.example/pictures/1.png"


def png(width: int, height: int) -> bytes:
    return encoded(gradient(width, height), "PNG")


def path_of(stage: Scene, url: str) -> str:
    address = stage.parts.remote.addresses.address(url)
    assert address.startswith(f"{stage.parts.server.origin}{PATH}")
    return address.removeprefix(stage.parts.server.origin)


async def served(stage: Scene, url: str, body: bytes, **headers: str) -> str:
    placed = str(await stage.place(url))
    stage.others.answer(placed, Reply(body=body, headers={"Content-Type": "image/png"} | headers))
    return placed


async def look(stage: Scene, url: str) -> Answer:
    return await stage.anyone.call("GET", path_of(stage, url))


async def test_a_picture_is_fetched_once_however_many_look(stage: Scene) -> None:
    body = png(40, 30)
    url = await served(stage, PICTURE, body)
    found = await asyncio.gather(*(look(stage, url) for _ in range(20)))
    assert {each.status for each in found} == {200}
    assert {each.body for each in found} == {body}
    assert found[0].headers["content-type"] == "image/png"
    assert found[0].headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in found[0].headers["content-security-policy"]
    assert (await look(stage, url)).status == 200
    assert stage.others.asked.count(url) == 1


async def test_an_address_that_we_did_not_make_fetches_nothing(stage: Scene) -> None:
    url = await served(stage, PICTURE, png(4, 4))
    path = path_of(stage, url)
    for forged in (path[:-4] + "AAAA", PATH, f"{PATH}{'x' * 40}", f"{PATH}%2e%2e", f"{PATH}é"):
        assert (await stage.anyone.call("GET", forged)).status == 404
    assert stage.others.asked == []
    assert stage.parts.remote.addresses.address(stage.parts.server.origin + "/x") == (
        stage.parts.server.origin + "/x"
    )


@pytest.mark.parametrize(
    "body",
    [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<script>x</script>", b"", b"\x00" * 100,
     b"RIFF\x00\x00\x00\x00WAVE", b"%PDF-1.7"],
)  # fmt: skip
async def test_only_pictures_pass_whatever_they_are_called(stage: Scene, body: bytes) -> None:
    url = await served(stage, PICTURE, body)
    assert (await look(stage, url)).status == 404
    assert (await look(stage, url)).status == 404
    assert stage.others.asked.count(url) == 1


async def test_what_is_too_large_or_gone_is_not_asked_for_again_at_once(stage: Scene) -> None:
    large = await served(stage, PICTURE, png(4, 4) + b"\x00" * (17 * 1024 * 1024))
    gone = await stage.place("https://a.example/pictures/gone.png")
    for url in (large, gone):
        assert (await look(stage, url)).status == 404
        assert (await look(stage, url)).status == 404
        assert stage.others.asked.count(url) == 1
    real = stage.parts.server.now_ms
    object.__setattr__(stage.parts.server, "now_ms", lambda: real() + FIRST_PAUSE_MS + 1)
    assert (await look(stage, gone)).status == 404
    assert stage.others.asked.count(gone) == 2


async def test_nothing_private_is_asked_for(stage: Scene) -> None:
    for url in ("http://169.254.169.254/latest", "http://[::1]:22/x.png", "http://10.0.0.1/x.png"):
        assert (await look(stage, url)).status == 404


async def test_the_budget_holds_and_what_was_seen_last_stays(stage: Scene) -> None:
    remote = stage.parts.remote
    body = png(40, 30)
    urls = [await served(stage, f"https://a.example/pictures/{n}.png", body) for n in range(6)]
    remote._budget_bytes = 3 * len(body)
    for url in urls:
        assert (await look(stage, url)).status == 200
        await asyncio.sleep(0.002)
    assert remote._kept_bytes == 3 * len(body)
    files = list((stage.parts.settings.data / "media").rglob("*.png"))
    assert len(files) == 3
    for url in reversed(urls):
        assert (await look(stage, url)).status == 200
    counts = [stage.others.asked.count(url) for url in urls]
    assert counts == [2, 2, 2, 1, 1, 1]
    remote._budget_bytes = 0
    assert await remote.sweep() == 3
    assert list((stage.parts.settings.data / "media").rglob("*.png")) == []
    assert await remote.sweep() == 0


async def test_a_full_disk_keeps_nothing_and_shows_the_origin(stage: Scene) -> None:
    url = await served(stage, PICTURE, png(4, 4))
    stage.parts.remote._free_bytes = 2**62
    found = await look(stage, url)
    assert (found.status, found.headers["location"]) == (302, url)
    assert stage.others.asked == []


async def test_pictures_of_a_rejected_host_are_not_shown(stage: Scene) -> None:
    url = await served(stage, PICTURE, png(4, 4))
    host = url.split("/")[2]
    decision = Decision(severity=Severity.NOOP, rejects_media=True)
    await stage.parts.db.write(decide, stage.parts.server, None, host, decision)
    assert (await look(stage, url)).status == 404
    assert stage.others.asked == []


async def test_the_api_shows_our_addresses(stage: Scene) -> None:
    ann = "https://a.example/users/ann"
    note = {
        "id": f"{ann}/n/1",
        "type": "Note",
        "attributedTo": ann,
        "content": "<p>Look :cat:</p>",
        "published": "2026-10-01T12:00:00Z",
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
        "cc": ["https://weft.example/users/lena"],
        "attachment": [
            {"type": "Document", "mediaType": "image/png", "url": PICTURE},
            {"type": "Document", "mediaType": "video/mp4", "url": "https://a.example/film.mp4"},
        ],
        "tag": [{"type": "Emoji", "name": ":cat:", "icon": {"type": "Image", "url": PICTURE}}],
    }
    create = {"id": f"{ann}/a/1", "type": "Create", "actor": ann, "object": note}
    placed = await stage.place(create)
    await stage.deliver(placed["actor"], json.dumps(placed).encode(), "/inbox")
    await stage.settled()
    (status,) = (await stage.anyone.call("GET", "/api/v1/timelines/public?remote=true")).json
    ours = f"{stage.parts.server.origin}{PATH}"
    picture, film = status["media_attachments"]
    assert picture["url"].startswith(ours)
    assert picture["remote_url"] == await stage.place(PICTURE)
    assert film["url"] == await stage.place("https://a.example/film.mp4")
    assert status["emojis"][0]["url"].startswith(ours)
    assert stage.others.asked.count(await stage.place(PICTURE)) == 0
