"""The statements behind the reading of profiles of other servers."""

from sqlalchemy import Select, Update, bindparam, func, or_, select, update

from weft.storage.schema.actors import actor, actor_stats
from weft.storage.statements import query


@query(bounded=True)
def walked_at() -> Select:
    """When a profile was read last; one row with None if never."""
    return select(actor.c.walked_at).where(actor.c.id == bindparam("id"))


@query()
def claim_profile() -> Update:
    """Whose update this is reads the profile: there is one in ``:before`` to now."""
    return (
        update(actor)
        .where(
            actor.c.id == bindparam("of_row"),
            ~actor.c.local,
            or_(actor.c.walked_at.is_(None), actor.c.walked_at < bindparam("before")),
        )
        .values(walked_at=bindparam("now"))
    )


@query()
def set_walked_at() -> Update:
    return (
        update(actor)
        .where(actor.c.id == bindparam("of_row"))
        .values(walked_at=bindparam("at", type_=actor.c.walked_at.type))
    )


@query()
def set_origin_totals() -> Update:
    """What an actor's server counts; None leaves what was said before."""
    columns = {
        "origin_posts": actor_stats.c.origin_posts,
        "origin_followers": actor_stats.c.origin_followers,
        "origin_following": actor_stats.c.origin_following,
    }
    return (
        update(actor_stats)
        .where(actor_stats.c.actor_id == bindparam("of_actor"))
        .values(
            {
                name: func.coalesce(bindparam(name, type_=column.type), column)
                for name, column in columns.items()
            }
        )
    )
