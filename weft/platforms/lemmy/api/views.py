"""Lemmy's views, built for many posts, people or communities at once: the number of statements does
not depend on how many there are. Shapes: types of the same names in the v3 API of 0.19."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from weft.domain.accounts.contact import admin_actors
from weft.domain.actors.queries import actors_by_ids
from weft.domain.actors.records import Actor, ActorKind
from weft.domain.actors.versions import ActorVersion, actor_versions
from weft.domain.communities.queries import (
    HostNumber,
    Link,
    Tally,
    communities_of,
    hosts_by_names,
    links_of,
    tallies,
)
from weft.domain.markup.plain import html_to_text
from weft.domain.posts.marks import Marks, load_marks
from weft.domain.posts.queries import StatsRow, posts_for, stats_of
from weft.domain.posts.records import Post
from weft.domain.relations.queries import FollowState, blocks_from, follows_from
from weft.domain.visibility.viewer import kind_of, viewer_params
from weft.platforms.lemmy.api.routing import Call

UNDETERMINED = 0
"""The language id that Lemmy gives to posts of no known language."""
OUR_INSTANCE = 1
MOST_LINKS = 20_000


def time(ms: int) -> str:
    """``2024-01-31T12:00:00.123000Z``"""
    when = datetime.fromtimestamp(ms / 1000, UTC)
    return when.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(slots=True)
class Loaded:
    """What the views of one answer share."""

    posts: dict[int, Post] = field(default_factory=dict)
    actors: dict[int, Actor] = field(default_factory=dict)
    versions: dict[int, ActorVersion] = field(default_factory=dict)
    community_of: dict[int, int] = field(default_factory=dict)
    stats: dict[int, StatsRow] = field(default_factory=dict)
    links: dict[int, Link] = field(default_factory=dict)
    children: dict[int, int] = field(default_factory=dict)
    newest: dict[int, int] = field(default_factory=dict)
    hosts: dict[str, HostNumber] = field(default_factory=dict)
    in_communities: dict[int, Tally] = field(default_factory=dict)
    by_people: dict[int, Tally] = field(default_factory=dict)
    admins: frozenset[int] = frozenset()
    followed: dict[int, int] = field(default_factory=dict)
    blocked: frozenset[int] = frozenset()
    marks: Marks = field(default_factory=Marks)


async def load(call: Call, *, posts: Sequence[Post] = (), actors: Iterable[Actor] = ()) -> Loaded:
    """Everything that the views of these posts and actors need."""
    found = Loaded(posts={post.id: post for post in posts})
    found.actors = {each.id: each for each in actors}
    if posts:
        await _load_threads(call, found)
    missing = {post.author_id for post in found.posts.values()} | set(found.community_of.values())
    missing -= set(found.actors)
    if missing:
        rows = await call.db.all(actors_by_ids, ids=sorted(missing))
        found.actors |= {each.id: each for each in rows}
    await _load_people(call, found)
    return found


async def _load_threads(call: Call, found: Loaded) -> None:
    """The threads around the posts: roots for comments, and everybody's place."""
    db = call.db
    roots = {post.root_id for post in found.posts.values() if post.root_id is not None}
    missing = [root for root in roots if root not in found.posts]
    if missing:
        rows = await db.all(
            posts_for,
            who=kind_of(call.viewer),
            purpose="show",
            ids=missing,
            **viewer_params(call.viewer, call.now, "show"),
        )
        found.posts |= {row.id: row for row in rows}
    ids = list(found.posts)
    found.community_of = {
        row.post_id: row.community_id for row in await db.all(communities_of, ids=ids)
    }
    found.stats = {row.post_id: row for row in await db.all(stats_of, ids=ids)}
    for link in await db.all(links_of, roots=sorted(roots), limit=MOST_LINKS):
        found.links[link.id] = link
    for link in found.links.values():
        if link.root_id is not None and link.id != link.root_id:
            newest = found.newest.get(link.root_id, 0)
            found.newest[link.root_id] = max(newest, link.published_at)
        for above in _ancestors(found, link):
            found.children[above] = found.children.get(above, 0) + 1
    if call.me is not None:
        found.marks = await load_marks(db, call.me, ids, [])


def _ancestors(found: Loaded, link: Link) -> list[int]:
    """Ids above a post, nearest first; a circle is walked once."""
    above: list[int] = []
    at = link.in_reply_to_id
    while at is not None and at not in above and at != link.id and len(above) < 200:
        above.append(at)
        parent = found.links.get(at)
        at = parent.in_reply_to_id if parent is not None else None
    return above


