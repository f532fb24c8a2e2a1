"""Collections: people whom somebody recommends, with their leave."""

from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar.response.base import ASGIResponse
from msgspec import UNSET

from weft.domain.actors.queries import actor_by_id
from weft.domain.actors.records import Actor
from weft.domain.collections.asking import leave_collection
from weft.domain.collections.keep import (
    add_member,
    change_collection,
    entry_in,
    make_collection,
    remove_collection,
    remove_member,
)
from weft.domain.collections.queries import (
    collection_by_id,
    collections_for,
    collections_of,
    collections_with,
)
from weft.domain.collections.records import (
    LIST_LENGTH,
    MOST_MEMBERS,
    Collection,
    CollectionWishes,
    Entry,
    EntryState,
)
from weft.domain.visibility.viewer import kind_of, viewer_params
from weft.platforms.mastodon.api.discovery import read_offset
from weft.platforms.mastodon.api.entities.collection import (
    accounts_for,
    collection_entities,
    item_entity,
)
from weft.platforms.mastodon.api.errors import NOT_ALLOWED, ApiError, BadParameter, not_found
from weft.platforms.mastodon.api.records import actor_of, own_actor
from weft.platforms.mastodon.api.refreshes import profile_header
from weft.platforms.mastodon.api.routing import Call, Route, json
from weft.storage.database import Tx

_DEEPEST = 10_000


def _viewer(call: Call) -> dict[str, Any]:
    params = viewer_params(call.viewer, call.api.parts.server.now_ms(), "show")
    return {"who": kind_of(call.viewer), **params}


async def _shown(call: Call) -> Collection:
    """The collection of the path, if who calls may see it."""
    row = await call.db.one(collections_for, ids=[call.path_id()], **_viewer(call))
    if row is None:
        raise not_found()
    return row


async def visible_collections(call: Call, ids: list[int]) -> list[Collection]:
    """Those of ``ids`` that who calls may see."""
    return await call.db.all(collections_for, ids=ids, **_viewer(call)) if ids else []


def _wishes(call: Call) -> CollectionWishes:
    params = call.params

    def flag(name: str) -> Any:
        return params.flag(name) if params.has(name) else UNSET

    def text(name: str) -> Any:
        return params.text(name) or "" if params.has(name) else UNSET

    return CollectionWishes(
        name=text("name"),
        summary=text("description"),
        language=text("language"),
        sensitive=flag("sensitive"),
        discoverable=flag("discoverable"),
        tag=text("tag_name"),
    )


async def _answer(call: Call, row: Collection) -> ASGIResponse:
    [entity] = await collection_entities(call.api, call.viewer, [row])
    return json({"collection": entity})


async def create(call: Call) -> ASGIResponse:
    """POST /collections"""
    members = call.params.ids("account_ids")
    if len(members) > MOST_MEMBERS:
        raise BadParameter(f"account_ids may have at most {MOST_MEMBERS} entries.")
    owner = await own_actor(call)
    made = await call.db.write(
        make_collection, call.api.parts.server, owner, _wishes(call), members
    )
    return await _answer(call, made)


async def show(call: Call) -> ASGIResponse:
    """GET /collections/:id: with the accounts of its owner and of everybody in it."""
    row = await _shown(call)
    [entity] = await collection_entities(call.api, call.viewer, [row])
    people = [row.owner_id, *(int(each["account_id"]) for each in entity["items"])]
    found = await accounts_for(call.api, call.viewer_id, list(dict.fromkeys(people)))
    return json({"collection": entity, "accounts": [msgspec.Raw(each) for each in found]})


async def change(call: Call) -> ASGIResponse:
    """PATCH /collections/:id: what is not named stays."""
    await _own(call)
    row = await call.db.write(_change, call, _wishes(call))
    return await _answer(call, row)


async def _change(tx: Tx, call: Call, wishes: CollectionWishes) -> Collection:
    known = await _still_own(tx, call, call.path_id())
    return await change_collection(tx, call.api.parts.server, known, wishes)


async def destroy(call: Call) -> ASGIResponse:
    """DELETE /collections/:id"""
    await _own(call)
    await call.db.write(_destroy, call)
    return json({})


async def _destroy(tx: Tx, call: Call) -> None:
    known = await _still_own(tx, call, call.path_id())
    await remove_collection(tx, call.api.parts.server, known)


async def _own(call: Call) -> Collection:
    """The collection of the path; 403 where it is somebody else's."""
    row = await _shown(call)
    if row.owner_id != call.me:
        raise ApiError(403, NOT_ALLOWED)
    return row


async def _still_own(tx: Tx, call: Call, collection_id: int) -> Collection:
    known: Collection | None = await tx.one(collection_by_id, id=collection_id)
    if known is None or known.owner_id != call.me:
        raise not_found()
    return known


