"""What a rule wants to wait and nobody sent: searched for, beside what came, in threads and profiles."""

import json
import time
from typing import Any

import pytest

from tests.federation.given import ALICE, arrived, note
from tests.federation.relay_stage import activity, say, subscribed
from tests.federation.relay_stage import note as relayed_note
from tests.federation.test_policy_inbound import sets_up, stored, waiting
from tests.federation.threads.village import Village, address, collection
from tests.federation.threads.village import note as placed_note
from tests.support.databases import sql
from tests.support.fediverse import Reply, Scene
from weft.domain.policy import fetched
from weft.domain.policy.fetched import TRIES_MS, fetch_let_in
from weft.domain.policy.quarantine import HoldState
from weft.federation.http.cache import FetchCache
from weft.federation.lookups import resolve_with
from weft.federation.quarantine import NotWaiting, clear_out, discard, look, release

POST = f"{ALICE}/n/1"


async def serve(stage: Scene, uri: str = POST, text: str = "casino", **more: Any) -> str:
    document = await stage.place(note(text, id=uri, **more))
    stage.others.answer(document["id"], Reply(body=json.dumps(document).encode()))
    return str(document["id"])


async def search(stage: Scene, uri: str = POST) -> list[str]:
    answer = await stage.api.get("/api/v2/search", q=await stage.place(uri), resolve="true")
    assert answer.status == 200, answer.text
    return [each["uri"] for each in answer.json["statuses"]]


async def chore(stage: Scene) -> int:
    resolve = resolve_with(stage.parts.resolver)
    return await fetch_let_in(stage.parts.db, stage.parts.server, resolve)


def states(stage: Scene) -> list[int]:
    rows = sql(stage.parts.settings.database_url, "SELECT state FROM quarantine ORDER BY id")
    return [int(str(row[0])) for row in rows]


async def test_a_searched_post_that_must_wait_is_found_by_moderators_and_comes_when_let_in(
    stage: Scene,
) -> None:
    await sets_up(stage, "keyword", words=["casino"])
    await sets_up(stage, "warn", text="As the rules say")
    uri = await serve(stage)
    for _ in range(2):
        assert await search(stage) == []
    (row,) = await waiting(stage)
    assert (row.activity, row.rule, row.fetched_uri) == ("Fetch", "keyword", uri)
    assert (row.reason, row.excerpt) == ("it has the words “casino”", "casino")
    assert (row.entry_id, row.draft_id, row.host) == (None, None, uri.split("/")[2])
    content = await stage.parts.db.write(look, stage.parts.server, None, row.id)
    assert content is not None
    assert content.body.startswith(f"{uri}\n")
    assert await chore(stage) == 0
    await stage.parts.db.write(release, stage.parts.server, None, row.id)
    assert await stored(stage) is None
    assert await chore(stage) == 1
    post = await stored(stage)
    assert post is not None
    assert post.summary == "As the rules say"
    assert (await search(stage), await waiting(stage), await chore(stage)) == ([uri], [], 0)
    assert states(stage) == [HoldState.RELEASED]
    with pytest.raises(NotWaiting, match="released"):
        await stage.parts.db.write(release, stage.parts.server, None, row.id)


async def test_who_asks_before_the_chore_gets_what_was_let_in(stage: Scene) -> None:
    await sets_up(stage, "keyword", words=["casino"])
    uri = await serve(stage)
    await search(stage)
    await stage.parts.db.write(release, stage.parts.server, None, (await waiting(stage))[0].id)
    assert await search(stage) == [uri]
    assert (await chore(stage), states(stage)) == (1, [HoldState.RELEASED])


@pytest.mark.parametrize("how", ["discarded", "late"])
async def test_what_is_discarded_stays_out(stage: Scene, how: str) -> None:
    await sets_up(stage, "keyword", words=["casino"])
    await serve(stage)
    await search(stage)
    (row,) = await waiting(stage)
    if how == "discarded":
        await stage.parts.db.write(discard, stage.parts.server, None, row.id)
    else:
        sql(stage.parts.settings.database_url, "UPDATE quarantine SET id = 1")
        await clear_out(stage.parts.db, stage.parts.server)
    if how == "discarded":
        assert states(stage) == [HoldState.DISCARDED]
        assert await search(stage) == []
        assert states(stage) == [HoldState.DISCARDED]
    assert (await waiting(stage), await stored(stage)) == ([], None)


