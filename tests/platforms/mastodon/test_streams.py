"""Server-sent events: who hears what, in a server in this process."""

from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from tests.platforms.mastodon.conftest import House
from tests.support.databases import sql
from tests.support.streams import Heard, all_told, listening
from weft.domain.accounts.close import close_account
from weft.domain.news import AccessEnded, NotificationsMerged, PostCame
from weft.domain.posts.publish import publish
from weft.domain.posts.records import NewPost
from weft.realtime.listener import MOST_WAITING
from weft.storage.database import Tx

STATUSES = "/api/v1/statuses"


def hear(house: House, name: str, path: str) -> AbstractAsyncContextManager[Heard]:
    return listening(house.app, "127.0.0.1:9999", house.tokens[name], path)


async def posted(house: House, name: str, text: str, **more: Any) -> dict[str, Any]:
    answer = await getattr(house, name).post(STATUSES, {"status": text, **more})
    assert answer.status == 200, answer.text
    made: dict[str, Any] = answer.json
    return made


async def follow(house: House, follower: str, name: str) -> None:
    answer = await getattr(house, follower).post(f"/api/v1/accounts/{house.ids[name]}/follow")
    assert answer.json["following"] is True, answer.text


async def settled(house: House) -> None:
    await all_told(house.parts.hub)


async def test_a_home_stream_hears_posts_edits_boosts_and_deletions(house: House) -> None:
    await follow(house, "bob", "alice")
    async with hear(house, "bob", "user") as bob, hear(house, "carol", "user") as carol:
        made = await posted(house, "alice", "Good morning")
        heard = await bob.next("update")
        shown = (await house.bob.get(f"{STATUSES}/{made['id']}")).json
        assert heard == shown
        await house.alice.call("PUT", f"{STATUSES}/{made['id']}", json={"status": "Good evening"})
        changed = await bob.next("status.update")
        assert "evening" in changed["content"]
        assert changed["edited_at"]
        other = await posted(house, "carol", "Tea?")
        boost = (await house.alice.post(f"{STATUSES}/{other['id']}/reblog")).json
        boosted = await bob.next("update")
        assert (boosted["id"], boosted["reblog"]["id"]) == (boost["id"], other["id"])
        await house.alice.post(f"{STATUSES}/{other['id']}/unreblog")
        assert str(await bob.next("delete")) == boost["id"]
        await house.alice.call("DELETE", f"{STATUSES}/{made['id']}")
        assert str(await bob.next("delete")) == made["id"]
        await settled(house)
        assert carol.ids("update") == [other["id"]]
        assert [name for name, _ in carol.events].count("delete") == 0


async def test_notifications_reach_their_owner_only(house: House) -> None:
    async with (
        hear(house, "bob", "user") as bob,
        hear(house, "bob", "user/notification") as only,
        hear(house, "carol", "user") as carol,
    ):
        made = await posted(house, "alice", "Hello @bob", visibility="direct")
        for heard in (bob, only):
            notice = await heard.next("notification")
            assert (notice["type"], notice["status"]["id"]) == ("mention", made["id"])
        await house.parts.db.write(_merge, house.ids["bob"])
        assert await only.next("notifications_merged") == 1
        await settled(house)
        assert carol.events == []
        assert bob.ids("update") == []


async def _merge(tx: Tx, owner: int) -> None:
    tx.say(NotificationsMerged(owner))


async def test_what_is_written_and_then_taken_back_is_not_told(house: House) -> None:
    async def fails(tx: Tx) -> None:
        tx.say(NotificationsMerged(house.ids["bob"]))
        raise LookupError

    async with hear(house, "bob", "user") as bob:
        with pytest.raises(LookupError):
            await house.parts.db.write(fails)
        await settled(house)
        assert bob.events == []


