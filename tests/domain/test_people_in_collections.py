"""Collections of other servers, and what ends that somebody is in one; on both engines."""

from typing import Any

import pytest

from tests.domain.conftest import Stage
from weft.domain.actors.records import Actor, ActorFacets, ActorKind, FeaturePolicy
from weft.domain.actors.remove import remove_actor
from weft.domain.actors.store import RemoteActor, save_remote_actor
from weft.domain.collections.arrive import Agreed, store_collection
from weft.domain.collections.asking import agree, may_be_featured, settle
from weft.domain.collections.keep import (
    CollectionRefused,
    FeatureRefused,
    add_member,
    make_collection,
)
from weft.domain.collections.queries import collection_by_uri, entries_in, entry_of
from weft.domain.collections.records import (
    MOST_MEMBERS,
    MOST_REMOTE_COLLECTIONS,
    MOST_REMOTE_MEMBERS,
    Collection,
    CollectionWishes,
    Entry,
    EntryState,
    RemoteCollection,
    RemoteItem,
)
from weft.domain.events import (
    CollectionMade,
    FeatureAnswered,
    FeatureRequested,
    FeatureRevoked,
    PersonFeatured,
    PersonUnfeatured,
)
from weft.domain.relations.block import block
from weft.storage.database import Tx

CLUB = "https://far.example/clubs/1"


def place(number: int, target: Actor, club: str = CLUB) -> Agreed:
    item = RemoteItem(f"{club}/items/{number}", target.uri, f"{target.uri}/stamps/{number}")
    return Agreed(item, target)


async def arrives(
    stage: Stage, owner: Actor, *agreed: Agreed, uri: str = CLUB, **more: Any
) -> Collection | None:
    items = tuple(each.item for each in agreed)
    described = RemoteCollection(uri=uri, owner_uri=owner.uri, name="Club", items=items, **more)
    return await stage.db.write(store_collection, stage.server, owner, described, list(agreed))


async def people(stage: Stage, known: Collection) -> dict[int, tuple[str | None, int]]:
    """Who is in a collection of another server: their item and its place."""
    rows: list[Entry] = await stage.db.all(entries_in, of_collection=known.id)
    return {row.target_id: (row.uri, row.position) for row in rows}


async def asked(stage: Stage, owner: Actor, person: Actor) -> bool:
    """Another server asks for one of ours, as its handler does."""

    async def write(tx: Tx) -> bool:
        known = await tx.one(collection_by_uri, uri=CLUB)
        allowed = await may_be_featured(tx, owner, known, person)
        if allowed and known is not None:
            await agree(tx, stage.server, owner, known, person, f"{owner.uri}/r/1")
        return allowed

    return await stage.db.write(write)


async def willing(stage: Stage, name: str) -> Actor:
    """Somebody of another server who may be in collections."""
    met = await stage.stranger(name)
    described = RemoteActor(
        uri=met.uri, kind=ActorKind.PERSON, username=name, domain=met.domain, host=met.host,
        url=met.uri, inbox=met.inbox,
        facets=ActorFacets(feature_policy=FeaturePolicy(automatic=("public",))),
    )  # fmt: skip
    return await stage.db.write(save_remote_actor, stage.server, described)


async def test_places_come_move_and_go(stage: Stage) -> None:
    owner, mia, tom = [await stage.stranger(name) for name in ("owner", "mia", "tom")]
    known = await arrives(stage, owner, place(1, mia), place(2, tom))
    assert known is not None
    items = f"{CLUB}/items"
    assert await people(stage, known) == {mia.id: (f"{items}/1", 1), tom.id: (f"{items}/2", 2)}
    await arrives(stage, owner, place(2, tom), place(3, mia))
    assert await people(stage, known) == {tom.id: (f"{items}/2", 1), mia.id: (f"{items}/3", 2)}
    await arrives(stage, owner, place(2, mia))
    assert await people(stage, known) == {mia.id: (f"{items}/2", 1)}


async def test_a_place_in_one_collection_is_not_one_in_another(stage: Stage) -> None:
    owner, mia, tom = [await stage.stranger(name) for name in ("owner", "mia", "tom")]
    first = await arrives(stage, owner, place(1, mia))
    second = await arrives(stage, owner, place(1, tom), uri=f"{CLUB}0")
    assert first is not None
    assert second is not None
    assert list(await people(stage, first)) == [mia.id]
    assert await people(stage, second) == {}


async def test_an_id_that_is_taken_is_not_taken_over(stage: Stage) -> None:
    owner, other = await stage.stranger("owner"), await stage.stranger("other")
    await arrives(stage, owner)
    assert await arrives(stage, other, summary="Mine") is None
    known = await stage.db.one(collection_by_uri, uri=CLUB)
    assert known is not None
    assert (known.owner_id, known.summary) == (owner.id, "")


async def test_what_one_sends_has_an_end(stage: Stage) -> None:
    owner, mia = await stage.stranger("owner"), await stage.stranger("mia")
    many = [await stage.stranger(f"m{number}") for number in range(MOST_REMOTE_MEMBERS)]
    known = await arrives(stage, owner, *(place(n, each) for n, each in enumerate([*many, mia])))
    assert known is not None
    found = await people(stage, known)
    assert len(found) == MOST_REMOTE_MEMBERS
    assert mia.id not in found
    for number in range(1, MOST_REMOTE_COLLECTIONS):
        assert await arrives(stage, owner, uri=f"{CLUB}-{number}") is not None
    assert await arrives(stage, owner, uri=f"{CLUB}-more") is None


