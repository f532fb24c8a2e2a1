"""What a scope lets an application do, in words."""

_WORDS = {
    "read": "read everything that you can see, your messages and settings too",
    "write": "post, edit and delete in your name, and change your account",
    "follow": "follow, block and mute people for you",
    "push": "get your notifications pushed",
    "admin:read": "see what moderators and admins see, as far as you may",
    "admin:write": "do what moderators and admins do, as far as you may",
    "profile": "know who you are: your name, handle and picture",
}
_PARTS = {
    "accounts": "accounts and profiles",
    "blocks": "blocks",
    "bookmarks": "bookmarks",
    "canonical_email_blocks": "blocked e-mail addresses",
    "collections": "collections",
    "conversations": "conversations",
    "domain_allows": "allowed servers",
    "domain_blocks": "blocked servers",
    "email_domain_blocks": "blocked e-mail providers",
    "favourites": "favourites",
    "filters": "filters",
    "follows": "follows",
    "ip_blocks": "blocked networks",
    "lists": "lists",
    "media": "uploads",
    "mutes": "mutes",
    "notifications": "notifications",
    "reports": "reports",
    "search": "search",
    "statuses": "posts",
}


def described(scopes: frozenset[str]) -> list[str]:
    """One line for each scope, the widest first."""
    lines = []
    for scope in sorted(scopes, key=lambda each: (":" in each, each)):
        if scope in _WORDS:
            lines.append(_WORDS[scope])
            continue
        verb, _, part = scope.rpartition(":")
        what = "see" if verb.endswith("read") else "change"
        whose = "the server's" if verb.startswith("admin") else "your"
        lines.append(f"{what} {whose} {_PARTS.get(part, part)}")
    return lines
