"""The statements behind endorsements."""

from sqlalchemy import Delete, Insert, Select, bindparam, delete, func, or_, select

from weft.domain.relations.lists import EdgeCursor
from weft.domain.visibility.standing import stands
from weft.storage.schema.actors import actor
from weft.storage.schema.relations import endorsement
from weft.storage.statements import any_of, insert_or_ignore, query


@query(row=EdgeCursor)
def endorsed_by(*, newer: bool = False) -> Select:
    """Whom ``:actor_id`` endorses, the last first."""
    cursor = endorsement.c.id
    return (
        select(cursor, endorsement.c.target_id)
        .join(actor, actor.c.id == endorsement.c.target_id)
        .where(
            endorsement.c.actor_id == bindparam("actor_id"),
            cursor < bindparam("max_id"),
            cursor > bindparam("min_id"),
            stands(actor),
        )
        .order_by(cursor if newer else cursor.desc())
        .limit(bindparam("limit"))
    )


@query(bounded=True)
def endorsed_among() -> Select:
    """Which of ``:others`` ``:me`` endorses."""
    return select(endorsement.c.target_id).where(
        endorsement.c.actor_id == bindparam("me"), any_of(endorsement.c.target_id, "others")
    )


@query(bounded=True)
def count_endorsed() -> Select:
    return (
        select(func.count())
        .select_from(endorsement)
        .where(endorsement.c.actor_id == bindparam("me"))
    )


@query()
def insert_endorsement() -> Insert:
    return insert_or_ignore(endorsement, "id", "actor_id", "target_id", "created_at")


@query()
def delete_endorsement() -> Delete:
    return delete(endorsement).where(
        endorsement.c.actor_id == bindparam("of_actor"),
        endorsement.c.target_id == bindparam("of_target"),
    )


@query()
def delete_all_endorsements() -> Delete:
    """An actor is gone: what it endorsed, and who endorsed it."""
    return delete(endorsement).where(
        or_(
            endorsement.c.actor_id == bindparam("of_actor"),
            endorsement.c.target_id == bindparam("of_actor"),
        )
    )
