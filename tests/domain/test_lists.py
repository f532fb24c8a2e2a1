"""Lists: who may be in them, what their timeline shows, and what exclusive ones keep from home."""

import pytest

from tests.domain.conftest import Stage
from weft.domain.actors.records import Actor
from weft.domain.actors.remove import remove_actor
from weft.domain.lists.keep import (
    MOST_LISTS,
    ListRefused,
    ListWishes,
    NoSuchMember,
    add_members,
    change_list,
    make_list,
    remove_list,
    remove_members,
)
from weft.domain.lists.queries import ListRow, RepliesPolicy, list_page, lists_of, members_of
from weft.domain.relations.block import block, mute
from weft.domain.relations.follow import unfollow
from weft.domain.relations.move import move_followers
from weft.domain.timelines.queries import home_page
from weft.domain.visibility.viewer import Visibility
from weft.storage.ids import MAX_ID


async def made(stage: Stage, owner: Actor, *members: Actor, exclusive: bool = False) -> ListRow:
    wishes = ListWishes(name="Friends", exclusive=exclusive)
    row = await stage.db.write(make_list, stage.server, owner.id, wishes)
    for each in members:
        if each.id != owner.id:
            await stage.follows(owner, each)
    await put(stage, owner, row, *members)
    return row


async def put(stage: Stage, owner: Actor, row: ListRow, *members: Actor) -> None:
    ids = [each.id for each in members]
    assert await stage.db.write(add_members, stage.server, owner.id, row.id, ids)


async def shown(
    stage: Stage, owner: Actor, row: ListRow, policy: RepliesPolicy = "list", limit: int = 20
) -> list[int]:
    rows = await stage.db.all(
        list_page,
        policy=policy,
        list_id=row.id,
        viewer=owner.id,
        now=stage.server.now_ms(),
        max_id=MAX_ID,
        min_id=0,
        limit=limit,
    )
    return [each.id for each in rows]


async def at_home(stage: Stage, owner: Actor) -> list[int]:
    rows = await stage.db.all(
        home_page,
        viewer=owner.id,
        now=stage.server.now_ms(),
        max_id=MAX_ID,
        min_id=0,
        limit=20,
    )
    return [each.id for each in rows]


async def members(stage: Stage, row: ListRow) -> list[int]:
    rows = await stage.db.all(members_of, list_id=row.id, max_id=MAX_ID, min_id=0, limit=80)
    return [each.id for each in rows]


async def test_a_list_is_made_changed_and_removed(stage: Stage) -> None:
    ann, bea = await stage.person("ann"), await stage.person("bea")
    row = await made(stage, ann)
    wishes = ListWishes(name="  Old   friends ", policy="none")
    changed = await stage.db.write(change_list, stage.server, ann.id, row.id, wishes)
    assert changed is not None
    assert (changed.name, changed.replies_policy, changed.exclusive) == (
        "Old friends",
        "none",
        False,
    )
    assert await stage.db.write(change_list, stage.server, bea.id, row.id, wishes) is None
    assert not await stage.db.write(remove_list, bea.id, row.id)
    assert await stage.db.all(lists_of, owner=ann.id, limit=50) == [changed]
    assert await stage.db.write(remove_list, ann.id, row.id)
    assert await stage.db.all(lists_of, owner=ann.id, limit=50) == []


async def test_lists_need_a_title_and_are_not_endless(stage: Stage) -> None:
    ann = await stage.person("ann")
    for name in ("  ", "x" * 300):
        with pytest.raises(ListRefused, match="title"):
            await stage.db.write(make_list, stage.server, ann.id, ListWishes(name=name))
    for number in range(MOST_LISTS):
        await stage.db.write(make_list, stage.server, ann.id, ListWishes(name=str(number)))
    with pytest.raises(ListRefused, match="At most 50"):
        await stage.db.write(make_list, stage.server, ann.id, ListWishes(name="more"))
    assert stage.rows("SELECT count(*) FROM collection") == [(MOST_LISTS,)]


