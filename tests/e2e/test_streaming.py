"""Streams of real servers, heard by the libraries that apps use."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from mastodon import Mastodon
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.support.apps.mastodon_py import PyEar, streams_open, subscribed
from tests.support.apps.mastodon_py import heard as hear
from tests.support.databases import CHOSEN, Databases
from tests.support.masto import Masto
from tests.support.pair import Person, two_servers, until
from tests.support.servers import Browser, WeftServer, running

pytestmark = pytest.mark.slow
WAIT_S = 20.0


@contextmanager
def heard(person: Person, path: str = "user") -> Iterator[PyEar]:
    """What Mastodon.py hears, from when the server has let it in."""
    client = Mastodon(
        api_base_url=person.server.origin, access_token=person.token, version_check_mode="none"
    )
    with hear(person.server, client, path) as ear:
        yield ear


def _more_than(server: WeftServer, before: int) -> bool:
    return subscribed(server) > before


def socket_of(person: Person, query: str = "", **more: Any) -> ClientConnection:
    address = f"ws://{person.server.domain}/api/v1/streaming{query}"
    connection: ClientConnection = connect(address, open_timeout=WAIT_S, **more)
    return connection


def said(connection: ClientConnection) -> Any:
    frame = json.loads(connection.recv(timeout=WAIT_S))
    if "payload" in frame and frame["event"] != "delete":
        frame["payload"] = json.loads(frame["payload"])
    return frame


@pytest.fixture(scope="module")
def pair(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Person, Person]]:
    with two_servers(databases, tmp_path_factory.mktemp("streams")) as (ann, bob):
        bob.follow(ann.handle)
        yield ann, bob


def test_mastodon_py_hears_what_another_server_sends(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    with heard(bob) as ear:
        made = ann.post("/api/v1/statuses", status=f"hello @bob@{bob.server.domain}")
        assert ear.next("update")["uri"] == made["uri"]
        ann.put(f"/api/v1/statuses/{made['id']}", status=f"hallo @bob@{bob.server.domain}")
        changed = ear.next("status.update")
        assert "hallo" in changed["content"]
        quiet = ann.post("/api/v1/statuses", status="for followers", visibility="private")
        assert ear.next("update")["uri"] == quiet["uri"]
        ann.delete(f"/api/v1/statuses/{made['id']}")
        assert str(ear.next("delete")) == str(changed["id"])
        ann.post("/api/v1/statuses", status=f"again @bob@{bob.server.domain}")
        assert ear.next("notification")["type"] == "mention"


def test_a_boost_of_another_server_is_heard(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    made = ann.post("/api/v1/statuses", status="worth it")
    bob.in_home(made["uri"])
    with heard(bob) as ear:
        ann.post(f"/api/v1/statuses/{made['id']}/reblog")
        assert ear.next("update")["reblog"]["uri"] == made["uri"]


def gathered(client: Masto, kinds: set[tuple[str, str]]) -> dict[tuple[str, str], Any]:
    """Payloads by stream and event, once one of each has come."""
    found: dict[tuple[str, str], Any] = {}
    while not kinds <= found.keys():
        each = client.events.get(timeout=WAIT_S)
        found[each["stream"], each["event"]] = each["payload"]
    return found


def test_masto_js_hears_several_streams_on_one_socket(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    client = Masto(bob.server.origin)
    try:
        client.signed_in(bob.token)
        urls = client.call("v2.instance.fetch")["configuration"]["urls"]
        assert urls["streaming"] == f"ws://{bob.server.domain}"
        assert client.call("v1.instance.fetch")["urls"]["streamingApi"] == urls["streaming"]
        # The library does not say when it has subscribed; the server does.
        for name, path, more in (("mine", "user", []), ("tea", "hashtag", [{"tag": "tea"}])):
            before = subscribed(bob.server)
            client.stream(urls["streaming"], bob.token, name, f"{path}.subscribe", *more)
            until(partial(_more_than, bob.server, before))
        made = ann.post("/api/v1/statuses", status=f"#tea @bob@{bob.server.domain}")
        kinds = {("mine", "update"), ("mine", "notification"), ("tea", "update")}
        came = gathered(client, kinds)
        assert came["mine", "update"]["uri"] == came["tea", "update"]["uri"] == made["uri"]
        assert came["mine", "notification"]["status"]["uri"] == made["uri"]
        ann.delete(f"/api/v1/statuses/{made['id']}")
        gone = gathered(client, {("mine", "delete"), ("tea", "delete")})
        assert set(gone.values()) == {came["tea", "update"]["id"]}
    finally:
        client.close()


def test_a_socket_subscribes_and_unsubscribes(pair: tuple[Person, Person]) -> None:
    _, bob = pair
    with socket_of(bob, f"?access_token={bob.token}&stream=public:local") as connection:
        made = bob.post("/api/v1/statuses", status="one #tea")
        frame = said(connection)
        assert (frame["stream"], frame["event"]) == (["public:local"], "update")
        assert frame["payload"]["id"] == made["id"]
        for sent in (
            {"type": "unsubscribe", "stream": "public:local"},
            {"type": "subscribe", "stream": "hashtag", "tag": "tea"},
            {"type": "subscribe", "stream": "user:notification"},
            {"type": "subscribe", "stream": "nonsense"},
        ):
            connection.send(json.dumps(sent))
        assert said(connection) == {"error": "Unknown stream type", "status": 400}
        bob.delete(f"/api/v1/statuses/{made['id']}")
        frame = said(connection)
        assert frame == {"stream": ["hashtag", "tea"], "event": "delete", "payload": made["id"]}


@pytest.mark.parametrize(
    "frame",
    ["", "{", "[]", "7", '{"type": 3}', '{"type":"subscribe"}', '{"type":"x","stream":"user"}',
     '{"type":"subscribe","stream":"list"}', '{"type":"subscribe","stream":"list","list":"x"}',
     '{"type":"subscribe","stream":"list","list":99}', '{"type":"subscribe","stream":"hashtag"}',
     '{"a":' * 900],
)  # fmt: skip
def test_strange_frames_are_answered_with_a_sentence(
    pair: tuple[Person, Person], frame: str
) -> None:
    _, bob = pair
    with socket_of(bob, f"?access_token={bob.token}") as connection:
        connection.send(frame)
        answer = said(connection)
        assert 400 <= answer["status"] < 500
        assert answer["error"]


def test_too_long_a_frame_ends_the_socket(pair: tuple[Person, Person]) -> None:
    _, bob = pair
    with socket_of(bob, f"?access_token={bob.token}") as connection:
        connection.send("x" * 20_000)
        with pytest.raises(ConnectionClosed):
            connection.recv(timeout=WAIT_S)


def test_the_token_may_come_in_three_ways(pair: tuple[Person, Person]) -> None:
    _, bob = pair
    header = {"additional_headers": {"Authorization": f"Bearer {bob.token}"}}
    for query, more in (
        (f"?access_token={bob.token}", {}),
        ("", header),
        ("", {"subprotocols": [bob.token]}),
    ):
        with socket_of(bob, query, **more) as connection:
            connection.send(json.dumps({"type": "subscribe", "stream": "?"}))
            assert said(connection)["status"] == 400
    for query in ("", "?access_token=nonsense"):
        with pytest.raises(InvalidStatus) as refused:
            socket_of(bob, query)
        assert refused.value.response.status_code == 401
        assert json.loads(refused.value.response.body or b"{}")["error"]


def test_a_token_hears_only_what_its_scopes_allow(pair: tuple[Person, Person]) -> None:
    _, bob = pair
    token = bob.server.weft("token", "create", "bob", "--scopes", "read:statuses")
    with socket_of(bob, f"?access_token={token}&stream=user") as connection:
        connection.send(json.dumps({"type": "subscribe", "stream": "user:notification"}))
        assert said(connection)["status"] == 403
        made = bob.post("/api/v1/statuses", status="mine")
        assert said(connection)["payload"]["id"] == made["id"]


def test_a_revoked_token_ends_its_streams(pair: tuple[Person, Person]) -> None:
    _, bob = pair
    client_id, secret = Mastodon.create_app(
        "streams", scopes=["read"], api_base_url=bob.server.origin
    )
    client = Mastodon(client_id, secret, api_base_url=bob.server.origin, version_check_mode="none")
    browser = Browser(bob.server)
    browser.sign_in("bob")
    consent = browser.open(client.auth_request_url(scopes=["read"], allow_http=True))
    shown = browser.submit(consent, {"decision": "allow"})
    code = re.search(r'id="code"[^>]*value="([^"]+)"', shown.text)
    assert code is not None, shown.text
    token = client.log_in(code=code[1], scopes=["read"], allow_http=True)
    with socket_of(bob, f"?access_token={token}&stream=user") as connection:
        client.revoke_access_token(allow_http=True)
        with pytest.raises(ConnectionClosed) as closed:
            connection.recv(timeout=10)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008
    with pytest.raises(InvalidStatus):
        socket_of(bob, f"?access_token={token}")


def test_who_does_not_read_is_cut_off_and_the_others_hear_on(pair: tuple[Person, Person]) -> None:
    _, bob = pair
    tags = [f"deaf{number}" for number in range(90)]
    text = " ".join(f"#{tag}" for tag in tags) + " x" * 1900
    with socket_of(bob, f"?access_token={bob.token}", max_queue=1) as deaf, heard(bob) as ear:
        for tag in tags:
            deaf.send(json.dumps({"type": "subscribe", "stream": "hashtag", "tag": tag}))
        end = time.monotonic() + 120
        while streams_open(bob.server) >= 2:
            assert time.monotonic() < end
            made = bob.post("/api/v1/statuses", status=text)
            while ear.next("update")["id"] != made["id"]:
                pass
    assert 'weft_streams_closed_total{reason="slow"} 1.0' in bob.server.get("/metrics").text


def test_open_streams_do_not_hold_up_the_stop(tmp_path: Path) -> None:
    server = WeftServer(tmp_path / "server")
    server.prepare()
    server.add_person("ann")
    with running(server):
        ann = Person(server, "ann")
        with heard(ann), socket_of(ann, f"?access_token={ann.token}&stream=user") as connection:
            began = time.monotonic()
            server.stop()
            took_s = time.monotonic() - began
            with pytest.raises(ConnectionClosed) as closed:
                connection.recv(timeout=WAIT_S)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1012
        # Far less than what uvicorn gives to requests in hand (20 s), and than the supervisor's patience.
        assert took_s < 15
        assert "exceeded" not in server.log


def test_what_the_operator_announces_is_heard(pair: tuple[Person, Person]) -> None:
    _, bob = pair
    with heard(bob) as ear:
        bob.server.weft("announce", "create", "We move at noon")
        announced = ear.next("announcement")
        assert "noon" in announced["content"]
        path = f"/api/v1/announcements/{announced['id']}"
        bob.put(f"{path}/reactions/%F0%9F%91%8D")
        reaction = ear.next("announcement.reaction")
        assert (reaction["name"], reaction["count"]) == ("👍", 1)
        assert str(reaction["announcement_id"]) == str(announced["id"])
        bob.server.weft("announce", "delete", str(announced["id"]))
        assert str(ear.next("announcement.delete")) == str(announced["id"])


@pytest.mark.skipif("postgresql" not in CHOSEN, reason="PostgreSQL is left out")
def test_processes_of_one_server_hear_each_other(databases: Databases, tmp_path: Path) -> None:
    """What the process for federation stores is heard at the process for apps."""
    with databases.new("postgresql", tmp_path) as url:
        web = WeftServer(tmp_path / "web", database_url=url)
        other = WeftServer(tmp_path / "web", database_url=url, settings={"WEFT_DOMAIN": web.domain})
        other.domain = web.domain
        web.prepare()
        web.add_person("ann")
        with running(web, other):
            ann = Person(web, "ann")
            with heard(ann) as ear, socket_of(ann, f"?access_token={ann.token}") as connection:
                connection.send(json.dumps({"type": "subscribe", "stream": "user"}))
                other_app = Person(web, "ann")
                other_app.server = other
                until(lambda: streams_open(web) == 2)
                made = other_app.post("/api/v1/statuses", status="from over there")
                assert ear.next("update")["id"] == made["id"]
                assert said(connection)["payload"]["id"] == made["id"]
                other_app.delete(f"/api/v1/statuses/{made['id']}")
                assert str(ear.next("delete")) == made["id"]
                assert said(connection)["payload"] == made["id"]
