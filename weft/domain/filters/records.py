"""Filters: words and posts that a person does not want to meet, and where."""

from enum import IntEnum, IntFlag

from msgspec import Struct


class Context(IntFlag):
    """Where a filter works. The bits are stored."""

    HOME = 1
    """Home timeline and lists."""
    NOTIFICATIONS = 2
    PUBLIC = 4
    THREAD = 8
    ACCOUNT = 16


class Action(IntEnum):
    """What becomes of a post that matches. The numbers are stored."""

    WARN = 0
    HIDE = 1
    BLUR = 2
    """Its pictures and videos are covered."""


class Filter(Struct, frozen=True):
    """One row of ``content_filter``; ``contexts`` is the bits of ``Context``."""

    id: int
    title: str
    contexts: int
    action: int
    updated_at: int
    expires_at: int | None


class Keyword(Struct, frozen=True):
    id: int
    filter_id: int
    keyword: str
    whole_word: bool


class FilteredPost(Struct, frozen=True):
    """A post that a filter names by itself."""

    id: int
    filter_id: int
    post_id: int


class FilterRefused(Exception):
    """The sentence is for the person who filters."""
