"""Policies and what other servers send: judged before it has an effect, however it comes in."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.federation.given import ALICE, PUBLIC, arrived, lena_follows, note
from tests.support.databases import sql
from tests.support.fediverse import Reply, Scene
from weft.domain.moderation.audit import audit_page
from weft.domain.policy import catalogue
from weft.domain.policy.quarantine import HoldRow, waiting_page
from weft.domain.policy.records import BuiltIn, Judge, Judgement, Subject
from weft.domain.policy.rules.acting import Whom
from weft.domain.policy.store import add_rule, remove_rule
from weft.domain.posts.queries import post_by_uri
from weft.domain.posts.records import Post
from weft.federation.inspector.find import Filter, inbound
from weft.federation.inspector.replay import replay_inbound
from weft.federation.quarantine import NotWaiting, clear_out, discard, release
from weft.storage.ids import MAX_ID

LENA = "https://weft.example/users/lena"


async def sets_up(stage: Scene, rule: str, **settings: Any) -> None:
    await stage.parts.db.write(
        add_rule, stage.parts.server, None, rule, json.dumps(settings).encode()
    )


async def waiting(stage: Scene) -> list[HoldRow]:
    return await stage.parts.db.all(waiting_page, max_id=MAX_ID, min_id=0, limit=50)


async def stored(stage: Scene, uri: str = f"{ALICE}/n/1") -> Post | None:
    return await stage.parts.db.one(post_by_uri, uri=await stage.place(uri))


async def last(stage: Scene) -> Any:
    """The newest entry of the log, as the inspector tells it."""
    everything = Filter(limit=1)
    return (await inbound(stage.parts.db, everything))[0]


async def lets_in(stage: Scene) -> None:
    row = (await waiting(stage))[0]
    await stage.parts.db.write(release, stage.parts.server, None, row.id)
    stage.parts.processor.wake()
    await applied(stage)


async def applied(stage: Scene) -> None:
    """Until nothing waits, also of what was put back."""
    url = stage.parts.settings.database_url

    def none_waits() -> bool:
        waits = sql(url, "SELECT count(*) FROM inbox_log WHERE state < 2 AND attempts < 2")[0][0]
        return not waits and not stage.parts.processor.in_hand

    stage.parts.processor._newest = 0
    stage.parts.processor.wake()
    await stage.until(none_waits)


def broken(monkeypatch: pytest.MonkeyPatch, judge: Callable[[Subject], Any]) -> None:
    """A rule of somebody else's."""

    def prepare(settings: Whom) -> Judge:
        return judge

    known = dict(catalogue.rules())
    known["broken"] = BuiltIn("broken", "It is broken.", Whom, prepare)
    monkeypatch.setattr(catalogue, "rules", lambda: known)


@pytest.fixture
async def followed(stage: Scene) -> Scene:
    """Lena follows alice."""
    await lena_follows(stage)
    return stage


async def test_a_rejected_post_is_refused_with_the_reason(followed: Scene) -> None:
    await sets_up(followed, "keyword", words=["casino"], action="reject")
    await arrived(followed, "1", "Create", note("Win at the CASINO today"))
    assert await stored(followed) is None
    entry = await last(followed)
    assert entry.state == "refused"
    assert entry.why == "policy keyword: it has the words “casino”"
    assert entry.steps[-1].step == "policy"
    await arrived(followed, "2", "Create", note("Nothing to win", id=f"{ALICE}/n/2"))
    assert await stored(followed, f"{ALICE}/n/2") is not None


async def test_a_rewritten_post_is_stored_as_the_rules_left_it(followed: Scene) -> None:
    await sets_up(followed, "hashtag", tags=["nsfw"])
    await sets_up(followed, "silence", hosts=[(await followed.place(ALICE)).split("/")[2]])
    picture = {"type": "Image", "mediaType": "image/png", "url": f"{ALICE}/1.png"}
    tag = {"type": "Hashtag", "name": "#NSFW", "href": "https://a.example/tags/nsfw"}
    await sets_up(followed, "strip-media")
    await arrived(followed, "1", "Create", note("Look", tag=[tag], attachment=[picture]))
    post = await stored(followed)
    assert post is not None
    assert (post.sensitive, post.visibility) == (True, 1)
    assert not sql(followed.parts.settings.database_url, "SELECT 1 FROM post_attachment")
    said = [step.why for step in (await last(followed)).steps if step.step == "policy"]
    assert [each.partition(":")[0] for each in said] == ["hashtag", "silence", "strip-media"]


