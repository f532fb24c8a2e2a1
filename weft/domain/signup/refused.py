"""What is wrong with a sign-up, field by field."""

from enum import StrEnum

from msgspec import Struct


class Why(StrEnum):
    """The kinds that clients tell apart."""

    ACCEPTED = "ACCEPTED"
    BELOW_LIMIT = "BELOW_LIMIT"
    BLANK = "BLANK"
    BLOCKED = "BLOCKED"
    INVALID = "INVALID"
    RESERVED = "RESERVED"
    TAKEN = "TAKEN"
    TOO_LONG = "TOO_LONG"
    TOO_SHORT = "TOO_SHORT"


class Fault(Struct, frozen=True):
    """``field``: username, email, password, agreement, reason, date_of_birth or invite_code.
    ``text`` is a sentence."""

    field: str
    why: Why
    text: str


class SignUpRefused(Exception):
    """What was typed cannot be taken; nothing has changed."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(" ".join(each.text for each in faults))
        self.faults = faults


class SignUpClosed(Exception):
    """Nobody may join, or not this way; the sentence is for the person."""


class TooManySignUps(Exception):
    """The sentence is for the person; ``wait_s`` seconds are to be waited."""

    def __init__(self, wait_s: int) -> None:
        super().__init__("Too many accounts were opened from where you are: try again later.")
        self.wait_s = wait_s
