"""The statements behind the reading of shelves of other servers."""

from sqlalchemy import Select, Update, bindparam, or_, select, update

from weft.storage.schema.collections import collection
from weft.storage.statements import query


@query(bounded=True)
def shelf_walked_at() -> Select:
    """When a shelf was read to its end last; one row with None if never."""
    return select(collection.c.walked_at).where(collection.c.id == bindparam("id"))


@query()
def claim_shelf() -> Update:
    """Whose update this is reads the shelf: there is one in ``:before`` to now."""
    return (
        update(collection)
        .where(
            collection.c.id == bindparam("of_row"),
            or_(collection.c.walked_at.is_(None), collection.c.walked_at < bindparam("before")),
        )
        .values(walked_at=bindparam("now"))
    )


@query()
def set_shelf_walked_at() -> Update:
    return (
        update(collection)
        .where(collection.c.id == bindparam("of_row"))
        .values(walked_at=bindparam("at", type_=collection.c.walked_at.type))
    )