async def test_a_quarantined_post_waits_and_is_let_in_as_if_it_just_came(followed: Scene) -> None:
    await sets_up(followed, "keyword", words=["casino"])
    await arrived(followed, "1", "Create", note("The casino was torn down"))
    assert await stored(followed) is None
    (row,) = await waiting(followed)
    assert (row.rule, row.activity, row.excerpt) == (
        "keyword", "Create", "The casino was torn down",
    )  # fmt: skip
    assert (await last(followed)).state == "quarantined"
    home = await followed.api.get("/api/v1/timelines/home")
    assert home.json == []
    await lets_in(followed)
    assert await stored(followed) is not None
    assert (await last(followed)).state == "done"
    home = await followed.api.get("/api/v1/timelines/home")
    assert len(home.json) == 1
    assert await waiting(followed) == []
    with pytest.raises(NotWaiting, match="released"):
        await followed.parts.db.write(release, followed.parts.server, None, row.id)
    done = await followed.parts.db.all(audit_page, max_id=MAX_ID, limit=1)
    assert done[0].action == "quarantine.release"


async def test_what_a_group_passes_on_waits_and_is_let_in(stage: Scene) -> None:
    uri = await stage.place(ALICE)
    group = stage.others._person(uri.split("/")[2], "alice") | {"type": "Group"}
    stage.others.answer(uri, Reply(body=json.dumps(group).encode()))
    await lena_follows(stage)
    await sets_up(stage, "keyword", words=["casino"])
    bob = "https://a.example/users/bob"
    page = note("casino", type="Page", name="A page", attributedTo=bob, to=[PUBLIC, ALICE])
    create = {"id": f"{bob}/a/1", "type": "Create", "actor": bob, "object": page, "to": [PUBLIC]}
    await arrived(stage, "1", "Announce", create)
    assert await stored(stage) is None
    await lets_in(stage)
    assert await waiting(stage) == []
    assert await stored(stage) is not None


async def test_what_is_discarded_is_refused(followed: Scene) -> None:
    await sets_up(followed, "keyword", words=["casino"])
    await arrived(followed, "1", "Create", note("casino"))
    (row,) = await waiting(followed)
    await followed.parts.db.write(discard, followed.parts.server, None, row.id)
    assert (await last(followed)).state == "refused"
    assert await waiting(followed) == []
    assert await stored(followed) is None


async def test_what_is_replayed_without_the_rule_does_not_wait_any_more(followed: Scene) -> None:
    await sets_up(followed, "keyword", words=["casino"])
    await arrived(followed, "1", "Create", note("casino"))
    parts = followed.parts
    await parts.db.write(remove_rule, parts.server, None, "keyword")
    entry = await last(followed)
    await parts.db.write(replay_inbound, int(entry.id), parts.server.now_ms())
    await applied(followed)
    assert await stored(followed) is not None
    assert await waiting(followed) == []


async def test_an_entry_whose_row_is_gone_is_closed(followed: Scene) -> None:
    await sets_up(followed, "keyword", words=["casino"])
    await arrived(followed, "1", "Create", note("casino"))
    sql(followed.parts.settings.database_url, "DELETE FROM quarantine")
    await clear_out(followed.parts.db, followed.parts.server)
    assert (await last(followed)).state == "refused"


async def test_what_nobody_decides_about_is_discarded_in_time(followed: Scene) -> None:
    await sets_up(followed, "keyword", words=["casino"])
    await arrived(followed, "1", "Create", note("casino"))
    assert await clear_out(followed.parts.db, followed.parts.server) == 0
    url = followed.parts.settings.database_url
    sql(url, "UPDATE quarantine SET id = 1000")
    assert await clear_out(followed.parts.db, followed.parts.server) >= 1
    assert (await last(followed)).why == "nobody decided within 30 days"
    assert not sql(url, "SELECT 1 FROM quarantine WHERE state = 0")


