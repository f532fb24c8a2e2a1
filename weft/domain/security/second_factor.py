"""The second factor: codes of an authenticator app (RFC 6238), and recovery codes for who lost it.

A code is six digits of a time step of 30 seconds. One step before and after now is taken too, because
clocks differ, and never a step that is not newer than the last one taken: a code that was seen on the
way is worth nothing (RFC 6238, section 5.2). The secret is sealed with the server's key. Recovery codes
have 80 random bits, so one SHA-256 keeps them; each is good once.
"""

import secrets
from hmac import compare_digest

import msgspec
from msgspec import Struct
from sqlalchemy import Update, bindparam, or_, update

from weft.config.settings import Settings
from weft.domain.accounts.secrets import hash_secret
from weft.domain.keys.sealing import Sealer
from weft.domain.security import letters
from weft.domain.security.owners import Owner, owner_by_id, tell_owner
from weft.domain.server import Server
from weft.storage.database import Tx
from weft.storage.schema.accounts import account
from weft.storage.statements import query

STEP_S = 30
STEPS_AROUND = 1
RECOVERY_CODES = 10
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
"""32 letters and digits that are not taken for each other."""
_hashes = msgspec.json.Decoder(list[str])


class FactorRefused(Exception):
    """The sentence is for the person at the form."""


class Matched(Struct, frozen=True):
    """What a right code was: of a time step, or the recovery code with this hash."""

    step: int | None = None
    recovery_hash: str | None = None


class SetUp(Struct, frozen=True):
    """A factor that is being set up: proven by ``step``, a code of it."""

    sealed: bytes
    step: int
    recovery_hashes: str


@query()
def turn_on() -> Update:
    """Changes no row where there is a factor already."""
    return (
        update(account)
        .where(account.c.id == bindparam("of_account"), account.c.totp_sealed.is_(None))
        .values({name: bindparam(name) for name in ("totp_sealed", "totp_step", "recovery_hashes")})
    )


@query()
def turn_off() -> Update:
    return (
        update(account)
        .where(account.c.id == bindparam("of_account"), account.c.totp_sealed.is_not(None))
        .values(totp_sealed=None, totp_step=None, recovery_hashes=None)
    )


@query()
def take_step() -> Update:
    """Changes one row for whoever shows the code of this step first."""
    return (
        update(account)
        .where(
            account.c.id == bindparam("of_account"),
            account.c.totp_sealed == bindparam("of_sealed"),
            or_(account.c.totp_step.is_(None), account.c.totp_step < bindparam("below")),
        )
        .values(totp_step=bindparam("step"))
    )


@query()
def swap_recovery_hashes() -> Update:
    """Changes no row if somebody was faster."""
    return (
        update(account)
        .where(
            account.c.id == bindparam("of_account"),
            account.c.recovery_hashes == bindparam("old_hashes"),
        )
        .values(recovery_hashes=bindparam("new_hashes"))
    )


@query()
def set_recovery_hashes() -> Update:
    return (
        update(account)
        .where(
            account.c.id == bindparam("of_account"),
            account.c.totp_sealed.is_not(None),
        )
        .values(recovery_hashes=bindparam("new_hashes"))
    )


def sealing_purpose(account_id: int) -> str:
    return f"second factor of {account_id}"


def new_secret() -> str:
    """160 bits in base32, as authenticator apps take it."""
    import pyotp

    return pyotp.random_base32()


def setup_uri(settings: Settings, username: str, secret: str) -> str:
    """What the QR code says: ``otpauth://totp/…``."""
    import pyotp

    return pyotp.TOTP(secret).provisioning_uri(
        name=settings.handle(username), issuer_name=settings.title or settings.domain
    )


def plain(code: str) -> str:
    """A code without what people type between its parts."""
    return code.strip().casefold().replace(" ", "").replace("-", "")[:40]


def matching_step(secret: str, code: str, now_ms: int, after: int | None) -> int | None:
    """The time step that the code belongs to, if that is newer than ``after``; None: a wrong code."""
    import pyotp

    typed = plain(code)
    if len(typed) != 6 or not (typed.isascii() and typed.isdigit()):
        return None
    made, now = pyotp.TOTP(secret), now_ms // 1000 // STEP_S
    found = None
    for step in range(now - STEPS_AROUND, now + STEPS_AROUND + 1):
        if compare_digest(made.generate_otp(step), typed) and (after is None or step > after):
            found = step
    return found


