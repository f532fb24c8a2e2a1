"""Collection: people whom somebody recommends; and FeatureApproval: who may recommend somebody."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from weft.domain.collections.found import MARK, linked_collections
from weft.domain.collections.policy import feature_leave, feature_policy
from weft.domain.collections.queries import collections_for, entries_for, policies_of
from weft.domain.collections.records import Collection, Entry, EntryState, collection_facets
from weft.domain.posts.records import Post
from weft.domain.relations.queries import FollowState, follows_from, follows_to
from weft.domain.visibility.viewer import Local, Viewer, kind_of, viewer_params
from weft.platforms.mastodon.api.entities.account import render_accounts
from weft.platforms.mastodon.api.entities.tag import tag_url
from weft.platforms.mastodon.api.entities.values import iso
from weft.platforms.mastodon.api.routing import Api

_STATES = {
    EntryState.PENDING: "pending",
    EntryState.ACCEPTED: "accepted",
    EntryState.REJECTED: "rejected",
    EntryState.REVOKED: "revoked",
}
_encode = msgspec.json.Encoder().encode
_CIRCLES = frozenset({"followers", "following"})


def item_entity(entry: Entry) -> dict[str, Any]:
    """CollectionItem"""
    return {
        "id": str(entry.id),
        "account_id": str(entry.target_id),
        "state": _STATES[EntryState(entry.state)],
        "created_at": iso(entry.created_at),
    }


async def collection_entities(
    api: Api, viewer: Viewer, rows: Sequence[Collection]
) -> list[dict[str, Any]]:
    """In the order of ``rows``. Who was asked and has not answered is shown to the owner alone."""
    entries: dict[int, list[Entry]] = {row.id: [] for row in rows}
    if not rows:
        return []
    me = viewer.actor_id if isinstance(viewer, Local) else None
    owners = {row.id: row.owner_id for row in rows}
    params = viewer_params(viewer, api.parts.server.now_ms(), "show")
    for each in await api.parts.db.all(
        entries_for, who=kind_of(viewer), ids=list(entries), **params
    ):
        if each.state == EntryState.ACCEPTED or owners[each.collection_id] == me:
            entries[each.collection_id].append(each)
    return [_entity(api, row, entries[row.id]) for row in rows]


def _entity(api: Api, row: Collection, entries: list[Entry]) -> dict[str, Any]:
    facets = collection_facets(row.facets)
    tag = None
    if facets.tag is not None:
        url = tag_url(api.parts.server.origin, facets.tag.name)
        tag = {"name": facets.tag.display, "url": url}
    return {
        "id": str(row.id),
        "account_id": str(row.owner_id),
        "uri": row.uri,
        "url": row.url,
        "name": row.name,
        "description": row.summary or "",
        "language": facets.language,
        "local": row.local,
        "sensitive": facets.sensitive,
        "discoverable": row.discoverable,
        "tag": tag,
        "item_count": len(entries),
        "items": [item_entity(each) for each in entries],
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
    }


async def collections_linked(
    api: Api, viewer: Viewer, posts: Iterable[Post]
) -> dict[int, list[dict[str, Any]]]:
    """By post id, the collections that it links to, as far as the viewer may see them. No statement
    for posts that link to none."""
    linking = [post for post in posts if MARK in post.content]
    if not linking:
        return {}
    found = await linked_collections(
        api.parts.db,
        viewer,
        api.parts.server.now_ms(),
        ((post.id, post.content) for post in linking),
    )
    rows = {row.id: row for each in found.values() for row in each}
    entities = await collection_entities(api, viewer, list(rows.values()))
    by_id = dict(zip(rows, entities, strict=True))
    return {id_: [by_id[row.id] for row in each] for id_, each in found.items() if each}


async def collections_by_id(
    api: Api, viewer: Viewer, ids: Iterable[int]
) -> dict[int, dict[str, Any]]:
    """Those that the viewer may see."""
    params = viewer_params(viewer, api.parts.server.now_ms(), "show")
    rows: list[Collection] = await api.parts.db.all(
        collections_for, who=kind_of(viewer), ids=list(ids), **params
    )
    entities = await collection_entities(api, viewer, rows)
    return {row.id: entity for row, entity in zip(rows, entities, strict=True)}


async def accounts_for(api: Api, me: int | None, ids: list[int]) -> list[bytes]:
    """Accounts in the order of ``ids``, each with whether ``me`` may put them into a collection;
    at most three statements more than without."""
    pieces = await render_accounts(api, ids)
    if not pieces:
        return []
    approvals = await _approvals(api, me, ids)
    ends = {each: b',"feature_approval":' + piece + b"}" for each, piece in approvals.items()}
    return [piece[:-1] + ends[id_] if id_ in ends else piece for id_, piece in _named(pieces)]


class _Id(msgspec.Struct):
    id: str


def _named(pieces: list[bytes]) -> list[tuple[int, bytes]]:
    """Those that are gone were left out: whose piece each is, it says itself."""
    return [(int(msgspec.json.decode(piece, type=_Id).id), piece) for piece in pieces]


async def _approvals(api: Api, me: int | None, ids: list[int]) -> dict[int, bytes]:
    rows = await api.parts.db.all(policies_of, ids=list(dict.fromkeys(ids)))
    policies = {row.id: feature_policy(row) for row in rows}
    # Most are for all or for nobody; then it does not matter who follows whom.
    asked = [
        id_
        for id_, policy in policies.items()
        if policy is not None and _CIRCLES & {*policy.automatic, *policy.manual}
    ]
    follows: set[int] = set()
    followed: set[int] = set()
    if me is not None and asked:
        for edge in await api.parts.db.all(follows_from, me=me, others=asked):
            if edge.state == FollowState.ACCEPTED:
                follows.add(edge.target_id)
        for edge in await api.parts.db.all(follows_to, me=me, others=asked):
            if edge.state == FollowState.ACCEPTED:
                followed.add(edge.follower_id)
    found = {}
    for row in rows:
        policy = policies[row.id]
        given = feature_leave(
            row, asker_id=me, follows=row.id in follows, followed=row.id in followed
        )
        found[row.id] = _encode(
            {
                "automatic": policy.automatic if policy is not None else [],
                "manual": policy.manual if policy is not None else [],
                "current_user": given,
            }
        )
    return found
