"""Finding hashtags by their beginning."""

from sqlalchemy import Select, bindparam, select

from weft.domain.tags.queries import TagRow
from weft.storage.schema.posts import tag
from weft.storage.statements import query


@query(row=TagRow, bounded=True)
def tags_like() -> Select:
    """Hashtags whose name is from ``:low`` to ``:high``, in the order of the alphabet."""
    return (
        select(tag.c.id, tag.c.name, tag.c.display)
        .where(tag.c.name >= bindparam("low"), tag.c.name <= bindparam("high"))
        .order_by(tag.c.name)
        .offset(bindparam("offset"))
        .limit(bindparam("limit"))
    )
