"""What somebody listened to, newest first."""

from litestar.response.base import ASGIResponse
from msgspec import Struct

from weft.domain.items.records import item_facets
from weft.domain.listens.queries import listens_of
from weft.domain.listens.records import Listening, listen_of
from weft.domain.visibility.viewer import kind_of, viewer_params
from weft.web.pages.cards import moment
from weft.web.pages.finding import person_of
from weft.web.pages.paging import LIMIT, older, span
from weft.web.rendering import reading_policy
from weft.web.visits import Route, Visit


class Piece(Struct, frozen=True):
    title: str
    by: str
    album: str
    link: str | None
    time: str
    time_words: str


async def listens(visit: Visit) -> ASGIResponse:
    """GET /@name/listens"""
    actor = await person_of(visit, visit.path("handle"))
    rows = await visit.parts.db.all(
        listens_of,
        who=kind_of(visit.viewer),
        of_actor=actor.id,
        max_id=span(visit).max_id,
        limit=LIMIT,
        **viewer_params(visit.viewer, visit.parts.server.now_ms(), "show"),
    )
    return await visit.page(
        "listens.html",
        security=reading_policy(),
        actor=actor,
        heading=f"What {actor.name} listened to",
        pieces=[_piece(each) for each in rows],
        older=older(visit, [each.id for each in rows]),
    )


def _piece(row: Listening) -> Piece:
    said, facets = listen_of(row), item_facets(row.item_facets)
    machine, words = moment(row.listened_at)
    return Piece(
        title=row.item_title or said.title or row.item_uri or "",
        by=", ".join(each.name for each in facets.creators) or said.artist or "",
        album=said.album or "",
        link=facets.url or said.url or row.item_uri,
        time=machine,
        time_words=words,
    )


ROUTES = (Route("GET", "/{handle:str}/listens", listens),)
