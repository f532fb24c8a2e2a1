"""What the scenarios say in prose, as checks: mostly of what lena's app is shown."""

from collections.abc import Awaitable, Callable
from typing import Any

from tests.support.fediverse import Scene
from weft.domain.reactions.react import ReactionKind

Scenario = dict[str, Any]
Effect = Callable[[Scene, Scenario], Awaitable[None]]
EFFECTS: dict[str, Effect] = {}
SKIPPED: dict[str, str] = {
    "bad-scheme-http-vs-https": "on loopback every server speaks plain http",
}

ALICE = "https://a.example/users/alice"
NOTE = f"{ALICE}/n/1"


def effect(*names: str) -> Callable[[Effect], Effect]:
    def keep(check: Effect) -> Effect:
        for name in names:
            EFFECTS[name] = check
        return check

    return keep


async def status(stage: Scene, uri: str = NOTE) -> dict[str, Any]:
    """The status of that id as lena's app gets it."""
    placed = await stage.place(uri)
    found = await stage.api.get("/api/v2/search", q=placed, resolve="true", type="statuses")
    assert found.status == 200, found.text
    assert len(found.json["statuses"]) == 1, found.text
    shown: dict[str, Any] = found.json["statuses"][0]
    return shown


async def home(stage: Scene) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = (await stage.api.get("/api/v1/timelines/home")).json
    return shown


async def account(stage: Scene, uri: str = ALICE) -> dict[str, Any]:
    found = await stage.api.get("/api/v2/search", q=await stage.place(uri), resolve="true")
    shown: dict[str, Any] = found.json["accounts"][0]
    return shown


async def relation(stage: Scene, uri: str = ALICE) -> dict[str, Any]:
    other = (await account(stage, uri))["id"]
    found = await stage.api.get("/api/v1/accounts/relationships", **{"id[]": other})
    shown: dict[str, Any] = found.json[0]
    return shown


async def notifications(stage: Scene) -> list[str]:
    found = await stage.api.get("/api/v1/notifications")
    return [each["type"] for each in found.json]


@effect(
    "ok-create-note",
    "ok-context-string-vs-absent",
    "ok-context-expanded-http",
    "ok-to-as-string",
    "ok-public-as-prefix",
    "ok-type-array",
    "ok-type-unknown-first",
    "ok-actor-single-array",
    "ok-attributedto-multiple",
    "ok-object-single-array",
    "ok-object-by-id",
    "bad-remote-context",
)
async def a_public_post_in_the_home_timeline(stage: Scene, _: Scenario) -> None:
    (shown,) = await home(stage)
    assert shown["uri"] == await stage.place(NOTE)
    assert shown["visibility"] == "public"
    assert "Hello" in shown["content"]
    assert shown["account"]["username"] == "alice"
    assert not any("context" in url for url in stage.others.asked)


@effect("ok-id-at-keywords")
async def the_keywords_are_read(stage: Scene, _: Scenario) -> None:
    shown = await status(stage)
    assert (shown["content"], shown["visibility"]) == ("x", "public")


@effect("ok-actor-embedded")
async def the_embedded_profile_is_not_believed(stage: Scene, scenario: Scenario) -> None:
    await a_public_post_in_the_home_timeline(stage, scenario)
    assert (await account(stage))["display_name"] == "Alice"


@effect("ok-context-object-first")
async def sensitive_and_english(stage: Scene, _: Scenario) -> None:
    shown = await status(stage)
    assert (shown["sensitive"], shown["language"]) == (True, "en")


@effect("ok-public-bare")
async def unlisted(stage: Scene, _: Scenario) -> None:
    assert (await status(stage))["visibility"] == "unlisted"


@effect("ok-null-everywhere", "ok-empty-strings")
async def nothing_is_nothing(stage: Scene, _: Scenario) -> None:
    shown = await status(stage)
    assert (shown["spoiler_text"], shown["sensitive"]) == ("", False)
    assert "<strong>" not in shown["content"]
    assert "None" not in str([shown["content"], shown["url"]])


@effect("ok-language-map-only")
async def the_first_language(stage: Scene, scenario: Scenario) -> None:
    shown = await status(stage)
    assert shown["language"] == "de"
    first = next(iter(scenario["deliver"]["object"]["contentMap"].values()))
    assert shown["content"] == first


@effect("ok-language-map-und")
async def no_language(stage: Scene, _: Scenario) -> None:
    shown = await status(stage)
    assert shown["language"] is None
    assert shown["content"]


