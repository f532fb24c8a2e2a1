"""The shared data of the project: read from beside the repository, never copied into it."""

import os
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]


def shared(path: str) -> Path:
    """A file or folder under ``WEFT_SHARED`` (default: ``../shared``); skips the module without."""
    root = Path(os.environ.get("WEFT_SHARED", _ROOT.parent / "shared"))
    if not root.is_dir():
        pytest.skip(
            f"the shared data is not at {root}: set WEFT_SHARED to its folder",
            allow_module_level=True,
        )
    return root / path
