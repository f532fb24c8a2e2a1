"""Communities as their own server describes them, and what moderators do in them."""

from enum import IntEnum

from msgspec import Struct


class Action(IntEnum):
    """What a moderator did. The numbers are stored."""

    REMOVE = 0
    RESTORE = 1
    LOCK = 2
    UNLOCK = 3
    PIN = 4
    UNPIN = 5
    BAN = 6
    UNBAN = 7
    ADD_MODERATOR = 8
    REMOVE_MODERATOR = 9
    WARN = 10
    EDIT = 11
    """Of the community itself."""
    SITE_BAN = 12
    """By the community's whole server, which may lift its own bans alone."""
    SITE_UNBAN = 13


class RemoteCommunity(Struct, frozen=True, kw_only=True):
    """What a group of another server says of itself beyond its profile."""

    title: str
    nsfw: bool = False
    only_moderators_post: bool = False
    moderators_uri: str | None = None
    """Its collection of moderators, on its own host."""


class Community(Struct, frozen=True):
    actor_id: int
    only_moderators_post: bool
    moderators_uri: str | None


class Ban(Struct, frozen=True):
    community_id: int
    actor_id: int
    reason: str | None
    expires_at: int | None


class LogEntry(Struct, frozen=True):
    id: int
    community_id: int
    moderator_id: int | None
    action: int
    object_uri: str
    reason: str | None
    created_at: int
