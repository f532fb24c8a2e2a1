"""Making and changing lists, and who is in them."""

from msgspec import UNSET, Struct, UnsetType

from weft.domain.lists.queries import (
    ListRow,
    RepliesPolicy,
    count_lists,
    count_members,
    delete_list,
    delete_members,
    insert_list,
    insert_member,
    list_by_id,
    stored_policy,
    update_list,
)
from weft.domain.pins.queries import CollectionKind
from weft.domain.relations.queries import follows_from
from weft.domain.server import Server
from weft.domain.visibility.viewer import Visibility
from weft.storage.database import Tx

MOST_LISTS = 50
MOST_MEMBERS = 500
NAME_LENGTH = 200


class ListRefused(Exception):
    """The sentence is for the owner."""


class NoSuchMember(Exception):
    """Whom the owner does not follow cannot be in a list."""


class ListWishes(Struct, frozen=True, kw_only=True):
    """What a list is to be; UNSET stays as it is."""

    name: str | UnsetType = UNSET
    policy: RepliesPolicy | UnsetType = UNSET
    exclusive: bool | UnsetType = UNSET


async def make_list(tx: Tx, server: Server, owner_id: int, wishes: ListWishes) -> ListRow:
    """A new list, empty.

    Raises:
        ListRefused: no name, or one list too many.
    """
    row = await tx.one(count_lists, owner=owner_id)
    if row is not None and row[0] >= MOST_LISTS:
        raise ListRefused(f"At most {MOST_LISTS} lists can be kept.")
    name = _name("" if wishes.name is UNSET else wishes.name)
    now = server.now_ms()
    made = ListRow(
        id=tx.new_id(),
        owner_id=owner_id,
        name=name,
        exclusive=wishes.exclusive is not UNSET and wishes.exclusive,
        facets=stored_policy("list" if wishes.policy is UNSET else wishes.policy),
    )
    await tx.run(
        insert_list,
        id=made.id,
        num=await tx.next_num("collection"),
        owner_id=owner_id,
        kind=CollectionKind.LIST,
        name=name,
        visibility=Visibility.LIMITED,
        facets=made.facets,
        exclusive=made.exclusive,
        created_at=now,
        updated_at=now,
    )
    return made


async def change_list(
    tx: Tx, server: Server, owner_id: int, list_id: int, wishes: ListWishes
) -> ListRow | None:
    """The list as it is now; None if there is none of this owner."""
    known = await tx.one(list_by_id, id=list_id, owner=owner_id)
    if known is None:
        return None
    changed = ListRow(
        id=list_id,
        owner_id=owner_id,
        name=known.name if wishes.name is UNSET else _name(wishes.name),
        exclusive=known.exclusive if wishes.exclusive is UNSET else wishes.exclusive,
        facets=known.facets if wishes.policy is UNSET else stored_policy(wishes.policy),
    )
    await tx.run(
        update_list,
        of_list=list_id,
        name=changed.name,
        facets=changed.facets,
        exclusive=changed.exclusive,
        updated_at=server.now_ms(),
    )
    return changed


def _name(typed: str) -> str:
    name = " ".join(typed.split())
    if not name:
        raise ListRefused("A list needs a title.")
    if len(name) > NAME_LENGTH:
        raise ListRefused(f"The title of a list may have at most {NAME_LENGTH} characters.")
    return name


async def remove_list(tx: Tx, owner_id: int, list_id: int) -> bool:
    """False if there was none of this owner."""
    return await tx.run(delete_list, of_list=list_id, of_owner=owner_id) > 0


async def add_members(
    tx: Tx, server: Server, owner_id: int, list_id: int, members: list[int]
) -> bool:
    """Put people into a list: whom the owner follows or asked to follow, and the owner. Who is in
    it already stays. False if there is no such list.

    Raises:
        NoSuchMember: one of them is not followed; then none is added.
        ListRefused: the list would be too long.
    """
    if await tx.one(list_by_id, id=list_id, owner=owner_id) is None:
        return False
    wanted = dict.fromkeys(members)
    followed = {row.target_id for row in await tx.all(follows_from, me=owner_id, others=members)}
    if any(each not in followed and each != owner_id for each in wanted):
        raise NoSuchMember("Only people whom you follow can be in a list.")
    now = server.now_ms()
    for member in wanted:
        await tx.run(
            insert_member,
            id=tx.new_id(),
            collection_id=list_id,
            position=now,
            target_kind=1,
            target_id=member,
            created_at=now,
        )
    row = await tx.one(count_members, list_id=list_id)
    if row is not None and row[0] > MOST_MEMBERS:
        raise ListRefused(f"A list can have at most {MOST_MEMBERS} people.")
    return True


async def remove_members(tx: Tx, owner_id: int, list_id: int, members: list[int]) -> bool:
    """Take people out of a list; who is not in it is no matter. False if there is no such list."""
    if await tx.one(list_by_id, id=list_id, owner=owner_id) is None:
        return False
    await tx.run(delete_members, of_list=list_id, members=members)
    return True
