"""Lemmy's v3 API over communities that this server holds, in the shapes of its client library."""

import json
from typing import Any

import pytest

from tests.platforms.lemmy.conftest import Village
from tests.support.asgi import Caller
from tests.support.shared import shared
from weft.domain.accounts.access import issue_token
from weft.domain.communities.act import ban_person, lock_thread, pin_thread
from weft.domain.communities.settings import CommunitySettings, change_settings
from weft.domain.identity.queries import remembered_value
from weft.domain.posts.publish import publish
from weft.domain.posts.records import AudienceRole, Mention, NewPost, PostKind
from weft.domain.reactions.react import ReactionKind
from weft.domain.signup.blocks import closed_networks
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


async def get(
    village: Village, path: str, shape: str, reader: Caller | None = None, **query: Any
) -> dict[str, Any]:
    answer = await (reader or village.anyone).get(f"/api/v3/{path}", **query)
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
    uri = f"{village.parts.server.origin}/ap/posts/{village.posts['pour it']}"
    for typed, kind in (("!tea@127.0.0.1:9999", "community"), ("@alice@127.0.0.1:9999", "person"),
                        (uri, "comment")):  # fmt: skip
        for caller in (village.anyone, village.bob):
            answer = await caller.get("/api/v3/resolve_object", q=typed)
            assert answer.status == 200, answer.text
            check(answer.json, "ResolveObjectResponse")
            assert list(answer.json) == [kind]
    for typed in ("@tea@127.0.0.1:9999", "!alice", "!nobody@far.example", f"{uri}0"):
        missing = await village.anyone.get("/api/v3/resolve_object", q=typed)
        assert (missing.status, missing.json) == (404, {"error": "couldnt_find_object"}), typed


async def test_search_is_as_narrow_as_asked(village: Village) -> None:
    await village.thread("Green", text="Leaves of Darjeeling", link="https://example.org/darj")
    await village.thread("Darjeeling weather", "rain")

    async def names(**query: Any) -> list[str]:
        found = await get(village, "search", "SearchResponse", q="DARJ", sort="New", **query)
        return [each["post"]["name"] for each in found["posts"]]

    assert await names() == ["Darjeeling weather", "Green"]
    assert await names(post_title_only="true") == ["Darjeeling weather"]
    assert await names(community_name="tea") == ["Green"]
    assert await names(type_="Url") == ["Green"]
    assert await names(creator_id=village.nums["alice"], limit=1, page=2) == ["Green"]
    assert await names(creator_id=village.nums["bob"]) == []
    assert await names(listing_type="Subscribed") == []
    seen = []
    for page in (1, 2, 3):
        found = await get(
            village, "search", "SearchResponse", q="a", type_="Users", limit=1, page=page
        )
        seen += [each["person"]["name"] for each in found["users"]]
    assert seen == ["alice"]


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


async def test_with_a_token_that_is_not_good_one_reads_as_nobody(village: Village) -> None:
    asleep = await issue_token(
        village.parts.db, village.parts.server, account_id=village.accounts["bob"],
        scopes=frozenset({"push"}), family="lemmy",
    )  # fmt: skip
    for token in ("nonsense", "weftm_x", "weftl_x", asleep.token):
        answer = await village.anyone.with_token(token).get("/api/v3/site")
        assert answer.status == 200
        assert "my_user" not in answer.json


async def test_the_site_says_who_is_signed_in(village: Village) -> None:
    await village.follow("bob", "tea")
    await village.blocks("bob", "alice")
    await village.blocks("bob", "rain")
    answer = await village.bob.get("/api/v3/site")
    check(answer.json, "GetSiteResponse")
    mine = answer.json["my_user"]
    assert mine["local_user_view"]["person"]["name"] == "bob"
    assert mine["local_user_view"]["local_user"]["admin"] is False
    assert [each["community"]["name"] for each in mine["follows"]] == ["tea"]
    assert [each["target"]["name"] for each in mine["person_blocks"]] == ["alice"]
    assert [each["community"]["name"] for each in mine["community_blocks"]] == ["rain"]
    assert mine["moderates"] == []


