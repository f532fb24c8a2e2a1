"""The command line: what it prints, what it refuses, and that scripts can rely on it."""

import stat
from pathlib import Path

import pytest

from tests.admin.conftest import Weft
from weft.admin.commands.accounts import FAMILIES
from weft.domain.accounts.secrets import TOKEN_PREFIXES


def test_setup_makes_key_and_database_and_prints_the_link_alone(weft: Weft, data: Path) -> None:
    ran = weft("setup")
    assert ran.code == 0
    assert ran.out.startswith("http://127.0.0.1:9999/setup?token=")
    assert ran.out.count("\n") == 1
    assert stat.S_IMODE((data / "secret.key").stat().st_mode) == 0o600
    assert (data / "weft.db").is_file()


def test_setup_again_gives_a_new_link_and_keeps_the_key(weft: Weft, data: Path) -> None:
    first = weft("setup").out
    key = (data / "secret.key").read_bytes()
    assert weft("setup").out != first
    assert (data / "secret.key").read_bytes() == key


def test_a_token_is_printed_alone(ready: Weft) -> None:
    ran = ready("token", "create", "alice", "--scopes", "read write follow push")
    assert ran.code == 0
    assert ran.out.strip().startswith(TOKEN_PREFIXES["mastodon"])
    assert ran.out.count("\n") == 1
    assert " " not in ran.out


def test_the_families_of_tokens_are_those_that_the_domain_knows() -> None:
    assert set(FAMILIES) <= set(TOKEN_PREFIXES)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("user", "create", "alice", "--email", "b@example.org", "--password", "x" * 20), 1, "taken"),
        (("user", "create", "bob", "--email", "alice@example.org", "--password", "x" * 20), 1, "taken"),
        (("user", "create", "bob", "--email", "nowhere", "--password", "x" * 20), 2, "e-mail"),
        (("user", "create", "bob", "--email", "b@example.org", "--password", "short"), 1, "password"),
        (("user", "create", "b b", "--email", "b@example.org", "--password", "x" * 20), 1, "name"),
        (("token", "create", "nobody"), 1, "no account nobody"),
        (("token", "create", "alice", "--scopes", "read everything"), 2, "everything"),
        (("token", "create", "alice", "--scopes", ""), 2, "empty"),
        (("serve", "--port", "70000"), 2, "port"),
        (("restore", "missing.tar.gz"), 2, "missing.tar.gz"),
        (("fetch", ""), 2, "handle"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_sentence(
    ready: Weft, arguments: tuple[str, ...], code: int, says: str
) -> None:
    ran = ready(*arguments)
    assert ran.code == code
    assert says in ran.err
    assert "Traceback" not in ran.err
    assert ran.out == ""


def test_commands_on_a_missing_database_say_what_to_do(weft: Weft) -> None:
    for arguments in (("db", "check"), ("token", "create", "alice"), ("serve", "--port", "9")):
        ran = weft(*arguments)
        assert ran.code == 1
        assert "weft" in ran.err


def test_migrate_can_be_repeated_and_check_agrees(weft: Weft) -> None:
    assert weft("db", "migrate").out == "The schema is up to date.\n"
    assert weft("db", "migrate").out == "The schema is up to date.\n"
    assert weft("db", "check").code == 0


def test_the_domain_is_fixed_by_the_first_account(
    ready: Weft, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEFT_DOMAIN", "127.0.0.1:9998")
    ran = ready("token", "create", "alice")
    assert ran.code == 1
    assert "127.0.0.1:9999" in ran.err


def test_another_key_is_not_accepted(ready: Weft, data: Path, tmp_path: Path) -> None:
    key = data / "secret.key"
    key.rename(tmp_path / "kept")
    assert ready("token", "create", "alice").code == 1
    assert not key.exists()
    key.write_bytes(b"\0" * len((tmp_path / "kept").read_bytes()))
    ran = ready("token", "create", "alice")
    assert ran.code == 1
    assert "key" in ran.err


def test_a_wrong_setting_stops_every_command_with_its_name(
    weft: Weft, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEFT_POST_LENGTH", "many")
    ran = weft("db", "check")
    assert ran.code == 2
    assert "WEFT_POST_LENGTH" in ran.err


def test_routes_names_every_family_and_the_collisions(weft: Weft) -> None:
    ran = weft("routes")
    assert ran.code == 0
    assert "mastodon:" in ran.out
    assert "  POST   /api/v1/statuses\n" in ran.out
    assert "collisions:" in ran.out
    assert "/api/v1/accounts" in ran.out