async def add(call: Call) -> ASGIResponse:
    """POST /collections/:id/items"""
    await _own(call)
    target = call.params.id("account_id")
    if target is None:
        raise BadParameter("account_id is missing: whom to add.")
    person = await call.db.one(actor_by_id, id=target)
    if person is None or not person.stands:
        raise not_found()
    entry = await call.db.write(_add, call, await own_actor(call), target)
    return json({"collection_item": item_entity(entry)})


async def _add(tx: Tx, call: Call, owner: Actor, target: int) -> Entry:
    known = await _still_own(tx, call, call.path_id())
    return await add_member(tx, call.api.parts.server, owner, known, target)


async def remove(call: Call) -> ASGIResponse:
    """DELETE /collections/:collection_id/items/:id"""
    await _own(call)
    if not await call.db.write(_remove, call, call.path_id("item_id")):
        raise not_found()
    return json({})


async def _remove(tx: Tx, call: Call, entry_id: int) -> bool:
    known = await _still_own(tx, call, call.path_id())
    entry = await entry_in(tx, known.id, entry_id)
    # Who took the leave back stays known for that, so that they are not asked again.
    if entry is None or entry.state == EntryState.REVOKED:
        return False
    await remove_member(tx, call.api.parts.server, known, entry)
    return True


async def revoke(call: Call) -> ASGIResponse:
    """POST /collections/:collection_id/items/:id/revoke: one does not want to be in it."""
    row = await _shown(call)
    if not await call.db.write(_revoke, call, row.id, call.path_id("item_id")):
        raise not_found()
    return json({})


async def _revoke(tx: Tx, call: Call, collection_id: int, entry_id: int) -> bool:
    known: Collection | None = await tx.one(collection_by_id, id=collection_id)
    entry = await entry_in(tx, collection_id, entry_id)
    if known is None or entry is None:
        return False
    if entry.target_id != call.me:
        raise ApiError(403, NOT_ALLOWED)
    return await leave_collection(tx, call.api.parts.server, known, entry)


async def of_account(call: Call) -> ASGIResponse:
    """GET /accounts/:id/collections: what they show on their profile; of one's own, all."""
    owner = await actor_of(call)
    openings = call.api.parts.openings
    progress = await openings.profile(owner, me=call.viewer_id, address=call.address)
    return await _listed(
        call,
        collections_of,
        profile_header(owner.id, progress),
        unlisted_too=owner.id == call.viewer_id,
        of_owner=owner.id,
    )


async def with_account(call: Call) -> ASGIResponse:
    """GET /accounts/:id/in_collections: only of oneself."""
    person = await actor_of(call)
    if person.id != call.me:
        raise ApiError(403, NOT_ALLOWED)
    return await _listed(call, collections_with, {}, member=person.id)


async def _listed(call: Call, statement: Any, headers: dict[str, str], **more: Any) -> ASGIResponse:
    limit = call.params.limit(40, LIST_LENGTH)
    offset = read_offset(call.params, _DEEPEST)
    rows: list[Collection] = await call.db.all(
        statement, offset=offset, limit=limit + 1, **more, **_viewer(call)
    )
    base = call.api.parts.server.origin + call.request.scope["path"]
    links = []
    if len(rows) > limit:
        query = urlencode({"limit": limit, "offset": offset + limit})
        links.append(f'<{base}?{query}>; rel="next"')
    if offset:
        query = urlencode({"limit": limit, "offset": max(offset - limit, 0)})
        links.append(f'<{base}?{query}>; rel="prev"')
    entities = await collection_entities(call.api, call.viewer, rows[:limit])
    return json({"collections": entities}, headers | ({"link": ", ".join(links)} if links else {}))


_READ, _WRITE = "read:collections", "write:collections"


def _routes(version: str) -> list[Route]:
    """``v1_alpha`` is what apps called it before 4.6."""
    all_, account = f"/api/{version}/collections", f"/api/{version}/accounts/{{id:str}}"
    one, items = f"{all_}/{{id:str}}", f"{all_}/{{id:str}}/items"
    return [
        Route("POST", all_, create, _WRITE),
        Route("GET", one, show, _READ, "anyone"),
        Route("PATCH", one, change, _WRITE),
        Route("DELETE", one, destroy, _WRITE),
        Route("POST", items, add, _WRITE),
        Route("DELETE", f"{items}/{{item_id:str}}", remove, _WRITE),
        Route("POST", f"{items}/{{item_id:str}}/revoke", revoke, _WRITE),
        Route("GET", f"{account}/collections", of_account, _READ, "anyone"),
        Route("GET", f"{account}/in_collections", with_account, _READ),
    ]


ROUTES = [*_routes("v1"), *_routes("v1_alpha")]
