"""Legal holds keep everything from everybody; purges take everything, and say so."""

import tarfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.media.pictures import encoded, gradient
from tests.platforms.mastodon.conftest import House
from tests.platforms.mastodon.moderation import fine, person, stranger
from tests.support.databases import sql
from weft.admin.evidence import archive
from weft.admin.evidence.purging import (
    Gone,
    left_of,
    purge_one_actor,
    purge_one_file,
    purge_one_post,
    receipt_of,
)
from weft.admin.evidence.signed import check
from weft.admin.failure import CommandFailed
from weft.domain.accounts.close import close_account
from weft.domain.accounts.expire import forget_expired
from weft.domain.accounts.queries import Role
from weft.domain.accounts.roles import COMMAND_LINE
from weft.domain.actors.queries import actor_by_id
from weft.domain.moderation.actors_erase import KEPT_MS, erase_suspended
from weft.domain.moderation.holds import HoldRefused, place_hold, release_hold
from weft.domain.moderation.holds_ended import remove_what_was_kept
from weft.domain.posts.delete import delete
from weft.domain.posts.publish import publish
from weft.domain.posts.queries import post_by_id
from weft.domain.posts.records import NewPost
from weft.domain.server import now_ms
from weft.protocol.proofs import BadProof

DAY_MS = 24 * 3_600_000


async def hold(house: House, actor_id: int, handle: str = "bob") -> int:
    server = house.parts.server
    return await house.parts.db.write(
        place_hold, server, COMMAND_LINE, actor_id, handle, "court order 12"
    )


def count(house: House, table: str, where: str = "1 = 1") -> int:
    rows = sql(house.parts.settings.database_url, f"SELECT count(*) FROM {table} WHERE {where}")
    return int(rows[0][0])


async def with_picture(house: House, text: str = "look") -> tuple[int, int]:
    """A post of bob's with a picture; the ids of both."""
    body = BytesIO()
    boundary = "x1y2"
    picture = encoded(gradient(64, 64), "PNG")
    body.write(
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n'
        "Content-Type: image/png\r\n\r\n".encode()
        + picture
        + f"\r\n--{boundary}--\r\n".encode()
    )
    uploaded = fine(
        await house.bob.call(
            "POST", "/api/v2/media", body=body.getvalue(),
            headers={"content-type": f"multipart/form-data; boundary={boundary}"},
        )
    )  # fmt: skip
    said = fine(
        await house.bob.post("/api/v1/statuses", {"status": text, "media_ids": [uploaded["id"]]})
    )
    return int(said["id"]), int(uploaded["id"])


def files(house: House) -> set[str]:
    folder = house.parts.settings.data / "media"
    return {each.name for each in folder.rglob("*.*") if each.is_file()}


async def test_what_a_held_person_deletes_is_out_of_sight_and_kept(house: House) -> None:
    bob = house.ids["bob"]
    post_id, _ = await with_picture(house)
    boosted = fine(await house.carol.post("/api/v1/statuses", {"status": "hers"}))
    boost = fine(await house.bob.post(f"/api/v1/statuses/{boosted['id']}/reblog"))
    kept = files(house)
    hold_id = await hold(house, bob)
    assert (await house.bob.call("DELETE", f"/api/v1/statuses/{post_id}")).status == 200
    assert (await house.bob.post(f"/api/v1/statuses/{boosted['id']}/unreblog")).status == 200
    fine(await house.bob.post(f"/api/v1/statuses/{boosted['id']}/reblog"))
    for reader in (house.anyone, house.bob, house.carol):
        assert (await reader.get(f"/api/v1/statuses/{post_id}")).status == 404
    document = await house.anyone.call(
        "GET", f"/ap/posts/{post_id}", headers={"accept": "application/activity+json"}
    )
    assert document.status == 410
    await house.parts.media.sweep()
    later = replace(house.parts.server, now_ms=lambda: now_ms() + 90 * DAY_MS)
    await forget_expired(house.parts.db, later)
    assert await remove_what_was_kept(house.parts.db, house.parts.server) == 0
    assert count(house, "post", f"id IN ({post_id}, {boost['id']})") == 2
    assert files(house) == kept
    assert await house.parts.db.write(
        release_hold, house.parts.server, COMMAND_LINE, hold_id, "case closed"
    )
    assert await remove_what_was_kept(house.parts.db, house.parts.server) == 2
    assert count(house, "post", f"id IN ({post_id}, {boost['id']})") == 0
    assert count(house, "audit_log", "action LIKE 'hold.%'") == 2


