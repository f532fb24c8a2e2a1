"""What can be listened to: Mastodon's names of streams, and which topics each of them is.

Seen alike by Server-sent events, where the path names the stream, and by WebSockets, where a frame does.
"""

from collections.abc import Callable

import msgspec
from msgspec import Struct

from weft.domain.lists.queries import list_by_id
from weft.domain.markup.extract import tag_name
from weft.domain.tags.follow import NAME_LENGTH
from weft.platforms.mastodon.api.auth import allows
from weft.platforms.mastodon.api.errors import OUT_OF_SCOPE, ApiError, not_found
from weft.platforms.mastodon.api.params import parse_id
from weft.platforms.mastodon.api.routing import Api
from weft.realtime.hub import Subscription, Topic
from weft.realtime.listener import Listener

PUBLIC: Topic = ("public", "")
EVERYBODY: Topic = ("everybody", "")

_PUBLIC = frozenset({"public", "public:local", "public:remote"})
_TAGGED = frozenset({"hashtag", "hashtag:local"})
NAMES = frozenset(
    {"user", "user:notification", "list", "direct", *_PUBLIC, *_TAGGED}
    | {f"{name}:media" for name in _PUBLIC}
)


class Kind(Struct, frozen=True):
    """What streams of public posts choose by."""

    local: bool
    has_media: bool


class Wanted(Struct, frozen=True):
    """A stream as somebody asked for it."""

    name: str
    argument: str = ""
    """The tag or the list, where the stream is one of those."""

    @property
    def label(self) -> str:
        """``stream`` of a frame, as JSON."""
        return msgspec.json.encode(
            [self.name, self.argument] if self.argument else [self.name]
        ).decode()


def wanted(name: str, tag: str | None, list_id: str | None) -> Wanted:
    """What is asked for, checked.

    Raises:
        ApiError: 400 with a sentence.
    """
    if name not in NAMES:
        raise ApiError(400, "Unknown stream type")
    if name in _TAGGED:
        shown = (tag or "").strip().removeprefix("#")
        if not shown or len(shown) > NAME_LENGTH:
            raise ApiError(400, "Missing tag name parameter")
        return Wanted(name, shown)
    if name == "list":
        if not list_id:
            raise ApiError(400, "Missing list name parameter")
        return Wanted(name, str(parse_id(list_id)))
    return Wanted(name)


def scope_of(name: str) -> str:
    """The scope that a stream needs."""
    return "read:notifications" if name == "user:notification" else "read:statuses"


async def subscriptions(
    api: Api, listener: Listener, scopes: frozenset[str], asked: Wanted
) -> list[Subscription]:
    """What a stream subscribes to; nothing is subscribed yet.

    Raises:
        ApiError: 403 without the scope, 404 for a list that is not theirs.
    """
    if not allows(scopes, scope_of(asked.name)):
        raise ApiError(403, OUT_OF_SCOPE)
    topics, takes = await _topics(api, listener.actor_id, scopes, asked)
    return [Subscription(listener, topic, asked.label, takes) for topic in topics]


async def _topics(
    api: Api, me: int, scopes: frozenset[str], asked: Wanted
) -> tuple[list[Topic], Callable[[object], bool] | None]:
    name = asked.name
    if name == "user":
        mine: list[Topic] = [("home", me), ("own", me), ("direct", me), EVERYBODY]
        if allows(scopes, "read:notifications"):
            mine.append(("notifications", me))
        return mine, None
    if name == "user:notification":
        return [("notifications", me)], None
    if name == "direct":
        return [("direct", me)], None
    if name == "list":
        found = await api.parts.db.one(list_by_id, id=int(asked.argument), owner=me)
        if found is None:
            raise not_found()
        return [("list", found.id)], None
    topic = PUBLIC if not asked.argument else ("tag", tag_name(asked.argument))
    return [topic], _chooser(name)


def _chooser(name: str) -> Callable[[object], bool] | None:
    parts = name.split(":")[1:]
    origin = next((each == "local" for each in parts if each in ("local", "remote")), None)
    only_media = "media" in parts
    if origin is None and not only_media:
        return None

    def takes(kind: object) -> bool:
        assert isinstance(kind, Kind)
        return (origin is None or kind.local == origin) and (kind.has_media or not only_media)

    return takes
