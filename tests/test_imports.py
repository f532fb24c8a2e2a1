"""What the server has in memory before anybody asked for anything."""

import json
import subprocess
import sys

import pytest

HEAVY = {
    "PIL",
    "alembic",
    "asyncpg",
    "av",
    "boto3",
    "botocore",
    "obstore",
    "pillow_heif",
    "pyld",
    "pywebpush",
    "webauthn",
}
"""Each costs megabytes and serves a feature that many servers never use: imported on first use,
or in a child process."""


def modules_after(statement: str) -> set[str]:
    """Top-level modules that a fresh interpreter holds after one statement."""
    code = (
        f"{statement}; import json, sys;"
        " print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("module", ["weft.app", "weft.admin.cli"])
def test_the_server_starts_without_heavy_modules(module: str) -> None:
    loaded = modules_after(f"import {module}")
    assert "weft" in loaded
    assert loaded & HEAVY == set()


def test_other_servers_are_answered_before_the_families_are_loaded() -> None:
    """The framework of the APIs and pages, and all that they are, take a second to import."""
    assert "litestar" not in modules_after("import weft.app, weft.web.serving")


def test_the_command_line_answers_without_loading_the_server() -> None:
    """`weft token create` and `--help` are typed by people, and run by scripts in loops."""
    assert modules_after("import weft.admin.cli") & {"litestar", "aiohttp", "uvicorn"} == set()