async def test_what_cannot_be_had_is_asked_for_during_a_day(stage: Scene) -> None:
    await sets_up(stage, "keyword", words=["casino"])
    uri = await serve(stage)
    await search(stage)
    await stage.parts.db.write(release, stage.parts.server, None, (await waiting(stage))[0].id)
    stage.parts.resolver._fetcher._cache = FetchCache(1_000_000, time.monotonic)
    stage.others.answer(uri, Reply(status=404))
    assert await chore(stage) == 0
    assert states(stage) == [HoldState.LET_IN]
    sql(
        stage.parts.settings.database_url,
        f"UPDATE quarantine SET decided_at = decided_at - {TRIES_MS}",
    )
    assert await chore(stage) == 1
    assert (states(stage), await stored(stage)) == ([HoldState.RELEASED], None)


async def test_what_is_rejected_is_kept_nowhere(stage: Scene) -> None:
    await sets_up(stage, "keyword", words=["casino"], action="reject")
    await serve(stage)
    assert await search(stage) == []
    assert states(stage) == []


async def test_what_an_answer_answers_waits_by_itself(stage: Scene) -> None:
    """The answer is let through at once; what it answers is beside the point."""
    await sets_up(stage, "keyword", words=["casino"])
    parent = await serve(
        stage, "https://b.example/users/bob/n/9", attributedTo="https://b.example/users/bob"
    )
    mention = {"type": "Mention", "href": stage.lena.uri}
    answer = note("No!", inReplyTo=parent, tag=[mention], cc=[stage.lena.uri])
    await arrived(stage, "1", "Create", answer)
    assert await stored(stage) is not None
    assert [row.fetched_uri for row in await waiting(stage)] == [parent]


async def test_a_thread_and_a_profile_keep_aside_what_must_wait(
    stage: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is around it comes; more than may wait is not stored and not listed."""
    monkeypatch.setattr(fetched, "MOST_PER_HOST", 2)
    await sets_up(stage, "keyword", words=["casino"])
    village = Village(stage)
    root = placed_note("a.example", 0)
    good = [placed_note("a.example", n, root["id"], replies=None) for n in (1, 2)]
    bad = [
        placed_note("b.example", n, root["id"], replies=None, content=f"<p>Casino {n}</p>")
        for n in (3, 4, 5)
    ]
    for each in (root, *good, *bad):
        await village.serve(each)
    await village.serve(collection(root["replies"], [each["id"] for each in (*good, *bad)]))
    assert sorted(await village.walked(await village.find(root["id"]))) == ["1", "2"]
    held = await waiting(stage)
    assert len(held) == 2
    names = {address("b.example", n) for n in (3, 4, 5)}
    assert {each.fetched_uri for each in held} < {await stage.place(name) for name in names}
    ann = "https://a.example/users/ann"
    listed = [placed_note("a.example", n, content=f"<p>Casino {n}</p>") for n in (6, 7)]
    await village.serve(collection(f"{ann}/outbox", [*listed, placed_note("a.example", 8)]))
    await stage.parts.db.write(release, stage.parts.server, None, held[0].id)
    shown = await village.profile(await village.meet(ann))
    texts = sorted(each["content"] for each in shown)
    assert texts == [f"<p>Post {n}</p>" for n in (0, 1, 2, 8)]
    assert len(await waiting(stage)) == 3
    assert await chore(stage) == 1
    assert await stage.knows(str(held[0].fetched_uri))


async def test_what_a_relay_brings_waits_as_its_authors(stage: Scene) -> None:
    relay = await subscribed(stage)
    await sets_up(stage, "keyword", words=["casino"])
    made = await relayed_note(stage, content="<p>casino</p>")
    assert (await say(stage, await activity(stage, made))).startswith("ignored: ")
    (row,) = await waiting(stage)
    assert (row.fetched_uri, row.host == relay.host) == (made["id"], False)
    await stage.parts.db.write(release, stage.parts.server, None, row.id)
    assert await chore(stage) == 1
    assert await stage.knows(made["id"])
