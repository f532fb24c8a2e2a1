"""What a person does in an application, whichever it is."""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.pair import until
from tests.support.push import Reader
from tests.support.servers import Browser, WeftServer

Seen = dict[str, Any]
SCOPES = "read write follow push"


class Attached(NamedTuple):
    """A file on disk, and the words for who does not see it."""

    path: Path
    content_type: str
    description: str


class Ear(ABC):
    """A stream of events, open."""

    @abstractmethod
    def next(self, event: str) -> Any:
        """The payload of the next event of this name; others are passed over."""


class App(ABC):
    """A program on one person's account."""

    program: str
    filters = streams = push = True
    """What the program offers."""

    def __init__(self, server: WeftServer, person: str) -> None:
        self.server, self.person = server, person

    @property
    def handle(self) -> str:
        return f"@{self.person}@{self.server.domain}"

    @abstractmethod
    def sign_in(self) -> None:
        """Through OAuth, with a browser."""

    @abstractmethod
    def post(
        self,
        text: str,
        *,
        answers: str | None = None,
        file: Attached | None = None,
        poll: Sequence[str] = (),
    ) -> Seen: ...

    @abstractmethod
    def status(self, id_: str) -> Seen: ...

    @abstractmethod
    def home(self) -> list[Seen]: ...

    @abstractmethod
    def notifications(self) -> list[Seen]: ...

    @abstractmethod
    def follow(self, handle: str) -> None:
        """Look the account up on its server, and follow it."""

    @abstractmethod
    def favourite(self, id_: str) -> None: ...

    @abstractmethod
    def boost(self, id_: str) -> None: ...

    @abstractmethod
    def vote(self, poll_id: str, choice: int) -> None: ...

    @abstractmethod
    def search(self, words: str) -> list[Seen]:
        """Statuses."""

    @abstractmethod
    def make_list(self, title: str, handle: str) -> None: ...

    @abstractmethod
    def listed(self, title: str) -> list[Seen]:
        """The timeline of a list."""

    @abstractmethod
    def delete(self, id_: str) -> None: ...

    def hide(self, word: str) -> None:
        """Filter a word out of the home timeline."""
        raise NotImplementedError(f"{self.program} has no filters")

    def hear(self) -> AbstractContextManager[Ear]:
        """The person's own stream, from when the server has let it in."""
        raise NotImplementedError(f"{self.program} has no streams")

    def be_pushed(self, endpoint: str, reader: Reader) -> None:
        """Subscribe to mentions."""
        raise NotImplementedError(f"{self.program} has no push")

    def close(self) -> None:  # noqa: B027  most end by themselves
        """The program ends."""

    def in_home(self, words: str) -> Seen:
        """The status with these words, once it is in the home timeline."""
        return until(lambda: next((each for each in self.home() if words in each["content"]), None))

    def told(self, kind: str, by: "App") -> Seen:
        """A notification of this kind by somebody, once it is there."""
        return until(
            lambda: next(
                (
                    each
                    for each in self.notifications()
                    if each["type"] == kind and each["account"]["acct"] == by.handle[1:]
                ),
                None,
            )
        )


def allowed_code(server: WeftServer, person: str, address: str) -> str:
    """What a person does with an address of ``/oauth/authorize``; the code that is shown."""
    browser = Browser(server)
    browser.sign_in(person)
    consent = browser.open(address)
    shown = browser.submit(consent, {"decision": "allow"})
    code = re.search(r'id="code"[^>]*value="([^"]+)"', shown.text)
    assert code is not None, shown.text
    return code[1]
