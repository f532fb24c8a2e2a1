"""Following, blocking and muting: states, counters, homes and words to the world, on both engines."""

import pytest

from tests.domain.conftest import Stage
from weft.domain.events import Blocked, BlockUndone, FollowAnswered, FollowRequested, FollowUndone
from weft.domain.relations.block import block, block_host, mute, unblock, unmute
from weft.domain.relations.follow import FollowRefused, accept, follow, reject, unfollow
from weft.domain.visibility.viewer import Visibility

FOLLOW, FOLLOW_REQUEST = 3, 4


async def test_a_follow_of_an_open_account_stands_at_once_and_fills_the_home(stage: Stage) -> None:
    ann, bea = await stage.person("ann"), await stage.person("bea")
    before = await stage.says(ann)
    hidden = await stage.says(ann, visibility=Visibility.DIRECT)
    await stage.follows(bea, ann)
    await stage.follows(bea, ann)
    assert (stage.edges(ann)[0], stage.edges(bea)[1]) == (1, 1)
    assert before.id in stage.home(bea)
    assert hidden.id not in stage.home(bea)
    assert stage.rows("SELECT owner_id, kind FROM notification") == [(ann.id, FOLLOW)]
    assert await stage.db.write(unfollow, stage.server, follower_id=bea.id, target_id=ann.id)
    assert not await stage.db.write(unfollow, stage.server, follower_id=bea.id, target_id=ann.id)
    assert (stage.edges(ann)[0], stage.edges(bea)[1]) == (0, 0)
    assert stage.home(bea) == []
    assert stage.rows("SELECT count(*) FROM notification") == [(0,)]


async def test_a_locked_account_decides(stage: Stage) -> None:
    ann = await stage.person("ann", locked=True)
    bea, cid = await stage.person("bea"), await stage.person("cid")
    for each in (bea, cid):
        await stage.follows(each, ann)
    assert stage.edges(ann)[0] == 0
    assert stage.rows("SELECT kind FROM notification") == [(FOLLOW_REQUEST,)] * 2
    made = await stage.says(ann)
    assert stage.home(bea) == []
    for _ in range(2):
        assert await stage.db.write(accept, stage.server, follower_id=bea.id, target_id=ann.id)
    assert (stage.edges(ann)[0], stage.edges(bea)[1]) == (1, 1)
    assert stage.home(bea) == [made.id]
    assert await stage.db.write(reject, stage.server, follower_id=cid.id, target_id=ann.id)
    assert not await stage.db.write(accept, stage.server, follower_id=cid.id, target_id=ann.id)
    assert stage.rows("SELECT from_id, kind FROM notification") == [(bea.id, FOLLOW)]
    # Who was let in may be turned out.
    assert await stage.db.write(reject, stage.server, follower_id=bea.id, target_id=ann.id)
    assert (stage.edges(ann)[0], stage.edges(bea)[1], stage.home(bea)) == (0, 0, [])


async def test_other_servers_are_told_of_follows(stage: Stage) -> None:
    ann, far = await stage.person("ann"), await stage.stranger("far")
    await stage.follows(ann, far)
    [asked] = stage.told
    assert isinstance(asked, FollowRequested)
    assert stage.edges(far)[0] == 0
    await stage.db.write(accept, stage.server, follower_id=ann.id, target_id=far.id)
    assert stage.edges(far)[0] == 1
    await stage.db.write(unfollow, stage.server, follower_id=ann.id, target_id=far.id)
    await stage.db.write(
        follow, stage.server, follower=far, target=ann, uri="https://far.example/f/1"
    )
    await stage.db.write(reject, stage.server, follower_id=far.id, target_id=ann.id)
    uri = "https://far.example/f/1"
    answers = [FollowAnswered(uri=uri, follower_id=far.id, target_id=ann.id, accepted=yes)
               for yes in (True, False)]  # fmt: skip
    undone = FollowUndone(uri=asked.uri, follower_id=ann.id, target_id=far.id)
    assert stage.told[1:] == [undone, *answers]


