"""Signing what we send: deliveries by their actor, fetches by the instance actor."""

import re
from collections.abc import Awaitable, Callable

from weft.domain.server import Server
from weft.federation.http.client import HttpClient
from weft.federation.http.errors import FetchError
from weft.federation.http.records import Signer
from weft.federation.instance_actor import InstanceActor
from weft.federation.keyring import KeyRing, SigningKey
from weft.federation.lane_store import DueLane
from weft.federation.lanes import SendFailed
from weft.protocol.signatures.cavage import sign_get_cavage, sign_post_cavage

_SECONDS = re.compile(r"\d{1,6}")


class Sent:
    """The answer to a delivery."""

    __slots__ = ("retry_after_s", "scheme", "status")

    def __init__(self, status: int, retry_after: str | None, scheme: str) -> None:
        self.status = status
        self.scheme = scheme
        seconds = _SECONDS.fullmatch(retry_after.strip()) if retry_after else None
        self.retry_after_s = float(seconds[0]) if seconds else None


class Signatures:
    """Signs with the keys of the ring."""

    def __init__(
        self, server: Server, keys: KeyRing, client: HttpClient, instance: InstanceActor
    ) -> None:
        self._server = server
        self._keys = keys
        self._client = client
        self._instance = instance

    async def send(self, inbox: str, body: bytes, actor_id: int, lane: DueLane) -> Sent:
        """POST one activity, signed by its actor.

        Raises:
            SendFailed: there was no answer, or the actor has no key any more.
        """
        key = await self._keys.signing(actor_id)
        if key is None:
            raise SendFailed("the actor has no key to sign with")
        # RSA takes 0.27 ms, and lets others run meanwhile when it is done in a thread; the hop
        # costs less than that only when many deliveries are in flight, so it stays here.
        headers = sign_post_cavage(inbox, body, key.key_id, key.key, self._now_s())
        try:
            result = await self._client.post(inbox, body, headers)
        except FetchError as error:
            raise SendFailed(str(error)) from None
        return Sent(result.status, result.headers.get("retry-after"), "cavage")

    async def getter(self) -> Signer | None:
        """Signs GETs as the instance actor; None until it exists."""
        actor_id = await self._instance.id()
        key = await self._keys.signing(actor_id) if actor_id is not None else None
        if key is None:
            return None
        return Signer(name=key.key_id, headers=_headers(key, self._now_s))

    def _now_s(self) -> int:
        return self._server.now_ms() // 1000


def _headers(
    key: SigningKey, now_s: Callable[[], int]
) -> Callable[[str], Awaitable[dict[str, str]]]:
    async def headers(url: str) -> dict[str, str]:
        return sign_get_cavage(url, key.key_id, key.key, now_s())

    return headers
