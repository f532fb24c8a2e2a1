"""A server on Fedify: real HTTP, real signatures, none of our code."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from tests.support.node import node

FOLDER = Path(__file__).parent.parent / "peers" / "fedify"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
CONTEXT = [
    "https://www.w3.org/ns/activitystreams",
    "https://w3id.org/security/v1",
    "https://w3id.org/security/data-integrity/v1",
    {
        "toot": "http://joinmastodon.org/ns#",
        "sensitive": "as:sensitive",
        "Hashtag": "as:Hashtag",
        "votersCount": "toot:votersCount",
        "litepub": "http://litepub.social/ns#",
        "EmojiReact": "litepub:EmojiReact",
        "quote": {"@id": "https://w3id.org/fep/044f#quote", "@type": "@id"},
        "QuoteRequest": "https://w3id.org/fep/044f#QuoteRequest",
        "movedTo": {"@id": "as:movedTo", "@type": "@id"},
    },
]


class Fedify:
    """The peer and its one actor, ``fed``."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.domain = f"127.0.0.1:{port}"
        self.origin = f"http://{self.domain}"
        self.actor = f"{self.origin}/users/fed"
        self._number = 0

    @property
    def handle(self) -> str:
        return f"@fed@{self.domain}"

    def control(self, name: str, **values: Any) -> Any:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            headers = {"Host": self.domain, "Content-Type": "application/json"}
            connection.request("POST", f"/control/{name}", json.dumps(values), headers)
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        assert response.status == 200, answer
        return answer

    def new_id(self, kind: str = "activities") -> str:
        self._number += 1
        return f"{self.origin}/{kind}/{self._number}"

    def note(self, **extra: Any) -> dict[str, Any]:
        """A note, which is served at its id as well."""
        note = {
            "@context": CONTEXT,
            "id": self.new_id("objects"),
            "type": "Note",
            "attributedTo": self.actor,
            "content": "<p>From another server</p>",
            "to": [PUBLIC],
            "cc": [f"{self.actor}/followers"],
        } | extra
        self.control("serve", object=note)
        return note

    def send(
        self, recipient: dict[str, Any], type_: str, object_: Any, **extra: Any
    ) -> dict[str, Any]:
        """Deliver an activity; ``recipient`` is the actor's document."""
        activity = {
            "@context": CONTEXT,
            "id": self.new_id(),
            "type": type_,
            "actor": self.actor,
            "object": object_,
        } | extra
        self.control("send", actor=recipient["id"], inbox=recipient["inbox"], activity=activity)
        return activity

    @property
    def received(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.control("received")["received"]
        return found

    def got(self, type_: str, fits: Callable[[dict[str, Any]], bool] = lambda _: True) -> Any:
        """The newest activity of a type that fits, or None."""
        found = [each for each in self.received if each["type"] == type_ and fits(each)]
        return found[-1] if found else None


@contextmanager
def running_fedify(*, secure: bool = False, first_knock: str | None = None) -> Iterator[Fedify]:
    """Start it on a free port, stop it at the end."""
    command = [node(FOLDER), "peer.mjs"]
    if secure:
        command.append("--secure")
    if first_knock is not None:
        command += ["--first-knock", first_knock]
    process = subprocess.Popen(command, cwd=FOLDER, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        ready = process.stdout.readline().split()
        assert ready[:1] == ["ready"], "the Fedify peer did not start"
        yield Fedify(int(ready[1]))
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()
