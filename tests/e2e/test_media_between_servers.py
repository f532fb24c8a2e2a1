"""Video and sound with a real client, between two real servers, and through ``kill -9``."""

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from mastodon import Mastodon

from tests.media import films
from tests.media.pictures import encoded
from tests.support.databases import Databases
from tests.support.pair import Person, two_servers, until
from tests.support.servers import WeftServer

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pair(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Person, Person]]:
    """bob follows ann."""
    with two_servers(databases, tmp_path_factory.mktemp("pair")) as (ann, bob):
        bob.follow(ann.handle)
        yield ann, bob


def client_of(person: Person) -> Any:
    return Mastodon(access_token=person._token, api_base_url=person.server.origin)


def uploaded(client: Any, content: bytes, kind: str, **more: Any) -> Any:
    return client.media_post(io.BytesIO(content), kind, synchronous=True, **more)


def test_a_video_reaches_the_other_server_with_all_that_is_said_of_it(
    pair: tuple[Person, Person],
) -> None:
    ann, bob = pair
    client = client_of(ann)
    art = io.BytesIO(encoded(films.picture(9, 640, 640), "PNG"))
    made = uploaded(
        client, films.film("webm", "libvpx", "libopus"), "video/webm", description="Moving shapes",
        focus=(0.5, -0.25), thumbnail=art, thumbnail_mime_type="image/png",
    )  # fmt: skip
    assert made.type == "video"
    posted = client.status_post("Look", media_ids=[made])
    [there] = bob.in_home(posted.uri)["media_attachments"]
    assert (there["type"], there["description"]) == ("video", "Moving shapes")
    assert there["url"] == there["remote_url"] == made.url
    assert there["blurhash"] == made.blurhash
    meta = there["meta"]
    assert (meta["original"]["width"], meta["original"]["height"]) == (320, 240)
    assert abs(meta["original"]["duration"] - 1) < 0.1
    assert meta["focus"] == {"x": 0.5, "y": -0.25}
    assert there["preview_remote_url"] == made.preview_url
    assert there["preview_url"].startswith(bob.server.origin)
    shown = bob.server.get(there["preview_url"].removeprefix(bob.server.origin))
    assert (shown.status, shown.headers["content-type"]) == (200, "image/webp")
    part = ann.server.request(
        "GET", there["url"].removeprefix(ann.server.origin), headers={"Range": "bytes=4-7"}
    )
    assert (part.status, part.body) == (206, b"ftyp")


def test_a_sound_reaches_the_other_server_with_its_length(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    client = client_of(ann)
    made = uploaded(client, films.sound(seconds=2), "audio/mpeg", description="A tone")
    assert (made.type, made.meta["audio_encode"]) == ("audio", "mp3")
    posted = client.status_post("Listen", media_ids=[made])
    [there] = bob.in_home(posted.uri)["media_attachments"]
    assert (there["type"], there["url"], there["description"]) == ("audio", made.url, "A tone")
    assert abs(there["meta"]["original"]["duration"] - 2) < 0.1
    assert there["preview_url"] is None


def is_worked_on(server: psutil.Process) -> bool:
    """Does a child of the server decode a film or a sound?"""
    for child in server.children(recursive=True):
        with contextlib.suppress(psutil.Error):  # it may end meanwhile
            if any("weft.media.moving_child" in each for each in child.cmdline()):
                return True
    return False


def test_an_upload_outlives_a_power_cut(tmp_path: Path) -> None:
    server = WeftServer(tmp_path / "weft")
    server.prepare()
    server.add_person("ann")
    server.start()
    try:
        person = Person(server, "ann")
        content = films.film("webm", "libvpx", None, seconds=3, width=640, height=360)
        made = client_of(person).media_post(io.BytesIO(content), "video/webm", synchronous=False)
        assert server.process is not None
        running = psutil.Process(server.process.pid)
        until(lambda: is_worked_on(running), wait_s=60)
        server.kill()
        server.start()
        found = until(
            lambda: (seen := person.get(f"/api/v1/media/{made.id}"))["url"] and seen, wait_s=150
        )
        assert found["meta"]["original"]["width"] == 640
    finally:
        server.stop()
    files = [each for each in (server.folder / "media").rglob("*") if each.suffix == ".raw"]
    assert files == []
