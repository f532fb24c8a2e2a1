"""Letting applications act for a person: OAuth 2 (RFC 6749) with PKCE (RFC 7636).

An application registers, a person grants it scopes, it gets a code, and exchanges the code once for
a token. A code presented twice was stolen by somebody: all that it brought is revoked. Codes, tokens
and secrets are kept as hashes. Whoever can show a PKCE verifier needs no client secret, because
applications on people's devices cannot keep one.
"""

import base64
import hashlib
import re
import secrets
from hmac import compare_digest
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from weft.domain.accounts.queries import App, app_by_client_id, code_by_hash
from weft.domain.accounts.revocations import end_access
from weft.domain.accounts.scopes import UnknownScope, parse_scopes, within
from weft.domain.accounts.secrets import hash_secret, new_token
from weft.domain.accounts.store import (
    insert_app,
    insert_code,
    insert_token,
    revoke_token_row,
    revoke_tokens_of_code,
    token_by_hash,
    use_code,
)
from weft.domain.push.subscriptions import unsubscribe
from weft.domain.server import Server
from weft.storage.database import Database, Tx

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
CODE_LIFE_MS = 10 * 60_000
MAX_NAME = 60
MAX_REDIRECTS = 2000
_DANGEROUS_SCHEMES = frozenset(
    {"javascript", "data", "vbscript", "file", "filesystem", "about", "blob", "view-source"}
)
# A host, which also goes into the consent page's Content-Security-Policy: nothing else fits.
_AUTHORITY = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")


class BadApp(Exception):
    """What was registered cannot be; the sentence is for the application's author."""


