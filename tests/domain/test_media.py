"""Uploads in the database: what each person may keep, what is still to be done, what is refused."""

from typing import Any

import pytest

from tests.domain.conftest import Stage
from weft.domain.media import work
from weft.domain.media.facets import MediaFacets, facets_text, media_facets
from weft.domain.media.hashes import (
    HashRefused,
    Refusal,
    add_hashes,
    hash_by_value,
    listed_hashes,
    note_refusal,
    read_hash,
    remove_hashes,
)
from weft.domain.media.records import Allowance, MediaKind, MediaState, NewUpload, StoredKeys, Used
from weft.domain.media.uploads import (
    QuotaPassed,
    add_upload,
    remove_unposted,
    unposted_before,
    used_by,
)
from weft.storage.ids import id_at

A, B, C = ("a" * 64, "b" * 64, "c" * 64)
DAY = 24 * 3_600_000


def film(owner_id: int, size: int = 1000) -> NewUpload:
    return NewUpload(
        owner_id=owner_id, kind=MediaKind.VIDEO, content_type="video/mp4", store_key=None,
        small_key=None, description="Waves", blurhash=None, width=None, height=None,
        duration_ms=None, size_bytes=size, focus_x=None, focus_y=None, hash=A,
        facets=facets_text(MediaFacets(waiting_key="raw")), state=MediaState.WORKED_ON,
    )  # fmt: skip


async def added(stage: Stage, new: NewUpload, allowed: Allowance | None = None) -> int:
    return await stage.db.write(
        add_upload,
        new,
        stage.server.now_ms(),
        most_unposted=60,
        unposted_ms=DAY,
        allowed=allowed,
    )


RESULT = work.Result(
    kind=MediaKind.VIDEO, content_type="video/mp4", store_key="full", small_key="small",
    blurhash="L00000", width=320, height=240, duration_ms=1000, size_bytes=700,
    facets={"frame_rate": "25/1", "likeness": B},
)  # fmt: skip


async def due(stage: Stage) -> list[work.Work]:
    return await stage.db.all(work.work_due, of_kind=work.KIND, now=stage.server.now_ms(), limit=10)


async def test_a_job_is_taken_once_and_is_another_s_when_its_holder_dies(stage: Stage) -> None:
    alice = await stage.person("alice")
    media_id = await added(stage, film(alice.id))
    [first] = await due(stage)
    assert (first.media_id, first.attempts) == (media_id, 0)
    until = stage.server.now_ms() + work.LEASE_MS
    assert await stage.db.write(work.take, first, until)
    assert not await stage.db.write(work.take, first, until)
    assert await due(stage) == []
    assert await stage.db.write(work.hold, first.id, until, until + 5)
    assert not await stage.db.write(work.hold, first.id, until, until + 9)
    stage.ahead_ms = work.LEASE_MS + 1000
    [again] = await due(stage)
    assert (again.id, again.attempts) == (first.id, 1)


async def test_what_was_worked_on_is_ready_and_its_upload_goes(stage: Stage) -> None:
    alice = await stage.person("alice")
    media_id = await added(stage, film(alice.id))
    [job] = await due(stage)
    gone: list[StoredKeys] = []
    assert await stage.db.write(work.finish, job.id, media_id, RESULT, gone.append)
    row = await stage.db.one(work.waiting_by_id, id=media_id)
    assert row is not None
    assert (row.state, row.store_key, row.small_key) == (MediaState.READY, "full", "small")
    assert media_facets(row.facets) == MediaFacets(frame_rate="25/1", likeness=B)
    assert gone == [StoredKeys("raw", None)]
    assert await due(stage) == []
    assert await stage.db.one(used_by, owner_id=alice.id) == Used(700, 1)
    assert not await stage.db.write(work.finish, job.id, media_id, RESULT, gone.append)


async def test_a_poster_that_its_owner_chose_stays(stage: Stage) -> None:
    alice, bob = await stage.person("alice"), await stage.person("bob")
    media_id = await added(stage, film(alice.id))
    gone: list[StoredKeys] = []
    chosen: dict[str, Any] = {
        "key": "art",
        "blurhash": "LAAAAA",
        "size": (480, 480),
        "forget": gone.append,
    }
    assert not await stage.db.write(work.choose_poster, media_id, bob.id, **chosen)
    assert await stage.db.write(work.choose_poster, media_id, alice.id, **chosen)
    [job] = await due(stage)
    gone.clear()
    await stage.db.write(work.finish, job.id, media_id, RESULT, gone.append)
    row = await stage.db.one(work.waiting_by_id, id=media_id)
    assert row is not None
    assert (row.small_key, row.blurhash) == ("art", "LAAAAA")
    assert media_facets(row.facets).small_width == 480
    assert gone == [StoredKeys("raw", "small")]


