"""Coming to events: asked of lena's, said of others', answered by whoever organises."""

from typing import Any

from tests.federation.corpus.playing import At, Corpus
from weft.domain.actors.queries import actor_by_id
from weft.domain.attendance.attend import join
from weft.domain.attendance.queries import attendance_counts, attendance_of
from weft.domain.attendance.records import Attendance, AttendanceState
from weft.domain.posts.kinds import EventFacets
from weft.domain.posts.publish import publish
from weft.domain.posts.queries import post_by_uri
from weft.domain.posts.records import NewPost, Post, PostFacets, PostKind
from weft.domain.visibility.viewer import Visibility
from weft.storage.database import Tx

MOBILIZON = Corpus(
    "mobilizon",
    lena=("http://mobilizon.test/@someuser", "https://pleroma.mkljczk.pl/users/mkljczk"),
)
EVENT = "http://mobilizon.test/events/some-uuid"
ADMIN = "http://mobilizon2.test/@admin"
THEIRS = "https://mobilizon.mkljczk.pl/events/d9d08e46-81af-4ee9-91e5-1298f49beea9"


async def lena_organises(
    at: At, address: str = EVENT, reach: Visibility = Visibility.PUBLIC, **rules: Any
) -> Post:
    """An event of lena's stands for ``address``."""
    server, db = at.stage.parts.server, at.stage.parts.db
    new = NewPost(
        author_id=at.stage.lena.id, kind=PostKind.EVENT, title="A walk", content="<p>A walk</p>",
        visibility=reach, facets=PostFacets(event=EventFacets(**rules)),
    )  # fmt: skip
    made = await db.write(publish, server, new)
    at.stage.posts.append(made.id)
    at.here[address] = made.uri
    return await event_at(at, made.uri)


async def event_at(at: At, uri: str) -> Post:
    found: Post | None = await at.stage.parts.db.one(post_by_uri, uri=await at.place(uri))
    assert found is not None, at.verdicts()
    return found


async def said(at: At, event: Post, who: str = ADMIN) -> Attendance | None:
    actor = at.stage.lena if who == "lena" else await at.actor(who)
    found: Attendance | None = await at.stage.parts.db.one(
        attendance_of, of_post=event.id, of_actor=actor.id
    )
    return found


async def state(at: At, event: Post, who: str = ADMIN) -> AttendanceState | None:
    found = await said(at, event, who)
    return AttendanceState(found.state) if found is not None else None


async def counted(at: At, event: Post) -> dict[int, int]:
    rows = await at.stage.parts.db.all(attendance_counts, of_post=event.id)
    return {row.state: row.people for row in rows}


async def lena_lets_everybody_come(at: At) -> None:
    await lena_organises(at)


@MOBILIZON.outcome("join", given=lena_lets_everybody_come)
async def comes_and_is_told_so(at: At) -> None:
    event = await event_at(at, at.here[EVENT])
    assert await state(at, event) is AttendanceState.GOING
    assert await counted(at, event) == {AttendanceState.GOING: 1}
    accept = await at.sent("Accept")
    assert accept["actor"] == at.stage.lena.uri
    assert accept["object"] == {
        "id": await at.place(at.payload["id"]), "type": "Join",
        "actor": await at.place(ADMIN), "object": event.uri,
    }  # fmt: skip


async def admin_comes(at: At) -> None:
    event = await lena_organises(at)
    await at.person(ADMIN)
    await at.deliver(at.load("join"))
    assert await state(at, event) is AttendanceState.GOING


@MOBILIZON.outcome("leave", how="itself", given=admin_comes)
async def does_not_come_after_all(at: At) -> None:
    """The corpus has both with one id, which no server sends twice."""
    event = await event_at(at, at.here[EVENT])
    await at.deliver(at.payload | {"id": f"{ADMIN}/leave/event/1"})
    assert await state(at, event) is None


