"""What is known of a relay, and the statements that read it."""

from enum import IntEnum

from msgspec import Struct
from sqlalchemy import Select, bindparam, literal_column, select

from weft.storage.schema.federation import relay
from weft.storage.statements import query

MOST_RELAYS = 50
LONGEST_ADDRESS = 2048
LONGEST_REASON = 500


class RelayKind(IntEnum):
    """The two forms (FEP-ae0c). The numbers are stored."""

    MASTODON = 0
    """Followed at its inbox by a Follow of the public; passes activities on as they are."""
    LITEPUB = 1
    """Followed as an actor, and follows back; announces ids."""


class RelayState(IntEnum):
    """The numbers are stored."""

    IDLE = 0
    """Paused, or left and kept."""
    PENDING = 1
    ACCEPTED = 2
    REJECTED = 3


class RelayRefused(Exception):
    """The sentence is for the operator."""


class Relay(Struct, frozen=True):
    id: int
    address: str
    kind: int
    inbox: str
    host: str
    actor_uri: str | None
    actor_id: int | None
    client_id: int
    """Which of our own actors follows it."""
    state: int
    reason: str | None
    follow_uri: str | None
    created_at: int
    changed_at: int

    @property
    def speaks(self) -> bool:
        """Only who was asked and said yes has a say."""
        return self.state == RelayState.ACCEPTED


_ROWS = [relay.c[name] for name in Relay.__struct_fields__]


@query(row=Relay)
def all_relays() -> Select:
    return select(*_ROWS).order_by(relay.c.id).limit(literal_column(str(MOST_RELAYS)))


@query(row=Relay, bounded=True)
def relay_by_id() -> Select:
    return select(*_ROWS).where(relay.c.id == bindparam("id"))


@query(row=Relay, bounded=True)
def relay_by_address() -> Select:
    return select(*_ROWS).where(relay.c.address == bindparam("address"))


@query(row=Relay, bounded=True)
def relay_by_inbox() -> Select:
    return select(*_ROWS).where(relay.c.inbox == bindparam("inbox"))


@query(row=Relay, bounded=True)
def relay_by_follow() -> Select:
    """The relay that was asked with the Follow ``:uri``."""
    return select(*_ROWS).where(relay.c.follow_uri == bindparam("uri")).limit(1)


@query(row=Relay, bounded=True)
def relay_by_actor() -> Select:
    """The relay whose own actor is ``:uri``."""
    return select(*_ROWS).where(relay.c.actor_uri == bindparam("uri")).limit(1)


@query(bounded=True)
def announcer() -> Select:
    """Which actor of ours announces posts: one row while a relay of LitePub's kind listens."""
    return (
        select(relay.c.client_id)
        .where(
            relay.c.state == literal_column(str(RelayState.ACCEPTED.value)),
            relay.c.kind == literal_column(str(RelayKind.LITEPUB.value)),
        )
        .limit(1)
    )