def recovery_hashes_of(owner: Owner) -> list[str]:
    return _hashes.decode(owner.recovery_hashes) if owner.recovery_hashes else []


def new_recovery_codes() -> list[str]:
    """Four groups of four; shown once."""
    return [
        "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))
        for _ in range(RECOVERY_CODES)
    ]


def hashed_codes(codes: list[str]) -> str:
    return msgspec.json.encode([hash_secret(plain(each)) for each in codes]).decode()


def match_code(sealer: Sealer, owner: Owner, code: str, now_ms: int) -> Matched:
    """Which code of the account this is; nothing is used up yet.

    Raises:
        FactorRefused: none, or one that was used.
        SecretKeyError: the secret cannot be opened, so no code is right.
    """
    if owner.totp_sealed is None:
        raise FactorRefused("This account has no second factor.")
    secret = sealer.open(owner.totp_sealed, sealing_purpose(owner.id)).decode()
    step = matching_step(secret, code, now_ms, owner.totp_step)
    if step is not None:
        return Matched(step=step)
    typed = hash_secret(plain(code))
    for each in recovery_hashes_of(owner):
        if compare_digest(each, typed):
            return Matched(recovery_hash=each)
    raise FactorRefused("The code is wrong, or it was used before: wait for the next one.")


async def use_up(
    tx: Tx, server: Server, settings: Settings, owner: Owner, matched: Matched
) -> None:
    """Make the code worthless, in the write that lets its owner do something.

    Raises:
        FactorRefused: somebody was faster.
    """
    if matched.step is not None:
        taken = await tx.run(
            take_step, of_account=owner.id, of_sealed=owner.totp_sealed, step=matched.step,
            below=matched.step,
        )  # fmt: skip
    else:
        fresh = await tx.one(owner_by_id, id=owner.id)
        left = recovery_hashes_of(fresh) if fresh is not None else []
        if fresh is None or matched.recovery_hash not in left:
            raise FactorRefused("This recovery code was used before: take another one.")
        left.remove(matched.recovery_hash)
        taken = await tx.run(
            swap_recovery_hashes, of_account=owner.id, old_hashes=fresh.recovery_hashes,
            new_hashes=msgspec.json.encode(left).decode(),
        )  # fmt: skip
        if taken:
            text = letters.code_used(settings, owner.username, len(left))
            await tell_owner(tx, server, owner, text)
    if not taken:
        raise FactorRefused("This code was used before: wait for the next one.")


async def set_factor(tx: Tx, server: Server, settings: Settings, owner: Owner, made: SetUp) -> None:
    """Turn the second factor on.

    Raises:
        FactorRefused: there is one.
    """
    changed = await tx.run(
        turn_on, of_account=owner.id, totp_sealed=made.sealed, totp_step=made.step,
        recovery_hashes=made.recovery_hashes,
    )  # fmt: skip
    if not changed:
        raise FactorRefused("This account has a second factor: turn it off first.")
    await tell_owner(tx, server, owner, letters.factor_on(settings, owner.username))


async def drop_factor(
    tx: Tx, server: Server, settings: Settings, owner: Owner, *, by_operator: bool = False
) -> bool:
    """Turn the second factor off. False if there is none."""
    if not await tx.run(turn_off, of_account=owner.id):
        return False
    text = letters.factor_reset if by_operator else letters.factor_off
    await tell_owner(tx, server, owner, text(settings, owner.username))
    return True


async def replace_recovery_codes(
    tx: Tx, server: Server, settings: Settings, owner: Owner, hashes: str
) -> None:
    """Raises FactorRefused where there is no factor that they could stand in for."""
    if not await tx.run(set_recovery_hashes, of_account=owner.id, new_hashes=hashes):
        raise FactorRefused("This account has no second factor.")
    await tell_owner(tx, server, owner, letters.codes_made(settings, owner.username))
