"""Whose word a shelf, a place on it and an item are: nothing of another's is changed by anybody else."""

import json
from typing import Any

from tests.federation.corpus.playing import At, Corpus
from tests.federation.corpus.shelves import (
    BOOK,
    MOUSE,
    RAT,
    SHELF,
    TRACK,
    it_stands_there,
    item,
    places,
    rat_reads,
    shelf,
    the_track_is_here,
)
from tests.support.fediverse import Scene
from weft.domain.shelves.records import MOST_SHELVES

EVIL = "https://evil.example/users/eve"


def at_stage(stage: Scene, folder: str = "bookwyrm") -> At:
    return At(stage, Corpus(folder), "", {})


async def says(at: At, actor: str, type_: str, object_: Any, **more: Any) -> str:
    """What became of it."""
    said = at.rows("SELECT count(*) FROM inbox_log")[0][0]
    activity = {"id": f"{actor}#{said}", "type": type_, "actor": actor, "object": object_}
    await at.deliver(activity | more)
    return str(at.rows("SELECT verdicts FROM inbox_log ORDER BY id DESC LIMIT 1"))


async def eve_is_followed(at: At) -> None:
    await at.person(EVIL)
    await at.lena_follows(EVIL, accepted=True)


async def test_strangers_change_no_shelf(stage: Scene) -> None:
    at = at_stage(stage)
    await it_stands_there(at)
    await eve_is_followed(at)
    place = at.load("add-shelfitem")["object"]
    own = place | {"id": "https://evil.example/place/1", "actor": EVIL}
    assert "of another server" in await says(at, EVIL, "Remove", place, target=SHELF)
    assert "only its owner" in await says(at, EVIL, "Add", own, target=SHELF)
    assert "of another server" in await says(at, EVIL, "Update", at.load("shelf") | {"name": "x"})
    assert "only its own server" in await says(at, EVIL, "Delete", SHELF)
    # A neighbour is of the same server, and no more its owner.
    await at.person(MOUSE)
    assert "only its owner" in await says(at, MOUSE, "Delete", SHELF)
    theirs = place | {"actor": MOUSE}
    assert "only its owner" in await says(at, MOUSE, "Remove", theirs, target=SHELF)
    await says(at, MOUSE, "Update", at.load("shelf") | {"name": "Mine", "owner": MOUSE})
    made = await shelf(at, SHELF)
    assert (made.name, len(await places(at, SHELF))) == ("Test Shelf", 1)


async def test_an_item_is_what_its_own_server_says(stage: Scene) -> None:
    """What a shelf embeds of another server's is asked for there."""
    at = at_stage(stage)
    await rat_reads(at)
    await eve_is_followed(at)
    evil = "https://evil.example/shelf/1"
    page = {"id": f"{evil}?page=1", "type": "OrderedCollectionPage", "orderedItems": [
        {"id": BOOK, "type": "Edition", "title": "Forged"},
    ]}  # fmt: skip
    await at.serve(page)
    document = at.load("shelf") | {"id": evil, "owner": EVIL, "first": page["id"]}
    await says(at, EVIL, "Create", document)
    (place,) = await places(at, evil)
    assert place.title == "Piranesi"
    changed = {"id": BOOK, "type": "Edition", "title": "Forged"}
    assert "of another server" in await says(at, EVIL, "Update", changed)
    assert "only its own server" in await says(at, EVIL, "Delete", BOOK)
    # Of the same server, but nobody who answers for it: it is looked up where it lives.
    await says(at, RAT, "Update", changed)
    assert (await item(at, BOOK))[0].title == "Piranesi"
    assert "only who answers for it" in await says(at, RAT, "Delete", BOOK)


async def test_who_answers_for_a_track_deletes_it(stage: Scene) -> None:
    at = at_stage(stage, "funkwhale")
    await the_track_is_here(at)
    owner = at.load("create-audio-library")["actor"]
    assert "done" in await says(at, owner, "Delete", {"type": "Track", "id": TRACK})
    assert at.rows("SELECT count(*) FROM item WHERE title = 'Opening'") == [(0,)]
    assert at.rows("SELECT count(*) FROM collection_entry WHERE target_kind = 2") == [(0,)]


async def test_nobody_has_too_many(stage: Scene) -> None:
    at = at_stage(stage)
    await eve_is_followed(at)
    eve = await at.actor(EVIL)
    copy = (
        "INSERT INTO collection (id, num, owner_id, kind, uri, name, visibility, size, created_at, updated_at)"
        " VALUES (?, ?, ?, 3, ?, 'x', 0, 0, 0, 0)"
    )
    import apsw

    with apsw.Connection(str(stage.parts.settings.sqlite_path)) as connection:
        rows = [(n, 10**6 + n, eve.id, f"https://evil.example/s/{n}") for n in range(MOST_SHELVES)]
        connection.executemany(copy, rows)
    one_more = at.load("shelf") | {"id": "https://evil.example/s/more", "owner": EVIL}
    assert "too many" in await says(at, EVIL, "Create", one_more)


async def test_shelves_go_with_their_owner(stage: Scene) -> None:
    at = at_stage(stage)
    await it_stands_there(at)
    assert "done" in await says(at, RAT, "Delete", RAT)
    assert at.rows("SELECT count(*) FROM collection WHERE kind = 3") == [(0,)]
    assert at.rows("SELECT count(*) FROM collection_entry WHERE target_kind = 2") == [(0,)]


async def test_strange_shelves_change_nothing(stage: Scene) -> None:
    at = at_stage(stage)
    await rat_reads(at)
    strange: tuple[Any, ...] = (
        {"name": ["x"] * 500, "curation": {"a": 1}, "totalItems": -5},
        {"name": None, "summary": 7, "first": {"type": "OrderedCollectionPage", "items": [None, 3, {}]}},
        {"owner": [RAT, EVIL], "to": 5, "first": "gopher://x", "icon": [[]]},
        {"owner": None, "attributedTo": None, "actor": None},
        {"owner": EVIL},
    )  # fmt: skip
    for each in strange:
        await says(at, RAT, "Create", at.load("shelf") | each)
    place = at.load("add-shelfitem")["object"]
    for each in (
        {"book": None},
        {"book": {"id": 5}},
        {"book": "javascript:alert(1)"},
        {"book": [[]]},
    ):
        await says(at, RAT, "Add", place | each, target=SHELF)
    states = json.dumps(at.rows("SELECT state, verdicts FROM inbox_log"))
    assert "failed" not in states
    assert "Error" not in states
    assert at.rows("SELECT count(*) FROM collection_entry WHERE target_kind = 2") == [(0,)]