async def _load_people(call: Call, found: Loaded) -> None:
    db = call.db
    ids = sorted(found.actors)
    if not ids:
        return
    found.versions = {row.id: row for row in await db.all(actor_versions, ids=ids)}
    groups = [each.id for each in found.actors.values() if each.kind == ActorKind.GROUP]
    people = [each for each in ids if each not in set(groups)]
    if groups:
        rows = await db.all(tallies, by="community", ids=groups)
        found.in_communities = {row.id: row for row in rows}
    if people:
        found.by_people = {row.id: row for row in await db.all(tallies, by="author", ids=people)}
        found.admins = frozenset(row[0] for row in await db.all(admin_actors, ids=people))
    names = sorted({each.host for each in found.actors.values() if not each.local})
    if names:
        found.hosts = {row.name: row for row in await db.all(hosts_by_names, names=names)}
    if call.me is not None:
        follows = await db.all(follows_from, me=call.me, others=ids)
        found.followed = {row.target_id: row.state for row in follows}
        blocks = await db.all(blocks_from, me=call.me, others=ids)
        found.blocked = frozenset(row.target_id for row in blocks)


def instance_id(found: Loaded, actor: Actor) -> int:
    """Ours is 1; others follow, by their host's number."""
    if actor.local:
        return OUR_INSTANCE
    host = found.hosts.get(actor.host)
    return host.num + OUR_INSTANCE if host is not None else 0


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
    tally = found.by_people.get(actor.id)
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
        "posting_restricted_to_mods": False,
        "instance_id": instance_id(found, actor),
        "visibility": "Public",
    }
    return view | _given(
        description=html_to_text(actor.summary) or None,
        icon=actor.icon_url,
        banner=actor.header_url,
    )


def community_view(found: Loaded, actor: Actor) -> dict[str, Any]:
    tally, version = found.in_communities.get(actor.id), found.versions.get(actor.id)
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
            **dict.fromkeys(
                (
                    "users_active_day",
                    "users_active_week",
                    "users_active_month",
                    "users_active_half_year",
                ),
                0,
            ),
        },
        "banned_from_community": False,
    }


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
    view: dict[str, Any] = {
        "id": row.num,
        "name": row.title or html_to_text(row.content)[:200] or "…",
        "creator_id": author.num,
        "community_id": group.num,
        "removed": False,
        "locked": False,
        "published": time(row.published_at),
        "deleted": False,
        "nsfw": row.sensitive,
        "ap_id": row.uri,
        "local": row.local,
        "language_id": UNDETERMINED,
        "featured_community": False,
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
        "creator_banned_from_community": False,
        "banned_from_community": False,
        "creator_is_moderator": False,
        "creator_is_admin": author.id in found.admins,
        "subscribed": subscribed(found, group.id),
        "saved": row.id in found.marks.bookmarked,
        "creator_blocked": author.id in found.blocked,
    }
    return view | _given(my_vote=1 if row.id in found.marks.liked else None)


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
    comments = found.children.get(row.id, 0)
    return {
        "post": post(found, row),
        **_shared(found, row),
        "counts": {
            "post_id": row.num,
            "comments": comments,
            "newest_comment_time": time(found.newest.get(row.id, row.published_at)),
            **_votes(found, row),
        },
        "read": False,
        "hidden": False,
        "unread_comments": comments,
    }


def comment(found: Loaded, row: Post) -> dict[str, Any]:
    link = found.links[row.id]
    above = [found.links[each].num for each in reversed(_ancestors(found, link)[:-1])
             if each in found.links]  # fmt: skip
    root = found.posts[row.root_id] if row.root_id is not None else row
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
        "path": ".".join(map(str, (0, *above, row.num))),
        "distinguished": False,
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
            "child_count": found.children.get(row.id, 0),
            **_votes(found, row),
        },
    }


def can_be_shown(found: Loaded, row: Post) -> bool:
    """Is all of it here: author, community and, for a comment, its thread?"""
    if row.author_id not in found.actors or row.id not in found.community_of:
        return False
    if row.in_reply_to_uri is None:
        return True
    root = found.posts.get(row.root_id) if row.root_id is not None else None
    return root is not None and root.id in found.community_of and row.id in found.links
