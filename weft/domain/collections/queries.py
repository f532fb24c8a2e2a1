"""The statements behind collections of people."""

from typing import Any

from msgspec import Struct
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
    or_,
    select,
    update,
)

from weft.domain.collections.records import Collection, Entry
from weft.domain.pins.queries import CollectionKind
from weft.domain.visibility.collections import collection_visible, person_visible_in
from weft.domain.visibility.viewer import ViewerKind, Visibility
from weft.storage.schema.actors import actor
from weft.storage.schema.collections import collection, collection_entry
from weft.storage.statements import any_of, query

IS_PEOPLE: ColumnElement[int] = literal_column(str(int(CollectionKind.PEOPLE)))
OF_PEOPLE: ColumnElement[int] = literal_column("1")
"""``collection_entry.target_kind`` of an actor."""
LISTED: ColumnElement[int] = literal_column(str(int(Visibility.PUBLIC)))
_STANDS: ColumnElement[int] = literal_column("1")
_TAKEN_BACK: ColumnElement[int] = literal_column("3")

owner = actor.alias("owner")
_COLLECTION = [
    *(collection.c[name] for name in Collection.__struct_fields__[:-2]),
    owner.c.local,
    owner.c.uri,
]
_ENTRY = [
    *(collection_entry.c[name] for name in Entry.__struct_fields__[:-2]),
    actor.c.uri,
    actor.c.local,
]


def collections() -> Select[Any]:
    return (
        select(*_COLLECTION)
        .join(owner, owner.c.id == collection.c.owner_id)
        .where(collection.c.kind == IS_PEOPLE)
    )


def _entries() -> Select[Any]:
    return (
        select(*_ENTRY)
        .join(actor, actor.c.id == collection_entry.c.target_id)
        .where(collection_entry.c.target_kind == OF_PEOPLE)
    )


@query(row=Collection, bounded=True)
def collection_by_id() -> Select:
    """Whoever asks: for those who work on it."""
    return collections().where(collection.c.id == bindparam("id"))


@query(row=Collection, bounded=True)
def collection_by_uri() -> Select:
    return collections().where(collection.c.uri == bindparam("uri"))


@query(row=Collection, bounded=True)
def collection_at() -> Select:
    """The one that is, or has its page, at ``:address``, whoever asks."""
    at = or_(collection.c.uri == bindparam("address"), collection.c.url == bindparam("address"))
    return collections().where(at)


@query(row=Collection, bounded=True)
def collection_named() -> Select:
    """The oldest of ``:of_owner`` with this name."""
    return (
        collections()
        .where(
            collection.c.owner_id == bindparam("of_owner"), collection.c.name == bindparam("name")
        )
        .order_by(collection.c.id)
        .limit(literal_column("1"))
    )


@query()
def give_page() -> Update:
    """To one that was made before there were pages."""
    return (
        update(collection)
        .where(collection.c.id == bindparam("of_collection"), collection.c.url.is_(None))
        .values(url=bindparam("page"))
    )


@query(bounded=True)
def uri_taken() -> Select:
    """One row if a collection of any kind has this id."""
    return select(collection.c.id).where(collection.c.uri == bindparam("uri"))


@query(row=Collection, bounded=True)
def collections_by_uris() -> Select:
    return collections().where(any_of(collection.c.uri, "uris"))


@query(row=Collection, bounded=True)
def collections_for(*, who: ViewerKind) -> Select:
    """Those of ``:ids`` that the viewer may see, unordered."""
    return collections().where(any_of(collection.c.id, "ids"), collection_visible(owner, who=who))


@query(row=Collection, bounded=True)
def collections_of(*, who: ViewerKind, unlisted_too: bool = False) -> Select:
    """A page of the collections of ``:of_owner`` that the viewer may see, newest first."""
    statement = collections().where(
        collection.c.owner_id == bindparam("of_owner"), collection_visible(owner, who=who)
    )
    if not unlisted_too:
        statement = statement.where(collection.c.visibility == LISTED)
    return (
        statement.order_by(collection.c.id.desc())
        .offset(bindparam("offset"))
        .limit(bindparam("limit"))
    )


@query(row=Collection)
def collections_with(*, who: ViewerKind) -> Select:
    """A page of the collections that ``:member`` agreed to be in, who was added last first."""
    return (
        collections()
        .join(collection_entry, collection_entry.c.collection_id == collection.c.id)
        .where(
            collection_entry.c.target_kind == OF_PEOPLE,
            collection_entry.c.target_id == bindparam("member"),
            collection_entry.c.state == _STANDS,
            collection_visible(owner, who=who),
        )
        .order_by(collection_entry.c.id.desc())
        .offset(bindparam("offset"))
        .limit(bindparam("limit"))
    )


@query(bounded=True)
def count_collections() -> Select:
    """How many collections ``:of_owner`` has."""
    return (
        select(func.count())
        .select_from(collection)
        .where(collection.c.owner_id == bindparam("of_owner"), collection.c.kind == IS_PEOPLE)
    )


