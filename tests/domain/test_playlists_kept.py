"""The same thing twice on a playlist, and once on everything else."""

import pytest

from tests.domain.conftest import Stage
from weft.domain.actors.records import Actor, ActorKind
from weft.domain.actors.store import RemoteActor, save_remote_actor
from weft.domain.items.records import DescribedItem, ItemKind
from weft.domain.pins.queries import CollectionKind
from weft.domain.shelves.keep import fill, keep_shelf, put, take_down
from weft.domain.shelves.queries import places_on, shelf_by_id
from weft.domain.shelves.records import DescribedPlace, DescribedShelf, Shelf
from weft.domain.visibility.viewer import Visibility
from weft.storage.database import Tx

WHOSE = "https://tube.example/video-channels/films"


async def shelf_of(stage: Stage, kind: CollectionKind) -> Shelf:
    described = RemoteActor(
        uri=WHOSE, kind=ActorKind.GROUP, username="films", domain="tube.example",
        host="tube.example", url=WHOSE, inbox=f"{WHOSE}/inbox",
    )  # fmt: skip

    async def make(tx: Tx) -> Shelf | None:
        owner: Actor = await save_remote_actor(tx, stage.server, described)
        shelf = DescribedShelf(
            uri=f"{WHOSE}/list", owner_uri=WHOSE, kind=kind, name="Talks",
            visibility=Visibility.PUBLIC,
        )  # fmt: skip
        return await keep_shelf(tx, stage.server, owner, shelf)

    made = await stage.db.write(make)
    assert made is not None
    return made


def place(video: int, slot: str | None, position: int) -> DescribedPlace:
    item = DescribedItem(uri=f"https://tube.example/v/{video}", kind=ItemKind.VIDEO)
    uri = f"{WHOSE}/list/{slot}" if slot is not None else None
    return DescribedPlace(item=item, uri=uri, position=position)


async def stands(stage: Stage, shelf: Shelf) -> list[tuple[str, str | None, int]]:
    """What stands on it: the video, the slot, the position."""
    rows = await stage.db.all(places_on, of_shelf=shelf.id, position=-1, after=0, limit=100)
    now = await stage.db.one(shelf_by_id, id=shelf.id)
    assert now is not None
    assert now.size == len(rows)
    return [
        (str(each.item_uri)[-1], each.uri.rpartition("/")[2] if each.uri else None, each.position)
        for each in rows
    ]


async def test_a_video_is_on_a_playlist_as_often_as_its_server_says(stage: Stage) -> None:
    shelf = await shelf_of(stage, CollectionKind.PLAYLIST)
    all_ = [place(1, "a", 1), place(2, "b", 2), place(1, "c", 3), place(1, "d", 4)]
    expected = [("1", "a", 1), ("2", "b", 2), ("1", "c", 3), ("1", "d", 4)]
    for _ in range(2):
        await stage.db.write(fill, stage.server, shelf, all_, is_all=True)
        assert await stands(stage, shelf) == expected
    # Moved, and one of them gone.
    moved = [place(1, "d", 1), place(2, "b", 2), place(1, "a", 3)]
    await stage.db.write(fill, stage.server, shelf, moved, is_all=True)
    assert await stands(stage, shelf) == [("1", "d", 1), ("2", "b", 2), ("1", "a", 3)]
    # Another video in a slot, and the first one more often than before.
    await stage.db.write(put, stage.server, shelf, place(1, "b", 2))
    await stage.db.write(put, stage.server, shelf, place(1, "e", 4))
    assert await stands(stage, shelf) == [
        ("1", "d", 1),
        ("1", "b", 2),
        ("1", "a", 3),
        ("1", "e", 4),
    ]
    # One slot goes alone.
    rows = await stage.db.all(places_on, of_shelf=shelf.id, position=-1, after=0, limit=100)
    await stage.db.write(take_down, shelf.id, rows[1].id)
    assert await stands(stage, shelf) == [("1", "d", 1), ("1", "a", 3), ("1", "e", 4)]


@pytest.mark.parametrize(
    "kind", [CollectionKind.SHELF, CollectionKind.BOOKS, CollectionKind.LIBRARY]
)
async def test_on_everything_else_it_stands_once(stage: Stage, kind: CollectionKind) -> None:
    shelf = await shelf_of(stage, kind)
    await stage.db.write(
        fill, stage.server, shelf, [place(1, "a", 1), place(1, "b", 2)], is_all=True
    )
    assert await stands(stage, shelf) == [("1", "b", 2)]


async def test_a_place_without_an_id_is_the_one_that_gets_one(stage: Stage) -> None:
    shelf = await shelf_of(stage, CollectionKind.PLAYLIST)
    for told in (place(1, None, 1), place(1, None, 2), place(1, "a", 3)):
        await stage.db.write(put, stage.server, shelf, told)
    assert await stands(stage, shelf) == [("1", "a", 3)]
    await stage.db.write(put, stage.server, shelf, place(1, "b", 4))
    assert await stands(stage, shelf) == [("1", "a", 3), ("1", "b", 4)]
