"""Finding out who and what an address stands for: actors, keys, handles, posts.

What is known is answered from the database; the rest is fetched through the one fetcher, signed by
the instance actor, checked against its origin (FEP-fe34: a document speaks for itself only at its
own id) and stored. Source of the checks: A3 and A9 of the interop notes.
"""

import re
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

import msgspec
import structlog
from msgspec import Struct

from weft.config.values import is_loopback_peer
from weft.domain.actors.queries import actor_by_id, actor_by_uri, actors_by_handles, object_by_uri
from weft.domain.actors.records import Actor
from weft.domain.actors.store import RemoteActor, save_remote_actor
from weft.domain.collections.queries import collection_at
from weft.domain.communities.keep import keep_community
from weft.domain.posts.queries import post_by_id
from weft.domain.posts.records import NewQuote, ObjectKind, Post
from weft.domain.server import Server
from weft.federation.approving import may_answer
from weft.federation.arrive import Arrivals
from weft.federation.collecting import keep_fetched
from weft.federation.dialects import Dialects, JsonObject, RemotePost, Unreadable
from weft.federation.http.errors import FetchError, Gone, NotFound
from weft.federation.http.fetcher import Fetcher
from weft.federation.http.kinds import WEBFINGER
from weft.federation.http.records import Signer
from weft.federation.keyring import KeyRing
from weft.federation.peers import Peers
from weft.federation.policing import Policing
from weft.federation.quoting import judged_quote
from weft.federation.reading.collections import is_collection
from weft.federation.signing import Signatures
from weft.federation.spending import Spent, hands_over, spend
from weft.federation.threads.store import ask_above
from weft.federation.unresolved import DEPTH, Unresolved
from weft.protocol.activitystreams import MalformedDocument, first_id, first_type, read_document
from weft.protocol.origins import ACTOR_TYPES, same_origin
from weft.protocol.webfinger import BadWebfinger, read_jrd
from weft.storage.database import Database, Tx

STALE_MS = 24 * 3_600_000
_OWN_PAGE = re.compile(r"/(?:@|c/)([A-Za-z0-9_.-]{1,100})(?:/(\d{1,16}))?/?")

log = structlog.get_logger("weft.resolve")


class Found(Struct, frozen=True):
    """What an address stands for."""

    kind: Literal["actor", "post", "collection"]
    id: int


