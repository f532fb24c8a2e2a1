"""A day's work of two people in programs that others wrote: each sees in their own what the other did."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.media import films
from tests.media.pictures import encoded
from tests.support.apps.app import App, Attached, Seen
from tests.support.apps.masto_js import MastoJs
from tests.support.apps.mastodon_py import MastodonPy
from tests.support.apps.toot import Toot
from tests.support.databases import CHOSEN, Databases
from tests.support.fedify import Fedify, running_fedify
from tests.support.pair import until
from tests.support.push import PushService, Reader
from tests.support.servers import WeftServer, running

pytestmark = pytest.mark.slow

Make = Callable[[WeftServer, str, Path], App]
PROGRAMS: dict[str, Make] = {
    "toot": Toot,
    "Mastodon.py": lambda server, person, _folder: MastodonPy(server, person),
    "masto.js": lambda server, person, _folder: MastoJs(server, person),
}
PAIRS = [("toot", "Mastodon.py"), ("Mastodon.py", "masto.js"), ("masto.js", "toot")]


@contextmanager
def at_work(*apps: App) -> Iterator[None]:
    """Servers and programs, running and signed in; nothing may have gone wrong inside."""
    servers = [each.server for each in apps]
    with ExitStack() as stack:
        for app in apps:
            stack.callback(app.close)
        stack.enter_context(running(*servers))
        for app in apps:
            app.sign_in()
        yield
        for server in servers:
            assert "Traceback" not in server.log, server.log[-5000:]


def prepared(server: WeftServer, *people: str) -> WeftServer:
    server.prepare()
    for person in people:
        server.add_person(person)
    return server


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=[f"{a} and {b}" for a, b in PAIRS])
async def test_each_sees_what_the_other_did(
    one: str, other: str, databases: Databases, tmp_path: Path
) -> None:
    service = PushService()
    await service.start()
    try:
        with databases.new(CHOSEN[-1], tmp_path) as url:
            await asyncio.to_thread(_day, one, other, url, tmp_path, service)
    finally:
        await service.close()


def _day(one: str, other: str, url: str, folder: Path, service: PushService) -> None:
    first = prepared(WeftServer(folder / "first"), "ann")
    second = prepared(WeftServer(folder / "second", database_url=url), "bob")
    ann = PROGRAMS[one](first, "ann", folder / "app-ann")
    bob = PROGRAMS[other](second, "bob", folder / "app-bob")
    with at_work(ann, bob):
        ann.follow(bob.handle)
        bob.told("follow", ann)
        bob.follow(ann.handle)
        ann.told("follow", bob)
        for me, you in ((ann, bob), (bob, ann)):
            _files(me, you, folder)
            _reactions(me, you)
            _polls(me, you)
            _lists_and_filters(me, you)
            _search(me, you)
            if you.streams:
                _streams(me, you)
            if you.push:
                _push(me, you, service)
            _deletion(me, you)


def _files(me: App, you: App, folder: Path) -> None:
    path = folder / f"{me.person}.png"
    path.write_bytes(encoded(films.picture(3, 640, 480), "PNG"))
    me.post(f"{me.person} saw this", file=Attached(path, "image/png", "Coloured shapes"))
    [picture] = you.in_home(f"{me.person} saw this")["media_attachments"]
    assert (picture["type"], picture["description"]) == ("image", "Coloured shapes")
    assert (picture["meta"]["original"]["width"], bool(picture["blurhash"])) == (640, True)
    path = folder / f"{me.person}.mp4"
    path.write_bytes(films.film())
    me.post(f"{me.person} filmed this", file=Attached(path, "video/mp4", "Moving shapes"))
    [video] = you.in_home(f"{me.person} filmed this")["media_attachments"]
    assert (video["type"], video["description"]) == ("video", "Moving shapes")
    assert abs(video["meta"]["original"]["duration"] - 1) < 0.1
    shown = you.server.get(video["preview_url"].removeprefix(you.server.origin))
    assert (shown.status, shown.headers["content-type"]) == (200, "image/webp")


def _reactions(me: App, you: App) -> None:
    said = you.post(f"{you.person} thinks aloud")
    there = me.in_home(f"{you.person} thinks aloud")
    me.favourite(there["id"])
    me.boost(there["id"])
    me.post(f"{you.handle} {me.person} agrees", answers=there["id"])
    for kind in ("favourite", "reblog"):
        assert you.told(kind, me)["status"]["id"] == said["id"]
    mention = you.told("mention", me)["status"]
    assert f"{me.person} agrees" in mention["content"]
    assert mention["in_reply_to_id"] == said["id"]

    def counted() -> tuple[int, int, int]:
        now = you.status(said["id"])
        return now["favourites_count"], now["reblogs_count"], now["replies_count"]

    until(lambda: counted() == (1, 1, 1))


def _polls(me: App, you: App) -> None:
    said = me.post(f"{me.person} asks: tea or coffee?", poll=["Tea", "Coffee"])
    there = you.in_home(f"{me.person} asks")
    assert [each["title"] for each in there["poll"]["options"]] == ["Tea", "Coffee"]
    you.vote(there["poll"]["id"], 1)
    until(
        lambda: [each["votes_count"] for each in me.status(said["id"])["poll"]["options"]] == [0, 1]
    )


def _lists_and_filters(me: App, you: App) -> None:
    you.make_list(f"friends of {you.person}", me.handle)
    said = me.post(f"{me.person} is listed")
    until(lambda: said["uri"] in {each["uri"] for each in you.listed(f"friends of {you.person}")})
    if not you.filters:
        return
    you.hide(f"spoiler{me.person}")
    me.post(f"the spoiler{me.person} is out")
    me.post(f"{me.person} says no more")
    you.in_home(f"{me.person} says no more")
    assert not [each for each in you.home() if f"spoiler{me.person}" in each["content"]]


def _search(me: App, you: App) -> None:
    """One's own posts, and those that name one: of others, who agreed to be found."""
    said = me.post(f"a narwhal for {you.handle}, says {me.person}")
    until(lambda: said["uri"] in {each["uri"] for each in you.search("narwhal")})
    assert said["uri"] in {each["uri"] for each in me.search("narwhal")}


