"""A community of this server: who follows it hears of all that is done in it, as Lemmy says it."""

import json
from typing import Any

import pytest

from tests.federation.community_stage import (
    ANN,
    DAVE,
    EVE,
    LEMMY_INBOX,
    MICROBLOG_INBOX,
    PUBLIC,
    boosted,
    log,
    opened,
    page,
    passed_on,
    read,
    thread,
)
from tests.federation.corpus.lemmy import LEMMY
from tests.federation.corpus.playing import At
from tests.support.fediverse import Scene
from weft.domain.communities import act
from weft.domain.communities.create import CommunityRefused, create_community
from weft.domain.communities.queries import moderators_of
from weft.domain.communities.records import Action
from weft.domain.communities.write import comment
from weft.domain.posts.delete import delete
from weft.domain.posts.queries import post_by_uri
from weft.domain.posts.records import post_facets
from weft.domain.reactions.react import ReactionKind, react, unreact


@pytest.fixture
def at(stage: Scene) -> At:
    return At(stage, LEMMY, "", {})


async def test_its_document_has_what_lemmy_reads(at: At) -> None:
    group = await opened(at, only_moderators_post=True)
    document = await read(at, group.uri)
    assert document["type"] == "Group"
    assert document["postingRestrictedToMods"] is True
    assert document["sensitive"] is False
    assert document["publicKey"]["owner"] == group.uri
    assert document["endpoints"]["sharedInbox"].endswith("/inbox")
    assert document["manuallyApprovesFollowers"] is False
    listed = await read(at, document["attributedTo"])
    assert listed["orderedItems"] == [at.stage.lena.uri]
    assert (await read(at, document["featured"]))["orderedItems"] == []
    assert (await read(at, document["outbox"]))["totalItems"] == 0
    assert (await read(at, document["followers"]))["totalItems"] == 0
    found = await at.stage.anyone.get(
        "/.well-known/webfinger", resource=f"acct:tea@{at.stage.parts.server.domain}"
    )
    (own,) = [each for each in found.json["links"] if each["rel"] == "self"]
    assert own["properties"] == {"https://www.w3.org/ns/activitystreams#type": "Group"}


async def test_a_thread_of_ours_goes_out_in_both_forms(at: At) -> None:
    group = await opened(at, DAVE, ANN)
    made = await thread(at, group)
    for inbox in (LEMMY_INBOX, MICROBLOG_INBOX):
        (announce,) = await passed_on(at, "Create", to=inbox)
        assert announce["actor"] == group.uri
        assert announce["cc"] == [group.followers_uri]
        create = announce["object"]
        assert create["actor"] == at.stage.lena.uri
        assert create["object"]["id"] == made.uri
        assert create["object"]["audience"] == group.uri
        shown = await read(at, announce["id"])
        assert (shown["id"], shown["object"]["id"]) == (announce["id"], create["id"])
    # Lemmy knows no bare post; microblogs know nothing else.
    (bare,) = await boosted(at, made.uri, MICROBLOG_INBOX)
    assert bare["actor"] == group.uri
    (shown,) = (await read(at, f"{group.uri}/outbox"))["orderedItems"]
    assert shown["object"]["object"]["id"] == made.uri


async def test_what_others_send_goes_on_as_it_came_and_once(at: At) -> None:
    group = await opened(at, DAVE, ANN)
    sent = await page(at, group)
    (announce,) = await passed_on(at, "Create", to=MICROBLOG_INBOX)
    assert announce["object"] == sent
    again = sent | {"id": f"{sent['id']}/again"}
    await at.deliver(again)
    like = {"id": f"{DAVE}/like/1", "type": "Like", "actor": DAVE, "object": sent["object"]["id"]}
    await at.deliver(like)
    (vote,) = await passed_on(at, "Like")
    assert vote["object"] == await at.place(like)
    assert len(await passed_on(at, "Create")) == 1
    bare = [b for _, b in at.stage.told("Announce") if b["object"] == sent["object"]["id"]]
    assert len({each["id"] for each in bare}) == 1
    assert (await read(at, f"{group.uri}/outbox"))["orderedItems"] == [announce]


