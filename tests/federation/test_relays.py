"""Relays of both kinds: what they bring, and what they may not."""

import json

import pytest

from tests.federation.relay_stage import (
    ANN,
    AS,
    KINDS,
    PUBLIC,
    RELAY,
    Kind,
    activity,
    announce,
    answer,
    asked,
    furnish,
    note,
    say,
    shown,
    signed,
    subscribed,
    waiting,
    write,
)
from tests.support.fediverse import Reply, Scene, key_pair
from weft.domain.relays.records import RelayRefused
from weft.federation.inbox import WAITING_PER_RELAY
from weft.protocol.ldsignatures import ld_sign


async def test_a_relay_is_asked_in_the_form_of_its_kind(stage: Scene) -> None:
    relay, follow = await asked(stage, "mastodon")
    instance = await stage.parts.instance.actor()
    assert instance is not None
    assert (follow["actor"], follow["object"]) == (instance.uri, PUBLIC)
    assert (relay.reason, relay.speaks) == (None, False)
    assert await answer(stage, follow["id"]) == "done: "
    (relay,) = await stage.parts.relays.all()
    assert (relay.speaks, relay.actor_uri) == (True, await stage.place(RELAY))


async def test_a_litepub_relay_is_followed_by_an_actor_for_relays_and_follows_back(
    stage: Scene,
) -> None:
    _, follow = await asked(stage, "litepub")
    relay = await stage.place(RELAY)
    own = f"{stage.parts.server.origin}/relay"
    assert (follow["actor"], follow["object"], follow["to"]) == (own, relay, [relay])
    document = (await stage.anyone.call("GET", "/relay", headers={"accept": "application/activity+json"})).json  # fmt: skip
    assert (document["type"], document["id"]) == ("Application", own)
    assert document["inbox"] == f"{own}/inbox"
    assert await answer(stage, follow) == "done: "
    back = {"@context": AS, "id": f"{relay}#f", "type": "Follow", "actor": relay, "object": own}
    stranger = back | {"id": f"{await stage.place(ANN)}#f", "actor": await stage.place(ANN)}
    assert (await say(stage, stranger, ANN)).startswith("refused: ")
    assert await say(stage, back) == "done: "
    _, accept = await stage.until(lambda: next(iter(stage.told("Accept")), None))
    assert accept["object"]["id"] == back["id"]


async def test_a_relay_may_say_no_with_a_reason_and_change_its_mind(stage: Scene) -> None:
    _, follow = await asked(stage, "mastodon")
    assert await answer(stage, follow, "Reject", summary="Full for now") == "done: "
    (relay,) = await stage.parts.relays.all()
    assert (relay.speaks, relay.reason) == (False, "Full for now")
    assert await answer(stage, follow) == "done: "
    (relay,) = await stage.parts.relays.all()
    assert (relay.speaks, relay.reason) == (True, None)


@pytest.mark.parametrize("kind", KINDS)
async def test_only_the_relay_itself_may_answer(stage: Scene, kind: Kind) -> None:
    _, follow = await asked(stage, kind)
    assert (await answer(stage, follow, signer=ANN)).startswith("refused: ")
    (relay,) = await stage.parts.relays.all()
    assert not relay.speaks


async def test_what_a_relay_passes_on_is_in_the_federated_timeline_only(stage: Scene) -> None:
    await subscribed(stage)
    made = await note(stage)
    assert await say(stage, signed(await activity(stage, made))) == "done: "
    assert [each["uri"] for each in await shown(stage)] == [made["id"]]
    assert await shown(stage, "/api/v1/timelines/home") == []
    assert await shown(stage, "/api/v1/notifications") == []
    edited = await activity(stage, made | {"content": "<p>Edited</p>", "updated": made["published"]}, "Update")  # fmt: skip
    assert await say(stage, signed(edited)) == "done: "
    assert (await shown(stage))[0]["content"] == "<p>Edited</p>"
    gone = await activity(stage, {"id": made["id"], "type": "Tombstone"}, "Delete")
    assert await say(stage, signed(gone)) == "done: "
    assert await shown(stage) == []


