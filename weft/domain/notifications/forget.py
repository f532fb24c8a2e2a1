"""A block ends what was told before: notifications, requests and permissions go."""

from typing import Any

from sqlalchemy import ColumnElement, Delete, bindparam, delete, select
from sqlalchemy.sql.expression import FromClause

from weft.storage.database import Tx
from weft.storage.schema.actors import actor
from weft.storage.schema.timelines import (
    notification,
    notification_permission,
    notification_request,
)
from weft.storage.statements import query


def _senders(column: ColumnElement[int], *, of_host: bool) -> ColumnElement[bool]:
    if of_host:
        return column.in_(select(actor.c.id).where(actor.c.host == bindparam("host")))
    return column == bindparam("of_sender")


def _from(table: Any, *, of_host: bool) -> Delete:
    rows: FromClause = table
    return delete(table).where(
        rows.c.owner_id == bindparam("of_owner"), _senders(rows.c.from_id, of_host=of_host)
    )


@query()
def forget_notifications(*, of_host: bool = False) -> Delete:
    return _from(notification, of_host=of_host)


@query()
def forget_requests(*, of_host: bool = False) -> Delete:
    return _from(notification_request, of_host=of_host)


@query()
def forget_permissions(*, of_host: bool = False) -> Delete:
    return _from(notification_permission, of_host=of_host)


async def forget_sender(tx: Tx, owner: int, sender: int) -> None:
    """``owner`` blocks ``sender``."""
    for each in (forget_notifications, forget_requests, forget_permissions):
        await tx.run(each, of_owner=owner, of_sender=sender)


async def forget_host(tx: Tx, owner: int, name: str) -> None:
    """``owner`` blocks a whole host."""
    for each in (forget_notifications, forget_requests, forget_permissions):
        await tx.run(each, of_host=True, of_owner=owner, host=name)