async def test_neither_closing_nor_suspending_nor_an_origin_removes_what_is_held(
    house: House,
) -> None:
    parts, bob = house.parts, house.ids["bob"]
    boss, _ = await person(house, "boss", Role.OWNER)
    fine(await house.bob.post("/api/v1/statuses", {"status": "evidence"}))
    mia = await stranger(house)
    theirs = await parts.db.write(
        publish, parts.server,
        NewPost(author_id=mia.id, content="<p>x</p>", uri="https://far.example/1"),
    )  # fmt: skip
    holds = [await hold(house, bob), await hold(house, mia.id, "mia")]
    with pytest.raises(HoldRefused):
        await hold(house, bob)
    await parts.db.write(delete, parts.server, theirs.id)
    assert count(house, "post", f"id = {theirs.id} AND withheld_at IS NOT NULL") == 1
    fine(await boss.post(f"/api/v1/admin/accounts/{bob}/action", {"type": "suspend"}))
    refused = await boss.call("DELETE", f"/api/v1/admin/accounts/{bob}")
    assert (refused.status, "legal hold" in refused.json["error"]) == (403, True)
    later = replace(parts.server, now_ms=lambda: now_ms() + KEPT_MS + DAY_MS)
    assert await erase_suspended(parts.db, later) == 0
    await parts.db.write(close_account, parts.server, bob)
    assert count(house, "account", f"actor_id = {bob}") == 1
    assert count(house, "post", f"author_id = {bob}") == 1
    who = await parts.db.one(actor_by_id, id=bob)
    assert who is not None
    with pytest.raises(CommandFailed, match="legal hold"):
        await purge_one_actor(parts, who, "no", Gone([], [], {}))
    for each in holds:
        await parts.db.write(release_hold, parts.server, COMMAND_LINE, each, "done")
    await remove_what_was_kept(parts.db, parts.server)
    assert count(house, "account", f"actor_id = {bob}") == 0
    assert count(house, "post", f"author_id IN ({bob}, {mia.id})") == 0


async def test_data_of_the_suspended_go_after_thirty_days_and_not_before(house: House) -> None:
    parts, bob = house.parts, house.ids["bob"]
    boss, _ = await person(house, "boss", Role.OWNER)
    fine(await house.bob.post("/api/v1/statuses", {"status": "x"}))
    fine(await boss.post(f"/api/v1/admin/accounts/{bob}/action", {"type": "suspend"}))
    early = replace(parts.server, now_ms=lambda: now_ms() + KEPT_MS - DAY_MS)
    assert await erase_suspended(parts.db, early) == 0
    late = replace(parts.server, now_ms=lambda: now_ms() + KEPT_MS + DAY_MS)
    assert await erase_suspended(parts.db, late) == 1
    assert count(house, "account", f"actor_id = {bob}") == 0
    assert count(house, "post", f"author_id = {bob}") == 0
    assert count(house, "activity", "type = 'ActorDeleted'") == 1
    assert await erase_suspended(parts.db, late) == 0


async def test_evidence_is_exported_and_a_changed_archive_is_found_out(
    house: House, tmp_path: Path
) -> None:
    parts, bob = house.parts, house.ids["bob"]
    post_id, _ = await with_picture(house, "evidence itself")
    await hold(house, bob)
    await house.bob.call("DELETE", f"/api/v1/statuses/{post_id}")
    who = await parts.db.one(actor_by_id, id=bob)
    assert who is not None
    path = tmp_path / "case.tar.gz"
    number = await archive.export(parts, who, {"id": 1}, path)
    assert await archive.verify(parts, path) == number
    with tarfile.open(path) as tar:
        names = tar.getnames()
        bodies = {name: tar.extractfile(name).read() for name in names}  # type: ignore[union-attr]
    whole = b"".join(bodies.values())
    assert b"evidence itself" in whole
    assert b"argon2" not in whole
    assert any(name.startswith("files/") for name in names)
    with pytest.raises(CommandFailed, match="cannot be written"):
        await archive.export(parts, who, {"id": 1}, path)

    def written(changed: dict[str, bytes]) -> Path:
        made = tmp_path / "changed.tar.gz"
        with tarfile.open(made, "w:gz") as tar:
            for name, body in changed.items():
                info = tarfile.TarInfo(name)
                info.size = len(body)
                tar.addfile(info, BytesIO(body))
        return made

    one = next(name for name in names if name.startswith("posts/"))
    with pytest.raises(CommandFailed, match="not what it was"):
        await archive.verify(parts, written(bodies | {one: bodies[one] + b" "}))
    without = {name: body for name, body in bodies.items() if name != one}
    with pytest.raises(CommandFailed, match="other members"):
        await archive.verify(parts, written(without))
    manifest = msgspec.json.decode(bodies[archive.MANIFEST])
    manifest["handle"] = "somebody else"
    forged = bodies | {archive.MANIFEST: msgspec.json.encode(manifest)}
    with pytest.raises(BadProof):
        await archive.verify(parts, written(forged))


