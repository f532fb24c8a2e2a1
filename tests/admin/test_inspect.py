"""``weft inspect`` and ``weft report`` on the terminal: tables, JSON, replay, and what they refuse."""

import json
from pathlib import Path

import apsw
import pytest

from tests.admin.conftest import Weft
from weft.admin.commands.inspect import INBOUND_STATES, OUTBOUND_STATES, read_when
from weft.admin.failure import CommandFailed
from weft.federation.inspector.records import STATES

HOUR_MS = 3_600_000
NOW_MS = 1_795_000_000_000


@pytest.fixture
def logged(ready: Weft, data: Path) -> Weft:
    """One activity that was ignored, and one of ours that one host refused."""
    connection = apsw.Connection(str(data / "weft.db"))
    verdicts = json.dumps(
        {
            "outcome": "ignored",
            "why": "Weft does nothing with Travel\x1b[2J",
            "steps": [{"step": "signature", "outcome": "passed"}],
        }
    )
    connection.execute(
        "INSERT INTO inbox_log (id, activity_uri, type, actor_uri, host, key_id, state, body,"
        " verdicts, received_at) VALUES (5, 'https://a.example/t/1', 'Travel',"
        " 'https://a.example/users/ann', 'a.example', 'https://a.example/users/ann#main-key', 3,"
        ' CAST(\'{"type":"Travel"}\' AS BLOB), ?, ?)',
        (verdicts, NOW_MS),
    )
    (alice,) = connection.execute("SELECT id FROM actor WHERE username = 'alice'").fetchall()[0]
    connection.execute(
        "INSERT INTO activity (id, uri, actor_id, type, event, visibility, created_at)"
        " VALUES (6, 'http://127.0.0.1:9999/ap/activities/6', ?, 'ProfileChanged', '{}', 0, ?)",
        (alice, NOW_MS),
    )
    connection.execute(
        "INSERT INTO delivery (activity_id, inbox, host, state, attempts, created_at) VALUES"
        " (6, 'https://b.example/inbox', 'b.example', 2, 1, 0)"
    )
    connection.execute(
        "INSERT INTO delivery_try (id, activity_id, host, inbox, outcome, status, scheme, took_ms,"
        " tried_at) VALUES (7, 6, 'b.example', 'https://b.example/inbox', 2, 403, 'cavage', 12, ?)",
        (NOW_MS,),
    )
    connection.close()
    return ready


def test_an_inbound_activity_is_shown_with_its_steps(logged: Weft) -> None:
    ran = logged("inspect", "inbound", "--state", "ignored", "--host", "A.example")
    assert ran.code == 0, ran.err
    assert "https://a.example/t/1" in ran.out
    assert "signature  passed" in ran.out
    assert "\x1b" not in ran.out
    assert logged("inspect", "inbound", "--type", "Create").out == "Nothing was found.\n"
    (told,) = json.loads(logged("inspect", "inbound", "5", "--json").out)
    assert (told["id"], told["state"], told["body"]) == ("5", "ignored", '{"type":"Travel"}')
    assert "Travel" in logged("inspect", "inbound", "--body").out


def test_an_outbound_activity_is_shown_with_its_tries(logged: Weft) -> None:
    ran = logged("inspect", "outbound", "--state", "given up")
    assert "given up   https://b.example/inbox" in ran.out
    assert "403 (cavage)  12 ms" in ran.out
    (told,) = json.loads(
        logged("inspect", "outbound", "--actor", "@alice@127.0.0.1:9999", "--json").out
    )
    assert told["destinations"][0]["tries"][0]["status"] == 403
    assert "deliveries given up  1" in logged("inspect", "host", "b.example").out
    assert "never heard of" in logged("inspect", "host", "c.example").out


def test_replay_puts_back_what_was_found(logged: Weft) -> None:
    ran = logged("inspect", "inbound", "--state", "ignored", "--replay")
    assert ran.err.startswith("1 will be applied again")
    (told,) = json.loads(logged("inspect", "inbound", "5", "--json").out)
    assert (told["state"], told["tries"]) == ("waiting", 1)
    assert "still waits" in logged("inspect", "inbound", "5", "--replay").err
    ran = logged("inspect", "outbound", "6", "--replay")
    assert ran.err.startswith("1 deliveries")
    assert "deliveries waiting   1" in logged("inspect", "host", "b.example").out


def test_an_object_is_shown_with_what_named_it(logged: Weft) -> None:
    ran = logged("inspect", "object", "@alice@127.0.0.1:9999")
    assert ran.code == 0
    assert "actor" in ran.out


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("inbound", "--since", "yesterday"), 2, "is no time"),
        (("inbound", "--limit", "0"), 2, "--limit"),
        (("outbound", "--limit", "100000"), 2, "--limit"),
        (("inbound", "--actor", "@nobody@a.example"), 1, "nobody is known"),
        (("object", "https://a.example/never"), 1, "weft fetch"),
        (("inbound", "--state", "lost"), 2, "lost"),
    ],
)
def test_what_is_wrong_is_said(
    ready: Weft, arguments: tuple[str, ...], code: int, says: str
) -> None:
    ran = ready("inspect", *arguments)
    assert ran.code == code
    assert says in ran.err


def test_times() -> None:
    assert read_when("2h", NOW_MS) == NOW_MS - 2 * HOUR_MS
    assert read_when("3d", NOW_MS) == NOW_MS - 72 * HOUR_MS
    assert read_when("2026-11-23T18:00", NOW_MS) == 1_795_456_800_000
    assert read_when("2026-11-23T18:00+01:00", NOW_MS) == 1_795_453_200_000
    with pytest.raises(CommandFailed):
        read_when("99999999h", NOW_MS)


def test_the_states_are_those_of_the_log() -> None:
    assert INBOUND_STATES == STATES
    assert set(OUTBOUND_STATES) == {"waiting", "delivered", "not sent", "given up"}


def test_reports_are_listed_resolved_and_put_back(ready: Weft, data: Path) -> None:
    assert ready("report", "list").out == "There are no such reports.\n"
    connection = apsw.Connection(str(data / "weft.db"))
    (alice,) = connection.execute("SELECT id FROM actor WHERE username = 'alice'").fetchall()[0]
    connection.execute(
        "INSERT INTO report (id, reporter_id, target_id, category, comment, created_at)"
        " VALUES (3, ?, ?, 'spam', 'again and again', 0)",
        (alice, alice),
    )
    connection.close()
    assert "again and again" in ready("report", "list").out
    assert ready("report", "resolve", "3").code == 0
    assert ready("report", "list", "--json").out.strip() == "[]"
    assert "again and again" in ready("report", "list", "--resolved").out
    assert ready("report", "reopen", "3").code == 0
    assert ready("report", "resolve", "4").code == 1
