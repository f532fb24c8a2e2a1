"""The examination of a server that does not run: each finding says how to mend it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.admin.conftest import Weft


def findings(weft: Weft) -> dict[str, dict[str, Any]]:
    return {each["check"]: each for each in json.loads(weft("doctor", "--json").out)}


def test_a_server_that_is_set_up_but_does_not_run(ready: Weft) -> None:
    ran = ready("doctor")
    found = findings(ready)
    assert found["schema"]["state"] == "ok"
    assert found["key"]["state"] == "ok"
    assert found["database"]["state"] == "ok"
    assert found["server"]["state"] != "ok"
    assert "weft serve" in found["server"]["mend"]
    assert "weft serve" in ran.out


def test_before_the_first_actor_it_insists_on_the_domain(
    weft: Weft, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WEFT_DOMAIN")
    monkeypatch.delenv("WEFT_INSECURE_LOOPBACK")
    weft("setup")
    found = findings(weft)
    assert found["domain"]["state"] != "ok"
    assert "WEFT_DOMAIN" in found["domain"]["mend"] + found["domain"]["says"]


def test_a_key_of_another_database_is_found_out(ready: Weft, data: Path) -> None:
    key = data / "secret.key"
    key.write_bytes(bytes(reversed(key.read_bytes())))
    ran = ready("doctor")
    assert ran.code == 1
    assert findings(ready)["key"]["state"] == "broken"


def test_a_damaged_file_is_found_out(ready: Weft, data: Path) -> None:
    path = data / "weft.db"
    body = bytearray(path.read_bytes())
    middle = len(body) // 2 // 4096 * 4096
    body[middle : middle + 4096] = b"\xff" * 4096
    path.write_bytes(body)
    ran = ready("doctor")
    assert ran.code == 1
    assert "Traceback" not in ran.err
    found = findings(ready)
    assert "broken" in {found["database"]["state"], found["schema"]["state"]}


def test_a_newer_schema_is_not_touched(ready: Weft, data: Path) -> None:
    import apsw

    connection = apsw.Connection(str(data / "weft.db"))
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    for arguments in (("db", "migrate"), ("db", "check"), ("token", "create", "alice")):
        ran = ready(*arguments)
        assert ran.code == 1
        assert "newer" in ran.err
    assert findings(ready)["schema"]["state"] == "broken"
