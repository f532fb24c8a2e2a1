"""The page behind the set-up link: it makes the first admin, once."""

from litestar.response.base import ASGIResponse

from weft.domain.accounts.create import NameTaken, create_account
from weft.domain.accounts.names import BadName
from weft.domain.accounts.queries import Role
from weft.domain.accounts.secrets import PasswordsBusy, WeakPassword
from weft.domain.identity.first_admin import (
    SETUP_PATH,
    LinkUsed,
    setup_token_is_right,
    use_setup_token,
)
from weft.storage.database import Tx
from weft.web.signin.login import signed_in
from weft.web.visits import PageError, Route, Visit

FIRST_STEPS = "/admin/start"
"""Where a new server is filled."""
_USED = (
    "This link is not good any more: there is an admin already, or a newer link was made. Run"
    " “weft setup” for a new one."
)


async def show_setup(visit: Visit) -> ASGIResponse:
    """GET /setup?token="""
    token = visit.query.get("token", "")
    if not await setup_token_is_right(visit.parts.db, token):
        raise PageError(403, _USED)
    return await _form(visit, token, 200, None)


async def set_up(visit: Visit) -> ASGIResponse:
    """POST /setup"""
    visit.check_form()
    parts, token = visit.parts, visit.form.get("token", "")
    if not await setup_token_is_right(parts.db, token):
        raise PageError(403, _USED)
    name, email = visit.form.get("name", "").strip(), visit.form.get("email", "").strip()
    password = visit.form.get("password", "")
    if "@" not in email.strip("@ "):
        return await _form(
            visit, token, 422, "The e-mail address needs an @ with something around it."
        )

    async def once(tx: Tx) -> None:
        await use_setup_token(tx, token)

    try:
        made = await create_account(
            parts.db,
            parts.server,
            parts.sealer,
            name=name,
            email=email,
            password=password,
            role=Role.OWNER,
            reserved_too=True,
            first=once,
        )
    except LinkUsed:
        raise PageError(403, _USED) from None
    except PasswordsBusy as busy:
        return await _form(visit, token, 503, str(busy))
    except (BadName, WeakPassword, NameTaken) as error:
        return await _form(visit, token, 422, str(error))
    return await signed_in(visit, made.id, FIRST_STEPS)


async def _form(visit: Visit, token: str, status: int, error: str | None) -> ASGIResponse:
    return await visit.page(
        "signin/setup.html",
        status=status,
        token=token,
        domain=visit.parts.settings.domain,
        name=visit.form.get("name", ""),
        email=visit.form.get("email", ""),
        error=error,
    )


ROUTES = (Route("GET", SETUP_PATH, show_setup), Route("POST", SETUP_PATH, set_up))
