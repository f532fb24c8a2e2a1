"""Passkeys in forms: the challenge that a page gives to its script, and what comes back.

The script (``static/passkeys.js``) puts the browser's answer into a field of the form as JSON. The
challenge is one of our tickets, and comes back inside of what the passkey has signed.
"""

import base64
import binascii
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import msgspec

from weft.domain.limits import Limit
from weft.domain.security.owners import Owner
from weft.domain.security.passkeys import (
    MAX_ANSWER,
    Passkey,
    PasskeyRefused,
    Registered,
    Shown,
    Site,
    check_assertion,
    check_registration,
    creation_options,
    passkey_by_credential,
    request_options,
    user_handle,
)
from weft.web.signin.tickets import Ticket
from weft.web.visits import Visit

FIELD = "passkey"
LIFE_MS = 10 * 60_000
PER_CLIENT = Limit(60, 300)
_UNREADABLE = "Your browser's answer could not be read: try again."
_SHOW, _MAKE = "passkey shown", "passkey made"


def site_of(visit: Visit) -> Site | None:
    """None where browsers have no passkeys: a server that is reached by its number."""
    settings = visit.parts.settings
    host = urlsplit(settings.origin).hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return Site(host, settings.origin, settings.title or settings.domain)
    return None


def options_to_show(visit: Visit) -> str | None:
    """For a form that may be answered with a passkey, as JSON."""
    site = site_of(visit)
    if site is None:
        return None
    return request_options(site, visit.desk.tickets.write(_SHOW, visit.visitor.secret).encode())


def options_to_make(visit: Visit, owner: Owner, known: list[Passkey]) -> str | None:
    site = site_of(visit)
    if site is None:
        return None
    challenge = visit.desk.tickets.write(_MAKE, visit.visitor.secret).encode()
    return creation_options(site, owner, challenge, known)


async def made_passkey(visit: Visit) -> Registered:
    """Raises PasskeyRefused."""
    site, answer = _answer(visit)
    challenge, _ = _challenge(visit, answer, _MAKE)
    return await check_registration(site, answer, challenge)


async def shown_passkey(visit: Visit, account_id: int | None = None) -> Shown:
    """The passkey that answered; of this account, if one is given.

    Raises:
        PasskeyRefused: with a sentence.
    """
    if not visit.parts.limiter.take("passkey", visit.address, PER_CLIENT).allowed:
        raise PasskeyRefused("Too many tries: wait five minutes.")
    site, answer = _answer(visit)
    challenge, ticket = _challenge(visit, answer, _SHOW)
    known = await visit.parts.db.one(passkey_by_credential, credential=_bytes(answer.get("rawId")))
    if known is None or (account_id is not None and known.account_id != account_id):
        raise PasskeyRefused("This passkey is not known here: it may have been removed.")
    named = _response(answer).get("userHandle")
    if named and _bytes(named) != user_handle(known.account_id):
        raise PasskeyRefused("This passkey is for another account.")
    return await check_assertion(site, known, answer, challenge, ticket.made_at)


def _answer(visit: Visit) -> tuple[Site, dict[str, Any]]:
    site, typed = site_of(visit), visit.form.get(FIELD, "")
    if site is None or not typed or len(typed) > MAX_ANSWER:
        raise PasskeyRefused(_UNREADABLE)
    try:
        answer = msgspec.json.decode(typed)
    except (msgspec.DecodeError, RecursionError):
        raise PasskeyRefused(_UNREADABLE) from None
    if not isinstance(answer, dict):
        raise PasskeyRefused(_UNREADABLE)
    return site, answer


def _response(answer: dict[str, Any]) -> dict[str, Any]:
    response = answer.get("response")
    if not isinstance(response, dict):
        raise PasskeyRefused(_UNREADABLE)
    return response


def _challenge(visit: Visit, answer: dict[str, Any], purpose: str) -> tuple[bytes, Ticket]:
    """The ticket inside of what was signed (clientDataJSON's ``challenge``)."""
    try:
        said = msgspec.json.decode(_bytes(_response(answer).get("clientDataJSON")))
    except (msgspec.DecodeError, RecursionError):
        raise PasskeyRefused(_UNREADABLE) from None
    challenge = _bytes(said.get("challenge")) if isinstance(said, dict) else b""
    text = challenge.decode("latin-1")
    ticket = visit.desk.tickets.read(purpose, visit.visitor.secret, text, LIFE_MS)
    if ticket is None:
        raise PasskeyRefused("This took too long, or the page is an old one: try once more.")
    return challenge, ticket


def _bytes(encoded: object) -> bytes:
    """From base64url without padding."""
    if not isinstance(encoded, str):
        raise PasskeyRefused(_UNREADABLE)
    try:
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise PasskeyRefused(_UNREADABLE) from None
