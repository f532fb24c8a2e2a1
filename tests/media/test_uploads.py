"""The life of an upload: written down, posted or swept; and where its file is."""

import asyncio
import io
import os
import time

import pytest

from tests.media.conftest import Rig
from tests.media.pictures import encoded, gradient
from weft.domain.accounts.create import create_account
from weft.domain.actors.records import Actor
from weft.domain.keys.sealing import Sealer
from weft.domain.media.uploads import remove_unposted
from weft.domain.posts.delete import delete
from weft.domain.posts.lists import media_by_id
from weft.domain.posts.publish import publish
from weft.domain.posts.records import NewPost
from weft.domain.server import Server
from weft.media import intake, limits
from weft.media.errors import Rejected
from weft.media.kinds import PNG, WEBP
from weft.media.store import LocalStore, kind_of_key
from weft.storage.database import Tx

PICTURE = encoded(gradient(800, 600), "PNG")
DAY_MS = limits.UNPOSTED_MS + 60_000


async def _tell(tx: Tx, event: object) -> None:
    """Nobody follows anybody in these tests."""


SERVER = Server(origin="https://a.example", domain="a.example", host="a.example", tell=_tell)


async def alice(rig: Rig) -> Actor:
    sealer = Sealer(bytes(32))
    made = await create_account(rig.db, SERVER, sealer, name="alice", email=None, password=None)
    return made.actor


async def accepted(rig: Rig, owner_id: int = 7) -> int:
    return await rig.intake.accept(owner_id, io.BytesIO(PICTURE))


async def test_an_upload_is_written_down_with_what_was_said_of_it(rig: Rig) -> None:
    media_id = await rig.intake.accept(
        7, io.BytesIO(PICTURE), description="  A gradient. ", focus=(-0.5, 1.0)
    )
    row = await rig.db.one(media_by_id, id=media_id)
    assert row is not None
    assert (row.owner_id, row.description, row.focus_x, row.focus_y) == (7, "A gradient.", -0.5, 1)
    assert row.post_id is None


@pytest.mark.parametrize("focus", [(1.5, 0.0), (float("nan"), 0.0), (0.0, float("inf"))])
async def test_a_focal_point_is_in_the_picture(rig: Rig, focus: tuple[float, float]) -> None:
    with pytest.raises(Rejected, match="from -1 to 1"):
        await rig.intake.accept(7, io.BytesIO(PICTURE), focus=focus)


async def test_a_description_is_bounded(rig: Rig) -> None:
    await rig.intake.accept(7, io.BytesIO(PICTURE), description="x" * limits.DESCRIPTION_LENGTH)
    with pytest.raises(Rejected, match="1500 characters"):
        await rig.intake.accept(7, io.BytesIO(PICTURE), description="x" * 1501)


async def test_uploads_without_a_post_go_after_a_day(rig: Rig) -> None:
    author = await alice(rig)
    posted, lone = await accepted(rig, author.id), await accepted(rig, author.id)
    await rig.db.write(publish, SERVER, NewPost(author_id=author.id, media_ids=(posted,)))
    assert await rig.intake.sweep() == 0
    rig.clock.ahead_ms = DAY_MS
    assert await rig.intake.sweep() == 1
    await rig.intake.close()
    assert await rig.db.one(media_by_id, id=lone) is None
    row = await rig.db.one(media_by_id, id=posted)
    assert row is not None
    assert sorted(path.name for path in rig.files()) == sorted(
        [str(row.store_key), str(row.small_key)]
    )


async def test_the_files_of_a_deleted_post_go_with_the_next_sweep(rig: Rig) -> None:
    author = await alice(rig)
    media_id = await accepted(rig, author.id)
    made = await rig.db.write(publish, SERVER, NewPost(author_id=author.id, media_ids=(media_id,)))
    await rig.db.write(delete, SERVER, made.id)
    rig.clock.ahead_ms = DAY_MS
    assert await rig.intake.sweep() == 1
    await rig.intake.close()
    assert rig.files() == []