@effect("ok-tag-single-object")
async def tagged_fedi(stage: Scene, _: Scenario) -> None:
    assert [each["name"] for each in (await status(stage))["tags"]] == ["fedi"]
    assert len((await stage.api.get("/api/v1/timelines/tag/fedi")).json) == 1


@effect("ok-hashtag-no-hash-unicode")
async def only_the_tag_that_is_one(stage: Scene, _: Scenario) -> None:
    assert [each["name"] for each in (await status(stage))["tags"]] == ["кошки"]


@effect("ok-mention-name-only")
async def lena_is_mentioned(stage: Scene, _: Scenario) -> None:
    assert await notifications(stage) == ["mention"]


@effect("ok-url-variants")
async def the_page_is_the_permalink(stage: Scene, scenario: Scenario) -> None:
    link = next(
        each["href"]
        for each in scenario["deliver"]["object"]["url"]
        if isinstance(each, dict) and each.get("mediaType") == "text/html"
    )
    assert (await status(stage))["url"] == await stage.place(link)


@effect("ok-inreplyto-array-object")
async def lena_gets_the_answer(stage: Scene, _: Scenario) -> None:
    shown = await status(stage)
    assert shown["in_reply_to_id"] == str(stage.posts[0])
    assert shown["in_reply_to_account_id"] == str(stage.lena.id)


@effect("ok-published-variants")
async def the_moment_is_the_same(stage: Scene, _: Scenario) -> None:
    assert (await status(stage))["created_at"] == "2026-10-01T12:00:00.123Z"


@effect("ok-mediatype-markdown", "bad-html-script")
async def nothing_that_runs(stage: Scene, _: Scenario) -> None:
    shown = str(await status(stage)).lower()
    for each in ("<script", "onerror", "onclick", "<style", "<iframe", "<form", "javascript:",
                 "style=", "data:text"):  # fmt: skip
        assert each not in shown, each


@effect("ok-follow")
async def alice_follows_and_is_answered(stage: Scene, scenario: Scenario) -> None:
    assert (await relation(stage))["followed_by"] is True
    sent = await eventually(lambda: stage.others.delivered)
    inbox, activity = sent[0]
    assert inbox in {
        await stage.place(f"{ALICE}/inbox"),
        await stage.place("https://a.example/inbox"),
    }
    assert activity["type"] == "Accept"
    assert activity["actor"] == stage.lena.uri
    assert activity["object"]["id"] == await stage.place(scenario["deliver"]["id"])
    assert activity["object"]["type"] == "Follow"


async def eventually(look: Callable[[], Any]) -> Any:
    import asyncio

    for _ in range(500):
        found = look()
        if found:
            return found
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come about")


@effect("ok-undo-follow-by-id", "ok-undo-follow-unknown-id")
async def alice_no_longer_follows(stage: Scene, _: Scenario) -> None:
    assert (await relation(stage))["followed_by"] is False


@effect("bad-undo-foreign")
async def alice_still_follows(stage: Scene, _: Scenario) -> None:
    assert (await relation(stage))["followed_by"] is True


@effect("bad-undo-foreign-inner-actor-lie")
async def the_like_stays(stage: Scene, _: Scenario) -> None:
    shown = (await stage.api.get(f"/api/v1/statuses/{stage.posts[0]}")).json
    assert shown["favourites_count"] == 1


@effect("bad-accept-not-target")
async def still_pending(stage: Scene, _: Scenario) -> None:
    shown = await relation(stage)
    assert (shown["following"], shown["requested"]) == (False, True)


@effect("bad-accept-forged-follow")
async def no_relation(stage: Scene, _: Scenario) -> None:
    shown = await relation(stage)
    assert (shown["following"], shown["requested"], shown["followed_by"]) == (False, False, False)


@effect("ok-delete-tombstone")
async def a_late_create_is_ignored(stage: Scene, _: Scenario) -> None:
    from tests.federation.given import arrived, note

    await arrived(stage, "create-late", "Create", note())
    assert not await stage.knows(await stage.place(NOTE))


@effect("ok-delete-actor")
async def nothing_of_alice_is_left(stage: Scene, _: Scenario) -> None:
    assert await home(stage) == []
    asked = [each for each in stage.others.asked if each.endswith("/users/alice")]
    assert len(asked) <= 1


@effect("ok-delete-actor-unknown")
async def nothing_was_fetched(stage: Scene, _: Scenario) -> None:
    assert stage.others.asked == []


@effect("ok-duplicate-delivery")
async def one_post(stage: Scene, _: Scenario) -> None:
    assert len(await home(stage)) == 1


@effect("ok-update-person")
async def the_new_name(stage: Scene, _: Scenario) -> None:
    # The document that is fetched decides; this one still says Alice.
    assert (await account(stage))["display_name"] in {"Alice", "Alice 2"}


