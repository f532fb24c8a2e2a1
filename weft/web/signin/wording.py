"""What a scope lets an application do, in words."""

_WORDS = {
    "read": "read everything that you can see, your messages and settings too",
    "write": "post, edit and delete in your name, and change your account",
    "follow": "follow, block and mute people for you",
    "push": "get your notifications pushed",
    "profile": "know who you are: your name, handle and picture",
}
_PARTS = {
    "accounts": "accounts and profiles",
    "blocks": "blocks",
    "bookmarks": "bookmarks",
    "conversations": "conversations",
    "favourites": "favourites",
    "filters": "filters",
    "follows": "follows",
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
        verb, _, part = scope.partition(":")
        if not part:
            lines.append(_WORDS.get(verb, scope))
        else:
            what = "see" if verb == "read" else "change"
            lines.append(f"{what} your {_PARTS.get(part, part)}")
    return lines