@query(row=Entry, bounded=True)
def entry_by_id() -> Select:
    return _entries().where(collection_entry.c.id == bindparam("id"))


@query(row=Entry, bounded=True)
def entry_by_uri() -> Select:
    return _entries().where(collection_entry.c.uri == bindparam("uri"))


@query(row=Entry, bounded=True)
def entries_by_uris() -> Select:
    return _entries().where(any_of(collection_entry.c.uri, "uris"))


@query(row=Entry, bounded=True)
def entries_by_stamp() -> Select:
    """Who came into a collection by this stamp."""
    return _entries().where(collection_entry.c.stamp_uri == bindparam("stamp_uri"))


@query(row=Entry, bounded=True)
def entry_of() -> Select:
    """The entry of ``:member`` in ``:of_collection``, whatever became of it."""
    return _entries().where(
        collection_entry.c.collection_id == bindparam("of_collection"),
        collection_entry.c.target_id == bindparam("member"),
    )


@query(row=Entry, bounded=True)
def entries_in() -> Select:
    """All entries of one collection, in no order: it has a limit of its own."""
    return _entries().where(collection_entry.c.collection_id == bindparam("of_collection"))


@query(row=Entry)
def entries_for(*, who: ViewerKind) -> Select:
    """Who is in ``:ids`` or asked to be, as far as the viewer is shown them; by collection and
    place."""
    return (
        _entries()
        .where(
            any_of(collection_entry.c.collection_id, "ids"),
            collection_entry.c.state <= _STANDS,
            person_visible_in(actor, who=who),
        )
        .order_by(
            collection_entry.c.collection_id, collection_entry.c.position, collection_entry.c.id
        )
    )


@query(row=Entry, bounded=True)
def entries_between() -> Select:
    """Entries of ``:member`` in the collections of ``:of_owner``, but for what was taken back."""
    return (
        _entries()
        .join(collection, collection.c.id == collection_entry.c.collection_id)
        .where(
            collection.c.owner_id == bindparam("of_owner"),
            collection.c.kind == IS_PEOPLE,
            collection_entry.c.target_id == bindparam("member"),
            collection_entry.c.state != _TAKEN_BACK,
        )
    )


@query()
def insert_collection() -> Insert:
    names = (
        "id", "num", "owner_id", "kind", "uri", "url", "name", "summary", "visibility", "facets",
        "created_at", "updated_at",
    )  # fmt: skip
    return insert(collection).values({name: bindparam(name) for name in names})


@query()
def update_collection() -> Update:
    names = ("url", "name", "summary", "visibility", "facets", "updated_at")
    return (
        update(collection)
        .where(collection.c.id == bindparam("of_collection"), collection.c.kind == IS_PEOPLE)
        .values({name: bindparam(name) for name in names})
    )


@query()
def delete_collection() -> Delete:
    """Its entries go with it."""
    return delete(collection).where(
        collection.c.id == bindparam("of_collection"), collection.c.kind == IS_PEOPLE
    )


@query()
def drop_collections() -> Delete:
    """All collections of people that ``:of_owner`` made."""
    return delete(collection).where(
        collection.c.owner_id == bindparam("of_owner"), collection.c.kind == IS_PEOPLE
    )


@query()
def insert_entry() -> Insert:
    names = (
        "id", "collection_id", "position", "target_kind", "target_id", "uri", "state",
        "stamp_uri", "created_at",
    )  # fmt: skip
    return insert(collection_entry).values({name: bindparam(name) for name in names})


@query()
def set_entry_state() -> Update:
    return (
        update(collection_entry)
        .where(collection_entry.c.id == bindparam("of_entry"))
        .values(state=bindparam("state"), stamp_uri=bindparam("stamp_uri"))
    )


@query()
def place_entry() -> Update:
    """Where another server lists somebody who was known to be in its collection."""
    return (
        update(collection_entry)
        .where(collection_entry.c.id == bindparam("of_entry"))
        .values(uri=bindparam("uri"), position=bindparam("position"))
    )


@query()
def delete_entry() -> Delete:
    return delete(collection_entry).where(collection_entry.c.id == bindparam("of_entry"))


class PolicyRow(Struct, frozen=True):
    """What an actor's policy about collections follows from."""

    id: int
    local: bool
    discoverable: bool
    locked: bool
    facets: str | None


@query(row=PolicyRow, bounded=True)
def policies_of() -> Select:
    """Unordered."""
    return select(*[actor.c[name] for name in PolicyRow.__struct_fields__]).where(
        any_of(actor.c.id, "ids")
    )


@query(bounded=True)
def local_members() -> Select:
    """Ids of the people of this server who are in ``:of_collection``."""
    return (
        select(actor.c.id)
        .join(collection_entry, collection_entry.c.target_id == actor.c.id)
        .where(
            collection_entry.c.collection_id == bindparam("of_collection"),
            collection_entry.c.target_kind == OF_PEOPLE,
            collection_entry.c.state == _STANDS,
            actor.c.local,
        )
    )
