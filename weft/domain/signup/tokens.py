"""Whose a token is, also of somebody who is not in yet."""

from msgspec import Struct
from sqlalchemy import Select, bindparam, or_, select

from weft.storage.schema.accounts import account, oauth_token
from weft.storage.statements import query


class TokenHolder(Struct, frozen=True):
    account_id: int
    token_app_id: int | None
    signed_up_app_id: int | None
    family: str
    confirmed_at: int | None


@query(row=TokenHolder, bounded=True)
def token_holder() -> Select:
    """Who holds a token that is neither revoked nor expired; what it opens is another question."""
    return (
        select(
            account.c.id,
            oauth_token.c.app_id,
            account.c.app_id,
            oauth_token.c.family,
            account.c.confirmed_at,
        )
        .join(oauth_token, oauth_token.c.account_id == account.c.id)
        .where(
            oauth_token.c.token_hash == bindparam("token_hash"),
            oauth_token.c.revoked_at.is_(None),
            or_(oauth_token.c.expires_at.is_(None), oauth_token.c.expires_at > bindparam("now")),
            account.c.disabled_at.is_(None),
        )
    )
