"""Collections that were here before they could be found are read by a chore; on both engines."""

import pytest

from tests.domain.conftest import Stage
from weft.domain.actors.records import Actor
from weft.domain.collections.arrive import store_collection
from weft.domain.collections.found import find_collections
from weft.domain.collections.keep import make_collection
from weft.domain.collections.queries import collection_by_id
from weft.domain.collections.records import Collection, CollectionWishes, RemoteCollection
from weft.domain.search import gaps
from weft.domain.search.gaps import fill_gaps
from weft.domain.visibility.viewer import Local


async def found(stage: Stage, me: Actor, typed: str) -> list[str]:
    rows = await find_collections(stage.db, Local(me.id), stage.server.now_ms(), typed, limit=200)
    return [row.name for row in rows]


async def as_before(stage: Stage, me: Actor, count: int) -> tuple[list[Collection], Collection]:
    """Ours and one of another server, as they were before there were words and pages."""
    mine = [
        await stage.db.write(
            make_collection, stage.server, me, CollectionWishes(name=f"Tea {number}"), []
        )
        for number in range(count)
    ]
    far = await stage.stranger("far")
    described = RemoteCollection(
        uri="https://far.example/clubs/1", owner_uri=far.uri, name="Tea elsewhere"
    )
    theirs = await stage.db.write(store_collection, stage.server, far, described, [])
    assert theirs is not None
    stage.rows("DELETE FROM collection_search")
    stage.rows("UPDATE collection SET url = NULL")
    assert await found(stage, me, "tea") == []
    return mine, theirs


async def test_collections_from_before_get_their_words_and_page(stage: Stage) -> None:
    me = await stage.person("me")
    [mine], theirs = await as_before(stage, me, 1)
    await fill_gaps(stage.db, stage.server)
    assert await found(stage, me, "tea") == ["Tea elsewhere", "Tea 0"]
    assert await stage.db.one(collection_by_id, id=mine.id) == mine
    elsewhere = await stage.db.one(collection_by_id, id=theirs.id)
    assert elsewhere is not None
    assert elsewhere.url is None  # only its own server knows
    assert stage.rows("SELECT * FROM search_gap") == []
    assert await fill_gaps(stage.db, stage.server) == 0


async def test_a_chore_that_was_broken_off_goes_on_where_it_was(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = await stage.person("me")
    await as_before(stage, me, 3)
    monkeypatch.setattr(gaps, "STEP", 2)
    [gap] = [each for each in await stage.db.all(gaps.gaps, limit=9) if each.noun == 2]
    rest, count = await stage.db.write(gaps._step, stage.server, gap)
    assert (rest is not None, count) == (True, 2)
    assert await found(stage, me, "tea") == ["Tea elsewhere", "Tea 2"]
    await fill_gaps(stage.db, stage.server)
    assert await found(stage, me, "tea") == ["Tea elsewhere", "Tea 2", "Tea 1", "Tea 0"]
