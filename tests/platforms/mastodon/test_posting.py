"""What a client may say about the post that it sends, and what it gets back."""

from typing import Any

import pytest

from tests.media.pictures import encoded, gradient
from tests.platforms.mastodon.conftest import House
from tests.support.databases import sql
from weft.media import limits


def rows(house: House, statement: str) -> list[Any]:
    return sql(house.parts.settings.database_url, statement)


async def post(house: House, text: str, **more: Any) -> Any:
    answer = await house.bob.post("/api/v1/statuses", {"status": text, **more})
    assert answer.status == 200, answer.text
    return answer.json


async def edit(house: House, made: Any, **changed: Any) -> Any:
    answer = await house.bob.call("PUT", f"/api/v1/statuses/{made['id']}", json=changed)
    assert answer.status == 200, answer.text
    return answer.json


async def test_only_those_are_mentioned_who_are_meant(house: House) -> None:
    alice, carol = (str(house.ids[name]) for name in ("alice", "carol"))
    text = {"status": "Hello @alice and @carol"}
    refused = await house.bob.post("/api/v1/statuses", text | {"allowed_mentions": [alice]})
    assert refused.status == 422
    assert [each["id"] for each in refused.json["unexpected_accounts"]] == [carol]
    assert refused.json["error"]
    assert rows(house, "SELECT id FROM post") == []
    nobody = await house.bob.post("/api/v1/statuses", text | {"allowed_mentions": []})
    assert len(nobody.json["unexpected_accounts"]) == 2
    made = await post(house, text["status"], allowed_mentions=[carol, alice])
    assert {each["id"] for each in made["mentions"]} == {alice, carol}
    assert (await post(house, "Nobody", allowed_mentions=[alice]))["mentions"] == []


@pytest.mark.parametrize(
    ("kind", "text", "html"),
    [
        ("text/plain", "*a* <b>", "<p>*a* &lt;b&gt;</p>"),
        ("text/markdown", "*a* <b>", "<p><em>a</em> &lt;b&gt;</p>\n"),
        ("text/html", "<p><em>a</em></p><script>x</script>", "<p><em>a</em></p>"),
    ],
)
async def test_a_post_is_written_as_its_author_says(
    house: House, kind: str, text: str, html: str
) -> None:
    made = await post(house, text, content_type=kind)
    assert made["content"] == html
    source = (await house.bob.get(f"/api/v1/statuses/{made['id']}/source")).json
    assert (source["text"], source["content_type"]) == (text, kind)
    changed = await edit(house, made, status=text + " ")  # it stays what it was written in
    assert changed["content"].strip() == html.strip()


@pytest.mark.parametrize("kind", ["text/markdown", "text/html"])
async def test_names_and_hashtags_are_found_in_every_kind(house: House, kind: str) -> None:
    code = "`@carol`" if kind == "text/markdown" else "<code>@carol</code>"
    made = await post(house, f"Hello @alice #tea {code}", content_type=kind)
    assert [each["username"] for each in made["mentions"]] == ["alice"]
    assert [each["name"] for each in made["tags"]] == ["tea"]
    assert 'class="u-url mention"' in made["content"]


async def test_the_operator_may_want_plain_text_only(house: House) -> None:
    house.parts.server = structs_replaced(house)
    from tests.support.asgi import Caller
    from weft.app import web_app

    caller = Caller(web_app(house.parts), house.parts.settings.host, house.tokens["bob"])
    refused = await caller.post(
        "/api/v1/statuses", {"status": "*", "content_type": "text/markdown"}
    )
    assert refused.status == 422
    assert "text/plain" in refused.json["error"]


def structs_replaced(house: House) -> Any:
    from dataclasses import replace

    return replace(house.parts.server, post_formats=("text/plain",))


async def test_a_poll_with_other_options_begins_anew(house: House) -> None:
    poll = {"options": ["Tea", "Coffee"], "expires_in": 3600}
    made = await post(house, "?", poll=poll)
    await house.alice.post(f"/api/v1/polls/{made['poll']['id']}/votes", {"choices": [0]})
    same = await edit(house, made, status="??", poll=poll)
    assert same["poll"]["votes_count"] == 1
    other = await edit(
        house, made, status="??", poll={"options": ["Tea", "Milk", "Rum"], "expires_in": 600}
    )
    assert [each["title"] for each in other["poll"]["options"]] == ["Tea", "Milk", "Rum"]
    assert (other["poll"]["votes_count"], other["poll"]["voters_count"]) == (0, 0)
    again = await house.alice.post(f"/api/v1/polls/{made['poll']['id']}/votes", {"choices": [2]})
    assert again.json["votes_count"] == 1
    first = await edit(house, await post(house, "No poll yet"), status="Now", poll=poll)
    assert first["poll"]["options"][0]["title"] == "Tea"


async def test_a_post_may_get_another_quote_policy_while_it_is_edited(house: House) -> None:
    made = await post(house, "Hm", quote_approval_policy="public")
    changed = await edit(house, made, status="Hm!", quote_approval_policy="nobody")
    assert changed["quote_approval"]["automatic"] == []
    refused = await house.bob.call(
        "PUT", f"/api/v1/statuses/{made['id']}", json={"quote_approval_policy": "perhaps"}
    )
    assert refused.status == 422


async def test_files_of_a_deleted_post_wait_a_day_or_go_at_once(house: House) -> None:
    import io

    media = house.parts.media
    kept, gone = [
        await media.accept(house.ids["bob"], io.BytesIO(encoded(gradient(8, 8), "PNG")))
        for _ in range(2)
    ]
    posts = [await post(house, "x", media_ids=[str(each)]) for each in (kept, gone)]
    later = house.parts.server.now_ms() + 2 * limits.UNPOSTED_MS
    rows(house, "UPDATE media SET seen_at = NULL")
    answer = await house.bob.call("DELETE", f"/api/v1/statuses/{posts[0]['id']}")
    assert answer.json["text"] == "x"
    assert [each["id"] for each in answer.json["media_attachments"]] == [str(kept)]
    await house.bob.call("DELETE", f"/api/v1/statuses/{posts[1]['id']}?delete_media=true")
    assert rows(house, "SELECT id FROM media") == [(kept,)]
    # Long after the upload, shortly after the deletion.
    rows(house, f"UPDATE media SET seen_at = {later - 1000}")
    media._clock_ms = lambda: later
    assert await media.sweep() == 0
    again = await post(house, "Anew", media_ids=[str(kept)])
    assert [each["id"] for each in again["media_attachments"]] == [str(kept)]


async def test_a_local_post_stays_here(house: House) -> None:
    made = await post(house, "Among us", local_only=True)
    assert made["local_only"] is True
    assert rows(house, "SELECT id FROM activity") == []
    assert (await house.anyone.get(f"/api/v1/statuses/{made['id']}")).status == 404
    assert (await house.alice.get(f"/api/v1/statuses/{made['id']}")).status == 200
    document = await house.anyone.call(
        "GET", f"/ap/posts/{made['id']}", headers={"accept": "application/activity+json"}
    )
    assert document.status == 404
    await edit(house, made, status="Among us!")
    await house.bob.call("DELETE", f"/api/v1/statuses/{made['id']}")
    assert rows(house, "SELECT id FROM activity") == []