async def test_only_the_followed_and_oneself_are_in_a_list(stage: Stage) -> None:
    ann, bea, cid = [await stage.person(name) for name in ("ann", "bea", "cid")]
    row = await made(stage, ann, bea, ann)
    with pytest.raises(NoSuchMember):
        await stage.db.write(add_members, stage.server, ann.id, row.id, [bea.id, cid.id])
    assert not await stage.db.write(add_members, stage.server, bea.id, row.id, [bea.id])
    assert sorted(await members(stage, row)) == [ann.id, bea.id]
    assert await stage.db.write(remove_members, ann.id, row.id, [ann.id, cid.id])
    assert await members(stage, row) == [bea.id]


async def test_who_is_no_longer_followed_leaves(stage: Stage) -> None:
    ann = await stage.person("ann")
    others = [await stage.person(name) for name in ("bea", "cid", "dan", "eve")]
    bea, cid, dan, eve = others
    row = await made(stage, ann, *others)
    await stage.db.write(unfollow, stage.server, follower_id=ann.id, target_id=bea.id)
    await stage.db.write(block, stage.server, actor_id=cid.id, target_id=ann.id)
    await stage.db.write(remove_actor, stage.server, dan.id)
    assert await members(stage, row) == [eve.id]


async def test_who_moves_stays_in_the_list(stage: Stage) -> None:
    ann, old, new = [await stage.person(name) for name in ("ann", "old", "new")]
    row = await made(stage, ann, old)
    await stage.db.write(move_followers, stage.server, old.id, new.id)
    assert await members(stage, row) == [new.id]


async def test_the_timeline_is_what_its_members_say(stage: Stage) -> None:
    ann, bea, cid, dan = [await stage.person(name) for name in ("ann", "bea", "cid", "dan")]
    row = await made(stage, ann, bea, cid)
    await stage.follows(ann, dan)
    first, second = await stage.says(bea), await stage.says(cid)
    private = await stage.says(bea, visibility=Visibility.FOLLOWERS)
    await stage.says(bea, visibility=Visibility.DIRECT)
    elsewhere = await stage.says(dan)
    shared = await stage.boosts(cid, elsewhere)
    assert await shown(stage, ann, row) == [shared.id, private.id, second.id, first.id]
    assert await shown(stage, ann, row, limit=2) == [shared.id, private.id]
    await stage.db.write(mute, stage.server, actor_id=ann.id, target_id=cid.id)
    assert await shown(stage, ann, row) == [private.id, first.id]


async def test_which_answers_are_shown(stage: Stage) -> None:
    ann, bea, cid, dan, eve = [
        await stage.person(name) for name in ("ann", "bea", "cid", "dan", "eve")
    ]
    row = await made(stage, ann, bea, cid)
    await stage.follows(ann, dan)
    said = {each.username: await stage.says(each) for each in (ann, bea, cid, dan, eve)}
    answer = {name: (await stage.answers(bea, said[name])).id for name in said}
    names = {id_: name for name, id_ in answer.items()}

    async def answered(policy: RepliesPolicy) -> set[str]:
        return {names[each] for each in await shown(stage, ann, row, policy) if each in names}

    assert await answered("none") == {"ann", "bea"}
    assert await answered("list") == {"ann", "bea", "cid"}
    assert await answered("followed") == {"ann", "bea", "cid", "dan"}


async def test_an_exclusive_list_keeps_its_members_from_home(stage: Stage) -> None:
    ann, bea, cid = [await stage.person(name) for name in ("ann", "bea", "cid")]
    row = await made(stage, ann, bea, ann, exclusive=True)
    await stage.follows(ann, cid)
    await stage.follows(cid, bea)
    hers, own, other = await stage.says(bea), await stage.says(ann), await stage.says(cid)
    assert await at_home(stage, ann) == [other.id, own.id]
    assert await at_home(stage, cid) == [other.id, hers.id]
    assert await shown(stage, ann, row) == [own.id, hers.id]
    await stage.db.write(change_list, stage.server, ann.id, row.id, ListWishes(exclusive=False))
    assert await at_home(stage, ann) == [other.id, own.id, hers.id]