async def test_an_edit_is_judged_as_the_post_was(followed: Scene) -> None:
    await sets_up(followed, "keyword", words=["casino"], action="unlist")
    await sets_up(followed, "hashtag", tags=["spam"], action="reject")
    await arrived(followed, "1", "Create", note("Harmless"))
    edited = note("casino", updated="2036-10-01T12:00:00Z")
    await arrived(followed, "2", "Update", edited)
    post = await stored(followed)
    assert post is not None
    assert (post.visibility, "casino" in post.content) == (1, True)
    tag = {"type": "Hashtag", "name": "#spam", "href": "https://a.example/tags/spam"}
    worse = note("worse", updated="2036-10-02T12:00:00Z", tag=[tag])
    await arrived(followed, "3", "Update", worse)
    post = await stored(followed)
    assert post is not None
    assert "casino" in post.content


async def test_what_may_not_be_sent_does_not_come_in_by_being_fetched(followed: Scene) -> None:
    await sets_up(followed, "keyword", words=["casino"])
    body = json.dumps(await followed.place(note("casino"))).encode()
    followed.others.answer(await followed.place(f"{ALICE}/n/1"), Reply(body=body))
    await arrived(followed, "1", "Create", f"{ALICE}/n/1")
    assert await stored(followed) is None
    await arrived(followed, "2", "Announce", f"{ALICE}/n/1")
    assert await stored(followed) is None
    assert [row.activity for row in await waiting(followed)] == ["Fetch", "Fetch"]
    await lets_in(followed)
    assert await stored(followed) is not None


async def test_a_parent_that_is_kept_out_does_not_keep_its_answer_out(followed: Scene) -> None:
    await sets_up(followed, "keyword", words=["casino"], action="reject")
    parent = "https://b.example/users/bob/n/9"
    spam = note("casino", id=parent, attributedTo="https://b.example/users/bob")
    body = json.dumps(await followed.place(spam)).encode()
    followed.others.answer(await followed.place(parent), Reply(body=body))
    await arrived(followed, "1", "Create", note("No!", inReplyTo=parent))
    assert await stored(followed) is not None
    assert await stored(followed, parent) is None


async def test_follows_are_judged_and_what_takes_back_is_not(stage: Scene) -> None:
    await arrived(stage, "f", "Follow", LENA)
    url = stage.parts.settings.database_url
    assert sql(url, "SELECT count(*) FROM follow") == [(1,)]
    await sets_up(stage, "reject", handles=[f"alice@{(await stage.place(ALICE)).split('/')[2]}"])
    await arrived(stage, "u", "Undo", {"id": f"{ALICE}/a/f", "type": "Follow",
                                       "actor": ALICE, "object": LENA})  # fmt: skip
    assert sql(url, "SELECT count(*) FROM follow") == [(0,)]
    await arrived(stage, "g", "Follow", LENA)
    assert sql(url, "SELECT count(*) FROM follow") == [(0,)]
    assert (await last(stage)).state == "refused"


async def test_a_silenced_author_notifies_only_who_follows_them(stage: Scene) -> None:
    await sets_up(stage, "silence")
    mention = {"type": "Mention", "href": LENA, "name": "@lena"}
    named = {"tag": [mention], "to": [PUBLIC, LENA]}
    await arrived(stage, "1", "Create", note("Hey @lena", **named))
    assert await stored(stage) is not None
    assert (await stage.api.get("/api/v1/notifications")).json == []
    await lena_follows(stage)
    await arrived(stage, "2", "Create", note("Hey @lena", id=f"{ALICE}/n/2", **named))
    url = stage.parts.settings.database_url
    # Lena follows alice, but alice's quiet posts are for those who follow: lena does.
    assert sql(url, "SELECT count(*) FROM notification") == [(1,)]


