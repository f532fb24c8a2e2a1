"""Four servers that say what they run, and each gets what lena says in its own form."""

import asyncio
import json
from collections import Counter
from typing import Any

import apsw
import msgspec
import pytest

from tests.support.fediverse import Reply, Scene
from weft.dialects import make_dialects
from weft.domain.events import PostPublished
from weft.domain.media.records import MediaKind, NewUpload
from weft.domain.media.uploads import add_upload
from weft.domain.posts.kinds import ArticleFacets
from weft.domain.posts.publish import publish
from weft.domain.posts.queries import post_by_uri
from weft.domain.posts.records import NewPost, PostFacets, PostKind
from weft.domain.reactions.react import ReactionKind, react, unreact
from weft.federation.dialects import Dialect
from weft.federation.inspector.find import Filter, outbound
from weft.federation.rendering import Renderer
from weft.protocol.keys import load_multikey
from weft.protocol.proofs import proofs_of, verify_proof
from weft.storage.database import Tx

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
LENA = "https://weft.example/users/lena"
SOFTWARE = ("mastodon", "sharkey", "lemmy", "akkoma")
DISLIKE, EMOJI, LIKE = ReactionKind.DISLIKE, ReactionKind.EMOJI, ReactionKind.LIKE


@pytest.fixture
async def hosts(stage: Scene) -> dict[str, str]:
    """What each runs -> its authority. Somebody on each follows lena."""
    return {name: await neighbour(stage, name) for name in SOFTWARE}


async def neighbour(stage: Scene, software: str) -> str:
    origin: str = (await stage.place(f"https://{software}.example/")).rstrip("/")
    says(stage, origin, software)
    fan = f"{origin}/users/fan"
    follow = {"id": f"{fan}/f/1", "type": "Follow", "actor": fan, "object": LENA}
    await send(stage, await stage.place(follow))
    authority = origin.partition("//")[2]
    known = f"SELECT name FROM host WHERE name = '{authority}' AND software = '{software}'"
    await stage.until(lambda: rows(stage, known), 30)
    return authority


def says(stage: Scene, origin: str, software: str) -> None:
    """What it runs, in NodeInfo."""
    schema = "http://nodeinfo.diaspora.software/ns/schema/2.0"
    index = {"links": [{"rel": schema, "href": f"{origin}/nodeinfo/2.0"}]}
    about = {"version": "2.0", "software": {"name": software, "version": "1.0"}}
    for path, body in (("/.well-known/nodeinfo", index), ("/nodeinfo/2.0", about)):
        stage.others.answer(
            origin + path,
            Reply(headers={"Content-Type": "application/json"}, body=json.dumps(body).encode()),
        )


async def send(stage: Scene, activity: dict[str, Any]) -> None:
    answer = await stage.deliver(activity["actor"], json.dumps(activity).encode(), "/inbox")
    assert answer.status == 202, answer.json
    await stage.settled()


def got(stage: Scene, authority: str, *kinds: str) -> list[dict[str, Any]]:
    return [each for inbox, each in stage.told(*kinds) if f"//{authority}/" in inbox]


async def each_got(stage: Scene, hosts: dict[str, str], kind: str) -> dict[str, dict[str, Any]]:
    """The one activity of a kind that each host got; all carry lena's proof."""
    await stage.until(lambda: all(got(stage, each, kind) for each in hosts.values()), 30)
    found = {}
    answer = await stage.anyone.call(
        "GET", f"/ap/actors/{stage.lena.id}", headers={"Accept": "application/activity+json"}
    )
    key = load_multikey(answer.json["assertionMethod"][0]["publicKeyMultibase"])
    for name, authority in hosts.items():
        (activity,) = got(stage, authority, kind)
        (proof,) = proofs_of(activity)
        verify_proof(activity, proof, key)
        found[name] = activity
    return found


