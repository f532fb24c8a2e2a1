"""What Mbin sends of its magazines. Its payloads come without their ids and times."""

from collections.abc import Iterator
from typing import Any

from tests.federation.corpus.communities import (
    bring,
    community,
    done,
    home,
    moderators,
    places,
    stored,
    thread_of,
    votes,
)
from tests.federation.corpus.playing import At, Corpus
from weft.domain.actors.records import Actor
from weft.domain.communities.keep import banned_from
from weft.domain.communities.records import Action

MBIN = Corpus("mbin-piefed", placeholders={"SCRUBBED_DATE": "2026-10-01T12:00:00Z"})
KBIN = "https://kbin.test"
MAGAZINE, USER, OTHER, OWNER = (
    f"{KBIN}/m/test",
    f"{KBIN}/u/user",
    f"{KBIN}/u/user2",
    f"{KBIN}/u/owner",
)
ENTRY = f"{KBIN}/m/test/t/1/test"
ACT = f"{KBIN}/f/object/act"


def filled(value: Any, ids: Iterator[str]) -> Any:
    """With ids in the order of the payload, and without its time, which is news to nobody."""
    if isinstance(value, list):
        return [filled(each, ids) for each in value]
    if isinstance(value, dict):
        kept = {key: each for key, each in value.items() if key != "published"}
        return {key: filled(each, ids) for key, each in kept.items()}
    return next(ids) if value == "SCRUBBED_ID" else value


def fill(at: At, *ids: str) -> dict[str, Any]:
    at.payload = filled(at.payload, iter(ids))
    return at.payload


async def magazine(at: At, *, entry: bool = True) -> Actor:
    """Lena follows it; ``user`` has written an entry there."""
    for each in (USER, OTHER, OWNER):
        await at.person(each)
    group = await community(at, MAGAZINE, featured=f"{MAGAZINE}/pinned")
    if entry:
        create = filled(at.load("create-page"), iter([f"{ENTRY}/create", ENTRY]))
        announce = {
            "id": f"{ENTRY}/announce",
            "type": "Announce",
            "actor": MAGAZINE,
            "object": create,
        }
        await at.deliver(announce)
        made = await stored(at, ENTRY)
        assert await places(at, made) == [group.id]
    return group


@MBIN.outcome("create-page", "create-page-link-and-image", "create-microblog-note", how="itself")
async def a_post_in_a_magazine(at: At) -> None:
    group = await magazine(at, entry=False)
    await at.lena_follows(USER, accepted=True)
    fill(at, ACT, ENTRY, ENTRY)
    await bring(at)
    made = await stored(at, ENTRY)
    assert await places(at, made) == [group.id]
    shown = await at.status(ENTRY)
    assert shown["spoiler_text"] == ""
    if "link" in at.file:
        assert await at.place("https://joinmbin.org") in shown["content"]
        assert shown["media_attachments"][0]["description"] == "kibby"


@MBIN.outcome("announce-create-microblog", how="itself")
async def a_microblog_passed_on(at: At) -> None:
    group = await magazine(at, entry=False)
    fill(at, f"{ACT}/announce", ACT, ENTRY, ENTRY)
    await bring(at)
    assert await places(at, await stored(at, ENTRY)) == [group.id]
    (shown,) = await home(at)
    assert shown["reblog"]["account"]["username"] == "user"


@MBIN.outcome("create-entry-comment", "create-nested-microblog-comment", how="itself")
async def a_comment(at: At) -> None:
    group = await magazine(at)
    fill(at, ACT, f"{ENTRY}/comment/1", ENTRY, f"{ENTRY}/comment/1")
    await bring(at)
    made = await stored(at, f"{ENTRY}/comment/1")
    assert made.in_reply_to_id == (await stored(at, ENTRY)).id
    assert await places(at, made) == [group.id]


@MBIN.outcome("update-microblog", how="itself")
async def an_edited_microblog(at: At) -> None:
    await magazine(at)
    fill(at, ACT, ENTRY, ENTRY)
    at.payload["object"]["updated"] = at.payload["object"].pop("object")["updated"]
    await bring(at)
    shown = await at.status(ENTRY)
    assert shown["edited_at"] is not None
    assert shown["content"].startswith("<p>test</p>")


@MBIN.outcome("magazine-boost", how="itself")
async def pulled_in_by_the_magazine(at: At) -> None:
    await magazine(at, entry=False)
    page = filled(at.load("create-page"), iter([ACT, ENTRY]))["object"]
    await at.serve(page)
    fill(at, f"{ACT}/boost", ENTRY)
    await bring(at)
    (shown,) = await home(at)
    assert (shown["account"]["username"], shown["account"]["group"]) == ("test", True)
    assert shown["reblog"]["content"].startswith("<p><strong>test</strong></p>")


@MBIN.outcome("user-boost", how="itself")
async def boosted_by_a_person(at: At) -> None:
    await magazine(at)
    before = (await at.status(ENTRY))["reblogs_count"]
    fill(at, f"{ACT}/boost", ENTRY)
    await bring(at)
    assert (await at.status(ENTRY))["reblogs_count"] == before + 1


@MBIN.outcome("announce-like", "announce-undo-like", "like", how="itself")
async def a_vote(at: At) -> None:
    await magazine(at)
    made = await stored(at, ENTRY)
    if at.file == "like":
        fill(at, ACT, ENTRY)
    elif at.file == "announce-like":
        fill(at, f"{ACT}/announce", ACT, ENTRY)
    else:
        like = filled(at.load("announce-like"), iter([f"{ACT}/1", ACT, ENTRY]))
        await at.deliver(like)
        assert await votes(at, made) == (1, 0)
        fill(at, f"{ACT}/announce", f"{ACT}/undo", ACT, ENTRY)
    await bring(at)
    assert await votes(at, made) == ((0, 0) if "undo" in at.file else (1, 0))


