"""Deleting one's account, for good."""

from litestar.response.base import ASGIResponse

from weft.domain.accounts.close import close_account
from weft.domain.accounts.contact import all_admins
from weft.domain.actors.queries import actor_by_id
from weft.domain.security import letters
from weft.domain.security.owners import Owner, tell_owner
from weft.domain.security.passkeys import PasskeyRefused
from weft.domain.security.proof import spend_proof
from weft.domain.security.second_factor import FactorRefused
from weft.storage.database import Tx
from weft.web.pages.security import form_page
from weft.web.rendering import page
from weft.web.signin.proving import Unproven, owner_of, prove
from weft.web.visits import Route, Visit

DELETE = "/settings/delete"


async def show(visit: Visit) -> ASGIResponse:
    """GET /settings/delete"""
    return await _page(visit, await owner_of(visit), None)


async def delete(visit: Visit) -> ASGIResponse:
    """POST /settings/delete: at once; other servers are told by and by."""
    owner = await owner_of(visit)
    visit.check_form()
    parts = visit.parts
    try:
        if await _is_last_admin(visit, owner):
            raise Unproven("You are the only admin of this server.", 409)
        typed = visit.form.get("name", "").strip().removeprefix("@")
        if typed.casefold() not in (
            owner.username.casefold(), parts.settings.handle(owner.username).casefold(),
        ):  # fmt: skip
            raise Unproven(f"Type your name, {owner.username}, so that this is no accident.")
        proof = await prove(visit, owner)

        async def close(tx: Tx) -> None:
            await spend_proof(tx, parts.server, parts.settings, owner, proof)
            text = letters.account_deleted(parts.settings, owner.username)
            await tell_owner(tx, parts.server, owner, text)
            await close_account(tx, parts.server, owner.actor_id)

        actor = await parts.db.one(actor_by_id, id=owner.actor_id)
        await parts.db.write(close)
    except (Unproven, FactorRefused, PasskeyRefused) as refused:
        return await _page(visit, owner, refused)
    for picture in (actor.icon_url, actor.header_url) if actor else ():
        await parts.forget_portrait(picture)
    return page(
        "signin/done.html",
        {
            "title": parts.settings.title or parts.settings.domain,
            "heading": "Your account is deleted",
            "sentence": "It is out of sight now. Other servers are being told, which may take them"
            " a while. Thank you for having been here.",
            "link": None,
            "me": None,
            "csrf": "",
            "here": DELETE,
        },
        cookies=(visit.desk.cookies.clear_session(),),
    )


async def _is_last_admin(visit: Visit, owner: Owner) -> bool:
    admins = [row[0] for row in await visit.parts.db.all(all_admins)]
    return admins == [owner.actor_id]


async def _page(visit: Visit, owner: Owner, refused: Exception | None) -> ASGIResponse:
    return await form_page(
        visit, "delete", "Delete my account", owner, refused,
        last_admin=await _is_last_admin(visit, owner),
    )  # fmt: skip


ROUTES = (Route("GET", DELETE, show), Route("POST", DELETE, delete))
