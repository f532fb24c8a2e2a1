"""Threads on other servers, for tests that walk them."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from tests.support.fediverse import Reply, Scene

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
AS = "https://www.w3.org/ns/activitystreams"
AUTHORS = {"a.example": "ann", "b.example": "ben", "c.example": "cleo"}
HOSTS = tuple(AUTHORS)


def address(host: str, name: object) -> str:
    return f"https://{host}/n/{name}"


def note(host: str, name: object, parent: str | None = None, **extra: Any) -> dict[str, Any]:
    """A post of the host's only person."""
    uri = address(host, name)
    return {
        "@context": AS,
        "id": uri,
        "type": "Note",
        "attributedTo": f"https://{host}/users/{AUTHORS.get(host, 'dora')}",
        "content": f"<p>Post {name}</p>",
        "published": "2026-01-02T03:04:05Z",
        "to": [PUBLIC],
        "cc": [],
        "inReplyTo": parent,
        "replies": f"{uri}/replies",
    } | extra


def collection(uri: str, items: Iterable[Any], **extra: Any) -> dict[str, Any]:
    return {"@context": AS, "id": uri, "type": "OrderedCollection",
            "orderedItems": list(items)} | extra  # fmt: skip


class Village:
    """The rest of the world, and lena who looks at it."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    async def serve(self, document: dict[str, Any], at: str | None = None) -> None:
        placed = await self.scene.place(document)
        url = await self.scene.place(at) if at is not None else placed["id"]
        self.scene.others.answer(url, Reply(body=json.dumps(placed).encode()))

    async def refuse(self, uri: str, status: int) -> None:
        self.scene.others.answer(await self.scene.place(uri), Reply(status=status))

    async def thread(self, parents: dict[int, int | None], hosts: dict[int, str]) -> None:
        """Posts by number, each with what it answers, and the collections of their replies."""
        answers: dict[int, list[int]] = {number: [] for number in parents}
        for number, parent in parents.items():
            if parent is not None:
                answers[parent].append(number)
        for number, parent in parents.items():
            above = None if parent is None else address(hosts[parent], parent)
            post = note(hosts[number], number, above)
            await self.serve(post)
            items = [address(hosts[each], each) for each in answers[number]]
            await self.serve(collection(post["replies"], items))

    async def deliver(self, post: dict[str, Any]) -> None:
        """Its author sends a post, and it is worked off."""
        activity = {"id": f"{post['id']}/a", "type": "Create", "actor": post["attributedTo"],
                    "object": post, "to": post["to"], "cc": post["cc"]}  # fmt: skip
        placed = await self.scene.place(activity)
        body = json.dumps(placed).encode()
        answer = await self.scene.deliver(placed["actor"], body, "/inbox")
        assert answer.status == 202, answer.text
        async with asyncio.timeout(20):
            while True:
                await asyncio.sleep(0.02)
                if await self.scene.parts.processor.settled():
                    return

    async def find(self, uri: str) -> str:
        """Lena searches for a post; its id here."""
        return await self._found(uri, "statuses")

    async def meet(self, uri: str) -> str:
        """Lena searches for an actor; its id here."""
        return await self._found(uri, "accounts")

    async def _found(self, uri: str, kind: str) -> str:
        placed = await self.scene.place(uri)
        answer = await self.scene.api.get("/api/v2/search", q=placed, resolve="true", type=kind)
        assert answer.status == 200, answer.text
        found: str = answer.json[kind][0]["id"]
        return found

    async def profile(self, account_id: str, **query: str) -> list[Any]:
        """Open a profile and wait until it was read; what it shows then."""
        path = f"/api/v1/accounts/{account_id}/statuses"
        first = await self.scene.api.get(path, limit="40")
        if header := first.headers.get("mastodon-async-refresh"):
            assert header == f'id="profile-{account_id}", retry=3, result_count=0'
            refresh = f"/api/v1_alpha/async_refreshes/profile-{account_id}"
            async with asyncio.timeout(30):
                while True:
                    answer = await self.scene.api.get(refresh)
                    if answer.json["async_refresh"]["status"] == "finished":
                        break
                    await asyncio.sleep(0.02)
        shown: list[Any] = (await self.scene.api.get(path, limit="40", **query)).json
        return shown

    async def context(self, status_id: str) -> Any:
        return await self.scene.api.get(f"/api/v1/statuses/{status_id}/context")

    async def walked(self, status_id: str) -> list[str]:
        """Open a post, wait until its thread is walked; the content of all that is shown then."""
        await self.context(status_id)
        async with asyncio.timeout(30):
            while True:
                answer = await self.context(status_id)
                assert answer.status == 200, answer.text
                if "mastodon-async-refresh" not in answer.headers:
                    break
                await asyncio.sleep(0.05)
        found = answer.json
        shown = [*found["ancestors"], *found["descendants"]]
        texts = [each["content"].strip() for each in shown]
        return [each.removeprefix("<p>Post ").removesuffix("</p>") for each in texts]

    def asked(self) -> Counter[str]:
        """Requests by host, by the name that the tests use. What software a host runs is asked
        beside all else, once for each host that spoke: it is left out."""
        names = {authority: host for host, authority in self.scene.others.hosts.items()}
        return Counter(
            names[urlsplit(url).netloc]
            for url in self.scene.others.asked
            if not url.endswith("/.well-known/nodeinfo")
        )

    async def asked_for(self, uri: str) -> int:
        return self.scene.others.asked.count(await self.scene.place(uri))
