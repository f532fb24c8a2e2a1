"""Who asks for a document: nobody we know, or an actor of another server, by the signature of its GET."""

from collections import OrderedDict

import structlog

from weft.config.addresses import limit_key
from weft.domain.server import Server
from weft.domain.visibility.viewer import Anonymous, Remote, Viewer
from weft.federation.keyring import KeyRing, KnownKey
from weft.federation.peers import Peers
from weft.federation.resolve import Resolver
from weft.federation.unresolved import Unresolved
from weft.protocol.signatures.request import SignatureError, SignedRequest
from weft.protocol.signatures.verify import key_id_of, verify

ACCEPT_SIGNATURE = 'sig1=("@method" "@target-uri");created;keyid'
"""What a refused GET is told to sign (RFC 9421 section 5.1)."""
FETCHES_PER_SOURCE = 30
"""Unknown keys that are fetched for one network within ``WINDOW_MS``."""
WINDOW_MS = 5 * 60_000
SOURCES = 10_000

log = structlog.get_logger("weft.reader")


class Unbelieved(Exception):
    """The request is signed, but not as it should be; the sentence says why."""


class Unwelcome(Exception):
    """The request is signed by somebody whose server this one does not talk with."""


class Readers:
    """Tells readers by their signatures."""

    def __init__(self, server: Server, keys: KeyRing, peers: Peers, resolver: Resolver) -> None:
        self._server = server
        self._keys = keys
        self._peers = peers
        self._resolver = resolver
        self._fetched: OrderedDict[str, tuple[int, int]] = OrderedDict()

    async def viewer(
        self,
        method: str,
        target: str,
        headers: dict[str, str],
        address: str,
        *,
        may_fetch: bool = True,
    ) -> Viewer:
        """Who reads; ``target`` is path and query as they were sent. Without ``may_fetch`` somebody
        whose key is not at hand is nobody.

        Raises:
            Unbelieved, Unwelcome
        """
        if "signature" not in headers:
            return Anonymous()
        request = SignedRequest(
            method=method,
            target=target,
            url=f"{self._server.origin}{target}",
            headers=headers,
            body=b"",
        )
        try:
            key_id = key_id_of(request)
        except SignatureError as error:
            raise Unbelieved(f"The request is not signed as it should be: {error}.") from None
        host = self._peers.host_of(key_id)
        if host is None or host == self._server.host:
            raise Unbelieved("The key of the signature is not on another server.")
        if await self._peers.is_suspended(host):
            raise Unwelcome("This server does not talk with yours.")
        if not may_fetch and await self._keys.known(key_id) is None:
            return Anonymous()
        actor_id = await self._verified(request, key_id, address if may_fetch else None)
        return Remote(actor_id, host)

    async def _verified(self, request: SignedRequest, key_id: str, address: str | None) -> int:
        """The id of the actor whose key it is."""
        now_s = self._server.now_ms() // 1000
        known = await self._keys.known(key_id)
        if known is not None:
            try:
                verify(request, known.key, now_s)
            except SignatureError as error:
                if not error.only_the_key or address is None:
                    raise Unbelieved(f"The signature does not hold: {error}.") from None
                known = None  # it may have been changed at its origin
        if known is None:
            known = await self._fetched_key(key_id, address or "")
            try:
                verify(request, known.key, now_s)
            except SignatureError as error:
                raise Unbelieved(f"The signature does not hold: {error}.") from None
        if await self._keys.is_suspended(known.owner.actor_id):
            raise Unwelcome("This server does not talk with you.")
        return known.owner.actor_id

    async def _fetched_key(self, key_id: str, address: str) -> KnownKey:
        if not self._may_fetch(limit_key(address)):
            raise Unbelieved("Too many keys of yours had to be fetched: ask again in five minutes.")
        try:
            await self._resolver.key_owner(key_id)
        except Unresolved as error:
            log.info("reader's key not had", key=key_id, reason=str(error))
            raise Unbelieved(f"The key of the signature cannot be had: {error}") from None
        known = await self._keys.known(key_id)
        if known is None:
            raise Unbelieved("The key of the signature is not among the keys of its actor.")
        return known

    def _may_fetch(self, source: str) -> bool:
        now = self._server.now_ms()
        since, count = self._fetched.get(source, (now, 0))
        if now - since > WINDOW_MS:
            since, count = now, 0
        self._fetched[source] = (since, count + 1)
        self._fetched.move_to_end(source)
        if len(self._fetched) > SOURCES:
            self._fetched.popitem(last=False)
        return count < FETCHES_PER_SOURCE
