"""The demo speaks to its servers as any app would: through the Mastodon API."""

import asyncio
from types import TracebackType
from typing import Any

import aiohttp

TRY_S = 20.0


class DemoFailed(Exception):
    """The sentence is for the person who started the demo."""


class Client:
    """One person's app."""

    def __init__(self, origin: str, address: str, token: str) -> None:
        """``address``: where the server listens, whatever its name resolves to here."""
        self._session = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {token}", "Host": origin.partition("//")[2]}
        )
        self._address = address

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def call(self, method: str, path: str, **arguments: Any) -> Any:
        """One call; ``json``, ``params`` and ``data`` as for aiohttp.

        Raises:
            DemoFailed: the server refused.
        """
        async with self._session.request(method, self._address + path, **arguments) as answer:
            body = await answer.json(content_type=None)
            if answer.status != 200:
                raise DemoFailed(f"{method} {path} was answered with {answer.status}: {body}")
            return body

    async def upload(self, picture: bytes, description: str) -> str:
        """The id of the attachment."""
        form = aiohttp.FormData()
        form.add_field("file", picture, filename="picture.jpg", content_type="image/jpeg")
        form.add_field("description", description)
        return str((await self.call("POST", "/api/v2/media", data=form))["id"])

    async def find_account(self, handle: str) -> str:
        """The id that an account has on this person's server; asked for on the other's."""
        found = await self.call(
            "GET", "/api/v2/search", params={"q": handle, "resolve": "true", "type": "accounts"}
        )
        if not found["accounts"]:
            raise DemoFailed(f"{handle} was not found")
        return str(found["accounts"][0]["id"])

    async def find_post(self, uri: str) -> str:
        """The id that a post has on this person's server."""
        found = await self.call(
            "GET", "/api/v2/search", params={"q": uri, "resolve": "true", "type": "statuses"}
        )
        if not found["statuses"]:
            raise DemoFailed(f"{uri} was not found")
        return str(found["statuses"][0]["id"])

    async def follow(self, handle: str) -> None:
        """Follow, and wait until the other server has agreed."""
        account = await self.find_account(handle)
        await self.call("POST", f"/api/v1/accounts/{account}/follow")
        until = asyncio.get_running_loop().time() + TRY_S
        while asyncio.get_running_loop().time() < until:
            (relation,) = await self.call(
                "GET", "/api/v1/accounts/relationships", params={"id[]": account}
            )
            if relation["following"]:
                return
            await asyncio.sleep(0.1)
        raise DemoFailed(f"{handle} did not answer a follow within {TRY_S:.0f} seconds")
