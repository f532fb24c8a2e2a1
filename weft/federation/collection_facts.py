"""What the document of a collection of people says, read at once."""

from dataclasses import dataclass

from weft.domain.actors.queries import actor_by_id
from weft.domain.actors.records import Actor
from weft.domain.collections.keep import feature_stamp_uri
from weft.domain.collections.queries import (
    collection_by_id,
    collections_for,
    collections_of,
    entries_for,
    entry_by_id,
)
from weft.domain.collections.records import LIST_LENGTH, Collection, Entry, EntryState
from weft.domain.server import Server
from weft.domain.visibility.viewer import Anonymous, Local, Viewer, kind_of, viewer_params
from weft.federation.dialects import Dialect, JsonObject
from weft.storage.database import Database


@dataclass(frozen=True, slots=True)
class CollectionFacts:
    """A collection and those who agreed to be in it, in their order."""

    collection: Collection
    entries: tuple[Entry, ...]


def _who(viewer: Viewer) -> dict[str, int | str]:
    return viewer_params(viewer, 0, "show")


def _reader(viewer: Viewer) -> dict[str, int | str]:
    """For statements that do not look at the reader's host."""
    return {name: value for name, value in _who(viewer).items() if name == "viewer"}


async def some_facts(db: Database, rows: list[Collection], viewer: Viewer) -> list[CollectionFacts]:
    """Those who agreed and whom the reader is shown, for each; one statement for all."""
    if not rows:
        return []
    found: list[Entry] = await db.all(
        entries_for, who=kind_of(viewer), ids=[row.id for row in rows], **_reader(viewer)
    )
    agreed = [each for each in found if each.state == EntryState.ACCEPTED]
    return [
        CollectionFacts(row, tuple(each for each in agreed if each.collection_id == row.id))
        for row in rows
    ]


async def collection_facts(
    db: Database, collection_id: int, viewer: Viewer
) -> CollectionFacts | None:
    """None if it is not of this server, or not for this reader."""
    rows: list[Collection] = await db.all(
        collections_for, who=kind_of(viewer), ids=[collection_id], **_who(viewer)
    )
    found = await some_facts(db, [row for row in rows if row.local], viewer)
    return found[0] if found else None


async def page_of_collection(db: Database, collection_id: int) -> str | None:
    """Where people read a collection of ours; None if it is not for everybody, or not ours."""
    facts = await collection_facts(db, collection_id, Anonymous())
    return facts.collection.url if facts is not None else None


async def listed_facts(db: Database, owner: Actor, viewer: Viewer) -> list[CollectionFacts]:
    """The collections that somebody of this server shows on their profile; all, for themselves."""
    rows: list[Collection] = await db.all(
        collections_of,
        who=kind_of(viewer),
        unlisted_too=isinstance(viewer, Local) and viewer.actor_id == owner.id,
        of_owner=owner.id,
        offset=0,
        limit=LIST_LENGTH,
        **_who(viewer),
    )
    return await some_facts(db, rows, viewer)


async def item_facts(
    db: Database, entry_id: int, viewer: Viewer
) -> tuple[Collection, Entry] | None:
    """Somebody's place in a collection of ours, if they agreed and the reader is shown it."""
    entry = await db.one(entry_by_id, id=entry_id)
    if entry is None or entry.state != EntryState.ACCEPTED:
        return None
    facts = await collection_facts(db, entry.collection_id, viewer)
    if facts is None or entry.id not in {each.id for each in facts.entries}:
        return None
    return facts.collection, entry


async def feature_stamp(
    db: Database, server: Server, dialect: Dialect, entry_id: int
) -> JsonObject | None:
    """The leave of one of ours to be in a collection; None if there is none, or no longer. Like a
    quote's it names two ids and nothing else: whoever has the address may read it."""
    entry = await db.one(entry_by_id, id=entry_id)
    if entry is None or entry.state != EntryState.ACCEPTED or not entry.target_local:
        return None
    person = await db.one(actor_by_id, id=entry.target_id)
    known = await db.one(collection_by_id, id=entry.collection_id)
    if person is None or not person.stands or known is None:
        return None
    return dialect.write_feature_stamp(feature_stamp_uri(server, entry.id), known.uri, person.uri)
