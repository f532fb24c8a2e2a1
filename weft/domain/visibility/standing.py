"""How actors stand, their own standing and that of their servers taken together, as SQL.

A server's flags (``host``) follow what the operator decided about its domain, in the same write.
Everything asks here, so that a suspension or a limit holds everywhere from that moment on.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, literal_column, not_, or_, select
from sqlalchemy.sql.expression import FromClause

from weft.storage.schema.federation import host

SINCE_EVER: ColumnElement[int] = literal_column("1")
"""Since when an actor is suspended or limited whose server is: not known, and not asked."""


def host_suspended(name: Any) -> ColumnElement[bool]:
    return exists().where(host.c.name == name, host.c.suspended)


def host_rejects_media(name: Any) -> ColumnElement[bool]:
    return exists().where(host.c.name == name, host.c.rejects_media)


def stands(actor: FromClause) -> ColumnElement[bool]:
    """Neither suspended nor deleted, and on no suspended server."""
    return and_(
        actor.c.suspended_at.is_(None),
        actor.c.deleted_at.is_(None),
        not_(host_suspended(actor.c.host)),
    )


def limited(actor: FromClause) -> ColumnElement[bool]:
    """Shown only to who follows them: themselves, or their whole server."""
    return or_(
        actor.c.silenced_at.is_not(None),
        exists().where(host.c.name == actor.c.host, host.c.silenced),
    )


def suspended_since(actor: FromClause) -> ColumnElement[Any]:
    """``suspended_at`` as it holds: also set where only the server is suspended."""
    return func.coalesce(actor.c.suspended_at, _where(actor, host.c.suspended))


def silenced_since(actor: FromClause) -> ColumnElement[Any]:
    """``silenced_at`` as it holds."""
    return func.coalesce(actor.c.silenced_at, _where(actor, host.c.silenced))


def _where(actor: FromClause, flag: ColumnElement[bool]) -> Any:
    return select(SINCE_EVER).where(host.c.name == actor.c.host, flag).scalar_subquery()
