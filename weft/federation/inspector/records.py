"""What the inspector tells: plain records, whose names are the fields of ``--json``.

Times are ISO 8601 in UTC with milliseconds; what is not known is null.
"""

from datetime import UTC, datetime

from msgspec import Struct

from weft.federation.verdicts import Step

STATES = ("unverified", "waiting", "done", "ignored", "refused", "failed", "quarantined")
"""By the numbers of ``LogState``."""
OUTCOMES = ("delivered", "put off", "given up", "unanswered", "not sent")
"""By the numbers of ``TryOutcome``."""


class Inbound(Struct, frozen=True):
    """One activity that came in."""

    id: str
    activity: str
    type: str
    actor: str
    host: str
    key: str
    state: str
    why: str
    steps: list[Step]
    tries: int
    to: str | None
    """The id of our actor to whose own inbox it came; null for the shared inbox."""
    received: str
    again: str | None
    """When it is tried next."""
    ended: str | None
    size: int
    body: str | None = None


class Tried(Struct, frozen=True):
    """One request to an inbox."""

    inbox: str
    at: str
    outcome: str
    status: int | None
    signed: str | None
    took_ms: int
    error: str | None


class Destination(Struct, frozen=True):
    """One inbox that an activity goes to."""

    inbox: str
    host: str
    state: str
    """``delivered``, ``waiting`` or ``given up``."""
    tries: list[Tried]
    next: str | None
    """When its lane is worked on next."""


class Outbound(Struct, frozen=True):
    """One activity of ours and everywhere it goes."""

    id: str
    activity: str
    type: str
    actor: str
    about: str | None
    created: str
    destinations: list[Destination]
    body: str | None = None


class HostStory(Struct, frozen=True):
    """How things stand with another server."""

    host: str
    known: bool
    software: str | None
    signs: str | None
    """The signature scheme that it is known to accept."""
    suspended: bool
    silenced: bool
    first_seen: str | None
    last_seen: str | None
    waiting: int
    given_up: int
    next: str | None
    failures: int
    failing_since: str | None
    away_since: str | None
    last_delivered: str | None
    last_error: str | None
    last_tries: list[Tried]
    last_inbound: list[Inbound]


class ObjectStory(Struct, frozen=True):
    """Everything that is known of one id."""

    uri: str
    kind: str | None
    id: str | None
    deleted: str | None
    inbound: list[Inbound]
    outbound: list[Outbound]
    document: str | None


def iso(at_ms: int | None) -> str | None:
    if at_ms is None:
        return None
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
