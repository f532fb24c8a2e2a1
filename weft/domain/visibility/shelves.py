"""Who may see a shelf, playlist, library, story or what somebody listened to, as SQL.

As for posts: public and unlisted ones are for all, others for accepted followers and the owner; not
for whom the owner blocks, and not of who is out of sight.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, literal_column, or_
from sqlalchemy.sql.expression import FromClause

from weft.domain.visibility.collections import collection_visible
from weft.domain.visibility.predicate import ACCEPTED
from weft.domain.visibility.viewer import ViewerKind, Visibility
from weft.storage.schema.relations import follow

_OPEN: ColumnElement[int] = literal_column(str(int(Visibility.UNLISTED)))
_FOLLOWERS: ColumnElement[int] = literal_column(str(int(Visibility.FOLLOWERS)))


def shown_of(
    owner: FromClause, reach: ColumnElement[int], *, who: ViewerKind
) -> ColumnElement[bool]:
    """True for what ``owner`` (rows of ``actor``) shows to the viewer, who sees as far as ``reach``.

    Binds: ``:viewer`` (local, remote), ``:viewer_host`` (remote).
    """
    standing = collection_visible(owner, who=who)
    if who == "break_glass":
        return standing
    if who == "anonymous":
        return and_(standing, reach <= _OPEN)
    me: Any = bindparam("viewer")
    follows = exists().where(
        follow.c.follower_id == me, follow.c.target_id == owner.c.id, follow.c.state == ACCEPTED
    )
    return and_(standing, or_(reach <= _OPEN, owner.c.id == me, and_(reach <= _FOLLOWERS, follows)))
