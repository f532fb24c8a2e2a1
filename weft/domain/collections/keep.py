"""Making and changing collections of people, and who is in them.

People of this server are in at once, if their policy allows it; those of others are asked, and are
shown when their server has agreed.
"""

import re

from msgspec import UNSET, UnsetType, structs

from weft.domain.accounts.queries import Role, account_by_actor
from weft.domain.accounts.roles import ROLES
from weft.domain.actors.queries import actor_by_id
from weft.domain.actors.records import Actor, stored_facets
from weft.domain.collections.found import forget_collection, index_collection
from weft.domain.collections.policy import leave_to_feature
from weft.domain.collections.queries import (
    count_collections,
    delete_collection,
    delete_entry,
    entries_in,
    entry_by_id,
    entry_of,
    insert_collection,
    insert_entry,
    local_members,
    update_collection,
)
from weft.domain.collections.records import (
    MOST_MEMBERS,
    NAME_LENGTH,
    SUMMARY_LENGTH,
    Collection,
    CollectionFacets,
    CollectionWishes,
    Entry,
    EntryState,
    collection_facets,
    collection_page,
)
from weft.domain.events import (
    CollectionChanged,
    CollectionMade,
    CollectionRemoved,
    FeatureRequested,
    PersonFeatured,
    PersonUnfeatured,
)
from weft.domain.markup.extract import is_hashtag, tag_name
from weft.domain.notifications.notify import (
    NotificationKind,
    notify,
    notify_many,
    withdraw_about,
)
from weft.domain.pins.queries import CollectionKind
from weft.domain.posts.records import Tag
from weft.domain.server import Server
from weft.domain.visibility.viewer import Visibility
from weft.storage.database import Tx

_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*")
_TAG_LENGTH = 100
TOLD_OF = (NotificationKind.ADDED_TO_COLLECTION, NotificationKind.COLLECTION_UPDATE)
OF_PEOPLE = 1


class CollectionRefused(Exception):
    """The sentence is for the owner."""


class FeatureRefused(Exception):
    """Somebody does not want to be in a collection; the sentence is for who wants it."""


class NoSuchPerson(Exception):
    """Somebody who should be in a collection is not here."""


def collection_uri(server: Server, collection_id: int) -> str:
    return f"{server.origin}/ap/collections/{collection_id}"


def item_uri(server: Server, entry_id: int) -> str:
    """The id of somebody's place in a collection of ours."""
    return f"{server.origin}/ap/items/{entry_id}"


def feature_stamp_uri(server: Server, entry_id: int) -> str:
    """Where we answer for the leave of one of ours to be in a collection."""
    return f"{server.origin}/ap/features/{entry_id}"


def request_uri(server: Server, owner_id: int, entry_id: int) -> str:
    """The id of our question whether somebody wants to be in a collection."""
    return f"{server.actor_uri(owner_id)}/feature_requests/{entry_id}"


async def make_collection(
    tx: Tx, server: Server, owner: Actor, wishes: CollectionWishes, members: list[int]
) -> Collection:
    """A new collection with these people in it, or asked to be.

    Raises:
        CollectionRefused: it cannot be so, or is one too many.
        FeatureRefused: one of them does not want to be in it.
        NoSuchPerson: one of them is not here.
    """
    account = await tx.one(account_by_actor, actor_id=owner.id)
    most = ROLES[Role(account.role)].collection_limit if account is not None else 0
    row = await tx.one(count_collections, of_owner=owner.id)
    if row is not None and row[0] >= most:
        raise CollectionRefused(f"At most {most} collections can be made.")
    wanted = list(dict.fromkeys(members))
    if len(wanted) > MOST_MEMBERS:
        raise CollectionRefused(f"A collection can have at most {MOST_MEMBERS} people.")
    now, new_id = server.now_ms(), tx.new_id()
    blank = Collection(
        id=new_id, owner_id=owner.id, uri=collection_uri(server, new_id),
        url=collection_page(server, new_id), name="", summary=None, visibility=Visibility.PUBLIC, facets=None, created_at=now, updated_at=now, local=True,
        owner_uri=owner.uri,
    )  # fmt: skip
    made = _changed(blank, wishes, now)
    if not made.name:
        raise CollectionRefused("A collection needs a name.")
    await store(tx, made)
    for place, each in enumerate(wanted):
        await _add(tx, server, owner, made, each, place + 1)
    await server.tell(tx, CollectionMade(actor_id=owner.id, collection_id=made.id))
    return made


