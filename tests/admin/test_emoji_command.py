"""``weft emoji``, as an operator runs it."""

from pathlib import Path

from tests.admin.conftest import Weft
from tests.media.pictures import encoded, gradient


def test_emoji_come_and_go(ready: Weft, tmp_path: Path) -> None:
    picture = tmp_path / "tea.png"
    picture.write_bytes(encoded(gradient(64, 64), "PNG"))
    assert ready("emoji", "list").out == "There are no custom emoji.\n"
    assert ready("emoji", "add", ":tea:", str(picture), "--category", "Drinks").code == 0
    assert ready("emoji", "list").out == ":tea:  Drinks\n"
    assert ready("emoji", "remove", "tea").code == 0
    gone = ready("emoji", "remove", "tea")
    assert (gone.code, gone.err) == (1, "weft: there is no emoji tea\n")


def test_what_is_no_emoji_leaves_nothing(ready: Weft, tmp_path: Path, data: Path) -> None:
    picture = tmp_path / "tea.jpg"
    picture.write_bytes(encoded(gradient(64, 64), "JPEG"))
    for arguments, says in (
        (("tea", str(picture)), "PNG, GIF or WebP"),
        (("t-a", str(picture)), "shortcode"),
        (("tea", str(tmp_path / "none.png")), "no file"),
    ):
        ran = ready("emoji", "add", *arguments)
        assert ran.code == 1
        assert says in ran.err
    picture.write_bytes(encoded(gradient(64, 64), "PNG"))
    assert ready("emoji", "add", "tea", str(picture), "--category", "x" * 99).code == 1
    assert [each for each in (data / "media").rglob("*") if each.is_file()] == []