@pytest.mark.parametrize("kind", KINDS)
async def test_what_nothing_proves_is_fetched_from_its_origin(stage: Scene, kind: Kind) -> None:
    await subscribed(stage, kind)
    made = await note(stage)
    if kind == "mastodon":
        forged = made | {"content": "<p>Forged</p>"}
        said = await say(stage, await activity(stage, forged))
    else:
        said = await say(stage, await announce(stage, made["id"]))
    assert said == "ignored: fetched from its origin"
    (status,) = await shown(stage)
    assert (status["content"], status["reblog"]) == ("<p>Hello, everybody</p>", None)
    assert await shown(stage, "/api/v1/timelines/home") == []


async def test_an_announced_activity_leads_to_its_post(stage: Scene) -> None:
    await subscribed(stage, "litepub")
    made = await note(stage)
    created = await activity(stage, made)
    stage.others.answer(created["id"], Reply(body=json.dumps(created).encode()))
    assert await say(stage, await announce(stage, created["id"])) == (
        "ignored: fetched from its origin"
    )
    assert len(await shown(stage)) == 1


@pytest.mark.parametrize("what", ["content", "another's", "post of nobody", "not public"])
async def test_forged_content_does_not_get_in(stage: Scene, what: str) -> None:
    await subscribed(stage)
    made = await note(stage)
    if what == "content":
        document = signed(await activity(stage, made))
        document["object"]["content"] = "<p>Forged</p>"
        assert (await say(stage, document)).startswith("refused: ")
    elif what == "another's":
        document = await activity(stage, made)
        document = ld_sign(
            document, key_pair("relay")[0], f"{await stage.place(RELAY)}#main-key", 1_790_000_000
        )
        assert (await say(stage, document)).startswith("refused: ")
    elif what == "post of nobody":
        stage.others.answer(made["id"], Reply(status=404))
        assert (await say(stage, await activity(stage, made))).startswith("ignored: ")
    else:
        quiet = await note(stage, to=[f"{ANN}/followers"], cc=[PUBLIC])
        assert await say(stage, await activity(stage, quiet)) == (
            "ignored: relays bring public posts only"
        )
    assert await shown(stage) == []
    assert not await stage.knows(made["id"])


@pytest.mark.parametrize("state", ["unknown", "pending", "rejected", "paused", "removed"])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_relay_that_is_not_subscribed_has_no_say(
    stage: Scene, kind: Kind, state: str
) -> None:
    await furnish(stage)
    if state == "pending":
        await asked(stage, kind)
    elif state == "rejected":
        _, follow = await asked(stage, kind)
        await answer(stage, follow, "Reject")
    elif state != "unknown":
        relay = await subscribed(stage, kind)
        await stage.parts.relays.change(None, relay.id, "pause" if state == "paused" else "remove")
        _, undo = await stage.until(lambda: next(iter(stage.told("Undo")), None))
        assert undo["object"]["type"] == "Follow"
    made = await note(stage)
    if kind == "mastodon":
        assert await say(stage, await activity(stage, made), status=403) == ""
        assert (await say(stage, signed(await activity(stage, made)))).startswith("ignored: ")
    else:
        assert (await say(stage, await announce(stage, made["id"]))).startswith("ignored: ")
    assert await shown(stage) == []
    assert not await stage.knows(made["id"])


@pytest.mark.parametrize("kind", KINDS)
async def test_posts_of_a_blocked_domain_do_not_come_by_relay(stage: Scene, kind: Kind) -> None:
    from weft.domain.moderation.domains import decide
    from weft.domain.moderation.domains_rules import Decision, Severity

    await subscribed(stage, kind)
    made = await note(stage)
    host = (await stage.place(ANN)).split("/")[2].partition(":")[0]
    await stage.parts.db.write(
        decide, stage.parts.server, None, host, Decision(severity=Severity.SUSPEND)
    )
    asked_before = len(stage.others.asked)
    if kind == "mastodon":
        assert await say(stage, signed(await activity(stage, made)), status=403) == ""
    else:
        assert "suspended" in await say(stage, await announce(stage, made["id"]))
    assert not [url for url in stage.others.asked[asked_before:] if "/n/" in url]
    assert not await stage.knows(made["id"])