def _streams(me: App, you: App) -> None:
    with you.hear() as ear:
        said = me.post(f"{me.person} calls {you.handle}")
        assert _uri(ear.next("update")) == said["uri"]
        me.post(f"{me.person} calls {you.handle} again")
        assert ear.next("notification")["type"] == "mention"


def _uri(status: Any) -> str:
    return str(status["uri"])


def _push(me: App, you: App, service: PushService) -> None:
    reader = Reader.new()
    you.be_pushed(service.endpoint(you.person), reader)
    me.post(f"{me.person} pushes {you.handle}")
    until(lambda: service.messages(you.person))
    told = reader.json(service.messages(you.person)[0])
    assert told["notification_type"] == "mention"
    assert told["title"].startswith(me.person)


def _deletion(me: App, you: App) -> None:
    said = me.post(f"{me.person} regrets this")
    you.in_home(f"{me.person} regrets this")
    me.delete(said["id"])
    until(lambda: said["uri"] not in {each["uri"] for each in you.home()})


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_server_that_others_wrote_sees_it_too(program: str, tmp_path: Path) -> None:
    server = prepared(WeftServer(tmp_path / "weft"), "ann")
    ann = PROGRAMS[program](server, "ann", tmp_path / "app")
    with at_work(ann), running_fedify() as fed:
        me = _me(fed, server)
        fed.send(me, "Follow", me["id"])
        until(lambda: fed.got("Accept"))
        ann.follow(fed.handle)
        until(lambda: fed.got("Follow"))
        until(lambda: any(each["type"] == "follow" for each in ann.notifications()))
        _sent_to_fed(ann, fed, tmp_path)
        _sent_by_fed(ann, fed, me)


