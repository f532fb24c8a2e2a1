"""Who acts: the role of the person behind a token, which a scope never replaces."""

from weft.domain.accounts.queries import Role
from weft.domain.accounts.roles import ROLES, Moderator, Permission
from weft.platforms.mastodon.api.errors import NOT_ALLOWED, ApiError
from weft.platforms.mastodon.api.routing import Call


def moderator_of(call: Call, wanted: Permission) -> Moderator:
    """The person who calls, if their role includes a permission.

    Raises:
        ApiError: 403.
    """
    account_id, actor_id = call.account_id, call.me
    role = Role(call.bearer.role or 0) if call.bearer is not None else Role.USER
    if not ROLES[role].allows(wanted):
        raise ApiError(403, NOT_ALLOWED)
    return Moderator(account_id, actor_id, role)
