"""Filters through the API: what they say of statuses, and what they leave out."""

from typing import Any

import pytest

from tests.platforms.mastodon.conftest import House
from tests.support.asgi import Caller
from weft.storage.ids import id_at

V1, V2 = "/api/v1/filters", "/api/v2/filters"


async def says(who: Caller, status: str, **more: Any) -> dict[str, Any]:
    answer = await who.post("/api/v1/statuses", {"status": status, **more})
    assert answer.status == 200, answer.text
    made: dict[str, Any] = answer.json
    return made


async def makes(who: Caller, *words: str, **more: Any) -> dict[str, Any]:
    form = {
        "title": "Things",
        "context": ["home", "public"],
        "keywords_attributes": [{"keyword": word, "whole_word": True} for word in words],
    }
    answer = await who.post(V2, form | more)
    assert answer.status == 200, answer.text
    made: dict[str, Any] = answer.json
    return made


async def follows(house: House, who: Caller, name: str) -> None:
    assert (await who.post(f"/api/v1/accounts/{house.ids[name]}/follow")).status == 200


async def read(who: Caller, made: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await who.get(f"/api/v1/statuses/{made['id']}")
    assert answer.status == 200, answer.text
    found: list[dict[str, Any]] = answer.json["filtered"]
    return found


async def test_a_filter_is_kept_changed_and_removed(house: House) -> None:
    made = await makes(house.bob, "tea", "coffee", expires_in=3600)
    assert made["context"] == ["home", "public"]
    assert made["filter_action"] == "warn"
    assert made["expires_at"].endswith("Z")
    assert [each["keyword"] for each in made["keywords"]] == ["tea", "coffee"]
    assert made["statuses"] == []
    tea, coffee = made["keywords"]
    changed = await house.bob.call(
        "PUT",
        f"{V2}/{made['id']}",
        json={
            "filter_action": "blur",
            "expires_in": None,
            "keywords_attributes": [
                {"id": tea["id"], "keyword": "Tea", "whole_word": False},
                {"id": coffee["id"], "_destroy": True},
                {"keyword": "milk"},
            ],
        },
    )
    assert changed.status == 200, changed.text
    now = changed.json
    assert (now["title"], now["filter_action"], now["expires_at"]) == ("Things", "blur", None)
    assert [(each["keyword"], each["whole_word"]) for each in now["keywords"]] == [
        ("Tea", False),
        ("milk", True),
    ]
    assert (await house.bob.get(V2)).json == [now]
    assert (await house.alice.get(V2)).json == []
    assert (await house.alice.get(f"{V2}/{made['id']}")).status == 404
    assert (await house.alice.call("DELETE", f"{V2}/{made['id']}")).status == 404
    assert (await house.bob.call("DELETE", f"{V2}/{made['id']}")).json == {}
    assert (await house.bob.get(V2)).json == []


async def test_keywords_and_statuses_by_themselves(house: House) -> None:
    made = await makes(house.bob)
    words = f"{V2}/{made['id']}/keywords"
    added = (await house.bob.post(words, {"keyword": "tea", "whole_word": "false"})).json
    assert (added["keyword"], added["whole_word"]) == ("tea", False)
    one = f"{V2}/keywords/{added['id']}"
    assert (await house.bob.get(one)).json == added
    assert (await house.carol.get(one)).status == 404
    assert (await house.carol.call("PUT", one, json={"keyword": "x"})).status == 404
    changed = (await house.bob.call("PUT", one, json={"keyword": "coffee"})).json
    assert (changed["keyword"], changed["whole_word"]) == ("coffee", False)
    assert (await house.bob.get(words)).json == [changed]
    assert (await house.bob.call("DELETE", one)).json == {}
    assert (await house.bob.get(words)).json == []

    post = await says(house.alice, "Nothing special")
    named = f"{V2}/{made['id']}/statuses"
    entry = (await house.bob.post(named, {"status_id": post["id"]})).json
    assert entry["status_id"] == post["id"]
    assert (await house.bob.post(named, {"status_id": post["id"]})).json == entry
    assert (await house.bob.get(named)).json == [entry]
    assert (await house.bob.get(f"{V2}/statuses/{entry['id']}")).json == entry
    (result,) = await read(house.bob, post)
    assert result["status_matches"] == [post["id"]]
    assert result["keyword_matches"] is None
    assert (await house.carol.call("DELETE", f"{V2}/statuses/{entry['id']}")).status == 404
    assert (await house.bob.call("DELETE", f"{V2}/statuses/{entry['id']}")).json == entry
    assert await read(house.bob, post) == []
    secret = await says(house.alice, "Psst", visibility="direct")
    assert (await house.bob.post(named, {"status_id": secret["id"]})).status == 404


async def test_statuses_tell_which_filters_match(house: House) -> None:
    made = await makes(house.bob, "Tea", "coffee")
    post = await says(house.alice, "I drink <b>tea</b> & coffee")
    (result,) = await read(house.bob, post)
    assert result["keyword_matches"] == ["Tea", "coffee"]
    assert result["filter"] == {
        name: made[name] for name in ("id", "title", "context", "expires_at", "filter_action")
    }
    assert await read(house.carol, post) == []
    assert "filtered" not in (await house.anyone.get(f"/api/v1/statuses/{post['id']}")).json
    # One's own are never filtered.
    assert await read(house.bob, await says(house.bob, "tea")) == []


async def test_all_that_a_post_says_is_looked_at(house: House) -> None:
    await makes(house.bob, "tea")
    assert await read(house.bob, await says(house.alice, "x", spoiler_text="on tea"))
    poll = {"options": ["water", "tea"], "expires_in": 3600}
    assert await read(house.bob, await says(house.alice, "What?", poll=poll))
    boosted = await says(house.alice, "tea!")
    boost = (await house.carol.post(f"/api/v1/statuses/{boosted['id']}/reblog")).json
    shown = (await house.bob.get(f"/api/v1/statuses/{boost['id']}")).json
    assert shown["filtered"] == shown["reblog"]["filtered"] != []
    assert not await read(house.bob, await says(house.alice, "teapot"))


async def test_an_edit_is_looked_at_anew(house: House) -> None:
    await makes(house.bob, "tea")
    post = await says(house.alice, "water")
    assert not await read(house.bob, post)
    path = f"/api/v1/statuses/{post['id']}"
    assert (await house.alice.call("PUT", path, json={"status": "tea"})).status == 200
    assert await read(house.bob, post)


async def test_a_filter_that_expired_says_nothing(house: House) -> None:
    made = await makes(house.bob, "tea", expires_in=0)
    post = await says(house.alice, "tea")
    assert await read(house.bob, post) == []
    await house.bob.call("PUT", f"{V2}/{made['id']}", json={"expires_in": 3600})
    assert len(await read(house.bob, post)) == 1


async def test_what_is_hidden_is_left_out_of_home_and_made_up_for(house: House) -> None:
    await follows(house, house.bob, "alice")
    plain = [await says(house.alice, f"water {each}") for each in range(4)]
    hidden = [await says(house.alice, f"tea {each}") for each in range(6)]
    late = await says(house.alice, "more water")
    await makes(house.bob, "tea", filter_action="hide")
    first = await house.bob.get("/api/v1/timelines/home", limit=3)
    assert [each["id"] for each in first.json] == [late["id"], plain[3]["id"], plain[2]["id"]]
    assert f"max_id={plain[2]['id']}>" in first.headers["link"]
    second = await house.bob.get("/api/v1/timelines/home", limit=3, max_id=plain[2]["id"])
    assert [each["id"] for each in second.json] == [plain[1]["id"], plain[0]["id"]]
    assert 'rel="next"' not in second.headers["link"]
    newer = await house.bob.get("/api/v1/timelines/home", limit=2, min_id=plain[2]["id"])
    assert [each["id"] for each in newer.json] == [late["id"], plain[3]["id"]]
    # Elsewhere it is told, and the app decides.
    public = (await house.bob.get("/api/v1/timelines/public")).json
    assert hidden[0]["id"] in [each["id"] for each in public]
    boost = (await house.carol.post(f"/api/v1/statuses/{hidden[0]['id']}/reblog")).json
    await follows(house, house.bob, "carol")
    home = (await house.bob.get("/api/v1/timelines/home")).json
    assert boost["id"] not in [each["id"] for each in home]


async def test_hiding_is_for_the_places_that_it_names(house: House) -> None:
    await follows(house, house.bob, "alice")
    await makes(house.bob, "tea", filter_action="hide", context=["public"])
    post = await says(house.alice, "tea")
    home = (await house.bob.get("/api/v1/timelines/home")).json
    assert [each["id"] for each in home] == [post["id"]]
    assert home[0]["filtered"][0]["filter"]["context"] == ["public"]


@pytest.mark.parametrize(
    "form",
    [
        {"context": ["home"]},
        {"title": "  ", "context": ["home"]},
        {"title": "x"},
        {"title": "x", "context": ["nowhere"]},
        {"title": "x", "context": ["home"], "filter_action": "burn"},
        {"title": "x", "context": ["home"], "expires_in": -1},
        {"title": "x" * 300, "context": ["home"]},
        {"title": "x", "context": ["home"], "keywords_attributes": [{"keyword": " "}]},
        {"title": "x", "context": ["home"], "keywords_attributes": [{"keyword": "x" * 600}]},
        {"title": "x", "context": ["home"], "keywords_attributes": [{"id": "5", "keyword": "x"}]},
    ],
)
async def test_a_filter_that_makes_no_sense_is_refused(house: House, form: dict[str, Any]) -> None:
    answer = await house.bob.post(V2, form)
    assert answer.status == 422
    assert answer.json["error"].endswith(".")
    assert (await house.bob.get(V2)).json == []


async def test_version_one_has_a_filter_for_each_keyword(house: House) -> None:
    form = {"phrase": "tea", "context": ["home"], "irreversible": True, "whole_word": True}
    made = (await house.bob.post(V1, form)).json
    assert made == {**form, "id": made["id"], "expires_at": None}
    two = await makes(house.bob, "milk", "sugar")
    assert [each["phrase"] for each in (await house.bob.get(V1)).json] == ["tea", "milk", "sugar"]
    assert (await house.bob.get(f"{V1}/{made['id']}")).json == made
    assert (await house.carol.get(f"{V1}/{made['id']}")).status == 404
    changed = (
        await house.bob.call(
            "PUT",
            f"{V1}/{made['id']}",
            json={"phrase": "coffee", "context": ["public"], "irreversible": False},
        )
    ).json
    assert (changed["phrase"], changed["context"], changed["irreversible"]) == (
        "coffee",
        ["public"],
        False,
    )
    assert changed["whole_word"] is True
    sugar = two["keywords"][1]["id"]
    assert (await house.bob.call("DELETE", f"{V1}/{sugar}")).json == {}
    assert len((await house.bob.get(V2)).json) == 2
    assert (await house.bob.call("DELETE", f"{V1}/{made['id']}")).json == {}
    assert len((await house.bob.get(V2)).json) == 1
    assert (await house.bob.post(V1, {"context": ["home"]})).status == 400
    assert (await house.bob.get(f"{V1}/{id_at(5)}")).status == 404
