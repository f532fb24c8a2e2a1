"""The federation's own addresses: inboxes, discovery, and documents by id.

``routes()`` gives the dispatcher each path with its handler. Documents are for software; a browser
that comes to one is sent to the page for people.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

from weft.config.addresses import client_address
from weft.config.settings import Settings
from weft.domain.visibility.viewer import Anonymous, Remote, Viewer
from weft.federation.asgi import (
    ACTIVITY,
    BodyTooLarge,
    Receive,
    Scope,
    Send,
    encode,
    headers_of,
    read_body,
    refuse,
    respond,
    target_of,
)
from weft.federation.documents.answers import Gone, Missing, Suspended
from weft.federation.documents.by_id import Documents
from weft.federation.documents.discovery import Discovery
from weft.federation.followers_sync import FollowersSync
from weft.federation.inbox import MAX_BODY, Inbox, Refusal, check_head
from weft.federation.reader import ACCEPT_SIGNATURE, Readers, Unbelieved, Unwelcome
from weft.protocol.negotiation import names_activity, wants_activity
from weft.protocol.webfinger import BadWebfinger

Handler: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

_ID = re.compile(
    r"/ap/(actors|posts|activities|contexts|stamps|collections|items|features|approvals)/(\d{1,16})(/[a-z0-9_/]+)?"
)
_PAGE = re.compile(r"/@([^/@]{1,64})(?:/(\d{1,16}))?/?")
SMALL = 8192
"""Bytes of a document whose hash is kept."""
_COLLECTION = re.compile(r"/collections/(\d{1,16})")
_CACHE = (b"cache-control", b"max-age=180, public")
_PRIVATE = (b"cache-control", b"private, no-store")
_ANYWHERE = (b"access-control-allow-origin", b"*")
_OPEN = {"access-control-allow-origin": "*"}
_VARY = (b"vary", b"accept, signature")


class Endpoints:
    """Plain ASGI handlers, without a framework in between: these paths are the hot ones."""

    def __init__(
        self,
        settings: Settings,
        inbox: Inbox,
        documents: Documents,
        discovery: Discovery,
        readers: Readers,
        followers: FollowersSync,
    ) -> None:
        self._settings = settings
        self._inbox = inbox
        self._documents = documents
        self._discovery = discovery
        self._readers = readers
        self._followers = followers
        self._client_address = lru_cache(maxsize=1024)(self._address_of)

    def routes(self) -> dict[str, Handler]:
        """Exact paths, and prefixes that end in a slash."""
        return {
            "/inbox": self.shared_inbox,
            "/ap/": self.by_id,
            "/relay": self.relay_actor,
            "/relay/": self.relay_actor,
            "/.well-known/webfinger": self.webfinger,
            "/.well-known/host-meta": self.host_meta,
            "/.well-known/host-meta.json": self.host_meta_json,
            "/.well-known/nodeinfo": self.nodeinfo_index,
            "/nodeinfo/2.0": self.nodeinfo,
            "/nodeinfo/2.1": self.nodeinfo,
        }

    async def shared_inbox(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._accept(scope, receive, send, None)

    async def by_id(self, scope: Scope, receive: Receive, send: Send) -> None:
        """``/ap/<kind>/<id>[/<part>]``."""
        match = _ID.fullmatch(scope["path"])
        if match is None:
            await refuse(send, 404, "There is nothing here.")
            return
        kind, id_, part = match[1], int(match[2]), (match[3] or "").strip("/")
        await self._by_id(scope, receive, send, kind, id_, part)

    async def relay_actor(self, scope: Scope, receive: Receive, send: Send) -> None:
        """``/relay[/<part>]``: the actor that deals with relays."""
        id_ = await self._discovery.relay_id()
        if id_ is None:
            await refuse(send, 404, "This server deals with no relays.")
            return
        part = scope["path"].removeprefix("/relay").strip("/")
        await self._by_id(scope, receive, send, "actors", id_, part)

    async def _by_id(
        self, scope: Scope, receive: Receive, send: Send, kind: str, id_: int, part: str
    ) -> None:
        if kind == "actors" and part == "inbox" and scope["method"] == "POST":
            await self._accept(scope, receive, send, id_)
            return
        if scope["method"] not in {"GET", "HEAD"}:
            await refuse(send, 405, "Documents can only be read.", {"allow": "GET, HEAD"})
            return
        await self._document(scope, send, kind, id_, part)

    def behind_page(self, scope: Scope) -> Handler | None:
        """For a page that software asks for: a handler that answers it, or shows the way."""
        path = scope["path"]
        if path != "/" and not path.startswith(("/@", "/collections/")):
            return None
        if scope["method"] not in {"GET", "HEAD"}:
            return None
        accept = next((v.decode("latin-1") for n, v in scope["headers"] if n == b"accept"), "")
        if not names_activity(accept):
            return None
        return self.site if path == "/" else self._to_document

    async def site(self, scope: Scope, receive: Receive, send: Send) -> None:
        """``/``: the server itself."""
        document = await self._discovery.site()
        if document is None:
            await refuse(send, 404, "This server is not set up yet.")
            return
        await respond(send, 200, encode(document), ACTIVITY, [_CACHE, _VARY])

    async def _to_document(self, scope: Scope, receive: Receive, send: Send) -> None:
        match = _PAGE.fullmatch(scope["path"])
        gathered = _COLLECTION.fullmatch(scope["path"])
        uri = await self._discovery.uri_of_page(match[1], match[2]) if match else None
        if gathered:  # the document itself says whether it may be read
            uri = f"{self._settings.origin}/ap/collections/{gathered[1]}"
        if uri is None:
            await refuse(send, 404, "There is nothing here, or nothing that you may see.")
            return
        await respond(send, 302, headers=[(b"location", uri.encode()), (b"vary", b"accept")])

    async def webfinger(self, scope: Scope, receive: Receive, send: Send) -> None:
        resource = _parameter(scope, "resource")
        if not resource:
            await refuse(send, 400, "WebFinger needs a resource, such as acct:name@host.")
            return
        try:
            document = await self._discovery.webfinger(resource, _parameters(scope, "rel"))
        except BadWebfinger as error:
            await refuse(send, 400, str(error), _OPEN)
            return
        except Gone:
            await refuse(send, 410, "Whoever went by this name is gone.", _OPEN)
            return
        if document is None:
            await refuse(send, 404, "Nobody here goes by this name.", _OPEN)
            return
        await respond(
            send,
            200,
            encode(document),
            b"application/jrd+json; charset=utf-8",
            [_CACHE, _ANYWHERE],
        )

    async def host_meta(self, scope: Scope, receive: Receive, send: Send) -> None:
        accept = next((v for n, v in scope["headers"] if n == b"accept"), b"")
        if b"application/json" in accept or b"jrd+json" in accept:
            await self.host_meta_json(scope, receive, send)
            return
        body = self._discovery.host_meta().encode()
        await respond(send, 200, body, b"application/xrd+xml; charset=utf-8", [_CACHE, _ANYWHERE])

    async def host_meta_json(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = encode(self._discovery.host_meta_json())
        await respond(send, 200, body, b"application/jrd+json; charset=utf-8", [_CACHE, _ANYWHERE])

    async def nodeinfo_index(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = encode(await self._discovery.nodeinfo_index())
        await respond(send, 200, body, headers=[_CACHE, _ANYWHERE])

    async def nodeinfo(self, scope: Scope, receive: Receive, send: Send) -> None:
        version = scope["path"].rpartition("/")[2]
        document = await self._discovery.nodeinfo(version)
        kind = (
            "application/json; "
            f'profile="http://nodeinfo.diaspora.software/ns/schema/{version}#"; charset=utf-8'
        )
        await respond(send, 200, encode(document), kind.encode(), [_CACHE, _ANYWHERE])

    async def _accept(
        self, scope: Scope, receive: Receive, send: Send, recipient_actor: int | None
    ) -> None:
        if scope["method"] != "POST":
            await refuse(send, 405, "Activities are POSTed here.", {"allow": "POST"})
            return
        headers = headers_of(scope)
        try:
            check_head(headers)
            if recipient_actor is not None:
                await self._documents.local_actor(recipient_actor)
            body = await read_body(receive, MAX_BODY)
            address = self._address(scope, headers)
            status = await self._inbox.accept(
                target_of(scope), headers, body, address, recipient_actor
            )
            await self._followers.heard(headers, body)
        except Refusal as error:
            await refuse(send, error.status, error.sentence, error.headers)
        except BodyTooLarge:
            await refuse(send, 413, "An activity may have at most 1 MiB.")
        except Missing:
            await refuse(send, 404, "There is no such inbox.")
        except Gone:
            await refuse(send, 410, "The owner of this inbox is gone.")
        except Suspended:
            await refuse(send, 403, "The owner of this inbox is suspended.")
        else:
            await respond(send, status)

    def _address(self, scope: Scope, headers: dict[str, str]) -> str:
        """Where a request truly comes from."""
        client = scope.get("client")
        return self._client_address(client[0] if client else "", headers.get("x-forwarded-for"))

    def _address_of(self, peer: str, forwarded_for: str | None) -> str:
        listed = [] if forwarded_for is None else [forwarded_for]
        return client_address(peer, listed, self._settings.trusted_proxies)

    async def _document(self, scope: Scope, send: Send, kind: str, id_: int, part: str) -> None:
        headers = headers_of(scope)
        try:
            if not wants_activity(headers.get("accept", "")) and (
                page := await self._documents.page(kind, id_, part)
            ):
                await respond(send, 303, headers=[(b"location", page.encode()), _VARY])
                return
            viewer, body = await self._read_as(scope, headers, kind, id_, part)
        except Missing:
            await refuse(send, 404, "There is nothing here, or nothing that you may see.")
            return
        except Gone as gone:
            await respond(send, 410, encode(gone.tombstone), ACTIVITY, [_CACHE, _VARY])
            return
        except Suspended:
            await refuse(send, 403, "This account is suspended.")
            return
        except Unbelieved as error:
            await refuse(send, 401, str(error), {"accept-signature": ACCEPT_SIGNATURE})
            return
        except Unwelcome as error:
            await refuse(send, 403, str(error))
            return
        secret = isinstance(viewer, Remote) or self._settings.authorized_fetch
        fields = [_PRIVATE if secret else _CACHE, _VARY]
        etag = _kept_etag(body) if len(body) <= SMALL else _etag(body)
        if headers.get("if-none-match", "").encode() == etag:
            await respond(send, 304, headers=[(b"etag", etag), *fields])
            return
        await respond(send, 200, body, ACTIVITY, [(b"etag", etag), *fields])

    async def _read_as(
        self, scope: Scope, headers: dict[str, str], kind: str, id_: int, part: str
    ) -> tuple[Viewer, bytes]:
        """Who reads, and what they may have.

        A key is fetched only where the document depends on it, and never for this server's own
        actor: whoever is asked for a key asks for that one first, to see who asks, and both would
        wait for each other.
        """
        may_fetch = self._settings.authorized_fetch and not (
            kind == "actors" and await self._discovery.is_own(id_)
        )
        viewer = await self._viewer(scope, headers, may_fetch=may_fetch)
        try:
            return viewer, await self._read(scope, kind, id_, part, viewer)
        except (Missing, Unbelieved):
            if isinstance(viewer, Remote) or "signature" not in headers:
                raise
            viewer = await self._viewer(scope, headers, may_fetch=True)
            return viewer, await self._read(scope, kind, id_, part, viewer)

    async def _viewer(self, scope: Scope, headers: dict[str, str], *, may_fetch: bool) -> Viewer:
        """Raises Unbelieved for a signature that does not hold, where one is asked for."""
        if "signature" not in headers:
            return Anonymous()
        try:
            return await self._readers.viewer(
                scope["method"],
                target_of(scope),
                headers,
                self._address(scope, headers),
                may_fetch=may_fetch,
            )
        except Unbelieved:
            if self._settings.authorized_fetch:
                raise
            # What is for everybody is also for who signs in a way that we cannot follow.
            return Anonymous()

    async def _read(self, scope: Scope, kind: str, id_: int, part: str, viewer: Viewer) -> bytes:
        """The document, as far as this reader may have it."""
        if kind == "actors" and part == "followers_synchronization":
            if not isinstance(viewer, Remote):
                raise Unbelieved("Sign the request: this is for the server that it is about.")
            owner = await self._documents.local_actor(id_)
            return encode(await self._followers.of_host(owner, viewer.host))
        if self._settings.authorized_fetch and isinstance(viewer, Anonymous):
            if kind == "actors" and not part:
                if await self._discovery.is_own(id_):
                    return await self._documents.body(kind, id_, part, {}, viewer)
                return await self._documents.stub(id_)
            raise Unbelieved("This server shows documents only to those who sign their requests.")
        page: dict[str, str | None] = {}
        if scope.get("query_string"):
            page = {name: _parameter(scope, name) for name in ("page", "max_id", "min_id")}
        return await self._documents.body(kind, id_, part, page, viewer)


def _etag(body: bytes) -> bytes:
    return b'"' + hashlib.sha256(body).hexdigest()[:24].encode() + b'"'


# The bytes of an actor's document are kept, and with them their hash: then this is one look-up.
_kept_etag = lru_cache(maxsize=256)(_etag)


def _parameter(scope: Scope, name: str) -> str | None:
    query: Any = scope.get("query_string", b"")
    if not query:
        return None
    try:
        return dict(parse_qsl(query.decode("latin-1"), max_num_fields=20)).get(name)
    except ValueError:  # more fields than anybody needs
        return None


def _parameters(scope: Scope, name: str) -> list[str]:
    """All values of a parameter that may come several times."""
    try:
        pairs = parse_qsl(scope.get("query_string", b"").decode("latin-1"), max_num_fields=20)
    except ValueError:
        return []
    return [value for key, value in pairs if key == name]
