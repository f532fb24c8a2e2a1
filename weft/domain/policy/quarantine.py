"""What waits for a moderator: the rows, and how posts of this server get there.

An activity of another server waits as an entry of the inbox log (``federation/quarantine``), a post of ours
as a draft of its author's; what this server fetched by itself as its address alone (``fetched``).
"""

from enum import IntEnum

from msgspec import Struct
from sqlalchemy import (
    Delete,
    Insert,
    Select,
    Update,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)

from weft.domain.actors.records import Actor
from weft.domain.drafts.queries import (
    Waiting,
    insert_draft,
    insert_draft_media,
    stored_waiting,
)
from weft.domain.posts.drafted import Draft, PostRefused
from weft.domain.posts.records import PostKind
from weft.domain.server import Server
from weft.storage.database import Database, Tx
from weft.storage.schema.actors import actor
from weft.storage.schema.messages import draft as draft_table
from weft.storage.schema.policy import quarantine
from weft.storage.statements import query, upsert

DAY_MS = 24 * 3_600_000
WAITS_MS = 30 * DAY_MS
"""What nobody decides about is discarded then."""
MOST_WAITING = 5000
MOST_PER_HOST = 200
MOST_PER_AUTHOR = 20
EXCERPT = 300


class HoldState(IntEnum):
    """The numbers are stored."""

    WAITS = 0
    RELEASED = 1
    DISCARDED = 2
    LET_IN = 3
    """Only of what was fetched: it will be fetched again."""


class NoRoom(Exception):
    """So much waits already that nothing more is kept aside: it is tried again later."""


class Held(Struct, frozen=True, kw_only=True):
    """Why something waits, and what moderators see of it in a list."""

    rule: str
    reason: str
    activity: str
    visibility: int | None = None
    excerpt: str = ""


class HoldRow(Struct, frozen=True):
    """One row of ``quarantine``, with the handle of who said it."""

    id: int
    state: int
    entry_id: int | None
    draft_id: int | None
    actor_id: int | None
    host: str
    activity: str
    rule: str
    reason: str
    visibility: int | None
    excerpt: str
    created_at: int
    mark: str | None
    handle: str | None

    @property
    def fetched_uri(self) -> str | None:
        """Where it lives, if this server fetched it by itself."""
        return self.mark if self.entry_id is None and self.draft_id is None else None


_NAMES = [name for name in HoldRow.__struct_fields__ if name != "handle"]
_WAITS = quarantine.c.state == literal_column("0")
_WRITTEN = [
    "id", "entry_id", "draft_id", "mark", "actor_id", "host", "activity", "rule", "reason",
    "visibility", "excerpt", "created_at",
]  # fmt: skip


def holds() -> Select:
    """Rows as HoldRow has them."""
    return select(*[quarantine.c[name] for name in _NAMES], actor.c.handle).select_from(
        quarantine.outerjoin(actor, actor.c.id == quarantine.c.actor_id)
    )


@query(row=HoldRow, bounded=True)
def waiting_page(*, newer: bool = False) -> Select:
    """The newest first, or the oldest after ``:min_id``."""
    return (
        holds()
        .where(_WAITS, quarantine.c.id < bindparam("max_id"), quarantine.c.id > bindparam("min_id"))
        .order_by(quarantine.c.id if newer else quarantine.c.id.desc())
        .limit(bindparam("limit"))
    )


@query(row=HoldRow, bounded=True)
def waiting_of_host() -> Select:
    return (
        holds()
        .where(_WAITS, quarantine.c.host == bindparam("host"))
        .order_by(quarantine.c.id)
        .limit(bindparam("limit"))
    )


@query(row=HoldRow, bounded=True)
def hold_by_id() -> Select:
    return holds().where(quarantine.c.id == bindparam("id"))


@query(bounded=True)
def state_of_entry() -> Select:
    return select(quarantine.c.state).where(quarantine.c.entry_id == bindparam("entry_id"))


@query(bounded=True)
def state_of_draft() -> Select:
    return select(quarantine.c.state, quarantine.c.mark).where(
        quarantine.c.draft_id == bindparam("draft_id")
    )


@query(bounded=True)
def marks_of_author() -> Select:
    return (
        select(quarantine.c.mark)
        .where(_WAITS, quarantine.c.actor_id == bindparam("actor_id"))
        .limit(bindparam("limit"))
    )


@query()
def count_waiting(*, of_host: bool = False) -> Select:
    """How many wait, counted up to ``:limit``."""
    found = select(quarantine.c.id).where(_WAITS)
    if of_host:
        found = found.where(quarantine.c.host == bindparam("host"))
    return select(func.count()).select_from(found.limit(bindparam("limit")).subquery())


@query()
def put_entry() -> Insert:
    """What waits again (a rule that has changed since, say) is one row still."""
    return _put("entry_id")


@query()
def put_draft() -> Insert:
    return _put("draft_id")


@query()
def put_new() -> Insert:
    return insert(quarantine).values(
        {name: bindparam(name) for name in (*_WRITTEN, "state", "decided_at")}
    )