async def test_a_relay_of_a_blocked_domain_is_not_heard_and_not_told(stage: Scene) -> None:
    from weft.domain.moderation.domains import decide
    from weft.domain.moderation.domains_rules import Decision, Severity

    relay = await subscribed(stage)
    await stage.parts.db.write(
        decide,
        stage.parts.server,
        None,
        relay.host.partition(":")[0],
        Decision(severity=Severity.SUSPEND),
    )
    await say(stage, signed(await activity(stage, await note(stage))), status=403)
    await write(stage)
    assert await shown(stage) == []
    assert await waiting(stage) == 0
    with pytest.raises(RelayRefused, match="suspended"):
        await stage.parts.relays.subscribe(None, relay.inbox + "x/inbox")


@pytest.mark.parametrize("first", ["directly", "by relay"])
async def test_a_post_that_comes_twice_is_one_and_home_gets_it(stage: Scene, first: str) -> None:
    await subscribed(stage)
    found = await stage.api.call(
        "GET", f"/api/v2/search?q={await stage.place(ANN)}&resolve=true&type=accounts"
    )
    ann = found.json["accounts"][0]["id"]
    await stage.api.call("POST", f"/api/v1/accounts/{ann}/follow")
    _, follow = await stage.until(
        lambda: next((e for e in stage.told("Follow") if e[1]["object"] != PUBLIC), None)
    )
    await answer(stage, follow["id"], signer=ANN)
    document = signed(await activity(stage, await note(stage)))
    senders = [ANN, RELAY] if first == "directly" else [RELAY, ANN]
    for signer in senders:
        await say(stage, document, signer)
    # Once more, as an announcement that leads to the same post.
    assert await say(stage, await announce(stage, document["object"]["id"])) == (
        "ignored: it is here already"
    )
    assert len(await shown(stage)) == 1
    home = await shown(stage, "/api/v1/timelines/home")
    assert [each["uri"] for each in home] == [document["object"]["id"]]


async def test_somebody_who_is_named_hears_of_it_whoever_brings_it(stage: Scene) -> None:
    await subscribed(stage)
    mention = {"type": "Mention", "href": stage.lena.uri}
    made = await note(stage, tag=[mention], to=[PUBLIC, stage.lena.uri])
    assert await say(stage, signed(await activity(stage, made))) == "done: "
    (told,) = await shown(stage, "/api/v1/notifications")
    assert told["status"]["uri"] == made["id"]


async def test_a_relay_cannot_delete_what_its_origin_still_has(stage: Scene) -> None:
    await subscribed(stage)
    made = await note(stage)
    await say(stage, signed(await activity(stage, made)))
    relay, ann = await stage.place(RELAY), await stage.place(ANN)
    own = {"@context": AS, "id": f"{relay}#d", "type": "Delete", "actor": relay, "object": made["id"]}  # fmt: skip
    assert (await say(stage, own)).startswith("refused: ")
    said = own | {"id": f"{ann}#d", "actor": ann}
    assert "still has it" in await say(stage, said)
    assert len(await shown(stage)) == 1
    stage.others.answer(made["id"], Reply(status=410))
    assert "deleted" in await say(stage, said | {"id": f"{ann}#d2"})
    assert await shown(stage) == []


@pytest.mark.parametrize("kind", KINDS)
async def test_an_edit_that_nothing_proves_is_what_its_origin_has(stage: Scene, kind: Kind) -> None:
    await subscribed(stage, kind)
    made = await note(stage)
    await say(stage, signed(await activity(stage, made)))
    forged = made | {"content": "<p>Forged</p>", "updated": made["published"]}
    told = await activity(stage, forged, "Update")
    assert await say(stage, told) == "ignored: fetched from its origin"
    assert (await shown(stage))[0]["content"] == "<p>Hello, everybody</p>"
    await note(stage, content="<p>Better</p>", updated=made["published"])
    # By its id alone, as some write it.
    assert await say(stage, told | {"id": f"{told['id']}b", "object": made["id"]}) == (
        "ignored: fetched from its origin"
    )
    assert (await shown(stage))[0]["content"] == "<p>Better</p>"
    # What is no post of hers any more, what is gone and what was never here change nothing.
    await note(stage, attributedTo="https://a.example/users/amy", content="<p>Another's</p>")
    assert (await say(stage, told | {"id": f"{told['id']}c"})).startswith("refused: ")
    stage.others.answer(made["id"], Reply(status=404))
    assert "its origin says" in await say(stage, told | {"id": f"{told['id']}d"})
    unknown = await activity(stage, await note(stage, 2), "Update", 2)
    assert await say(stage, unknown) == "ignored: it is not here"
    assert (await shown(stage))[0]["content"] == "<p>Better</p>"


