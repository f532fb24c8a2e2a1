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
from weft.domain.media.uploads import in_words
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
    return await _page(visit, actor, actor.name, actor.summary_source or "",
                       saved="saved" in visit.query)  # fmt: skip


async def _page(
    visit: Visit,
    actor: Actor,
    name: str,
    bio: str,
    *,
    error: str | None = None,
    saved: bool = False,
) -> ASGIResponse:
    used, allowed = await visit.parts.media.used(actor.id), visit.parts.media.allowed
    files = f"{used.files} files, {in_words(used.size_bytes)}"
    if allowed is not None:
        files += f", of at most {allowed.most_files} and {in_words(allowed.most_bytes)}"
    return await visit.page(
        "settings.html",
        status=422 if error else 200,
        actor=actor,
        name=name,
        bio=bio,
        error=error,
        saved=saved,
        files=files,
    )


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
        return await _page(visit, actor, name, bio, error=str(refused))
    await parts.db.write(edit_profile, parts.server, actor.id, changed)
    return redirect("/settings/profile?saved")


ROUTES = (
    Route("GET", "/settings/profile", show),
    Route("POST", "/settings/profile", save),
)
