"""Lemmy's views. Shapes: types of the same names in the v3 API of 0.19."""

from datetime import UTC, datetime
from typing import Any

from weft.domain.actors.records import Actor, ActorKind
from weft.domain.communities.queries import HostNumber
from weft.domain.markup.plain import html_to_text
from weft.domain.posts.kinds import ThreadFacets
from weft.domain.posts.records import Post, post_facets
from weft.domain.relations.queries import FollowState
from weft.platforms.lemmy.api.loading import Loaded

UNDETERMINED = 0
"""The language id that Lemmy gives to posts of no known language."""
OUR_INSTANCE = 1


def time(ms: int) -> str:
    """``2024-01-31T12:00:00.123000Z``"""
    when = datetime.fromtimestamp(ms / 1000, UTC)
    return when.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def instance_id(found: Loaded, actor: Actor) -> int:
    """Ours is 1; others follow, by their host's number."""
    if actor.local:
        return OUR_INSTANCE
    host = found.hosts.get(actor.host)
    return host.num + OUR_INSTANCE if host is not None else 0


def instance(row: HostNumber) -> dict[str, Any]:
    """Another server."""
    view: dict[str, Any] = {
        "id": row.num + OUR_INSTANCE,
        "domain": row.name,
        "published": time(row.first_seen_at),
    }
    return view | _given(
        updated=time(row.last_seen_at) if row.last_seen_at is not None else None,
        software=row.software or None,
        version=row.version or None,
    )


def person(found: Loaded, actor: Actor) -> dict[str, Any]:
    view: dict[str, Any] = {
        "id": actor.num,
        "name": actor.username,
        "banned": actor.suspended_at is not None,
        "published": time(actor.published_at),
        "actor_id": actor.uri,
        "local": actor.local,
        "deleted": actor.deleted_at is not None,
        "bot_account": actor.kind in (ActorKind.SERVICE, ActorKind.APPLICATION),
        "instance_id": instance_id(found, actor),
    }
    return view | _given(
        display_name=actor.name if actor.name != actor.username else None,
        avatar=actor.icon_url,
        banner=actor.header_url,
        bio=html_to_text(actor.summary) or None,
    )


def person_view(found: Loaded, actor: Actor) -> dict[str, Any]:
    tally = found.tallies.get(actor.id)
    return {
        "person": person(found, actor),
        "counts": {
            "person_id": actor.num,
            "post_count": tally.threads if tally else 0,
            "comment_count": tally.comments if tally else 0,
        },
        "is_admin": actor.id in found.admins,
    }


def community(found: Loaded, actor: Actor) -> dict[str, Any]:
    view: dict[str, Any] = {
        "id": actor.num,
        "name": actor.username,
        "title": actor.name,
        "removed": actor.suspended_at is not None,
        "published": time(actor.published_at),
        "deleted": actor.deleted_at is not None,
        "nsfw": actor.sensitive,
        "actor_id": actor.uri,
        "local": actor.local,
        "hidden": not actor.discoverable,
        "posting_restricted_to_mods": actor.id in found.closed,
        "instance_id": instance_id(found, actor),
        "visibility": "Public",
    }
    return view | _given(
        description=html_to_text(actor.summary) or None,
        icon=actor.icon_url,
        banner=actor.header_url,
    )


def community_view(found: Loaded, actor: Actor) -> dict[str, Any]:
    tally, version = found.tallies.get(actor.id), found.versions.get(actor.id)
    active = found.activity.get(actor.id)
    return {
        "community": community(found, actor),
        "subscribed": subscribed(found, actor.id),
        "blocked": actor.id in found.blocked,
        "counts": {
            "community_id": actor.num,
            "subscribers": version.followers if version else 0,
            "subscribers_local": version.own_followers if version else 0,
            "posts": tally.threads if tally else 0,
            "comments": tally.comments if tally else 0,
            "published": time(actor.published_at),
            "users_active_day": active.day if active else 0,
            "users_active_week": active.week if active else 0,
            "users_active_month": active.month if active else 0,
            "users_active_half_year": active.half_year if active else 0,
        },
        "banned_from_community": _is_banned(found, actor.id, found.me),
    }


def _is_banned(found: Loaded, group_id: int, actor_id: int | None) -> bool:
    return actor_id is not None and (group_id, actor_id) in found.banned


