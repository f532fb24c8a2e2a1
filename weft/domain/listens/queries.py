"""The statements behind listenings."""

from typing import Any

from sqlalchemy import Delete, Insert, Select, bindparam, delete, select

from weft.domain.listens.records import Listening
from weft.domain.visibility.shelves import shown_of
from weft.domain.visibility.viewer import ViewerKind
from weft.storage.schema.actors import actor
from weft.storage.schema.collections import item
from weft.storage.schema.deeds import listen
from weft.storage.statements import insert_or_ignore, query

_OWN = Listening.__struct_fields__[:-3]


def _listens() -> Select[Any]:
    return select(
        *(listen.c[name] for name in _OWN), item.c.uri, item.c.title, item.c.facets
    ).select_from(listen.outerjoin(item, item.c.id == listen.c.item_id))


@query(row=Listening, bounded=True)
def listen_by_uri() -> Select:
    return _listens().where(listen.c.uri == bindparam("uri"))


@query(row=Listening, bounded=True)
def listens_of(*, who: ViewerKind) -> Select:
    """A page of what ``:of_actor`` listened to, as far as the viewer is shown it, newest first."""
    return (
        select(*(listen.c[name] for name in _OWN), item.c.uri, item.c.title, item.c.facets)
        .select_from(
            listen.join(actor, actor.c.id == listen.c.actor_id).outerjoin(
                item, item.c.id == listen.c.item_id
            )
        )
        .where(
            listen.c.actor_id == bindparam("of_actor"),
            listen.c.id < bindparam("max_id"),
            shown_of(actor, listen.c.visibility, who=who),
        )
        .order_by(listen.c.id.desc())
        .limit(bindparam("limit"))
    )


@query(bounded=True)
def beyond() -> Select:
    """The id of the newest listening of ``:of_actor`` that is one too many."""
    return (
        select(listen.c.id)
        .where(listen.c.actor_id == bindparam("of_actor"))
        .order_by(listen.c.id.desc())
        .offset(bindparam("most"))
        .limit(1)
    )


@query()
def insert_listen() -> Insert:
    return insert_or_ignore(listen, *_OWN)


@query()
def delete_listen() -> Delete:
    return delete(listen).where(listen.c.id == bindparam("of_listen"))


@query()
def delete_older() -> Delete:
    """What ``:of_actor`` listened to up to ``:up_to``."""
    return delete(listen).where(
        listen.c.actor_id == bindparam("of_actor"), listen.c.id <= bindparam("up_to")
    )