async def test_new_keys_of_the_server_are_new_for_relays_too(stage: Scene) -> None:
    """The small relay of LitePub's kind follows back: it is told, and takes what is signed anew."""

    async def keys(path: str) -> tuple[str, str]:
        accept = {"accept": "application/activity+json"}
        shown = (await stage.anyone.call("GET", path, headers=accept)).json["publicKey"]
        return shown["id"], shown["publicKeyPem"]

    await subscribed(stage, "litepub")
    relay, own = await stage.place(RELAY), f"{stage.parts.server.origin}/relay"
    back = {"@context": AS, "id": f"{relay}#f", "type": "Follow", "actor": relay, "object": own}
    assert await say(stage, back) == "done: "
    instance = await stage.parts.instance.actor()
    assert instance is not None
    paths = ["/relay", instance.uri.removeprefix(stage.parts.server.origin)]
    before = [await keys(path) for path in paths]
    await stage.parts.instance.rotate()
    after = [await keys(path) for path in paths]
    assert [each[0] for each in after] == [each[0] for each in before]
    assert all(new[1] != old[1] for new, old in zip(after, before, strict=True))
    told = await stage.until(
        lambda: [each for _, each in stage.told("Update") if each["actor"] == own]
    )
    assert told[0]["object"]["publicKey"]["publicKeyPem"] == after[0][1]


async def test_an_edit_waits_while_its_origin_does_not_answer(stage: Scene) -> None:
    await subscribed(stage)
    made = await note(stage)
    await say(stage, signed(await activity(stage, made)))
    stage.others.answer(made["id"], Reply(status=503))
    told = await activity(stage, made | {"content": "<p>No</p>"}, "Update")
    assert (await say(stage, told)).startswith("waiting")
    assert (await shown(stage))[0]["content"] == "<p>Hello, everybody</p>"


async def test_boosts_of_strangers_do_not_come_by_relay(stage: Scene) -> None:
    await subscribed(stage)
    made = await note(stage)
    boost = await activity(stage, made, "Announce") | {"object": made["id"]}
    assert (await say(stage, signed(boost))).startswith("ignored: ")
    assert not await stage.knows(made["id"])


async def test_a_relay_that_brings_too_much_at_once_is_put_off(stage: Scene) -> None:
    import apsw

    relay = await subscribed(stage)
    connection = apsw.Connection(str(stage.parts.settings.sqlite_path))
    connection.set_busy_timeout(10_000)  # the server may be writing
    connection.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i <= ?)"
        " INSERT INTO inbox_log (id, activity_uri, type, actor_uri, host, key_id, state, attempts,"
        " body, received_at, retry_at)"
        " SELECT i, 'x' || i, 'Create', 'x', ?, 'k', 1, 1, '', 0, 9999999999999 FROM n",
        (WAITING_PER_RELAY, relay.host),
    ).fetchall()
    connection.close()
    made = await note(stage)
    assert await say(stage, await announce(stage, made["id"]), status=503) == ""


@pytest.mark.parametrize(
    "address",
    [
        "",
        "relay",
        "https://",
        "ftp://r.example/inbox",
        "http://r.example/inbox",
        "https://r.example/inbox?x=1",
        "https://r.example/in box/inbox",
        "https://r.example/\x00/inbox",
        "https://r.example/" + "x" * 2048 + "/inbox",
        "http://127.0.0.1:9999/inbox",
    ],
)
async def test_what_is_no_relays_address_is_refused(stage: Scene, address: str) -> None:
    with pytest.raises(RelayRefused) as refused:
        await stage.parts.relays.subscribe(None, address)
    assert str(refused.value).endswith(".")
    assert await stage.parts.relays.all() == []


async def test_a_relay_is_there_once_and_a_person_is_none(stage: Scene) -> None:
    relay, _ = await asked(stage, "mastodon")
    with pytest.raises(RelayRefused, match="already"):
        await stage.parts.relays.subscribe(None, relay.address)
    with pytest.raises(RelayRefused, match="follow it"):
        await stage.parts.relays.subscribe(None, await stage.place(ANN))
    assert len(await stage.parts.relays.all()) == 1
