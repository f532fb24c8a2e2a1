"""Who comes to an event: counted on its page, listed on one of its own; who waits, for its organiser."""

from typing import Any

from litestar.response.base import ASGIResponse
from msgspec import Struct

from weft.domain.actors.queries import actors_by_ids
from weft.domain.actors.records import Actor
from weft.domain.attendance.queries import (
    attendance_counts,
    attendance_of,
    attendees,
    count_waiting,
    waiting,
)
from weft.domain.attendance.records import AttendanceState
from weft.domain.posts.kinds import EventFacets
from weft.domain.posts.records import Post, PostKind, post_facets
from weft.domain.visibility.viewer import kind_of, viewer_params
from weft.storage.statements import Query
from weft.web.pages.cards import profile_path
from weft.web.pages.paging import LIMIT, older
from weft.web.rendering import reading_policy
from weft.web.visits import Visit

_WORDS = {
    AttendanceState.ASKED: "You have asked to come; the organiser has not answered yet.",
    AttendanceState.GOING: "You come.",
    AttendanceState.MAYBE: "You come perhaps.",
    AttendanceState.DECLINED: "You do not come.",
    AttendanceState.REFUSED: "The organiser has declined.",
    AttendanceState.INVITED: "You are invited.",
}
_LEAVING = (AttendanceState.ASKED, AttendanceState.GOING, AttendanceState.MAYBE)


class Coming(Struct, frozen=True):
    """What an event's page says of who comes."""

    going: int
    maybe: int
    declined: int
    words: str
    """Of the visitor."""
    act: str | None
    """What the visitor can do: ``join`` or ``leave``."""
    waiting: int
    """Who asked and has no answer; told to the organiser alone."""


class Asking(Struct, frozen=True):
    """Somebody who waits for the organiser's answer, and what they say."""

    person: Actor
    note: str


async def coming(visit: Visit, post: Post) -> Coming | None:
    """Of an event; None of anything else. What its own server counts, counts where it is more."""
    if post.kind != PostKind.EVENT:
        return None
    db, rules = visit.parts.db, post_facets(post.facets).event or EventFacets()
    counts = {row.state: row.people for row in await db.all(attendance_counts, of_post=post.id)}
    words, act = "", None
    if visit.me is not None:
        own = await db.one(attendance_of, of_post=post.id, of_actor=visit.me)
        state = AttendanceState(own.state) if own is not None else None
        words = _WORDS[state] if state is not None else ""
        if state in _LEAVING:
            act = "leave"
        elif state is not AttendanceState.REFUSED and rules.join != "elsewhere":
            act = "join" if rules.status != "cancelled" else None
    return Coming(
        going=max(counts.get(AttendanceState.GOING, 0), rules.attendees or 0),
        maybe=counts.get(AttendanceState.MAYBE, 0),
        declined=counts.get(AttendanceState.DECLINED, 0),
        words=words,
        act=act,
        waiting=await _waiting(visit, post),
    )


def organises(visit: Visit, post: Post) -> bool:
    """Is it the visitor who says who comes? Of another server's event that is said there."""
    return post.kind == PostKind.EVENT and post.local and post.author_id == visit.me


async def _waiting(visit: Visit, post: Post) -> int:
    if not organises(visit, post):
        return 0
    row = await visit.parts.db.one(
        count_waiting, who=kind_of(visit.viewer), of_post=post.id, **_viewer(visit)
    )
    return row[0] if row is not None else 0


def _viewer(visit: Visit) -> dict[str, int | str]:
    return viewer_params(visit.viewer, visit.parts.server.now_ms(), "show")


async def attendees_page(visit: Visit, post: Post, max_id: int) -> ASGIResponse:
    """Who said that they come, newest first."""
    rows, people, following = await _part(visit, attendees, post, max_id)
    return await visit.page(
        "people.html",
        security=reading_policy(),
        heading="Who comes",
        people=[people[row[0]] for row in rows],
        hidden=False,
        older=following,
    )


async def waiting_page(visit: Visit, organiser: Actor, post: Post, max_id: int) -> ASGIResponse:
    """Who waits for an answer, newest first, with a button for each answer."""
    rows, people, following = await _part(visit, waiting, post, max_id)
    return await visit.page(
        "waiting.html",
        security=reading_policy(),
        post=post,
        event=f"{profile_path(organiser)}/{post.id}",
        asking=[Asking(people[row[0]], row[2] or "") for row in rows],
        older=following,
    )


async def _part(
    visit: Visit, statement: Query[Any], post: Post, max_id: int
) -> tuple[list[Any], dict[int, Actor], str | None]:
    """A page of people's words on an event: rows, whose they are, and where it goes on."""
    db = visit.parts.db
    rows = await db.all(
        statement,
        who=kind_of(visit.viewer),
        of_post=post.id,
        max_id=max_id,
        limit=LIMIT,
        **_viewer(visit),
    )
    people = {each.id: each for each in await db.all(actors_by_ids, ids=[row[0] for row in rows])}
    following = older(visit, [row[1] for row in rows])
    return [row for row in rows if row[0] in people], people, following