async def test_portraits_are_left_out(stage: Scene) -> None:
    await sets_up(stage, "strip-portraits")
    actor = stage.others._person("x", "alice")
    placed = await stage.place(ALICE)
    actor = json.loads(json.dumps(actor).replace("http://x/", placed.partition("users")[0]))
    picture = {"type": "Image", "url": f"{placed}.png"}
    body = json.dumps(actor | {"icon": picture, "image": picture}).encode()
    stage.others.answer(placed, Reply(body=body))
    alice = await stage.parts.resolver.actor(placed)
    assert (alice.icon_url, alice.header_url) == (None, None)
    await stage.parts.db.write(remove_rule, stage.parts.server, None, "strip-portraits")
    alice = await stage.parts.resolver.actor(placed, refresh=True)
    assert alice.icon_url is not None


async def test_a_new_server_waits_until_a_moderator_lets_it_in(stage: Scene) -> None:
    await sets_up(stage, "unknown-host")
    await arrived(stage, "1", "Create", note("One", to=[PUBLIC, LENA]))
    await arrived(stage, "2", "Create", note("Two", id=f"{ALICE}/n/2", to=[PUBLIC, LENA]))
    assert [row.rule for row in await waiting(stage)] == ["unknown-host"] * 2
    await lets_in(stage)
    assert await waiting(stage) == []
    assert await stored(stage) is not None
    assert await stored(stage, f"{ALICE}/n/2") is not None
    await arrived(stage, "3", "Create", note("Three", id=f"{ALICE}/n/3", to=[PUBLIC, LENA]))
    assert await stored(stage, f"{ALICE}/n/3") is not None


def raises(subject: Subject) -> Judgement:
    raise RuntimeError(f"at {subject.kind}")


def answers_nonsense(subject: Subject) -> Any:
    return subject.post is not None


@pytest.mark.parametrize("judge", [raises, answers_nonsense])
async def test_a_rule_that_fails_neither_loses_nor_passes_what_it_judged(
    followed: Scene, monkeypatch: pytest.MonkeyPatch, judge: Callable[[Subject], Any]
) -> None:
    broken(monkeypatch, judge)
    await sets_up(followed, "broken")
    for number in range(4):
        await arrived(followed, f"c{number}", "Create", note(str(number), id=f"{ALICE}/n/{number}"))
    await arrived(followed, "f", "Follow", LENA)
    url = followed.parts.settings.database_url
    assert sql(url, "SELECT count(*) FROM post") == [(0,)]
    rows = await waiting(followed)
    assert len(rows) == 5
    assert all(row.reason.startswith("the rule failed: ") for row in rows)
    assert (await last(followed)).state == "quarantined"
    for row in rows:
        await followed.parts.db.write(release, followed.parts.server, None, row.id)
    await applied(followed)
    assert sql(url, "SELECT count(*) FROM post") == [(4,)]
    assert await waiting(followed) == []


async def test_what_finds_no_room_in_the_quarantine_is_tried_again(
    followed: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    from weft.domain.policy import quarantine

    monkeypatch.setattr(quarantine, "MOST_PER_HOST", 1)
    await sets_up(followed, "keyword", words=["casino"])
    await arrived(followed, "1", "Create", note("casino"))
    await arrived(followed, "2", "Create", note("casino", id=f"{ALICE}/n/2"))
    assert len(await waiting(followed)) == 1
    entry = await last(followed)
    assert (entry.state, entry.steps[-1].outcome) == ("waiting", "put off")


async def test_a_dry_rule_only_notes_what_it_would_do(followed: Scene) -> None:
    await followed.parts.db.write(
        add_rule, followed.parts.server, None, "keyword", b'{"words": ["casino"]}', dry=True
    )
    await arrived(followed, "1", "Create", note("casino"))
    assert await stored(followed) is not None
    said = [step.why for step in (await last(followed)).steps if step.step == "policy"]
    assert said == ["keyword: would be quarantined: it has the words “casino”"]


async def test_without_rules_nothing_is_noted(followed: Scene) -> None:
    await arrived(followed, "1", "Create", note("casino"))
    assert await stored(followed) is not None
    assert not [step for step in (await last(followed)).steps if step.step == "policy"]
