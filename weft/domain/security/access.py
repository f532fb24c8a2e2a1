"""Who has a way into an account: browsers' sessions and applications; and closing them.

Closing an application's way takes its tokens, the codes that it has not exchanged yet, and what it was
pushed. A revoked token stays for a while as a row, so that its use can be explained (``expire.py``).
"""

from typing import Literal

from msgspec import Struct
from sqlalchemy import Delete, Select, Update, bindparam, delete, or_, select, update

from weft.domain.accounts.revocations import end_access
from weft.storage.database import Tx
from weft.storage.schema.accounts import (
    oauth_app,
    oauth_code,
    oauth_token,
    push_subscription,
    web_session,
)
from weft.storage.statements import query

MOST_SESSIONS = 100
MOST_TOKENS = 500
"""More than anybody can look through; the newest are shown."""


class Device(Struct, frozen=True):
    """A browser that is signed in."""

    id: int
    user_agent: str | None
    address: str | None
    created_at: int
    last_seen_at: int


class HeldToken(Struct, frozen=True):
    """A token that acts for a person; ``app_id`` is None for one of the command line."""

    id: int
    app_id: int | None
    app_name: str | None
    website: str | None
    scopes: str
    created_at: int
    last_used_at: int | None


@query(row=Device)
def devices_of() -> Select:
    return (
        select(*[web_session.c[name] for name in Device.__struct_fields__])
        .where(
            web_session.c.account_id == bindparam("account_id"),
            web_session.c.expires_at > bindparam("now"),
        )
        .order_by(web_session.c.last_seen_at.desc())
        .limit(bindparam("limit"))
    )


@query(row=HeldToken)
def tokens_of() -> Select:
    """Those that are good; the newest first."""
    return (
        select(
            oauth_token.c.id,
            oauth_token.c.app_id,
            oauth_app.c.name,
            oauth_app.c.website,
            oauth_token.c.scopes,
            oauth_token.c.created_at,
            oauth_token.c.last_used_at,
        )
        .select_from(oauth_token.outerjoin(oauth_app, oauth_app.c.id == oauth_token.c.app_id))
        .where(
            oauth_token.c.account_id == bindparam("account_id"),
            oauth_token.c.revoked_at.is_(None),
            or_(oauth_token.c.expires_at.is_(None), oauth_token.c.expires_at > bindparam("now")),
        )
        .order_by(oauth_token.c.id.desc())
        .limit(bindparam("limit"))
    )


@query()
def end_session() -> Delete:
    return delete(web_session).where(
        web_session.c.id == bindparam("of_session"),
        web_session.c.account_id == bindparam("of_account"),
    )


@query()
def end_sessions(*, but_one: bool) -> Delete:
    statement = delete(web_session).where(web_session.c.account_id == bindparam("of_account"))
    return statement.where(web_session.c.id != bindparam("keep")) if but_one else statement


@query()
def close_tokens(*, whose: Literal["all", "app", "nobody"]) -> Update:
    """Of all applications, of ``:of_app``, or of none (made on the command line)."""
    statement = (
        update(oauth_token)
        .where(
            oauth_token.c.account_id == bindparam("of_account"), oauth_token.c.revoked_at.is_(None)
        )
        .values(revoked_at=bindparam("now"))
    )
    if whose == "app":
        return statement.where(oauth_token.c.app_id == bindparam("of_app"))
    return statement.where(oauth_token.c.app_id.is_(None)) if whose == "nobody" else statement


@query()
def drop_codes(*, of_one_app: bool) -> Delete:
    """Codes that an application has not exchanged yet would bring it in again."""
    statement = delete(oauth_code).where(
        oauth_code.c.account_id == bindparam("of_account"), oauth_code.c.used_at.is_(None)
    )
    return statement.where(oauth_code.c.app_id == bindparam("of_app")) if of_one_app else statement


@query()
def drop_pushes() -> Delete:
    """What is pushed for tokens that are worth nothing any more."""
    revoked = select(oauth_token.c.id).where(
        oauth_token.c.account_id == bindparam("of_account"), oauth_token.c.revoked_at.is_not(None)
    )
    return delete(push_subscription).where(
        push_subscription.c.account_id == bindparam("of_account"),
        push_subscription.c.token_id.in_(revoked),
    )


async def close_app(tx: Tx, account_id: int, app_id: int | None, now: int) -> int:
    """Take an application's access back; None: tokens that were made on the command line. The
    number of tokens that were closed."""
    if app_id is None:
        closed = await tx.run(close_tokens, whose="nobody", of_account=account_id, now=now)
    else:
        closed = await tx.run(
            close_tokens, whose="app", of_account=account_id, of_app=app_id, now=now
        )
        await tx.run(drop_codes, of_one_app=True, of_account=account_id, of_app=app_id)
    await tx.run(drop_pushes, of_account=account_id)
    end_access(tx)
    return closed


async def close_all_apps(tx: Tx, account_id: int, now: int) -> None:
    await tx.run(close_tokens, whose="all", of_account=account_id, now=now)
    await tx.run(drop_codes, of_one_app=False, of_account=account_id)
    await tx.run(drop_pushes, of_account=account_id)
    end_access(tx)


async def close_sessions(tx: Tx, account_id: int, keep: int | None) -> int:
    """End all sessions, or all others; the number of them."""
    if keep is None:
        return await tx.run(end_sessions, but_one=False, of_account=account_id)
    return await tx.run(end_sessions, but_one=True, of_account=account_id, keep=keep)


async def close_session(tx: Tx, account_id: int, session_id: int) -> bool:
    return await tx.run(end_session, of_account=account_id, of_session=session_id) > 0
