"""Reading one profile of another server: newest posts and boosts, pins, collections, playlists, counts.

An outbox says what its owner posted and boosted: posts are taken from it if they are the owner's
and of the owner's server, boosts if the boosted post can be had from its own server. A group's
outbox announces activities of others (``Announce{Create{Page}}``); of these the posts are taken,
and its threads shown as its boosts, as if they had come one by one (``handlers.groups``). What an
outbox embeds is believed of its own server only.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import structlog

from weft.domain.actors.queries import object_by_uri
from weft.domain.actors.records import Actor, ActorKind, actor_facets
from weft.domain.pins.pin import replace_pins
from weft.domain.posts.publish import boost
from weft.domain.posts.queries import post_by_uri
from weft.domain.posts.records import NewPost, Post, PostKind
from weft.domain.server import Server
from weft.domain.visibility.viewer import Visibility
from weft.federation.dialects import JsonObject
from weft.federation.moderators import renew_moderators
from weft.federation.peers import Peers
from weft.federation.resolve import Resolver
from weft.federation.spending import limited
from weft.federation.threads.collections import Item, pages, speaks_for_itself, total_of
from weft.federation.threads.courtesy import Courtesy
from weft.federation.threads.profile_collections import COLLECTIONS, take_collections
from weft.federation.threads.profile_groups import names, renew_pins
from weft.federation.threads.profile_playlists import PLAYLISTS, take_playlists
from weft.federation.threads.profile_store import set_origin_totals
from weft.federation.threads.walk import FETCHES_PER_POST, Progress
from weft.federation.unresolved import Unresolved
from weft.protocol.activitystreams import first_id, first_object, first_type, ids, when_ms
from weft.protocol.addressing import Reach, visibility_of
from weft.protocol.origins import same_origin
from weft.storage.database import Database, Tx

PAGES = 2
POSTS = 50
"""Lemmy lists as many, at once."""
BOOSTS = 20
"""Boosted posts of other servers that are fetched: each may be another's."""
PINS = 20
MOST_COUNTED = 2**31 - 1
_FOR_ALL = {Reach.PUBLIC: Visibility.PUBLIC, Reach.UNLISTED: Visibility.UNLISTED}

log = structlog.get_logger("weft.profiles")


