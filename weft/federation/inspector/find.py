"""Finding what came in and went out, and telling it whole."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from weft.domain.actors.queries import actor_by_id, actor_by_uri, actors_by_handles, object_by_uri
from weft.domain.posts.queries import post_by_id
from weft.domain.posts.records import ObjectKind
from weft.federation.inspector.queries import (
    DeliveryState,
    InboundBy,
    InboundRow,
    OutboundRow,
    TryRow,
    deliveries_of,
    delivery_counts,
    host_state,
    inbound_body,
    inbound_by_id,
    inbound_by_uri,
    inbound_entries,
    inbound_naming,
    kept_document,
    lane_of,
    outbound_about,
    outbound_activities,
    outbound_by_id,
    outbound_by_uri,
    tries_of,
    tries_with_host,
)
from weft.federation.inspector.records import (
    OUTCOMES,
    STATES,
    Destination,
    HostStory,
    Inbound,
    ObjectStory,
    Outbound,
    Tried,
    iso,
)
from weft.federation.tries import TryOutcome
from weft.federation.verdicts import read_verdicts
from weft.storage.database import Database
from weft.storage.ids import MAX_ID

MOST_TRIES = 1000
FOREVER = 2**62
NEWEST = 10


class Filter(Struct, frozen=True, kw_only=True):
    """What to look for; None does not narrow. Times are milliseconds UTC."""

    host: str | None = None
    actor_uri: str | None = None
    type: str | None = None
    state: str | None = None
    since: int = 0
    until: int = FOREVER
    before_id: int = MAX_ID
    limit: int = 50


async def actor_named(db: Database, name: str) -> str | None:
    """The id of an actor that is named by handle or id; None if nobody is known by it."""
    if name.startswith(("https://", "http://")):
        return name
    rows = await db.all(actors_by_handles, handles=[name.removeprefix("@").casefold()])
    return rows[0].uri if rows else None


async def inbound(db: Database, wanted: Filter) -> list[Inbound]:
    """What came in, newest first."""
    state = STATES.index(wanted.state) if wanted.state is not None else None
    by: InboundBy = "time"
    if wanted.host is not None:
        by = "host"
    elif state is not None and state > 2:
        by = "ended"
    elif state is not None and state < 2:
        by = "waiting"
    params = {name: getattr(wanted, name) for name in Filter.__struct_fields__} | {"state": state}
    return [_inbound(row) for row in await db.all(inbound_entries, by=by, **params)]


async def inbound_one(db: Database, name: str) -> list[Inbound]:
    """By our number, or by the activity's id; with bodies."""
    if name.isdigit():
        row = await db.one(inbound_by_id, id=min(int(name), MAX_ID))
        rows = [row] if row is not None else []
    else:
        rows = await db.all(inbound_by_uri, uri=name)
    return [await _with_body(db, _inbound(row)) for row in rows]


async def _with_body(db: Database, entry: Inbound) -> Inbound:
    row = await db.one(inbound_body, id=int(entry.id))
    body = bytes(row[0]).decode(errors="replace") if row is not None else None
    return msgspec.structs.replace(entry, body=body)


async def outbound(db: Database, wanted: Filter) -> list[Outbound]:
    """What went out or shall, newest first, with everywhere it goes."""
    params = {name: getattr(wanted, name) for name in Filter.__struct_fields__}
    del params["state"]
    if wanted.state == "given up":
        rows = await db.all(outbound_activities, by="given_up", **params)
    elif wanted.host is not None:
        rows = await db.all(outbound_activities, by="host", **params)
    else:
        del params["host"]
        rows = await db.all(outbound_activities, by="time", **params)
    found = await _with_destinations(db, rows)
    if wanted.state is None:
        return found
    return [each for each in found if any(d.state == wanted.state for d in each.destinations)]


async def outbound_one(db: Database, name: str) -> list[Outbound]:
    """By our number, or by the activity's id."""
    if name.isdigit():
        row = await db.one(outbound_by_id, id=min(int(name), MAX_ID))
    else:
        row = await db.one(outbound_by_uri, uri=name)
    return await _with_destinations(db, [row] if row is not None else [])


async def host_story(db: Database, name: str) -> HostStory:
    """How things stand with another server, also with one that was never heard of."""
    name = name.casefold()
    known, lane = await db.one(host_state, name=name), await db.one(lane_of, host=name)
    counts = {row[0]: row[1] for row in await db.all(delivery_counts, host=name)}
    tries = await db.all(tries_with_host, host=name, limit=NEWEST)
    software = " ".join(filter(None, (known.software, known.version))) if known else None
    return HostStory(
        host=name,
        known=known is not None,
        software=software or None,
        signs=_scheme(known.capabilities) if known else None,
        suspended=bool(known and known.suspended),
        silenced=bool(known and known.silenced),
        first_seen=iso(known.first_seen_at) if known else None,
        last_seen=iso(known.last_seen_at) if known else None,
        waiting=counts.get(0, 0),
        given_up=counts.get(2, 0),
        next=iso(lane.next_at) if lane else None,
        failures=lane.failures if lane else 0,
        failing_since=iso(lane.failing_since_at) if lane else None,
        away_since=iso(lane.away_since_at) if lane else None,
        last_delivered=iso(lane.delivered_at) if lane else None,
        last_error=lane.last_error if lane else None,
        last_tries=[_tried(row) for row in tries],
        last_inbound=await inbound(db, Filter(host=name, limit=NEWEST)),
    )


