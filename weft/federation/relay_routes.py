"""Which deliveries go to relays: a row per relay that said yes, in the write that tells.

What is for a relay waits in its lane like everything else; when that holds more than ``MOST_WAITING``,
new posts leave the relay out. Authors whom a moderator limited are for their followers only.
"""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Insert,
    Select,
    bindparam,
    exists,
    literal_column,
    not_,
    select,
)

from weft.domain.relays.records import RelayKind, RelayState
from weft.storage.schema.actors import actor
from weft.storage.schema.federation import delivery, host, lane, relay
from weft.storage.schema.tables import Big
from weft.storage.statements import insert_or_ignore, query

MOST_WAITING = 2000
WHOEVER = 0
"""For ``:author``: deletions are told, however their author stands by now."""
_COLUMNS = ("activity_id", "inbox", "host", "created_at")


def _number(value: int) -> ColumnElement[Any]:
    return literal_column(str(int(value)))


def _heads(inbox: ColumnElement[Any], name: ColumnElement[Any]) -> Select:
    return select(bindparam("activity_id", type_=Big), inbox, name, bindparam("now", type_=Big))


@query()
def deliver_to_relays(*, to_litepub: bool = False, announces: bool = False) -> Insert:
    """To relays of Mastodon's kind, with ``to_litepub`` to both, with ``announces`` to LitePub's
    alone. Nothing goes out for an ``:author`` who is limited."""
    away = exists().where(lane.c.host == relay.c.host, lane.c.away_since_at.is_not(None))
    shut = exists().where(host.c.name == relay.c.host, host.c.suspended)
    limited = exists().where(actor.c.id == bindparam("author"), actor.c.silenced_at.is_not(None))
    full = exists(
        select(_number(1))
        .select_from(delivery)
        .where(delivery.c.host == relay.c.host, delivery.c.state == _number(0))
        .correlate(relay)
        .limit(_number(1))
        .offset(_number(MOST_WAITING))
    )
    rows = _heads(relay.c.inbox, relay.c.host).where(
        relay.c.state == _number(RelayState.ACCEPTED),
        not_(away),
        not_(shut),
        not_(limited),
        not_(full),
    )
    if not to_litepub:
        kind = RelayKind.LITEPUB if announces else RelayKind.MASTODON
        rows = rows.where(relay.c.kind == _number(kind))
    return insert_or_ignore(delivery, *_COLUMNS, rows=rows)


@query()
def deliver_to_inbox() -> Insert:
    """To one inbox that is named."""
    return insert_or_ignore(delivery, *_COLUMNS)