async def receipt(house: House, gone: Gone) -> dict[str, Any]:
    return await receipt_of(house.parts, {"kind": "test"}, "ada", "order 12", gone)


async def test_a_purged_post_leaves_nothing_but_its_tombstone(house: House) -> None:
    parts = house.parts
    post_id, media_id = await with_picture(house, "first version")
    fine(
        await house.bob.call(
            "PUT", f"/api/v1/statuses/{post_id}", json={"status": "second", "media_ids": [media_id]}
        )
    )
    fine(await house.carol.post(f"/api/v1/statuses/{post_id}/favourite"))
    fine(await house.carol.post(f"/api/v1/statuses/{post_id}/bookmark"))
    row = await parts.db.one(post_by_id, id=post_id)
    assert row is not None
    before = files(house)
    gone = Gone([], [], {})
    await purge_one_post(parts, row, "order 12", gone)
    assert before
    assert files(house) == set()
    for table, column in (
        ("post", "id"), ("post_edit", "post_id"), ("post_attachment", "post_id"),
        ("reaction", "post_id"), ("bookmark", "post_id"), ("home_entry", "post_id"),
        ("notification", "post_id"), ("post_stats", "post_id"), ("idempotency", "post_id"),
    ):  # fmt: skip
        assert count(house, table, f"{column} = {post_id}") == 0, table
    assert count(house, "media", f"id = {media_id}") == 0
    assert {each.table for each in gone.rows} >= {"post", "post_edit", "media", "reaction"}
    made = await receipt(house, gone)
    assert made["counts"]["files"] == len(before)
    await check(parts, made)
    assert await left_of(parts, made) == []
    assert count(house, "activity", "type = 'PostDeleted'") == 1
    with pytest.raises(BadProof):
        await check(parts, made | {"reason": "another"})


async def test_a_receipt_names_what_is_there_all_the_same(house: House) -> None:
    parts = house.parts
    post_id, _ = await with_picture(house)
    row = await parts.db.one(post_by_id, id=post_id)
    assert row is not None
    gone = Gone([], [], {})
    await purge_one_post(parts, row, "order", gone)
    other = fine(await house.bob.post("/api/v1/statuses", {"status": "there"}))
    trace = next(each for each in gone.rows if each.table == "post")
    gone.rows.append(type(trace)("post", {"id": int(other["id"])}, "0" * 64))
    left = await left_of(parts, await receipt(house, gone))
    assert len(left) == 1
    assert other["id"] in left[0]


async def test_a_purged_file_goes_and_its_post_stays(house: House) -> None:
    post_id, media_id = await with_picture(house)
    gone = Gone([], [], {})
    await purge_one_file(house.parts, media_id, "order", gone)
    assert files(house) == set()
    shown = fine(await house.carol.get(f"/api/v1/statuses/{post_id}"))
    assert shown["media_attachments"] == []
    assert await left_of(house.parts, await receipt(house, gone)) == []
    with pytest.raises(CommandFailed, match="no media"):
        await purge_one_file(house.parts, media_id, "order", gone)


@pytest.mark.parametrize("local", [True, False])
async def test_a_purged_actor_leaves_an_empty_name(house: House, local: bool) -> None:
    parts = house.parts
    hers = fine(await house.carol.post("/api/v1/statuses", {"status": "hers"}))
    if local:
        who_id = house.ids["bob"]
        await with_picture(house)
        fine(await house.bob.post(f"/api/v1/statuses/{hers['id']}/favourite"))
        fine(await house.bob.post(f"/api/v1/accounts/{house.ids['carol']}/follow"))
    else:
        who_id = (await stranger(house)).id
        await parts.db.write(
            publish, parts.server,
            NewPost(author_id=who_id, content="<p>x</p>", uri="https://far.example/1"),
        )  # fmt: skip
    who = await parts.db.one(actor_by_id, id=who_id)
    assert who is not None
    gone = Gone([], [], {})
    await purge_one_actor(parts, who, "order 12", gone)
    for table, column in (
        ("post", "author_id"), ("account", "actor_id"), ("reaction", "actor_id"),
        ("media", "owner_id"), ("follow", "follower_id"), ("home_entry", "owner_id"),
    ):  # fmt: skip
        assert count(house, table, f"{column} = {who_id}") == 0, table
    left = await parts.db.one(actor_by_id, id=who_id)
    assert left is not None
    assert (left.name, left.summary, left.facets) == ("", "", None)
    assert left.deleted_at is not None
    if local:
        shown = fine(await house.carol.get(f"/api/v1/statuses/{hers['id']}"))
        assert shown["favourites_count"] == 0
        assert files(house) == set()
    made = await receipt(house, gone)
    await check(parts, made)
    assert await left_of(parts, made) == []