async def test_public_streams_choose_by_origin_media_and_tag(house: House) -> None:
    async with (
        hear(house, "bob", "public") as public,
        hear(house, "bob", "public/local") as local,
        hear(house, "bob", "public/remote") as remote,
        hear(house, "bob", "public?only_media=true") as media,
        hear(house, "bob", "hashtag?tag=Tea") as tea,
        hear(house, "bob", "hashtag/local?tag=%23tea") as tea_here,
        hear(house, "bob", "?stream=hashtag&tag=coffee") as coffee,
    ):
        made = await posted(house, "alice", "A cup of #TEA")
        for heard in (public, local, tea, tea_here):
            assert (await heard.next("update"))["id"] == made["id"]
        answer = await posted(house, "carol", "@alice yes", in_reply_to_id=made["id"])
        hidden = await posted(house, "alice", "psst #tea", visibility="unlisted")
        await house.alice.call("DELETE", f"{STATUSES}/{made['id']}")
        for heard in (public, local, tea, tea_here):
            assert str(await heard.next("delete")) == made["id"]
        await settled(house)
        for heard in (remote, media, coffee):
            assert heard.events == []
        for heard in (public, local, tea, tea_here):
            assert not {answer["id"], hidden["id"]} & set(heard.ids("update"))


async def test_lists_hear_their_members_and_exclusive_ones_keep_them_from_home(
    house: House,
) -> None:
    await follow(house, "bob", "alice")
    made = (await house.bob.post("/api/v1/lists", {"title": "A", "exclusive": True})).json
    members = f"/api/v1/lists/{made['id']}/accounts"
    assert (await house.bob.post(members, {"account_ids": [str(house.ids["alice"])]})).status == 200
    async with (
        hear(house, "bob", f"list?list={made['id']}") as chosen,
        hear(house, "bob", "user") as home,
        hear(house, "carol", f"list?list={made['id']}") as foreign,
    ):
        assert foreign.status == 404
        post = await posted(house, "alice", "To the list")
        other = await posted(house, "carol", "Not to the list")
        assert (await chosen.next("update"))["id"] == post["id"]
        await house.alice.call("DELETE", f"{STATUSES}/{post['id']}")
        assert str(await chosen.next("delete")) == post["id"]
        await settled(house)
        assert home.ids("update") == []
        assert other["id"] not in chosen.ids("update")


async def test_followed_tags_come_home(house: House) -> None:
    assert (await house.bob.post("/api/v1/tags/tea/follow")).json["following"] is True
    async with hear(house, "bob", "user") as bob:
        made = await posted(house, "alice", "More #tea")
        assert (await bob.next("update"))["id"] == made["id"]
        await house.alice.call("DELETE", f"{STATUSES}/{made['id']}")
        assert str(await bob.next("delete")) == made["id"]


async def test_filters_hide_at_home_and_are_told_in_public(house: House) -> None:
    await follow(house, "bob", "alice")
    async with (
        hear(house, "bob", "user") as home,
        hear(house, "bob", "public") as public,
        hear(house, "carol", "public") as other,
    ):
        form = {
            "title": "No tea",
            "context": ["home", "public"],
            "filter_action": "hide",
            "keywords_attributes": [{"keyword": "tea"}],
        }
        assert (await house.bob.post("/api/v2/filters", form)).status == 200
        assert await home.next("filters_changed") is None
        made = await posted(house, "alice", "Some tea")
        heard = await public.next("update")
        [said] = heard["filtered"]
        assert said["filter"]["title"] == "No tea"
        assert (await other.next("update"))["filtered"] == []
        shown = await posted(house, "alice", "Some coffee")
        assert (await home.next("update"))["id"] == shown["id"]
        assert made["id"] not in home.ids("update")


async def test_blocks_and_mutes_are_heeded_from_the_next_post_on(house: House) -> None:
    await follow(house, "bob", "alice")
    async with (
        hear(house, "bob", "user") as home,
        hear(house, "bob", "public") as public,
        hear(house, "carol", "public") as carol,
    ):
        await house.bob.post(f"/api/v1/accounts/{house.ids['alice']}/mute")
        await house.alice.post(f"/api/v1/accounts/{house.ids['carol']}/block")
        first = await posted(house, "alice", "Unheard")
        await settled(house)
        assert home.events == public.events == carol.events == []
        await house.bob.post(f"/api/v1/accounts/{house.ids['alice']}/unmute")
        second = await posted(house, "alice", "Heard")
        assert (await home.next("update"))["id"] == second["id"]
        assert first["id"] not in public.ids("update")
        assert carol.ids("update") == []