async def test_one_of_ours_is_in_it_only_if_they_agreed(stage: Stage) -> None:
    owner, ann = await stage.stranger("owner"), await stage.person("ann")
    known = await arrives(stage, owner, place(1, ann))
    assert known is not None
    assert await people(stage, known) == {}
    assert await asked(stage, owner, ann)
    [answer] = [each for each in stage.told if isinstance(each, FeatureAnswered)]
    assert answer.stamp_uri is not None
    await arrives(stage, owner, place(1, ann))
    assert await people(stage, known) == {ann.id: (f"{CLUB}/items/1", 1)}
    entry = await stage.db.one(entry_of, of_collection=known.id, member=ann.id)
    assert entry is not None
    assert entry.stamp_uri is None  # hers is here, whatever the collection says


async def test_a_block_ends_it_on_both_sides(stage: Stage) -> None:
    owner, ann = await stage.stranger("owner"), await stage.person("ann")
    await arrives(stage, owner)
    assert await asked(stage, owner, ann)
    await stage.db.write(block, stage.server, actor_id=ann.id, target_id=owner.id)
    [gone] = [each for each in stage.told if isinstance(each, FeatureRevoked)]
    assert (gone.actor_id, gone.owner_id) == (ann.id, owner.id)
    assert not await asked(stage, owner, ann)


async def test_in_ones_own_collection_a_block_leaves_no_trace(stage: Stage) -> None:
    ann, bob = await stage.person("ann"), await stage.person("bob")
    wishes = CollectionWishes(name="Friends")
    made = await stage.db.write(make_collection, stage.server, ann, wishes, [bob.id])
    await stage.db.write(block, stage.server, actor_id=bob.id, target_id=ann.id)
    assert await stage.db.all(entries_in, of_collection=made.id) == []
    kinds = [type(each) for each in stage.told]
    assert kinds == [CollectionMade, PersonUnfeatured]
    assert stage.rows("SELECT * FROM notification WHERE kind = 15") == []


async def test_a_collection_of_ours_has_an_end(stage: Stage) -> None:
    ann = await stage.person("ann")
    some = [await stage.person(f"p{number}") for number in range(MOST_MEMBERS + 1)]
    ids = [each.id for each in some]
    wishes = CollectionWishes(name="Friends")
    with pytest.raises(CollectionRefused, match="25"):
        await stage.db.write(make_collection, stage.server, ann, wishes, ids)
    made = await stage.db.write(make_collection, stage.server, ann, wishes, ids[:-2])
    await stage.db.write(add_member, stage.server, ann, made, ids[-2])
    with pytest.raises(CollectionRefused, match="25"):
        await stage.db.write(add_member, stage.server, ann, made, ids[-1])
    assert [type(each) for each in stage.told] == [CollectionMade, PersonFeatured]


async def test_who_is_gone_has_no_collections_and_is_in_none(stage: Stage) -> None:
    owner, mia = await stage.stranger("owner"), await stage.stranger("mia")
    ann = await stage.person("ann")
    known = await arrives(stage, owner, place(1, mia))
    assert known is not None
    await asked(stage, owner, ann)
    await stage.db.write(remove_actor, stage.server, mia.id)
    assert list(await people(stage, known)) == [ann.id]
    await stage.db.write(remove_actor, stage.server, owner.id)
    assert await stage.db.one(collection_by_uri, uri=CLUB) is None


async def test_what_is_older_changes_nothing(stage: Stage) -> None:
    owner, mia = await stage.stranger("owner"), await stage.stranger("mia")
    known = await arrives(stage, owner, place(1, mia), updated_at=2000)
    assert known is not None
    assert await arrives(stage, owner, updated_at=1000, summary="Old") == known
    assert list(await people(stage, known)) == [mia.id]
    # A time to come counts as now, so that what follows is not held for old.
    await arrives(stage, owner, updated_at=2**52, summary="From tomorrow")
    stage.ahead_ms += 1000
    last = await arrives(stage, owner, place(1, mia), summary="Last")
    assert last is not None
    assert last.summary == "Last"


async def test_refused_is_asked_anew_by_a_question_of_its_own(stage: Stage) -> None:
    ann, mia = await stage.person("ann"), await willing(stage, "mia")
    wishes = CollectionWishes(name="Friends")
    made = await stage.db.write(make_collection, stage.server, ann, wishes, [mia.id])
    [entry] = await stage.db.all(entries_in, of_collection=made.id)
    assert entry.state == EntryState.PENDING
    await stage.db.write(settle, stage.server, made, entry, EntryState.REJECTED, None)
    again = await stage.db.write(add_member, stage.server, ann, made, mia.id)
    assert again.state == EntryState.PENDING
    questions = [each.uri for each in stage.told if isinstance(each, FeatureRequested)]
    assert len(set(questions)) == 2
    await stage.db.write(settle, stage.server, made, again, EntryState.REVOKED, None)
    with pytest.raises(FeatureRefused):
        await stage.db.write(add_member, stage.server, ann, made, mia.id)
