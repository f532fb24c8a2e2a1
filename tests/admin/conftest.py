"""Commands as an operator runs them: their output, their exit code, a data folder of their own."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from weft.admin.cli import main


class Ran(NamedTuple):
    code: int
    out: str
    err: str


Weft = Callable[..., Ran]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of a server with a domain; nothing is in it yet."""
    folder = tmp_path / "data of weft"
    monkeypatch.chdir(tmp_path)
    for name in ("WEFT_CONFIG", "WEFT_HOST", "WEFT_DATABASE_URL", "WEFT_BACKUP_PASSPHRASE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WEFT_DATA", str(folder))
    monkeypatch.setenv("WEFT_DOMAIN", "127.0.0.1:9999")
    monkeypatch.setenv("WEFT_INSECURE_LOOPBACK", "1")
    return folder


@pytest.fixture
def weft(data: Path, capsys: pytest.CaptureFixture[str]) -> Weft:
    """``weft("user", "create", …)``."""

    def run(*arguments: str) -> Ran:
        try:
            code = main(arguments)
        except SystemExit as ended:
            code = int(ended.code or 0)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run


@pytest.fixture
def ready(weft: Weft) -> Weft:
    """A server that is set up, with alice on it."""
    assert weft("setup").code == 0
    made = weft("user", "create", "alice", "--email", "alice@example.org",
                "--password", "a long enough secret", "--admin")  # fmt: skip
    assert made.code == 0, made.err
    return weft
