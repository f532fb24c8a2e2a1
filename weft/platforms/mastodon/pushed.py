"""What a push message says to an application that speaks Mastodon's API.

A message is a few words on a locked screen: who did what, and the beginning of a post. Everything is
cut, because a message has four kilobytes; and a post is in it only if its reader may see it.
"""

import re
from collections.abc import Awaitable, Callable

import msgspec

from weft.domain.actors.queries import actor_by_id
from weft.domain.actors.records import Actor
from weft.domain.markup.plain import html_to_text
from weft.domain.notifications.queries import Notification, notification_by_id
from weft.domain.posts.compose import visible_post
from weft.domain.posts.records import Post
from weft.domain.push.waiting import Due
from weft.domain.server import Server
from weft.storage.database import Database
from weft.storage.ids import id_at

BODY_CHARS = 140
NAME_CHARS = 60
ICON_CHARS = 1000
NO_ICON = "/api/v1/missing/avatar.png"
"""The picture of people who have none."""
TOLD_MS = 172_800_000
"""Who did not hear of something in two days hears of it by looking."""

KIND_NAMES = {
    "reblog": "boost",
    "favourite": "like",
    "update": "edit",
    "status": "post",
    "quoted_update": "quoted_edit",
    "severed_relationships": "severed",
    "moderation_warning": "warning",
    "admin.sign_up": "sign_up",
    "admin.report": "report",
}
"""Names of alerts in this API that are not the domain's, in lower case."""
_ALERTS = {kind: alert for alert, kind in KIND_NAMES.items()}
_TITLES = {
    "mention": "{} mentioned you",
    "reblog": "{} boosted your post",
    "favourite": "{} favourited your post",
    "follow": "{} is now following you",
    "follow_request": "{} would like to follow you",
    "poll": "A poll by {} has ended",
    "update": "{} edited a post",
    "status": "{} just posted",
    "quote": "{} quoted your post",
    "quoted_update": "{} edited a post that you quoted",
    "reaction": "{} reacted to your post",
    "added_to_collection": "{} added you to a collection",
    "collection_update": "{} changed a collection that you are in",
    "admin.sign_up": "{} signed up",
    "admin.report": "{} sent a report",
    "severed_relationships": "Some of your follows ended",
    "moderation_warning": "You have a warning from the moderators",
}
_encode = msgspec.json.Encoder().encode


def kind_of(alert: str) -> str:
    """The domain's name for an alert of this API."""
    return KIND_NAMES.get(alert, alert.replace(".", "_"))


def alert_of(kind: str) -> str:
    """This API's name for a kind, which is in lower case."""
    return _ALERTS.get(kind, re.sub(r"^admin_", "admin.", kind))


def renderer(
    db: Database, server: Server, kind_name: Callable[[int], str]
) -> Callable[[Due, str], Awaitable[bytes | None]]:
    """Makes the messages; ``kind_name`` names a notification's kind."""
    no_icon = server.origin + NO_ICON

    async def render(due: Due, token: str) -> bytes | None:
        now = server.now_ms()
        row: Notification | None = await db.one(
            notification_by_id, owner=due.owner_id, id=due.notification_id, now=now
        )
        if row is None or row.id < id_at(now - TOLD_MS):
            return None
        sender = await db.one(actor_by_id, id=row.from_id)
        if sender is None or not sender.stands:
            return None
        post = None
        if row.post_id is not None:
            post = await visible_post(db, server, due.owner_id, row.post_id)
            if post is None:
                return None
        kind = alert_of(kind_name(row.kind).lower())
        icon = server.shown_at(sender.icon_url) if sender.icon_url else no_icon
        return _encode(
            {
                "access_token": token,
                "preferred_locale": due.locale or "en",
                "notification_id": str(row.id),
                "notification_type": kind,
                "icon": icon if len(icon) <= ICON_CHARS else no_icon,
                "title": _TITLES.get(kind, "{}").format(_name(sender)),
                "body": _body(sender, post),
            }
        )

    return render


def _name(sender: Actor) -> str:
    return _cut(sender.name or f"@{sender.username}", NAME_CHARS)


def _body(sender: Actor, post: Post | None) -> str:
    """The content warning instead of what it warns of; without a post, what people say of
    themselves."""
    if post is None:
        return _cut(html_to_text(sender.summary), BODY_CHARS)
    return _cut(post.summary or html_to_text(post.content), BODY_CHARS)


def _cut(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
