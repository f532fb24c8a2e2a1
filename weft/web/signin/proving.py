"""Before a change that could cost somebody their account: the password again, and the second factor.

Or a passkey instead of both. Tries are counted per account, before anything is looked at.
"""

from typing import Any

import structlog

from weft.domain.accounts.secrets import PasswordsBusy, password_matches
from weft.domain.keys.sealing import SecretKeyError
from weft.domain.limits import Limit
from weft.domain.security import letters
from weft.domain.security.owners import Owner, owner_by_id, tell_owner
from weft.domain.security.passkeys import PasskeyRefused, passkeys_of
from weft.domain.security.proof import Proof
from weft.domain.security.second_factor import FactorRefused, Matched, match_code
from weft.storage.database import Tx
from weft.web.signin.passkey_forms import FIELD, options_to_show, shown_passkey
from weft.web.visits import PageError, Visit

_TOLD = Limit(1, 24 * 3600)
log = structlog.get_logger("weft.web")


class Unproven(Exception):
    """The sentence is for the person at the form."""

    def __init__(self, sentence: str, status: int = 422, wait_s: int = 0) -> None:
        super().__init__(sentence)
        self.status, self.wait_s = status, wait_s

    @property
    def headers(self) -> dict[str, str] | None:
        return {"retry-after": str(self.wait_s)} if self.wait_s else None


async def owner_of(visit: Visit) -> Owner:
    """Who is signed in.

    Raises:
        SignInFirst: nobody is.
    """
    visit.must_be_signed_in()
    session = visit.visitor.session
    owner = await visit.parts.db.one(owner_by_id, id=session.account_id) if session else None
    if owner is None:
        raise PageError(403, "Your account is not here any more.")
    return owner


async def proving_fields(visit: Visit, owner: Owner) -> dict[str, Any]:
    """What ``proof.html`` needs to ask for it."""
    rows = await visit.parts.db.all(passkeys_of, account_id=owner.id, limit=1)
    return {"owner": owner, "to_show": options_to_show(visit) if rows else None}


async def prove(visit: Visit, owner: Owner) -> Proof:
    """Look at the form's password and code, or its passkey.

    Raises:
        Unproven: nothing was used up.
    """
    if visit.form.get(FIELD):
        try:
            return Proof(passkey=await shown_passkey(visit, owner.id))
        except PasskeyRefused as refused:
            raise Unproven(str(refused)) from None
    counted, throttle = (f"account {owner.id}", visit.address), visit.desk.throttle
    if wait := throttle.take(*counted):
        raise Unproven(too_many(wait), 429, wait)
    try:
        right = await password_matches(owner.password_hash, visit.form.get("password", "")[:1000])
    except PasswordsBusy as busy:
        throttle.give_back(*counted)
        raise Unproven(str(busy), 503, 5) from None
    if not right:
        raise Unproven("The password is not right.", 403)
    throttle.succeeded(*counted)
    if not owner.has_factor:
        return Proof()
    return Proof(code=await matched_code(visit, owner))


async def matched_code(visit: Visit, owner: Owner) -> Matched:
    """The form's code of the second factor.

    Raises:
        Unproven: with a sentence.
    """
    counted, throttle = (f"factor {owner.id}", visit.address), visit.desk.factor_throttle
    if wait := throttle.take(*counted):
        await _tell_of_guesses(visit, owner)
        raise Unproven(too_many(wait), 429, wait)
    try:
        matched = match_code(
            visit.parts.sealer, owner, visit.form.get("code", ""), visit.parts.server.now_ms()
        )
    except FactorRefused as refused:
        raise Unproven(str(refused)) from None
    except SecretKeyError as error:
        log.error("a second factor cannot be opened", account=owner.id, reason=str(error))
        raise Unproven(
            "The second factor cannot be checked on this server: tell its operator.", 503
        ) from None
    throttle.succeeded(*counted)
    return matched


def too_many(wait_s: int) -> str:
    minutes = (wait_s + 59) // 60
    return f"Too many tries: wait {minutes} {'minute' if minutes == 1 else 'minutes'}."


async def _tell_of_guesses(visit: Visit, owner: Owner) -> None:
    """Only who knows the password comes this far: its owner should know."""
    parts = visit.parts
    if not parts.limiter.take("codes guessed", str(owner.id), _TOLD).allowed:
        return

    async def tell(tx: Tx) -> None:
        text = letters.codes_guessed(parts.settings, owner.username)
        await tell_owner(tx, parts.server, owner, text)

    await parts.db.write(tell)
