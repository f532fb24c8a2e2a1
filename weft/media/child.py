"""What the processes that decode uploads share: what they give up first, and how they answer."""

import ctypes
import json
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

OPEN_FILES = 32
_PARENT_DEATH = 1
_KILL = 9


class Refused(Exception):
    """The message is a code that the parent has a sentence for."""


def give_up_rights(*, address_space_bytes: int, cpu_s: int, written_bytes: int) -> None:
    """Bound what this process can take, for good."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    resource.setrlimit(resource.RLIMIT_FSIZE, (written_bytes, written_bytes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    if sys.platform == "linux":
        # Elsewhere the address space cannot be bounded.
        resource.setrlimit(resource.RLIMIT_AS, (address_space_bytes, address_space_bytes))
        # Nobody waits for the answer of a child whose server was killed.
        ctypes.CDLL(None).prctl(_PARENT_DEATH, _KILL)
    os.nice(5)


def answer(work: Callable[[BinaryIO], dict[str, Any]]) -> None:
    """Work on standard input and write the report."""
    with open(0, "rb", closefd=False) as source:
        try:
            report = work(source)
        except Refused as refused:
            report = {"refused": str(refused)}
        except MemoryError:
            report = {"refused": "too much memory"}
        except Exception:  # Decoders raise whatever they like.
            report = {"refused": "broken"}
    Path("report").write_text(json.dumps(report))
