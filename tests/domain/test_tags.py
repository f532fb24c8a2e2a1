"""Hashtags: followed into home timelines, featured, and counted by day."""

import pytest

from tests.domain.conftest import Stage
from weft.domain.actors.records import Actor
from weft.domain.events import TagFeatured
from weft.domain.posts.records import NewPost, PostKind, Tag
from weft.domain.relations.block import block, mute
from weft.domain.tags.feature import MOST_FEATURED, feature, unfeature
from weft.domain.tags.follow import TagRefused, follow_tag, read_tag, unfollow_tag
from weft.domain.tags.queries import featured_of, often_used, tag_by_name, uses_of
from weft.domain.tags.uses import DAY_MS, KEPT_DAYS, day_of, forget_old_uses
from weft.domain.timelines.queries import home_page
from weft.domain.visibility.viewer import Visibility
from weft.storage.ids import MAX_ID

TEA = Tag("tea", "Tea")
BEES = Tag("bees", "bees")


async def at_home(stage: Stage, owner: Actor) -> list[int]:
    rows = await stage.db.all(
        home_page, viewer=owner.id, now=stage.server.now_ms(), max_id=MAX_ID, min_id=0, limit=40
    )
    return [each.id for each in rows]


def test_what_is_a_hashtag() -> None:
    assert read_tag("#Tea") == Tag("tea", "Tea")
    for typed in ("", "#", "two words", "12345", "a/b", "x" * 200):
        with pytest.raises(TagRefused):
            read_tag(typed)


async def test_public_posts_with_a_followed_tag_come_home(stage: Stage) -> None:
    ann, bea = await stage.person("ann"), await stage.person("bea")
    far = await stage.stranger("far")
    before = await stage.says(bea, tags=(TEA,))
    await stage.db.write(follow_tag, stage.server, ann.id, TEA)
    await stage.db.write(follow_tag, stage.server, ann.id, BEES)
    here = await stage.says(bea, tags=(TEA, BEES))
    there = await stage.says(far, tags=(TEA,), uri="https://far.example/1")
    await stage.says(bea)
    for reach in (Visibility.UNLISTED, Visibility.FOLLOWERS, Visibility.DIRECT):
        await stage.says(bea, tags=(TEA,), visibility=reach)
    await stage.boosts(far, here)
    assert await at_home(stage, ann) == [there.id, here.id, before.id]
    assert stage.home(ann) == [before.id, here.id, there.id]
    await stage.db.write(mute, stage.server, actor_id=ann.id, target_id=far.id)
    assert await at_home(stage, ann) == [here.id, before.id]
    await stage.db.write(unfollow_tag, ann.id, "tea")
    assert await at_home(stage, ann) == [here.id]
    await stage.db.write(block, stage.server, actor_id=ann.id, target_id=bea.id)
    assert await at_home(stage, ann) == []


async def test_who_follows_author_and_tag_has_one_row(stage: Stage) -> None:
    ann, bea = await stage.person("ann"), await stage.person("bea")
    await stage.follows(ann, bea)
    await stage.db.write(follow_tag, stage.server, ann.id, TEA)
    await stage.db.write(follow_tag, stage.server, bea.id, TEA)
    made = await stage.says(bea, tags=(TEA,))
    assert stage.home(ann) == stage.home(bea) == [made.id]
    await stage.db.write(unfollow_tag, ann.id, "tea")
    assert await at_home(stage, ann) == [made.id]


async def test_uses_are_counted_by_day_and_forgotten(stage: Stage) -> None:
    ann, bea = await stage.person("ann"), await stage.person("bea")
    for who in (ann, ann, bea):
        await stage.says(who, tags=(TEA,))
    await stage.says(ann, tags=(TEA,), visibility=Visibility.UNLISTED)
    today = day_of(stage.server.now_ms())
    old = NewPost(
        author_id=ann.id, content="<p>x</p>", tags=(TEA,), uri="https://home.example/old",
        published_at=stage.server.now_ms() - 20 * DAY_MS, kind=PostKind.NOTE,
    )  # fmt: skip
    await stage.says(ann, **{n: getattr(old, n) for n in ("tags", "uri", "published_at")})
    row = await stage.db.one(tag_by_name, name="tea")
    assert row is not None
    [uses] = await stage.db.all(uses_of, ids=[row.id], first_day=today - 6)
    assert (uses.day, uses.uses, uses.people) == (today, 3, 2)
    assert stage.rows("SELECT count(*) FROM tag_use") == [(2,)]
    stage.ahead_ms = (KEPT_DAYS - 1) * DAY_MS
    assert await forget_old_uses(stage.db, stage.server) == 0
    stage.ahead_ms = KEPT_DAYS * DAY_MS
    assert await forget_old_uses(stage.db, stage.server) == 2


async def test_featured_tags_are_told_to_the_world(stage: Stage) -> None:
    ann, bea = await stage.person("ann"), await stage.person("bea")
    for _ in range(2):
        await stage.db.write(feature, stage.server, ann.id, TEA)
    await stage.says(ann, tags=(TEA,))
    last = await stage.says(ann, tags=(TEA, BEES), visibility=Visibility.UNLISTED)
    await stage.says(ann, tags=(TEA,), visibility=Visibility.FOLLOWERS)
    await stage.says(bea, tags=(TEA,))
    [row] = await stage.db.all(featured_of, owner=ann.id, limit=10)
    assert (row.name, row.display, row.posts) == ("tea", "Tea", 2)
    [(at,)] = stage.rows(f"SELECT published_at FROM post WHERE id = {last.id}")
    assert row.last_post_at == at
    suggested = await stage.db.all(often_used, owner=ann.id, posts=100, limit=10)
    assert [each.name for each in suggested] == ["bees"]
    for _ in range(2):
        await stage.db.write(unfeature, stage.server, ann.id, "tea")
    told = [each for each in stage.told if isinstance(each, TagFeatured)]
    assert told == [
        TagFeatured(actor_id=ann.id, name="tea", display="Tea", down=down) for down in (False, True)
    ]


async def test_featured_tags_are_not_endless(stage: Stage) -> None:
    ann = await stage.person("ann")
    for number in range(MOST_FEATURED):
        await stage.db.write(feature, stage.server, ann.id, Tag(f"t{number}", f"t{number}"))
    with pytest.raises(TagRefused, match="At most 10"):
        await stage.db.write(feature, stage.server, ann.id, TEA)
