"""Passkeys (WebAuthn level 3): keys in a device that unlocks itself for its owner.

A passkey names its account and is used only after its device has recognised its owner, so it stands for
password and second factor together. What is signed carries a challenge of ours (``web/signin``, bound to
the browser); each is taken once: after a use only challenges made later than it are taken, and a counter
that does not grow (section 7.2, step 22) means that the key was copied.
"""

import asyncio
import base64
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import (
    Delete,
    Insert,
    Select,
    Update,
    and_,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)

from weft.config.settings import Settings
from weft.domain.security import letters
from weft.domain.security.owners import Owner, tell_owner
from weft.domain.server import Server
from weft.storage.database import Tx
from weft.storage.schema.accounts import passkey
from weft.storage.statements import query

MOST = 20
MAX_NAME = 60
MAX_ANSWER = 16_000
"""Characters of what a browser sends for a passkey."""
TIMEOUT_MS = 300_000


class PasskeyRefused(Exception):
    """The sentence is for the person at the form."""


class Passkey(Struct, frozen=True):
    id: int
    account_id: int
    credential_id: bytes
    public_key: bytes
    sign_count: int
    name: str
    created_at: int
    last_used_at: int | None


class Site(Struct, frozen=True):
    """Whom a passkey is for: the host name that browsers bind it to, and the page's origin."""

    rp_id: str
    origin: str
    title: str


