"""Who may see a collection of people, and who in it, as SQL.

A collection is for everybody but whom its owner blocks; that it is not listed on a profile keeps
nobody from opening it. Who is out of sight is not shown in it; whom one blocks, neither.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, not_, or_, true
from sqlalchemy.sql.expression import FromClause

from weft.domain.visibility.standing import host_suspended, stands
from weft.domain.visibility.viewer import ViewerKind
from weft.storage.schema.relations import block, host_block


def collection_visible(owner: FromClause, *, who: ViewerKind) -> ColumnElement[bool]:
    """True for collections of those ``owner`` (rows of ``actor``) who show theirs to the viewer.

    Binds: ``:viewer`` (local, remote), ``:viewer_host`` (remote).
    """
    if who == "break_glass":
        return true()
    standing = stands(owner)
    if who == "anonymous":
        return standing
    me: Any = bindparam("viewer")
    conditions = [standing, not_(_blocks(owner.c.id, me))]
    if who == "remote":
        name: Any = bindparam("viewer_host")
        shut_out = exists().where(host_block.c.actor_id == owner.c.id, host_block.c.host == name)
        return and_(*conditions, not_(shut_out), not_(host_suspended(name)))
    return or_(owner.c.id == me, and_(*conditions))


def person_visible_in(target: FromClause, *, who: ViewerKind) -> ColumnElement[bool]:
    """True for those ``target`` (rows of ``actor``) whom the viewer is shown in a collection."""
    if who in ("anonymous", "break_glass"):
        return stands(target)
    me: Any = bindparam("viewer")
    return and_(stands(target), not_(_blocks(me, target.c.id)), not_(_blocks(target.c.id, me)))


def _blocks(blocker: Any, blocked: Any) -> ColumnElement[bool]:
    return exists().where(block.c.actor_id == blocker, block.c.target_id == blocked)
