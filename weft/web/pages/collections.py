"""Collections of people: one with everybody in it, and those that somebody shows on their profile."""

from dataclasses import dataclass
from typing import Any

from litestar.response.base import ASGIResponse

from weft.domain.actors.queries import actors_by_ids
from weft.domain.actors.records import Actor
from weft.domain.collections.asking import leave_collection
from weft.domain.collections.queries import (
    collection_by_id,
    collections_for,
    collections_of,
    entries_for,
    entry_of,
)
from weft.domain.collections.records import (
    LIST_LENGTH,
    Collection,
    EntryState,
    collection_facets,
)
from weft.domain.relations.queries import FollowState, follows_from
from weft.domain.visibility.viewer import kind_of, viewer_params
from weft.storage.database import Tx
from weft.storage.ids import MAX_ID
from weft.web.pages.finding import person_of
from weft.web.pages.previews import Preview, face, shortened
from weft.web.rendering import reading_policy, redirect
from weft.web.visits import PageError, Route, Visit

_GONE = PageError(
    404, "This collection is not here. It may have been deleted, or is not for you.", "Not found"
)

_WORDS = {FollowState.PENDING: "asked", FollowState.ACCEPTED: "following"}


@dataclass(frozen=True, slots=True)
class Member:
    actor: Actor
    relation: str | None
    """``none``, ``asked`` or ``following``; None where nobody could follow."""


def _asked(visit: Visit) -> dict[str, Any]:
    now = visit.parts.server.now_ms()
    return {"who": kind_of(visit.viewer), **viewer_params(visit.viewer, now, "show")}


async def _collection_for(visit: Visit) -> Collection:
    """The collection of the path, if the visitor may see it; others' only for who is signed in."""
    typed = visit.path("id")
    if not typed.isascii() or not typed.isdigit() or len(typed) > 16 or int(typed) > MAX_ID:
        raise _GONE
    rows = await visible_collections(visit, [int(typed)])
    if not rows:
        raise _GONE
    return rows[0]


async def show(visit: Visit) -> ASGIResponse:
    """GET /collections/ID"""
    row, db = await _collection_for(visit), visit.parts.db
    entries = [
        each
        for each in await db.all(entries_for, ids=[row.id], **_asked(visit))
        if each.state == EntryState.ACCEPTED
    ]
    people = [each.target_id for each in entries]
    by_id = {each.id: each for each in await db.all(actors_by_ids, ids=[row.owner_id, *people])}
    owner = by_id.get(row.owner_id)
    if owner is None:
        raise _GONE
    relations = await _relations(visit, people)
    facets = collection_facets(row.facets)
    return await visit.page(
        "collection.html",
        security=reading_policy(),
        preview=_preview(visit, row, owner, len(people)),
        collection=row,
        owner=owner,
        language=facets.language,
        sensitive=facets.sensitive,
        tag=facets.tag,
        members=[Member(by_id[each], relations.get(each)) for each in people if each in by_id],
        is_in_it=visit.me in people,
        findable=row.discoverable and owner.indexable,
    )


async def _relations(visit: Visit, people: list[int]) -> dict[int, str]:
    if visit.me is None:
        return {}
    others = [each for each in people if each != visit.me]
    edges = await visit.parts.db.all(follows_from, me=visit.me, others=others)
    words = {each.target_id: _WORDS[FollowState(each.state)] for each in edges}
    return dict.fromkeys(others, "none") | words


def _preview(visit: Visit, row: Collection, owner: Actor, count: int) -> Preview:
    handle = f"@{owner.username}@{owner.domain}"
    people = "one person" if count == 1 else f"{count} people"
    said = (
        f"{row.summary} · " if row.summary and not collection_facets(row.facets).sensitive else ""
    )
    return Preview(
        title=f"{row.name} ({people})",
        description=shortened(f"{said}Recommended by {owner.name} ({handle})"),
        url=row.url or row.uri,
        image=face(visit, owner),
        creator=handle,
        document=row.uri if row.local else None,
    )


async def visible_collections(visit: Visit, ids: list[int]) -> list[Collection]:
    """Those of ``ids`` whose page the visitor is shown."""
    rows: list[Collection] = await visit.parts.db.all(collections_for, ids=ids, **_asked(visit))
    return [row for row in rows if row.local or visit.me is not None]


async def leave(visit: Visit) -> ASGIResponse:
    """POST /collections/ID/leave: one does not want to be in it any more."""
    me = visit.must_be_signed_in()
    visit.check_form()
    row = await _collection_for(visit)
    if not await visit.parts.db.write(_leave, visit, row.id, me):
        raise PageError(422, "You are not in this collection.")
    return redirect(f"/collections/{row.id}")


async def _leave(tx: Tx, visit: Visit, collection_id: int, me: int) -> bool:
    known: Collection | None = await tx.one(collection_by_id, id=collection_id)
    entry = await tx.one(entry_of, of_collection=collection_id, member=me)
    if known is None or entry is None:
        return False
    return await leave_collection(tx, visit.parts.server, known, entry)


async def of_person(visit: Visit) -> ASGIResponse:
    """GET /@name/collections: what they show on their profile; of one's own, all."""
    owner = await person_of(visit, visit.path("handle"))
    return await visit.page(
        "collections.html",
        security=reading_policy(),
        owner=owner,
        collections=await shown_by(visit, owner, LIST_LENGTH),
    )


async def shown_by(visit: Visit, owner: Actor, limit: int) -> list[Collection]:
    """The newest collections of somebody, as far as the visitor is shown them."""
    return await visit.parts.db.all(
        collections_of,
        unlisted_too=owner.id == visit.me,
        of_owner=owner.id,
        offset=0,
        limit=limit,
        **_asked(visit),
    )


ROUTES = (
    Route("GET", "/collections/{id:str}", show),
    Route("POST", "/collections/{id:str}/leave", leave, for_members=True),
    Route("GET", "/{handle:str}/collections", of_person),
)
