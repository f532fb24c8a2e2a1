"""Signing what we send: deliveries by their actor, fetches by the instance actor.

There are two forms of HTTP signature in the Fediverse, and servers that take only one of them. We
knock twice (protocol notes, section 6): with the form that the host took last, else draft-cavage;
and when that is answered with 401 (or 400, by a host that we do not know yet) once more with the
other one. What a host took is remembered for a month.
"""

import re
from collections import OrderedDict
from collections.abc import Callable
from urllib.parse import urlsplit

from weft.domain.server import Server
from weft.federation.capabilities import (
    REMEMBERED_MS,
    Scheme,
    read_capabilities,
    remember_scheme,
)
from weft.federation.http.client import HttpClient
from weft.federation.http.errors import FetchError
from weft.federation.http.records import PostResult, Signer
from weft.federation.instance_actor import InstanceActor
from weft.federation.keyring import KeyRing, SigningKey
from weft.federation.lane_store import DueLane
from weft.federation.lanes import SendFailed
from weft.protocol.signatures.cavage import sign_get_cavage, sign_post_cavage
from weft.protocol.signatures.rfc9421 import sign_message
from weft.storage.database import Database

_SECONDS = re.compile(r"\d{1,6}")
_OTHER: dict[Scheme, Scheme] = {"cavage": "rfc9421", "rfc9421": "cavage"}
_ACTIVITY = {"content-type": "application/activity+json"}
REMEMBERED_HOSTS = 10_000


class Sent:
    """The answer to a delivery."""

    __slots__ = ("retry_after_s", "scheme", "status")
    scheme: Scheme

    def __init__(self, status: int, retry_after: str | None, scheme: Scheme) -> None:
        self.status = status
        self.scheme = scheme
        seconds = _SECONDS.fullmatch(retry_after.strip()) if retry_after else None
        self.retry_after_s = float(seconds[0]) if seconds else None


class Signatures:
    """Signs with the keys of the ring."""

    def __init__(
        self,
        db: Database,
        server: Server,
        keys: KeyRing,
        client: HttpClient,
        instance: InstanceActor,
    ) -> None:
        self._db = db
        self._server = server
        self._keys = keys
        self._client = client
        self._instance = instance
        self._fetched_with: OrderedDict[str, Scheme] = OrderedDict()
        """By authority: the form that was last taken for a GET. In memory only: a wrong guess
        costs one request."""

    async def send(
        self,
        inbox: str,
        body: bytes,
        actor_id: int,
        lane: DueLane,
        more: dict[str, str] | None = None,
    ) -> Sent:
        """POST one activity, signed by its actor; ``more`` are header fields that go with it.

        Raises:
            SendFailed: there was no answer, or the actor has no key any more.
        """
        key = await self._keys.signing(actor_id)
        if key is None:
            raise SendFailed("the actor has no key to sign with")
        known = read_capabilities(lane.capabilities)
        fresh = self._server.now_ms() - known.scheme_at < REMEMBERED_MS
        remembered = known.scheme if fresh else None
        scheme: Scheme = remembered or "cavage"
        result = await self._post(inbox, body, key, scheme, more)
        if result.status == 401 or (result.status == 400 and remembered is None):
            second = await self._post(inbox, body, key, _OTHER[scheme], more)
            if 200 <= second.status < 300 or result.status == 401 != second.status:
                scheme, result = _OTHER[scheme], second
        if (
            200 <= result.status < 300
            and scheme != remembered
            and (scheme != "cavage" or known.scheme is not None)
        ):
            # Cavage is what an unknown host is asked with: nothing to remember.
            await self._db.write(
                remember_scheme, self._server, lane.host, scheme, self._server.now_ms()
            )
        return Sent(result.status, result.headers.get("retry-after"), scheme)

    async def _post(
        self,
        inbox: str,
        body: bytes,
        key: SigningKey,
        scheme: Scheme,
        more: dict[str, str] | None,
    ) -> PostResult:
        # RSA takes 0.27 ms, and lets others run meanwhile when it is done in a thread; the hop
        # costs less than that only when many deliveries are in flight, so it stays here.
        if scheme == "cavage":
            headers = sign_post_cavage(inbox, body, key.key_id, key.key, self._now_s(), more)
        else:
            signed = sign_message("POST", inbox, body, key.key_id, key.key, self._now_s(), more)
            headers = _ACTIVITY | signed
        try:
            return await self._client.post(inbox, body, headers)
        except FetchError as error:
            raise SendFailed(str(error)) from None

    async def getter(self) -> Signer | None:
        """Signs GETs as the instance actor; None until it exists."""
        actor_id = await self._instance.id()
        key = await self._keys.signing(actor_id) if actor_id is not None else None
        if key is None:
            return None
        return _Getter(key, self._now_s, self._fetched_with).signer()

    def _now_s(self) -> int:
        return self._server.now_ms() // 1000


class _Getter:
    """Signs the GETs of one key, with the form that each host took last."""

    def __init__(
        self, key: SigningKey, now_s: Callable[[], int], taken: OrderedDict[str, Scheme]
    ) -> None:
        self._key = key
        self._now_s = now_s
        self._taken = taken

    def signer(self) -> Signer:
        return Signer(name=self._key.key_id, headers=self._headers, again=self._again)

    async def _headers(self, url: str) -> dict[str, str]:
        return self._signed(url, self._taken.get(urlsplit(url).netloc, "cavage"))

    async def _again(self, url: str) -> dict[str, str]:
        """The other form, after the first was not believed; it is tried first from now on, until
        it is not believed either."""
        host = urlsplit(url).netloc
        scheme = _OTHER[self._taken.get(host, "cavage")]
        self._taken[host] = scheme
        self._taken.move_to_end(host)
        if len(self._taken) > REMEMBERED_HOSTS:
            self._taken.popitem(last=False)
        return self._signed(url, scheme)

    def _signed(self, url: str, scheme: Scheme) -> dict[str, str]:
        key_id, key, now_s = self._key.key_id, self._key.key, self._now_s()
        if scheme == "cavage":
            return sign_get_cavage(url, key_id, key, now_s)
        return sign_message("GET", url, None, key_id, key, now_s)
