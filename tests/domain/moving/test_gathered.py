"""Collections of people and lists that somebody brings along, worked off row by row; on both engines."""

import json
from typing import Any

import pytest

from tests.domain.conftest import Stage
from tests.domain.test_people_in_collections import willing
from weft.domain.accounts.queries import account_by_actor
from weft.domain.actors.records import Actor
from weft.domain.collections.keep import make_collection
from weft.domain.collections.queries import collection_named, entries_in
from weft.domain.collections.records import CollectionWishes, EntryState, collection_facets
from weft.domain.events import FeatureRequested
from weft.domain.lists.queries import lists_of
from weft.domain.moving import imports
from weft.domain.moving.carried import carried
from weft.domain.moving.effects import RowFailed, do_row
from weft.domain.moving.gathered import read_brought
from weft.domain.moving.sheets import Kind, SheetRefused, write_sheet
from weft.domain.relations.block import block
from weft.domain.relations.queries import follow_between
from weft.domain.resolving import Found
from weft.jobs.imports import Imports

CLUBS = Kind.COLLECTIONS


async def nobody(query: str) -> Found:
    raise RowFailed(f"Nobody answers for {query}.")


async def bring(
    stage: Stage, me: Actor, kind: Kind, body: bytes, *, overwrites: bool = False
) -> tuple[imports.ImportJob, dict[str, str | None]]:
    """Work a file off; the job when it has ended, and what its report says of the failed rows."""
    domain = me.domain
    rows = read_brought(kind, body, domain)
    planned = await imports.plan(stage.db, me.id, kind, rows, overwrites=overwrites)
    account = await stage.db.one(account_by_actor, actor_id=me.id)
    assert account is not None
    job_id = await stage.db.write(
        imports.start_import, stage.server, account.id, kind, planned, overwrites
    )
    assert await Imports(stage.db, stage.server, nobody, pause_s=0).run_waiting() == 1
    job = await stage.db.one(imports.import_by_id, id=job_id)
    failed = await stage.db.all(
        imports.reported_rows, job_id=job_id, state=imports.FAILED, after=0, limit=99
    )
    assert job is not None
    return job, {row.row.name: row.message for row in failed}


async def taken(stage: Stage, me: Actor, kind: Kind) -> bytes:
    """What the export writes."""
    pages = [write_sheet(kind, page, header=False) async for page in carried(stage.db, me.id, kind)]
    return b"".join([write_sheet(kind, [], header=True), *pages])


async def people(stage: Stage, me: Actor, name: str) -> dict[int, int] | None:
    """The states of who is in a collection, in their places; None if there is none of this name."""
    known = await stage.db.one(collection_named, of_owner=me.id, name=name)
    if known is None:
        return None
    entries = await stage.db.all(entries_in, of_collection=known.id)
    return {each.target_id: each.state for each in sorted(entries, key=lambda e: e.position)}


def archived(*collections: dict[str, Any]) -> bytes:
    return json.dumps({"type": "OrderedCollection", "orderedItems": collections}).encode()


def club(name: str, *people: str, **more: Any) -> dict[str, Any]:
    items = [{"type": "FeaturedItem", "featuredObject": each} for each in people]
    return {"type": "FeaturedCollection", "name": name, "orderedItems": items} | more


async def test_what_was_taken_away_is_the_same_elsewhere(stage: Stage) -> None:
    ann, bob, me = [await stage.person(name) for name in ("ann", "bob", "me")]
    far = await willing(stage, "far")
    wishes = CollectionWishes(
        name="Gärtner, alte", summary="know soil", language="de", sensitive=True,
        discoverable=False, tag="Plants",
    )  # fmt: skip
    await stage.db.write(make_collection, stage.server, ann, wishes, [far.id, bob.id])
    empty = CollectionWishes(name="Nobody yet")
    await stage.db.write(make_collection, stage.server, ann, empty, [])
    sheet = await taken(stage, ann, CLUBS)
    stage.told.clear()

    job, failed = await bring(stage, me, CLUBS, sheet)
    assert (job.size, job.done, job.failed, failed) == (4, 4, 0, {})
    ours, asked = EntryState.ACCEPTED, EntryState.PENDING
    assert await people(stage, me, "Gärtner, alte") == {far.id: asked, bob.id: ours}
    assert await people(stage, me, "Nobody yet") == {}
    requests = [each for each in stage.told if isinstance(each, FeatureRequested)]
    assert [(each.actor_id, each.target_id) for each in requests] == [(me.id, far.id)]
    made = await stage.db.one(collection_named, of_owner=me.id, name="Gärtner, alte")
    assert made is not None
    facets = collection_facets(made.facets)
    assert (made.summary, made.discoverable, facets.language) == ("know soil", False, "de")
    assert facets.sensitive
    assert facets.tag is not None
    assert facets.tag.display == "Plants"
    assert await taken(stage, me, CLUBS) == sheet

    # Doing it again, or going on after a crash, asks nobody twice and makes nothing twice.
    for row in read_brought(CLUBS, sheet, me.domain)[:3]:
        await do_row(stage.db, stage.server, nobody, me, CLUBS, row)
    await bring(stage, me, CLUBS, sheet)
    assert len([each for each in stage.told if isinstance(each, FeatureRequested)]) == 1
    assert await taken(stage, me, CLUBS) == sheet


