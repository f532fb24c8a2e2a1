"""Walking a thread: from one post to all that other servers know of it.

Up first: what the post answers, up to ``ANCESTORS``; each that comes adopts what waits for it, so
the root of the whole thread is known then. Next the context collection of the root's server
(FEP-7888, FEP-f228), whose members are whom their owner lists. Then the ``replies`` of each post,
breadth first: the opened post, those that were here, and each that comes. A server whose context
collection was read to its end has said what it knows: the replies of its posts are not asked for.

What a page embeds is believed if its id is of the page's own origin (FEP-fe34), all else is fetched
from where its id points. Nothing that is here is fetched; nothing that is not for everybody is
kept. Whatever a page lists must answer a post of the thread: a collection that lists strays (or
what cannot be had) more than ``PATIENCE`` times oftener than what belongs is not read further.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

import structlog

from weft.domain.actors.queries import actors_by_ids, object_by_uri, objects_by_uris
from weft.domain.communities.keep import places_of
from weft.domain.posts.delete import remember_deleted
from weft.domain.posts.publish import adopt_waiting
from weft.domain.posts.queries import post_by_id, post_by_uri, posts_by_uris
from weft.domain.posts.records import Post, PostKind, post_facets
from weft.domain.server import Server
from weft.federation.dialects import JsonObject
from weft.federation.peers import Peers
from weft.federation.resolve import Resolver
from weft.federation.spending import limited
from weft.federation.threads.collections import (
    Item,
    pages,
    speaks_for_itself,
    the_post,
    total_of,
)
from weft.federation.threads.courtesy import PER_HOST, Courtesy
from weft.federation.threads.store import members
from weft.federation.threads.totals import keep_totals
from weft.federation.unresolved import Unresolved
from weft.protocol.activitystreams import Document, first_id, first_object
from weft.protocol.addressing import Reach, visibility_of
from weft.protocol.origins import Origin, origin_of, same_origin
from weft.storage.database import Database

# The bounds of section 10 of the interop notes.
ANCESTORS = 100
DESCENDANTS = 1000
READS = 500
"""Pages of collections in one walk."""
PATIENCE = 20
STRAYS = 200
"""What does not belong or cannot be had, of all collections of one walk."""
UNLISTED = 100
"""Posts that a context collection does not list and posts of it answer: few, if it is honest."""
PARKED_BYTES = 16 * 1024 * 1024
"""Of fetched posts that wait in memory for what they answer."""
FETCHES_PER_POST = 12
"""For the author of a post, its handle, and what it quotes."""

T = TypeVar("T")
log = structlog.get_logger("weft.threads")


@dataclass(slots=True)
class Progress:
    """How far a walk has come: posts found missing, and those of them that are here now."""

    known: int = 0
    fetched: int = 0


@dataclass(slots=True)
class Source:
    """A collection that is being read, and how it has done so far."""

    origin: str
    parent: str | None = None
    """Whose direct replies they are; None for what lists a whole thread: a context collection, or
    the comments of a video."""
    kept: int = 0
    strays: int = 0

    @property
    def is_tiresome(self) -> bool:
        return self.strays > PATIENCE + self.kept


@dataclass(frozen=True, slots=True)
class Place:
    """A post whose replies are to be read: where, or what its document embeds of them."""

    uri: str
    replies: str | JsonObject
    is_whole: bool = False
    """It lists answers to answers too (PeerTube's ``comments``)."""


class ThreadWalk:
    """One walk; made anew for each."""

    def __init__(
        self, db: Database, server: Server, resolver: Resolver, peers: Peers, courtesy: Courtesy
    ) -> None:
        self._db = db
        self._resolver = resolver
        self._peers = peers
        self._server = server
        self._courtesy = courtesy
        self.progress = Progress()
        self._reads = 0
        self._strays = 0
        self._members: set[str] = set()
        """Posts of the thread that are here."""
        self._heard: set[str] = set()
        """Addresses that were taken up, whatever became of them."""
        self._parked: dict[str, list[JsonObject]] = {}
        self._parked_bytes = 0
        self._places: list[Place] = []
        self._told: set[Origin] = set()

    @property
    def is_full(self) -> bool:
        return self.progress.known >= DESCENDANTS or self._reads >= READS or self._strays >= STRAYS

    async def up(self, start: Post) -> Post:
        """Fetch what a post answers, as far up as can be had; the topmost that is here now."""
        top, seen = start, {start.id}
        for _ in range(ANCESTORS):
            parent = await self._parent(top)
            if parent is None or parent.id in seen:
                break
            seen.add(parent.id)
            top = parent
        return top

    async def down(self, opened: Post, top: Post) -> None:
        """Fetch what answers the posts of a thread, whose topmost is ``top``."""
        root_id = top.root_id or top.id
        rows = await self._db.all(members, root=root_id, limit=ANCESTORS + DESCENDANTS)
        self._members |= {row.uri for row in rows}
        self._heard |= self._members
        fetched = {place.uri for place in self._places}
        learnt = await self._learn(opened, top, fetched)
        known = [
            Place(row.uri, replies, row.kind == PostKind.VIDEO)
            for row in sorted(rows, key=lambda row: row.id != opened.id)
            if not row.local and row.uri not in fetched | learnt
            if (replies := post_facets(row.facets).replies_uri) is not None
        ]
        self._places = known[:1] + self._places + known[1:]
        await self._context(top)
        await self._totals(top)
        while self._places and not self.is_full:
            level, self._places = self._places, []
            await self._each(level, lambda place: place.uri, self._replies)

    async def _learn(self, opened: Post, top: Post, fetched: set[str]) -> set[str]:
        """Posts that came before we kept where their replies are: the two that matter are asked."""
        learnt = set()
        for post in {opened.id: opened, top.id: top}.values():
            if post.local or post.uri in fetched or post_facets(post.facets).replies_uri:
                continue
            try:
                document = await self._document(post.uri)
            except Unresolved as error:
                log.info("post of a thread not asked", uri=post.uri, reason=str(error))
                continue
            learnt.add(post.uri)
            self._note_replies(post.uri, document)
        return learnt

    async def _parent(self, post: Post) -> Post | None:
        if post.in_reply_to_id is not None:
            return await self._db.one(post_by_id, id=post.in_reply_to_id)
        uri = post.in_reply_to_uri
        if uri is None:
            return None
        known = await self._db.one(object_by_uri, uri=uri)
        if known is not None and known.id is not None and known.deleted_at is None:
            await self._db.write(adopt_waiting, uri)
            return await self._db.one(post_by_uri, uri=uri)
        if known is not None or not self._take_up(uri):
            return None
        self.progress.known += 1
        try:
            return await self._keep(await self._document(uri))
        except Unresolved as error:
            await self._failed(uri, error)
            return None

    async def _context(self, top: Post) -> None:
        """What the owner of the thread lists. Its owner is whose server has the root; if the root
        cannot be had, whose id the topmost names."""
        uri, owner = top.context_uri, top.in_reply_to_uri or top.uri
        if uri is None or top.local:
            return
        if not same_origin(uri, owner) and not await self._is_of_community(uri, top):
            return
        source = Source(uri)
        origin = origin_of(uri)
        if await self._read(uri, source) and origin is not None:
            self._told.add(origin)
        await self._ask_for_parents(source)

    async def _replies(self, place: Place) -> None:
        origin = origin_of(place.uri)
        if origin in self._told:
            return
        if not place.is_whole:
            await self._read(place.replies, Source(place.uri, parent=place.uri))
            return
        source = Source(place.uri)
        if await self._read(place.replies, source) and origin is not None:
            self._told.add(origin)
        await self._ask_for_parents(source)

    async def _is_of_community(self, uri: str, top: Post) -> bool:
        """Is a context collection of the server of a community that the thread is in? A forum keeps
        the topics that microblogs begin there."""
        places = await places_of(self._db, top.id)
        groups = await self._db.all(actors_by_ids, ids=places) if places else []
        return any(same_origin(uri, each.uri) for each in groups)

    async def _totals(self, top: Post) -> None:
        """What the server of a video counts; it says only where (PeerTube)."""
        if top.local or top.kind != PostKind.VIDEO:
            return
        try:
            document = await self._document(top.uri)
            likes = await self._total(document.get("likes"), top)
            shares = await self._total(document.get("shares"), top)
        except Unresolved as error:
            log.info("video not counted", uri=top.uri, reason=str(error))
            return
        await self._db.write(keep_totals, top.id, likes, shares)

    async def _total(self, listed: object, top: Post) -> int | None:
        if not isinstance(listed, str) or not same_origin(listed, top.uri):
            return None
        return total_of(await self._page(listed))

    async def _read(self, start: str | JsonObject, source: Source) -> bool:
        """Take up what a collection lists. True if it was read to its end and listed something."""
        listed = 0
        try:
            async for page in pages(start, source.origin, self._page):
                listed += len(page)
                await self._offer(page, source)
                if source.is_tiresome or self.is_full:
                    return False
        except Unresolved as error:
            log.info("collection not read", of=source.origin, reason=str(error))
            return False
        return listed > 0

    async def _offer(self, page: Iterable[Item], source: Source) -> None:
        """Fetch and keep what is not here of the items of a page."""
        posts = [the_post(item) for item in page]
        source.kept += sum(each.uri in self._members for each in posts)
        fresh = [each for each in posts if self._take_up(each.uri)]
        here = await self._db.all(objects_by_uris, uris=[each.uri for each in fresh])
        known = {row.uri for row in here}
        await self._recognise([uri for uri in known if uri not in self._members], source)
        missing = [each for each in fresh if each.uri not in known]
        missing = missing[: max(0, DESCENDANTS - self.progress.known)]
        self.progress.known += len(missing)

        async def take(item: Item) -> None:
            await self._take(item, source)

        await self._each(missing, lambda item: item.uri, take)

    async def _recognise(self, uris: list[str], source: Source) -> None:
        """Posts that are here and were not known to be of this thread: they came meanwhile, or
        wait for what they answer though it is here."""
        posts = await self._db.all(posts_by_uris, uris=uris) if uris else []
        if source.parent is not None and any(
            post.in_reply_to_id is None and post.in_reply_to_uri == source.parent for post in posts
        ):
            await self._db.write(adopt_waiting, source.parent)
        for post in posts:
            if post.in_reply_to_uri in self._members:
                self._members.add(post.uri)
                replies = post_facets(post.facets).replies_uri
                if replies is not None and not post.local:
                    self._places.append(Place(post.uri, replies))
                for document in self._parked.pop(post.uri, []):
                    await self._keep_with_parked(document, source)

    async def _take(self, item: Item, source: Source) -> None:
        if source.is_tiresome or self._strays >= STRAYS:
            return
        try:
            document = item.document
            if document is None or not speaks_for_itself(document, item.uri, source.origin):
                document = await self._listed(item.uri)
            parent = first_id(document.get("inReplyTo"))
            if parent is None or not self._belongs(parent, source):
                self._stray(source)
                self.progress.known -= 1
                return
            if parent not in self._members:
                self._park(parent, document, source)
                return
            await self._keep_with_parked(document, source)
        except Unresolved as error:
            self._stray(source)
            await self._failed(item.uri, error)

    async def _failed(self, uri: str, error: Unresolved) -> None:
        log.info("post of a thread not fetched", uri=uri, reason=str(error))
        if error.gone:
            # It will not come back: nobody need ask again.
            await self._db.write(remember_deleted, self._server, uri)

    def _stray(self, source: Source) -> None:
        source.strays += 1
        self._strays += 1

    def _belongs(self, parent: str, source: Source) -> bool:
        """A reply to the post whose replies are read, or to another of the thread. In the context
        collection what it answers may come later."""
        return parent in self._members or source.parent is None

    def _park(self, parent: str, document: JsonObject, source: Source) -> None:
        """Let a post wait for what it answers, which may be listed later."""
        size = len(document.body) if isinstance(document, Document) else 0
        if self._parked_bytes + size > PARKED_BYTES:
            self._stray(source)
            return
        self._parked_bytes += size
        self._parked.setdefault(parent, []).append(document)

    async def _ask_for_parents(self, source: Source) -> None:
        """What posts still wait for was not listed: fetch it, and what that answers."""
        left = UNLISTED
        while not source.is_tiresome and not self.is_full:
            wanted = [Item(uri) for uri in self._parked if uri not in self._heard][:left]
            if not wanted:
                return
            left -= len(wanted)
            await self._offer(wanted, source)
            self._heard |= {item.uri for item in wanted}

    async def _keep_with_parked(self, document: JsonObject, source: Source) -> None:
        """Store a post, and then what waited for it."""
        waiting = [document]
        while waiting:
            post = await self._keep(waiting.pop())
            if post is None:
                self._stray(source)
                continue
            source.kept += 1
            waiting += self._parked.pop(post.uri, [])

    async def _keep(self, document: JsonObject) -> Post | None:
        """Store a post that is for everybody; None for others, and for what was deleted."""
        if visibility_of(document, None) not in (Reach.PUBLIC, Reach.UNLISTED):
            return None
        with limited(FETCHES_PER_POST):
            post = await self._resolver.store_post(document, with_parents=False)
        if post is None:
            return None
        self.progress.fetched += 1
        self._members.add(post.uri)
        self._note_replies(post.uri, document)
        return post

    def _note_replies(self, uri: str, document: JsonObject) -> None:
        listed = document.get("replies") or document.get("comments")  # PeerTube's word
        replies = first_object(listed) or first_id(listed)
        if replies is not None:
            self._places.append(Place(uri, replies, not document.get("replies")))

    def _take_up(self, uri: str) -> bool:
        """Is it an address that was not taken up yet, of another server?"""
        host = self._peers.host_of(uri)
        if host is None or host == self._server.host or uri in self._heard:
            return False
        self._heard.add(uri)
        return True

    async def _document(self, uri: str) -> JsonObject:
        async with self._courtesy.turn(self._peers.host_of(uri) or ""):
            return await self._resolver.post_document(uri)

    async def _listed(self, uri: str) -> JsonObject:
        """What a collection names by its id: a post, or the activity that made it (FEP-f228)."""
        document = await self._document(uri)
        made = the_post(Item(uri, document))
        if made.uri == uri:
            return document
        inner = made.document
        if inner is not None and speaks_for_itself(inner, made.uri, uri):
            return inner
        return await self._document(made.uri)

    async def _page(self, uri: str) -> JsonObject:
        self._reads += 1
        if self._reads > READS:
            raise Unresolved("enough pages were read for one thread")
        async with self._courtesy.turn(self._peers.host_of(uri) or ""):
            return await self._resolver.collection(uri)

    async def _each(
        self,
        things: Iterable[T],
        address: Callable[[T], str],
        do: Callable[[T], Awaitable[None]],
    ) -> None:
        """Do something with each: one host's in their order, ``PER_HOST`` at once, and no host
        waiting for another."""
        by_host: dict[str, list[T]] = {}
        for thing in things:
            by_host.setdefault(self._peers.host_of(address(thing)) or "", []).append(thing)

        async def work(line: Iterable[T]) -> None:
            for thing in line:
                await do(thing)

        async with asyncio.TaskGroup() as group:
            for each in by_host.values():
                line = iter(each)
                for _ in range(PER_HOST):
                    group.create_task(work(line))