async def test_moderators_are_named(village: Village) -> None:
    thread = await village.thread("First")
    found = await get(village, "community", "GetCommunityResponse", name="tea")
    assert [each["moderator"]["name"] for each in found["moderators"]] == ["alice"]
    found = await get(village, "community", "GetCommunityResponse", name="rain")
    assert found["moderators"] == []
    found = await get(village, "post", "GetPostResponse", id=thread)
    assert [each["moderator"]["name"] for each in found["moderators"]] == ["alice"]
    assert found["post_view"]["creator_is_moderator"] is True
    found = await get(village, "user", "GetPersonDetailsResponse", username="alice")
    assert [each["community"]["name"] for each in found["moderates"]] == ["tea"]


async def test_what_moderators_did_is_told(village: Village) -> None:
    tea, alice = village.actors["tea"], village.actors["alice"]
    thread = await village.thread("First")
    answer = await village.answer("answer", "First")

    async def seen() -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        post = await get(village, "post", "GetPostResponse", village.bob, id=thread)
        comments = await get(
            village, "comment/list", "GetCommentsResponse", village.bob, post_id=thread
        )
        group = await get(village, "community", "GetCommunityResponse", village.bob, name="tea")
        assert [each["comment"]["id"] for each in comments["comments"]] == [answer]
        return post["post_view"], comments["comments"][0], group["community_view"]

    view, comment, group = await seen()
    assert not view["post"]["locked"]
    assert not view["post"]["featured_community"]
    assert not comment["creator_banned_from_community"]
    assert not comment["banned_from_community"]
    assert not group["banned_from_community"]
    assert not group["community"]["posting_restricted_to_mods"]

    db, server = village.parts.db, village.parts.server
    by: dict[str, Any] = {"community_id": tea, "moderator_id": alice}
    first = village.posts["First"]
    await db.write(lock_thread, server, **by, post_id=first, locked=True)
    await db.write(pin_thread, server, **by, post_id=first, pinned=True)
    await db.write(ban_person, server, **by, person_id=village.actors["bob"])
    only = CommunitySettings(only_moderators_post=True)
    await db.write(change_settings, server, **by, told=only)

    view, comment, group = await seen()
    assert view["post"]["locked"]
    assert view["post"]["featured_community"]
    assert not view["creator_banned_from_community"]
    assert comment["creator_banned_from_community"]
    assert comment["banned_from_community"], "it is bob who asks"
    assert group["banned_from_community"]
    assert group["community"]["posting_restricted_to_mods"]


async def test_what_is_followed_and_what_is_moderated(village: Village) -> None:
    for number in range(3):
        await village.thread(f"Tea {number}")
        await village.thread(f"Rain {number}", "rain")
    await village.answer("drip", "Rain 0", community="rain")
    await village.follow("bob", "rain")

    async def read(caller: Caller, path: str, type_: str, **more: Any) -> list[dict[str, Any]]:
        answer = await caller.get(f"/api/v3/{path}/list", type_=type_, sort="New", **more)
        assert answer.status == 200, answer.text
        [listed] = [value for value in answer.json.values() if isinstance(value, list)]
        return listed

    for more in ({"limit": 2, "page": 1}, {"limit": 2, "page": 2}):
        posts = await read(village.bob, "post", "Subscribed", **more)
        assert {each["community"]["name"] for each in posts} == {"rain"}
        assert all(each["subscribed"] == "Subscribed" for each in posts)
    [only] = await read(village.bob, "comment", "Subscribed")
    assert only["comment"]["content"] == "drip"
    [group] = await read(village.bob, "community", "Subscribed")
    assert group["community"]["name"] == "rain"
    assert group["counts"]["subscribers_local"] == 1
    assert await read(village.bob, "post", "ModeratorView") == []
    posts = await read(village.alice, "post", "ModeratorView")
    assert {each["community"]["name"] for each in posts} == {"tea"}
    for path in ("post", "comment", "community"):
        for type_ in ("Subscribed", "ModeratorView"):
            assert await read(village.anyone, path, type_) == []


async def test_votes_are_counted_and_remembered(village: Village) -> None:
    first, second = await village.thread("First"), await village.thread("Second")
    await village.votes("bob", "First", ReactionKind.LIKE)
    await village.votes("alice", "Second", ReactionKind.DISLIKE)
    await village.votes("bob", "Second", ReactionKind.DISLIKE)
    answer = await village.bob.get("/api/v3/post/list", sort="TopAll")
    views = answer.json["posts"]
    assert [each["post"]["id"] for each in views] == [first, second]
    assert [each["my_vote"] for each in views] == [1, -1]
    assert [each["counts"]["score"] for each in views] == [1, -2]
    assert views[1]["counts"]["downvotes"] == 2
    nobody = await village.anyone.get("/api/v3/post/list")
    assert all("my_vote" not in each for each in nobody.json["posts"])


