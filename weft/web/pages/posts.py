"""A post's page: what it answers, itself, and what answers it."""

from litestar.response.base import ASGIResponse

from weft.domain.posts.queries import posts_for
from weft.domain.posts.records import Post, PostKind
from weft.domain.posts.thread import ancestors, descendants
from weft.domain.posts.watched import described_views, watched_of
from weft.domain.visibility.viewer import kind_of, viewer_params
from weft.storage.ids import MAX_ID
from weft.web.pages.attending import attendees_page, coming, organises, waiting_page
from weft.web.pages.cards import cards
from weft.web.pages.finding import person_of
from weft.web.pages.paging import span
from weft.web.pages.previews import preview_of_post
from weft.web.rendering import reading_policy
from weft.web.visits import PageError, Route, Visit

_GONE = PageError(
    404,
    "This post is not here. It may have been deleted, or it is not for everybody.",
    "Not found",
)


async def post_for(visit: Visit, typed: str) -> Post:
    """A post by its id, if the visitor may see it.

    Raises:
        PageError: 404.
    """
    if not typed.isascii() or not typed.isdigit() or len(typed) > 16 or int(typed) > MAX_ID:
        raise _GONE
    post = await visit.parts.db.one(
        posts_for,
        who=kind_of(visit.viewer),
        purpose="show",
        ids=[int(typed)],
        **viewer_params(visit.viewer, visit.parts.server.now_ms(), "show"),
    )
    if post is None:
        raise _GONE
    return post


async def show(visit: Visit) -> ASGIResponse:
    """GET /@name/ID"""
    author = await person_of(visit, visit.path("handle"))
    post = await post_for(visit, visit.path("id"))
    if post.author_id != author.id:
        raise _GONE
    openings = visit.parts.openings
    walk = await openings.thread(post, me=visit.me, address=visit.address)
    now, db = visit.parts.server.now_ms(), visit.parts.db
    above = await ancestors(db, visit.viewer, now, post.id)
    below = await descendants(db, visit.viewer, now, post, above)
    shown = await cards(visit, [*above, post, *below])
    middle = next((each for each in shown if each.id == post.id), None)
    if middle is None:
        raise _GONE
    at = shown.index(middle)
    return await visit.page(
        "post.html",
        security=reading_policy(),
        above=shown[:at],
        card=middle,
        below=shown[at + 1 :],
        walk=walk if walk is not None and walk.runs else None,
        preview=preview_of_post(visit, post, middle),
        indexable=author.indexable,
        coming=await coming(visit, post),
        watched=await _watched(visit, post),
    )


async def _watched(visit: Visit, post: Post) -> str:
    """How often a video was seen, and how many watch it now; empty for anything else."""
    if post.kind != PostKind.VIDEO:
        return ""
    found = await visit.parts.db.one(watched_of, of_post=post.id)
    views, viewers = described_views(post), 0
    if found is not None:
        views = max(views, found.views)
        if (found.viewers_until_at or 0) > visit.parts.server.now_ms():
            viewers = found.viewers
    said = [f"{views} {'view' if views == 1 else 'views'}"] if views else []
    if viewers:
        said.append(f"{viewers} watching now")
    return " · ".join(said)


async def who_comes(visit: Visit) -> ASGIResponse:
    """GET /@name/ID/attendees"""
    author, part = await person_of(visit, visit.path("handle")), span(visit)
    post = await post_for(visit, visit.path("id"))
    if post.author_id != author.id or post.kind != PostKind.EVENT:
        raise _GONE
    return await attendees_page(visit, post, part.max_id)


async def who_waits(visit: Visit) -> ASGIResponse:
    """GET /@name/ID/waiting: for who organises the event."""
    author, part = await person_of(visit, visit.path("handle")), span(visit)
    post = await post_for(visit, visit.path("id"))
    if post.author_id != author.id or not organises(visit, post):
        raise _GONE
    return await waiting_page(visit, author, post, part.max_id)


ROUTES = (
    Route("GET", "/{handle:str}/{id:str}", show),
    Route("GET", "/{handle:str}/{id:str}/attendees", who_comes),
    Route("GET", "/{handle:str}/{id:str}/waiting", who_waits),
)
