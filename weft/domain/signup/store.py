"""The statements about people who are on their way in."""

from msgspec import Struct
from sqlalchemy import (
    Delete,
    Insert,
    Select,
    Update,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)

from weft.domain.moderation.holds import not_held
from weft.storage.schema.accounts import account
from weft.storage.schema.actors import actor
from weft.storage.schema.federation import object_
from weft.storage.statements import query


class Applicant(Struct, frozen=True):
    """Somebody who is not in yet."""

    id: int
    actor_id: int
    username: str
    email: str | None
    """The proven address; None before."""
    created_at: int
    confirmed_at: int | None
    approved_at: int | None
    reason: str | None
    address: str | None
    locale: str | None
    invite_id: int | None
    app_id: int | None


COLUMNS = [
    (actor if name == "username" else account).c[name] for name in Applicant.__struct_fields__
]


@query()
def insert_applicant() -> Insert:
    names = (
        "id", "actor_id", "password_hash", "role", "locale", "created_at", "approved_at", "reason",
        "address", "invite_id", "app_id",
    )  # fmt: skip
    return insert(account).values({name: bindparam(name) for name in names})


@query()
def hide_actor() -> Update:
    """Out of everybody's sight until its person is in. The time is the account's ``created_at``,
    which a moderator's suspension never has."""
    return (
        update(actor)
        .where(actor.c.id == bindparam("of_actor"))
        .values(suspended_at=bindparam("hidden_at"))
    )


@query()
def show_actor() -> Update:
    """Takes back ``hide_actor``, and no moderator's suspension."""
    return (
        update(actor)
        .where(actor.c.id == bindparam("of_actor"), actor.c.suspended_at == bindparam("hidden_at"))
        .values(suspended_at=None, revision=actor.c.revision + 1)
    )


@query(row=Applicant, bounded=True)
def applicant_by_id() -> Select:
    """Somebody who is not in yet."""
    return (
        select(*COLUMNS)
        .join(actor, actor.c.id == account.c.actor_id)
        .where(
            account.c.id == bindparam("id"),
            or_(account.c.confirmed_at.is_(None), account.c.approved_at.is_(None)),
        )
    )


@query(row=Applicant)
def waiting_for_approval() -> Select:
    """The oldest first."""
    return (
        select(*COLUMNS)
        .join(actor, actor.c.id == account.c.actor_id)
        .where(account.c.approved_at.is_(None))
        .order_by(account.c.id)
        .limit(bindparam("limit"))
    )


@query(row=Applicant)
def never_confirmed() -> Select:
    return (
        select(*COLUMNS)
        .join(actor, actor.c.id == account.c.actor_id)
        .where(
            account.c.confirmed_at.is_(None),
            account.c.created_at < bindparam("before"),
            not_held(account.c.actor_id),
        )
        .order_by(account.c.id)
        .limit(bindparam("limit"))
    )


@query()
def confirm_account() -> Update:
    return (
        update(account)
        .where(account.c.id == bindparam("of_account"), account.c.confirmed_at.is_(None))
        .values(confirmed_at=bindparam("now"), email=bindparam("email"))
    )


@query()
def approve_account() -> Update:
    return (
        update(account)
        .where(account.c.id == bindparam("of_account"), account.c.approved_at.is_(None))
        .values(approved_at=bindparam("now"))
    )


@query()
def delete_applicant() -> Delete:
    """Never one who is in."""
    return delete(account).where(
        account.c.id == bindparam("of_account"),
        or_(account.c.confirmed_at.is_(None), account.c.approved_at.is_(None)),
    )


@query()
def delete_hidden_actor() -> Delete:
    """Its keys and counts go with it; nobody has ever seen it."""
    return delete(actor).where(
        actor.c.id == bindparam("of_actor"), actor.c.local, actor.c.suspended_at.is_not(None)
    )


@query()
def delete_actor_object() -> Delete:
    return delete(object_).where(object_.c.uri == bindparam("of_uri"))


@query()
def forget_old_addresses() -> Update:
    return (
        update(account)
        .where(
            account.c.created_at < bindparam("before"),
            account.c.address.is_not(None),
            not_held(account.c.actor_id),
        )
        .values(address=None)
    )


@query()
def moderators() -> Select:
    """Addresses of who decides about applicants."""
    return (
        select(account.c.email)
        .where(account.c.role > 0, account.c.disabled_at.is_(None), account.c.email.is_not(None))
        .order_by(account.c.id)
        .limit(bindparam("limit"))
    )
