"""Notification and NotificationGroup: what both tell of, loaded for a page at once."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from weft.domain.notifications.about import (
    Severance,
    SeveranceKind,
    Strike,
    rules_of_reports,
    severances_of,
    strikes_of,
)
from weft.domain.notifications.groups import Group
from weft.domain.notifications.kinds import NotificationKind
from weft.domain.notifications.queries import Notification
from weft.domain.posts.queries import posts_for
from weft.domain.reports.report import Report, posts_of_reports, reports_by_ids
from weft.domain.visibility.viewer import Local, kind_of, viewer_params
from weft.platforms.mastodon.api.entities.account import author_fragments
from weft.platforms.mastodon.api.entities.collection import collections_by_id
from weft.platforms.mastodon.api.entities.status import statuses_by_id
from weft.platforms.mastodon.api.entities.values import iso, iso_or_none
from weft.platforms.mastodon.api.params import Params
from weft.platforms.mastodon.api.routing import Api

# Emoji have no name in this API: for its apps, who reacts favourites.
NAMES = {
    NotificationKind.MENTION: "mention",
    NotificationKind.BOOST: "reblog",
    NotificationKind.LIKE: "favourite",
    NotificationKind.REACTION: "favourite",
    NotificationKind.FOLLOW: "follow",
    NotificationKind.FOLLOW_REQUEST: "follow_request",
    NotificationKind.POLL: "poll",
    NotificationKind.EDIT: "update",
    NotificationKind.POST: "status",
    NotificationKind.QUOTE: "quote",
    NotificationKind.QUOTED_EDIT: "quoted_update",
    NotificationKind.SEVERED: "severed_relationships",
    NotificationKind.WARNING: "moderation_warning",
    NotificationKind.SIGN_UP: "admin.sign_up",
    NotificationKind.REPORT: "admin.report",
    NotificationKind.ADDED_TO_COLLECTION: "added_to_collection",
    NotificationKind.COLLECTION_UPDATE: "collection_update",
}


def kinds_called(names: Iterable[str]) -> list[NotificationKind]:
    """The kinds that this API calls so; names that it does not know are none."""
    asked = set(names)
    return [kind for kind, name in NAMES.items() if name in asked]


# For apps that do not know a type: what happened, with the name of who caused it.
_SENTENCES = {
    NotificationKind.MENTION: "{} mentioned you",
    NotificationKind.BOOST: "{} boosted your post",
    NotificationKind.LIKE: "{} liked your post",
    NotificationKind.REACTION: "{} reacted to your post",
    NotificationKind.FOLLOW: "{} follows you",
    NotificationKind.FOLLOW_REQUEST: "{} asks to follow you",
    NotificationKind.POLL: "A poll of {} has ended",
    NotificationKind.EDIT: "{} edited a post that you boosted",
    NotificationKind.POST: "{} posted",
    NotificationKind.QUOTE: "{} quoted your post",
    NotificationKind.QUOTED_EDIT: "{} edited a post that you quoted",
    NotificationKind.SEVERED: "Some of your follows were ended",
    NotificationKind.WARNING: "The moderators of this server have something to tell you",
    NotificationKind.SIGN_UP: "{} has joined this server",
    NotificationKind.REPORT: "{} reported an account",
    NotificationKind.ADDED_TO_COLLECTION: "{} added you to a collection",
    NotificationKind.COLLECTION_UPDATE: "{} changed a collection that you are in",
}
_SEVERED_BY = {
    SeveranceKind.DOMAIN_BLOCK: "domain_block",
    SeveranceKind.USER_DOMAIN_BLOCK: "user_domain_block",
    SeveranceKind.ACCOUNT_SUSPENSION: "account_suspension",
}
_ABOUT = {
    NotificationKind.SEVERED: "event",
    NotificationKind.WARNING: "moderation_warning",
    NotificationKind.REPORT: "report",
    NotificationKind.ADDED_TO_COLLECTION: "collection",
    NotificationKind.COLLECTION_UPDATE: "collection",
}


class _Named(msgspec.Struct):
    """What a rendered account says of its name."""

    display_name: str
    acct: str


class Pieces(msgspec.Struct):
    """Everything that the notifications of a page show."""

    accounts: dict[int, bytes]
    statuses: dict[int, bytes]
    about: dict[tuple[int, int], dict[str, Any]]
    """Severances, strikes and reports, by kind and id."""
    supported: frozenset[str] | None
    """The types that the app says it knows; None if it says nothing."""

    def has(self, row: Notification) -> bool:
        """Is there everything that it tells of?"""
        return (
            row.from_id in self.accounts
            and (row.post_id is None or row.post_id in self.statuses)
            and (row.about_id is None or (row.kind, row.about_id) in self.about)
        )

    def told(self, row: Notification) -> dict[str, Any]:
        """The part that both entities share: the type, and what it is about but for a status."""
        kind = NotificationKind(row.kind)
        entity: dict[str, Any] = {"type": NAMES[kind]}
        if row.about_id is not None:
            entity[_ABOUT[kind]] = self.about[row.kind, row.about_id]
        if self.supported is not None and NAMES[kind] not in self.supported:
            named = msgspec.json.decode(self.accounts[row.from_id], type=_Named)
            entity["fallback"] = {
                "title": _SENTENCES[kind].format(named.display_name or named.acct),
                "summary": None,
                "details": None,
            }
        return entity


def supported(params: Params) -> frozenset[str] | None:
    """The types that an app says it knows; None if it says nothing."""
    return frozenset(params.texts("supported_types")) if params.has("supported_types") else None


async def load_pieces(
    api: Api,
    viewer: Local,
    rows: Sequence[Notification],
    people: Iterable[int] = (),
    supported: frozenset[str] | None = None,
) -> Pieces:
    """A fixed number of statements, however many there are."""
    ids = list(dict.fromkeys(row.post_id for row in rows if row.post_id is not None))
    posts = []
    if ids:
        params = viewer_params(viewer, api.parts.server.now_ms(), "show")
        posts = await api.parts.db.all(
            posts_for, who=kind_of(viewer), purpose="show", ids=ids, **params
        )
    return Pieces(
        await author_fragments(api, {*people, *(row.from_id for row in rows)}),
        await statuses_by_id(api, posts, viewer),
        await _about(api, viewer.actor_id, rows),
        supported,
    )


async def notification_entities(
    api: Api,
    viewer: Local,
    rows: Sequence[Notification],
    supported: frozenset[str] | None = None,
) -> list[dict[str, Any]]:
    """Notification, version 1; without those of which the viewer may not see all."""
    pieces = await load_pieces(api, viewer, rows, (), supported)
    return [_entity(pieces, row) for row in rows if pieces.has(row)]


def _entity(pieces: Pieces, row: Notification) -> dict[str, Any]:
    entity: dict[str, Any] = {
        "id": str(row.id),
        "created_at": iso(row.created_at),
        "group_key": row.group_key or f"ungrouped-{row.id}",
        "account": msgspec.Raw(pieces.accounts[row.from_id]),
        **pieces.told(row),
    }
    if row.post_id is not None:
        entity["status"] = msgspec.Raw(pieces.statuses[row.post_id])
    return entity


def group_entity(pieces: Pieces, group: Group, *, on_page: bool) -> dict[str, Any]:
    """NotificationGroup; what of it lies on a page only where there are pages."""
    entity: dict[str, Any] = {
        "group_key": group.key,
        "notifications_count": group.size,
        "most_recent_notification_id": group.newest_id,
        "sample_account_ids": [str(each) for each in group.people if each in pieces.accounts],
        **pieces.told(group.shown),
    }
    if on_page:
        entity |= {
            "page_min_id": str(group.page_min_id),
            "page_max_id": str(group.page_max_id),
            "latest_page_notification_at": iso(group.page_at),
        }
    if group.shown.post_id is not None:
        entity["status_id"] = str(group.shown.post_id)
    return entity


async def _about(
    api: Api, me: int, rows: Sequence[Notification]
) -> dict[tuple[int, int], dict[str, Any]]:
    found: dict[tuple[int, int], dict[str, Any]] = {}
    ids: dict[int, list[int]] = {}
    for row in rows:
        if row.about_id is not None:
            ids.setdefault(row.kind, []).append(row.about_id)
    if severed := ids.get(NotificationKind.SEVERED):
        for each in await api.parts.db.all(severances_of, ids=severed, owner=me):
            found[NotificationKind.SEVERED, each.id] = severance_entity(each)
    if warned := ids.get(NotificationKind.WARNING):
        strikes = await api.parts.db.all(strikes_of, ids=warned, owner=me)
        accounts = await author_fragments(api, {each.target_id for each in strikes})
        for strike in strikes:
            found[NotificationKind.WARNING, strike.id] = warning_entity(
                strike, accounts[strike.target_id]
            )
    if reported := ids.get(NotificationKind.REPORT):
        for id_, entity in (await _reports(api, reported)).items():
            found[NotificationKind.REPORT, id_] = entity
    of_people = (NotificationKind.ADDED_TO_COLLECTION, NotificationKind.COLLECTION_UPDATE)
    if named := [each for kind in of_people for each in ids.get(kind, [])]:
        entities = await collections_by_id(api, Local(me), list(dict.fromkeys(named)))
        found |= {(kind, id_): entity for id_, entity in entities.items() for kind in of_people}
    return found


async def _reports(api: Api, ids: list[int]) -> dict[int, dict[str, Any]]:
    reports = await api.parts.db.all(reports_by_ids, ids=ids)
    posts: dict[int, list[str]] = {}
    for report_id, post_id in await api.parts.db.all(posts_of_reports, ids=ids):
        posts.setdefault(report_id, []).append(str(post_id))
    rules = {
        report_id: [str(each) for each in msgspec.json.decode(found)] if found else None
        for report_id, found in await api.parts.db.all(rules_of_reports, ids=ids)
    }
    accounts = await author_fragments(api, {each.target_id for each in reports})
    return {
        each.id: report_entity(
            each, posts.get(each.id), rules.get(each.id), accounts[each.target_id]
        )
        for each in reports
        if each.target_id in accounts
    }


def severance_entity(row: Severance) -> dict[str, Any]:
    """RelationshipSeveranceEvent"""
    return {
        "id": str(row.id),
        "type": _SEVERED_BY[SeveranceKind(row.kind)],
        "purged": row.purged,
        "target_name": row.target_name,
        "followers_count": row.followers,
        "following_count": row.following,
        "created_at": iso(row.created_at),
    }


def warning_entity(row: Strike, target: bytes) -> dict[str, Any]:
    """AccountWarning; ``target`` is the rendered account."""
    appeal = None
    if row.appeal is not None:
        ended = "rejected" if row.appeal_ended_at is not None else "pending"
        state = "approved" if row.overruled_at is not None else ended
        appeal = {"text": row.appeal, "state": state}
    return {
        "id": str(row.id),
        "action": row.action,
        "text": row.text,
        "status_ids": [str(each) for each in row.posts] or None,
        "created_at": iso(row.created_at),
        "target_account": msgspec.Raw(target),
        "appeal": appeal,
    }


def report_entity(
    row: Report, status_ids: list[str] | None, rule_ids: list[str] | None, target: bytes
) -> dict[str, Any]:
    """Report; ``target`` is the rendered account."""
    return {
        "id": str(row.id),
        "action_taken": row.resolved_at is not None,
        "action_taken_at": iso_or_none(row.resolved_at),
        "category": row.category,
        "comment": row.comment,
        "forwarded": row.forwarded,
        "created_at": iso(row.created_at),
        "status_ids": status_ids,
        "rule_ids": rule_ids,
        "collection_ids": [str(each) for each in row.collections],
        "target_account": msgspec.Raw(target),
    }
