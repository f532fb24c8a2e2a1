"""What moderators of this server do in communities of theirs."""

from typing import Any

import pytest

from tests.domain.communities.test_communities import answered, opened, said, sealer
from tests.domain.conftest import Stage
from weft.domain.communities import act
from weft.domain.communities.create import CommunityRefused
from weft.domain.communities.moderate import log_of
from weft.domain.communities.queries import communities_of, moderators_of
from weft.domain.communities.records import Action
from weft.domain.events import BoostUndone, Moderated
from weft.domain.keys.sealing import Sealer
from weft.domain.pins.queries import pinned_ids
from weft.domain.posts.queries import boost_by, post_by_id

__all__ = ["sealer"]


async def test_they_act_and_it_is_noted_and_told(stage: Stage, sealer: Sealer) -> None:
    alice, bob = await stage.person("alice"), await stage.person("bob")
    group = await opened(stage, sealer, by=alice)
    top = await said(stage, bob, group, "First")
    assert await stage.db.one(boost_by, target_id=top.id, author_id=group.id) is not None
    assert stage.rows("SELECT count(*) FROM notification") == [(0,)]

    async def done(what: Any, by: Any = alice, **more: Any) -> Any:
        async def write(tx: Any) -> Any:
            who = {"community_id": group.id, "moderator_id": by.id}
            return await what(tx, stage.server, **who, **more)

        return await stage.db.write(write)

    with pytest.raises(act.NotAllowed, match="Only moderators"):
        await done(act.lock_thread, by=bob, post_id=top.id, locked=True)
    stage.told.clear()
    assert await done(act.lock_thread, post_id=top.id, locked=True)
    with pytest.raises(CommunityRefused, match="locked"):
        await answered(stage, bob, group, top, "But")
    assert await done(act.pin_thread, post_id=top.id, pinned=True)
    assert await stage.db.all(pinned_ids, owner=group.id, limit=5) == [(top.id,)]
    await done(act.remove_post, post_id=top.id, reason="tea")
    assert await stage.db.all(communities_of, ids=[top.id]) == []
    assert await stage.db.all(pinned_ids, owner=group.id, limit=5) == []
    assert await stage.db.one(boost_by, target_id=top.id, author_id=group.id) is None
    with pytest.raises(act.NotAllowed, match="no such post"):
        await done(act.remove_post, post_id=top.id)
    assert await done(act.restore_post, uri=top.uri)
    assert await stage.db.one(boost_by, target_id=top.id, author_id=group.id) is not None
    await done(act.ban_person, person_id=bob.id, reason="rude", removes=True)
    assert await stage.db.all(communities_of, ids=[top.id]) == []
    assert await stage.db.one(post_by_id, id=top.id) is not None
    with pytest.raises(CommunityRefused, match="banned you: rude"):
        await said(stage, bob, group, "Again")
    assert await done(act.unban_person, person_id=bob.id)
    assert not await done(act.unban_person, person_id=bob.id)
    assert await done(act.name_moderator, person_id=bob.id)
    with pytest.raises(act.NotAllowed, match="longer"):
        await done(act.dismiss_moderator, by=bob, person_id=alice.id)
    assert await done(act.dismiss_moderator, by=bob, person_id=bob.id)
    rows = await stage.db.all(moderators_of, ids=[group.id])
    assert [row.actor_id for row in rows] == [alice.id]
    log = await stage.db.all(log_of, community_id=group.id, before=2**62, limit=20)
    acts = [
        Action.LOCK, Action.PIN, Action.REMOVE, Action.RESTORE, Action.BAN, Action.UNBAN,
        Action.ADD_MODERATOR, Action.REMOVE_MODERATOR,
    ]  # fmt: skip
    assert [row.action for row in reversed(log)] == acts
    assert [each.action for each in stage.told if isinstance(each, Moderated)] == acts
    assert sum(isinstance(each, BoostUndone) for each in stage.told) == 2
