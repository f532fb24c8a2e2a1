"""The account's own security: password, address, second factor. Passkeys are in ``passkeys.py``."""

import base64
import binascii
from io import BytesIO
from typing import Any

from litestar.response.base import ASGIResponse
from markupsafe import Markup

from weft.domain.accounts.secrets import PasswordsBusy, WeakPassword, hash_password
from weft.domain.keys.sealing import SecretKeyError
from weft.domain.security.new_address import AddressRefused, ask_for_address, check_new_address
from weft.domain.security.owners import Owner
from weft.domain.security.passkeys import MOST, PasskeyRefused, passkeys_of
from weft.domain.security.passwords import Change, put_password
from weft.domain.security.proof import spend_proof
from weft.domain.security.second_factor import (
    FactorRefused,
    SetUp,
    drop_factor,
    hashed_codes,
    matching_step,
    new_recovery_codes,
    new_secret,
    recovery_hashes_of,
    replace_recovery_codes,
    sealing_purpose,
    set_factor,
    setup_uri,
)
from weft.storage.database import Tx
from weft.web.pages.cards import moment
from weft.web.rendering import redirect
from weft.web.signin.passkey_forms import FIELD, site_of
from weft.web.signin.proving import Unproven, owner_of, prove, proving_fields
from weft.web.visits import PageError, Route, Visit

SECURITY = "/settings/security"
_SAID = {
    "password": "Your password is changed. Every other browser was signed out.",
    "email": "A letter is on its way to the new address. The change holds once you open its link.",
    "off": "The second factor is off.",
    "passkey": "The passkey is added.",
    "renamed": "Saved.",
    "removed": "The passkey is removed.",
}


async def form_page(
    visit: Visit,
    template: str,
    heading: str,
    owner: Owner,
    refused: Exception | None = None,
    **more: Any,
) -> ASGIResponse:
    """A page of the settings that asks who one is."""
    unproven = refused if isinstance(refused, Unproven) else None
    if isinstance(refused, PasswordsBusy):
        unproven = Unproven(str(refused), 503, 5)
    status = 200 if refused is None else 422
    context: dict[str, Any] = {
        "heading": heading,
        "error": str(refused) if refused else None,
        "done": None,
        **(await proving_fields(visit, owner)),
        **more,
    }
    return await visit.page(
        f"security/{template}.html",
        status=unproven.status if unproven else status,
        headers=unproven.headers if unproven else None,
        **context,
    )


async def show(visit: Visit) -> ASGIResponse:
    """GET /settings/security"""
    owner = await owner_of(visit)
    rows = await visit.parts.db.all(passkeys_of, account_id=owner.id, limit=MOST)
    return await form_page(
        visit,
        "overview",
        "Security",
        owner,
        done=next((said for name, said in _SAID.items() if name in visit.query), None),
        codes_left=len(recovery_hashes_of(owner)),
        passkeys=[
            {
                "id": each.id,
                "name": each.name,
                "added": moment(each.created_at)[1],
                "used": moment(each.last_used_at)[1] if each.last_used_at else None,
            }
            for each in rows
        ],
        passkeys_work=site_of(visit) is not None,
    )


async def show_password(visit: Visit) -> ASGIResponse:
    """GET /settings/security/password"""
    return await form_page(visit, "password", "Change the password", await owner_of(visit))


async def change_password(visit: Visit) -> ASGIResponse:
    """POST /settings/security/password"""
    owner = await owner_of(visit)
    visit.check_form()
    parts, session = visit.parts, visit.visitor.session
    try:
        proof = await prove(visit, owner)
        change = Change(
            await hash_password(visit.form.get("new_password", "")),
            session.id if session else None,
            "keep_apps" not in visit.form,
        )

        async def put(tx: Tx) -> None:
            await spend_proof(tx, parts.server, parts.settings, owner, proof)
            await put_password(tx, parts.server, parts.settings, owner, change)

        await parts.db.write(put)
    except (Unproven, FactorRefused, PasskeyRefused, WeakPassword, PasswordsBusy) as refused:
        return await form_page(visit, "password", "Change the password", owner, refused)
    return redirect(f"{SECURITY}?password")


async def show_email(visit: Visit) -> ASGIResponse:
    """GET /settings/security/email"""
    return await _email(visit, await owner_of(visit), None)


async def change_email(visit: Visit) -> ASGIResponse:
    """POST /settings/security/email"""
    owner = await owner_of(visit)
    visit.check_form()
    parts = visit.parts
    try:
        proof = await prove(visit, owner)
        address = await check_new_address(
            parts.db, parts.limiter, owner, visit.form.get("email", "")
        )

        async def used(tx: Tx) -> None:
            await spend_proof(tx, parts.server, parts.settings, owner, proof)

        await parts.db.write(used)
        await ask_for_address(parts.db, parts.server, parts.settings, parts.limiter, owner, address)
    except (Unproven, FactorRefused, PasskeyRefused, AddressRefused) as refused:
        return await _email(visit, owner, refused)
    return redirect(f"{SECURITY}?email")


async def _email(visit: Visit, owner: Owner, refused: Exception | None) -> ASGIResponse:
    return await form_page(
        visit, "email", "Change the e-mail address", owner, refused,
        typed=visit.form.get("email", ""), sends_mail=visit.parts.server.sends_mail,
    )  # fmt: skip


