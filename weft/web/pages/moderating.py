"""Who may see the moderators' pages, and what those share."""

from dataclasses import dataclass

from weft.domain.accounts.queries import Role, account_by_actor
from weft.domain.accounts.roles import ROLES, Moderator, Permission
from weft.web.visits import PageError, Visit


@dataclass(frozen=True, slots=True)
class Tab:
    address: str
    word: str


TABS = (
    (Permission.MANAGE_REPORTS, Tab("/admin/reports", "Reports")),
    (Permission.MANAGE_USERS, Tab("/admin/pending", "Sign-ups")),
    (Permission.MANAGE_APPEALS, Tab("/admin/appeals", "Appeals")),
    (Permission.MANAGE_REPORTS, Tab("/admin/workload", "Workload")),
)


async def moderator_of(visit: Visit, wanted: Permission) -> Moderator:
    """Raises PageError for who may not."""
    actor_id = visit.must_be_signed_in()
    account = await visit.parts.db.one(account_by_actor, actor_id=actor_id)
    role = Role(account.role) if account is not None else Role.USER
    if account is None or not ROLES[role].allows(wanted):
        raise PageError(403, "This page is for moderators whose role includes it.")
    return Moderator(account.id, actor_id, role)


def tabs_of(by: Moderator) -> list[Tab]:
    return [tab for wanted, tab in TABS if ROLES[by.role].allows(wanted)]


def id_of(visit: Visit, name: str = "id") -> int:
    """An id in the path. Raises PageError for what is none."""
    typed = visit.path(name)
    if not typed.isascii() or not typed.isdigit() or len(typed) > 16:
        raise PageError(404, "There is nothing at this address.")
    return int(typed)


def picked(visit: Visit) -> list[int]:
    """The ids whose boxes were ticked: fields ``pick-ID``."""
    names = [name.removeprefix("pick-") for name in visit.form if name.startswith("pick-")]
    return [int(each) for each in names if each.isascii() and each.isdigit() and len(each) < 17]
