"""What one can be notified of, and how each kind is treated."""

from enum import IntEnum

from weft.domain.accounts.queries import Role


class NotificationKind(IntEnum):
    """The numbers are stored."""

    MENTION = 0
    BOOST = 1
    LIKE = 2
    FOLLOW = 3
    FOLLOW_REQUEST = 4
    POLL = 5
    EDIT = 6
    POST = 7
    QUOTE = 8
    REACTION = 9
    QUOTED_EDIT = 10
    """A post that one quoted was edited; its post is the quoting one."""
    SEVERED = 11
    """Follows ended at one blow."""
    WARNING = 12
    """A moderator did something about the person, and says so."""
    SIGN_UP = 13
    REPORT = 14
    ADDED_TO_COLLECTION = 15
    """Somebody recommends the person in a collection; about that."""
    COLLECTION_UPDATE = 16
    """A collection that the person is in is called or described differently now."""


FILTERABLE = frozenset(
    {
        NotificationKind.MENTION,
        NotificationKind.BOOST,
        NotificationKind.LIKE,
        NotificationKind.FOLLOW,
        NotificationKind.FOLLOW_REQUEST,
        NotificationKind.QUOTE,
        NotificationKind.REACTION,
        NotificationKind.ADDED_TO_COLLECTION,
    }
)
"""What a stranger can cause: a person's policy decides about it."""

ASKING = frozenset({NotificationKind.MENTION, NotificationKind.QUOTE})
"""Of these, the ones that ask to be read: when they are held back, a request tells so."""

FROM_ONESELF = frozenset(
    {NotificationKind.POLL, NotificationKind.SEVERED, NotificationKind.WARNING}
)
"""Who asked a poll waits for its end; and what the server says has no other sender."""

GROUPED = {
    NotificationKind.LIKE: "favourite",
    NotificationKind.BOOST: "reblog",
    NotificationKind.FOLLOW: "follow",
    NotificationKind.SIGN_UP: "admin.sign_up",
}
"""What is told of several people at once, and how the keys of such groups begin."""

FOR_MODERATORS = frozenset({NotificationKind.SIGN_UP, NotificationKind.REPORT})


def kinds_for(role: int | None) -> list[NotificationKind]:
    """What somebody of this role may read; who is no moderator any more, no longer of reports."""
    staff = role is not None and role >= Role.MODERATOR
    return [kind for kind in NotificationKind if staff or kind not in FOR_MODERATORS]