async def show_factor(visit: Visit) -> ASGIResponse:
    """GET /settings/security/factor: setting it up, or changing it."""
    owner = await owner_of(visit)
    if owner.has_factor:
        return await _change_page(visit, owner, None)
    return await _setup_page(visit, owner, new_secret(), None)


async def turn_on(visit: Visit) -> ASGIResponse:
    """POST /settings/security/factor: a first code shows that the app has the secret."""
    owner = await owner_of(visit)
    visit.check_form()
    parts = visit.parts
    secret = _setting_up(visit, owner)
    step = matching_step(secret, visit.form.get("first_code", ""), parts.server.now_ms(), None)
    try:
        if owner.has_factor:
            raise FactorRefused("This account has a second factor: turn it off first.")
        if step is None:
            raise FactorRefused(
                "The code is wrong. Is the clock of your phone right? Type what the app shows now."
            )
        proof = await prove(visit, owner)
        codes = new_recovery_codes()
        sealed = parts.sealer.seal(secret.encode(), sealing_purpose(owner.id))
        made = SetUp(sealed, step, hashed_codes(codes))

        async def put(tx: Tx) -> None:
            await spend_proof(tx, parts.server, parts.settings, owner, proof)
            await set_factor(tx, parts.server, parts.settings, owner, made)

        await parts.db.write(put)
    except (Unproven, FactorRefused, PasskeyRefused) as refused:
        return await _setup_page(visit, owner, secret, refused)
    return await form_page(
        visit, "codes", "Recovery codes", owner, codes=codes, done="The second factor is on."
    )


async def change_factor(visit: Visit) -> ASGIResponse:
    """POST /settings/security/factor/change: ``change`` is ``codes`` or ``off``. Here a passkey is
    not enough: whoever turns the code off shows password and code once more."""
    owner = await owner_of(visit)
    visit.check_form()
    visit.form.pop(FIELD, None)
    parts, off = visit.parts, visit.form.get("change") == "off"
    codes = new_recovery_codes()
    try:
        if not owner.has_factor:
            raise FactorRefused("This account has no second factor.")
        proof = await prove(visit, owner)

        async def put(tx: Tx) -> None:
            await spend_proof(tx, parts.server, parts.settings, owner, proof)
            if off:
                await drop_factor(tx, parts.server, parts.settings, owner)
            else:
                await replace_recovery_codes(
                    tx, parts.server, parts.settings, owner, hashed_codes(codes)
                )

        await parts.db.write(put)
    except (Unproven, FactorRefused) as refused:
        return await _change_page(visit, owner, refused)
    if off:
        return redirect(f"{SECURITY}?off")
    return await form_page(visit, "codes", "Recovery codes", owner, codes=codes)


def _purpose(visit: Visit, owner: Owner) -> str:
    """A secret that is being set up belongs to this account in this session."""
    session = visit.visitor.session
    return f"setting up {owner.id} in {session.id if session else 0}"


def _setting_up(visit: Visit, owner: Owner) -> str:
    """The secret that the form carries, sealed."""
    typed = visit.form.get("setting_up", "")[:400]
    try:
        sealed = base64.urlsafe_b64decode(typed.encode())
        return visit.parts.sealer.open(sealed, _purpose(visit, owner)).decode()
    except (SecretKeyError, binascii.Error, ValueError):
        raise PageError(422, "This page is an old one: open it again and start anew.") from None


async def _setup_page(
    visit: Visit, owner: Owner, secret: str, refused: Exception | None
) -> ASGIResponse:
    sealed = visit.parts.sealer.seal(secret.encode(), _purpose(visit, owner))
    return await form_page(
        visit, "factor_on", "Turn the second factor on", owner, refused,
        qr=_qr(setup_uri(visit.parts.settings, owner.username, secret)),
        key=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        setting_up=base64.urlsafe_b64encode(sealed).decode(),
    )  # fmt: skip


def _qr(text: str) -> Markup:
    """A picture without styles, so that no policy has to be loosened for it."""
    import segno

    out = BytesIO()
    segno.make(text, error="m").save(
        out, kind="svg", xmldecl=False, svgns=False, omitsize=True, border=3, dark="#000",
        light="#fff", svgclass=None, lineclass=None,
    )  # fmt: skip
    return Markup(out.getvalue().decode())  # noqa: S704  made of squares by the library


async def _change_page(visit: Visit, owner: Owner, refused: Exception | None) -> ASGIResponse:
    return await form_page(
        visit, "factor_off", "Second factor", owner, refused,
        codes_left=len(recovery_hashes_of(owner)),
    )  # fmt: skip


ROUTES = (
    Route("GET", SECURITY, show),
    Route("GET", f"{SECURITY}/password", show_password),
    Route("POST", f"{SECURITY}/password", change_password),
    Route("GET", f"{SECURITY}/email", show_email),
    Route("POST", f"{SECURITY}/email", change_email),
    Route("GET", f"{SECURITY}/factor", show_factor),
    Route("POST", f"{SECURITY}/factor", turn_on),
    Route("POST", f"{SECURITY}/factor/change", change_factor),
)
