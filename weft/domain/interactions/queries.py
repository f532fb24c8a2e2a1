"""The statements behind leaves to interact."""

from msgspec import Struct
from sqlalchemy import (
    Insert,
    Select,
    Update,
    bindparam,
    insert,
    literal_column,
    select,
    update,
)

from weft.domain.interactions.records import InteractionLeave, LeaveState
from weft.storage.schema.posts import interaction_leave, post, reaction
from weft.storage.statements import any_of, query

_COLUMNS = [interaction_leave.c[name] for name in InteractionLeave.__struct_fields__]
MOST = 20


class Standing(Struct, frozen=True):
    """How one's own interaction stands. ``about_id`` is the answer itself, or what is liked or boosted."""

    about_id: int
    kind: int
    state: int


@query()
def insert_leave() -> Insert:
    return insert(interaction_leave).values(
        {name: bindparam(name) for name in InteractionLeave.__struct_fields__}
    )


@query()
def save_answer() -> Update:
    return (
        update(interaction_leave)
        .where(interaction_leave.c.id == bindparam("of_leave"))
        .values(
            state=bindparam("state"),
            stamp_uri=bindparam("stamp"),
            accept_uri=bindparam("accept"),
        )
    )


@query()
def set_reach() -> Update:
    """How far a post reaches, now that it may, or may not any more."""
    return (
        update(post)
        .where(post.c.id == bindparam("of_post"))
        .values(visibility=bindparam("reach"), revision=post.c.revision + 1)
    )


@query(row=InteractionLeave, bounded=True)
def leave_by_request() -> Select:
    return (
        select(*_COLUMNS)
        .where(interaction_leave.c.request_uri == bindparam("request_uri"))
        .limit(1)
    )


@query(row=InteractionLeave, bounded=True)
def leave_of_post() -> Select:
    return select(*_COLUMNS).where(interaction_leave.c.post_id == bindparam("post_id"))


@query(row=InteractionLeave, bounded=True)
def leave_of_reaction() -> Select:
    return select(*_COLUMNS).where(interaction_leave.c.reaction_id == bindparam("reaction_id"))


@query(row=InteractionLeave, bounded=True)
def leaves_by_stamp() -> Select:
    return select(*_COLUMNS).where(interaction_leave.c.stamp_uri == bindparam("uri")).limit(MOST)


@query(row=InteractionLeave, bounded=True)
def leaves_by_accept() -> Select:
    return select(*_COLUMNS).where(interaction_leave.c.accept_uri == bindparam("uri")).limit(MOST)


@query(row=InteractionLeave, bounded=True)
def leave_by_id() -> Select:
    return select(*_COLUMNS).where(interaction_leave.c.id == bindparam("id"))


@query(bounded=True)
def waiting_since() -> Select:
    """Ids of what has waited since ``:before``, later than ``:after`` (an id), the first first."""
    # Written out: the index is of what waits alone.
    waits = interaction_leave.c.state == literal_column(str(int(LeaveState.PENDING)))
    return (
        select(interaction_leave.c.id)
        .where(
            waits,
            interaction_leave.c.created_at <= bindparam("before"),
            interaction_leave.c.id > bindparam("after"),
        )
        .order_by(interaction_leave.c.id)
        .limit(bindparam("limit"))
    )


@query(row=Standing, bounded=True)
def standing_answers() -> Select:
    """How the answers ``:ids`` stand."""
    mine = interaction_leave
    return select(mine.c.post_id, mine.c.kind, mine.c.state).where(any_of(mine.c.post_id, "ids"))


@query(row=Standing, bounded=True)
def standing_likes() -> Select:
    """How the likes of ``:actor`` of the posts ``:ids`` stand."""
    mine = interaction_leave
    return (
        select(mine.c.target_id, mine.c.kind, mine.c.state)
        .join(reaction, reaction.c.id == mine.c.reaction_id)
        .where(any_of(reaction.c.post_id, "ids"), reaction.c.actor_id == bindparam("actor"))
    )


@query(row=Standing, bounded=True)
def standing_boosts() -> Select:
    """How the boosts of ``:actor`` of the posts ``:ids`` stand."""
    mine = interaction_leave
    return (
        select(mine.c.target_id, mine.c.kind, mine.c.state)
        .join(post, post.c.id == mine.c.post_id)
        .where(any_of(post.c.boost_of_id, "ids"), post.c.author_id == bindparam("actor"))
    )
