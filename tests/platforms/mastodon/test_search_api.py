"""Search through the API."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.platforms.mastodon.conftest import House
from tests.platforms.mastodon.test_statuses import posted
from tests.support.asgi import Caller


async def statuses(who: Caller, typed: str, **query: str) -> list[str]:
    answer = await who.get("/api/v2/search", q=typed, type="statuses", **query)
    assert answer.status == 200, answer.text
    assert answer.json["accounts"] == answer.json["hashtags"] == []
    return [each["id"] for each in answer.json["statuses"]]


async def test_own_posts_and_those_of_who_agreed(house: House) -> None:
    mine = await posted(house.bob, "the tide is in")
    theirs = await posted(house.alice, "the tide is out")
    assert await statuses(house.bob, "tide") == [mine["id"]]
    agreeing = await house.alice.call(
        "PATCH", "/api/v1/accounts/update_credentials", form={"indexable": "true"}
    )
    assert agreeing.status == 200
    assert await statuses(house.bob, "tide") == [theirs["id"], mine["id"]]
    assert await statuses(house.bob, "tide", account_id=str(house.ids["alice"])) == [theirs["id"]]
    assert await statuses(house.bob, "tide", limit="1", offset="1") == [mine["id"]]
    assert await statuses(house.bob, "tide", max_id=theirs["id"]) == [mine["id"]]
    assert await statuses(house.bob, "tide", min_id=mine["id"]) == [theirs["id"]]
    assert await statuses(house.bob, "tide in:library") == [mine["id"]]
    assert await statuses(house.anyone, "tide") == []
    all_kinds = (await house.bob.get("/api/v2/search", q="tide")).json
    assert [each["id"] for each in all_kinds["statuses"]] == [theirs["id"], mine["id"]]


async def test_what_cannot_be_understood(house: House) -> None:
    refused = await house.bob.get("/api/v2/search", q="before:soon", type="statuses")
    assert refused.status == 422
    assert refused.json["error"] == "before: takes a date, such as before:2026-03-31."
    # With people and hashtags it is half typed, perhaps: they are found all the same.
    assert (await house.bob.get("/api/v2/search", q="before:soon")).status == 200
    for query in ({"max_id": "x"}, {"limit": "x"}, {"type": "fish"}, {"account_id": "'"}):
        answer = await house.bob.get("/api/v2/search", q="tide", **query)
        assert answer.status in (404, 422), (query, answer.text)
    assert (await house.anyone.get("/api/v2/search", q="a", offset="1")).status == 401


async def test_people_by_name_and_only_those_one_follows(house: House) -> None:
    naming = await house.alice.call(
        "PATCH", "/api/v1/accounts/update_credentials", form={"display_name": "Captain Ånn"}
    )
    assert naming.status == 200

    async def people(typed: str, path: str = "/api/v1/accounts/search", **query: str) -> list[str]:
        found = (await house.bob.get(path, q=typed, **query)).json
        return [each["acct"] for each in (found if isinstance(found, list) else found["accounts"])]

    assert await people("ann cap") == ["alice"]
    assert await people("alcie") == ["alice"]
    assert await people("alice@127.0.0.1:9999") == ["alice"]
    assert await people("captain", following="true") == []
    await house.bob.post(f"/api/v1/accounts/{house.ids['alice']}/follow")
    assert await people("captain", following="true") == ["alice"]
    assert await people("captain", "/api/v2/search", following="true") == ["alice"]
    assert await people("captain", offset="1") == []


async def test_hashtags_in_pages(house: House) -> None:
    await posted(house.alice, "#teapot #tea #teal")
    found = await house.bob.get(
        "/api/v2/search", q="tea", type="hashtags", limit=2, offset=1, exclude_unreviewed="true"
    )
    assert [each["name"] for each in found.json["hashtags"]] == ["teal", "teapot"]


QUERIES = st.lists(
    st.sampled_from(
        ["from:", "-", '"', "has:", "in:", "before:", "#", "@", "*", "(", "'", "\\", ":", "AND",
         "NOT", "NEAR", "|", "&", "!", "東", "\0", "é", "tide", "a@b.c", "2026", "https://", "me"]
    )
    | st.text(max_size=8),
    max_size=12,
).flatmap(lambda parts: st.sampled_from([" ".join(parts), "".join(parts)]))  # fmt: skip


async def test_no_query_breaks_it(house: House) -> None:
    await posted(house.bob, "the tide is in")
    asked: list[str] = []

    @settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
    @given(QUERIES)
    def collect(text: str) -> None:
        asked.append(text)

    collect()
    for text in dict.fromkeys(asked):
        for kind in ({}, {"type": "statuses"}, {"type": "accounts"}):
            query = {"q": text.encode("utf-8", "replace").decode(), **kind}
            answer = await house.bob.get("/api/v2/search", **query)
            assert answer.status in (200, 422), (query, answer.text)