def _me(fed: Fedify, server: WeftServer) -> dict[str, Any]:
    found = server.get("/.well-known/webfinger?resource=acct:ann@" + server.domain)
    [link] = [each for each in json.loads(found.body)["links"] if each["rel"] == "self"]
    document: dict[str, Any] = fed.control("lookup", url=link["href"])["document"]
    return document


def _created(fed: Fedify, uri: str) -> dict[str, Any]:
    activity = until(lambda: fed.got("Create", lambda each: each["object"].get("id") == uri))
    note: dict[str, Any] = activity["object"]
    return note


def _sent_to_fed(ann: App, fed: Fedify, folder: Path) -> None:
    for name, kind, content in (
        ("a.png", "image/png", encoded(films.picture(3, 640, 480), "PNG")),
        ("a.mp4", "video/mp4", films.film()),
    ):
        path = folder / name
        path.write_bytes(content)
        said = ann.post(f"Here is {name}", file=Attached(path, kind, f"Shapes in {name}"))
        attached = _created(fed, said["uri"])["attachment"]
        [document] = attached if isinstance(attached, list) else [attached]
        assert document["name"] == f"Shapes in {name}"
        assert document["mediaType"].split("/")[0] == kind.split("/")[0]
        where = document["url"]
        where = where if isinstance(where, str) else where["href"]
        shown = ann.server.get(where.removeprefix(ann.server.origin))
        assert (shown.status, shown.headers["content-type"]) == (200, document["mediaType"])
    poll = _created(fed, ann.post("Tea or coffee?", poll=["Tea", "Coffee"])["uri"])
    assert poll["type"] == "Question"
    assert [each["name"] for each in poll["oneOf"]] == ["Tea", "Coffee"]
    note = fed.note(content="<p>Fed has news</p>")
    _deliver(fed, ann, "Create", note)
    there = ann.in_home("Fed has news")
    ann.favourite(there["id"])
    ann.boost(there["id"])
    answer = ann.post(f"{fed.handle} I see", answers=there["id"])
    for kind in ("Like", "Announce"):
        assert until(lambda kind=kind: fed.got(kind))["object"] == note["id"]  # type: ignore[misc]
    assert _created(fed, answer["uri"])["inReplyTo"] == note["id"]
    ann.delete(answer["id"])
    gone = until(lambda: fed.got("Delete"))["object"]
    assert (gone if isinstance(gone, str) else gone["id"]) == answer["uri"]


def _deliver(fed: Fedify, ann: App, kind: str, object_: Any, **more: Any) -> None:
    fed.send(_me(fed, ann.server), kind, object_, **more)


def _sent_by_fed(ann: App, fed: Fedify, me: dict[str, Any]) -> None:
    said = ann.post("Ann waits for an answer")
    uri = said["uri"]
    picture = {
        "type": "Document", "mediaType": "image/png", "name": "A sunset",
        "url": f"{fed.origin}/sunset.png", "width": 30, "height": 20,
    }  # fmt: skip
    note = fed.note(
        content=f'<p><a class="mention" href="{me["id"]}">@ann</a> here it is</p>',
        inReplyTo=uri, attachment=[picture], cc=[me["id"]],
        tag=[{"type": "Mention", "href": me["id"], "name": f"@ann@{ann.server.domain}"}],
    )  # fmt: skip
    fed.send(me, "Create", note)
    fed.send(me, "Like", uri)
    fed.send(me, "Announce", uri)
    for kind in ("mention", "favourite", "reblog"):
        told = until(lambda kind=kind: _newest(ann, kind))  # type: ignore[misc]
        assert told["account"]["acct"] == fed.handle[1:]
        if kind == "mention":
            assert told["status"]["in_reply_to_id"] == said["id"]
            [attached] = told["status"]["media_attachments"]
            assert (attached["type"], attached["description"]) == ("image", "A sunset")
        else:
            assert told["status"]["id"] == said["id"]


def _newest(ann: App, kind: str) -> Seen | None:
    return next((each for each in ann.notifications() if each["type"] == kind), None)