async def test_what_failed_says_why_and_leaves_nothing(stage: Stage) -> None:
    alice = await stage.person("alice")
    media_id = await added(stage, film(alice.id))
    [job] = await due(stage)
    gone: list[StoredKeys] = []
    await stage.db.write(work.fail, job.id, media_id, "It is damaged.", gone.append)
    row = await stage.db.one(work.waiting_by_id, id=media_id)
    assert row is not None
    assert (row.state, media_facets(row.facets).error) == (MediaState.FAILED, "It is damaged.")
    assert gone == [StoredKeys("raw", None)]
    assert await due(stage) == []


async def test_an_upload_that_waits_goes_with_what_it_came_as(stage: Stage) -> None:
    alice = await stage.person("alice")
    media_id = await added(stage, film(alice.id))
    gone: list[StoredKeys] = []
    assert await stage.db.write(remove_unposted, [media_id], gone.extend) == 1
    assert [each.all for each in gone] == [("raw",)]


async def test_a_person_may_keep_so_much_and_others_are_not_counted(stage: Stage) -> None:
    alice, bob = await stage.person("alice"), await stage.person("bob")
    allowed = Allowance(2500, 3)
    for _ in range(2):
        await added(stage, film(alice.id), allowed)
    with pytest.raises(QuotaPassed, match="Delete posts"):
        await added(stage, film(alice.id), allowed)
    await added(stage, film(alice.id, 500), allowed)
    with pytest.raises(QuotaPassed, match="and are 3"):
        await added(stage, film(alice.id, 0), allowed)
    await added(stage, film(bob.id), allowed)
    assert await stage.db.one(used_by, owner_id=alice.id) == Used(2500, 3)


async def test_files_of_a_post_that_is_to_come_are_not_swept(stage: Stage) -> None:
    alice = await stage.person("alice")
    kept, lone = await added(stage, film(alice.id)), await added(stage, film(alice.id))
    stage.rows(
        "INSERT INTO draft (id, author_id, kind, body, created_at, updated_at)"
        f" VALUES (1, {alice.id}, 0, '{{}}', 0, 0) RETURNING id"
    )
    stage.rows(
        "INSERT INTO draft_media (draft_id, media_id, position)"
        f" VALUES (1, {kept}, 0) RETURNING media_id"
    )
    soon = stage.server.now_ms() + DAY
    rows = await stage.db.all(
        unposted_before, after_id=0, before_id=id_at(soon), before=soon, limit=10
    )
    assert [row[0] for row in rows] == [lone]


async def test_hashes_come_and_go(stage: Stage) -> None:
    hashes = [read_hash(A), read_hash(f"likeness:{B.upper()}"), read_hash(f"sha256:{C}")]
    assert await stage.db.write(add_hashes, hashes, "from a list", 5) == 3
    assert await stage.db.write(add_hashes, hashes[:2], "again", 6) == 0
    found = await stage.db.one(hash_by_value, algorithm="likeness", value=B)
    assert found is not None
    assert (found.comment, found.created_at) == ("from a list", 5)
    assert await stage.db.one(hash_by_value, algorithm="sha256", value=B) is None
    assert await stage.db.write(remove_hashes, [("sha256", A), ("sha256", B)]) == 1
    rows = await stage.db.all(listed_hashes, after=0, limit=10)
    assert [(row.algorithm, row.value) for row in rows] == [("likeness", B), ("sha256", C)]


@pytest.mark.parametrize("text", ["", "a", "md5:" + A, "sha256:" + A[:-1], "g" * 64, "likeness:"])
def test_what_is_no_hash_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(HashRefused, match="64 hexadecimal digits"):
        read_hash(text)


async def test_a_refusal_is_in_the_audit_log(stage: Stage) -> None:
    refusal = Refusal(target=f"sha256:{A}", reason="list of 2026", owner_id=7, url="https://x/1")
    await stage.db.write(note_refusal, refusal, 9)
    [row] = stage.rows(
        "SELECT action, account_id, target_id, target, reason, details, created_at FROM audit_log"
    )
    assert row == ("media.refused", None, 7, f"sha256:{A}", "list of 2026",
                   '{"url":"https://x/1"}', 9)  # fmt: skip
