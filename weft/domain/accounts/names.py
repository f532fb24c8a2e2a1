"""Names of people and communities on this server."""

import re

_NAME = re.compile(r"[A-Za-z0-9_]{1,30}")

# Names that paths, mail or other people's trust depend on.
RESERVED = frozenset(
    [
        "about",
        "abuse",
        "actor",
        "admin",
        "administrator",
        "ap",
        "api",
        "auth",
        "c",
        "community",
        "everyone",
        "explore",
        "feed",
        "feeds",
        "help",
        "home",
        "hostmaster",
        "inbox",
        "info",
        "instance",
        "login",
        "logout",
        "mail",
        "me",
        "media",
        "moderator",
        "modmail",
        "news",
        "nodeinfo",
        "notifications",
        "oauth",
        "official",
        "owner",
        "password",
        "postmaster",
        "privacy",
        "public",
        "register",
        "relay",
        "root",
        "search",
        "security",
        "server",
        "settings",
        "setup",
        "signin",
        "signup",
        "staff",
        "static",
        "status",
        "support",
        "system",
        "tags",
        "team",
        "terms",
        "u",
        "user",
        "users",
        "webfinger",
        "webmaster",
        "weft",
        "well_known",
        "www",
    ]
)


class BadName(Exception):
    """The sentence is for the person who chose it."""


def check_name(name: str, *, reserved_too: bool = False) -> str:
    """The name as given, if it may be used.

    Raises:
        BadName: the characters, the length or a reserved name.
    """
    if not _NAME.fullmatch(name):
        raise BadName("A name has 1 to 30 letters (a-z), digits or underscores, and nothing else.")
    if not reserved_too and name.casefold() in RESERVED:
        raise BadName(f"The name {name} is reserved on this server: choose another.")
    return name