async def test_the_report_says_who_does_not_want_to_be_in_one(stage: Stage) -> None:
    bob, foe, me = [await stage.person(name) for name in ("bob", "foe", "me")]
    silent = await stage.stranger("silent")  # its server says nothing of collections
    await stage.db.write(block, stage.server, actor_id=foe.id, target_id=me.id)
    body = archived(
        club("Club", bob.uri, foe.uri, silent.uri, "https://gone.example/users/x",
             summaryMap={"en": "<p>People</p>"}, topic={"type": "Hashtag", "name": "#Tea"}),
        club("A name that is much longer than forty letters are"),
    )  # fmt: skip
    job, failed = await bring(stage, me, CLUBS, body)
    assert (job.size, job.done, job.failed) == (6, 2, 4)
    assert failed == {
        f"foe@{me.domain}": "foe does not want to be in collections.",
        "silent@far.example": "silent does not want to be in collections.",
        "https://gone.example/users/x": "Nobody answers for https://gone.example/users/x.",
        "": "The name of a collection may have at most 40 characters.",
    }
    assert await people(stage, me, "Club") == {bob.id: EntryState.ACCEPTED}
    made = await stage.db.one(collection_named, of_owner=me.id, name="Club")
    assert made is not None
    assert made.summary == "People"
    assert collection_facets(made.facets).language == "en"


async def test_a_file_may_replace_what_is_here(stage: Stage) -> None:
    ann, bob, me = [await stage.person(name) for name in ("ann", "bob", "me")]
    await bring(stage, me, CLUBS, archived(club("Stays", ann.uri, bob.uri), club("Goes", ann.uri)))
    job, failed = await bring(stage, me, CLUBS, archived(club("Stays", ann.uri)), overwrites=True)
    assert (job.failed, failed) == (0, {})
    assert await people(stage, me, "Stays") == {ann.id: EntryState.ACCEPTED}
    assert await people(stage, me, "Goes") is None
    # A sheet without lines for the collections themselves takes none of them away.
    sheet = f"Collection name,Account address\nStays,{ann.username}\n"
    job, _ = await bring(stage, me, CLUBS, sheet.encode(), overwrites=True)
    assert (job.size, job.done) == (1, 1)
    assert await people(stage, me, "Stays") == {ann.id: EntryState.ACCEPTED}


async def test_lists_are_brought_along(stage: Stage) -> None:
    bob, foe, me = [await stage.person(name) for name in ("bob", "foe", "me")]
    await stage.db.write(block, stage.server, actor_id=foe.id, target_id=me.id)
    sheet = f"Friends,bob@{me.domain}\nWork,bob@{me.domain}\nWork,foe@{me.domain}\n"
    job, failed = await bring(stage, me, Kind.LISTS, sheet.encode())
    assert (job.done, job.failed) == (2, 1)
    assert failed == {f"foe@{me.domain}": "This account does not let you follow it."}
    assert await stage.db.one(follow_between, follower=me.id, target=bob.id) is not None
    assert (await taken(stage, me, Kind.LISTS)).decode().split() == [
        f"Work,bob@{me.domain}",
        f"Friends,bob@{me.domain}",
    ]
    await bring(stage, me, Kind.LISTS, f"Work,bob@{me.domain}\n".encode(), overwrites=True)
    assert (await taken(stage, me, Kind.LISTS)).decode().split() == [f"Work,bob@{me.domain}"]
    assert len(await stage.db.all(lists_of, owner=me.id, limit=9)) == 2


REFUSED = [
    (b"{", "no JSON"),
    (b'{"orderedItems": 5}', "no list of collections"),
    (b'{"orderedItems": []}', "no collection in the file"),
    (b'{"orderedItems": ["https://a.example/1"]}', "Entry 1 of the file is no collection"),
    (archived(club("A"), {"type": "Note", "name": "B"}), "Entry 2"),
    (archived(club(" ")), "no name"),
    (archived(club("A", "javascript:alert(1)")), "names no person"),
    (archived(club("A", "https://a.example/" + "x" * 3000)), "names no person"),
    (archived(*(club(f"{n}") for n in range(20_001))), "more than 20000"),
    (b"Collection name,Account address\n,bob\n", "names no collection"),
    (b"Club,no account at all\n", "Line 1"),
]


@pytest.mark.parametrize(("body", "sentence"), REFUSED, ids=[sentence for _, sentence in REFUSED])
def test_a_wrong_file_is_refused(body: bytes, sentence: str) -> None:
    with pytest.raises(SheetRefused, match=sentence):
        read_brought(CLUBS, body, "here.example")
