"""Who is looking."""

from enum import IntEnum
from typing import Literal, TypeAlias

from msgspec import Struct


class Visibility(IntEnum):
    """How far a post reaches. The numbers are stored."""

    PUBLIC = 0
    UNLISTED = 1
    FOLLOWERS = 2
    DIRECT = 3
    LIMITED = 4


class Anonymous(Struct, frozen=True):
    """Nobody we know."""


class Local(Struct, frozen=True):
    """A person of this server."""

    actor_id: int


class Remote(Struct, frozen=True):
    """A signed request of another server, on behalf of one of its actors.

    ``actor_id`` is 0 for an actor we do not keep (another server's own instance actor).
    """

    actor_id: int
    host: str


class BreakGlass(Struct, frozen=True):
    """A moderator who looks at what is not theirs; each look is in the audit log."""

    actor_id: int
    audit_id: int


Viewer: TypeAlias = Anonymous | Local | Remote | BreakGlass
ViewerKind: TypeAlias = Literal["anonymous", "local", "remote", "break_glass"]
Purpose: TypeAlias = Literal["show", "list"]
"""``show``: asked for by id. ``list``: in a timeline, thread, search or stream, where the viewer's
own blocks and mutes count too."""


def kind_of(viewer: Viewer) -> ViewerKind:
    """The flag that chooses the statement."""
    match viewer:
        case Anonymous():
            return "anonymous"
        case Local():
            return "local"
        case Remote():
            return "remote"
        case BreakGlass():
            return "break_glass"


def viewer_params(viewer: Viewer, now_ms: int, purpose: Purpose = "list") -> dict[str, int | str]:
    """The bind parameters that ``visible()`` uses for this kind of viewer and purpose."""
    match viewer:
        case Anonymous() | BreakGlass():
            return {}
        case Local(actor_id):
            return (
                {"viewer": actor_id, "now": now_ms} if purpose == "list" else {"viewer": actor_id}
            )
        case Remote(actor_id, host):
            return {"viewer": actor_id, "viewer_host": host}
