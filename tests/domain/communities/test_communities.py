"""Opening communities and writing in them."""

from pathlib import Path

import pytest

from tests.domain.conftest import Stage
from weft.domain.accounts.create import NameTaken
from weft.domain.accounts.names import BadName
from weft.domain.actors.queries import keys_of
from weft.domain.actors.records import Actor, ActorKind
from weft.domain.communities.create import CommunityRefused, add_moderator, create_community
from weft.domain.communities.queries import communities_of, moderated_by, moderators_of, threads
from weft.domain.communities.tree import answers_of, comments_above
from weft.domain.communities.write import comment, post_thread
from weft.domain.events import Boosted, PostPublished
from weft.domain.keys.sealing import Sealer, load_or_make_key
from weft.domain.posts.publish import Published
from weft.storage.ids import MAX_ID


@pytest.fixture
def sealer(tmp_path: Path) -> Sealer:
    return Sealer(load_or_make_key(tmp_path / "secret.key"))


async def opened(stage: Stage, sealer: Sealer, name: str = "tea", by: Actor | None = None) -> Actor:
    return await create_community(
        stage.db, stage.server, sealer, name=name, title=" Tea  and Biscuits ",
        creator_id=by.id if by is not None else None,
    )  # fmt: skip


async def said(stage: Stage, author: Actor, group: Actor, title: str) -> Published:
    return await stage.db.write(
        post_thread, stage.server, author_id=author.id, community_id=group.id, title=title
    )


async def answered(
    stage: Stage, author: Actor, group: Actor, to: Published, text: str
) -> Published:
    return await stage.db.write(
        comment, stage.server, author_id=author.id, community_id=group.id, parent_id=to.id,
        text=text,
    )  # fmt: skip


async def test_a_community_is_a_group_with_keys(stage: Stage, sealer: Sealer) -> None:
    made = await opened(stage, sealer)
    assert (made.kind, made.name, made.handle) == (
        ActorKind.GROUP, "Tea and Biscuits", "tea@home.example",
    )  # fmt: skip
    keys = await stage.db.all(keys_of, actor_id=made.id)
    assert "rsa" in {key.algorithm for key in keys}
    assert all(key.private_sealed for key in keys)


async def test_who_opens_it_moderates_it(stage: Stage, sealer: Sealer) -> None:
    alice, bob = await stage.person("alice"), await stage.person("bob")
    made = await opened(stage, sealer, by=alice)
    stage.ahead_ms = 1
    for who in (bob, bob, alice):
        await stage.db.write(add_moderator, stage.server, community_id=made.id, actor_id=who.id)
    rows = await stage.db.all(moderators_of, ids=[made.id])
    assert [row.actor_id for row in rows] == [alice.id, bob.id]
    assert await stage.db.all(moderated_by, actor_id=bob.id, limit=10) == [(made.id,)]


async def test_names_are_taken_once(stage: Stage, sealer: Sealer) -> None:
    await stage.person("alice")
    await opened(stage, sealer)
    for name in ("tea", "TEA", "alice"):
        with pytest.raises(NameTaken):
            await opened(stage, sealer, name)
    with pytest.raises(BadName):
        await opened(stage, sealer, "no spaces")
    with pytest.raises(CommunityRefused):
        await create_community(stage.db, stage.server, sealer, name="long", title="x" * 101)
    assert stage.rows("SELECT count(*) FROM actor WHERE kind = 3") == [(1,)]


async def test_a_thread_belongs_to_its_community_and_is_told(stage: Stage, sealer: Sealer) -> None:
    alice, group = await stage.person("alice"), await opened(stage, sealer)
    made = await said(stage, alice, group, "First")
    [place] = await stage.db.all(communities_of, ids=[made.id])
    assert place.community_id == group.id
    [row] = await stage.db.all(
        threads, who="anonymous", where="community", community=group.id, since=0,
        before=MAX_ID + 1, limit=10, skip=0,
    )  # fmt: skip
    assert (row.id, row.title, row.root_id) == (made.id, "First", made.id)
    assert [type(event) for event in stage.told] == [PostPublished, Boosted]


async def test_comments_know_their_place(stage: Stage, sealer: Sealer) -> None:
    alice, group = await stage.person("alice"), await opened(stage, sealer)
    top = await said(stage, alice, group, "First")
    one = await answered(stage, alice, group, top, "one")
    two = await answered(stage, alice, group, one, "two")
    three = await answered(stage, alice, group, two, "three")
    nums = dict(stage.rows("SELECT id, num FROM post"))
    rows = await stage.db.all(comments_above, ids=[one.id, three.id])
    assert [(row.id, row.num) for row in rows] == [
        (three.id, nums[one.id]),
        (three.id, nums[two.id]),
    ]
    [answers] = await stage.db.all(answers_of, roots=[top.id])
    assert answers.count == 3


async def test_two_that_answer_each_other_end(stage: Stage, sealer: Sealer) -> None:
    """Two servers may each say that theirs answers the other's."""
    alice, group = await stage.person("alice"), await opened(stage, sealer)
    top = await said(stage, alice, group, "First")
    one = await answered(stage, alice, group, top, "one")
    two = await answered(stage, alice, group, one, "two")
    stage.rows(f"UPDATE post SET in_reply_to_id = {two.id} WHERE id = {one.id}")
    rows = await stage.db.all(comments_above, ids=[two.id])
    assert 0 < len(rows) <= 50


async def test_an_answer_to_nothing_is_refused(stage: Stage, sealer: Sealer) -> None:
    alice, group = await stage.person("alice"), await opened(stage, sealer)
    gone = Published(id=5, uri="", author_id=alice.id)
    with pytest.raises(LookupError):
        await answered(stage, alice, group, gone, "one")
