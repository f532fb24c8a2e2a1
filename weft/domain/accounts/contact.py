"""Whom to turn to: the operator of the server, as an account."""

from sqlalchemy import Select, literal_column, select

from weft.storage.schema.accounts import account
from weft.storage.statements import any_of, query


@query(bounded=False)
def contact_account() -> Select:
    """The actor of the first admin."""
    return (
        select(account.c.actor_id)
        .where(account.c.role >= literal_column("2"), account.c.disabled_at.is_(None))
        .order_by(account.c.id)
        .limit(literal_column("1"))
    )


@query(bounded=True)
def admin_actors() -> Select:
    """Which of ``:ids`` are admins of this server."""
    return select(account.c.actor_id).where(
        any_of(account.c.actor_id, "ids"), account.c.role >= literal_column("2")
    )


@query()
def all_admins() -> Select:
    """The actors of the admins, the first first."""
    return (
        select(account.c.actor_id)
        .where(account.c.role >= literal_column("2"), account.c.disabled_at.is_(None))
        .order_by(account.c.id)
    )