async def test_each_sees_their_own_marks(house: House) -> None:
    old = await posted(house, "alice", "Vote", poll={"options": ["a", "b"], "expires_in": 3600})
    await house.bob.post(f"{STATUSES}/{old['id']}/favourite")
    await house.bob.post(f"/api/v1/polls/{old['poll']['id']}/votes", {"choices": [1]})
    quoting = await posted(house, "carol", "Look", quoted_status_id=old["id"])
    async with (
        hear(house, "alice", "public") as alice,
        hear(house, "bob", "public") as bob,
        hear(house, "carol", "public") as carol,
    ):
        for each in (old, quoting):
            text = {"status": "Vote!" if each is old else "Look!"}
            author = house.alice if each is old else house.carol
            if each is old:
                text["spoiler_text"] = "poll"
            assert (await author.call("PUT", f"{STATUSES}/{each['id']}", json=text)).status == 200
            for name, heard in (("alice", alice), ("bob", bob), ("carol", carol)):
                shown = (await getattr(house, name).get(f"{STATUSES}/{each['id']}")).json
                assert await heard.next("status.update") == shown, name
        assert [each["favourited"] for name, each in bob.events if each["id"] == old["id"]] == [
            True
        ]


async def test_what_is_old_when_it_comes_does_not_stream(house: House) -> None:
    day = 24 * 3_600_000
    uri = "https://far.example/notes/1"
    new = NewPost(
        author_id=house.ids["alice"],
        uri=uri,
        published_at=house.parts.server.now_ms() - day,
        content="<p>Yesterday</p>",
    )
    async with hear(house, "bob", "public") as bob:
        await house.parts.db.write(publish, house.parts.server, new)
        made = await posted(house, "alice", "Today")
        assert (await bob.next("update"))["id"] == made["id"]
        assert len(bob.ids("update")) == 1


async def test_who_may_act_no_more_hears_no_more(house: House) -> None:
    async with hear(house, "bob", "user") as bob, hear(house, "carol", "user") as carol:
        await house.parts.db.write(close_account, house.parts.server, house.ids["carol"])
        await carol.ended()
        assert not bob.over
        sql(
            house.parts.settings.database_url,
            f"UPDATE account SET disabled_at = 1 WHERE actor_id = {house.ids['bob']}",
        )
        await house.parts.db.write(_end)
        await bob.ended()
    assert house.parts.hub.closed["ended"] == 2


async def _end(tx: Tx) -> None:
    tx.say(AccessEnded())


async def test_who_does_not_read_is_closed(house: House) -> None:
    async with hear(house, "bob", "public") as deaf, hear(house, "carol", "public") as other:
        deaf.may_send.clear()
        made = await posted(house, "alice", "x")
        for _ in range(MOST_WAITING + 2):
            house.parts.hub.hear(PostCame(int(made["id"])))
        await house.parts.hub.settled()
        assert [each.closed for each in house.parts.hub.listeners] == ["slow", None]
        await settled(house)
        assert len(other.ids("update")) == MOST_WAITING + 3


async def test_strange_streams_are_refused(house: House) -> None:
    for path, status in (
        ("hashtag", 400),
        ("hashtag?tag=%23", 400),
        ("hashtag?tag=" + "x" * 200, 400),
        ("list", 400),
        ("list?list=x", 404),
        ("list?list=1", 404),
        ("?stream=nonsense", 400),
        ("public?only_media=perhaps", 422),
    ):
        async with hear(house, "bob", path) as heard:
            assert heard.status == status, path
            assert '"error"' in heard.text
    async with listening(house.app, "127.0.0.1:9999", None, "user") as heard:
        assert heard.status == 401
    assert not house.parts.hub.listeners
    assert (await house.anyone.get("/api/v1/streaming/health")).text == "OK"
