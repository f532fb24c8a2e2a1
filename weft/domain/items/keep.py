"""Keeping the catalogue: each item as its own server describes it."""

from weft.domain.actors.records import stored_facets
from weft.domain.items.queries import (
    delete_item,
    drop_credits,
    empty_places,
    holder_of,
    insert_credit,
    insert_external,
    insert_item,
    item_by_uri,
    items_by_uris,
    kept_by_nobody,
    unparent,
    update_item,
)
from weft.domain.items.records import MOST_CREDITED, MOST_EXTERNALS, DescribedItem, Item, ItemKind
from weft.domain.server import Server
from weft.storage.database import Database, Tx

_UNUSED_MS = 24 * 3_600_000
_STEP = 200
_SAME = "isbn13"
"""What two editions with the same are one by."""


async def keep_item(tx: Tx, server: Server, described: DescribedItem) -> int:
    """The id of the item, new or brought up to date. Whoever calls has seen that its own server
    describes it so; what has no title yet only holds the place."""
    known: Item | None = await tx.one(item_by_uri, uri=described.uri)
    if known is not None and not described.title:
        return known.id
    now = server.now_ms()
    parent_id = await _parent(tx, described)
    values = {
        "kind": described.kind,
        "title": described.title,
        "sort_title": described.sort_title,
        "parent_id": parent_id,
        "facets": stored_facets(described.facets),
        "updated_at": now,
    }
    if known is not None:
        unchanged = (known.kind, known.title, known.parent_id, known.facets) == (
            described.kind, described.title, parent_id, values["facets"],
        )  # fmt: skip
        if not unchanged:
            await tx.run(update_item, of_item=known.id, **values)
        id_ = known.id
    else:
        id_ = tx.new_id()
        await tx.run(
            insert_item,
            id=id_,
            num=await tx.next_num("item"),
            uri=described.uri,
            merged_into_id=await _same(tx, described),
            created_at=now,
            **values,
        )
    for scheme, value in described.externals[:MOST_EXTERNALS]:
        await tx.run(insert_external, scheme=scheme, value=value, item_id=id_)
    await _credit(tx, id_, described)
    return id_


async def _parent(tx: Tx, described: DescribedItem) -> int | None:
    if described.parent_uri is None or described.parent_uri == described.uri:
        return None
    parent = await tx.one(item_by_uri, uri=described.parent_uri)
    return parent.id if parent is not None else None


async def _same(tx: Tx, described: DescribedItem) -> int | None:
    """What was here first with the same ISBN: told, never shown in its stead."""
    for scheme, value in described.externals:
        if scheme == _SAME and described.kind is ItemKind.EDITION:
            row = await tx.one(holder_of, scheme=scheme, value=value)
            return row[0] if row is not None else None
    return None


async def _credit(tx: Tx, item_id: int, described: DescribedItem) -> None:
    """Who made it, of those who are in the catalogue."""
    if not described.credited:
        return
    uris = list(dict.fromkeys(described.credited))[:MOST_CREDITED]
    known = {row.uri: row.id for row in await tx.all(items_by_uris, uris=uris)}
    await tx.run(drop_credits, of_item=item_id)
    role = "artist" if described.kind in (ItemKind.ALBUM, ItemKind.TRACK) else "author"
    for position, uri in enumerate(uris):
        if uri in known and known[uri] != item_id:
            await tx.run(
                insert_credit, item_id=item_id, position=position, credited_id=known[uri], role=role
            )


async def remove_item(tx: Tx, item_id: int) -> None:
    """It is gone from its own server: off every shelf."""
    await tx.run(empty_places, of_item=item_id)
    await tx.run(unparent, of_item=item_id)
    await tx.run(delete_item, of_item=item_id)


async def forget_unused(db: Database, server: Server) -> int:
    """Forget what nobody keeps any more; how many went."""
    return await db.write(_forget_some, server.now_ms() - _UNUSED_MS)


async def _forget_some(tx: Tx, before: int) -> int:
    rows = await tx.all(kept_by_nobody, before=before, limit=_STEP)
    for row in rows:
        await remove_item(tx, row[0])
    return len(rows)
