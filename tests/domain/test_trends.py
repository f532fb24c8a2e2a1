"""Trends: of public posts by people who agreed to be found, liked by more than one."""

from tests.domain.conftest import Stage
from tests.domain.test_discovery import changed, disagree
from weft.domain.actors.records import Actor
from weft.domain.cards.card import Described, settle_card
from weft.domain.posts.publish import Published
from weft.domain.posts.records import Tag
from weft.domain.posts.store import add_to_stats, stats_delta
from weft.domain.trends.now import HOUR_MS, Trends, ranked
from weft.domain.trends.queries import PostHeat
from weft.domain.visibility.viewer import Visibility
from weft.storage.database import Tx

TEA, BEES, OWLS = (Tag(name, name) for name in ("tea", "bees", "owls"))


async def liked(stage: Stage, *posts: Published, times: int = 3) -> None:
    async def like(tx: Tx) -> None:
        for each in posts:
            await tx.run(add_to_stats, of_post=each.id, **stats_delta(likes=times))

    await stage.db.write(like)


async def test_tags_that_several_people_use(stage: Stage) -> None:
    ann, bea, cid = [await stage.person(name) for name in ("ann", "bea", "cid")]
    shy = await stage.person("shy")
    await changed(stage, disagree, shy)
    for who, tag in ((ann, TEA), (bea, TEA), (ann, BEES), (bea, BEES), (cid, BEES), (ann, OWLS)):
        await stage.says(who, tags=(tag,))
    await stage.says(shy, tags=(OWLS,))
    found = await Trends(stage.db, stage.server).tags.now()
    assert [each.name for each in found] == ["bees", "tea"]


async def test_posts_that_are_liked(stage: Stage) -> None:
    ann, bea, cid = [await stage.person(name) for name in ("ann", "bea", "cid")]
    shy = await stage.person("shy")
    await changed(stage, disagree, shy)
    warm, hot = await stage.says(ann), await stage.says(bea)
    others = [
        await stage.says(ann, visibility=Visibility.UNLISTED),
        await stage.says(ann, local_only=True),
        await stage.says(ann, sensitive=True),
        await stage.says(ann, summary="Beware"),
        await stage.answers(ann, hot),
        await stage.says(shy),
    ]
    await liked(stage, warm, *others)
    await liked(stage, hot, times=9)
    await liked(stage, await stage.says(cid), times=1)
    assert await Trends(stage.db, stage.server).posts.now() == [hot.id, warm.id]


def test_heat_cools_and_each_author_has_one() -> None:
    now = 100 * HOUR_MS
    fresh, old = PostHeat(1, 10, now, 3, 0), PostHeat(2, 11, now - 48 * HOUR_MS, 9, 0)
    boosted, second = PostHeat(3, 12, now, 0, 3), PostHeat(4, 12, now, 2, 0)
    assert ranked([old, fresh, second, boosted], now) == [3, 1, 2]


async def linked(stage: Stage, who: Actor, url: str) -> None:
    await stage.says(who, link_url=url)


async def test_pages_that_several_people_link_to(stage: Stage) -> None:
    ann, bea = await stage.person("ann"), await stage.person("bea")
    for url in ("https://a.example/", "https://b.example/", "https://c.example/"):
        await linked(stage, ann, url)
    await linked(stage, bea, "https://a.example/")
    await linked(stage, bea, "https://b.example/")
    await linked(stage, ann, "https://a.example/")
    described = Described(title="A page")
    values = {name: getattr(described, name) for name in Described.__struct_fields__}
    for (card,) in stage.rows("SELECT id FROM card WHERE url <> 'https://b.example/'"):
        await stage.db.write(_settled, card, values)
    [found] = await Trends(stage.db, stage.server).cards.now()
    assert found.card.url == "https://a.example/"
    [uses] = found.uses
    assert (uses.uses, uses.people) == (3, 2)


async def _settled(tx: Tx, card: int, values: dict[str, object]) -> None:
    await tx.run(settle_card, of_card=card, state=1, fetched_at=1, **values)
