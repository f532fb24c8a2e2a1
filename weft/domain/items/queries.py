"""The statements behind the catalogue."""

from sqlalchemy import (
    ColumnElement,
    Delete,
    Insert,
    Select,
    Update,
    bindparam,
    delete,
    exists,
    insert,
    literal_column,
    not_,
    select,
    update,
)

from weft.domain.items.records import Item
from weft.storage.schema.collections import collection_entry, item, item_credit, item_external
from weft.storage.schema.deeds import listen
from weft.storage.statements import any_of, insert_or_ignore, query

OF_ITEMS: ColumnElement[int] = literal_column("2")
"""``collection_entry.target_kind`` of an item."""
_ITEM = [item.c[name] for name in Item.__struct_fields__]


@query(row=Item, bounded=True)
def item_by_uri() -> Select:
    return select(*_ITEM).where(item.c.uri == bindparam("uri"))


@query(row=Item, bounded=True)
def items_by_uris() -> Select:
    return select(*_ITEM).where(any_of(item.c.uri, "uris"))


@query(row=Item, bounded=True)
def items_by_ids() -> Select:
    return select(*_ITEM).where(any_of(item.c.id, "ids"))


@query(bounded=True)
def externals_of() -> Select:
    """Scheme and value of what other catalogues call an item."""
    return select(item_external.c.scheme, item_external.c.value).where(
        item_external.c.item_id == bindparam("of_item")
    )


@query(bounded=True)
def holder_of() -> Select:
    """Which item has this name in another catalogue."""
    return select(item_external.c.item_id).where(
        item_external.c.scheme == bindparam("scheme"), item_external.c.value == bindparam("value")
    )


@query(bounded=True)
def credits_of() -> Select:
    """Item, role, title and id of who made ``:ids``, in their order; rows are few for each."""
    maker = item.alias("maker")
    return (
        select(item_credit.c.item_id, item_credit.c.role, maker.c.title, maker.c.uri)
        .join(maker, maker.c.id == item_credit.c.credited_id)
        .where(any_of(item_credit.c.item_id, "ids"))
    )


@query()
def insert_item() -> Insert:
    names = (
        "id", "num", "kind", "uri", "title", "sort_title", "parent_id", "merged_into_id",
        "facets", "created_at", "updated_at",
    )  # fmt: skip
    return insert(item).values({name: bindparam(name) for name in names})


@query()
def update_item() -> Update:
    names = ("kind", "title", "sort_title", "parent_id", "facets", "updated_at")
    return (
        update(item)
        .where(item.c.id == bindparam("of_item"))
        .values({name: bindparam(name) for name in names} | {"revision": item.c.revision + 1})
    )


@query()
def delete_item() -> Delete:
    return delete(item).where(item.c.id == bindparam("of_item"))


@query()
def empty_places() -> Delete:
    """Takes ``:of_item`` off every shelf."""
    return delete(collection_entry).where(
        collection_entry.c.target_kind == OF_ITEMS,
        collection_entry.c.target_id == bindparam("of_item"),
    )


@query()
def insert_external() -> Insert:
    """Who had the name first keeps it."""
    return insert_or_ignore(item_external, "scheme", "value", "item_id")


@query()
def drop_credits() -> Delete:
    return delete(item_credit).where(item_credit.c.item_id == bindparam("of_item"))


@query()
def insert_credit() -> Insert:
    return insert_or_ignore(item_credit, "item_id", "position", "credited_id", "role")


@query()
def kept_by_nobody() -> Select:
    """Items older than ``:before`` that are on no shelf, were not listened to, and belong to none that is kept."""
    child, maker = item.alias("child"), item_credit.alias("of_maker")
    return (
        select(item.c.id)
        .where(
            item.c.created_at < bindparam("before"),
            not_(
                exists().where(
                    collection_entry.c.target_kind == OF_ITEMS,
                    collection_entry.c.target_id == item.c.id,
                )
            ),
            not_(exists().where(listen.c.item_id == item.c.id)),
            not_(exists().where(child.c.parent_id == item.c.id)),
            not_(exists().where(maker.c.credited_id == item.c.id)),
        )
        .limit(bindparam("limit"))
    )


@query()
def unparent() -> Update:
    """What belonged to ``:of_item`` stands for itself."""
    return update(item).where(item.c.parent_id == bindparam("of_item")).values(parent_id=None)