@effect("ok-announce-embedded")
async def the_real_text(stage: Scene, _: Scenario) -> None:
    shown = await status(stage, "https://b.example/n/9")
    assert "Real" in shown["content"]
    (boost,) = await home(stage)
    assert boost["reblog"]["id"] == shown["id"]


@effect("ok-bto-bcc")
async def blind_copies_are_not_shown(stage: Scene, _: Scenario) -> None:
    assert (await status(stage))["mentions"] == []


@effect("ok-question-vote")
async def a_vote_is_counted(stage: Scene, _: Scenario) -> None:
    poll = (await stage.api.get(f"/api/v1/polls/{stage.posts[0]}")).json
    assert [each["votes_count"] for each in poll["options"]] == [1, 0]
    assert await notifications(stage) == []


@effect("bad-embedded-foreign-object")
async def the_parent_is_fetched(stage: Scene, scenario: Scenario) -> None:
    parent = next(iter(scenario["remote"]))
    shown = await status(stage, parent)
    assert "true" in shown["content"]
    assert (await status(stage))["in_reply_to_id"] == shown["id"]


@effect(
    "bad-activity-id-foreign",
    "bad-attributedto-mismatch",
    "bad-forged-create",
    "bad-fetched-id-mismatch",
    "bad-object-id-foreign",
    "bad-local-object-forged",
    "bad-duplicate-keys",
    "bad-graph-and-included",
)
async def nothing_is_shown(stage: Scene, _: Scenario) -> None:
    assert await home(stage) == []
    assert (await stage.anyone.get("/api/v1/timelines/public")).json == []


@effect("bad-update-foreign", "bad-update-changes-owner")
async def the_text_stays(stage: Scene, _: Scenario) -> None:
    shown = await status(stage)
    assert "Hello" in shown["content"]
    assert shown["account"]["username"] == "alice"


@effect("bad-delete-same-host-other-user", "bad-delete-foreign")
async def the_post_stays(stage: Scene, _: Scenario) -> None:
    assert "Hello" in (await status(stage))["content"]


@effect("bad-move-without-aka", "bad-move-of-other")
async def lena_keeps_following(stage: Scene, _: Scenario) -> None:
    assert (await relation(stage))["following"] is True


@effect("bad-dates", "bad-dates-ancient")
async def a_date_that_can_be(stage: Scene, _: Scenario) -> None:
    from datetime import UTC, datetime

    shown = await status(stage)
    assert shown["created_at"] <= datetime.now(UTC).isoformat()
    assert (await stage.anyone.get(f"/api/v1/accounts/{shown['account']['id']}/statuses")).json


@effect("bad-self-reply", "bad-reply-loop")
async def the_thread_ends(stage: Scene, _: Scenario) -> None:
    shown = await status(stage)
    context = await stage.api.get(f"/api/v1/statuses/{shown['id']}/context")
    assert context.status == 200
    ids = [each["id"] for each in context.json["ancestors"]]
    assert len(ids) == len(set(ids))
    assert shown["id"] not in ids


@effect("bad-reply-chain", "bad-redirect-loop", "bad-gzip-bomb", "bad-fetched-content-type",
        "bad-redirect-cross-origin", "bad-redirect-private")  # fmt: skip
async def it_stops_asking(stage: Scene, _: Scenario) -> None:
    assert len(stage.others.asked) <= 110


@effect("bad-url-javascript")
async def only_addresses_that_can_be_opened(stage: Scene, _: Scenario) -> None:
    shown = await status(stage)
    assert shown["url"] == shown["uri"]
    assert "javascript:" not in str(shown)


@effect("bad-html-in-plain-fields", "bad-bidi-name")
async def plain_fields_are_plain(stage: Scene, _: Scenario) -> None:
    shown = await account(stage)
    assert shown["acct"].startswith("alice@")
    for field in shown["fields"]:
        assert "javascript:" not in field["value"]
        assert "<script" not in field["value"]
    assert "<script" not in shown["note"]


@effect("bad-webfinger-impersonation")
async def nobody_is_shown_as_another(stage: Scene, _: Scenario) -> None:
    evil = (await stage.others.listen("evil.example")), (await stage.others.listen("a.example"))
    for typed in (f"@alice@{evil[0]}", f"@alice@{evil[1]}"):
        found = await stage.api.get("/api/v2/search", q=typed, resolve="true")
        for each in found.json["accounts"]:
            if each["acct"] == f"alice@{evil[1]}":
                assert each["uri"] == await stage.place(ALICE)