@MOBILIZON.outcome("join-with-accept-flow", how="itself")
async def with_words_for_the_organiser(at: At) -> None:
    """Its id is of another host than its actor: refused as it is (docs/interop.md)."""
    event = await lena_organises(at, at.payload["object"], join="approval")
    who = at.payload["actor"]
    await at.person(who)
    asks = at.payload | {"participationMessage": "<b>May I?</b>"}
    await at.deliver(asks)
    assert await state(at, event, who) is None
    await at.deliver(asks | {"id": f"{who}/join/1"})
    found = await said(at, event, who)
    assert found is not None
    assert (found.state, found.note) == (AttendanceState.ASKED, "May I?")
    assert [
        body for _, body in at.stage.others.delivered if body["type"] in ("Accept", "Reject")
    ] == []


async def lena_asked_to_come(at: At) -> Post:
    """To tcit's event."""
    organiser = "https://mobilizon.org/@tcit"
    await at.person(organiser)
    await at.lena_follows(organiser, accepted=True)
    theirs = "https://mobilizon.org/events/1"
    event = {
        "id": theirs, "type": "Event", "name": "Talks", "attributedTo": organiser, "content": "",
        "startTime": "2030-01-01T10:00:00Z", "to": ["https://www.w3.org/ns/activitystreams#Public"],
    }  # fmt: skip
    await at.deliver(
        {"id": f"{theirs}/activity", "type": "Create", "actor": organiser, "object": event}
    )
    found = await event_at(at, theirs)
    server = at.stage.parts.server

    async def ask(tx: Tx) -> None:
        by = await tx.one(actor_by_id, id=found.author_id)
        assert by is not None
        await join(tx, server, found, by, at.stage.lena)

    await at.stage.parts.db.write(ask)
    return found


@MOBILIZON.outcome("accept-join", how="itself")
async def let_in_by_who_organises(at: At) -> None:
    """Lena's Join goes out; the answer counts from the organiser alone. The corpus's has an id of another
    host than its actor, and is refused as it is (docs/interop.md)."""
    event = await lena_asked_to_come(at)
    asked = await at.sent("Join")
    assert (asked["actor"], asked["object"]) == (at.stage.lena.uri, event.uri)
    organiser = at.payload["actor"]
    inner = {"id": asked["id"], "type": "Join", "actor": at.stage.lena.uri, "object": event.uri}
    other = "https://mobilizon.org/@mallory"
    await at.person(other)
    await at.deliver({"id": f"{other}/1", "type": "Accept", "actor": other, "object": inner})
    assert await state(at, event, "lena") is AttendanceState.ASKED
    await at.deliver(at.payload | {"id": f"{organiser}/accept/1", "object": inner})
    assert await state(at, event, "lena") is AttendanceState.GOING
    await at.deliver(
        {"id": f"{organiser}/2", "type": "Reject", "actor": organiser, "object": asked["id"]}
    )
    assert await state(at, event, "lena") is AttendanceState.REFUSED


@MOBILIZON.outcome("invite", how="itself")
async def invited(at: At) -> None:
    """To an event, by who organises it; the corpus's is to a group, which is joined by following it."""
    event = await lena_asked_to_come(at)
    at.rows("SELECT 1")
    organiser = "https://mobilizon.org/@tcit"
    await at.person(ADMIN)
    await at.deliver(at.payload)
    assert "groups are joined by following" in str(at.verdicts()[-1])
    told = {"type": "Invite", "object": event.uri, "target": at.stage.lena.uri}
    await at.deliver(told | {"id": f"{ADMIN}/invites/1", "actor": ADMIN})
    assert "only who organises" in str(at.verdicts()[-1])
    reject = {"type": "Reject", "actor": organiser, "id": f"{organiser}/r"}
    asked = await at.sent("Join")
    await at.deliver(reject | {"object": asked["id"]})
    assert await state(at, event, "lena") is AttendanceState.REFUSED
    await at.deliver(told | {"id": f"{organiser}/invites/1", "actor": organiser})
    assert await state(at, event, "lena") is AttendanceState.INVITED
