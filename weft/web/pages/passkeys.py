"""Passkeys of one's account: made, named, removed."""

from litestar.response.base import ASGIResponse

from weft.domain.security.owners import Owner
from weft.domain.security.passkeys import (
    MOST,
    Passkey,
    PasskeyRefused,
    add_passkey,
    checked_name,
    passkeys_of,
    remove_passkey,
    rename_passkey,
)
from weft.domain.security.proof import spend_proof
from weft.domain.security.second_factor import FactorRefused
from weft.storage.database import Tx
from weft.storage.errors import Conflict
from weft.web.pages.security import SECURITY, form_page
from weft.web.rendering import redirect
from weft.web.signin.passkey_forms import FIELD, made_passkey, options_to_make
from weft.web.signin.proving import Unproven, owner_of, prove
from weft.web.visits import PageError, Route, Visit

PASSKEYS = f"{SECURITY}/passkeys"
_ONE = PASSKEYS + "/{id:str}"


async def show_new(visit: Visit) -> ASGIResponse:
    """GET /settings/security/passkeys"""
    return await _new(visit, await owner_of(visit), None)


async def add(visit: Visit) -> ASGIResponse:
    """POST /settings/security/passkeys: the script has put the device's answer into the form."""
    owner = await owner_of(visit)
    visit.check_form()
    parts = visit.parts
    try:
        name = checked_name(visit.form.get("name", ""))
        made = await made_passkey(visit)
        visit.form.pop(FIELD)  # the field of what was made, and no proof
        proof = await prove(visit, owner)

        async def put(tx: Tx) -> None:
            await spend_proof(tx, parts.server, parts.settings, owner, proof)
            await add_passkey(tx, parts.server, parts.settings, owner, made, name)

        await parts.db.write(put)
    except (Unproven, FactorRefused, PasskeyRefused) as refused:
        return await _new(visit, owner, refused)
    except Conflict:
        return await _new(visit, owner, PasskeyRefused("This passkey is known here already."))
    return redirect(f"{SECURITY}?passkey")


async def _new(visit: Visit, owner: Owner, refused: Exception | None) -> ASGIResponse:
    known = await visit.parts.db.all(passkeys_of, account_id=owner.id, limit=MOST)
    options = options_to_make(visit, owner, known)
    if options is None:
        raise PageError(404, "Browsers have no passkeys for a server that is reached by a number.")
    return await form_page(
        visit, "passkeys", "Add a passkey", owner, refused, to_make=options,
        typed=visit.form.get("name", ""),
    )  # fmt: skip


async def _mine(visit: Visit, owner: Owner) -> Passkey:
    typed = visit.path("id")
    rows: list[Passkey] = await visit.parts.db.all(passkeys_of, account_id=owner.id, limit=MOST)
    for each in rows:
        if str(each.id) == typed:
            return each
    raise PageError(404, "There is no such passkey.", "Not found")


async def show_one(visit: Visit) -> ASGIResponse:
    """GET /settings/security/passkeys/:id"""
    owner = await owner_of(visit)
    return await _one(visit, owner, await _mine(visit, owner), None)


async def _one(
    visit: Visit, owner: Owner, passkey: Passkey, refused: Exception | None
) -> ASGIResponse:
    return await form_page(
        visit, "passkey", f"Passkey “{passkey.name}”", owner, refused, passkey=passkey
    )


async def rename(visit: Visit) -> ASGIResponse:
    """POST /settings/security/passkeys/:id/rename"""
    owner = await owner_of(visit)
    visit.check_form()
    passkey = await _mine(visit, owner)
    try:
        name = checked_name(visit.form.get("name", ""))
    except PasskeyRefused as refused:
        return await _one(visit, owner, passkey, refused)

    async def put(tx: Tx) -> None:
        await tx.run(rename_passkey, of_passkey=passkey.id, of_account=owner.id, name=name)

    await visit.parts.db.write(put)
    return redirect(f"{SECURITY}?renamed")


async def remove(visit: Visit) -> ASGIResponse:
    """POST /settings/security/passkeys/:id/remove"""
    owner = await owner_of(visit)
    visit.check_form()
    parts, passkey = visit.parts, await _mine(visit, owner)
    try:
        proof = await prove(visit, owner)

        async def put(tx: Tx) -> None:
            await spend_proof(tx, parts.server, parts.settings, owner, proof)
            await remove_passkey(tx, parts.server, parts.settings, owner, passkey.id)

        await parts.db.write(put)
    except (Unproven, FactorRefused, PasskeyRefused) as refused:
        return await _one(visit, owner, passkey, refused)
    return redirect(f"{SECURITY}?removed")


ROUTES = (
    Route("GET", PASSKEYS, show_new),
    Route("POST", PASSKEYS, add),
    Route("GET", _ONE, show_one),
    Route("POST", _ONE + "/rename", rename),
    Route("POST", _ONE + "/remove", remove),
)
