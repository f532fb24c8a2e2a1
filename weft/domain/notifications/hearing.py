"""Between whom there is silence: asked before a notification is written, and whenever it is read,
so that a block, a mute or a suspension takes effect at once on what is there already."""

from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, not_, or_
from sqlalchemy.sql.expression import FromClause

from weft.domain.visibility.standing import stands
from weft.storage.schema.relations import block, host_block, mute


def silent_between(owner: Any, sender: FromClause) -> ColumnElement[bool]:
    """True where a block stands between two, or ``owner`` does not want to hear of ``sender`` (a row
    of ``actor``) or of its host. Binds ``:now``."""
    return or_(
        exists().where(block.c.actor_id == owner, block.c.target_id == sender.c.id),
        exists().where(block.c.actor_id == sender.c.id, block.c.target_id == owner),
        exists().where(
            mute.c.actor_id == owner,
            mute.c.target_id == sender.c.id,
            mute.c.hides_notifications,
            or_(mute.c.expires_at.is_(None), mute.c.expires_at > bindparam("now")),
        ),
        exists().where(host_block.c.actor_id == owner, host_block.c.host == sender.c.host),
    )


def heard(owner: Any, sender: FromClause) -> ColumnElement[bool]:
    """True where ``sender`` is in good standing and nothing silences it for ``owner``."""
    return and_(
        stands(sender),
        not_(silent_between(owner, sender)),
    )
