"""``weft media hash``, as an operator runs it."""

from hashlib import sha256
from pathlib import Path

from tests.admin.conftest import Weft
from tests.media import films
from tests.media.pictures import encoded
from weft.media.likeness import likeness

A, B = "a" * 64, "b" * 64


def test_hashes_come_and_go(ready: Weft, tmp_path: Path) -> None:
    assert ready("media", "hash", "list").out == "The list is empty.\n"
    assert ready("media", "hash", "add", A, "--comment", "reported").out == "1 added.\n"
    assert ready("media", "hash", "add", A).out == "It was on the list already.\n"
    assert ready("media", "hash", "add", f"likeness:{B}").code == 0
    assert ready("media", "hash", "list").out == f"sha256:{A}  reported\nlikeness:{B}\n"
    assert ready("media", "hash", "remove", A).code == 0
    gone = ready("media", "hash", "remove", A)
    assert (gone.code, gone.err) == (1, "weft: it is not on the list\n")
    assert ready("media", "hash", "list").out == f"likeness:{B}\n"


def test_a_file_is_listed_to_the_byte_and_by_its_looks(ready: Weft, tmp_path: Path) -> None:
    image = films.picture(3, 600, 500)
    picture = tmp_path / "x.png"
    picture.write_bytes(encoded(image, "PNG"))
    assert ready("media", "hash", "add", "--file", str(picture)).out == "2 added.\n"
    digest = sha256(picture.read_bytes()).hexdigest()
    assert ready("media", "hash", "list").out.splitlines() == [
        f"sha256:{digest}",
        f"likeness:{likeness(image)}",
    ]


def test_a_list_is_imported_whole_or_not(ready: Weft, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(f'# a comment\n{A},2026,x\n\nlikeness:{B}\n"{A}"\n')
    assert ready("media", "hash", "import", str(file), "--comment", "a list").out == (
        "2 of 3 added; the others were on the list already.\n"
    )
    file.write_text(f"{'c' * 64}\nno hash\n")
    wrong = ready("media", "hash", "import", str(file))
    assert (wrong.code, "line 2:" in wrong.err) == (1, True)
    assert "c" * 64 not in ready("media", "hash", "list").out


def test_what_names_nothing_is_refused_with_a_sentence(ready: Weft, tmp_path: Path) -> None:
    for arguments, says in (
        (("add",), "name a hash, or a file"),
        (("add", A, "--file", "x"), "name a hash, or a file"),
        (("add", "abc"), "64 hexadecimal digits"),
        (("add", "--file", str(tmp_path / "none")), "there is no file"),
        (("import", str(tmp_path / "none")), "there is no file"),
    ):
        ran = ready("media", "hash", *arguments)
        assert ran.code == 1
        assert says in ran.err