async def test_comments_votes_edits_and_ends_of_both_sides(at: At) -> None:
    group = await opened(at, DAVE)
    parts, lena = at.stage.parts, at.stage.lena
    top = await thread(at, group)
    note = {
        "id": f"{DAVE}/comment/1", "type": "Note", "attributedTo": DAVE, "content": "<p>Green</p>",
        "inReplyTo": top.uri, "to": [PUBLIC], "cc": [lena.uri],
        "published": "2026-10-01T12:00:00Z",
    }  # fmt: skip
    create = {"id": f"{DAVE}/c/1", "type": "Create", "actor": DAVE, "object": note, "to": [PUBLIC]}
    await at.deliver(create)
    await passed_on(at, "Create", 2)
    answer = await parts.db.one(post_by_uri, uri=await at.place(note["id"]))
    assert answer is not None
    mine = await parts.db.write(
        comment, parts.server, author_id=lena.id, community_id=group.id, parent_id=answer.id,
        text="Black",
    )  # fmt: skip
    await passed_on(at, "Create", 3)
    # A vote against something is told to those who count it.
    await at.stage.until(lambda: ("lemmy",) in at.rows("SELECT software FROM host"))
    for kind, name in ((ReactionKind.LIKE, "Like"), (ReactionKind.DISLIKE, "Dislike")):
        await parts.db.write(
            react, parts.server, actor_id=lena.id, post_id=answer.id, kind=kind, local=True
        )
        (vote,) = await passed_on(at, name)
        assert vote["object"]["object"] == answer.uri
    await parts.db.write(
        unreact, parts.server, actor_id=lena.id, post_id=answer.id, kind=ReactionKind.DISLIKE,
        local=True,
    )  # fmt: skip
    # Lemmy takes a vote for the end of the one before: only the last is taken back.
    undone = await passed_on(at, "Undo")
    assert [each["object"]["object"]["type"] for each in undone] == ["Dislike"]
    edited = note | {"content": "<p>Oolong</p>", "updated": "2026-10-01T12:30:00Z"}
    update = {
        "id": f"{DAVE}/u/1",
        "type": "Update",
        "actor": DAVE,
        "object": edited,
        "to": [PUBLIC],
    }
    await at.deliver(update)
    (passed,) = await passed_on(at, "Update")
    assert passed["object"]["object"]["content"] == "<p>Oolong</p>"
    vote = {"id": f"{DAVE}/l/1", "type": "Like", "actor": DAVE, "object": mine.uri}
    await at.deliver(vote)
    await at.deliver({"id": f"{DAVE}/n/1", "type": "Undo", "actor": DAVE, "object": vote})
    await passed_on(at, "Undo", 2)
    await at.deliver({"type": "Delete", "actor": DAVE, "object": note["id"], "to": [PUBLIC]})
    (gone,) = await passed_on(at, "Delete")
    assert gone["object"]["object"] == await at.place(note["id"])
    await parts.db.write(delete, parts.server, mine.id)
    ours = await passed_on(at, "Delete", 2)
    assert ours[1]["object"]["object"]["id"] == mine.uri


async def test_whoever_is_banned_is_not_passed_on(at: At) -> None:
    group = await opened(at, ANN)
    await page(at, group, DAVE)
    await passed_on(at, "Create", to=MICROBLOG_INBOX)
    dave = await at.actor(DAVE)
    await at.stage.parts.db.write(_ban, at.stage.parts.server, group.id, at.stage.lena.id, dave.id)
    (ban,) = await passed_on(at, "Block", to=MICROBLOG_INBOX)
    assert ban["object"]["object"] == dave.uri
    assert ban["object"]["target"] == group.uri
    assert ban["object"]["summary"] == "spam"
    await at.stage.until(lambda: at.stage.told("Block"))
    sent = await page(at, group, DAVE, 2)
    like = {"id": f"{DAVE}/vote", "type": "Like", "actor": DAVE, "object": f"{DAVE}/post/1"}
    await at.deliver(like)
    await page(at, group, EVE)
    await passed_on(at, "Create", 2, to=MICROBLOG_INBOX)
    assert sent["object"]["id"] not in json.dumps(at.stage.told("Announce"))
    assert await at.place(like["id"]) not in json.dumps(at.stage.told("Announce"))
    follow = {"id": f"{DAVE}#f", "type": "Follow", "actor": DAVE, "object": group.uri}
    await at.deliver(follow)
    assert "banned" in str(at.verdicts()[-1])


