"""Signing in with a browser: a cookie token, kept as a hash, good for thirty days."""

import secrets

from msgspec import Struct

from weft.domain.accounts.queries import (
    Account,
    Session,
    account_by_email,
    account_by_handle,
    session_by_hash,
)
from weft.domain.accounts.secrets import hash_secret, password_matches
from weft.domain.accounts.store import (
    delete_session,
    insert_session,
    touch_session,
)
from weft.domain.actors.queries import actor_by_id
from weft.domain.server import Server
from weft.domain.weeks import note_here
from weft.storage.database import Database, Tx

SESSION_LIFE_MS = 30 * 24 * 3_600_000
SEEN_EVERY_MS = 3_600_000


class SignInRefused(Exception):
    """The sentence is for the person at the form; it does not say which half was wrong."""


class NewSession(Struct, frozen=True):
    token: str
    account_id: int
    expires_at: int


def usual_login(server: Server, login: str) -> str:
    """One spelling for all that stand for the same: an e-mail address, or ``name@domain``."""
    login = login.strip().removeprefix("@").casefold()
    return login if "@" in login else f"{login}@{server.domain}"


async def check_password(db: Database, server: Server, login: str, password: str) -> Account:
    """The account of an e-mail address or a name, if the password is right.

    Raises:
        SignInRefused: with a sentence.
        PasswordsBusy: nothing was checked.
    """
    login = usual_login(server, login)
    account: Account | None = await db.one(account_by_email, email=login)
    if account is None:
        account = await db.one(account_by_handle, handle=login)
    right = await password_matches(account.password_hash if account else None, password[:1000])
    if account is None or not right:
        raise SignInRefused("The name or the password is wrong.")
    if account.disabled_at is not None:
        raise SignInRefused("Your login is currently disabled.")
    if account.confirmed_at is None:
        raise SignInRefused("Your login is missing a confirmed e-mail address.")
    if account.approved_at is None:
        raise SignInRefused("Your login is currently pending approval.")
    actor = await db.one(actor_by_id, id=account.actor_id)
    if actor is None or actor.suspended_at is not None or actor.deleted_at is not None:
        raise SignInRefused("Your account is suspended.")
    return account


async def sign_in(
    db: Database,
    server: Server,
    *,
    login: str,
    password: str,
    user_agent: str | None = None,
    address: str | None = None,
    instead_of: str | None = None,
) -> NewSession:
    """Open a browser session; the one with the token ``instead_of`` ends.

    Raises:
        SignInRefused: with a sentence.
        PasswordsBusy: nothing was checked.
    """
    account = await check_password(db, server, login, password)
    token = secrets.token_urlsafe(32)
    now = server.now_ms()
    await db.write(_insert, account.id, token, user_agent, address, now, instead_of)
    return NewSession(token, account.id, now + SESSION_LIFE_MS)


async def _insert(
    tx: Tx,
    account_id: int,
    token: str,
    user_agent: str | None,
    address: str | None,
    now: int,
    instead_of: str | None,
) -> None:
    if instead_of is not None:
        await tx.run(delete_session, of_token=hash_secret(instead_of))
    await tx.run(
        insert_session,
        id=tx.new_id(),
        token_hash=hash_secret(token),
        account_id=account_id,
        user_agent=user_agent[:300] if user_agent else None,
        address=address,
        created_at=now,
        last_seen_at=now,
        expires_at=now + SESSION_LIFE_MS,
    )
    await note_here(tx, account_id, now)


async def session_of(db: Database, server: Server, token: str | None) -> Session | None:
    """Whose browser this is, or None; notes once an hour that the person is here."""
    if not token:
        return None
    now = server.now_ms()
    session = await db.one(session_by_hash, token_hash=hash_secret(token), now=now)
    if session is not None and now - session.last_seen_at > SEEN_EVERY_MS:
        await db.write(_seen, session, now)
    return session


async def _seen(tx: Tx, session: Session, now: int) -> None:
    await tx.run(touch_session, of_session=session.id, now=now)
    await note_here(tx, session.account_id, now)


async def sign_out(db: Database, token: str) -> None:
    await db.write(_delete, hash_secret(token))


async def _delete(tx: Tx, token_hash: str) -> None:
    await tx.run(delete_session, of_token=token_hash)