class Resolver:
    """Looks up, fetches, checks and stores."""

    def __init__(
        self,
        db: Database,
        server: Server,
        fetcher: Fetcher,
        dialects: Dialects,
        keys: KeyRing,
        peers: Peers,
        signatures: Signatures,
        arrivals: Arrivals,
        policing: Policing,
    ) -> None:
        self._db = db
        self._server = server
        self._fetcher = fetcher
        self._dialects = dialects
        self._keys = keys
        self._peers = peers
        self._signatures = signatures
        self._arrivals = arrivals
        self._policing = policing

    async def lookup(self, query: str) -> Found | None:
        """What a person typed: ``@user@host``, ``user@host``, or any URL of ours or another's."""
        query = query.strip()
        if query.startswith(("https://", "http://")):
            return await self._by_url(query)
        name, at, domain = query.removeprefix("@").removeprefix("acct:").partition("@")
        if not name:
            return None
        actor = await self.handle(name, domain if at else self._server.domain)
        return Found("actor", actor.id) if actor is not None else None

    async def handle(self, name: str, domain: str) -> Actor | None:
        """An actor by its handle; None if it does not exist.

        Raises:
            Unresolved: its server could not be asked.
        """
        handle = f"{name}@{domain}".casefold()
        rows = await self._db.all(actors_by_handles, handles=[handle])
        if rows:
            return max(rows, key=lambda row: row.id)
        if domain.casefold() in {self._server.domain, self._server.host}:
            local = f"{name}@{self._server.domain}".casefold()
            rows = await self._db.all(actors_by_handles, handles=[local])
            return rows[0] if rows else None
        uri = await self._webfinger(f"{name}@{domain}", domain)
        return await self.actor(uri) if uri is not None else None

    async def actor(self, uri: str, *, refresh: bool = False) -> Actor:
        """An actor by its id, fetched if it is not known, or known no better than ``refresh`` asks.

        Raises:
            Unresolved: it is gone, unreachable or not an actor.
        """
        known = await self._db.one(actor_by_uri, uri=uri)
        if known is not None and (known.local or known.deleted_at is not None):
            return known
        if known is not None and not refresh:
            return known
        document = await self._document(uri, fresh=refresh)
        return await self.store_actor(document)

    async def store_actor(self, document: JsonObject) -> Actor:
        """Check and keep an actor's document that was fetched from its own id."""
        try:
            described = self._dialects.read_actor(document)
        except Unreadable as error:
            raise Unresolved(f"{document.get('id')}: {error}") from None
        if await self._peers.is_suspended(described.host):
            raise Unresolved(f"{described.host} is suspended on this server")
        described = await self._policing.profile(await self._with_domain(described))
        actor = await self._db.write(self._save, described)
        self._keys.forget_actor(actor.id)
        return actor

    async def _save(self, tx: Tx, described: RemoteActor) -> Actor:
        actor = await save_remote_actor(tx, self._server, described)
        if described.community is not None and not actor.local:
            await keep_community(tx, actor.id, described.community)
        return actor

    async def key_owner(self, key_id: str) -> Actor:
        """Who a key belongs to: fetched anew from where the key's id points."""
        uri = key_id.partition("#")[0]
        document = await self._document(uri, fresh=True, any_id=True)
        owner = first_id(document.get("owner")) or first_id(document.get("controller"))
        if first_type(document, ACTOR_TYPES) is None and owner is not None:
            if not same_origin(owner, key_id):
                raise Unresolved(f"the key {key_id} names an owner on another server")
            return await self.actor(owner, refresh=True)
        if first_id(document.get("id")) != uri:
            return await self.actor(str(first_id(document.get("id"))), refresh=True)
        return await self.store_actor(document)

    async def post(self, uri: str, *, depth: int = 0, beside: bool = False) -> Post | None:
        """A post by its id, fetched with what it answers if it is not known; None for a tombstone.
        ``beside``: it is not what came, and can wait for a moderator by itself.

        Raises:
            Unresolved: it is unreachable or not a post.
        """
        row = await self._db.one(object_by_uri, uri=uri)
        if row is not None:
            if row.deleted_at is not None or row.kind != ObjectKind.POST or row.id is None:
                return None
            return await self._db.one(post_by_id, id=row.id)
        if self._peers.host_of(uri) == self._server.host:
            return None
        document = await self._document(uri)
        return await self.store_post(document, depth=depth, beside=beside)

    async def store_post(
        self,
        document: JsonObject,
        *,
        depth: int = 0,
        with_parents: bool = True,
        beside: bool = False,
    ) -> Post | None:
        """Check and keep a post's document that speaks for itself."""
        try:
            described = self._dialects.read_post(document, None)
            author = await self.actor(described.author_uri)
            described = self._dialects.read_post(document, author.followers_uri)
        except Unreadable as error:
            raise Unresolved(f"{document.get('id')}: {error}") from None
        described = await self._policing.fetched(described, author, beside=beside or depth > 0)
        if described.facets.chat:
            raise Unresolved(f"{described.uri}: a chat message is taken from its author only")
        is_cut = False
        if described.in_reply_to is not None and with_parents:
            is_cut = not await self._parent(described.in_reply_to, depth)
        if not await may_answer(
            self,
            self._db,
            parent_uri=described.in_reply_to,
            reply_uri=described.uri,
            author=author,
            approvals=described.approvals,
        ):
            raise Unresolved(f"{described.uri}: the author of what it answers has not approved it")
        quote = await judged_quote(self, described, author, depth)
        stored = await self._db.write(self._store, described, author, quote, is_cut)
        return await self._db.one(post_by_id, id=stored) if stored is not None else None

    async def _parent(self, uri: str, depth: int) -> bool:
        """Fetch what a post answers, if one may. False if there is more above that was not asked
        for, because it is too much at once."""
        try:
            if depth < DEPTH:
                await self.post(uri, depth=depth + 1)
                return True
            return await self._db.one(object_by_uri, uri=uri) is not None
        except Spent:
            return False
        except Unresolved as error:
            log.info("parent not fetched", uri=uri, reason=str(error))
            return True

    async def _store(
        self, tx: Tx, described: RemotePost, author: Actor, quote: NewQuote | None, is_cut: bool
    ) -> int | None:
        stored = await self._arrivals.store(tx, described, author, None, quote, delivered=False)
        if stored is not None and is_cut and hands_over():
            await ask_above(tx, stored, self._server.now_ms())
        return stored

    async def described(self, uri: str) -> tuple[RemotePost, Actor]:
        """A post as its own server describes it now, whether it is known or not, and its author.

        Raises:
            Unresolved: it is gone, unreachable or not a post.
        """
        document = await self._document(uri, fresh=True)
        try:
            described = self._dialects.read_post(document, None)
            author = await self.actor(described.author_uri)
            return self._dialects.read_post(document, author.followers_uri), author
        except Unreadable as error:
            raise Unresolved(f"{uri}: {error}") from None

    async def post_document(self, uri: str) -> JsonObject:
        """A post as it is served at its own id.

        Raises:
            Unresolved: it is gone, unreachable or names another id.
        """
        return await self._document(uri)

    async def collection(self, uri: str) -> JsonObject:
        """A collection, or a page of one, as its own server serves it. Pages need no id.

        Raises:
            Unresolved: it is gone, unreachable, or another server's.
        """
        document, at = await self._asked(uri)
        named = first_id(document.get("id"))
        if not same_origin(uri, at) or (named is not None and not same_origin(named, at)):
            raise Unresolved(f"{uri} is answered by another server")
        return document

    async def capability(self, bear: str, near: str) -> JsonObject:
        """The document behind a bearcap (``bear:?u=ADDRESS&t=TOKEN``), which must be on the host of
        ``near``: the token goes nowhere else.

        Raises:
            Unresolved: it is malformed, of another host, or cannot be had.
        """
        named = dict(parse_qsl(bear.partition("?")[2], max_num_fields=10))
        uri, token = named.get("u", ""), named.get("t", "")
        if not same_origin(uri, near) or not token.isascii() or not token.isprintable():
            raise Unresolved("the bearcap is not of its sender's server")

        async def headers(url: str) -> dict[str, str]:
            return {"Authorization": f"Bearer {token}"} if same_origin(url, near) else {}

        signer = Signer(name=f"bearcap {token}", headers=headers)
        try:
            response = await self._fetcher.fetch_json(uri, sign=signer)
            document = read_document(response.body)
        except MalformedDocument as error:
            raise Unresolved(f"{uri}: {error}") from None
        except FetchError as error:
            gone = isinstance(error, Gone | NotFound)
            raise Unresolved(str(error), passing=not gone, gone=gone) from None
        if first_id(document.get("id")) != uri or not same_origin(response.url, near):
            raise Unresolved(f"{uri} answers with a document of another id")
        return document

    async def document(self, uri: str) -> JsonObject:
        """What is served at an id that is neither an actor nor a post; always asked for anew.

        Raises:
            Unresolved: it is gone, unreachable or names another id.
        """
        return await self._document(uri, fresh=True)

    async def author_uri(self, post: Post) -> str | None:
        """The id of who wrote a post."""
        author = await self._db.one(actor_by_id, id=post.author_id)
        return author.uri if author is not None else None

    async def _by_url(self, url: str) -> Found | None:
        known = await self._db.one(object_by_uri, uri=url)
        if known is not None and known.deleted_at is None and known.id is not None:
            kind = ObjectKind(known.kind)
            return Found("actor" if kind is ObjectKind.ACTOR else "post", known.id)
        gathered = await self._db.one(collection_at, address=url)
        if gathered is not None:
            return Found("collection", gathered.id)
        if self._peers.host_of(url) == self._server.host:
            return await self._by_page(url)
        document = await self._document(await self._carried(url), any_id=True)
        if is_collection(document):
            kept = await keep_fetched(self._db, self._server, self, document)
            return Found("collection", kept.id)
        if first_type(document, ACTOR_TYPES) is not None:
            return Found("actor", (await self.store_actor(document)).id)
        uri = first_id(document.get("id"))
        post = await self.post(uri) if uri is not None else None
        return Found("post", post.id) if post is not None else None

    async def _carried(self, url: str) -> str:
        """Where a page answers with the Create of what it shows (Pterotype): the id of that."""
        document, _ = await self._asked(url)
        if first_type(document, ("Create",)) is None:
            return url
        uri = first_id(document.get("object"))
        return uri if uri is not None and same_origin(uri, url) else url

    async def _by_page(self, url: str) -> Found | None:
        """What one of our own pages shows: ``/@name``, ``/c/name`` or ``/@name/ID``."""
        page = _OWN_PAGE.fullmatch(urlsplit(url).path)
        if page is None:
            return None
        name, post_id = page.groups()
        if post_id is not None:
            post = await self._db.one(post_by_id, id=int(post_id))
            return Found("post", post.id) if post is not None and post.local else None
        actor = await self.handle(name, self._server.domain)
        return Found("actor", actor.id) if actor is not None else None

    async def _document(self, uri: str, *, fresh: bool = False, any_id: bool = False) -> JsonObject:
        """A document served at its own id. With ``any_id`` the address may be another (a web page's
        or a key's): then the id that it names is fetched, once."""
        document, at = await self._asked(uri, fresh)
        named = first_id(document.get("id"))
        if named is not None and named in {uri, at} and same_origin(named, at):
            return document
        if not any_id or named is None:
            raise Unresolved(f"{uri} answers with a document of another id")
        document, at = await self._asked(named, fresh)
        if first_id(document.get("id")) != named or not same_origin(named, at):
            raise Unresolved(f"{uri} names {named}, which does not answer with itself")
        return document

    async def _asked(self, uri: str, fresh: bool = False) -> tuple[JsonObject, str]:
        """What is served at an address, and where redirects ended."""
        try:
            return await self._fetch(uri, fresh)
        except (Gone, NotFound) as error:
            raise Unresolved(str(error), gone=isinstance(error, Gone)) from None
        except FetchError as error:
            raise Unresolved(str(error), passing=True) from None

    async def _fetch(self, uri: str, fresh: bool) -> tuple[JsonObject, str]:
        host = self._peers.host_of(uri)
        if host is None:
            raise Unresolved(f"{uri} is not an address on the web")
        if await self._peers.is_suspended(host):
            raise Unresolved(f"{host} is suspended on this server")
        spend(uri)
        signer = await self._signatures.getter()
        response = await self._fetcher.fetch_json(
            uri, sign=signer, **({"max_age_s": 0.0} if fresh else {})
        )
        try:
            return read_document(response.body), response.url
        except MalformedDocument as error:
            raise Unresolved(f"{uri}: {error}") from None

    async def _webfinger(self, handle: str, domain: str) -> str | None:
        """The id behind a handle, as its domain says."""
        scheme = self._scheme_for(domain)
        url = f"{scheme}://{domain}/.well-known/webfinger?resource=acct:{handle}"
        spend(url)
        try:
            response = await self._fetcher.fetch(url, WEBFINGER)
            return read_jrd(response.body).self_link
        except (Gone, NotFound):
            return None
        except BadWebfinger as error:
            raise Unresolved(f"{domain} answers WebFinger wrongly: {error}") from None
        except FetchError as error:
            raise Unresolved(str(error), passing=True) from None

    def _scheme_for(self, domain: str) -> str:
        """Plain http only between servers on one developer's machine."""
        loopback = self._server.origin.startswith("http://") and is_loopback_peer(domain)
        return "http" if loopback else "https"

    async def _with_domain(self, described: RemoteActor) -> RemoteActor:
        """The handle's domain, as WebFinger of the actor's host confirms it: it may differ from
        the host. Unconfirmed, the host itself is the domain."""
        known = await self._db.one(actor_by_uri, uri=described.uri)
        if known is not None and known.username == described.username:
            return msgspec.structs.replace(described, domain=known.domain)
        handle = f"{described.username}@{described.host}"
        url = (
            f"{self._scheme_for(described.host)}://{described.host}"
            f"/.well-known/webfinger?resource=acct:{handle}"
        )
        spend(url)
        try:
            response = await self._fetcher.fetch(url, WEBFINGER)
            jrd = read_jrd(response.body)
        except (FetchError, BadWebfinger) as error:
            log.info("handle not confirmed", actor=described.uri, reason=str(error))
            return described
        name, _, domain = jrd.subject.removeprefix("acct:").partition("@")
        if (
            jrd.self_link != described.uri
            or not domain
            or name.casefold() != (described.username.casefold())
        ):
            return described
        if domain.casefold() == described.host:
            return described
        if await self._webfinger(f"{name}@{domain}", domain) != described.uri:
            return described
        return msgspec.structs.replace(described, domain=domain.casefold())
