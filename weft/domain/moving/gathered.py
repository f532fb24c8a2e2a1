"""Collections of people and lists as rows of an import: each row puts one person into one of them.

Collections come from ``collections.json`` of an archive (the documents of FEP-7aa9), or from a CSV of
our own, ``collections.csv``: Mastodon has none. A row without a person is a collection by itself, so
that one with nobody in it is carried too. One that is here by that name already keeps what it says
of itself; people come into it.
"""

from typing import Any

from msgspec import structs

from weft.domain.actors.queries import actors_by_uris
from weft.domain.actors.records import Actor
from weft.domain.collections.keep import (
    add_member,
    make_collection,
    remove_collection,
    remove_member,
)
from weft.domain.collections.queries import collection_named, entry_of
from weft.domain.collections.records import (
    MOST_REMOTE_MEMBERS,
    SUMMARY_LENGTH,
    CollectionWishes,
    EntryState,
)
from weft.domain.lists.keep import MOST_LISTS, ListWishes, add_members, make_list, remove_members
from weft.domain.lists.queries import lists_of
from weft.domain.markup.plain import html_to_text
from weft.domain.moving.sheets import (
    MOST_BYTES,
    MOST_ROWS,
    About,
    Kind,
    Row,
    SheetRefused,
    is_address,
    read_sheet,
)
from weft.domain.relations.follow import follow
from weft.domain.relations.queries import follow_between
from weft.domain.server import Server
from weft.protocol.activitystreams import boolean, first_id, first_type, objects, text_of
from weft.protocol.json_input import MalformedDocument, decode
from weft.storage.database import Database, Tx

_STEP = 500
_LONGEST = 2_048


def read_brought(kind: Kind, body: bytes, domain: str) -> list[Row]:
    """The rows of a file: a CSV, or for collections the JSON of an archive.

    Raises:
        SheetRefused: with the line or the entry that is wrong.
    """
    if kind is Kind.COLLECTIONS and body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return _documents(body)
    return read_sheet(kind, body, domain)


def _documents(body: bytes) -> list[Row]:
    if len(body) > MOST_BYTES:
        raise SheetRefused(f"The file is larger than {MOST_BYTES // 1024**2} MB.")
    try:
        document: Any = decode(body)
    except MalformedDocument as error:
        raise SheetRefused(f"The file is no JSON that can be read: {error}.") from None
    listed = document.get("orderedItems", document.get("items"))
    if not isinstance(listed, list):
        raise SheetRefused("The JSON is no list of collections: it has no orderedItems.")
    found: dict[tuple[str, str | None], Row] = {}
    # Archives have the newest first: made anew, it is to be the newest again.
    for number, each in reversed(list(enumerate(listed[: MOST_ROWS + 1], start=1))):
        for row in _rows_of(each, number):
            found[row.name, row.list_title] = row
        if len(found) > MOST_ROWS:
            raise SheetRefused(f"The file has more than {MOST_ROWS} rows: divide it.")
    if not found:
        raise SheetRefused("There is no collection in the file.")
    return list(found.values())


def _rows_of(document: Any, number: int) -> list[Row]:
    """A collection, and everybody in it."""
    if not isinstance(document, dict) or first_type(document, ("FeaturedCollection",)) is None:
        raise SheetRefused(f"Entry {number} of the file is no collection of people.")
    title = " ".join((text_of(document.get("name")) or "").split())
    if not title or len(title) > _LONGEST:
        raise SheetRefused(
            f"The collection at entry {number} of the file has no name, or too long."
        )
    summaries = next(iter(objects(document.get("summaryMap"))), {})
    language, text = next(iter(summaries.items()), (None, document.get("summary")))
    topic = next(iter(objects(document.get("topic"))), {})
    about = About(
        summary=html_to_text((text_of(text) or "")[:_LONGEST])[:SUMMARY_LENGTH],
        language=language,
        sensitive=boolean(document.get("sensitive")) is True,
        listed=boolean(document.get("discoverable")) is not False,
        tag=(text_of(topic.get("name")) or "").removeprefix("#"),
    )
    rows = [Row("", list_title=title, about=about)]
    for each in objects(document.get("orderedItems"))[:MOST_REMOTE_MEMBERS]:
        person = first_id(each.get("featuredObject"))
        if person is None or len(person) > _LONGEST or not is_address(person):
            raise SheetRefused(f"The collection at entry {number} of the file names no person.")
        rows.append(Row(person, list_title=title, about=about))
    return rows


async def by_handle(db: Database, rows: list[Row]) -> list[Row]:
    """Rows that name people by the addresses of those who are known, with their handles."""
    handles: dict[str, str] = {}
    addresses = list({row.name for row in rows if is_address(row.name)})
    for start in range(0, len(addresses), _STEP):
        for person in await db.all(actors_by_uris, uris=addresses[start : start + _STEP]):
            handles[person.uri] = f"{person.username}@{person.domain}"
    return [structs.replace(row, name=handles.get(row.name, row.name)) for row in rows]


async def collection_row(tx: Tx, server: Server, me: Actor, row: Row, person: Actor | None) -> None:
    """Put somebody into the collection of that name, which is made if there is none: as always who
    is of another server is asked. Or take them, or without a person the collection, away.

    Raises:
        CollectionRefused, FeatureRefused, NoSuchPerson: with a sentence.
    """
    title = row.list_title or ""
    known = await tx.one(collection_named, of_owner=me.id, name=title)
    if row.undo:
        if known is None:
            return
        if person is None:
            await remove_collection(tx, server, known)
            return
        entry = await tx.one(entry_of, of_collection=known.id, member=person.id)
        if entry is not None and entry.state in (EntryState.PENDING, EntryState.ACCEPTED):
            await remove_member(tx, server, known, entry)
        return
    if known is None:
        about = row.about or About()
        wishes = CollectionWishes(
            name=title,
            summary=about.summary,
            language=about.language,
            sensitive=about.sensitive,
            discoverable=about.listed,
            tag=about.tag,
        )
        known = await make_collection(tx, server, me, wishes, [])
    if person is not None:
        await add_member(tx, server, me, known, person.id)


async def list_row(tx: Tx, server: Server, me: Actor, row: Row, person: Actor) -> None:
    """Put somebody into the list of that name, which is made if there is none; they are followed,
    since only such people can be in lists. Or take them out.

    Raises:
        FollowRefused, ListRefused, NoSuchMember: with a sentence.
    """
    title = row.list_title or ""
    lists = await tx.all(lists_of, owner=me.id, limit=MOST_LISTS)
    known = next((each for each in lists if each.name == title), None)
    if row.undo:
        if known is not None:
            await remove_members(tx, me.id, known.id, [person.id])
        return
    if person.id != me.id and (
        await tx.one(follow_between, follower=me.id, target=person.id) is None
    ):
        await follow(tx, server, follower=me, target=person)
    if known is None:
        known = await make_list(tx, server, me.id, ListWishes(name=title))
    await add_members(tx, server, me.id, known.id, [person.id])
