"""Signing in with a browser: a cookie token, kept as a hash, good for thirty days."""

import secrets

from msgspec import Struct

from weft.domain.accounts.queries import Session, session_by_hash
from weft.domain.accounts.secrets import hash_secret, password_matches
from weft.domain.accounts.store import (
    delete_session,
    insert_session,
    saw_account,
    touch_session,
)
from weft.domain.security.owners import Owner, owner_by_email, owner_by_handle
from weft.domain.server import Server
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


async def check_password(db: Database, server: Server, login: str, password: str) -> Owner:
    """The account of an e-mail address or a name, if the password is right. Whoever has a second
    factor is not signed in by that alone.

    Raises:
        SignInRefused: with a sentence.
        PasswordsBusy: nothing was checked.
    """
    login = usual_login(server, login)
    owner: Owner | None = await db.one(owner_by_email, email=login)
    if owner is None:
        owner = await db.one(owner_by_handle, handle=login)
    right = await password_matches(owner.password_hash if owner else None, password[:1000])
    if owner is None or not right:
        raise SignInRefused("The name or the password is wrong.")
    if owner.why_not_in is not None:
        raise SignInRefused(owner.why_not_in)
    return owner


class Browser(Struct, frozen=True):
    """Where somebody signs in; the session with the token ``instead_of`` ends."""

    user_agent: str | None = None
    address: str | None = None
    instead_of: str | None = None


def new_session(server: Server, account_id: int) -> NewSession:
    """Made before the write, which may run twice. Always a new token: one that was known before
    the sign-in is worth nothing after it."""
    return NewSession(secrets.token_urlsafe(32), account_id, server.now_ms() + SESSION_LIFE_MS)


async def open_session(tx: Tx, server: Server, made: NewSession, browser: Browser) -> None:
    now = server.now_ms()
    if browser.instead_of is not None:
        await tx.run(delete_session, of_token=hash_secret(browser.instead_of))
    await tx.run(
        insert_session,
        id=tx.new_id(),
        token_hash=hash_secret(made.token),
        account_id=made.account_id,
        user_agent=browser.user_agent[:300] if browser.user_agent else None,
        address=browser.address,
        created_at=now,
        last_seen_at=now,
        expires_at=made.expires_at,
    )
    await saw_account(tx, made.account_id, now)


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
    await saw_account(tx, session.account_id, now)


async def sign_out(db: Database, token: str) -> None:
    await db.write(_delete, hash_secret(token))


async def _delete(tx: Tx, token_hash: str) -> None:
    await tx.run(delete_session, of_token=token_hash)
