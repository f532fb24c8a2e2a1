"""``weft announce``, as an operator runs it."""

from tests.admin.conftest import Weft


def test_announcements_come_and_go(ready: Weft) -> None:
    assert ready("announce", "list").out == "There are no announcements.\n"
    made = ready("announce", "create", "Tea at five", "--ends", "2199-01-01T18:00+02:00")
    assert made.code == 0
    listed = ready("announce", "list").out
    assert listed.startswith(made.out.strip())
    assert listed.endswith("until 2199-01-01 16:00 UTC\n    Tea at five\n")
    assert ready("announce", "delete", made.out.strip()).code == 0
    gone = ready("announce", "delete", made.out.strip())
    assert (gone.code, "no announcement" in gone.err) == (1, True)


def test_what_cannot_be_announced(ready: Weft) -> None:
    assert ready("announce", "create", " ").err == "weft: An announcement needs a text.\n"
    assert ready("announce", "create", "x", "--ends", "2001-01-01").code == 1
    assert ready("announce", "create", "x", "--ends", "tomorrow").code == 2
