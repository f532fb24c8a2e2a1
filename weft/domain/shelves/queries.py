"""The statements behind shelves."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Delete,
    Insert,
    Select,
    Update,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)

from weft.domain.items.queries import OF_ITEMS
from weft.domain.pins.queries import CollectionKind
from weft.domain.shelves.records import Place, Shelf
from weft.domain.visibility.shelves import shown_of
from weft.domain.visibility.viewer import ViewerKind
from weft.storage.schema.actors import actor
from weft.storage.schema.collections import collection, collection_entry, item
from weft.storage.statements import any_of, query

_FIRST_KIND: ColumnElement[int] = literal_column(str(int(CollectionKind.SHELF)))
_LAST_KIND: ColumnElement[int] = literal_column(str(int(CollectionKind.LIBRARY)))
_IS_THERE: ColumnElement[int] = literal_column("1")
IS_SHELF: ColumnElement[bool] = collection.c.kind.between(_FIRST_KIND, _LAST_KIND)
_SHELF = [
    *(collection.c[name] for name in Shelf.__struct_fields__[:-2]),
    actor.c.local,
    actor.c.uri,
]
_PLACE = [
    *(collection_entry.c[name] for name in Place.__struct_fields__[:-4]),
    item.c.kind,
    item.c.uri,
    item.c.title,
    item.c.facets,
]


def _shelves() -> Select[Any]:
    return select(*_SHELF).join(actor, actor.c.id == collection.c.owner_id).where(IS_SHELF)


def _places() -> Select[Any]:
    return (
        select(*_PLACE)
        .join(item, item.c.id == collection_entry.c.target_id)
        .where(collection_entry.c.target_kind == OF_ITEMS)
    )


@query(row=Shelf, bounded=True)
def shelf_by_uri() -> Select:
    """Whoever asks: for those who work on it."""
    return _shelves().where(collection.c.uri == bindparam("uri"))


@query(row=Shelf, bounded=True)
def shelf_by_id() -> Select:
    return _shelves().where(collection.c.id == bindparam("id"))


@query(row=Shelf, bounded=True)
def shelf_for(*, who: ViewerKind) -> Select:
    """The shelf of this id, if the viewer may see it."""
    return _shelves().where(
        collection.c.id == bindparam("id"), shown_of(actor, collection.c.visibility, who=who)
    )


@query(row=Shelf, bounded=True)
def favourites_of() -> Select:
    """The shelf of what ``:of_owner`` likes best."""
    return (
        _shelves()
        .where(
            collection.c.owner_id == bindparam("of_owner"),
            collection.c.kind == _FIRST_KIND,
            collection.c.uri.is_(None),
        )
        .limit(1)
    )


@query(row=Shelf, bounded=True)
def shelves_of(*, who: ViewerKind) -> Select:
    """The shelves of ``:of_owner`` that the viewer may see, by kind, the oldest first."""
    return (
        _shelves()
        .where(
            collection.c.owner_id == bindparam("of_owner"),
            shown_of(actor, collection.c.visibility, who=who),
        )
        .order_by(collection.c.kind, collection.c.id)
        .limit(bindparam("limit"))
    )


@query(bounded=True)
def count_shelves() -> Select:
    return (
        select(func.count())
        .select_from(collection)
        .where(collection.c.owner_id == bindparam("of_owner"), IS_SHELF)
    )


@query(row=Place, bounded=True)
def place_by_uri() -> Select:
    return _places().where(collection_entry.c.uri == bindparam("uri"))


@query(row=Place, bounded=True)
def place_of_item() -> Select:
    """Where an item stands on a shelf, for the first time."""
    return (
        _places()
        .where(
            collection_entry.c.collection_id == bindparam("of_shelf"),
            collection_entry.c.target_id == bindparam("of_item"),
        )
        .order_by(collection_entry.c.nth)
        .limit(1)
    )


@query(row=Place, bounded=True)
def places_on() -> Select:
    """A page of what stands on a shelf, in its order, behind the place (``:position``, ``:after``)."""
    at = collection_entry.c.position
    return (
        _places()
        .where(
            collection_entry.c.collection_id == bindparam("of_shelf"),
            collection_entry.c.state == _IS_THERE,
            at >= bindparam("position"),
            (at > bindparam("position")) | (collection_entry.c.id > bindparam("after")),
        )
        .order_by(at, collection_entry.c.id)
        .limit(bindparam("limit"))
    )


@query(bounded=True)
def uris_on() -> Select:
    """Place and its uri, of all on a shelf: it has a limit of its own."""
    return select(
        collection_entry.c.id, collection_entry.c.uri, collection_entry.c.target_id,
        collection_entry.c.facets,
    ).where(
        collection_entry.c.collection_id == bindparam("of_shelf"),
        collection_entry.c.target_kind == OF_ITEMS,
    )  # fmt: skip


@query(bounded=True)
def last_position() -> Select:
    """How many places a shelf has, and the last position."""
    return select(func.count(), func.max(collection_entry.c.position)).where(
        collection_entry.c.collection_id == bindparam("of_shelf")
    )


@query(bounded=True)
def next_nth() -> Select:
    """The number for another place of an item on a shelf; no row if it has none."""
    return (
        select(collection_entry.c.nth + 1)
        .where(
            collection_entry.c.collection_id == bindparam("of_shelf"),
            collection_entry.c.target_kind == OF_ITEMS,
            collection_entry.c.target_id == bindparam("of_item"),
        )
        .order_by(collection_entry.c.nth.desc())
        .limit(1)
    )


@query()
def insert_shelf() -> Insert:
    names = (
        "id", "num", "owner_id", "kind", "uri", "name", "summary", "visibility", "facets",
        "created_at", "updated_at",
    )  # fmt: skip
    return insert(collection).values({name: bindparam(name) for name in names})


@query()
def update_shelf() -> Update:
    names = ("name", "summary", "visibility", "facets", "updated_at")
    return (
        update(collection)
        .where(collection.c.id == bindparam("of_shelf"))
        .values({name: bindparam(name) for name in names})
    )


@query()
def count_places() -> Update:
    """Notes how many are on a shelf."""
    there = (
        select(func.count())
        .select_from(collection_entry)
        .where(
            collection_entry.c.collection_id == collection.c.id,
            collection_entry.c.state == _IS_THERE,
        )
        .scalar_subquery()
    )
    return update(collection).where(collection.c.id == bindparam("of_shelf")).values(size=there)


@query()
def delete_shelf() -> Delete:
    """Its places go with it."""
    return delete(collection).where(collection.c.id == bindparam("of_shelf"))


@query()
def drop_shelves() -> Delete:
    """All shelves of ``:of_owner``."""
    return delete(collection).where(collection.c.owner_id == bindparam("of_owner"), IS_SHELF)


@query()
def insert_place() -> Insert:
    names = (
        "id", "collection_id", "position", "target_kind", "target_id", "uri", "facets",
        "created_at", "state", "nth",
    )  # fmt: skip
    return insert(collection_entry).values({name: bindparam(name) for name in names})


@query()
def update_place() -> Update:
    names = ("position", "uri", "facets", "state")
    return (
        update(collection_entry)
        .where(collection_entry.c.id == bindparam("of_place"))
        .values({name: bindparam(name) for name in names})
    )


@query()
def delete_places() -> Delete:
    return delete(collection_entry).where(any_of(collection_entry.c.id, "ids"))
