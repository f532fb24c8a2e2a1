"""What somebody keeps: shelves, lists of books, playlists, libraries, and what stands on each."""

from litestar.response.base import ASGIResponse
from msgspec import Struct

from weft.domain.actors.records import Actor
from weft.domain.items.records import ItemKind, item_facets
from weft.domain.pins.queries import CollectionKind
from weft.domain.posts.queries import posts_by_uris, posts_for
from weft.domain.shelves.queries import places_on, shelf_for, shelves_of
from weft.domain.shelves.records import MOST_SHELVES, Place, Shelf, place_facets, shelf_facets
from weft.domain.visibility.viewer import kind_of, viewer_params
from weft.storage.ids import MAX_ID
from weft.web.pages.finding import person_of
from weft.web.rendering import reading_policy
from weft.web.visits import PageError, Route, Visit

LIMIT = 40
_GONE = PageError(404, "This shelf is not here. It may be gone, or not for everybody.", "Not found")
_WORDS = {
    CollectionKind.SHELF: "Shelf",
    CollectionKind.BOOKS: "List of books",
    CollectionKind.PLAYLIST: "Playlist",
    CollectionKind.LIBRARY: "Library",
}


class ShelfCard(Struct, frozen=True):
    id: int
    name: str
    word: str
    size: int
    missing: int
    """How many more its own server counts."""
    summary: str
    url: str | None


class Thing(Struct, frozen=True):
    """One line of a shelf."""

    title: str
    link: str | None
    by: str
    cover: str | None
    span: str
    note: str


async def shelves(visit: Visit) -> ASGIResponse:
    """GET /@name/shelves"""
    actor = await person_of(visit, visit.path("handle"))
    rows = await visit.parts.db.all(
        shelves_of,
        who=kind_of(visit.viewer),
        of_owner=actor.id,
        limit=MOST_SHELVES,
        **_viewer(visit),
    )
    return await visit.page(
        "shelves.html",
        security=reading_policy(),
        actor=actor,
        heading=f"Shelves of {actor.name}",
        shelves=[_card(each) for each in rows],
    )


async def shelf(visit: Visit) -> ASGIResponse:
    """GET /@name/shelves/ID"""
    actor, typed = await person_of(visit, visit.path("handle")), visit.path("id")
    if not typed.isascii() or not typed.isdigit() or len(typed) > 16 or int(typed) > MAX_ID:
        raise _GONE
    db = visit.parts.db
    found: Shelf | None = await db.one(
        shelf_for, who=kind_of(visit.viewer), id=int(typed), **_viewer(visit)
    )
    if found is None or found.owner_id != actor.id:
        raise _GONE
    position, after = _from(visit.query.get("from", ""))
    rows: list[Place] = await db.all(
        places_on, of_shelf=found.id, position=position, after=after, limit=LIMIT
    )
    openings = visit.parts.openings
    progress = await openings.shelf(found, me=visit.me, address=visit.address)
    path: str = visit.request.scope["path"]
    last = rows[-1] if len(rows) == LIMIT else None
    return await visit.page(
        "shelf.html",
        security=reading_policy(),
        actor=actor,
        shelf=_card(found),
        progress=progress,
        things=await _things(visit, actor, rows),
        older=f"{path}?from={last.position}-{last.id}" if last is not None else None,
    )


def _viewer(visit: Visit) -> dict[str, int | str]:
    return viewer_params(visit.viewer, visit.parts.server.now_ms(), "show")


def _from(typed: str) -> tuple[int, int]:
    """Behind which place a page begins: ``POSITION-ID``."""
    position, _, after = typed.partition("-")
    given = [each for each in (position, after) if each.isascii() and each.isdigit()]
    if len(given) < 2 or max(map(len, given)) > 16:
        return -1, 0
    return min(int(position), MAX_ID), min(int(after), MAX_ID)


def _card(shelf: Shelf) -> ShelfCard:
    facets = shelf_facets(shelf.facets)
    return ShelfCard(
        id=shelf.id,
        name=shelf.name or "Without a name",
        word=_WORDS.get(CollectionKind(shelf.kind), "Shelf"),
        size=shelf.size,
        missing=max((facets.total or 0) - shelf.size, 0),
        summary=shelf.summary or "",
        url=facets.url or shelf.uri,
    )


async def _things(visit: Visit, owner: Actor, rows: list[Place]) -> list[Thing]:
    """What is a post here is linked here, as far as the visitor may see it."""
    uris = [each.item_uri for each in rows if each.item_kind == ItemKind.VIDEO and each.item_uri]
    posts = {}
    if uris:
        known = await visit.parts.db.all(posts_by_uris, uris=uris)
        seen = await visit.parts.db.all(
            posts_for,
            who=kind_of(visit.viewer),
            purpose="show",
            ids=[each.id for each in known],
            **_viewer(visit),
        )
        posts = {each.uri: each for each in seen}
    things = []
    for row in rows:
        said, facets = place_facets(row.facets), item_facets(row.item_facets)
        post = posts.get(row.item_uri or "")
        gone = row.item_uri is not None and row.item_uri == row.uri
        title = row.title or (post.title if post is not None else None) or row.item_uri or ""
        things.append(
            Thing(
                title="No longer there" if gone else title,
                link=None if gone else facets.url or (post.url if post else None) or row.item_uri,
                by=", ".join(each.name for each in facets.creators),
                cover=facets.cover_url,
                span=_span(said.start_ms, said.stop_ms),
                note=said.note,
            )
        )
    return things


def _span(start: int | None, stop: int | None) -> str:
    if start is None and stop is None:
        return ""
    begin, end = (_clock(each) if each is not None else "" for each in (start or 0, stop))
    return f"From {begin} to {end}" if end else f"From {begin}"


def _clock(milliseconds: int) -> str:
    seconds = milliseconds // 1000
    return f"{seconds // 60}:{seconds % 60:02d}"


ROUTES = (
    Route("GET", "/{handle:str}/shelves", shelves),
    Route("GET", "/{handle:str}/shelves/{id:str}", shelf),
)
