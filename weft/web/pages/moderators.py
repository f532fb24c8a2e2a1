"""Who may see the pages of ``/admin``, and where they begin."""

from litestar.response.base import ASGIResponse

from weft.domain.accounts.queries import Account, Role, account_by_actor
from weft.domain.accounts.roles import ROLES, Permission
from weft.web.rendering import redirect
from weft.web.visits import PageError, Route, Visit

MOST_DIGITS = 16


async def moderator(visit: Visit, wanted: Permission) -> Account:
    """The person who looks, if their role includes a permission.

    Raises:
        SignInFirst, PageError: nobody, or somebody without it.
    """
    account = await visit.parts.db.one(account_by_actor, actor_id=visit.must_be_signed_in())
    if account is None or not ROLES[Role(account.role)].allows(wanted):
        raise PageError(403, "This page is for moderators whose role includes it.")
    return account


def number(visit: Visit, typed: str) -> int:
    """An id of an address or a form.

    Raises:
        PageError: it is none.
    """
    if not typed.isascii() or not typed.isdigit() or len(typed) > MOST_DIGITS:
        raise PageError(404, "There is no such rule.")
    return int(typed)


async def start(visit: Visit) -> ASGIResponse:
    """GET /admin"""
    account = await moderator(visit, Permission.VIEW_AUDIT_LOG)
    allowed = ROLES[Role(account.role)].allows(Permission.MANAGE_FEDERATION)
    return redirect("/admin/servers" if allowed else "/admin/audit")


ROUTES = (Route("GET", "/admin", start),)
