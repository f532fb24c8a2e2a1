"""Agreeing on who follows whom (FEP-8fcf): after a backup was restored, or an Undo was lost.

With each post for followers, the author's server says what it believes about the followers on the
receiving server, as a digest. Where that differs from what the receiver knows, it asks for the list
and ends the follows that the author does not know of. Nobody is made to follow anybody.
"""

import asyncio
from collections import OrderedDict

import structlog
from sqlalchemy import Select, bindparam, literal_column, select

from weft.domain.actors.queries import actor_by_id, actor_by_uri
from weft.domain.actors.records import Actor
from weft.domain.relations.follow import unfollow
from weft.domain.server import Server
from weft.federation.dialects import JsonObject
from weft.federation.documents.answers import small_collection
from weft.federation.peers import Peers
from weft.federation.resolve import Resolver
from weft.federation.unresolved import Unresolved
from weft.protocol.activitystreams import (
    MalformedDocument,
    first_id,
    ids,
    read_document,
)
from weft.protocol.followers_digest import HEADER, Offered, digest_of, header_of, read_header
from weft.protocol.origins import same_origin
from weft.storage.database import Database, Tx
from weft.storage.schema.actors import actor
from weft.storage.schema.relations import follow
from weft.storage.statements import query

MOST = 10_000
"""Followers on one host up to which lists are compared."""
EVERY_MS = 3_600_000
"""A list that differs is asked for at most this often."""
KEPT_MS = 60_000
REMEMBERED = 10_000

log = structlog.get_logger("weft.followers")


@query(bounded=True)
def followers_on_host() -> Select:
    """Ids (IRIs) of the accepted followers of ``:target`` that are on ``:host``."""
    return (
        select(actor.c.uri)
        .join(follow, follow.c.follower_id == actor.c.id)
        .where(
            follow.c.target_id == bindparam("target"),
            follow.c.state == literal_column("1"),
            actor.c.host == bindparam("host"),
        )
        .limit(bindparam("limit"))
    )


@query(bounded=True)
def local_followers_of() -> Select:
    """``(id, IRI)`` of our people whose follow of ``:target`` stands."""
    return (
        select(actor.c.id, actor.c.uri)
        .join(follow, follow.c.follower_id == actor.c.id)
        .where(
            follow.c.target_id == bindparam("target"),
            follow.c.state == literal_column("1"),
            actor.c.local,
        )
        .limit(bindparam("limit"))
    )


class FollowersSync:
    """Both directions."""

    def __init__(self, db: Database, server: Server, peers: Peers, resolver: Resolver) -> None:
        self._db = db
        self._server = server
        self._peers = peers
        self._resolver = resolver
        self._digests: OrderedDict[tuple[int, str], tuple[int, str]] = OrderedDict()
        self._compared: OrderedDict[str, int] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def of_host(self, owner: Actor, host: str) -> JsonObject:
        """The owner's followers on one host, for that host."""
        rows = await self._db.all(followers_on_host, target=owner.id, host=host, limit=MOST)
        uri = f"{owner.uri}/followers_synchronization"
        return small_collection(uri, sorted(row[0] for row in rows))

    async def header(self, actor_id: int, host: str) -> dict[str, str]:
        """What goes with a delivery of a post for followers."""
        owner = await self._db.one(actor_by_id, id=actor_id)
        if owner is None or owner.followers_uri is None:
            return {}
        now, key = self._server.now_ms(), (owner.id, host)
        kept = self._digests.get(key)
        if kept is None or now - kept[0] > KEPT_MS:
            rows = await self._db.all(followers_on_host, target=owner.id, host=host, limit=MOST)
            kept = (now, digest_of(row[0] for row in rows))
            self._digests[key] = kept
            if len(self._digests) > REMEMBERED:
                self._digests.popitem(last=False)
        url = f"{owner.uri}/followers_synchronization"
        return {HEADER: header_of(owner.followers_uri, url, kept[1])}

    async def heard(self, headers: dict[str, str], body: bytes) -> None:
        """An activity that was accepted brought a digest: compare, aside of the request."""
        value = headers.get(HEADER)
        offered = read_header(value) if value is not None else None
        if offered is None or not self._is_news(offered):
            return
        try:
            actor_uri = first_id(read_document(body).get("actor"))
        except MalformedDocument:
            return
        if actor_uri is None:
            return
        task = asyncio.create_task(self._compare(actor_uri, offered), name="followers")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _is_news(self, offered: Offered) -> bool:
        """Not what was compared a moment ago, and not for too many at once: another chance comes
        with the next post."""
        now, key = self._server.now_ms(), f"{offered.collection_id} {offered.digest}"
        if len(self._tasks) > 16 or now - self._compared.get(key, 0) < EVERY_MS:
            return False
        self._compared[key] = now
        if len(self._compared) > REMEMBERED:
            self._compared.popitem(last=False)
        return True

    async def _compare(self, actor_uri: str, offered: Offered) -> None:
        author = await self._db.one(actor_by_uri, uri=actor_uri)
        if author is None or author.local or offered.collection_id != author.followers_uri:
            return
        if not same_origin(offered.url, actor_uri):
            return
        rows = await self._db.all(local_followers_of, target=author.id, limit=MOST)
        if digest_of(row[1] for row in rows) == offered.digest:
            return
        try:
            listed = await self._resolver.document(offered.url)
        except Unresolved as error:
            log.info("followers not compared", actor=actor_uri, reason=str(error))
            return
        theirs = set(ids(listed.get("orderedItems")) + ids(listed.get("items")))
        if digest_of(theirs) != offered.digest:
            log.info("followers not compared", actor=actor_uri, reason="the list does not fit")
            return
        gone = [row[0] for row in rows if row[1] not in theirs]
        for each in gone:
            await self._db.write(self._end, each, author.id)
        log.info("followers compared", actor=actor_uri, ended=len(gone))

    async def _end(self, tx: Tx, follower_id: int, author_id: int) -> None:
        """The author's server knows of no such follow. Its people see it, and may follow again."""
        await unfollow(tx, self._server, follower_id=follower_id, target_id=author_id)
