"""Letting streams in, and looking after the open ones: are their tokens still good, is the other side
still there, is there something to announce?

Announcements are looked for at every heartbeat instead of being told: they are made on the command line,
in a process of its own, and some begin and end by the clock.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from weft.config.addresses import limit_key
from weft.domain.accounts.queries import Bearer, good_tokens
from weft.domain.accounts.store import touch_account
from weft.domain.announcements.announce import MOST_SHOWN
from weft.domain.announcements.queries import Announcement, announcements_now
from weft.platforms.mastodon.api.auth import SEEN_EVERY_MS
from weft.platforms.mastodon.api.entities.announcement import announcement_entities
from weft.platforms.mastodon.api.errors import NEEDS_USER, ApiError
from weft.platforms.mastodon.api.routing import Api, client_in, encode
from weft.platforms.mastodon.api.streaming.events import Event
from weft.platforms.mastodon.api.streaming.newsroom import Newsroom, RenderConversation
from weft.platforms.mastodon.api.streaming.streams import EVERYBODY
from weft.realtime.hub import Hub, Subscription, TooMany
from weft.realtime.listener import Listener, Transport
from weft.storage.database import Tx

TOKENS_AT_ONCE = 500
THUMP = b":thump\n"


class Desk:
    """The streams of the Mastodon API in this process."""

    def __init__(self, api: Api, hub: Hub, conversation: RenderConversation | None = None) -> None:
        self._api, self.hub = api, hub
        self._newsroom = Newsroom(api, hub, self.check_tokens, conversation)
        self._announced: dict[int, int] | None = None
        """When each announcement that is shown now was last changed; None while nobody listens."""
        hub.teller(self._newsroom.tell, self.beat)

    async def admit(
        self, scope: Mapping[str, Any], bearer: Bearer, transport: Transport
    ) -> Listener:
        """Let a stream in; it must leave again.

        Raises:
            ApiError: 422 for a token that speaks for nobody, 429 if there are too many.
        """
        if bearer.actor_id is None or bearer.account_id is None:
            raise ApiError(422, NEEDS_USER)
        client = scope.get("client")
        listener = Listener(
            bearer.actor_id,
            bearer.account_id,
            bearer.token_id,
            address=limit_key(client_in(self._api, scope)),
            transport=transport,
            cut=lambda: self.hub.cut(client),
        )
        if self._announced is None:
            self._announced = {row.id: row.updated_at for row in await self._announcements()}
        try:
            self.hub.admit(listener)
        except TooMany as error:
            raise ApiError(429, str(error)) from None
        return listener

    def subscribe(self, subscriptions: Iterable[Subscription]) -> None:
        for each in subscriptions:
            self.hub.subscribe(each)

    def leave(self, listener: Listener, subscriptions: Iterable[Subscription]) -> None:
        self.hub.leave(listener, subscriptions)
        if not self.hub.listeners:
            self._announced = None

    async def beat(self) -> None:
        for listener in self.hub.listeners:
            if listener.transport == "sse":
                listener.put(THUMP)
        await self.check_tokens()
        await self._look_for_announcements()

    async def check_tokens(self) -> None:
        """Close what was opened with a token, or for an account, that is good no more; note who is
        here, because home timelines are kept for them."""
        listeners = self.hub.listeners
        ids = list({each.token_id for each in listeners})
        now, db = self._api.parts.server.now_ms(), self._api.parts.db
        good: set[int] = set()
        unseen: set[int] = set()
        for at in range(0, len(ids), TOKENS_AT_ONCE):
            rows = await db.all(good_tokens, ids=ids[at : at + TOKENS_AT_ONCE], now=now)
            good |= {row.id for row in rows}
            unseen |= {
                row.account_id for row in rows if now - (row.last_active_at or 0) > SEEN_EVERY_MS
            }
        for listener in listeners:
            if listener.token_id not in good:
                listener.close("ended")
        if unseen:
            await db.write(_touch_all, sorted(unseen), now)

    async def _announcements(self) -> Sequence[Announcement]:
        now = self._api.parts.server.now_ms()
        return await self._api.parts.db.all(
            announcements_now, unread=False, now=now, limit=MOST_SHOWN
        )

    async def _look_for_announcements(self) -> None:
        receivers, before = self.hub.on(EVERYBODY), self._announced
        if before is None:
            return
        rows = await self._announcements()
        self._announced = {row.id: row.updated_at for row in rows}
        if not receivers:
            return
        new = [row for row in rows if before.get(row.id) != row.updated_at]
        for entity in await announcement_entities(self._api, new, 0):
            self._newsroom.send(receivers, Event("announcement", encode(entity)))
        for gone in before.keys() - self._announced.keys():
            self._newsroom.send(receivers, Event("announcement.delete", b"%d" % gone))


async def _touch_all(tx: Tx, accounts: list[int], now: int) -> None:
    await tx.many(touch_account, [{"of_account": each, "now": now} for each in accounts])