async def _ban(tx: Any, server: Any, community: int, moderator: int, person: int) -> None:
    await act.ban_person(
        tx, server, community_id=community, moderator_id=moderator, person_id=person, reason="spam"
    )


async def test_only_moderators_begin_threads_where_it_says_so(at: At) -> None:
    group = await opened(at, ANN, only_moderators_post=True)
    sent = await page(at, group)
    mine = await thread(at, group)
    await passed_on(at, "Create", to=MICROBLOG_INBOX)
    told = json.dumps(at.stage.told("Announce"))
    assert mine.uri in told
    assert sent["object"]["id"] not in told


async def test_moderators_of_ours_are_heard(at: At) -> None:
    group = await opened(at, ANN, DAVE)
    parts, lena = at.stage.parts, at.stage.lena
    top = await thread(at, group)
    sent = await page(at, group)
    theirs = await parts.db.one(post_by_uri, uri=sent["object"]["id"])
    dave = await at.actor(DAVE)
    assert theirs is not None
    who = {"community_id": group.id, "moderator_id": lena.id}

    async def done(what: Any, **more: Any) -> Any:
        async def write(tx: Any) -> Any:
            return await what(tx, parts.server, **who, **more)

        return await parts.db.write(write)

    with pytest.raises(act.NotAllowed):
        await parts.db.write(_remove_as, parts.server, group.id, dave.id, top.id)
    assert await done(act.lock_thread, post_id=top.id, locked=True, reason="heated")
    assert not await done(act.lock_thread, post_id=top.id, locked=True)
    assert await done(act.lock_thread, post_id=top.id, locked=False)
    assert await done(act.pin_thread, post_id=top.id, pinned=True)
    assert [each["id"] for each in (await read(at, group.featured_uri or ""))["orderedItems"]] == [
        top.uri
    ]
    assert await done(act.pin_thread, post_id=top.id, pinned=False)
    assert await done(act.name_moderator, person_id=dave.id)
    assert len((await read(at, f"{group.uri}/moderators"))["orderedItems"]) == 2
    assert await done(act.dismiss_moderator, person_id=dave.id)
    await done(act.remove_post, post_id=top.id, reason="off topic")
    assert await done(act.restore_post, uri=top.uri)
    await done(act.remove_post, post_id=theirs.id)
    assert await parts.db.one(post_by_uri, uri=theirs.uri) is None
    await done(act.ban_person, person_id=dave.id, expires_at=parts.server.now_ms() + 10_000)
    assert await done(act.unban_person, person_id=dave.id)

    (lock,) = await passed_on(at, "Lock")
    assert (lock["object"]["object"], lock["object"]["summary"]) == (top.uri, "heated")
    assert lock["object"]["audience"] == group.uri
    added = [each["object"] for each in await passed_on(at, "Add", 2)]
    taken = [each["object"] for each in await passed_on(at, "Remove", 2)]
    assert [(each["object"], each["target"]) for each in added] == [
        (top.uri, group.featured_uri),
        (dave.uri, f"{group.uri}/moderators"),
    ]
    assert [each["object"] for each in taken] == [top.uri, dave.uri]
    removed = [each["object"] for each in await passed_on(at, "Delete", 2)]
    assert [each["summary"] for each in removed] == ["off topic", ""]
    undone = [each["object"]["object"]["type"] for each in await passed_on(at, "Undo", 3)]
    assert undone == ["Lock", "Delete", "Block"]
    assert [action for action, _ in await log(at, group)] == [
        Action.LOCK, Action.UNLOCK, Action.PIN, Action.UNPIN, Action.ADD_MODERATOR,
        Action.REMOVE_MODERATOR, Action.REMOVE, Action.RESTORE, Action.REMOVE, Action.BAN,
        Action.UNBAN,
    ]  # fmt: skip
    # The microblogs' boost goes with the thread, and comes back with it.
    taken_back = at.stage.told("Undo")
    assert next(b["object"]["object"] for _, b in taken_back if b["actor"] == group.uri) == top.uri