async def change_collection(
    tx: Tx, server: Server, known: Collection, wishes: CollectionWishes
) -> Collection:
    """The collection as it is now. Who is in it hears of another name or description.

    Raises:
        CollectionRefused: it cannot be so.
    """
    changed = _changed(known, wishes, known.updated_at)
    if changed == known:
        return known
    changed = structs.replace(changed, updated_at=server.now_ms())
    await save(tx, changed)
    if (changed.name, changed.summary) != (known.name, known.summary):
        await tell_members(tx, server, changed)
    await server.tell(tx, CollectionChanged(actor_id=known.owner_id, collection_id=known.id))
    return changed


async def store(tx: Tx, made: Collection) -> None:
    await tx.run(
        insert_collection,
        num=await tx.next_num("collection"),
        kind=CollectionKind.PEOPLE,
        **{name: getattr(made, name) for name in Collection.__struct_fields__[:-2]},
    )
    await index_collection(tx, made)


async def save(tx: Tx, changed: Collection) -> None:
    await tx.run(
        update_collection,
        of_collection=changed.id,
        url=changed.url,
        name=changed.name,
        summary=changed.summary,
        visibility=changed.visibility,
        facets=changed.facets,
        updated_at=changed.updated_at,
    )
    await index_collection(tx, changed)


async def tell_members(tx: Tx, server: Server, changed: Collection) -> None:
    """People of this server who are in it are told once, however often it changes."""
    members = [row[0] for row in await tx.all(local_members, of_collection=changed.id)]
    kind = NotificationKind.COLLECTION_UPDATE
    await withdraw_about(tx, members, [kind], changed.id)
    await notify_many(
        tx, kind, changed.owner_id, [(each, None) for each in members], server.now_ms(),
        about_id=changed.id,
    )  # fmt: skip


async def remove_collection(tx: Tx, server: Server, known: Collection) -> None:
    """A collection of anybody's goes."""
    if known.local:
        gone = CollectionRemoved(actor_id=known.owner_id, collection_id=known.id, uri=known.uri)
        await server.tell(tx, gone)
    entries = await tx.all(entries_in, of_collection=known.id)
    members = [each.target_id for each in entries if each.target_local]
    await withdraw_about(tx, members, TOLD_OF, known.id)
    await forget_collection(tx, known.id)
    await tx.run(delete_collection, of_collection=known.id)


async def add_member(
    tx: Tx, server: Server, owner: Actor, known: Collection, target_id: int
) -> Entry:
    """Put somebody into a collection of ours, or ask them; who is in it already stays.

    Raises:
        CollectionRefused: it would be too large.
        FeatureRefused: they do not want to be in it.
        NoSuchPerson: they are not here.
    """
    there: Entry | None = await tx.one(entry_of, of_collection=known.id, member=target_id)
    if there is not None and there.state in (EntryState.PENDING, EntryState.ACCEPTED):
        return there
    if there is not None and there.state == EntryState.REVOKED:
        raise FeatureRefused("This person has left the collection and cannot be added again.")
    entries: list[Entry] = await tx.all(entries_in, of_collection=known.id)
    if sum(each.state in (EntryState.PENDING, EntryState.ACCEPTED) for each in entries) >= (
        MOST_MEMBERS
    ):
        raise CollectionRefused(f"A collection can have at most {MOST_MEMBERS} people.")
    last = max((each.position for each in entries), default=0)
    if there is not None:
        await tx.run(delete_entry, of_entry=there.id)  # refused before: a new question, a new id
    entry = await _add(tx, server, owner, known, target_id, last + 1)
    if entry.state == EntryState.ACCEPTED:
        featured = PersonFeatured(actor_id=owner.id, collection_id=known.id, entry_id=entry.id)
        await server.tell(tx, featured)
    return entry


async def remove_member(tx: Tx, server: Server, known: Collection, entry: Entry) -> None:
    """Take somebody out of a collection of ours, or the question back."""
    await tell_unfeatured(tx, server, known, entry)
    await tx.run(delete_entry, of_entry=entry.id)


