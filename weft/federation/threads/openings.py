"""Somebody opens a thread, a profile or a shelf: what is not here is asked for, and how far that has come
is told. Reading never waits for it, and never fails because of it.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

import structlog

from weft.domain.actors.records import Actor
from weft.domain.posts.queries import post_by_id
from weft.domain.posts.records import Post
from weft.domain.server import Server
from weft.domain.shelves.records import Shelf
from weft.domain.visibility.viewer import Visibility
from weft.federation.threads.profiles import Profiles
from weft.federation.threads.shelves import Shelves
from weft.federation.threads.store import (
    PAUSE_MS,
    Walk,
    WalkState,
    ask,
    remote_member,
    walks_of,
)
from weft.federation.threads.walk import Progress
from weft.storage.database import Database
from weft.storage.errors import StorageError

WINDOW_S = 300.0
FOR_A_PERSON = 100
FOR_A_VISITOR = 20
KEPT = 20_000

log = structlog.get_logger("weft.threads")


class Allowance:
    """How many walks one asker may cause in ``WINDOW_S``; counted in this process's memory."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._taken: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def take(self, asker: str, most: int) -> bool:
        """Count one. False if there were ``most`` already."""
        now = self._clock()
        began, count = self._taken.get(asker, (now, 0))
        if now - began >= WINDOW_S:
            began, count = now, 0
        if count >= most:
            return False
        self._taken[asker] = (began, count + 1)
        self._taken.move_to_end(asker)
        if len(self._taken) > KEPT:
            self._taken.popitem(last=False)
        return True


class Openings:
    """What the APIs and pages tell, and ask."""

    def __init__(
        self,
        db: Database,
        server: Server,
        profiles: Profiles,
        shelves: Shelves,
        wake: Callable[[], None],
    ) -> None:
        self._db = db
        self._server = server
        self._profiles = profiles
        self._shelves = shelves
        self._wake = wake
        self._allowance = Allowance()

    async def thread(self, post: Post, *, me: int | None, address: str) -> Walk | None:
        """A person (``me``) or a visitor from ``address`` opened a post, which they may see: have
        its thread walked, unless that was not long ago. The walk that runs or ran last."""
        walk = await self.walk_of(post)
        if walk is not None and self._is_recent(walk):
            return walk
        if post.visibility > Visibility.UNLISTED or not await self._has_remote_part(post):
            return walk
        if not self._may_ask(me, address):
            return walk
        try:
            asked = await self._db.write(ask, await self._key(post), self._server.now_ms())
        except StorageError as error:
            log.warning("walk not asked for", post=post.id, reason=str(error))
            return walk
        if asked:
            self._wake()
        return await self.walk_of(post)

    async def walk_of(self, post: Post) -> Walk | None:
        """The walk of a post's thread that runs, or else ran last. What should have ended long ago
        is not waited for: perhaps nobody works off walks."""
        ids = [post.id] if post.root_id in (None, post.id) else [post.id, post.root_id]
        rows = await self._db.all(walks_of, ids=ids)
        stale = self._server.now_ms() - PAUSE_MS
        rows = [
            row
            for row in rows
            if row.state != WalkState.ABOVE and not (row.runs and row.started_at < stale)
        ]
        return max(rows, key=lambda row: (row.runs, row.started_at), default=None)

    async def profile(self, actor: Actor, *, me: int | None, address: str) -> Progress | None:
        """Somebody opened a profile: have it read, unless that was not long ago. How far the
        reading has come, while it runs."""
        try:
            if await self._profiles.is_due(actor) and self._may_ask(me, address):
                await self._profiles.begin(actor)
        except StorageError as error:
            log.warning("profile not asked for", actor=actor.id, reason=str(error))
        return self._profiles.progress(actor.id) if self._profiles.is_running(actor.id) else None

    async def shelf(self, shelf: Shelf, *, me: int | None, address: str) -> Progress | None:
        """Somebody opened a shelf of which not all is here: have the rest read. How far the reading
        has come, while it runs."""
        try:
            if await self._shelves.is_due(shelf) and self._may_ask(me, address):
                await self._shelves.begin(shelf)
        except StorageError as error:
            log.warning("shelf not asked for", shelf=shelf.id, reason=str(error))
        return self._shelves.progress(shelf.id) if self._shelves.is_running(shelf.id) else None

    def profile_of(self, actor_id: int) -> tuple[bool, Progress | None]:
        """Is the profile being read, and how far has that come, or did it come lately?"""
        return self._profiles.is_running(actor_id), self._profiles.progress(actor_id)

    async def _key(self, post: Post) -> int:
        """The root of the thread, if it is known for certain. What is the topmost for now gives way
        while the walk goes up, and the opened post would not find its walk under it."""
        root = await self._db.one(post_by_id, id=post.root_id or post.id)
        return root.id if root is not None and root.in_reply_to_uri is None else post.id

    def _is_recent(self, walk: Walk) -> bool:
        return walk.finished_at is None or (self._server.now_ms() - walk.finished_at < PAUSE_MS)

    async def _has_remote_part(self, post: Post) -> bool:
        if not post.local or (post.in_reply_to_id is None and post.in_reply_to_uri is not None):
            return True
        found = await self._db.one(remote_member, root=post.root_id or post.id)
        return found is not None

    def _may_ask(self, me: int | None, address: str) -> bool:
        if me is not None:
            return self._allowance.take(f"person {me}", FOR_A_PERSON)
        return self._allowance.take(f"visitor {address}", FOR_A_VISITOR)