async def _remove_as(tx: Any, server: Any, community: int, moderator: int, post: int) -> None:
    await act.remove_post(tx, server, community_id=community, moderator_id=moderator, post_id=post)


async def test_moderators_elsewhere_act_and_are_passed_on(at: At) -> None:
    group = await opened(at, ANN, EVE)
    parts, lena = at.stage.parts, at.stage.lena
    top = await thread(at, group)
    await at.person(DAVE)
    dave, eve = await at.actor(DAVE), await at.actor(EVE)
    addressed = {"to": [group.uri, PUBLIC], "cc": [group.uri], "audience": group.uri}
    add = {"id": f"{DAVE}/add", "type": "Add", "actor": DAVE, "object": top.uri,
           "target": group.featured_uri, **addressed}  # fmt: skip
    await at.deliver(add)
    assert "only moderators" in str(at.verdicts()[-1])

    async def name(tx: Any) -> None:
        await act.name_moderator(
            tx, parts.server, community_id=group.id, moderator_id=lena.id, person_id=dave.id
        )

    await parts.db.write(name)
    acts: list[dict[str, Any]] = [
        add | {"id": f"{DAVE}/add2"},
        {"type": "Lock", "object": top.uri, "summary": "enough"},
        {"type": "Add", "object": EVE, "target": f"{group.uri}/moderators"},
        {"type": "Remove", "object": EVE, "target": f"{group.uri}/moderators"},
        {"type": "Block", "object": EVE, "target": group.uri, "summary": "rude"},
        {"type": "Delete", "object": top.uri, "summary": "no"},
    ]
    for number, each in enumerate(acts):
        await at.deliver({"id": f"{DAVE}/{number}", "actor": DAVE} | addressed | each)
    await at.deliver({"id": f"{DAVE}/9", "actor": DAVE, "type": "Remove", "object": lena.uri,
                      "target": f"{group.uri}/moderators", **addressed})  # fmt: skip
    assert "longer" in str(at.verdicts()[-1])
    for kind, count in (("Lock", 1), ("Add", 3), ("Remove", 1), ("Block", 1), ("Delete", 1)):
        assert len(await passed_on(at, kind, count, to=MICROBLOG_INBOX)) == count
    assert [action for action, _ in await log(at, group)] == [
        Action.ADD_MODERATOR, Action.PIN, Action.LOCK, Action.ADD_MODERATOR,
        Action.REMOVE_MODERATOR, Action.BAN, Action.REMOVE,
    ]  # fmt: skip
    rows = await parts.db.all(moderators_of, ids=[group.id])
    assert [row.actor_id for row in rows] == [lena.id, dave.id]
    locked = await parts.db.one(post_by_uri, uri=top.uri)
    assert locked is not None
    kept = post_facets(locked.facets).thread
    assert kept is not None
    assert kept.locked
    assert eve.stands


async def test_answers_to_a_locked_thread_are_not_passed_on(at: At) -> None:
    group = await opened(at, ANN)
    parts, lena = at.stage.parts, at.stage.lena
    top = await thread(at, group)

    async def lock(tx: Any) -> None:
        await act.lock_thread(
            tx, parts.server, community_id=group.id, moderator_id=lena.id, post_id=top.id,
            locked=True,
        )  # fmt: skip

    await parts.db.write(lock)
    note = {"id": f"{DAVE}/comment/1", "type": "Note", "attributedTo": DAVE, "content": "But",
            "inReplyTo": top.uri, "to": [PUBLIC]}  # fmt: skip
    await at.person(DAVE)
    await at.deliver({"id": f"{DAVE}/c", "type": "Create", "actor": DAVE, "object": note})
    assert "locked" in str(at.verdicts()[-1])
    await passed_on(at, "Lock", to=MICROBLOG_INBOX)
    assert len(await passed_on(at, "Create", to=MICROBLOG_INBOX)) == 1