async def fetched(stage: Scene, uri: str, software: str | None = None) -> dict[str, Any]:
    headers = {"Accept": "application/activity+json", "User-Agent": software or "x"}
    answer = await stage.anyone.call(
        "GET", uri.removeprefix(stage.parts.server.origin), headers=headers
    )
    document: dict[str, Any] = answer.json
    return document


async def test_an_article_is_whole_titled_or_summed_up(stage: Scene, hosts: dict[str, str]) -> None:
    new = NewPost(
        author_id=stage.lena.id,
        kind=PostKind.ARTICLE,
        title="Rivers",
        content="<p>The whole text</p>",
        facets=PostFacets(article=ArticleFacets(summary="<p>On rivers.</p>")),
    )
    made = await stage.parts.db.write(publish, stage.parts.server, new)
    told = await each_got(stage, hosts, "Create")
    forms = {name: each["object"] for name, each in told.items()}
    assert {name: each["type"] for name, each in forms.items()} == {
        "mastodon": "Article", "sharkey": "Article", "lemmy": "Page", "akkoma": "Article"
    }  # fmt: skip
    assert forms["mastodon"]["summary"] == "<p>On rivers.</p>"
    assert forms["akkoma"]["summary"] is None
    assert forms["akkoma"]["name"] == forms["lemmy"]["name"] == "Rivers"
    assert "name" not in forms["sharkey"]
    assert forms["sharkey"]["content"] == "<p><strong>Rivers</strong></p><p>The whole text</p>"
    # The same thing, for the same readers, whatever it looks like.
    assert {each["id"] for each in told.values()} == {f"{made.uri}/activity"}
    assert {each["id"] for each in forms.values()} == {made.uri}
    for name in ("to", "cc", "url", "published", "attributedTo"):
        assert len({json.dumps(each[name]) for each in forms.values()}) == 1
    document = await fetched(stage, made.uri)
    assert (document["type"], document["summary"]) == ("Article", "<p>On rivers.</p>")
    assert document == await fetched(stage, made.uri, "Sharkey/2025.1")


async def test_an_album_says_where_the_rest_of_it_is_to_who_shows_four(
    stage: Scene, hosts: dict[str, str]
) -> None:
    ids = [await uploaded(stage, number) for number in range(6)]
    new = NewPost(
        author_id=stage.lena.id, kind=PostKind.ALBUM, content="<p>Six</p>", media_ids=tuple(ids)
    )
    made = await stage.parts.db.write(publish, stage.parts.server, new)
    told = await each_got(stage, hosts, "Create")
    for name, each in told.items():
        assert len(each["object"]["attachment"]) == 6
        said = each["object"]["content"]
        assert (each["object"]["url"] in said) == (name == "mastodon"), said
    document = await fetched(stage, made.uri)
    assert document["content"] == "<p>Six</p>"


async def uploaded(stage: Scene, number: int) -> int:
    """A picture of lena's, as it lies there after its upload."""
    new = NewUpload(
        owner_id=stage.lena.id, kind=MediaKind.PICTURE, content_type="image/png",
        store_key=f"p{number}.png", small_key=None, description=None, blurhash=None, width=10,
        height=10, duration_ms=None, size_bytes=100, focus_x=None, focus_y=None,
        hash=f"{number:064x}",
    )  # fmt: skip
    now = stage.parts.server.now_ms()
    return await stage.parts.db.write(add_upload, new, now, most_unposted=60, unposted_ms=60_000)


async def noted(stage: Scene, authority: str) -> int:
    """A post of the fan's there, for lena to react to."""
    fan = f"http://{authority}/users/fan"
    uri = f"{fan}/n/1"
    note = {
        "id": uri, "type": "Note", "attributedTo": fan, "content": "<p>Hi</p>", "to": [PUBLIC],
        "cc": [stage.lena.uri], "published": "2026-10-01T12:00:00Z",
        "tag": [{"type": "Mention", "href": stage.lena.uri}],
    }  # fmt: skip
    activity = {"id": f"{uri}/a", "type": "Create", "actor": fan, "object": note, "to": [PUBLIC]}
    await send(stage, activity)
    row = await stage.parts.db.one(post_by_uri, uri=uri)
    assert row is not None
    return row.id


