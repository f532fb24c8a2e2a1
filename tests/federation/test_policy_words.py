"""The rule that replaces words, as Pleroma's does: in what arrives, in what is fetched and in ours."""

import json

import pytest

from tests.federation.given import ALICE, arrived, lena_follows, note
from tests.federation.test_policy_inbound import last, sets_up, stored
from tests.support.databases import sql
from tests.support.fediverse import Reply, Scene
from weft.domain.posts.records import post_facets

TAG = {"type": "Hashtag", "name": "#Casino", "href": "https://a.example/tags/casino"}


@pytest.fixture
async def ruled(stage: Scene) -> Scene:
    await lena_follows(stage)
    await sets_up(
        stage, "keyword", words=["casino"], action="replace", replacement="tea room", local=True
    )
    return stage


async def test_words_of_what_arrives_are_replaced_and_its_edits_too(ruled: Scene) -> None:
    source = {"content": "The **casino**", "mediaType": "text/markdown"}
    await arrived(
        ruled, "1", "Create",
        note("The <b>CASINO</b> &amp; bar", summary="Casino!", tag=[TAG], source=source),
    )  # fmt: skip
    post = await stored(ruled)
    assert post is not None
    assert (post.content, post.summary) == ("<p>The <b>tea room</b> &amp; bar</p>", "tea room!")
    assert post_facets(post.facets).source == "The **tea room**"
    assert sql(ruled.parts.settings.database_url, "SELECT count(*) FROM post_tag") == [(0,)]
    said = [step.why for step in (await last(ruled)).steps if step.step == "policy"]
    assert said == ["keyword: rewritten: the words “casino” are replaced"]
    edited = note("Another casino", updated="2036-10-01T12:00:00Z")
    await arrived(ruled, "2", "Update", edited)
    post = await stored(ruled)
    assert post is not None
    assert post.content == "<p>Another tea room</p>"


async def test_words_of_what_is_fetched_are_replaced(ruled: Scene) -> None:
    body = json.dumps(await ruled.place(note("cas<i>ino</i>"))).encode()
    uri = await ruled.place(f"{ALICE}/n/1")
    ruled.others.answer(uri, Reply(body=body))
    answer = await ruled.api.get("/api/v2/search", q=uri, resolve="true")
    assert [each["content"] for each in answer.json["statuses"]] == ["<p>tea room</p>"]


async def test_words_of_ours_are_replaced_here_and_on_their_way(ruled: Scene) -> None:
    await arrived(ruled, "1", "Follow", "https://weft.example/users/lena")
    sent = await ruled.api.call(
        "POST", "/api/v1/statuses", json={"status": "To the casino #casino #bar", "spoiler_text": "Casino"}
    )  # fmt: skip
    assert sent.status == 200, sent.text
    status = sent.json
    assert (status["spoiler_text"], [each["name"] for each in status["tags"]]) == (
        "tea room",
        ["bar"],
    )
    assert "casino" not in status["content"].replace("/tags/casino", "").casefold()
    source = await ruled.api.get(f"/api/v1/statuses/{status['id']}/source")
    assert source.json["text"] == "To the tea room #tea room #bar"
    _, told = await ruled.until(lambda: next(iter(ruled.told("Create")), None))
    assert "tea room" in told["object"]["content"]
    assert [each["name"] for each in told["object"]["tag"]] == ["#bar"]
    edited = await ruled.api.call(
        "PUT", f"/api/v1/statuses/{status['id']}", json={"status": "No Casino"}
    )
    assert edited.status == 200, edited.text
    assert edited.json["content"] == "<p>No tea room</p>"
