"""What became of an inbound activity, step by step: written by the processor, read by the inspector."""

from collections.abc import Sequence
from typing import TypeAlias

import msgspec
from msgspec import Struct

LONGEST = 1000
MOST = 40


class Step(Struct, frozen=True, omit_defaults=True):
    """``outcome``: ``passed``, ``put off``, or the end: ``done``, ``ignored``, ``refused``, ``failed``,
    ``quarantined``."""

    step: str
    """``signature``, ``proof``, ``origin``, ``policy``, ``handler``, ``look-up``, ``effect``, ``try`` or
    ``quarantine``."""
    outcome: str
    why: str = ""


Trail: TypeAlias = list[Step]
"""The steps of one try."""


class Verdicts(Struct, frozen=True):
    """The last word, and how it came to that."""

    outcome: str = ""
    why: str = ""
    steps: list[Step] = []


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Verdicts).decode


def written(earlier: Sequence[Step], trail: Trail, last: Step) -> str:
    """As JSON: of many tries the first few steps and the newest are kept."""
    last = Step(last.step, last.outcome, last.why[:LONGEST])
    steps = [*earlier, *trail, last]
    if len(steps) > MOST:
        steps = steps[: MOST // 2] + steps[-MOST // 2 :]
    return _encode(Verdicts(last.outcome, last.why, steps)).decode()


def read_verdicts(stored: str | None) -> Verdicts:
    """Those of an older release have no steps."""
    return _decode(stored) if stored else Verdicts()
