"""One's own profile, to be changed."""

from litestar.response.base import ASGIResponse

from weft.domain.actors.profile import (
    ProfileRefused,
    TypedProfile,
    compose_profile,
    edit_profile,
)
from weft.domain.actors.queries import actor_by_id
from weft.domain.actors.records import Actor
from weft.web.rendering import redirect
from weft.web.visits import PageError, Route, Visit


async def _own(visit: Visit) -> Actor:
    actor = await visit.parts.db.one(actor_by_id, id=visit.must_be_signed_in())
    if actor is None:
        raise PageError(403, "Your account is not here any more.")
    return actor


async def show(visit: Visit) -> ASGIResponse:
    """GET /settings/profile"""
    actor = await _own(visit)
    return await visit.page("settings.html", actor=actor, name=actor.name,
                            bio=actor.summary_source or "", error=None,
                            saved="saved" in visit.query)  # fmt: skip


async def save(visit: Visit) -> ASGIResponse:
    """POST /settings/profile"""
    actor = await _own(visit)
    visit.check_form()
    name, bio = visit.form.get("name", ""), visit.form.get("bio", "").replace("\r\n", "\n")
    typed = TypedProfile(
        name=name,
        bio=bio,
        is_bot="is_bot" in visit.form,
    )
    parts = visit.parts
    try:
        changed = await compose_profile(parts.db, parts.server, actor, typed)
    except ProfileRefused as refused:
        return await visit.page("settings.html", status=422, actor=actor, name=name, bio=bio,
                                error=str(refused), saved=False)  # fmt: skip
    await parts.db.write(edit_profile, parts.server, actor.id, changed)
    return redirect("/settings/profile?saved")


ROUTES = (
    Route("GET", "/settings/profile", show),
    Route("POST", "/settings/profile", save),
)
