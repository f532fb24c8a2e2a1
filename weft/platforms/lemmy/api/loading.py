"""What the views of one answer need, read for all of it at once: the number of statements does not
depend on how many posts, people or communities there are."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from weft.domain.accounts.contact import admin_actors
from weft.domain.actors.queries import actors_by_ids
from weft.domain.actors.records import Actor, ActorKind
from weft.domain.actors.versions import ActorVersion, actor_versions
from weft.domain.communities.queries import (
    HostNumber,
    banned_among,
    communities_of,
    for_moderators_only,
    hosts_by_names,
    moderators_of,
)
from weft.domain.communities.totals import Activity, Tally, activity, activity_since, tallies
from weft.domain.communities.tree import (
    Answers,
    answers_of,
    comments_above,
    links_of,
    subtree_sizes,
)
from weft.domain.posts.marks import Marks, load_marks
from weft.domain.posts.queries import StatsRow, posts_for, stats_of
from weft.domain.posts.records import Post
from weft.domain.reactions.react import ReactionKind, reactions_by_actor
from weft.domain.relations.queries import blocks_from, follows_from
from weft.domain.visibility.viewer import kind_of, viewer_params
from weft.platforms.lemmy.api.routing import Call

# ``child_count`` is right as far as the threads of one answer have no more posts together.
MOST_LINKS = 20_000


@dataclass(slots=True)
class Loaded:
    """By ids; a list of moderators is in their order."""

    posts: dict[int, Post] = field(default_factory=dict)
    actors: dict[int, Actor] = field(default_factory=dict)
    versions: dict[int, ActorVersion] = field(default_factory=dict)
    me: int | None = None
    community_of: dict[int, int] = field(default_factory=dict)
    stats: dict[int, StatsRow] = field(default_factory=dict)
    answers: dict[int, Answers] = field(default_factory=dict)
    above: dict[int, list[int]] = field(default_factory=dict)
    """The ``num`` of each comment above a comment, the uppermost first."""
    children: Counter[int] = field(default_factory=Counter)
    hosts: dict[str, HostNumber] = field(default_factory=dict)
    tallies: dict[int, Tally] = field(default_factory=dict)
    activity: dict[int, Activity] = field(default_factory=dict)
    moderators: dict[int, list[int]] = field(default_factory=dict)
    closed: frozenset[int] = frozenset()
    """Communities where only moderators begin threads."""
    banned: frozenset[tuple[int, int]] = frozenset()
    """Community and person, of the authors and who asks."""
    admins: frozenset[int] = frozenset()
    followed: dict[int, int] = field(default_factory=dict)
    blocked: frozenset[int] = frozenset()
    marks: Marks = field(default_factory=Marks)
    votes: dict[int, int] = field(default_factory=dict)


async def load(
    call: Call,
    *,
    posts: Sequence[Post] = (),
    actors: Iterable[Actor] = (),
    beside: Iterable[Actor] = (),
    with_communities: bool = False,
) -> Loaded:
    """For the views of these posts and actors, and with ``with_communities`` of the communities
    that the posts are in; those ``beside`` are shown without counts."""
    found = Loaded(posts={post.id: post for post in posts}, me=call.me)
    found.actors = {each.id: each for each in actors}
    counted = set(found.actors)
    found.actors |= {each.id: each for each in beside}
    if posts:
        await _load_threads(call, found)
    groups = set(found.community_of.values())
    groups |= {each.id for each in found.actors.values() if each.kind == ActorKind.GROUP}
    await _load_moderators(call, found, groups, named=bool(counted) or with_communities)
    await _load_rules(call, found, groups)
    await _load_actors(call, found)
    if with_communities:
        counted |= groups
    await _count(call, found, counted)
    return found


async def _load_threads(call: Call, found: Loaded) -> None:
    """The threads of comments, where everything is, and what came of it."""
    db = call.db
    comments = [each.id for each in found.posts.values() if each.in_reply_to_uri is not None]
    roots = sorted({each.root_id for each in found.posts.values() if each.root_id is not None})
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
    found.answers = {row.root_id: row for row in await db.all(answers_of, roots=roots)}
    if comments:
        await _load_places(call, found, comments)
    if call.me is not None:
        found.marks = await load_marks(db, call.me, ids)
        values = {ReactionKind.LIKE: 1, ReactionKind.DISLIKE: -1}
        given = await db.all(reactions_by_actor, post_ids=ids, actor_id=call.me)
        found.votes = {
            row.post_id: values[ReactionKind(row.kind)] for row in given if row.kind in values
        }


async def _load_places(call: Call, found: Loaded, comments: list[int]) -> None:
    above: dict[int, dict[int, None]] = {each: {} for each in comments}
    for row in await call.db.all(comments_above, ids=comments):
        # In a circle of answers each is passed many times.
        above[row.id][row.num] = None
    found.above = {each: list(nums) for each, nums in above.items()}
    roots = sorted({found.posts[each].root_id or each for each in comments})
    found.children = subtree_sizes(await call.db.all(links_of, roots=roots, limit=MOST_LINKS))


async def _load_moderators(call: Call, found: Loaded, groups: set[int], *, named: bool) -> None:
    """Who moderates the communities; ``named`` if they will be shown as people."""
    if groups:
        for row in await call.db.all(moderators_of, ids=sorted(groups)):
            found.moderators.setdefault(row.community_id, []).append(row.actor_id)
    wanted = {each.author_id for each in found.posts.values()} | groups
    if named:
        wanted |= {each for those in found.moderators.values() for each in those}
    wanted -= set(found.actors)
    if wanted:
        rows = await call.db.all(actors_by_ids, ids=sorted(wanted))
        found.actors |= {each.id: each for each in rows}


async def _load_rules(call: Call, found: Loaded, groups: set[int]) -> None:
    """Who may write in the communities."""
    if not groups:
        return
    ids, people = sorted(groups), {each.author_id for each in found.posts.values()}
    if call.me is not None:
        people.add(call.me)
    found.closed = frozenset(row[0] for row in await call.db.all(for_moderators_only, ids=ids))
    if people:
        rows = await call.db.all(banned_among, ids=ids, actor_ids=sorted(people), now=call.now)
        found.banned = frozenset((row[0], row[1]) for row in rows)


async def _load_actors(call: Call, found: Loaded) -> None:
    db, ids = call.db, sorted(found.actors)
    if not ids:
        return
    found.admins = frozenset(row[0] for row in await db.all(admin_actors, ids=ids))
    names = sorted({each.host for each in found.actors.values() if not each.local})
    if names:
        found.hosts = {row.name: row for row in await db.all(hosts_by_names, names=names)}
    if call.me is not None:
        follows = await db.all(follows_from, me=call.me, others=ids)
        found.followed = {row.target_id: row.state for row in follows}
        blocks = await db.all(blocks_from, me=call.me, others=ids)
        found.blocked = frozenset(row.target_id for row in blocks)


async def _count(call: Call, found: Loaded, counted: set[int]) -> None:
    """What views with counts say of communities and people."""
    db = call.db
    kinds = {each: found.actors[each].kind for each in sorted(counted) if each in found.actors}
    groups = [each for each, kind in kinds.items() if kind == ActorKind.GROUP]
    people = [each for each, kind in kinds.items() if kind != ActorKind.GROUP]
    if groups:
        rows = await db.all(tallies, by="community", ids=groups)
        found.tallies |= {row.id: row for row in rows}
        active = await db.all(activity, ids=groups, **activity_since(call.now))
        found.activity = {row.id: row for row in active}
        found.versions = {row.id: row for row in await db.all(actor_versions, ids=groups)}
    if people:
        rows = await db.all(tallies, by="author", ids=people)
        found.tallies |= {row.id: row for row in rows}


def can_be_shown(found: Loaded, row: Post) -> bool:
    """Is all of it here: author, community and, for a comment, its thread?"""
    if row.author_id not in found.actors or found.community_of.get(row.id) not in found.actors:
        return False
    if row.in_reply_to_uri is None:
        return True
    root = found.posts.get(row.root_id) if row.root_id is not None else None
    return (
        root is not None
        and root.in_reply_to_uri is None
        and root.author_id in found.actors
        and found.community_of.get(root.id) in found.actors
    )