@dataclass(slots=True)
class ProfileReading:
    """One reading; made anew for each."""

    db: Database
    server: Server
    resolver: Resolver
    peers: Peers
    courtesy: Courtesy
    actor: Actor
    progress: Progress
    boosts: int = 0

    async def read(self) -> None:
        """Each part for itself: a server that hides its followers may show its posts.

        Raises:
            Unresolved: the outbox cannot be had.
        """
        for part in (self._moderators, self._pins, self._counts, self._collections):
            try:
                await part()
            except Unresolved as error:
                log.info("part of a profile not read", actor=self.actor.uri, reason=str(error))
        await self._outbox()
        try:
            await self._playlists()
        except Unresolved as error:
            log.info("playlists not read", actor=self.actor.uri, reason=str(error))

    async def _counts(self) -> None:
        """What the server says of itself; it may hide it."""
        totals: dict[str, int | None] = {"origin_posts": None}
        for name, uri in (
            ("origin_followers", self.actor.followers_uri),
            ("origin_following", self.actor.following_uri),
        ):
            totals[name] = await self._total(uri)
        await self.db.write(self._set_totals, totals)

    async def _total(self, uri: str | None) -> int | None:
        if uri is None:
            return None
        try:
            return total_of(await self._page(uri))
        except Unresolved as error:
            log.info("not counted", of=uri, reason=str(error))
            return None

    async def _set_totals(self, tx: Tx, totals: dict[str, int | None]) -> None:
        counted = {
            name: None if total is None else min(total, MOST_COUNTED)
            for name, total in totals.items()
        }
        await tx.run(set_origin_totals, of_actor=self.actor.id, **counted)

    async def _pins(self) -> None:
        uri = self.actor.featured_uri
        if uri is None:
            return
        pinned: list[int] = []
        threads: list[Post] = []
        listed: list[str] = []
        async for item in self._items(await self._page(uri), 1, PINS):
            listed.append(item.uri)
            try:
                post = await self._any(item)
            except Unresolved as error:
                if error.passing and not self._is_group:
                    raise  # The pins stay as they were.
                log.info("pin not taken", uri=item.uri, reason=str(error))
                continue
            if post is not None and post.author_id == self.actor.id:
                pinned.append(post.id)
            elif post is not None:
                threads.append(post)
        await self.db.write(replace_pins, self.server, self.actor.id, pinned)
        if self._is_group:
            await renew_pins(self.db, self.actor.id, listed, [each.id for each in threads])

    async def _moderators(self) -> None:
        if self._is_group:
            async with self.courtesy.turn(self.actor.host):
                await renew_moderators(self.db, self.server, self.resolver, self.actor)

    async def _collections(self) -> None:
        uri = actor_facets(self.actor.facets).collections_uri
        if uri is not None:
            items = self._items(await self._page(uri), PAGES, COLLECTIONS)
            await take_collections(self.db, self.server, self.resolver, self.actor, items)

    async def _playlists(self) -> None:
        uri = actor_facets(self.actor.facets).playlists_uri
        if uri is not None:
            items = self._items(await self._page(uri), PAGES, PLAYLISTS)
            await take_playlists(self.db, self.server, self.resolver, self._turn, self.actor, items)

    async def _outbox(self) -> None:
        uri = self.actor.outbox
        if uri is None:
            return
        outbox = await self._page(uri)
        await self.db.write(
            self._set_totals,
            {"origin_posts": total_of(outbox), "origin_followers": None, "origin_following": None},
        )
        async for item in self._items(outbox, PAGES, POSTS):
            try:
                await self._take(item)
            except Unresolved as error:
                log.info("not taken from an outbox", uri=item.uri, reason=str(error))

    async def _items(self, start: JsonObject, most_pages: int, most: int) -> AsyncIterator[Item]:
        count = 0
        async for page in pages(start, self.actor.uri, self._page, most_pages):
            for item in page:
                if count == most:
                    return
                count += 1
                yield item

    async def _take(self, item: Item) -> None:
        """One entry: an activity, embedded or by its id, or a post."""
        known = await self.db.one(object_by_uri, uri=item.uri)
        if known is not None:
            return
        activity = item.document
        if activity is None or not same_origin(item.uri, self.actor.uri):
            activity = await self._document(item.uri)
        kind = first_type(activity, ("Create", "Announce"))
        if kind is None:
            await self._any(Item(item.uri, activity))
            return
        uri, inner = first_id(activity.get("object")), first_object(activity.get("object"))
        if uri is None:
            return
        if kind == "Create":
            # PeerTube's channels list what their account made as its Create.
            if first_id(activity.get("actor")) == self.actor.uri or self._is_group:
                await self._any(Item(uri, inner))
        elif first_id(activity.get("actor")) == self.actor.uri:
            await self._announced(activity, Item(uri, inner))

    async def _announced(self, activity: JsonObject, item: Item) -> None:
        """What the owner passes on: a post, or (groups only) the activity that made it."""
        announce, reach = first_id(activity.get("id")), visibility_of(activity, None)
        if announce is None or reach not in _FOR_ALL or not same_origin(announce, self.actor.uri):
            return
        made = item.document is not None and "object" in item.document
        if made and item.document is not None:
            inner = item.document
            uri = first_id(inner.get("object"))
            if not self._is_group or first_type(inner, ("Create", "Update")) is None or not uri:
                return
            item = Item(uri, first_object(inner.get("object")))
        post = await self._others(item)
        if post is None:
            return
        if not self._is_group or post.in_reply_to_uri is None:
            await self._boost(activity, announce, _FOR_ALL[reach], post)

    @property
    def _is_group(self) -> bool:
        return self.actor.kind == ActorKind.GROUP

    async def _any(self, item: Item) -> Post | None:
        """A post that an outbox or a list of pins names without a word: the owner's, or a thread of
        the group's own server or of another that says it is in that group."""
        if not self._is_group:
            return await self._own(item)
        return await self._others(item, only_named=True)

    async def _own(self, item: Item) -> Post | None:
        """A post of the owner's, stored if it was not here; None for anybody else's."""
        known = await self.db.one(post_by_uri, uri=item.uri)
        if known is not None:
            return known if known.author_id == self.actor.id else None
        if not same_origin(item.uri, self.actor.uri):
            return None
        document = item.document
        if document is None or not speaks_for_itself(document, item.uri, self.actor.uri):
            document = await self._document(item.uri)
        if self.actor.uri not in ids(document.get("attributedTo")):
            return None
        if visibility_of(document, None) not in _FOR_ALL:
            return None
        self.progress.known += 1
        with limited(FETCHES_PER_POST):
            post = await self.resolver.store_post(document, with_parents=False)
        self.progress.fetched += 1
        return post if post is not None and post.author_id == self.actor.id else None

    async def _others(self, item: Item, *, only_named: bool = False) -> Post | None:
        """A post that the owner passes on: as embedded by its own server, else from its own server.
        ``only_named``: only if it names the owner, who did not say that it passes it on."""
        uri = item.uri
        known = await self.db.one(object_by_uri, uri=uri)
        if known is not None:
            return await self.db.one(post_by_uri, uri=uri)
        host, foreign = self.peers.host_of(uri), not same_origin(uri, self.actor.uri)
        if host in (None, self.server.host) or (foreign and self.boosts >= BOOSTS):
            return None
        document = item.document
        if document is None or not speaks_for_itself(document, uri, self.actor.uri):
            self.boosts += foreign
            document = await self._document(uri)
        if visibility_of(document, None) not in _FOR_ALL:
            return None
        if only_named and not names(document, self.actor.uri):
            return None
        self.progress.known += 1
        with limited(FETCHES_PER_POST):
            post = await self.resolver.store_post(document, with_parents=False)
        self.progress.fetched += 1
        return post

    async def _boost(
        self, activity: JsonObject, announce: str, reach: Visibility, target: Post
    ) -> None:
        if target.boost_of_id is not None or target.visibility > Visibility.UNLISTED:
            return
        await self.db.write(
            boost,
            self.server,
            NewPost(
                author_id=self.actor.id,
                kind=PostKind.BOOST,
                boost_of_id=target.id,
                visibility=reach,
                uri=announce,
                # Lemmy's say no time: the threads of a community stay in their order.
                published_at=when_ms(activity.get("published")) or target.published_at,
                delivered=False,
            ),
        )

    async def _document(self, uri: str) -> JsonObject:
        async with self._turn(uri):
            return await self.resolver.post_document(uri)

    async def _page(self, uri: str) -> JsonObject:
        async with self._turn(uri):
            return await self.resolver.collection(uri)

    def _turn(self, uri: str) -> AbstractAsyncContextManager[None]:
        return self.courtesy.turn(self.peers.host_of(uri) or "")
