"""What becomes of a word (``weft/domain/news.py``): who hears of it, and what they get.

For a post: whose timelines it belongs to (``domain/timelines/hearers``), who of them may see it
(``domain/visibility/among``), what their filters say, one rendering for all who see it alike. The number
of statements does not grow with the number of those who listen. Nothing is loaded for nobody.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeAlias

import msgspec

from weft.domain.announcements.queries import reactions_of
from weft.domain.emoji.queries import emoji_by_codes
from weft.domain.filters.match import hides
from weft.domain.filters.records import Context
from weft.domain.news import (
    AccessEnded,
    AnnouncementReacted,
    ConversationChanged,
    FiltersChanged,
    NotificationsMerged,
    Notified,
    PostCame,
    PostChanged,
    PostGone,
    Word,
)
from weft.domain.notifications.queries import notification_by_id
from weft.domain.posts.queries import attachments_of, post_by_id, tags_of
from weft.domain.posts.records import Post, answers_others
from weft.domain.timelines.hearers import homes_that_had, homes_with, lists_of_author, lists_with
from weft.domain.visibility.among import FOLLOWS, Among, Shown, load_among
from weft.domain.visibility.viewer import Local, Visibility
from weft.platforms.mastodon.api.entities.announcement import reaction_entity
from weft.platforms.mastodon.api.entities.for_many import (
    BREATH,
    Matches,
    Proper,
    facts,
    load_proper,
    render_for,
)
from weft.platforms.mastodon.api.entities.notification import NAMES, notification_entities
from weft.platforms.mastodon.api.routing import Api, encode
from weft.platforms.mastodon.api.streaming.events import Event
from weft.platforms.mastodon.api.streaming.streams import EVERYBODY, PUBLIC, Kind
from weft.realtime.hub import Hub, Subscription

RenderConversation: TypeAlias = Callable[[Api, int, int], Awaitable[bytes | None]]
"""Conversation, from its owner's actor id and its own; None if it is gone or not theirs."""


