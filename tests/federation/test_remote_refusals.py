"""Pictures of other servers that may not be kept here."""

from hashlib import sha256

import apsw
import pytest

from tests.federation.test_remote_pictures import look, served
from tests.media import films
from tests.media.pictures import animation, encoded
from tests.support.fediverse import Scene
from weft.domain.media.hashes import add_hashes
from weft.media.likeness import likeness

SHAPES = films.picture(5, 900, 700)
PICTURE = encoded(SHAPES, "PNG")


@pytest.mark.parametrize("by", ["sha256", "likeness"])
async def test_a_listed_picture_of_another_server_is_neither_kept_nor_shown(
    stage: Scene, by: str
) -> None:
    body = encoded(SHAPES.resize((450, 350)), "JPEG") if by == "likeness" else PICTURE
    value = sha256(body).hexdigest() if by == "sha256" else likeness(SHAPES)
    await stage.parts.db.write(add_hashes, [(by, value)], "the list", 0)
    url = await served(stage, "https://a.example/pictures/1.png", body)
    fine = await served(stage, "https://a.example/pictures/2.png", animation("GIF"))
    for _ in range(3):
        answer = await look(stage, url)
        assert (answer.status, answer.text) == (404, "This picture is not shown here.")
    assert stage.others.asked.count(url) == 1
    assert (await look(stage, fine)).status == 200
    folder = stage.parts.settings.data / "media"
    assert [path.suffix for path in folder.rglob("*") if path.is_file()] == [".gif"]
    connection = apsw.Connection(str(stage.parts.settings.sqlite_path))
    found = list(connection.execute("SELECT target_id, target FROM audit_log"))
    connection.close()
    assert found == [(None, f"{by}:{value}")]