async def tell_unfeatured(tx: Tx, server: Server, known: Collection, entry: Entry) -> None:
    """Somebody is no longer in a collection; of ours, other servers hear."""
    if entry.target_local:
        await withdraw_about(tx, [entry.target_id], TOLD_OF, known.id)
    if known.local and entry.state in (EntryState.PENDING, EntryState.ACCEPTED):
        await server.tell(
            tx,
            PersonUnfeatured(
                actor_id=known.owner_id,
                collection_uri=known.uri,
                item_uri=item_uri(server, entry.id),
                target_id=entry.target_id,
            ),
        )


async def _add(
    tx: Tx, server: Server, owner: Actor, known: Collection, target_id: int, place: int
) -> Entry:
    target = await tx.one(actor_by_id, id=target_id)
    if target is None or not target.stands:
        raise NoSuchPerson("Somebody who should be in the collection is not here.")
    if await leave_to_feature(tx, owner, target) not in ("automatic", "manual"):
        raise FeatureRefused(f"{target.username} does not want to be in collections.")
    now = server.now_ms()
    entry = Entry(
        id=tx.new_id(), collection_id=known.id, position=place, target_id=target.id, uri=None,
        state=EntryState.ACCEPTED if target.local else EntryState.PENDING, stamp_uri=None,
        created_at=now, target_uri=target.uri, target_local=target.local,
    )  # fmt: skip
    await store_entry(tx, entry)
    if target.local:
        await notify(
            tx, target.id, NotificationKind.ADDED_TO_COLLECTION, owner.id, None, now,
            about_id=known.id,
        )  # fmt: skip
    else:
        await server.tell(
            tx,
            FeatureRequested(
                uri=request_uri(server, owner.id, entry.id),
                actor_id=owner.id,
                collection_uri=known.uri,
                target_id=target.id,
                target_uri=target.uri,
            ),
        )
    return entry


async def store_entry(tx: Tx, entry: Entry) -> None:
    values = {name: getattr(entry, name) for name in Entry.__struct_fields__[:-2]}
    await tx.run(insert_entry, target_kind=OF_PEOPLE, **values)


async def entry_in(tx: Tx, collection_id: int, entry_id: int) -> Entry | None:
    """An entry, if it is of this collection."""
    entry: Entry | None = await tx.one(entry_by_id, id=entry_id)
    return entry if entry is not None and entry.collection_id == collection_id else None


def _changed(known: Collection, wishes: CollectionWishes, now: int) -> Collection:
    facets = collection_facets(known.facets)
    language = facets.language if isinstance(wishes.language, UnsetType) else wishes.language
    if language and not _LANGUAGE.fullmatch(language):
        raise CollectionRefused("The language must be a code such as en or pt-BR.")
    facets = CollectionFacets(
        language=language or None,
        sensitive=facets.sensitive if wishes.sensitive is UNSET else bool(wishes.sensitive),
        tag=facets.tag if isinstance(wishes.tag, UnsetType) else _tag(wishes.tag),
    )
    visibility = known.visibility
    if wishes.discoverable is not UNSET:
        visibility = Visibility.PUBLIC if wishes.discoverable else Visibility.UNLISTED
    summary = known.summary
    if not isinstance(wishes.summary, UnsetType):
        summary = wishes.summary.strip()
        if len(summary) > SUMMARY_LENGTH:
            most = f"at most {SUMMARY_LENGTH} characters"
            raise CollectionRefused(f"The description of a collection may have {most}.")
    name = known.name if isinstance(wishes.name, UnsetType) else _name(wishes.name)
    return structs.replace(
        known,
        name=name,
        summary=summary,
        visibility=visibility,
        facets=stored_facets(facets),
        updated_at=now,
    )


def _name(typed: str) -> str:
    name = " ".join(typed.split())
    if not name:
        raise CollectionRefused("A collection needs a name.")
    if len(name) > NAME_LENGTH:
        raise CollectionRefused(
            f"The name of a collection may have at most {NAME_LENGTH} characters."
        )
    return name


def _tag(typed: str | None) -> Tag | None:
    display = (typed or "").strip().removeprefix("#")
    if not display:
        return None
    if len(display) > _TAG_LENGTH or not is_hashtag(display):
        raise CollectionRefused("tag_name must be one hashtag, such as gardening.")
    return Tag(name=tag_name(display), display=display)
