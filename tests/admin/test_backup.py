"""Backup and restore as an operator does them; both databases are tried where they differ."""

import tarfile
from pathlib import Path

import pytest

from tests.admin.conftest import Weft

PASSPHRASE = "five words that nobody guesses"


@pytest.fixture(autouse=True)
def passphrase(tmp_path: Path) -> Path:
    """A file, because the variable is forgotten as soon as it is read."""
    file = tmp_path / "passphrase"
    file.write_text(PASSPHRASE + "\n")
    return file


@pytest.fixture
def backup(ready: Weft, tmp_path: Path, passphrase: Path) -> Path:
    ran = ready("backup", str(tmp_path), "--passphrase-file", str(passphrase))
    assert ran.code == 0, ran.err
    return Path(ran.out.strip())


def test_a_backup_is_private_and_holds_no_bare_key(backup: Path, data: Path) -> None:
    assert backup.stat().st_mode & 0o077 == 0
    key = (data / "secret.key").read_bytes()
    with tarfile.open(backup) as archive:
        for member in archive.getmembers():
            file = archive.extractfile(member)
            if file is not None:
                assert key not in file.read()


def test_a_restored_server_is_the_same_server(
    ready: Weft,
    backup: Path,
    passphrase: Path,
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    key = (data / "secret.key").read_bytes()
    elsewhere = tmp_path / "new machine"
    monkeypatch.setenv("WEFT_DATA", str(elsewhere))
    ran = ready("restore", str(backup), "--passphrase-file", str(passphrase))
    assert ran.code == 0, ran.err
    assert (elsewhere / "secret.key").read_bytes() == key
    assert ready("db", "check").code == 0
    assert ready("token", "create", "alice").code == 0
    again = ready("user", "create", "alice", "--email", "c@example.org", "--password", "x" * 20)
    assert "taken" in again.err


def test_a_restore_does_not_replace_a_server_unless_it_is_told_to(
    ready: Weft, backup: Path, passphrase: Path, data: Path
) -> None:
    ready("user", "create", "bob", "--email", "bob@example.org", "--password", "x" * 20)
    refused = ready("restore", str(backup), "--passphrase-file", str(passphrase))
    assert refused.code == 1
    assert "--force" in refused.err
    assert ready("token", "create", "bob").code == 0
    assert ready("restore", str(backup), "--force", "--passphrase-file", str(passphrase)).code == 0
    assert "no account bob" in ready("token", "create", "bob").err
    assert ready("token", "create", "alice").code == 0


def test_the_wrong_passphrase_changes_nothing(
    ready: Weft, backup: Path, passphrase: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "new machine"
    monkeypatch.setenv("WEFT_DATA", str(elsewhere))
    passphrase.write_text("something else altogether\n")
    ran = ready("restore", str(backup), "--passphrase-file", str(passphrase))
    assert ran.code == 1
    assert "passphrase" in ran.err
    assert not (elsewhere / "secret.key").exists()
    assert not (elsewhere / "weft.db").exists()


@pytest.mark.parametrize("where", [0.3, 0.6, 0.9])
def test_a_damaged_backup_is_found_out_before_anything_is_touched(
    ready: Weft,
    backup: Path,
    passphrase: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    where: float,
) -> None:
    body = bytearray(backup.read_bytes())
    body[int(len(body) * where)] ^= 0xFF
    damaged = tmp_path / "damaged.tar.gz"
    damaged.write_bytes(body)
    elsewhere = tmp_path / "new machine"
    monkeypatch.setenv("WEFT_DATA", str(elsewhere))
    ran = ready("restore", str(damaged), "--passphrase-file", str(passphrase))
    assert ran.code == 1
    assert "Traceback" not in ran.err
    assert not (elsewhere / "weft.db").exists()


def test_a_backup_never_overwrites(ready: Weft, backup: Path) -> None:
    before = backup.read_bytes()
    ran = ready("backup", str(backup))
    assert ran.code == 2
    assert "already" in ran.err
    assert backup.read_bytes() == before


def test_a_script_must_give_a_passphrase(
    ready: Weft, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WEFT_BACKUP_PASSPHRASE", raising=False)
    ran = ready("backup", str(tmp_path))
    assert ran.code != 0
    assert "passphrase" in ran.err
    assert not list(tmp_path.glob("*.tar.gz"))


def test_a_passphrase_in_a_variable(
    ready: Weft, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEFT_BACKUP_PASSPHRASE", PASSPHRASE)
    ran = ready("backup", str(tmp_path))
    assert ran.code == 0, ran.err