async def test_naming_a_community_begins_a_thread_in_it(at: At) -> None:
    group = await opened(at, DAVE)
    domain = at.stage.parts.server.domain
    answer = await at.stage.api.post("/api/v1/statuses", {"status": f"Milk first? @tea@{domain}"})
    assert answer.status == 200, answer.text
    (announce,) = await passed_on(at, "Create")
    assert announce["object"]["object"]["audience"] == group.uri


async def test_a_report_goes_to_the_servers_of_moderators(at: At) -> None:
    group = await opened(at, ANN)
    parts, lena = at.stage.parts, at.stage.lena
    top = await thread(at, group)
    dave = await at.actor(DAVE)

    async def name(tx: Any) -> None:
        await act.name_moderator(
            tx, parts.server, community_id=group.id, moderator_id=lena.id, person_id=dave.id
        )

    await parts.db.write(name)
    await at.person(EVE)
    await at.deliver({"id": f"{EVE}/flag", "type": "Flag", "actor": EVE, "object": top.uri,
                      "summary": "Milk first", "to": [group.uri]})  # fmt: skip
    (flag,) = await passed_on(at, "Flag")
    assert flag["object"]["summary"] == "Milk first"
    # What is for moderators is read by nobody else, not even by its address.
    path = flag["id"].removeprefix(parts.server.origin)
    headers = {"Accept": "application/activity+json"}
    assert (await at.stage.anyone.call("GET", path, headers=headers)).status == 404
    reached = [to for to, body in at.stage.told("Announce") if "Milk first" in str(body)]
    assert reached == [await at.place(LEMMY_INBOX)]


async def test_what_others_wrote_can_be_reported_too(at: At) -> None:
    group = await opened(at, ANN)
    sent = await page(at, group)
    await at.person(EVE)
    flag = {"id": f"{EVE}/flag", "type": "Flag", "actor": EVE, "object": sent["object"]["id"],
            "summary": "Spam", "to": [group.uri]}  # fmt: skip
    await at.deliver(flag)
    dave = await at.actor(DAVE)
    assert at.rows("SELECT target_id FROM report") == [(dave.id,)]


async def test_what_is_removed_twice_is_passed_on_twice(at: At) -> None:
    group = await opened(at, ANN)
    top = await thread(at, group)
    await at.person(DAVE)
    dave = await at.actor(DAVE)
    parts, lena = at.stage.parts, at.stage.lena

    async def name(tx: Any) -> None:
        await act.name_moderator(
            tx, parts.server, community_id=group.id, moderator_id=lena.id, person_id=dave.id
        )

    await parts.db.write(name)
    addressed = {"to": [group.uri, PUBLIC], "cc": [group.uri], "audience": group.uri}
    for number in (1, 2):
        gone = {"id": f"{DAVE}/d{number}", "type": "Delete", "actor": DAVE, "object": top.uri,
                "summary": "", **addressed}  # fmt: skip
        await at.deliver(gone)
        assert len(await passed_on(at, "Delete", number, to=MICROBLOG_INBOX)) == number
        undo = {"id": f"{DAVE}/u{number}", "type": "Undo", "actor": DAVE, "object": gone}
        await at.deliver(undo | addressed)
    assert len(await passed_on(at, "Undo", 2, to=MICROBLOG_INBOX)) == 2


async def test_banned_people_of_ours_are_told_so(at: At) -> None:
    group = await opened(at)
    parts = at.stage.parts
    other = await create_community(
        parts.db, parts.server, parts.sealer, name="coffee", title="Coffee"
    )
    await parts.db.write(_force_ban, parts.server, other.id, at.stage.lena.id)
    with pytest.raises(CommunityRefused, match="banned you: no tea"):
        await thread(at, other)
    assert (await thread(at, group)).local


async def _force_ban(tx: Any, server: Any, community: int, person: int) -> None:
    from weft.domain.communities.moderate import ban

    await ban(
        tx, server, community_id=community, actor_id=person, reason="no tea", expires_at=None,
        removes=False,
    )  # fmt: skip