async def test_a_block_ends_everything_between_two(stage: Stage) -> None:
    ann, bea = await stage.person("ann"), await stage.person("bea")
    await stage.follows(ann, bea)
    await stage.follows(bea, ann)
    hers, his = await stage.says(ann), await stage.says(bea)
    assert stage.home(ann) == stage.home(bea) == [hers.id, his.id]
    for _ in range(2):
        await stage.db.write(block, stage.server, actor_id=ann.id, target_id=bea.id)
    assert stage.edges(ann) == stage.edges(bea) == (0, 0, 1)
    assert (stage.home(ann), stage.home(bea)) == ([hers.id], [his.id])
    for follower, target in ((ann, bea), (bea, ann)):
        with pytest.raises(FollowRefused):
            await stage.follows(follower, target)
    await stage.db.write(unblock, stage.server, actor_id=ann.id, target_id=bea.id)
    await stage.follows(bea, ann)
    assert stage.edges(ann) == (1, 0, 1)
    assert not any(isinstance(each, Blocked) for each in stage.told)  # both live here


async def test_a_block_of_somebody_elsewhere_is_told_and_taken_back(stage: Stage) -> None:
    ann, far = await stage.person("ann"), await stage.stranger("far")
    await stage.db.write(block, stage.server, actor_id=ann.id, target_id=far.id)
    await stage.db.write(unblock, stage.server, actor_id=ann.id, target_id=far.id)
    [blocked, undone] = stage.told
    assert isinstance(blocked, Blocked)
    assert undone == BlockUndone(uri=blocked.uri, actor_id=ann.id, target_id=far.id)


async def test_nobody_hears_of_whom_they_muted(stage: Stage) -> None:
    ann, bea = await stage.person("ann"), await stage.person("bea")
    await stage.db.write(mute, stage.server, actor_id=ann.id, target_id=bea.id, duration_s=60)
    await stage.follows(bea, ann)
    assert stage.rows("SELECT count(*) FROM notification") == [(0,)]
    assert stage.told == []
    stage.ahead_ms = 61_000  # the mute has run out
    made = await stage.says(ann)
    await stage.boosts(bea, made)
    assert stage.rows("SELECT count(*) FROM notification") == [(1,)]
    await stage.db.write(unmute, actor_id=ann.id, target_id=bea.id)
    assert stage.rows("SELECT count(*) FROM mute") == [(0,)]


async def test_what_cannot_be_followed(stage: Stage) -> None:
    ann, bea = await stage.person("ann"), await stage.person("bea")
    with pytest.raises(FollowRefused):
        await stage.follows(ann, ann)
    stage.rows(f"UPDATE actor SET suspended_at = 1 WHERE id = {bea.id}")
    with pytest.raises(FollowRefused):
        await stage.follows(ann, await stage.again(bea))


async def test_a_silenced_follower_is_asked_about(stage: Stage) -> None:
    ann, bea = await stage.person("ann"), await stage.person("bea")
    stage.rows(f"UPDATE actor SET silenced_at = 1 WHERE id = {bea.id}")
    await stage.follows(await stage.again(bea), ann)
    assert stage.edges(ann)[0] == 0
    assert stage.rows("SELECT kind FROM notification") == [(FOLLOW_REQUEST,)]


async def test_blocking_a_host_ends_the_follows_between(stage: Stage) -> None:
    ann, bea = await stage.person("ann"), await stage.person("bea")
    far, near = await stage.stranger("far"), await stage.stranger("near", "near.example")
    for follower, target in ((far, ann), (near, ann), (ann, far), (ann, near), (ann, bea)):
        await stage.follows(follower, target)
        await stage.db.write(accept, stage.server, follower_id=follower.id, target_id=target.id)
    stage.told.clear()
    await stage.db.write(block_host, stage.server, actor_id=ann.id, host="far.example")
    assert sorted(stage.rows("SELECT follower_id, target_id FROM follow")) == sorted(
        [(near.id, ann.id), (ann.id, near.id), (ann.id, bea.id)]
    )
    assert (stage.edges(ann)[0], stage.edges(ann)[1]) == (1, 2)
    assert {type(each) for each in stage.told} == {FollowAnswered, FollowUndone}
    await stage.db.write(block_host, stage.server, actor_id=ann.id, host="far.example")
