"""The statements that write applications, tokens, sessions and what an account remembers."""

from msgspec import Struct
from sqlalchemy import Delete, Insert, Select, Update, bindparam, delete, insert, select, update

from weft.domain.accounts.queries import App, Code
from weft.storage.database import Tx
from weft.storage.schema.accounts import (
    account,
    idempotency,
    oauth_app,
    oauth_code,
    oauth_token,
    web_session,
)
from weft.storage.schema.moderation import account_day
from weft.storage.statements import insert_or_ignore, query

DAY_MS = 24 * 3_600_000


class TokenRow(Struct, frozen=True):
    id: int
    app_id: int | None
    account_id: int | None


@query()
def insert_app() -> Insert:
    return insert(oauth_app).values({name: bindparam(name) for name in App.__struct_fields__})


@query()
def insert_code() -> Insert:
    names = [name for name in Code.__struct_fields__ if name != "used_at"]
    return insert(oauth_code).values({name: bindparam(name) for name in (*names, "created_at")})


@query()
def use_code() -> Update:
    """Marks a code as used; changes no row if somebody was faster."""
    return (
        update(oauth_code)
        .where(oauth_code.c.code_hash == bindparam("of_code"), oauth_code.c.used_at.is_(None))
        .values(used_at=bindparam("used_at"))
    )


@query()
def insert_token() -> Insert:
    names = (
        "id", "token_hash", "app_id", "account_id", "code_hash", "scopes", "family", "created_at",
        "expires_at",
    )  # fmt: skip
    return insert(oauth_token).values({name: bindparam(name) for name in names})


@query(row=TokenRow, bounded=True)
def token_by_hash() -> Select:
    return select(oauth_token.c.id, oauth_token.c.app_id, oauth_token.c.account_id).where(
        oauth_token.c.token_hash == bindparam("token_hash")
    )


@query()
def revoke_token_row() -> Update:
    return (
        update(oauth_token)
        .where(oauth_token.c.id == bindparam("of_token"), oauth_token.c.revoked_at.is_(None))
        .values(revoked_at=bindparam("now"))
    )


@query()
def revoke_tokens_of_code() -> Update:
    return (
        update(oauth_token)
        .where(oauth_token.c.code_hash == bindparam("of_code"), oauth_token.c.revoked_at.is_(None))
        .values(revoked_at=bindparam("now"))
    )


@query()
def insert_session() -> Insert:
    names = (
        "id", "token_hash", "account_id", "user_agent", "address", "created_at", "last_seen_at",
        "expires_at",
    )  # fmt: skip
    return insert(web_session).values({name: bindparam(name) for name in names})


@query()
def delete_session() -> Delete:
    return delete(web_session).where(web_session.c.token_hash == bindparam("of_token"))


@query()
def touch_session() -> Update:
    return (
        update(web_session)
        .where(web_session.c.id == bindparam("of_session"))
        .values(last_seen_at=bindparam("now"))
    )


@query()
def touch_token() -> Update:
    """Notes that an application is at work, for who looks through them."""
    return (
        update(oauth_token)
        .where(oauth_token.c.id == bindparam("of_token"))
        .values(last_used_at=bindparam("now"))
    )


@query()
def touch_account() -> Update:
    """Notes that the person was here: home timelines are kept for those who come."""
    return (
        update(account)
        .where(account.c.id == bindparam("of_account"))
        .values(last_active_at=bindparam("now"))
    )


@query()
def note_day() -> Insert:
    """That the person was here on ``:day``, for the numbers."""
    return insert_or_ignore(account_day, "day", "account_id")


async def saw_account(tx: Tx, account_id: int, now: int) -> None:
    """The person is here."""
    await tx.run(touch_account, of_account=account_id, now=now)
    await tx.run(note_day, day=now // DAY_MS, account_id=account_id)


@query()
def update_account_settings() -> Update:
    return (
        update(account)
        .where(account.c.id == bindparam("of_account"))
        .values(settings=bindparam("settings"))
    )


@query(bounded=True)
def remembered_post() -> Select:
    """The post that a repeated request already made."""
    return select(idempotency.c.post_id).where(
        idempotency.c.account_id == bindparam("account_id"),
        idempotency.c.key == bindparam("key"),
        idempotency.c.created_at > bindparam("since"),
    )


@query()
def forget_request() -> Delete:
    return delete(idempotency).where(
        idempotency.c.account_id == bindparam("of_account"),
        idempotency.c.key == bindparam("of_key"),
    )


@query()
def remember_request() -> Insert:
    return insert(idempotency).values(
        {name: bindparam(name) for name in ("account_id", "key", "post_id", "created_at")}
    )
