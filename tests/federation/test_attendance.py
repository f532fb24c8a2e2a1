"""Who comes to events, by the rules of each, and in the words of Friendica and Hubzilla too."""

from typing import Any

from tests.federation.corpus.attending import (
    ADMIN,
    EVENT,
    counted,
    event_at,
    lena_asked_to_come,
    lena_organises,
    said,
    state,
)
from tests.federation.corpus.playing import At, Corpus
from tests.support.browser import PASSWORD, Browser
from tests.support.fediverse import Scene
from weft.domain.accounts.create import create_account
from weft.domain.attendance.records import AttendanceState
from weft.domain.posts.kinds import EventFacets
from weft.domain.posts.publish import publish
from weft.domain.posts.records import NewPost, Post, PostFacets, PostKind
from weft.domain.visibility.viewer import Visibility

OTHER = "https://friendica.example/profile/ann"


def at_stage(stage: Scene) -> At:
    return At(stage, Corpus("mobilizon"), "", {})


async def says(at: At, who: str, type_: str, object_: Any, **more: Any) -> str:
    if await at.place(who) not in at.stage.others.replies:
        await at.person(who)
    count = at.rows("SELECT count(*) FROM inbox_log")[0][0]
    activity = {"id": f"{who}/says/{count}", "type": type_, "actor": who, "object": object_}
    await at.deliver(activity | more)
    return str(at.rows("SELECT verdicts FROM inbox_log ORDER BY id DESC LIMIT 1"))


def answers(at: At) -> list[str]:
    sent = [body["type"] for _, body in at.stage.others.delivered]
    return [each for each in sent if each in ("Accept", "Reject")]


async def organised(at: At, **rules: Any) -> Post:
    return await lena_organises(at, EVENT, **rules)


async def test_a_full_event_lets_nobody_more_in(stage: Scene) -> None:
    at = at_stage(stage)
    event = await organised(at, capacity=1)
    await says(at, ADMIN, "Join", EVENT)
    assert "full" in await says(at, OTHER, "Join", EVENT)
    assert await counted(at, event) == {AttendanceState.GOING: 1}
    reject = await at.sent("Reject")
    assert reject["object"]["actor"] == await at.place(OTHER)
    # Who leaves makes room.
    await says(at, ADMIN, "Leave", EVENT)
    await says(at, OTHER, "Join", EVENT)
    assert await state(at, event, OTHER) is AttendanceState.GOING


async def test_rules_that_let_nobody_in(stage: Scene) -> None:
    at = at_stage(stage)
    for rules in ({"join": "invite"}, {"join": "elsewhere"}, {"status": "cancelled"}):
        event = await organised(at, **rules)
        await says(at, ADMIN, "Join", EVENT)
        assert await counted(at, event) == {}


async def test_an_event_for_followers_is_not_joined_by_strangers(stage: Scene) -> None:
    at = at_stage(stage)
    event = await organised(at, reach=Visibility.FOLLOWERS)
    assert "not for the sender" in await says(at, ADMIN, "Join", EVENT)
    assert await counted(at, event) == {}
    assert answers(at) == []


async def test_the_event_itself_is_accepted_or_not(stage: Scene) -> None:
    """Friendica's and Hubzilla's way, and changes of mind."""
    at = at_stage(stage)
    event = await organised(at)
    whole = {"id": EVENT, "type": "Event", "name": "A walk"}
    for type_, expected in (
        ("TentativeAccept", AttendanceState.MAYBE),
        ("Accept", AttendanceState.GOING),
        ("Reject", AttendanceState.DECLINED),
    ):
        await says(at, OTHER, type_, EVENT if type_ == "Accept" else whole)
        assert await state(at, event, OTHER) is expected
        assert await counted(at, event) == {expected: 1}
    undone = {"type": "Reject", "object": EVENT, "actor": OTHER}
    await says(at, OTHER, "Undo", undone)
    assert await state(at, event, OTHER) is None


async def test_what_somebody_says_of_anothers_event(stage: Scene) -> None:
    at = at_stage(stage)
    event = await lena_asked_to_come(at)
    await says(at, OTHER, "TentativeAccept", event.uri)
    await says(at, ADMIN, "Join", event.uri)
    assert await state(at, event, OTHER) is AttendanceState.MAYBE
    assert await state(at, event, ADMIN) is AttendanceState.ASKED, "its own server decides"