async def mark(stage: Scene, post_id: int, kind: ReactionKind, value: str = "") -> None:
    async def write(tx: Tx) -> None:
        await react(
            tx, stage.parts.server, actor_id=stage.lena.id, post_id=post_id, kind=kind,
            value=value, local=True,
        )  # fmt: skip

    await stage.parts.db.write(write)


async def unmark(stage: Scene, post_id: int, kind: ReactionKind, value: str = "") -> None:
    async def write(tx: Tx) -> None:
        await unreact(
            tx, stage.parts.server, actor_id=stage.lena.id, post_id=post_id, kind=kind,
            value=value, local=True,
        )  # fmt: skip

    await stage.parts.db.write(write)


def rows(stage: Scene, statement: str) -> list[Any]:
    connection = apsw.Connection(
        str(stage.parts.settings.sqlite_path), flags=apsw.SQLITE_OPEN_READONLY
    )
    try:
        return list(connection.execute(statement).fetchall())
    finally:
        connection.close()


def is_idle(stage: Scene) -> bool:
    return not rows(stage, "SELECT 1 FROM delivery LIMIT 1") and not stage.parts.lanes.in_hand


async def sent(stage: Scene) -> None:
    """Until nothing waits to be delivered."""
    await stage.until(lambda: is_idle(stage), 30)


async def test_a_reaction_is_an_emoji_or_one_like_and_a_downvote_only_where_it_counts(
    stage: Scene, hosts: dict[str, str]
) -> None:
    posts = {name: await noted(stage, authority) for name, authority in hosts.items()}
    kinds = ("Like", "EmojiReact", "Dislike", "Undo")

    async def said() -> dict[str, list[tuple[str, str | None]]]:
        """What each host was told since it was asked last."""
        await sent(stage)
        found = {
            name: [(each["type"], each.get("content")) for each in got(stage, authority, *kinds)]
            for name, authority in hosts.items()
        }
        stage.others.delivered.clear()
        return found

    for post_id in posts.values():
        await mark(stage, post_id, EMOJI, "🔥")
    assert await said() == {
        "mastodon": [("Like", None)], "sharkey": [("Like", "🔥")], "lemmy": [("Like", None)],
        "akkoma": [("EmojiReact", "🔥")],
    }  # fmt: skip
    # Another one: Mastodon and Lemmy have their Like, Misskey takes the newest.
    for post_id in posts.values():
        await mark(stage, post_id, EMOJI, "🎉")
    assert await said() == {
        "mastodon": [], "sharkey": [("Like", "🎉")], "lemmy": [], "akkoma": [("EmojiReact", "🎉")]
    }  # fmt: skip
    for post_id in posts.values():
        await unmark(stage, post_id, EMOJI, "🔥")
    assert await said() == {
        "mastodon": [], "sharkey": [], "lemmy": [], "akkoma": [("Undo", None)]
    }  # fmt: skip
    for post_id in posts.values():
        await unmark(stage, post_id, EMOJI, "🎉")
    assert await said() == {name: [("Undo", None)] for name in hosts}
    for post_id in posts.values():
        await mark(stage, post_id, DISLIKE)
    assert await said() == {
        "mastodon": [], "sharkey": [], "lemmy": [("Dislike", None)], "akkoma": []
    }  # fmt: skip
    # A like replaces it: nobody is told of the end of what they never heard of.
    for post_id in posts.values():
        await mark(stage, post_id, LIKE)
    assert await said() == {
        "mastodon": [("Like", None)], "sharkey": [("Like", None)],
        "lemmy": [("Undo", None), ("Like", None)], "akkoma": [("Like", None)],
    }  # fmt: skip


