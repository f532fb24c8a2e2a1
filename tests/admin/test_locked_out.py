"""Help for people who cannot get in, as an operator gives it."""

from pathlib import Path

from tests.admin.conftest import Weft
from tests.support.databases import sql


def rows(data: Path, statement: str) -> list[tuple[object, ...]]:
    return sql(f"sqlite:///{data / 'weft.db'}", statement)


def test_a_second_factor_is_taken_off_and_the_log_says_so(ready: Weft, data: Path) -> None:
    refused = ready("user", "reset-factor", "alice")
    assert refused.code == 1
    assert "no second factor" in refused.err
    rows(data, "UPDATE account SET totp_sealed = x'00', totp_step = 5, recovery_hashes = '[]'")
    done = ready("user", "reset-factor", "@alice@127.0.0.1:9999", "--reason", "called on the phone")
    assert done.code == 0, done.err
    assert rows(data, "SELECT totp_sealed, totp_step, recovery_hashes FROM account") == [
        (None, None, None)
    ]
    ((action, target, reason, who),) = rows(
        data, "SELECT action, target, reason, account_id FROM audit_log"
    )
    assert (action, target) == ("account.reset_factor", "alice@127.0.0.1:9999")
    assert (reason, who) == ("called on the phone", None)
    ((to, subject),) = rows(data, "SELECT recipient, subject FROM mail_letter")
    assert to == "alice@example.org"
    assert "second factor was taken off" in str(subject)


def test_a_link_for_a_new_password_is_printed_and_the_log_says_so(ready: Weft, data: Path) -> None:
    done = ready("user", "reset-password", "alice")
    assert done.code == 0, done.err
    assert done.out.startswith("http://127.0.0.1:9999/auth/password/edit?reset_password_token=")
    token = done.out.strip().rpartition("=")[2]
    ((token_hash, purpose),) = rows(data, "SELECT token_hash, purpose FROM mail_token")
    assert token not in str(token_hash)
    assert purpose == 1
    assert rows(data, "SELECT action FROM audit_log") == [("account.reset_password",)]


def test_nobody_of_that_name(ready: Weft) -> None:
    for command in ("reset-factor", "reset-password"):
        refused = ready("user", command, "nobody")
        assert refused.code == 1
        assert "there is no account nobody here" in refused.err