async def test_a_file_in_a_post_cannot_be_removed(rig: Rig) -> None:
    author = await alice(rig)
    media_id = await accepted(rig, author.id)
    await rig.db.write(publish, SERVER, NewPost(author_id=author.id, media_ids=(media_id,)))
    assert await rig.intake.remove(media_id) is False
    await rig.intake.close()
    assert len(rig.files()) == 2


async def test_a_removal_that_is_not_committed_takes_no_file(rig: Rig) -> None:
    media_id = await accepted(rig)
    gone: list[object] = []

    async def fail(tx: Tx) -> None:
        assert await remove_unposted(tx, [media_id], gone.append) == 1
        raise RuntimeError("changed my mind")

    with pytest.raises(RuntimeError):
        await rig.db.write(fail)
    assert gone == []
    assert await rig.db.one(media_by_id, id=media_id) is not None


async def test_more_than_a_page_of_uploads_is_swept(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "_SWEPT_AT_ONCE", 2)
    small = encoded(gradient(20, 20), "PNG")
    owners = range(5)
    for owner in owners:
        await rig.intake.accept(owner, io.BytesIO(small))
    rig.clock.ahead_ms = DAY_MS
    assert await rig.intake.sweep() == len(owners)
    await rig.intake.close()
    assert rig.files() == []


async def test_one_person_cannot_fill_the_disk_with_uploads(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "UNPOSTED_UPLOADS", 3)
    for _ in range(3):
        await accepted(rig)
    files = rig.files()
    with pytest.raises(Rejected, match="no post uses yet"):
        await accepted(rig)
    assert rig.files() == files
    await accepted(rig, owner_id=8)
    rig.clock.ahead_ms = DAY_MS
    await accepted(rig)


async def test_a_failed_write_leaves_no_file(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    await rig.db.close()
    with pytest.raises(Exception):  # noqa: B017, PT011  whatever a closed database says
        await asyncio.wait_for(accepted(rig), 20)
    assert rig.files() == []
    assert rig.leftovers() == []


async def test_what_killed_processes_left_is_cleared(rig: Rig) -> None:
    old, new = rig.folder / ".incoming/old", rig.folder / ".incoming/new"
    for folder in (old, new):
        folder.mkdir(parents=True)
        (folder / "upload").write_bytes(b"half")
    past = time.time() - 2 * 86400
    os.utime(old, (past, past))
    await rig.intake.sweep()
    assert rig.leftovers() == [new]


@pytest.mark.parametrize(
    "key",
    [
        "",
        ".",
        "../weft.db",
        "../../secret.key",
        "/etc/passwd",
        "aa/../../../weft.db",
        ".incoming/x/upload",
        "a" * 26,
        "a" * 26 + ".html",
        "a" * 26 + ".svg",
        "a" * 26 + ".webp\n",
        "a" * 26 + ".webp/",
        "A" * 26 + ".webp",
        "a" * 25 + "\x00.webp",
        "a" * 24 + "..webp",
    ],
)
async def test_what_is_no_key_opens_nothing(rig: Rig, key: str) -> None:
    assert kind_of_key(key) is None
    assert await rig.store.open(key) is None
    await rig.store.delete(key)
    assert (rig.folder.parent / "weft.db").exists()


async def test_a_link_in_the_store_is_not_followed(rig: Rig) -> None:
    key = "a" * 26 + ".webp"
    (rig.folder / "aa/aa").mkdir(parents=True)
    (rig.folder / "aa/aa" / key).symlink_to(rig.folder.parent / "weft.db")
    assert await rig.store.open(key) is None


async def test_two_stores_may_share_a_folder(rig: Rig) -> None:
    other = LocalStore(rig.folder)
    async with rig.store.workspace() as folder:
        (folder / "x").write_bytes(PICTURE)
        key = await rig.store.put(folder / "x", PNG)
    file = await other.open(key)
    assert file is not None
    assert (file.kind, file.size_bytes) == (PNG, len(PICTURE))
    await file.close()
    await other.delete(key)
    await other.delete(key)
    assert await rig.store.open(key) is None
    assert await rig.store.open("b" * 26 + ".webp") is None
    assert kind_of_key("b" * 26 + ".webp") is WEBP
