"""Who loads a server while it is killed, and what they were promised."""

import asyncio
import itertools
import json
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.support.fediverse import OtherServers, key_pair
from tests.support.servers import WeftServer
from weft.protocol.signatures.cavage import sign_post_cavage

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
AGAIN_S = 0.02


@dataclass(slots=True)
class Ledger:
    """What was acknowledged: ids of notes that got a 202, and posts by their key that got a 200."""

    accepted: set[str] = field(default_factory=set)
    posted: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    """Answers that nobody expected."""


class Load:
    """Senders and apps that never give up until they are told to stop."""

    def __init__(self, server: WeftServer, others: OtherServers, host: str, lena: str) -> None:
        self._server, self._others, self._host, self._lena = server, others, host, lena
        self._numbers = itertools.count(1)
        self._stop = asyncio.Event()
        self.ledger = Ledger()

    def stop(self) -> None:
        self._stop.set()

    def author(self, name: str) -> str:
        return f"http://{self._host}/users/{name}"

    async def signed(
        self, session: aiohttp.ClientSession, name: str, activity: dict[str, Any]
    ) -> int | None:
        """The status of one POST to the shared inbox; None if the server was not there."""
        import time

        body = json.dumps(activity).encode()
        headers = sign_post_cavage(
            f"{self._server.origin}/inbox",
            body,
            f"{self.author(name)}#main-key",
            key_pair(name)[0],
            int(time.time()),
        )
        try:
            async with session.post(
                f"{self._server.origin}/inbox", data=body, headers=headers
            ) as answer:
                await answer.read()
                return answer.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None

    async def send_notes(self, name: str) -> None:
        """One remote author: the same activity again until it is accepted."""
        async with _session() as session:
            while not self._stop.is_set():
                number = next(self._numbers)
                note = f"{self.author(name)}/n/{number}"
                activity = self._create(name, note, number)
                while True:
                    status = await self.signed(session, name, activity)
                    if status == 202:
                        self.ledger.accepted.add(note)
                        break
                    if status is not None:
                        self.ledger.refused.append(f"{note}: {status}")
                        break
                    if self._stop.is_set():
                        return
                    await asyncio.sleep(AGAIN_S)

    def _create(self, name: str, note: str, number: int) -> dict[str, Any]:
        from datetime import UTC, datetime

        author = self.author(name)
        return {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": f"{note}/create",
            "type": "Create",
            "actor": author,
            "to": [PUBLIC],
            "object": {
                "id": note,
                "type": "Note",
                "attributedTo": author,
                "content": f"<p>Note {number}</p>",
                "published": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "to": [PUBLIC],
                "cc": [f"{author}/followers"],
                "tag": [{"type": "Mention", "href": self._lena, "name": "@lena"}],
            },
        }

    async def post(self, who: str, token: str) -> None:
        """One app: the same request with the same key again until it is answered."""
        async with _session() as session:
            for number in itertools.count(1):
                if self._stop.is_set():
                    return
                key = f"{who}-{number}"
                while not await self._posted(session, token, key):
                    if self._stop.is_set():
                        return
                    await asyncio.sleep(AGAIN_S)

    async def _posted(self, session: aiohttp.ClientSession, token: str, key: str) -> bool:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
        try:
            async with session.post(
                f"{self._server.origin}/api/v1/statuses",
                json={"status": f"Post {key}"},
                headers=headers,
            ) as answer:
                body = await answer.json()
                if answer.status == 200:
                    self.ledger.posted[key] = body["id"]
                    return True
                self.ledger.refused.append(f"{key}: {answer.status} {body}")
                return True
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return False


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15))
