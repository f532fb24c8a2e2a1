"""What may not be kept: files on the list, to the byte or by their looks, and others' checks."""

import io
import sys
import threading
from hashlib import sha256
from pathlib import Path

import apsw
import pytest
from PIL import Image

from tests.media import films
from tests.media.conftest import Rig
from tests.media.pictures import encoded, gradient
from weft.domain.media.facets import media_facets
from weft.domain.media.hashes import add_hashes
from weft.domain.media.records import MediaState
from weft.domain.posts.lists import media_by_id
from weft.media import gate as gates
from weft.media.errors import NotChecked
from weft.media.gate import Candidate, Gate, Matched, NamedCheck, installed_checks
from weft.media.likeness import NEAR, differing, likeness

OWNER = 7
SHAPES = films.picture(5, 900, 700)
PICTURE = encoded(SHAPES, "PNG")


async def listed(rig: Rig, *hashes: tuple[str, str]) -> None:
    await rig.db.write(add_hashes, hashes, "the list", 0)


async def audit(rig: Rig) -> list[tuple[object, ...]]:
    connection = apsw.Connection(str(rig.folder.parent / "weft.db"))
    try:
        return list(connection.execute("SELECT target_id, target, reason FROM audit_log"))
    finally:
        connection.close()


async def matched(rig: Rig, content: bytes) -> None:
    with pytest.raises(Matched, match="may not be shared here"):
        await rig.intake.accept(OWNER, io.BytesIO(content))
    assert rig.files() == []
    assert rig.leftovers() == []


@pytest.mark.parametrize("content", [PICTURE, films.film(seconds=0.2)], ids=["picture", "video"])
async def test_a_file_on_the_list_is_refused_and_written_down(rig: Rig, content: bytes) -> None:
    value = sha256(content).hexdigest()
    await listed(rig, ("sha256", value))
    await matched(rig, content)
    assert await audit(rig) == [(OWNER, f"sha256:{value}", "the list")]


async def test_a_picture_on_the_list_is_refused_in_any_size_and_form(rig: Rig) -> None:
    value = likeness(SHAPES)
    await listed(rig, ("likeness", value))
    for content in (
        PICTURE,
        encoded(SHAPES.resize((450, 350)), "JPEG", quality=50),
        encoded(SHAPES.resize((300, 240)), "WEBP"),
        encoded(SHAPES.convert("L"), "PNG"),
    ):
        await matched(rig, content)
    assert {row[1] for row in await audit(rig)} == {f"likeness:{value}"}
    await rig.intake.accept(OWNER, io.BytesIO(encoded(films.picture(90, 700, 900), "PNG")))
    with pytest.raises(Matched):
        await rig.intake.accept_poster(io.BytesIO(PICTURE), OWNER)
    with pytest.raises(Matched):
        await rig.intake.accept_emoji(io.BytesIO(encoded(SHAPES.resize((200, 156)), "PNG")))


async def test_a_video_whose_poster_is_on_the_list_is_not_kept(rig: Rig) -> None:
    await listed(rig, ("likeness", likeness(films.picture(5, 320, 240))))
    content = films.film("mp4", "libx264", None, first=5, seconds=0.04)
    media_id = await rig.intake.accept(OWNER, io.BytesIO(content))
    await rig.worker.run_waiting()
    await rig.intake.close()
    row = await rig.db.one(media_by_id, id=media_id)
    assert row is not None
    assert row.state == MediaState.FAILED
    assert "may not be shared" in (media_facets(row.facets).error or "")
    assert rig.files() == []
    assert len(await audit(rig)) == 1


def test_plain_pictures_and_gradients_have_no_likeness() -> None:
    """They are like thousands of others."""
    for image in (Image.new("RGB", (100, 100), "red"), Image.linear_gradient("L"), gradient()):
        assert likeness(image) == ""
    bits = [int(likeness(films.picture(n, 900, 700).rotate(n)), 16) for n in (5, 40, 170)]
    assert all(
        differing(one, other) > 2 * NEAR for one in bits for other in bits if one is not other
    )


async def test_a_third_party_can_refuse_a_file(rig: Rig) -> None:
    seen: list[Candidate] = []

    def check(candidate: Candidate) -> str | None:
        assert candidate.path.read_bytes() in (PICTURE, FILM)
        seen.append(candidate)
        return "it is blue" if candidate.content_type == "image/png" else None

    FILM = films.film(seconds=0.2)
    rig.intake._gate = Gate(rig.db, [NamedCheck("blue", check)])
    await matched(rig, PICTURE)
    assert await audit(rig) == [(OWNER, "check:blue", "it is blue")]
    await rig.intake.accept(OWNER, io.BytesIO(FILM))
    assert [each.owner_id for each in seen] == [OWNER, OWNER]
    assert seen[0].sha256 == sha256(PICTURE).hexdigest()
    assert differing(int(seen[0].likeness or "", 16), int(likeness(SHAPES), 16)) <= NEAR


async def test_while_a_check_fails_nothing_is_taken(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Candidate) -> str | None:
        raise OSError("no connection")

    given_up = threading.Event()

    def slow(_: Candidate) -> str | None:
        assert given_up.wait(60), "it was waited for"
        return None

    monkeypatch.setattr(gates, "CHECK_S", 0.05)
    try:
        for check in (broken, slow):
            rig.intake._gate = Gate(rig.db, [NamedCheck("x", check)])
            with pytest.raises(NotChecked, match="cannot be checked now"):
                await rig.intake.accept(OWNER, io.BytesIO(PICTURE))
    finally:
        given_up.set()
    assert rig.files() == []


def test_a_check_is_found_by_its_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ours_check.py").write_text("def check(candidate):\n    return 'no'\n")
    info = tmp_path / "ours_check-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ours-check\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[weft.media_check]\nours = ours_check:check\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    [found] = installed_checks()
    assert found.name == "ours"
    assert found.check(None) == "no"  # type: ignore[arg-type]
    sys.modules.pop("ours_check", None)
