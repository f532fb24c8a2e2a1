"""Lemmy's v3 API over communities that this server holds, in the shapes of its client library."""

import json
from typing import Any

import pytest

from tests.platforms.lemmy.conftest import Village
from tests.support.shared import shared
from weft.domain.posts.publish import publish
from weft.domain.posts.records import AudienceRole, Mention, NewPost, PostKind
from weft.domain.visibility.viewer import Visibility

TYPES: dict[str, Any] = json.loads(shared("api/lemmy-v3.json").read_text())["types"]
PLAIN: dict[str, Any] = {"string": str, "number": (int, float), "boolean": bool}


def check(value: Any, type_: str, where: str = "") -> None:
    """Has ``value`` the fields of the client library's type, and no others?"""
    where = where or type_
    if type_.startswith("Array<"):
        assert isinstance(value, list), where
        for index, each in enumerate(value):
            check(each, type_.removeprefix("Array<").removesuffix(">"), f"{where}[{index}]")
        return
    if type_ in PLAIN:
        assert isinstance(value, PLAIN[type_]), f"{where}: {value!r}"
        return
    described = TYPES.get(type_)
    if described is None or "fields" not in described:
        return
    fields = described["fields"]
    for name, inner in fields.items():
        bare = name.removesuffix("?")
        if bare in value:
            check(value[bare], inner, f"{where}.{bare}")
        else:
            assert name.endswith("?"), f"{where}.{bare} is missing"
    unknown = set(value) - {name.removesuffix("?") for name in fields}
    assert not unknown, f"{where} has {unknown}"


async def get(village: Village, path: str, shape: str, **query: Any) -> dict[str, Any]:
    answer = await village.anyone.get(f"/api/v3/{path}", **query)
    assert answer.status == 200, answer.text
    check(answer.json, shape)
    found: dict[str, Any] = answer.json
    return found


async def test_the_site_describes_itself(village: Village) -> None:
    await village.thread("First")
    await village.answer("Hello", "First")
    site = await get(village, "site", "GetSiteResponse")
    view = site["site_view"]
    assert view["site"]["name"] == "The Village"
    assert view["site"]["public_key"].startswith("-----BEGIN PUBLIC KEY-----")
    assert [each["person"]["name"] for each in site["admins"]] == ["alice"]
    counts = view["counts"]
    assert (counts["users"], counts["posts"], counts["comments"]) == (2, 1, 1)
    assert counts["communities"] == 2


async def test_communities_by_number_and_by_name(village: Village) -> None:
    await village.thread("First")
    for query in ({"id": village.nums["tea"]}, {"name": "tea"}, {"name": "tea@127.0.0.1:9999"}):
        found = await get(village, "community", "GetCommunityResponse", **query)
        view = found["community_view"]
        assert view["community"]["title"] == "Tea and Biscuits"
        assert (view["counts"]["posts"], view["subscribed"]) == (1, "NotSubscribed")
    listed = await get(village, "community/list", "ListCommunitiesResponse", sort="New")
    names = [each["community"]["name"] for each in listed["communities"]]
    assert names == ["rain", "tea"]
    second = await get(
        village, "community/list", "ListCommunitiesResponse", sort="New", limit=1, page=2
    )
    assert [each["community"]["name"] for each in second["communities"]] == ["tea"]


async def test_threads_and_their_counts(village: Village) -> None:
    first = await village.thread("First", text="With a body")
    await village.thread("Wet", "rain", link="https://example.org/rain")
    await village.answer("one", "First")
    await village.answer("two", "one")
    view = (await get(village, "post", "GetPostResponse", id=first))["post_view"]
    assert (view["post"]["name"], view["post"]["body"]) == ("First", "With a body")
    assert view["counts"]["comments"] == 2
    assert view["community"]["name"] == "tea"
    all_ = await get(village, "post/list", "GetPostsResponse", sort="New")
    assert [each["post"]["name"] for each in all_["posts"]] == ["Wet", "First"]
    assert all_["posts"][0]["post"]["url"] == "https://example.org/rain"
    tea = await get(village, "post/list", "GetPostsResponse", community_name="tea")
    assert [each["post"]["name"] for each in tea["posts"]] == ["First"]
    for sort in ("Active", "Hot", "Old", "TopDay", "TopAll", "MostComments", "NewComments",
                 "Controversial", "Scaled"):  # fmt: skip
        found = await get(village, "post/list", "GetPostsResponse", sort=sort)
        assert len(found["posts"]) == 2, sort


async def test_pages_do_not_overlap(village: Village) -> None:
    for number in range(5):
        await village.thread(f"Thread {number}")
    seen: list[str] = []
    for page in (1, 2, 3):
        found = await get(village, "post/list", "GetPostsResponse", sort="New", limit=2, page=page)
        seen += [each["post"]["name"] for each in found["posts"]]
    assert seen == [f"Thread {number}" for number in (4, 3, 2, 1, 0)]


