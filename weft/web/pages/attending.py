"""Who comes to an event: counted on its page, listed on one of its own."""

from litestar.response.base import ASGIResponse
from msgspec import Struct

from weft.domain.actors.queries import actors_by_ids
from weft.domain.attendance.queries import attendance_counts, attendance_of, attendees
from weft.domain.attendance.records import AttendanceState
from weft.domain.posts.kinds import EventFacets
from weft.domain.posts.records import Post, PostKind, post_facets
from weft.domain.visibility.viewer import kind_of, viewer_params
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
    )


async def attendees_page(visit: Visit, post: Post, max_id: int) -> ASGIResponse:
    """Who said that they come, newest first."""
    db = visit.parts.db
    rows = await db.all(
        attendees,
        who=kind_of(visit.viewer),
        of_post=post.id,
        max_id=max_id,
        limit=LIMIT,
        **viewer_params(visit.viewer, visit.parts.server.now_ms(), "show"),
    )
    by_id = {each.id: each for each in await db.all(actors_by_ids, ids=[row[0] for row in rows])}
    return await visit.page(
        "people.html",
        security=reading_policy(),
        heading="Who comes",
        people=[by_id[row[0]] for row in rows if row[0] in by_id],
        hidden=False,
        older=older(visit, [row[1] for row in rows]),
    )