class Newsroom:
    """The Mastodon API's teller."""

    def __init__(
        self,
        api: Api,
        hub: Hub,
        check: Callable[[], Awaitable[None]],
        conversation: RenderConversation | None = None,
    ) -> None:
        """``check`` closes the streams whose tokens are good no more."""
        self._api, self._hub = api, hub
        self._conversation = conversation
        self._check = check

    async def tell(self, word: Word) -> None:
        match word:
            case PostCame(post_id):
                await self._post(post_id, "update")
            case PostChanged(post_id):
                await self._post(post_id, "status.update")
            case PostGone():
                await self._gone(word)
            case Notified(owner_id, notification_id):
                await self._notified(owner_id, notification_id)
            case NotificationsMerged(owner_id):
                event = Event("notifications_merged", b"1")
                self.send(self._hub.on(("notifications", owner_id)), event)
            case ConversationChanged(owner_id, conversation_id):
                await self._in_conversation(owner_id, conversation_id)
            case FiltersChanged(owner_id):
                self.send(self._hub.on(("own", owner_id)), Event("filters_changed"))
            case AnnouncementReacted(announcement_id, name):
                await self._reacted(announcement_id, name)
            case AccessEnded():
                await self._check()

    def send(self, receivers: Iterable[Subscription], event: Event) -> None:
        for each in receivers:
            listener = each.listener
            listener.put(event.sse() if listener.transport == "sse" else event.frame(each.label))
            self._hub.told[event.name] += 1

    # Posts

    async def _post(self, post_id: int, event: str) -> None:
        hub = self._hub
        homes, lists, tags = hub.of_kind("home"), hub.of_kind("list"), hub.of_kind("tag")
        if not (homes or lists or tags or hub.on(PUBLIC)):
            return
        post = await self._api.parts.db.one(post_by_id, id=post_id)
        if post is None:
            return
        private = await self._private_receivers(post, homes, lists)
        public = await self._public_receivers(post, tags)
        if not private and not public:
            return
        proper = await load_proper(self._api, post)
        if proper is None:
            return
        viewers = {each.listener.actor_id for each in (*private, *public)}
        among = await self._among(proper, viewers)
        may_see = {viewer for viewer in viewers if _sees(proper, among, viewer)}
        matches = await self._api.filters.matches_among(
            may_see, [proper.shown], self._api.parts.server.now_ms()
        )
        receivers = [
            each
            for each in private
            if each.listener.actor_id in may_see and not _hidden(proper, matches, each)
        ]
        receivers += [each for each in public if _is_open_to(each, post.author_id, among, may_see)]
        await self._give(event, proper, among, matches, receivers)

    async def _private_receivers(
        self,
        post: Post,
        homes: dict[int | str, list[Subscription]],
        lists: dict[int | str, list[Subscription]],
    ) -> list[Subscription]:
        """Those in whose home timeline or list the post is."""
        db = self._api.parts.db
        found: list[Subscription] = []
        if homes:
            for row in await db.all(homes_with, post_id=post.id, owners=list(homes)):
                found += homes[row[0]]
        if lists:
            for list_id in await lists_with(db, [int(each) for each in lists], post):
                found += lists[list_id]
        return found

    async def _public_receivers(
        self, post: Post, tags: dict[int | str, list[Subscription]]
    ) -> list[Subscription]:
        """Those who listen to public posts or hashtags, as far as they want this one."""
        if post.visibility != Visibility.PUBLIC or post.boost_of_id is not None:
            return []
        everybody = [] if answers_others(post) else self._hub.on(PUBLIC)
        db = self._api.parts.db
        names = {row.name for row in await db.all(tags_of, ids=[post.id])} if tags else set()
        if not everybody and not names & tags.keys():
            return []
        has_media = bool(await db.all(attachments_of, ids=[post.id]))
        return self._choose(everybody, tags, names, Kind(post.local, has_media))

    @staticmethod
    def _choose(
        everybody: list[Subscription],
        tags: dict[int | str, list[Subscription]],
        names: Iterable[str],
        kind: Kind,
    ) -> list[Subscription]:
        asked = [*everybody, *(each for name in names for each in tags.get(name, ()))]
        return [each for each in asked if each.takes is None or each.takes(kind)]

    async def _among(self, proper: Proper, viewers: set[int]) -> Among:
        posts = proper.all
        return await load_among(
            self._api.parts.db,
            self._api.parts.server.now_ms(),
            [post.author_id for post in posts],
            [post.id for post in posts],
            viewers,
        )

    async def _give(
        self,
        event: str,
        proper: Proper,
        among: Among,
        matches: Matches,
        receivers: list[Subscription],
    ) -> None:
        viewers = list({each.listener.actor_id for each in receivers})
        if not viewers:
            return
        statuses = await render_for(self._api, proper, among, viewers, matches)
        events: dict[bytes, Event] = {}
        for number, each in enumerate(receivers):
            if number % BREATH == BREATH - 1:
                await asyncio.sleep(0)
            status = statuses.get(each.listener.actor_id)
            if status is None:
                continue
            made = events.get(status)
            if made is None:
                made = events[status] = Event(event, status)
            self.send((each,), made)

    async def _gone(self, word: PostGone) -> None:
        """Only its id is told, and only to who could see it and may have had it."""
        hub, db = self._hub, self._api.parts.db
        homes, lists, tags = hub.of_kind("home"), hub.of_kind("list"), hub.of_kind("tag")
        author = word.author_id
        private: list[Subscription] = []
        if homes:
            rows = await db.all(
                homes_that_had, author=author, owners=list(homes), tags=list(word.tags)
            )
            for owner in {row[0] for row in rows} | {author, *word.named}:
                private += homes.get(owner, ())
        if lists:
            ids = [int(each) for each in lists]
            for list_id in await lists_of_author(db, ids, author, boost=word.is_boost):
                private += lists[list_id]
        public: list[Subscription] = []
        if word.visibility == Visibility.PUBLIC and not word.is_boost:
            everybody = [] if word.answers_others else hub.on(PUBLIC)
            public = self._choose(everybody, tags, word.tags, Kind(word.local, word.has_media))
        viewers = {each.listener.actor_id for each in (*private, *public)}
        if not viewers:
            return
        among = await load_among(
            db,
            self._api.parts.server.now_ms(),
            [author],
            [],
            viewers,
            [(word.post_id, each) for each in word.named],
        )
        shown = Shown(word.post_id, author, word.visibility, word.local_only)
        may_know = {each for each in viewers if among.can_see(each, shown, purpose="list")}
        receivers = [each for each in private if each.listener.actor_id in may_know]
        receivers += [each for each in public if _is_open_to(each, author, among, may_know)]
        self.send(receivers, Event("delete", b"%d" % word.post_id))

    # The rest

    async def _notified(self, owner_id: int, notification_id: int) -> None:
        receivers = self._hub.on(("notifications", owner_id))
        if not receivers:
            return
        row = await self._api.parts.db.one(
            notification_by_id,
            owner=owner_id,
            id=notification_id,
            now=self._api.parts.server.now_ms(),
        )
        if row is None or row.kind not in NAMES:
            return
        for entity in await notification_entities(self._api, Local(owner_id), [row]):
            self.send(receivers, Event("notification", encode(entity)))

    async def _in_conversation(self, owner_id: int, conversation_id: int) -> None:
        receivers = self._hub.on(("direct", owner_id))
        if not receivers or self._conversation is None:
            return
        entity = await self._conversation(self._api, owner_id, conversation_id)
        if entity is not None:
            self.send(receivers, Event("conversation", entity))

    async def _reacted(self, announcement_id: int, name: str) -> None:
        receivers = self._hub.on(EVERYBODY)
        if not receivers:
            return
        db = self._api.parts.db
        rows = await db.all(reactions_of, ids=[announcement_id], account_id=0)
        emoji = {each.shortcode: each for each in await db.all(emoji_by_codes, codes=[name])}
        told: dict[str, object] = {"name": name, "count": 0}
        for row in rows:
            if row.name == name:
                told = reaction_entity(self._api, row, emoji)
                del told["me"]
        told["announcement_id"] = str(announcement_id)
        self.send(receivers, Event("announcement.reaction", msgspec.json.encode(told)))


def _sees(proper: Proper, among: Among, viewer: int) -> bool:
    """The rule of visibility for the post and for what it boosts, as in any list."""
    post, target = proper.post, proper.target
    if not among.can_see(viewer, facts(post), purpose="list"):
        return False
    return target is None or among.can_see(viewer, facts(target), purpose="list")


def _is_open_to(receiver: Subscription, author: int, among: Among, may_see: set[int]) -> bool:
    """Whom an operator has limited is heard in public by who follows them, and under hashtags."""
    viewer = receiver.listener.actor_id
    if viewer not in may_see:
        return False
    heard = receiver.topic != PUBLIC or viewer == author or among.is_heard(author)
    return heard or among.has(FOLLOWS, author, viewer)


def _hidden(proper: Proper, matches: Matches, receiver: Subscription) -> bool:
    said = matches.get(receiver.listener.actor_id, {}).get(proper.shown.id, ())
    return hides(said, Context.HOME)
