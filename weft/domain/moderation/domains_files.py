"""Which files a server's people have here, wherever they are served from."""

from typing import Any

from sqlalchemy import CompoundSelect, Select, bindparam, select, union

from weft.storage.schema.actors import actor
from weft.storage.schema.posts import media
from weft.storage.statements import any_of, query


@query()
def people_of_host() -> Select:
    """Ids of actors of ``:host`` after ``:after``, in order."""
    return (
        select(actor.c.id)
        .where(actor.c.host == bindparam("host"), ~actor.c.local, actor.c.id > bindparam("after"))
        .order_by(actor.c.id)
        .limit(bindparam("limit"))
    )


@query()
def pictures_of_people() -> CompoundSelect[Any]:
    """Addresses of the pictures of ``:ids``: of their profiles, and in their posts."""
    return union(
        select(actor.c.icon_url).where(any_of(actor.c.id, "ids"), actor.c.icon_url.is_not(None)),
        select(actor.c.header_url).where(
            any_of(actor.c.id, "ids"), actor.c.header_url.is_not(None)
        ),
        select(media.c.remote_url).where(
            any_of(media.c.owner_id, "ids"), media.c.remote_url.is_not(None)
        ),
    )