@MBIN.outcome("announce-update-magazine", how="itself")
async def an_edited_magazine(at: At) -> None:
    group = await magazine(at)
    more = {"name": "Renamed", "attributedTo": f"{MAGAZINE}/moderators"}
    await at.person(MAGAZINE, type="Group", **more)
    fill(at, f"{ACT}/announce", ACT, MAGAZINE)
    await bring(at)
    actor = await at.stored_actor(MAGAZINE)
    assert actor is not None
    assert (actor.id, actor.name) == (group.id, "Renamed")


@MBIN.outcome("announce-block", "block", "undo-block", how="itself")
async def banned_from_the_magazine(at: At) -> None:
    group = await magazine(at)
    person = await at.actor(OTHER)
    db, server = at.stage.parts.db, at.stage.parts.server
    if at.file == "undo-block":
        await at.deliver(filled(at.load("block"), iter([ACT, OTHER])))
        assert await banned_from(db, server, person.id, [group.id]) is not None
        fill(at, f"{ACT}/undo", ACT, OTHER)
    elif at.file == "block":
        fill(at, ACT, OTHER)
    else:
        fill(at, f"{ACT}/announce", ACT, OTHER)
    await bring(at)
    ban = await banned_from(db, server, person.id, [group.id])
    assert (ban is None) == (at.file == "undo-block")
    assert ban is None or (ban.reason, ban.expires_at) == ("some test", None)
    # Whoever is banned is not in the magazine, whatever their post says.
    create = filled(at.load("create-page"), iter([f"{ENTRY}/c2", f"{ENTRY}2"]))
    create["actor"] = create["object"]["attributedTo"] = OTHER
    await at.lena_follows(OTHER, accepted=True)
    await at.deliver(create)
    assert (await places(at, await stored(at, f"{ENTRY}2")) == []) == (ban is not None)


@MBIN.outcome("announce-delete-by-moderator", "delete-by-moderator", how="itself")
async def removed_by_a_moderator(at: At) -> None:
    group = await magazine(at)
    ids = [ACT, ENTRY] if at.file == "delete-by-moderator" else [f"{ACT}/announce", ACT, ENTRY]
    fill(at, *ids)
    await bring(at)
    assert not await at.known(ENTRY)
    assert await done(at, group) == [(Action.REMOVE, None)]


@MBIN.outcome("lock-by-author", "lock-microblog-by-moderator", how="itself")
async def locked(at: At) -> None:
    await magazine(at)
    fill(at, ACT, ENTRY)
    await bring(at)
    assert thread_of(await stored(at, ENTRY)).locked


@MBIN.outcome("add-moderator", how="itself")
async def one_moderator_more(at: At) -> None:
    group = await magazine(at)
    fill(at, ACT, OTHER)
    await bring(at)
    person = await at.actor(OTHER)
    assert await moderators(at, group) == {person.id}


@MBIN.outcome("add-pinned", "remove-pinned", how="itself")
async def pinned(at: At) -> None:
    await magazine(at)
    if at.file == "remove-pinned":
        await at.deliver(filled(at.load("add-pinned"), iter([f"{ACT}/1", ENTRY])))
        assert thread_of(await stored(at, ENTRY)).pinned
    fill(at, ACT, ENTRY)
    await bring(at)
    assert thread_of(await stored(at, ENTRY)).pinned == (at.file == "add-pinned")


@MBIN.outcome("delete-user", how="itself")
async def an_account_that_is_gone(at: At) -> None:
    await magazine(at)
    fill(at, ACT, USER)
    await bring(at)
    assert not await at.known(ENTRY)


@MBIN.outcome("update-user", how="itself")
async def an_edited_person(at: At) -> None:
    await magazine(at)
    await at.person(USER, name="Test User")
    fill(at, ACT, USER)
    await bring(at)
    actor = await at.stored_actor(USER)
    assert actor is not None
    assert actor.name == "Test User"


@MBIN.outcome("flag", how="itself")
async def a_report_without_a_reason(at: At) -> None:
    await magazine(at)
    await at.lena_posts()
    own = await at.own()
    reporter = at.payload["actor"]
    await at.person(reporter)
    fill(at, ACT, own["uri"])
    await at.deliver(at.payload)
    assert at.rows("SELECT comment FROM report") == [("",)]


@MBIN.outcome("follow-magazine", how="itself")
async def a_follow_of_ours(at: At) -> None:
    await at.person(OTHER)
    fill(at, ACT, at.stage.lena.uri)
    await bring(at)
    assert (await at.relation(OTHER))["followed_by"] is True
    await at.sent("Accept")


@MBIN.outcome("reject-follow", how="itself")
async def our_follow_rejected(at: At) -> None:
    await at.person(MAGAZINE, type="Group")
    follow = await at.lena_follows(MAGAZINE, accepted=True)
    fill(at, ACT, follow, MAGAZINE)
    at.payload["object"]["actor"] = at.stage.lena.uri
    await at.deliver(at.payload)
    assert (await at.relation(MAGAZINE))["following"] is False


@MBIN.outcome("create-chat-message", how="itself")
async def a_chat_message(at: At) -> None:
    at.here[OTHER] = at.stage.lena.uri
    await at.person(USER)
    fill(at, ACT, f"{KBIN}/message/1")
    await bring(at)
    assert (await at.status(f"{KBIN}/message/1"))["visibility"] == "direct"
