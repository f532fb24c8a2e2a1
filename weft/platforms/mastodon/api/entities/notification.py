"""Notification (version 1)."""

from collections.abc import Sequence
from typing import Any

import msgspec

from weft.domain.notifications.notify import NotificationKind
from weft.domain.notifications.queries import Notification
from weft.domain.posts.queries import posts_for
from weft.domain.visibility.viewer import Viewer, kind_of, viewer_params
from weft.platforms.mastodon.api.entities.account import author_fragments
from weft.platforms.mastodon.api.entities.status import statuses_by_id
from weft.platforms.mastodon.api.entities.values import iso
from weft.platforms.mastodon.api.routing import Api

# Reactions other than likes have no name in this API.
NAMES = {
    NotificationKind.MENTION: "mention",
    NotificationKind.BOOST: "reblog",
    NotificationKind.LIKE: "favourite",
    NotificationKind.FOLLOW: "follow",
    NotificationKind.FOLLOW_REQUEST: "follow_request",
    NotificationKind.POLL: "poll",
    NotificationKind.EDIT: "update",
    NotificationKind.POST: "status",
    NotificationKind.QUOTE: "quote",
}


async def notification_entities(
    api: Api, viewer: Viewer, rows: Sequence[Notification]
) -> list[dict[str, Any]]:
    """A fixed number of statements, however many there are; without those whose post or sender
    the viewer may not see."""
    ids = list({row.post_id for row in rows if row.post_id is not None})
    posts = await api.parts.db.all(
        posts_for,
        who=kind_of(viewer),
        purpose="show",
        ids=ids,
        **viewer_params(viewer, api.parts.server.now_ms(), "show"),
    )
    statuses = await statuses_by_id(api, posts, viewer)
    accounts = await author_fragments(api, {row.from_id for row in rows})
    found = []
    for row in rows:
        if row.from_id not in accounts or (row.post_id is not None and row.post_id not in statuses):
            continue
        entity: dict[str, Any] = {
            "id": str(row.id),
            "type": NAMES[NotificationKind(row.kind)],
            "created_at": iso(row.created_at),
            "group_key": f"ungrouped-{row.id}",
            "account": msgspec.Raw(accounts[row.from_id]),
        }
        if row.post_id is not None:
            entity["status"] = msgspec.Raw(statuses[row.post_id])
        found.append(entity)
    return found