def _put(key: str) -> Insert:
    kept = {"id", "entry_id", "draft_id", "actor_id", "host"}
    return upsert(
        quarantine,
        key=[key],
        values=[*_WRITTEN, "state", "decided_at"],
        update=[name for name in (*_WRITTEN, "state", "decided_at") if name not in kept],
    )


@query()
def decide_hold() -> Update:
    """Changes nothing if somebody else has decided."""
    return (
        update(quarantine)
        .where(quarantine.c.id == bindparam("of_hold"), _WAITS)
        .values(state=bindparam("new_state"), decided_at=bindparam("now"))
    )


@query()
def decided_otherwise() -> Update:
    """An entry that waited had its end some other way: replayed, say, when the rule was gone."""
    return (
        update(quarantine)
        .where(quarantine.c.entry_id == bindparam("of_entry"), _WAITS)
        .values(state=literal_column("2"), decided_at=bindparam("now"))
    )


@query()
def schedule_now() -> Update:
    return (
        update(draft_table)
        .where(draft_table.c.id == bindparam("of_draft"))
        .values(publish_at=bindparam("now"))
    )


@query(row=HoldRow, bounded=True)
def overdue() -> Select:
    """The oldest that wait and came before ``:before_id``."""
    return (
        holds()
        .where(_WAITS, quarantine.c.id < bindparam("before_id"))
        .order_by(quarantine.c.id)
        .limit(bindparam("limit"))
    )


@query()
def forget_decided() -> Delete:
    """Decisions of long ago; the audit log has them too."""
    old = (
        select(quarantine.c.id)
        .where(quarantine.c.state > literal_column("0"), quarantine.c.id < bindparam("before_id"))
        .order_by(quarantine.c.state, quarantine.c.id)
        .limit(bindparam("limit"))
    )
    return delete(quarantine).where(quarantine.c.id.in_(old))


async def hold_entry(
    tx: Tx, entry_id: int, actor_id: int | None, host: str, held: Held, now: int
) -> None:
    """An entry of the inbox log waits, from this write on.

    Raises:
        NoRoom: too much waits already.
    """
    await _check_room(tx, host)
    await tx.run(put_entry, entry_id=entry_id, draft_id=None, mark=None,
                 **new_values(tx, actor_id, host, held, now))  # fmt: skip


async def own_hold(
    tx: Tx, server: Server, author: Actor, draft: Draft, held: Held, of_draft: int | None, mark: str
) -> None:
    """A post of ours waits: as the draft that it was, or as a new one. Sent twice, it waits once.

    Raises:
        PostRefused: the author has too much that waits.
    """
    now = server.now_ms()
    marks = await tx.all(marks_of_author, actor_id=author.id, limit=MOST_PER_AUTHOR)
    if of_draft is None and any(row[0] == mark for row in marks):
        return
    if len(marks) >= MOST_PER_AUTHOR:
        raise PostRefused(
            f"{MOST_PER_AUTHOR} posts of yours wait for a moderator already: {held.reason}."
        )
    draft_id = of_draft
    if draft_id is None:
        draft_id = tx.new_id()
        await tx.run(
            insert_draft,
            id=draft_id,
            author_id=author.id,
            kind=PostKind.QUESTION if draft.poll is not None else PostKind.NOTE,
            body=stored_waiting(
                Waiting(draft, problem=f"It waits for a moderator: {held.reason}.")
            ),
            publish_at=None,
            created_at=now,
            updated_at=now,
        )
        for position, media_id in enumerate(draft.media_ids):
            await tx.run(
                insert_draft_media, draft_id=draft_id, media_id=media_id, position=position
            )
    await tx.run(put_draft, draft_id=draft_id, entry_id=None, mark=mark,
                 **new_values(tx, author.id, author.host, held, now))  # fmt: skip


def new_values(
    tx: Tx, actor_id: int | None, host: str, held: Held, now: int
) -> dict[str, int | str | None]:
    """A row that waits from now on, but for what it is."""
    return {
        "id": tx.new_id(),
        "actor_id": actor_id,
        "host": host,
        "activity": held.activity[:100],
        "rule": held.rule,
        "reason": held.reason,
        "visibility": held.visibility,
        "excerpt": held.excerpt[:EXCERPT],
        "created_at": now,
        "state": HoldState.WAITS,
        "decided_at": None,
    }


async def _check_room(tx: Tx, host: str) -> None:
    of_host = await tx.one(count_waiting, of_host=True, host=host, limit=MOST_PER_HOST)
    if of_host is not None and of_host[0] >= MOST_PER_HOST:
        raise NoRoom(f"{MOST_PER_HOST} activities of {host} wait for a moderator already")
    of_all = await tx.one(count_waiting, limit=MOST_WAITING)
    if of_all is not None and of_all[0] >= MOST_WAITING:
        raise NoRoom(f"{MOST_WAITING} activities wait for a moderator already")


async def is_released(db: Database, draft_id: int, mark: str) -> bool:
    """Has a moderator let this draft in, exactly as it is?"""
    row = await db.one(state_of_draft, draft_id=draft_id)
    return row is not None and row[0] == HoldState.RELEASED and row[1] == mark