async def test_nobody_takes_back_what_another_said(stage: Scene) -> None:
    at = at_stage(stage)
    event = await organised(at)
    await says(at, ADMIN, "Join", EVENT)
    found = await said(at, event)
    assert found is not None
    assert "only who said" in await says(at, OTHER, "Leave", found.uri)
    assert "only who said" in await says(at, OTHER, "Undo", found.uri)
    joined = {"type": "Join", "id": found.uri, "actor": ADMIN, "object": EVENT}
    assert "only who organises" in await says(at, OTHER, "Reject", joined)
    assert await state(at, event) is AttendanceState.GOING
    await says(at, ADMIN, "Undo", joined)
    assert await state(at, event) is None


async def test_an_undo_that_overtakes_its_join(stage: Scene) -> None:
    at = at_stage(stage)
    event = await organised(at)
    joined = {
        "type": "Join",
        "id": f"{ADMIN}/joins/7",
        "actor": ADMIN,
        "object": "https://x.example/1",
    }
    await says(at, ADMIN, "Undo", joined)
    await says(at, ADMIN, "Join", EVENT, id=f"{ADMIN}/joins/7")
    assert await state(at, event) is None


async def test_one_id_for_two_events(stage: Scene) -> None:
    at = at_stage(stage)
    first = await organised(at)
    await says(at, ADMIN, "Join", EVENT, id=f"{ADMIN}/joins/1")
    second = await organised(at)
    await says(at, ADMIN, "TentativeAccept", EVENT, id=f"{ADMIN}/joins/2")
    for event in (first, second):
        assert await said(at, event) is not None


async def test_it_goes_with_the_person_and_with_the_event(stage: Scene) -> None:
    at = at_stage(stage)
    first = await organised(at)
    await says(at, ADMIN, "Join", EVENT)
    await says(at, OTHER, "Join", EVENT)
    await says(at, ADMIN, "Delete", ADMIN)
    assert await counted(at, first) == {AttendanceState.GOING: 1}
    deleted = await at.stage.api.call("DELETE", f"/api/v1/statuses/{first.id}")
    assert deleted.status == 200
    assert at.rows("SELECT count(*) FROM attendance") == [(0,)]


async def test_the_organisers_buttons_tell_the_other_server(stage: Scene) -> None:
    """Who waits is let in or not with forms, and hears of it as of what was decided at once."""
    at, parts = at_stage(stage), stage.parts
    mina = await create_account(
        parts.db, parts.server, parts.sealer, name="mina", email=None, password=PASSWORD
    )
    new = NewPost(
        author_id=mina.actor.id, kind=PostKind.EVENT, title="A walk", content="<p>A walk</p>",
        facets=PostFacets(event=EventFacets(join="approval")),
    )  # fmt: skip
    event = await event_at(at, (await parts.db.write(publish, parts.server, new)).uri)
    for who in (ADMIN, OTHER):
        await says(at, who, "Join", event.uri, participationMessage=f"<i>May I? {who}</i>")
    assert answers(at) == []
    browser = Browser(stage.anyone, parts.settings.origin)
    await browser.sign_in("mina")
    page = await browser.open(f"/@mina/{event.id}/waiting")
    assert f"May I? {await at.place(ADMIN)}" in page.text
    for who, act, type_ in ((ADMIN, "admit", "Accept"), (OTHER, "decline", "Reject")):
        asked, actor = await said(at, event, who), await at.actor(who)
        assert asked is not None
        page = await browser.submit(page, {"who": str(actor.id)}, f"/posts/{event.id}/{act}")
        told = await at.sent(type_)
        assert (told["actor"], told["to"]) == (mina.actor.uri, [actor.uri])
        assert told["object"] == {
            "id": asked.uri, "type": "Join", "actor": actor.uri, "object": event.uri,
        }  # fmt: skip
    assert "Nobody waits" in page.text
    assert await counted(at, event) == {AttendanceState.GOING: 1, AttendanceState.REFUSED: 1}
    assert answers(at) == ["Accept", "Reject"]


async def test_strange_words_change_nothing(stage: Scene) -> None:
    at = at_stage(stage)
    event = await organised(at)
    note = await at.lena_posts()
    strange: tuple[Any, ...] = (
        None, 5, [], {}, {"type": "Event"}, f"{EVENT}/nothing", "javascript:x",
    )  # fmt: skip
    for object_ in strange:
        for type_ in ("Join", "Leave", "Invite", "TentativeAccept"):
            await says(at, ADMIN, type_, object_, target=object_)
    assert "not here" in await says(
        at, ADMIN, "Join", f"{at.stage.parts.server.origin}/ap/posts/{note}"
    )
    assert await counted(at, event) == {}
    log = str(at.rows("SELECT verdicts FROM inbox_log"))
    assert "Error" not in log
    long = "x" * 50_000
    await says(at, ADMIN, "Join", EVENT, participationMessage=long)
    found = await said(at, event)
    assert found is not None
    assert len(found.note or "") == 1000
    assert (await event_at(at, event.uri)).title == "A walk"
