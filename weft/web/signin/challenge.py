"""A small hurdle before a form costs anything, for which no script and no other service is needed.

The form holds a token of ours that says when it was made; from its random part follows a question in
words. Whoever sends the form must have taken a few seconds over it, answer the question and leave a
field empty that people do not see. A token is good once, for two hours.
"""

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Callable
from hmac import compare_digest, digest

from msgspec import Struct

LEAST_MS = 3_000
MOST_MS = 2 * 3_600_000
KEPT = 20_000
TRAP = "homepage"
"""The field that only programs fill in."""

_NUMBERS = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
)  # fmt: skip
_WORDS = (
    "anchor", "basket", "candle", "dragon", "engine", "forest", "garden", "harbour", "island",
    "jacket", "kettle", "ladder", "meadow", "needle", "orchard", "pepper", "quarry", "ribbon",
    "saddle", "thread", "valley", "window",
)  # fmt: skip


class Challenge(Struct, frozen=True):
    token: str
    question: str


class ChallengeFailed(Exception):
    """The sentence is for the person at the form."""


class Challenges:
    """Makes forms' tokens, and looks at what comes back."""

    def __init__(self, key: bytes, now_ms: Callable[[], int]) -> None:
        self._key, self._now_ms = key, now_ms
        self._used: OrderedDict[str, None] = OrderedDict()

    def new(self) -> Challenge:
        nonce, made_at = secrets.token_hex(12), self._now_ms()
        token = f"{made_at}.{nonce}.{self._mac(f'{made_at}.{nonce}')}"
        return Challenge(token, self._question(nonce)[0])

    def check(self, token: str, answer: str) -> None:
        """Use a token up.

        Raises:
            ChallengeFailed: and the form needs a new token.
        """
        signed, _, mac = token.rpartition(".")
        made_at, _, nonce = signed.partition(".")
        if not compare_digest(mac.encode(), self._mac(signed).encode()):
            raise ChallengeFailed("This form is not one of ours, or too old: send it once more.")
        age = self._now_ms() - int(made_at)
        if age > MOST_MS or nonce in self._used:
            raise ChallengeFailed("This form is too old, or was sent before: send it once more.")
        if age < LEAST_MS:
            raise ChallengeFailed("That was very fast. Take a few seconds, and send it once more.")
        self._used[nonce] = None
        if len(self._used) > KEPT:
            self._used.popitem(last=False)
        if " ".join(answer.casefold().split()).rstrip(".") not in self._question(nonce)[1]:
            raise ChallengeFailed("The answer to the question is wrong: here is another one.")

    def _question(self, nonce: str) -> tuple[str, frozenset[str]]:
        """A question, and what is right."""
        seed = hashlib.sha256(self._key + nonce.encode()).digest()
        match seed[0] % 3:
            case 0:
                first, second = seed[1] % 12, seed[2] % 12
                total = first + second + 2
                right = {str(total)} | ({_NUMBERS[total - 1]} if total <= 12 else set())
                return f"What is {_NUMBERS[first]} plus {_NUMBERS[second]}?", frozenset(right)
            case 1:
                picked = self._pick(seed, 4)
                place = seed[20] % 4
                ordinal = ("first", "second", "third", "last")[place]
                listed = f"{', '.join(picked[:3])} and {picked[3]}"
                return f"What is the {ordinal} of these words: {listed}?", frozenset(
                    {picked[place]}
                )
            case _:
                (word,) = self._pick(seed, 1)
                number = len(word)
                return (
                    f"How many letters are in the word “{word}”?",
                    frozenset({str(number), _NUMBERS[number - 1]}),
                )

    @staticmethod
    def _pick(seed: bytes, many: int) -> list[str]:
        left = list(_WORDS)
        return [left.pop(seed[3 + at] % len(left)) for at in range(many)]

    def _mac(self, text: str) -> str:
        return digest(self._key, text.encode(), "sha256").hex()[:40]
