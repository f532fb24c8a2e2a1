"""The fediverse pasture: inputs that others collected, and a verifier of actors that others wrote."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from tests.support.servers import free_port

FOLDER = Path(__file__).parent.parent / "peers" / "pasture"
PYTHON = FOLDER / ".venv" / "bin" / "python"
START_S = 60.0


@cache
def inputs() -> dict[str, Any]:
    """``{name: {"title": …, "examples": [parts of an object]}}``."""
    if not PYTHON.exists():
        return {}
    done = subprocess.run(
        [PYTHON, FOLDER / "peer.py", "inputs"], capture_output=True, check=True, timeout=120
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def must_be_installed() -> None:
    if not PYTHON.exists():
        pytest.fail("The pasture is not installed: run make setup, which needs the registries")


@contextmanager
def running_verifier(folder: Path) -> Iterator[int]:
    """Its port."""
    must_be_installed()
    port = free_port()
    with (folder / "verifier.log").open("wb") as log:
        process = subprocess.Popen(
            [PYTHON, FOLDER / "peer.py", "verify", str(port)], cwd=folder, stdout=log, stderr=log
        )
    try:
        until = time.monotonic() + START_S
        while True:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            try:
                connection.request("GET", "/static/styles.css")
                connection.getresponse().read()
                break
            except OSError:
                assert time.monotonic() < until, "the verifier did not start"
                assert process.poll() is None, "the verifier ended"
                time.sleep(0.1)
            finally:
                connection.close()
        yield port
    finally:
        process.terminate()
        process.wait(20)
