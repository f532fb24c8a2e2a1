"""What a moderator changes of a community itself, on both engines."""

from typing import Any

import pytest

from tests.domain.communities.test_communities import opened, sealer
from tests.domain.conftest import Stage
from weft.domain.communities.act import NotAllowed
from weft.domain.communities.keep import closed_to
from weft.domain.communities.moderate import log_of
from weft.domain.communities.records import Action
from weft.domain.communities.settings import CommunitySettings, change_settings
from weft.domain.events import ProfileChanged
from weft.domain.keys.sealing import Sealer

__all__ = ["sealer"]


async def test_what_changes_is_noted_and_told_and_the_rest_stays(
    stage: Stage, sealer: Sealer
) -> None:
    alice, bob = await stage.person("alice"), await stage.person("bob")
    group = await opened(stage, sealer, by=alice)
    stage.told.clear()

    async def change(by: Any = alice, **told: Any) -> bool:
        return await stage.db.write(
            change_settings, stage.server, community_id=group.id, moderator_id=by.id,
            told=CommunitySettings(**told), reason="tidy",
        )  # fmt: skip

    with pytest.raises(NotAllowed, match="Only moderators"):
        await change(by=bob, title="Mine")
    with pytest.raises(NotAllowed, match="A title has"):
        await change(title=" \n")
    assert not await change()
    assert not await change(title=group.name, nsfw=False, only_moderators_post=False)
    assert stage.told == []
    assert (await stage.again(group)).revision == group.revision

    assert await change(title=" All \n tea ", nsfw=True)
    assert await change(summary="<p onclick='x'>Hot</p><script>x</script>", about="One  line")
    assert await change(icon_url="https://far.example/tea.png", only_moderators_post=True)
    now = await stage.again(group)
    assert (now.name, now.summary, now.sensitive) == ("All tea", "<p>Hot</p>", True)
    assert now.icon_url == "https://far.example/tea.png"
    assert '"about":"One line"' in (now.facets or "")
    assert await stage.db.all(closed_to, ids=[group.id], actor_id=bob.id) == [(group.id,)]
    assert stage.rows("SELECT title FROM community") == [("All tea",)]
    assert stage.told == [ProfileChanged(actor_id=group.id)] * 3
    entries = await stage.db.all(log_of, community_id=group.id, before=2**62, limit=20)
    assert [(each.action, each.moderator_id, each.reason) for each in entries] == [
        (Action.EDIT, alice.id, "tidy")
    ] * 3
    assert await change(icon_url=None, about=None)
    assert (await stage.again(group)).icon_url is None


async def test_only_communities_of_this_server_are_changed(stage: Stage) -> None:
    alice = await stage.person("alice")
    for one in (alice.id, 5):
        with pytest.raises(NotAllowed, match="no such community"):
            await stage.db.write(
                change_settings, stage.server, community_id=one, moderator_id=alice.id,
                told=CommunitySettings(title="X"),
            )  # fmt: skip