@effect("bad-username")
async def no_handle_of_another_host(stage: Scene, scenario: Scenario) -> None:
    import json

    from tests.support.fediverse import Reply, key_pair

    for document in scenario["actors"]:
        text = json.dumps(document).replace("{{pem:1}}", json.dumps(key_pair("1")[1])[1:-1])
        placed = await stage.place(json.loads(text))
        stage.others.answer(placed["id"], Reply(body=json.dumps(placed).encode()))
        found = await stage.api.get("/api/v2/search", q=placed["id"], resolve="true")
        assert found.status == 200
        for each in found.json["accounts"]:
            host = placed["id"].split("/")[2]
            assert each["acct"].endswith(f"@{host}")
            assert each["acct"].count("@") == 1


@effect("bad-ssrf-hosts")
async def none_is_connected_to(stage: Scene, scenario: Scenario) -> None:
    from weft.federation.http.client import HttpClient
    from weft.federation.http.errors import FetchError
    from weft.federation.http.policy import Policy

    # As on the open internet: without the loopback that the test itself needs.
    client = HttpClient(Policy(), "Weft/test")
    try:
        for url in scenario["urls"]:
            if "rebind" in url:
                continue
            try:
                await client.get(url, accept="*/*", max_bytes=1000)
            except FetchError:
                continue
            raise AssertionError(f"{url} was asked")
    finally:
        await client.close()


@effect("ok-like-with-content")
async def a_reaction(stage: Scene, _: Scenario) -> None:
    """Mastodon's apps know no other reaction than the favourite: it is one of these, once."""
    shown = (await stage.api.get(f"/api/v1/statuses/{stage.posts[0]}")).json
    assert shown["favourites_count"] == 1
    assert await reactions(stage) == [(ReactionKind.EMOJI, "🔥", None)]


@effect("ok-emojireact-custom")
async def a_custom_reaction(stage: Scene, _: Scenario) -> None:
    ((kind, value, picture),) = await reactions(stage)
    assert kind == ReactionKind.EMOJI
    assert value.partition("@")[0] == "blob"
    assert picture == await stage.place("https://a.example/e/blob.png")


async def reactions(stage: Scene) -> list[tuple[int, str, str | None]]:
    """Kind, value and picture."""
    import apsw

    connection = apsw.Connection(
        str(stage.parts.settings.sqlite_path), flags=apsw.SQLITE_OPEN_READONLY
    )
    try:
        rows = connection.execute("SELECT kind, value, icon_url FROM reaction").fetchall()
        return [(int(str(row[0])), str(row[1]), row[2]) for row in rows]  # type: ignore[misc]
    finally:
        connection.close()


@effect("ok-move")
async def lena_follows_the_new_one(stage: Scene, _: Scenario) -> None:
    assert (await relation(stage))["following"] is False
    new = await relation(stage, "https://b.example/users/alice2")
    assert new["following"] or new["requested"]


@effect("bad-question-tally")
async def counts_that_can_be(stage: Scene, _: Scenario) -> None:
    shown = await status(stage, f"{ALICE}/q/1")
    assert [each["votes_count"] for each in shown["poll"]["options"]] == [0, 2**31 - 1]


@effect("ok-attachment-variants")
async def the_media_are_shown(stage: Scene, _: Scenario) -> None:
    shown = await status(stage)
    descriptions = [each["description"] for each in shown["media_attachments"]]
    assert "alt" in descriptions
    assert "alt2" in descriptions
    assert len(shown["media_attachments"]) >= 4


async def read_profile(stage: Scene) -> dict[str, Any]:
    """Alice's account, after its posts were opened and her server was asked for them."""
    shown = await account(stage)
    await stage.api.get(f"/api/v1/accounts/{shown['id']}/statuses")
    openings = stage.parts.openings
    await stage.until(lambda: not openings.profile_of(int(shown["id"]))[0])
    return await account(stage)


@effect("bad-collection-cycle")
async def repeated_pages_are_read_once(stage: Scene, scenario: Scenario) -> None:
    assert (await read_profile(stage))["statuses_count"] == 0
    for url in scenario["remote"]:
        assert stage.others.asked.count(await stage.place(url)) == 1, url


@effect("bad-collection-foreign-page")
async def foreign_pages_are_not_read(stage: Scene, scenario: Scenario) -> None:
    assert (await read_profile(stage))["followers_count"] == 0
    asked = {url: stage.others.asked.count(await stage.place(url)) for url in scenario["remote"]}
    assert sorted(asked.values()) == [0, 1], asked
    assert "evil" in min(asked, key=lambda url: asked[url])
