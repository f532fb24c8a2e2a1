"""One internal set of scopes, which each API family maps its own to.

A scope is ``read``, ``write``, ``follow``, ``push``, ``profile``, ``admin:read`` or ``admin:write``,
or a part of one (``read:statuses``). Holding ``read`` is holding every ``read:…``. None grants more
than the consent did, nor more than the person may do: a scope ``admin:…`` makes nobody an admin.
"""

_FOR_ADMINS = (
    "accounts", "canonical_email_blocks", "domain_allows", "domain_blocks", "email_domain_blocks",
    "ip_blocks", "reports",
)  # fmt: skip
_PARTS = {
    "read": (
        "accounts", "blocks", "bookmarks", "collections", "favourites", "filters", "follows",
        "lists", "mutes", "notifications", "search", "statuses",
    ),
    "write": (
        "accounts", "blocks", "bookmarks", "collections", "conversations", "favourites",
        "filters", "follows", "lists", "media", "mutes", "notifications", "reports", "statuses",
    ),
    "admin:read": _FOR_ADMINS,
    "admin:write": _FOR_ADMINS,
}  # fmt: skip
_FOLLOW = frozenset(
    f"{verb}:{part}" for verb in ("read", "write") for part in ("blocks", "follows", "mutes")
)
KNOWN = (
    frozenset(_PARTS)
    | {f"{verb}:{part}" for verb, parts in _PARTS.items() for part in parts}
    | {"follow", "push", "profile"}
)


class UnknownScope(Exception):
    """Names the scope that nobody knows."""


def parse_scopes(text: str) -> frozenset[str]:
    """Scopes of a space-separated list.

    Raises:
        UnknownScope: with the first that is not known.
    """
    wanted = frozenset(text.split())
    for scope in sorted(wanted):
        if scope not in KNOWN:
            raise UnknownScope(scope)
    return wanted


def grants(held: frozenset[str], wanted: str) -> bool:
    """Does a token that holds these scopes allow ``wanted``?"""
    if wanted in held or wanted.rpartition(":")[0] in held:
        return True
    return "follow" in held and wanted in _FOLLOW


def within(asked: frozenset[str], allowed: frozenset[str]) -> bool:
    """Is every asked scope covered by the allowed ones?"""
    return all(grants(allowed, scope) for scope in asked)