async def object_story(db: Database, name: str) -> ObjectStory | None:
    """What is known of an id, ours or another server's, or of a post's number. None: nothing."""
    uri = await _uri_of(db, name)
    if uri is None:
        return None
    known = await db.one(object_by_uri, uri=uri)
    kept = await db.one(kept_document, uri=uri)
    about: list[OutboundRow] = []
    if known is not None and known.id is not None:
        about = await db.all(outbound_about, object_id=known.id, limit=NEWEST)
    naming = await db.all(inbound_naming, wanted=uri.encode(), before_id=MAX_ID, limit=NEWEST)
    story = ObjectStory(
        uri=uri,
        kind=ObjectKind(known.kind).name.lower() if known is not None else None,
        id=str(known.id) if known is not None and known.id is not None else None,
        deleted=iso(known.deleted_at) if known is not None else None,
        inbound=[_inbound(row) for row in naming],
        outbound=await _with_destinations(db, sorted(about, key=lambda row: -row.id)),
        document=bytes(kept[0]).decode(errors="replace") if kept is not None else None,
    )
    return story if known is not None or story.inbound or story.outbound else None


async def _uri_of(db: Database, name: str) -> str | None:
    if name.isdigit():
        post = await db.one(post_by_id, id=min(int(name), MAX_ID))
        actor = None if post is not None else await db.one(actor_by_id, id=min(int(name), MAX_ID))
        return post.uri if post is not None else actor.uri if actor is not None else None
    if name.startswith(("https://", "http://")):
        return name
    named = await actor_named(db, name)
    actor = await db.one(actor_by_uri, uri=named) if named is not None else None
    return actor.uri if actor is not None else None


async def _with_destinations(db: Database, rows: Sequence[OutboundRow]) -> list[Outbound]:
    ids = [row.id for row in rows]
    tries: dict[tuple[int, str], list[TryRow]] = defaultdict(list)
    waiting: dict[int, list[DeliveryState]] = defaultdict(list)
    if ids:
        for each in await db.all(tries_of, ids=ids, limit=MOST_TRIES):
            tries[each.activity_id, each.inbox].append(each)
        for state in await db.all(deliveries_of, ids=ids, limit=MOST_TRIES):
            waiting[state.activity_id].append(state)
    lanes: dict[str, Any] = {}
    for host in {state.host for group in waiting.values() for state in group}:
        lanes[host] = await db.one(lane_of, host=host)
    return [_outbound(row, waiting[row.id], tries, lanes) for row in rows]


def _outbound(
    row: OutboundRow,
    waiting: list[DeliveryState],
    tries: dict[tuple[int, str], list[TryRow]],
    lanes: dict[str, Any],
) -> Outbound:
    states = {each.inbox: each for each in waiting}
    tried = {inbox: group for (of, inbox), group in tries.items() if of == row.id}
    destinations = []
    for inbox in sorted({*states, *tried}):
        state = states.get(inbox)
        lane = lanes.get(state.host) if state is not None else None
        destinations.append(
            Destination(
                inbox=inbox,
                host=state.host if state is not None else tried[inbox][0].host,
                state=_state(state, tried.get(inbox, [])),
                tries=[
                    _tried(each)
                    for each in sorted(tried.get(inbox, []), key=lambda each: each.tried_at)
                ],
                next=iso(lane.next_at) if lane is not None and state and state.state == 0 else None,
            )
        )
    return Outbound(
        id=str(row.id),
        activity=row.uri,
        type=row.type,
        actor=row.actor_uri,
        about=str(row.object_id) if row.object_id is not None else None,
        created=iso(row.created_at) or "",
        destinations=destinations,
    )


def _state(state: DeliveryState | None, tried: Sequence[TryRow]) -> str:
    if state is not None:
        return "given up" if state.state == 2 else "waiting"
    return "not sent" if {each.outcome for each in tried} == {TryOutcome.OMITTED} else "delivered"


def _inbound(row: InboundRow) -> Inbound:
    verdicts = read_verdicts(row.verdicts)
    return Inbound(
        id=str(row.id),
        activity=row.activity_uri,
        type=row.type,
        actor=row.actor_uri,
        host=row.host,
        key=row.key_id,
        state=STATES[row.state],
        why=verdicts.why,
        steps=verdicts.steps,
        tries=row.attempts,
        to=str(row.recipient_id) if row.recipient_id is not None else None,
        received=iso(row.received_at) or "",
        again=iso(row.retry_at) if row.state < 2 else None,
        ended=iso(row.done_at),
        size=row.size_bytes,
    )


def _tried(row: TryRow) -> Tried:
    return Tried(
        inbox=row.inbox,
        at=iso(row.tried_at) or "",
        outcome=OUTCOMES[row.outcome],
        status=row.status,
        signed=row.scheme,
        took_ms=row.took_ms,
        error=row.error,
    )


def _scheme(capabilities: str | None) -> str | None:
    known: dict[str, Any] = msgspec.json.decode(capabilities) if capabilities else {}
    scheme = known.get("scheme")
    return scheme if isinstance(scheme, str) else None