async def test_a_new_comment_makes_an_old_thread_active(village: Village) -> None:
    await village.thread("Old")
    await village.thread("New")
    await village.answer("indeed", "Old", by="alice")
    hours = 3_600_000

    async def names(sort: str) -> list[str]:
        found = await get(village, "post/list", "GetPostsResponse", sort=sort)
        return [each["post"]["name"] for each in found["posts"]]

    village.clock.ahead_ms = 5 * hours
    assert await names("Active") == ["New", "Old"], "one's own comment does not count"
    await village.answer("hear, hear", "Old", by="bob")
    assert await names("Active") == ["Old", "New"]
    assert await names("Hot") == ["New", "Old"]
    assert await names("NewComments") == ["Old", "New"]


async def test_cursors_lead_through_all_pages(village: Village) -> None:
    for number in range(5):
        await village.thread(f"Thread {number}")
    seen: list[str] = []
    query: dict[str, Any] = {}
    for _ in range(3):
        found = await get(village, "post/list", "GetPostsResponse", sort="Hot", limit=2, **query)
        seen += [each["post"]["name"] for each in found["posts"]]
        query = {"page_cursor": found.get("next_page", "")}
    assert sorted(seen) == [f"Thread {number}" for number in range(5)]
    assert query == {"page_cursor": ""}
    refused = await village.anyone.get("/api/v3/post/list", page_cursor="P'1")
    assert (refused.status, refused.json["error"]) == (400, "invalid_query")


async def test_people_who_write_make_a_community_active(village: Village) -> None:
    await village.thread("First")
    await village.answer("one", "First")
    counts = (await get(village, "community", "GetCommunityResponse", name="tea"))[
        "community_view"
    ]["counts"]
    assert (counts["users_active_day"], counts["users_active_half_year"]) == (2, 2)
    village.clock.ahead_ms = 8 * 24 * 3_600_000
    counts = (await get(village, "community", "GetCommunityResponse", name="tea"))[
        "community_view"
    ]["counts"]
    assert (counts["users_active_week"], counts["users_active_month"]) == (0, 2)


async def test_a_community_that_was_taken_away_takes_its_threads_along(village: Village) -> None:
    thread = await village.thread("First")
    answer = await village.answer("one", "First")
    await village.suspend("tea")
    for path in (f"post?id={thread}", f"comment?id={answer}", "community?name=tea"):
        assert (await village.anyone.get(f"/api/v3/{path}")).status == 404
    for path in ("post/list?type_=All", "comment/list", "search?q=First", "user?username=alice"):
        reply = await village.anyone.get(f"/api/v3/{path}")
        assert reply.status == 200, path
        assert '"First"' not in reply.text, path


async def test_filters_that_do_not_exist_are_refused(village: Village) -> None:
    for path in ("post/list?saved_only=true", "comment/list?liked_only=true",
                 "user?username=bob&saved_only=true"):  # fmt: skip
        answer = await village.bob.get(f"/api/v3/{path}")
        assert (answer.status, answer.json["error"]) == (400, "invalid_query")
    assert (await village.bob.get("/api/v3/post/list", saved_only="false")).status == 200


async def test_more_threads_need_no_more_statements(village: Village) -> None:
    async def statements() -> int:
        asked = 0
        db = village.parts.db
        real = type(db).all

        async def counted(self: Any, statement: Any, **given: Any) -> Any:
            nonlocal asked
            # What is looked at from time to time, whoever asks for what.
            asked += statement not in (remembered_value, closed_networks)
            return await real(self, statement, **given)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(type(db), "all", counted)
            for path in ("post/list?sort=Hot", "comment/list", "community/list", "search?q=t"):
                assert (await village.bob.get(f"/api/v3/{path}")).status == 200
        return asked

    await village.thread("Thread t")
    await village.answer("answer t", "Thread t")
    few = await statements()
    for number in range(8):
        await village.thread(f"Thread t {number}")
        await village.answer(f"answer t {number}", f"Thread t {number}", by="alice")
    assert await statements() == few
