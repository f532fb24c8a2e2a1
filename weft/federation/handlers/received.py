"""What a handler gets and gives."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from weft.domain.actors.records import Actor
from weft.domain.policy.quarantine import Held
from weft.domain.relays.records import Relay
from weft.domain.server import Server
from weft.federation.arrive import Arrivals
from weft.federation.dialects import Dialects, JsonObject
from weft.federation.keyring import KeyRing
from weft.federation.policing import Policing
from weft.federation.resolve import Resolver
from weft.storage.database import Database, Tx

Outcome: TypeAlias = Literal["done", "ignored", "refused", "quarantined"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an activity ended, with the sentence that the inspector shows."""

    outcome: Outcome
    why: str = ""
    held: Held | None = None
    """What moderators are told of something quarantined."""


DONE = Verdict("done")

Apply: TypeAlias = Callable[[Tx], Awaitable[Verdict]]
"""The effect: runs inside the write that also closes the log entry."""


@dataclass(frozen=True, slots=True)
class Received:
    """One verified activity: ``signer`` is its actor, and signed it."""

    document: JsonObject
    type: str
    signer: Actor
    recipient_id: int | None
    body: bytes = b""
    """As it came."""
    relay: Relay | None = None
    """Which relay brought it, of those that have a say here; it may be the signer."""
    announcer: Actor | None = None
    """The group that passed it on, and signed in its actor's stead."""
    is_proven: bool = True
    """Whether it is its actor's is beyond doubt; else only the group says so."""

    @property
    def object(self) -> Any:
        return self.document.get("object")


@dataclass(frozen=True, slots=True)
class Tools:
    """What handlers work with."""

    db: Database
    server: Server
    dialects: Dialects
    resolver: Resolver
    arrivals: Arrivals
    keys: KeyRing
    policing: Policing


Handler: TypeAlias = Callable[[Tools, Received], Awaitable[Apply | Verdict]]
"""Looks things up (and fetches), then returns the effect; or ends the matter itself."""


def ignored(why: str) -> Verdict:
    return Verdict("ignored", why)


def refused(why: str) -> Verdict:
    return Verdict("refused", why)


def number_after(address: str, mark: str) -> int | None:
    """The number that ends an address, after ``mark``; None if it does not end so."""
    _, found, number = address.rpartition(mark)
    is_number = number.isascii() and number.isdigit() and len(number) < 17
    return int(number) if found and is_number else None
