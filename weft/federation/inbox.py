"""The way in: checked, verified, appended to the log, and only then acknowledged.

Cheap checks come first (size, type, digest, clock, blocked host), then the signature with a key
that is at hand. An activity whose key is not known goes to the same log, marked unverified and
limited per source network; the processor fetches the key. What is not durable is not acknowledged:
202 means that it is in the database (design section 5).
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from weft.config.addresses import limit_key
from weft.domain.actors.queries import actor_by_uri
from weft.domain.server import Server
from weft.federation.inbox_store import (
    LogState,
    Waiting,
    append_log,
    count_unverified,
    waiting_of_host,
)
from weft.federation.keyring import KeyRing
from weft.federation.peers import Peers
from weft.protocol.activitystreams import (
    Document,
    MalformedDocument,
    first_id,
    first_type,
    objects,
    read_document,
)
from weft.protocol.signatures.request import SignatureError, SignedRequest
from weft.protocol.signatures.verify import key_id_of, verify
from weft.storage.database import Database, Tx

source_of = lru_cache(maxsize=1024)(limit_key)

MAX_BODY = 1024 * 1024
UNVERIFIED_PER_SOURCE = 200
WAITING_PER_RELAY = 500
"""What a relay passes on may need looking up: more than this at once is put off."""
KEPT_PARSED = 16 * 1024
"""Bytes of a body up to which its parsed document waits in memory for the processor."""

_TYPES = (b"application/activity+json", b"application/ld+json", b"application/json")
_OF_ACTORS = frozenset(("Delete", "Update"))
_KEPT_HEADERS = (
    "host", "date", "digest", "content-type", "content-digest", "content-length", "signature",
    "signature-input",
)  # fmt: skip


class Refusal(Exception):
    """Ends a request with a status and a sentence."""

    def __init__(self, status: int, sentence: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.headers = headers or {}


def _unsigned(sentence: str) -> Refusal:
    """401, with what should be signed (RFC 9421 section 5.1)."""
    wanted = 'sig1=("@method" "@target-uri" "content-digest");created;keyid'
    return Refusal(401, sentence, {"accept-signature": wanted})


class KeptRequest(Struct, frozen=True):
    """What a signature covers, kept until the key is here."""

    method: str
    target: str
    headers: dict[str, str]
    received_s: int


class Inbox:
    """Accepts POSTs to the shared and the personal inboxes."""

    def __init__(
        self,
        db: Database,
        server: Server,
        keys: KeyRing,
        peers: Peers,
        offer: Callable[[Waiting, Document | None], None],
    ) -> None:
        """``offer`` is told of each entry once it is durable, with its document if that is short:
        so the processor need not read both again."""
        self._db = db
        self._server = server
        self._keys = keys
        self._peers = peers
        self._offer = offer

    async def accept(
        self,
        target: str,
        headers: dict[str, str],
        body: bytes,
        address: str,
        recipient_id: int | None,
    ) -> int:
        """Take one POST; ``target`` is path and query. The status to answer, once it is durable.

        Raises:
            Refusal: nothing was kept.
        """
        document, type_, actor_uri = _envelope(body)
        request = SignedRequest(
            method="POST",
            target=target,
            url=f"{self._server.origin}{target}",
            headers=headers,
            body=body,
        )
        try:
            key_id = key_id_of(request)
        except SignatureError as error:
            raise _unsigned(f"The request is not signed as it should be: {error}.") from None
        host = self._peers.host_of(key_id)
        if host is None or host == self._server.host:
            raise Refusal(401, "The key of the signature is not on another server.")
        sender = self._peers.host_of(actor_uri)
        if sender is None or sender == self._server.host:
            raise Refusal(403, "The actor of the activity is not on another server.")
        from_relay = await self._peers.has_relay(host)
        if sender != host and not from_relay and not _may_be_passed_on(document, type_):
            raise Refusal(403, "The activity is signed by another server than its actor's.")
        if await self._peers.is_suspended(host) or (
            sender != host and await self._peers.is_suspended(sender)
        ):
            raise Refusal(403, "This server does not talk with yours.")
        if type_ in _OF_ACTORS and await self._is_about_a_stranger(document, actor_uri):
            return 202
        if from_relay and (sender != host or await self._peers.relay(actor_uri) is not None):
            await self._room_for_relay(host)
        # Signed by another server than its actor's: passed on. The processor looks who vouches.
        state = await self._verified(request, key_id, actor_uri)
        source = source_of(address)
        if state is LogState.UNVERIFIED:
            await self._room_for(source)
        await self._append(
            document, type_, actor_uri, host, key_id, state, request, source, recipient_id
        )
        return 202

    async def _is_about_a_stranger(self, document: Document, actor_uri: str) -> bool:
        """The Delete or Update of an actor that was never here: nothing to do, nothing to fetch.
        Servers send these to everybody."""
        if first_id(document.get("object")) != actor_uri:
            return False
        return await self._db.one(actor_by_uri, uri=actor_uri) is None

    async def _verified(self, request: SignedRequest, key_id: str, actor_uri: str) -> LogState:
        known = await self._keys.known(key_id)
        now_s = self._server.now_ms() // 1000
        if known is None:
            return LogState.UNVERIFIED
        try:
            verify(request, known.key, now_s)
        except SignatureError as error:
            if error.only_the_key:
                # The key may have been changed at its origin: the processor looks once more.
                return LogState.UNVERIFIED
            raise _unsigned(f"The signature does not hold: {error}.") from None
        return LogState.RECEIVED

    async def _room_for(self, source: str) -> None:
        row = await self._db.one(count_unverified, source=source)
        if row is not None and row[0] >= UNVERIFIED_PER_SOURCE:
            raise Refusal(
                503, "Too many activities of yours wait for their keys.", {"retry-after": "60"}
            )

    async def _room_for_relay(self, host: str) -> None:
        full = await self._db.one(waiting_of_host, host=host, room=WAITING_PER_RELAY)
        if full is not None:
            raise Refusal(
                503, "Too much that you pass on waits here already.", {"retry-after": "300"}
            )

    async def _append(
        self,
        document: Document,
        type_: str,
        actor_uri: str,
        host: str,
        key_id: str,
        state: LogState,
        request: SignedRequest,
        source: str,
        recipient_id: int | None,
    ) -> None:
        now = self._server.now_ms()
        entry: dict[str, Any] = {
            "activity_uri": name_of(document, type_, request.body),
            "type": type_,
            "actor_uri": actor_uri,
            "host": host,
            "key_id": key_id,
            "state": int(state),
            "request": _kept(request, now) if state is LogState.UNVERIFIED else None,
            "recipient_id": recipient_id,
            "body": request.body,
            "received_at": now,
        }
        kept = document if len(request.body) <= KEPT_PARSED else None
        await self._db.write(append, entry, source, self._offer, kept)


async def append(
    tx: Tx,
    entry: dict[str, Any],
    source: str,
    offer: Callable[[Waiting, Document | None], None],
    document: Document | None,
) -> None:
    """Append one activity, and offer it to the processor once it is durable."""
    id_ = tx.new_id()
    if await tx.run(append_log, id=id_, source=source, **entry):
        tx.after_commit(offer, Waiting(id=id_, attempts=0, **entry), document)


def name_of(document: Document, type_: str, body: bytes) -> str:
    """What tells an activity from others: its id, or its bytes where it has none of its own.

    WriteFreely gives the Create and each Update of a post the post's id.
    """
    uri = first_id(document.get("id"))
    if uri is None:
        return anonymous_uri(body)
    if type_ != "Create" and uri == first_id(document.get("object")):
        return f"{uri}#{anonymous_uri(body)}"
    return uri


def anonymous_uri(body: bytes) -> str:
    """A stable name for an activity without an id: equal bytes are the same activity."""
    import hashlib

    return f"urn:sha256:{hashlib.sha256(body).hexdigest()}"


def check_head(headers: dict[str, str]) -> None:
    """Refuse by the headers alone, before a byte of the body is read."""
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > MAX_BODY:
        raise Refusal(413, "An activity may have at most 1 MiB.")
    kind = headers.get("content-type", "").partition(";")[0].strip().encode()
    if kind not in _TYPES:
        raise Refusal(
            415, "Send application/activity+json, or application/ld+json with its profile."
        )


def _envelope(body: bytes) -> tuple[Document, str, str]:
    """The document, its type and its actor."""
    try:
        document = read_document(body)
    except MalformedDocument as error:
        raise Refusal(400, f"This is not an activity: {error}") from None
    type_ = first_type(document)
    actor_uri = first_id(document.get("actor"))
    if type_ is None or actor_uri is None:
        raise Refusal(400, "An activity needs a type and an actor.")
    if len(actor_uri) > 2048 or len(type_) > 100:
        raise Refusal(400, "The activity's type or actor is too long.")
    return document, type_, actor_uri


def _may_be_passed_on(document: Document, type_: str) -> bool:
    """Does it prove itself whose it is, or is it a reply, which its origin can be asked for?"""
    if "proof" in document or "signature" in document:
        return True
    inner = next(iter(objects(document.get("object"))), None)
    return type_ in {"Create", "Update"} and inner is not None and "inReplyTo" in inner


def _kept(request: SignedRequest, now_ms: int) -> str:
    headers = {name: request.headers[name] for name in _KEPT_HEADERS if name in request.headers}
    kept = KeptRequest(
        method=request.method, target=request.target, headers=headers, received_s=now_ms // 1000
    )
    return msgspec.json.encode(kept).decode()