def moderators(found: Loaded, group: Actor) -> list[dict[str, Any]]:
    """The first first."""
    return [
        {"community": community(found, group), "moderator": person(found, found.actors[each])}
        for each in found.moderators.get(group.id, ())
        if each in found.actors
    ]


def subscribed(found: Loaded, actor_id: int) -> str:
    state = found.followed.get(actor_id)
    if state is None:
        return "NotSubscribed"
    return "Subscribed" if state == FollowState.ACCEPTED else "Pending"


def _given(**values: Any) -> dict[str, Any]:
    """Optional fields are absent, not null."""
    return {name: value for name, value in values.items() if value is not None}


def post(found: Loaded, row: Post) -> dict[str, Any]:
    author = found.actors[row.author_id]
    group = found.actors[found.community_of[row.id]]
    thread = post_facets(row.facets).thread or ThreadFacets()
    view: dict[str, Any] = {
        "id": row.num,
        "name": row.title or html_to_text(row.content)[:200] or "…",
        "creator_id": author.num,
        "community_id": group.num,
        "removed": False,
        "locked": thread.locked,
        "published": time(row.published_at),
        "deleted": False,
        "nsfw": row.sensitive,
        "ap_id": row.uri,
        "local": row.local,
        "language_id": UNDETERMINED,
        "featured_community": thread.pinned,
        "featured_local": False,
    }
    return view | _given(
        url=row.link_url,
        body=row.source or html_to_text(row.content) or None,
        updated=time(row.edited_at) if row.edited_at is not None else None,
    )


def _shared(found: Loaded, row: Post) -> dict[str, Any]:
    author = found.actors[row.author_id]
    group = found.actors[found.community_of[row.id]]
    view: dict[str, Any] = {
        "creator": person(found, author),
        "community": community(found, group),
        "creator_banned_from_community": _is_banned(found, group.id, author.id),
        "banned_from_community": _is_banned(found, group.id, found.me),
        "creator_is_moderator": author.id in found.moderators.get(group.id, ()),
        "creator_is_admin": author.id in found.admins,
        "subscribed": subscribed(found, group.id),
        "saved": row.id in found.marks.bookmarked,
        "creator_blocked": author.id in found.blocked,
    }
    return view | _given(my_vote=found.votes.get(row.id))


def _votes(found: Loaded, row: Post) -> dict[str, Any]:
    stats = found.stats.get(row.id)
    likes = max(stats.likes, stats.origin_likes) if stats else 0
    dislikes = stats.dislikes if stats else 0
    return {
        "score": likes - dislikes,
        "upvotes": likes,
        "downvotes": dislikes,
        "published": time(row.published_at),
    }


def post_view(found: Loaded, row: Post) -> dict[str, Any]:
    answers = found.answers.get(row.id)
    comments = answers.count if answers else 0
    return {
        "post": post(found, row),
        **_shared(found, row),
        "counts": {
            "post_id": row.num,
            "comments": comments,
            "newest_comment_time": time(answers.newest_at if answers else row.published_at),
            **_votes(found, row),
        },
        "read": False,
        "hidden": False,
        "unread_comments": comments,
    }


def comment(found: Loaded, row: Post) -> dict[str, Any]:
    root = found.posts[row.root_id] if row.root_id is not None else row
    thread = post_facets(row.facets).thread or ThreadFacets()
    view: dict[str, Any] = {
        "id": row.num,
        "creator_id": found.actors[row.author_id].num,
        "post_id": root.num,
        "content": row.source or html_to_text(row.content),
        "removed": False,
        "published": time(row.published_at),
        "deleted": False,
        "ap_id": row.uri,
        "local": row.local,
        "path": ".".join(map(str, (0, *found.above[row.id], row.num))),
        "distinguished": thread.distinguished,
        "language_id": UNDETERMINED,
    }
    return view | _given(updated=time(row.edited_at) if row.edited_at is not None else None)


def comment_view(found: Loaded, row: Post) -> dict[str, Any]:
    root = found.posts[row.root_id] if row.root_id is not None else row
    return {
        "comment": comment(found, row),
        "post": post(found, root),
        **_shared(found, row),
        "counts": {
            "comment_id": row.num,
            "child_count": found.children[row.id],
            **_votes(found, row),
        },
    }