async def test_a_tree_of_comments_has_paths(village: Village) -> None:
    thread = await village.thread("First")
    one = await village.answer("one", "First")
    two = await village.answer("two", "one")
    three = await village.answer("three", "two")
    other = await village.answer("other", "First")
    found = await get(village, "comment/list", "GetCommentsResponse", post_id=thread, sort="Old")
    views = {each["comment"]["content"]: each for each in found["comments"]}
    assert [each["comment"]["content"] for each in found["comments"]] == [
        "one",
        "two",
        "three",
        "other",
    ]
    assert views["one"]["comment"]["path"] == f"0.{one}"
    assert views["three"]["comment"]["path"] == f"0.{one}.{two}.{three}"
    assert views["other"]["comment"]["path"] == f"0.{other}"
    assert [views[each]["counts"]["child_count"] for each in ("one", "two", "three")] == [2, 1, 0]
    assert all(each["post"]["id"] == thread for each in found["comments"])
    flat = await get(
        village, "comment/list", "GetCommentsResponse", post_id=thread, max_depth=1, sort="Old"
    )
    assert [each["comment"]["content"] for each in flat["comments"]] == ["one", "other"]
    below = await get(village, "comment/list", "GetCommentsResponse", parent_id=two)
    assert [each["comment"]["content"] for each in below["comments"]] == ["two", "three"]
    single = await get(village, "comment", "CommentResponse", id=three)
    assert single["comment_view"]["comment"]["path"] == f"0.{one}.{two}.{three}"
    through = await get(village, "post", "GetPostResponse", comment_id=three)
    assert through["post_view"]["post"]["id"] == thread


async def test_people_and_what_they_wrote(village: Village) -> None:
    await village.thread("First")
    await village.answer("one", "First")
    for query in ({"username": "bob"}, {"person_id": village.nums["bob"]}):
        found = await get(village, "user", "GetPersonDetailsResponse", **query)
        assert found["person_view"]["counts"]["comment_count"] == 1
        assert [each["comment"]["content"] for each in found["comments"]] == ["one"]
        assert found["posts"] == []


async def test_search_and_addresses(village: Village) -> None:
    await village.thread("A kettle 100% full")
    await village.answer("pour it", "A kettle 100% full")
    found = await get(village, "search", "SearchResponse", q="100%")
    assert [each["post"]["name"] for each in found["posts"]] == ["A kettle 100% full"]
    assert (await get(village, "search", "SearchResponse", q="1_0%"))["posts"] == []
    found = await get(village, "search", "SearchResponse", q="POUR", type_="Comments")
    assert len(found["comments"]) == 1
    found = await get(village, "search", "SearchResponse", q="te", type_="Communities")
    assert [each["community"]["name"] for each in found["communities"]] == ["tea"]
    refused = await village.anyone.get("/api/v3/resolve_object", q="!tea@127.0.0.1:9999")
    assert (refused.status, refused.json["error"]) == (401, "incorrect_login")
    uri = f"{village.parts.server.origin}/ap/posts/{village.posts['pour it']}"
    for typed, kind in (("!tea@127.0.0.1:9999", "community"), ("@alice@127.0.0.1:9999", "person"),
                        (uri, "comment")):  # fmt: skip
        answer = await village.bob.get("/api/v3/resolve_object", q=typed)
        assert answer.status == 200, answer.text
        check(answer.json, "ResolveObjectResponse")
        assert list(answer.json) == [kind]


async def test_other_servers(village: Village) -> None:
    found = await get(village, "federated_instances", "GetFederatedInstancesResponse")
    assert found["federated_instances"]["blocked"] == []


async def test_what_is_not_for_everybody(village: Village) -> None:
    new = NewPost(
        author_id=village.actors["alice"],
        kind=PostKind.THREAD,
        title="Secret",
        visibility=Visibility.FOLLOWERS,
        audience=(Mention(village.actors["tea"], AudienceRole.COMMUNITY),),
    )
    made = await village.parts.db.write(publish, village.parts.server, new)
    num = await village.num(made.id)
    for caller in (village.anyone, village.bob):
        answer = await caller.get("/api/v3/post", id=num)
        assert (answer.status, answer.json) == (404, {"error": "couldnt_find_post"})
        for path in ("post/list?type_=All&sort=New", "search?q=Secret", "user?username=alice",
                     "post/list?community_name=tea"):  # fmt: skip
            assert "Secret" not in (await caller.get(f"/api/v3/{path}")).text


async def test_posts_outside_of_communities_have_no_place_here(village: Village) -> None:
    made = await village.parts.db.write(
        publish, village.parts.server, NewPost(author_id=village.actors["alice"], content="Note")
    )
    num = await village.num(made.id)
    for path in (f"post?id={num}", f"comment?id={num}"):
        assert (await village.anyone.get(f"/api/v3/{path}")).status == 404
    listed = await get(village, "post/list", "GetPostsResponse", type_="All", sort="New")
    assert listed["posts"] == []


ROUTES = ("site", "community", "community/list", "post", "post/list", "comment", "comment/list",
          "user", "search", "resolve_object", "federated_instances")  # fmt: skip


@pytest.mark.parametrize("route", ROUTES)
async def test_bad_input_is_a_4xx_with_lemmys_words(village: Village, route: str) -> None:
    await village.thread("First")
    for query in (
        "", "id=abc", "id=-1", "id=99999999999", "id=2147483647", "name=%00", "name=" + "x" * 600,
        "limit=0", "limit=51", "limit=x", "page=0", "page=-1", "page=999999", "sort=Best",
        "type_=Everything", "post_id=0", "parent_id=5", "max_depth=x", "q=%ff", "person_id=1&q=x",
        "community_id=12345", "q=" + "y" * 600, "username=nobody",
    ):  # fmt: skip
        for caller in (village.anyone, village.bob):
            answer = await caller.get(f"/api/v3/{route}?{query}")
            assert answer.status < 500, (query, answer.text)
            if answer.status >= 400:
                assert isinstance(answer.json["error"], str), query


async def test_a_wrong_token_is_said_to_be_wrong(village: Village) -> None:
    for token in ("nonsense", "weftm_x", "weftl_x"):
        answer = await village.anyone.with_token(token).get("/api/v3/site")
        assert (answer.status, answer.json) == (401, {"error": "incorrect_login"})