async def fetched_note(stage: Scene, origin: str) -> int:
    """A post that was looked up: nothing ever came from its server, and no follow goes there."""
    uri = f"{origin}/users/fan/n/1"
    note = {
        "@context": "https://www.w3.org/ns/activitystreams", "id": uri, "type": "Note",
        "attributedTo": f"{origin}/users/fan", "content": "<p>Hi</p>", "to": [PUBLIC],
        "published": "2026-10-01T12:00:00Z",
    }  # fmt: skip
    stage.others.answer(uri, Reply(body=json.dumps(note).encode()))
    found = await stage.parts.resolver.post(uri)
    assert found is not None
    return found.id


async def test_a_server_that_never_spoke_is_asked_before_its_first_reaction(stage: Scene) -> None:
    origin: str = (await stage.place("https://quiet.example/")).rstrip("/")
    says(stage, origin, "lemmy")
    await mark(stage, await fetched_note(stage, origin), DISLIKE)
    await sent(stage)
    assert len(got(stage, origin.partition("//")[2], "Dislike")) == 1


async def test_a_server_that_could_not_say_it_is_asked_again(stage: Scene) -> None:
    origin: str = (await stage.place("https://busy.example/")).rstrip("/")
    authority = origin.partition("//")[2]
    index = f"{origin}/.well-known/nodeinfo"
    stage.others.answer(index, Reply(status=503))
    post_id = await fetched_note(stage, origin)
    await mark(stage, post_id, EMOJI, "🔥")
    await sent(stage)
    (like,) = got(stage, authority, "Like")
    assert like["content"] == "🔥"
    says(stage, origin, "lemmy")
    # It is left in peace for some seconds after a failure.
    for _ in range(100):
        if await stage.parts.software.learn(authority) == "lemmy":
            break
        await asyncio.sleep(0.1)
    await mark(stage, post_id, DISLIKE)
    await sent(stage)
    assert len(got(stage, authority, "Dislike")) == 1
    # Who has said it is not asked for each delivery.
    asked = stage.others.asked.count(index)
    await unmark(stage, post_id, DISLIKE)
    await sent(stage)
    assert stage.others.asked.count(index) == asked


async def test_the_inspector_says_what_was_not_sent(stage: Scene, hosts: dict[str, str]) -> None:
    post_id = await noted(stage, hosts["mastodon"])
    await mark(stage, post_id, DISLIKE)
    await sent(stage)
    (activity,) = await outbound(stage.parts.db, Filter(limit=1))
    (destination,) = activity.destinations
    assert destination.state == "not sent"
    assert "mastodon" in (destination.tries[0].error or "")


class Counted:
    """A dialect that is watched: how often it wrote something."""

    def __init__(self, dialect: Dialect, written: Counter[str]) -> None:
        self._dialect = dialect
        self._written = written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._dialect, name)

    def write_activity(self, *args: Any) -> Any:
        self._written[self._dialect.name] += 1
        return self._dialect.write_activity(*args)


async def test_a_thousand_hosts_of_five_dialects_cost_five_renderings(stage: Scene) -> None:
    parts = stage.parts
    made = await parts.db.write(
        publish, parts.server, NewPost(author_id=stage.lena.id, content="<p>Hi</p>")
    )
    written: Counter[str] = Counter()
    software = ("mastodon", "sharkey", "lemmy", "akkoma", None)
    spoken = {name: Counted(make_dialects().for_software(name), written) for name in software}
    event = msgspec.json.encode(PostPublished(made.id)).decode()
    renderer = Renderer(parts.db, parts.server, parts.keys)

    async def lane(number: int) -> bytes | None:
        dialect: Any = spoken[software[number % len(software)]]
        return await renderer.body(1, f"{made.uri}/activity", stage.lena.id, event, dialect)

    bodies = await asyncio.gather(*map(lane, range(1000)))
    assert written == Counter({"mastodon": 1, "misskey": 1, "lemmy": 1, "akkoma": 1, "generic": 1})
    assert len(set(bodies)) <= 5
    assert None not in bodies