class Registered(Struct, frozen=True):
    """What a device has made; checked."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


class Shown(Struct, frozen=True):
    """An answer of a passkey; checked, and not used up yet."""

    passkey: Passkey
    challenge_at: int
    sign_count: int


_COLUMNS = [passkey.c[name] for name in Passkey.__struct_fields__]


@query(row=Passkey)
def passkeys_of() -> Select:
    return (
        select(*_COLUMNS)
        .where(passkey.c.account_id == bindparam("account_id"))
        .order_by(passkey.c.id)
        .limit(bindparam("limit"))
    )


@query(row=Passkey, bounded=True)
def passkey_by_credential() -> Select:
    return select(*_COLUMNS).where(passkey.c.credential_id == bindparam("credential"))


@query()
def insert_passkey() -> Insert:
    names = ("id", "account_id", "public_key", "sign_count", "name", "created_at")
    values: dict[str, Any] = {name: bindparam(name) for name in names}
    return insert(passkey).values(values | {"credential_id": bindparam("credential")})


@query()
def use_passkey() -> Update:
    """Changes one row if the challenge is newer than the last use, and the counter was as we knew it."""
    return (
        update(passkey)
        .where(
            and_(
                passkey.c.id == bindparam("of_passkey"),
                passkey.c.sign_count == bindparam("was_count"),
                or_(
                    passkey.c.last_used_at.is_(None),
                    passkey.c.last_used_at < bindparam("challenge_at"),
                ),
            )
        )
        .values(sign_count=bindparam("sign_count"), last_used_at=bindparam("now"))
    )


@query()
def delete_passkey() -> Delete:
    return delete(passkey).where(
        passkey.c.id == bindparam("of_passkey"), passkey.c.account_id == bindparam("of_account")
    )


@query()
def rename_passkey() -> Update:
    return (
        update(passkey)
        .where(
            passkey.c.id == bindparam("of_passkey"), passkey.c.account_id == bindparam("of_account")
        )
        .values(name=bindparam("name"))
    )


def user_handle(account_id: int) -> bytes:
    """What a passkey calls its account: says nothing about its person (section 14.6.1)."""
    return account_id.to_bytes(8, "big")


def creation_options(site: Site, owner: Owner, challenge: bytes, known: list[Passkey]) -> str:
    """What a browser needs to make a passkey, as JSON (section 5.1.9)."""
    import webauthn
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    return webauthn.options_to_json(
        webauthn.generate_registration_options(
            rp_id=site.rp_id,
            rp_name=site.title,
            user_id=user_handle(owner.id),
            user_name=owner.username,
            user_display_name=owner.username,
            challenge=challenge,
            timeout=TIMEOUT_MS,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[
                PublicKeyCredentialDescriptor(id=each.credential_id) for each in known
            ],
        )
    )


def request_options(site: Site, challenge: bytes) -> str:
    """What a browser needs to show any of its passkeys for this server (section 5.1.10).

    Written by hand: the page for signing in is everybody's, and the library costs 20 MB.
    """

    return msgspec.json.encode(
        {
            "challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "rpId": site.rp_id,
            "timeout": TIMEOUT_MS,
            "userVerification": "required",
            "allowCredentials": [],
        }
    ).decode()


async def check_registration(site: Site, answer: dict[str, Any], challenge: bytes) -> Registered:
    """What a device has made for the challenge.

    Raises:
        PasskeyRefused: it is not what was asked for.
    """
    return await asyncio.to_thread(_check_registration, site, answer, challenge)


def _check_registration(site: Site, answer: dict[str, Any], challenge: bytes) -> Registered:
    import webauthn

    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (
        Exception
    ) as error:  # what is sent is CBOR in JSON by anybody: there are many ways to fail
        raise PasskeyRefused("Your browser's answer could not be read: try again.") from error
    if len(made.credential_id) > 1023:
        raise PasskeyRefused("The id of this passkey is longer than any may be.")
    return Registered(made.credential_id, made.credential_public_key, made.sign_count)


async def check_assertion(
    site: Site, known: Passkey, answer: dict[str, Any], challenge: bytes, challenge_at: int
) -> Shown:
    """That the passkey has signed the challenge.

    Raises:
        PasskeyRefused: it has not.
    """
    return await asyncio.to_thread(_check_assertion, site, known, answer, challenge, challenge_at)


def _check_assertion(
    site: Site, known: Passkey, answer: dict[str, Any], challenge: bytes, challenge_at: int
) -> Shown:
    import webauthn

    try:
        shown = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            credential_public_key=known.public_key,
            credential_current_sign_count=known.sign_count,
            require_user_verification=True,
        )
    except Exception as error:
        raise PasskeyRefused("This passkey's answer is not right: try again.") from error
    return Shown(known, challenge_at, shown.new_sign_count)


async def add_passkey(
    tx: Tx, server: Server, settings: Settings, owner: Owner, made: Registered, name: str
) -> int:
    """Keep a passkey; its id.

    Raises:
        PasskeyRefused: there are too many, or the name is none.
    """
    if len(await tx.all(passkeys_of, account_id=owner.id, limit=MOST)) >= MOST:
        raise PasskeyRefused(f"An account may have {MOST} passkeys: remove one first.")
    passkey_id = tx.new_id()
    await tx.run(
        insert_passkey,
        id=passkey_id,
        account_id=owner.id,
        credential=made.credential_id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        name=name,
        created_at=server.now_ms(),
    )
    await tell_owner(tx, server, owner, letters.passkey_added(settings, owner.username, name))
    return passkey_id


def checked_name(typed: str) -> str:
    """Raises PasskeyRefused for what cannot be a name."""
    name = " ".join("".join(each if each.isprintable() else " " for each in typed).split())
    if not 1 <= len(name) <= MAX_NAME:
        raise PasskeyRefused(f"Give the passkey a name of at most {MAX_NAME} characters.")
    return name


async def spend(tx: Tx, server: Server, shown: Shown) -> None:
    """Use an answer up, in the write that lets its owner do something.

    Raises:
        PasskeyRefused: it was used before.
    """
    if not await tx.run(
        use_passkey,
        of_passkey=shown.passkey.id,
        was_count=shown.passkey.sign_count,
        challenge_at=shown.challenge_at,
        sign_count=shown.sign_count,
        now=server.now_ms(),
    ):
        raise PasskeyRefused("This answer is not new enough: try once more.")


async def remove_passkey(
    tx: Tx, server: Server, settings: Settings, owner: Owner, passkey_id: int
) -> bool:
    """False if the account has none of this id."""
    for each in await tx.all(passkeys_of, account_id=owner.id, limit=MOST):
        if each.id == passkey_id and await tx.run(
            delete_passkey, of_passkey=passkey_id, of_account=owner.id
        ):
            text = letters.passkey_removed(settings, owner.username, each.name)
            await tell_owner(tx, server, owner, text)
            return True
    return False
