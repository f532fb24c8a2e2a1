"""The statements that change how an actor or an account stands."""

from typing import Any, Literal, TypeAlias

from sqlalchemy import (
    Delete,
    Executable,
    Insert,
    Select,
    Update,
    bindparam,
    case,
    delete,
    exists,
    false,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from weft.domain.relations.queries import FOLLOW_COLUMNS, Follow
from weft.storage.schema.accounts import account, push_subscription, push_waiting
from weft.storage.schema.actors import actor
from weft.storage.schema.operations import email_block
from weft.storage.schema.posts import post, post_attachment, post_card
from weft.storage.schema.relations import follow
from weft.storage.schema.tables import Big
from weft.storage.statements import any_of, query

Standing: TypeAlias = Literal["silenced", "sensitized", "suspended"]


@query()
def set_standing(*, what: Standing, lifted: bool = False) -> Update:
    """Changes a row only if that changes anything. A suspension made here takes the place of the
    origin's own, and an applicant's being out of sight is none (its time is ``published_at``)."""
    column = {
        "silenced": actor.c.silenced_at,
        "sensitized": actor.c.sensitized_at,
        "suspended": actor.c.suspended_at,
    }[what]
    values: dict[str, Any] = {
        column.name: literal_column("NULL") if lifted else bindparam("now"),
        "revision": actor.c.revision + 1,
    }
    conditions = [actor.c.id == bindparam("of_actor"), actor.c.deleted_at.is_(None)]
    if what == "suspended":
        values["suspended_by_origin"] = false()
        conditions.append(
            actor.c.suspended_at.is_not(None)
            if lifted
            else or_(column.is_(None), actor.c.suspended_by_origin)
        )
        if lifted:
            conditions.append(~actor.c.suspended_by_origin)
    else:
        conditions.append(column.is_not(None) if lifted else column.is_(None))
    return update(actor).where(*conditions).values(values)


@query(bounded=True)
def suspended_by_origin() -> Select:
    return select(actor.c.suspended_by_origin).where(actor.c.id == bindparam("id"))


@query()
def set_disabled(*, lifted: bool = False) -> Update:
    changes = account.c.disabled_at.is_not(None) if lifted else account.c.disabled_at.is_(None)
    return (
        update(account)
        .where(account.c.id == bindparam("of_account"), changes)
        .values(disabled_at=literal_column("NULL") if lifted else bindparam("now"))
    )


@query()
def forget_pushes() -> Delete:
    """What waits to be pushed to a person who may not sign in."""
    mine = select(push_subscription.c.id).where(
        push_subscription.c.account_id == bindparam("of_account")
    )
    return delete(push_waiting).where(push_waiting.c.subscription_id.in_(mine))


@query()
def shut_out_address() -> Insert:
    return insert(email_block).values(
        {name: bindparam(name) for name in ("id", "hash", "actor_id", "created_at")}
    )


@query(bounded=True)
def is_shut_out() -> Select:
    return select(email_block.c.id).where(email_block.c.hash == bindparam("hash"))


@query()
def let_address_in() -> Delete:
    return delete(email_block).where(email_block.c.actor_id == bindparam("of_actor"))


@query(row=Follow)
def follows_of_locals_by() -> Select:
    """Follows of people of this server by ``:follower``."""
    return (
        select(*FOLLOW_COLUMNS)
        .join(actor, actor.c.id == follow.c.target_id)
        .where(follow.c.follower_id == bindparam("follower"), actor.c.local)
        .order_by(follow.c.id)
        .limit(bindparam("limit"))
    )


# When one of another server was edited is for that server to say.
_EDITED_AT = case((post.c.local, bindparam("now", type_=Big)), else_=post.c.edited_at)


@query()
def mark_sensitive() -> Executable:
    """Those of ``:ids`` that show something and are not marked yet."""
    shows = or_(
        exists().where(post_attachment.c.post_id == post.c.id),
        exists().where(post_card.c.post_id == post.c.id),
    )
    return (
        update(post)
        .where(any_of(post.c.id, "ids"), ~post.c.sensitive, shows)
        .values(sensitive=True, revision=post.c.revision + 1, edited_at=_EDITED_AT)
        .returning(post.c.id, post.c.local, post.c.local_only)
    )


@query()
def mark_harmless() -> Executable:
    """Takes ``mark_sensitive`` back."""
    return (
        update(post)
        .where(any_of(post.c.id, "ids"), post.c.sensitive)
        .values(sensitive=False, revision=post.c.revision + 1, edited_at=_EDITED_AT)
        .returning(post.c.id, post.c.local, post.c.local_only)
    )
