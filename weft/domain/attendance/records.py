"""Who goes to an event."""

from enum import IntEnum

from msgspec import Struct

NOTE_LENGTH = 1000
MOST = 5000
"""People who say something of one event."""


class AttendanceState(IntEnum):
    """The numbers are stored."""

    ASKED = 0
    """They would like to; the organiser has not answered."""
    GOING = 1
    MAYBE = 2
    DECLINED = 3
    """They do not come."""
    REFUSED = 4
    """The organiser does not let them."""
    INVITED = 5


class Attendance(Struct, frozen=True):
    """What stands between one person and one event."""

    id: int
    post_id: int
    actor_id: int
    state: int
    uri: str | None
    note: str | None
    created_at: int


class StateCount(Struct, frozen=True):
    state: int
    people: int