class AccessRefused(Exception):
    """An OAuth request is refused; ``code`` is RFC 6749's word for it, the message a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class NewApp(Struct, frozen=True):
    """A registered application; the only time that its secret is seen."""

    id: int
    client_id: str
    client_secret: str
    name: str
    website: str | None
    redirect_uris: tuple[str, ...]
    scopes: frozenset[str]


class NewToken(Struct, frozen=True):
    """An issued token; the only time that it is seen."""

    token: str
    scopes: frozenset[str]
    created_at: int
    account_id: int | None


class Grant(Struct, frozen=True):
    """What a person is asked to allow; checked."""

    app: App
    redirect_uri: str
    scopes: frozenset[str]
    challenge: str | None


def written(scopes: frozenset[str]) -> str:
    """Scopes as they are stored and sent."""
    return " ".join(sorted(scopes))


def redirect_uris_of(app: App) -> tuple[str, ...]:
    return msgspec.json.decode(app.redirect_uris, type=tuple[str, ...])


def _checked_redirect(uri: str) -> str:
    if uri == OUT_OF_BAND:
        return uri
    try:
        parts = urlsplit(uri)
    except ValueError:
        raise BadApp(f"The redirect URI {uri} is not a URI.") from None
    if not uri.isascii() or not uri.isprintable():
        raise BadApp(f"The redirect URI {uri} has characters that must be encoded in a URI.")
    if not parts.scheme or parts.scheme in _DANGEROUS_SCHEMES:
        raise BadApp(f"The redirect URI {uri} is not one that a browser may be sent to.")
    if parts.scheme in ("http", "https") and not _AUTHORITY.fullmatch(parts.netloc):
        raise BadApp(f"The redirect URI {uri} names no host, or more than a host and a port.")
    if "#" in uri or " " in uri:
        raise BadApp(f"The redirect URI {uri} has a fragment or a space.")
    return uri


async def register_app(
    db: Database,
    server: Server,
    *,
    name: str,
    redirect_uris: list[str],
    scopes: str,
    website: str | None,
    family: str,
) -> NewApp:
    """Register an application.

    Raises:
        BadApp: with a sentence.
    """
    name = name.strip()
    if not name:
        raise BadApp("The application needs a name (client_name).")
    if len(name) > MAX_NAME:
        raise BadApp(f"The application's name may have at most {MAX_NAME} characters.")
    if not redirect_uris:
        raise BadApp("The application needs a redirect URI (redirect_uris).")
    if sum(map(len, redirect_uris)) > MAX_REDIRECTS:
        raise BadApp(f"Redirect URIs may have at most {MAX_REDIRECTS} characters together.")
    checked = tuple(_checked_redirect(uri) for uri in redirect_uris)
    if website and urlsplit(website).scheme not in ("http", "https"):
        raise BadApp("The website of an application starts with https:// or http://.")
    try:
        wanted = parse_scopes(scopes) or frozenset({"read"})
    except UnknownScope as unknown:
        raise BadApp(f"There is no scope {unknown}.") from None
    secret = secrets.token_urlsafe(32)
    app = App(
        id=db.ids.mint(),
        client_id=secrets.token_urlsafe(32),
        secret_hash=hash_secret(secret),
        name=name,
        website=website or None,
        redirect_uris=msgspec.json.encode(checked).decode(),
        scopes=written(wanted),
        family=family,
        created_at=server.now_ms(),
    )
    await db.write(_insert_app, app)
    return NewApp(app.id, app.client_id, secret, app.name, app.website, checked, wanted)


async def _insert_app(tx: Tx, app: App) -> None:
    await tx.run(insert_app, **msgspec.structs.asdict(app))


async def check_grant(
    db: Database,
    *,
    client_id: str,
    redirect_uri: str,
    scopes: str,
    challenge: str | None,
    method: str | None,
) -> Grant:
    """Check what an application asks a person for.

    Raises:
        AccessRefused: ``invalid_client`` and ``invalid_redirect_uri`` must not be sent to the
            redirect URI; the others may.
    """
    app = await db.one(app_by_client_id, client_id=client_id)
    if app is None:
        raise AccessRefused("invalid_client", "This server does not know the application.")
    if redirect_uri not in redirect_uris_of(app):
        raise AccessRefused(
            "invalid_redirect_uri", "The redirect URI is not one that the application registered."
        )
    wanted = _asked(app, scopes)
    if challenge is None:
        return Grant(app, redirect_uri, wanted, None)
    if method != "S256":
        raise AccessRefused("invalid_request", "The code_challenge_method must be S256.")
    if not 43 <= len(challenge) <= 128:
        raise AccessRefused("invalid_request", "A code_challenge has 43 to 128 characters.")
    return Grant(app, redirect_uri, wanted, challenge)


def _asked(app: App, scopes: str) -> frozenset[str]:
    """The scopes asked for, if the application registered for them."""
    allowed = frozenset(app.scopes.split())
    try:
        wanted = parse_scopes(scopes) or (
            frozenset({"read"}) if within(frozenset({"read"}), allowed) else allowed
        )
    except UnknownScope as unknown:
        raise AccessRefused("invalid_scope", f"There is no scope {unknown}.") from None
    if not within(wanted, allowed):
        raise AccessRefused(
            "invalid_scope", "The application asks for more than it was registered for."
        )
    return wanted


async def issue_code(db: Database, server: Server, grant: Grant, account_id: int) -> str:
    """The person allowed it: a code for the application, good once, for ten minutes."""
    code = secrets.token_urlsafe(32)
    now = server.now_ms()
    await db.write(
        _insert_code,
        {
            "code_hash": hash_secret(code),
            "app_id": grant.app.id,
            "account_id": account_id,
            "redirect_uri": grant.redirect_uri,
            "scopes": written(grant.scopes),
            "challenge": grant.challenge,
            "expires_at": now + CODE_LIFE_MS,
            "created_at": now,
        },
    )
    return code


async def _insert_code(tx: Tx, values: dict[str, object]) -> None:
    await tx.run(insert_code, **values)


async def find_client(db: Database, client_id: str, client_secret: str | None) -> App:
    """The application that presents itself; a given secret must be right.

    Raises:
        AccessRefused: ``invalid_client``.
    """
    app = await db.one(app_by_client_id, client_id=client_id)
    if app is None:
        raise AccessRefused("invalid_client", "This server does not know the application.")
    if client_secret is not None and not compare_digest(
        app.secret_hash, hash_secret(client_secret)
    ):
        raise AccessRefused("invalid_client", "The application's secret is wrong.")
    return app


async def exchange_code(
    db: Database,
    server: Server,
    *,
    client_id: str,
    client_secret: str | None,
    code: str,
    redirect_uri: str,
    verifier: str | None,
    family: str,
) -> NewToken:
    """A token for a code.

    Raises:
        AccessRefused: ``invalid_client`` or ``invalid_grant``. A second presentation also revokes
            what the first one brought.
    """
    app = await find_client(db, client_id, client_secret)
    code_hash = hash_secret(code)
    granted = await db.one(code_by_hash, code_hash=code_hash)
    now = server.now_ms()
    if granted is None or granted.app_id != app.id:
        raise AccessRefused("invalid_grant", "The code is not one of this application's.")
    if granted.used_at is None:
        if granted.expires_at <= now:
            raise AccessRefused("invalid_grant", "The code has expired: ask the person again.")
        if granted.redirect_uri != redirect_uri:
            raise AccessRefused("invalid_grant", "The redirect URI is not that of the code.")
        if granted.challenge is None and client_secret is None:
            raise AccessRefused("invalid_client", "Without PKCE, the client_secret is needed.")
        if not _proven(granted.challenge, verifier):
            raise AccessRefused("invalid_grant", "The code_verifier does not fit the code.")
    scopes = frozenset(granted.scopes.split())
    token = new_token(family)
    issued = await db.write(
        _redeem,
        code_hash,
        _token_values(db, token, app.id, granted.account_id, scopes, family, now),
    )
    if not issued:
        raise AccessRefused(
            "invalid_grant", "The code was used before; what it brought is revoked."
        )
    return NewToken(token, scopes, now, granted.account_id)


async def _redeem(tx: Tx, code_hash: str, values: dict[str, object]) -> bool:
    """Answers False instead of raising, because the revocation must be kept."""
    if not await tx.run(use_code, of_code=code_hash, used_at=values["created_at"]):
        await tx.run(revoke_tokens_of_code, of_code=code_hash, now=values["created_at"])
        end_access(tx)
        return False
    await tx.run(insert_token, **(values | {"code_hash": code_hash}))
    return True


def _proven(challenge: str | None, verifier: str | None) -> bool:
    if challenge is None:
        # A verifier without a challenge: somebody has cut the challenge out of the request, so
        # that a code of his own would pass (RFC 9700, section 4.8.2).
        return not verifier
    if verifier is None:
        return False
    digest = hashlib.sha256(verifier.encode()).digest()
    expected = challenge.rstrip("=").encode()
    return compare_digest(expected, base64.urlsafe_b64encode(digest).rstrip(b"="))


async def app_token(
    db: Database, server: Server, *, client_id: str, client_secret: str, scopes: str, family: str
) -> NewToken:
    """A token for the application itself (client_credentials).

    Raises:
        AccessRefused: ``invalid_client`` or ``invalid_scope``.
    """
    app = await find_client(db, client_id, client_secret)
    return await issue_token(
        db, server, account_id=None, scopes=_asked(app, scopes), family=family, app_id=app.id
    )


async def issue_token(
    db: Database,
    server: Server,
    *,
    account_id: int | None,
    scopes: frozenset[str],
    family: str,
    app_id: int | None = None,
) -> NewToken:
    """A token without a code: for the command line, or for an application alone."""
    token = new_token(family)
    now = server.now_ms()
    values = _token_values(db, token, app_id, account_id, scopes, family, now)
    await db.write(_insert_token, values)
    return NewToken(token, scopes, now, account_id)


async def _insert_token(tx: Tx, values: dict[str, object]) -> None:
    await tx.run(insert_token, **values)


def _token_values(
    db: Database,
    token: str,
    app_id: int | None,
    account_id: int | None,
    scopes: frozenset[str],
    family: str,
    now: int,
) -> dict[str, object]:
    return {
        "id": db.ids.mint(),
        "token_hash": hash_secret(token),
        "app_id": app_id,
        "account_id": account_id,
        "code_hash": None,
        "scopes": written(scopes),
        "family": family,
        "created_at": now,
        "expires_at": None,
    }


async def revoke_token(
    db: Database, server: Server, *, client_id: str, client_secret: str | None, token: str
) -> None:
    """Revoke a token of an application; one that nobody knows is already revoked (RFC 7009).

    Raises:
        AccessRefused: ``invalid_client``, or ``unauthorized_client`` for another one's token.
    """
    app = await find_client(db, client_id, client_secret)
    row = await db.one(token_by_hash, token_hash=hash_secret(token))
    if row is None:
        return
    if row.app_id != app.id:
        raise AccessRefused("unauthorized_client", "The token belongs to another application.")
    await db.write(_revoke, row.id, server.now_ms())


async def _revoke(tx: Tx, token_id: int, now: int) -> None:
    await tx.run(revoke_token_row, of_token=token_id, now=now)
    await unsubscribe(tx, token_id)
    end_access(tx)
