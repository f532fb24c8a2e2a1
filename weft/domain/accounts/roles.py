"""What people may do on this server besides being here: roles, and Mastodon's permission bits (C1).

Four roles in a row; whoever acts on somebody must stand above them. The command line stands above
all, because whoever has it has the database too.
"""

from enum import IntFlag

from msgspec import Struct

from weft.domain.accounts.queries import Role


class Permission(IntFlag):
    """Mastodon's numbers."""

    ADMINISTRATOR = 1 << 0
    VIEW_DEVOPS = 1 << 1
    VIEW_AUDIT_LOG = 1 << 2
    VIEW_DASHBOARD = 1 << 3
    MANAGE_REPORTS = 1 << 4
    MANAGE_FEDERATION = 1 << 5
    MANAGE_SETTINGS = 1 << 6
    MANAGE_BLOCKS = 1 << 7
    MANAGE_TAXONOMIES = 1 << 8
    MANAGE_APPEALS = 1 << 9
    MANAGE_USERS = 1 << 10
    MANAGE_INVITES = 1 << 11
    MANAGE_RULES = 1 << 12
    MANAGE_ANNOUNCEMENTS = 1 << 13
    MANAGE_CUSTOM_EMOJIS = 1 << 14
    MANAGE_WEBHOOKS = 1 << 15
    INVITE_USERS = 1 << 16
    MANAGE_ROLES = 1 << 17
    MANAGE_USER_ACCESS = 1 << 18
    DELETE_USER_DATA = 1 << 19
    VIEW_FEEDS = 1 << 20
    INVITE_BYPASS_APPROVAL = 1 << 21
    MANAGE_EMAIL_SUBSCRIPTIONS = 1 << 22


_ALL = Permission((1 << 23) - 1)
_MODERATOR = (
    Permission.VIEW_DASHBOARD
    | Permission.VIEW_AUDIT_LOG
    | Permission.VIEW_FEEDS
    | Permission.MANAGE_USERS
    | Permission.MANAGE_REPORTS
    | Permission.MANAGE_TAXONOMIES
)
_ADMIN = _ALL & ~(
    Permission.ADMINISTRATOR
    | Permission.VIEW_DEVOPS
    | Permission.INVITE_USERS
    | Permission.INVITE_BYPASS_APPROVAL
    | Permission.MANAGE_EMAIL_SUBSCRIPTIONS
)


class RoleInfo(Struct, frozen=True):
    """A role as apps are told of it. ``id`` is what Mastodon's are usually called by."""

    id: str
    name: str
    permissions: Permission
    color: str = ""
    highlighted: bool = True
    collection_limit: int = 10
    """Collections of people that its holders may make."""

    def allows(self, wanted: Permission) -> bool:
        return Permission.ADMINISTRATOR in self.permissions or wanted in self.permissions


ROLES = {
    Role.USER: RoleInfo("-99", "", Permission(0), highlighted=False),
    Role.MODERATOR: RoleInfo("1", "Moderator", _MODERATOR),
    Role.ADMIN: RoleInfo("2", "Admin", _ADMIN),
    Role.OWNER: RoleInfo("3", "Owner", Permission.ADMINISTRATOR),
}
BY_ID = {info.id: role for role, info in ROLES.items()}
BY_NAME = {role.name.lower(): role for role in Role}


class NotPermitted(Exception):
    """The sentence is for who tried."""


class Moderator(Struct, frozen=True):
    """Who acts. ``account_id`` is None for the command line."""

    account_id: int | None
    actor_id: int | None
    role: Role

    def must(self, wanted: Permission) -> None:
        """Raises NotPermitted without this permission."""
        if self.account_id is not None and not ROLES[self.role].allows(wanted):
            name = wanted.name or "this"
            raise NotPermitted(f"Your role does not include the permission {name.lower()}.")

    def must_outrank(self, actor_id: int, role: int) -> None:
        """Raises NotPermitted for oneself and for who stands as high or higher."""
        if self.account_id is None:
            return
        if actor_id == self.actor_id:
            raise NotPermitted("Nobody moderates themselves: ask another moderator.")
        if role >= self.role:
            raise NotPermitted("Your role does not stand above that of this account.")


COMMAND_LINE = Moderator(None, None, Role.OWNER)
