"""Small random worlds of actors, edges and posts: drawn by Hypothesis, put into a database, and
described to the evaluator."""

from dataclasses import dataclass, replace

from hypothesis import strategies as st
from sqlalchemy import Insert, Table, bindparam, insert

from weft.domain.visibility.evaluator import PostFacts, Relation
from weft.domain.visibility.viewer import (
    Anonymous,
    BreakGlass,
    Local,
    Remote,
    Viewer,
    Visibility,
)
from weft.storage.database import Tx
from weft.storage.schema.actors import actor
from weft.storage.schema.federation import host
from weft.storage.schema.posts import post, post_audience
from weft.storage.schema.relations import block, follow, host_block, mute
from weft.storage.statements import query

NOW_MS = 1_000_000
HOME = "home.example"
HOSTS = ("near.example", "far.example")
ACTORS = 4
WORLD = 64
"""Ids of one world: the worlds of a run lie beside each other in one database."""


@dataclass(frozen=True)
class Person:
    host: str
    suspended: bool
    deleted: bool


@dataclass(frozen=True)
class Note:
    author: int
    visibility: Visibility
    local_only: bool
    audience: frozenset[int]
    boost_of: int | None
    withheld: bool = False


@dataclass(frozen=True)
class World:
    """Actors and posts are named by their position."""

    people: tuple[Person, ...]
    suspended_hosts: frozenset[str]
    follows: dict[tuple[int, int], bool]
    """Who follows whom, and whether it was accepted."""
    blocks: frozenset[tuple[int, int]]
    mutes: dict[tuple[int, int], int | None]
    """Who mutes whom, and until when."""
    host_blocks: frozenset[tuple[int, str]]
    notes: tuple[Note, ...]

    def viewers(self) -> list[Viewer]:
        """All who may look."""
        people: list[Viewer] = [
            Local(n) if each.host == HOME else Remote(n, each.host)
            for n, each in enumerate(self.people)
        ]
        unknown = [Remote(-1, host) for host in HOSTS]
        return [Anonymous(), BreakGlass(0, 1), *unknown, *people]

    def facts(self, n: int) -> PostFacts:
        note = self.notes[n]
        author = self.people[note.author]
        stands = not (author.suspended or author.deleted or author.host in self.suspended_hosts)
        return PostFacts(note.author, note.visibility, note.local_only, stands, note.withheld)

    def relation(self, viewer: Viewer, n: int) -> Relation:
        """What lies between a viewer and a post of this world."""
        note = self.notes[n]
        if isinstance(viewer, Anonymous | BreakGlass):
            return Relation()
        me, author = viewer.actor_id, note.author
        from_host = viewer.host if isinstance(viewer, Remote) else ""
        until = self.mutes.get((me, author), 0)
        return Relation(
            follows=self.follows.get((me, author), False),
            named=me in note.audience,
            blocked_by=(author, me) in self.blocks or (author, from_host) in self.host_blocks,
            host_suspended=from_host in self.suspended_hosts,
            hides=(me, author) in self.blocks
            or until is None
            or until > NOW_MS
            or (me, self.people[author].host) in self.host_blocks,
        )


def worlds() -> st.SearchStrategy[World]:
    """Worlds in which about half of what may be is."""
    numbers = st.integers(0, ACTORS - 1)
    pairs = st.tuples(numbers, numbers)
    rarely = st.sampled_from([False] * 5 + [True])
    people = st.builds(Person, st.sampled_from([HOME, HOME, *HOSTS]), rarely, rarely)
    notes = st.builds(
        Note,
        numbers,
        st.sampled_from(Visibility),
        rarely,
        st.frozensets(numbers, max_size=2),
        st.none() | st.integers(0, 2),
        rarely,
    )
    return st.builds(
        World,
        st.tuples(*[people] * ACTORS),
        st.frozensets(st.sampled_from(HOSTS), max_size=1),
        st.dictionaries(pairs, st.booleans(), max_size=8),
        st.frozensets(pairs, max_size=3),
        st.dictionaries(pairs, st.sampled_from([None, NOW_MS - 1, NOW_MS, NOW_MS + 1]), max_size=4),
        st.frozensets(st.tuples(numbers, st.sampled_from(HOSTS)), max_size=3),
        st.lists(notes, min_size=1, max_size=6).map(_boosting_once),
    )


def _boosting_once(notes: list[Note]) -> tuple[Note, ...]:
    """Nobody boosts a post twice: the database would refuse it."""
    seen: set[tuple[int, int]] = set()
    kept = []
    for note in notes:
        if note.boost_of is not None and (note.author, note.boost_of) in seen:
            note = replace(note, boost_of=None)
        elif note.boost_of is not None:
            seen.add((note.author, note.boost_of))
        kept.append(note)
    return tuple(kept)


def _adds(table: Table, *columns: str) -> Insert:
    return insert(table).values({name: bindparam(name) for name in columns})


@query()
def add_person() -> Insert:
    return _adds(
        actor, "id", "num", "kind", "local", "uri", "handle", "username", "domain", "host", "url",
        "inbox", "published_at", "arrived_at", "suspended_at", "deleted_at",
    )  # fmt: skip


@query()
def add_host() -> Insert:
    return _adds(host, "name", "num", "suspended", "first_seen_at")


@query()
def add_follow() -> Insert:
    return _adds(follow, "id", "follower_id", "target_id", "state", "uri", "created_at")


@query()
def add_block() -> Insert:
    return _adds(block, "id", "actor_id", "target_id", "created_at")


@query()
def add_mute() -> Insert:
    return _adds(mute, "id", "actor_id", "target_id", "created_at", "expires_at")


@query()
def add_host_block() -> Insert:
    return _adds(host_block, "id", "actor_id", "host", "created_at")


@query()
def add_note() -> Insert:
    return _adds(
        post, "id", "num", "kind", "local", "uri", "author_id", "visibility", "local_only",
        "boost_of_id", "published_at", "arrived_at", "withheld_at",
    )  # fmt: skip


@query()
def add_named() -> Insert:
    return _adds(post_audience, "post_id", "actor_id", "role")


async def put(tx: Tx, world: World, place: int) -> None:
    """Write a world; its ids begin at ``place * WORLD``, its hosts have the place in their name."""
    base = place * WORLD
    await _put_people(tx, world, place)
    for follower, target in world.follows:
        await tx.run(
            add_follow,
            id=tx.new_id(),
            follower_id=base + follower,
            target_id=base + target,
            state=int(world.follows[follower, target]),
            uri=f"follow {base} {follower} {target}",
            created_at=0,
        )
    for who, whom in world.blocks:
        await tx.run(
            add_block, id=tx.new_id(), actor_id=base + who, target_id=base + whom, created_at=0
        )
    for (who, whom), until in world.mutes.items():
        await tx.run(
            add_mute,
            id=tx.new_id(),
            actor_id=base + who,
            target_id=base + whom,
            created_at=0,
            expires_at=until,
        )
    for who, name in world.host_blocks:
        await tx.run(
            add_host_block,
            id=tx.new_id(),
            actor_id=base + who,
            host=host_at(name, place),
            created_at=0,
        )
    await _put_notes(tx, world, base)


def host_at(name: str, place: int) -> str:
    """The name of a host in the world at this place."""
    return name if name in ("", HOME) else f"{place}.{name}"


async def _put_people(tx: Tx, world: World, place: int) -> None:
    for name in world.suspended_hosts:
        await tx.run(
            add_host,
            name=host_at(name, place),
            num=await tx.next_num("host"),
            suspended=True,
            first_seen_at=0,
        )
    for n, each in enumerate(world.people):
        id_ = place * WORLD + n
        await tx.run(
            add_person,
            id=id_,
            num=id_,
            kind=0,
            local=each.host == HOME,
            uri=f"actor {id_}",
            handle=f"u{id_}",
            username=f"u{id_}",
            domain=each.host,
            host=host_at(each.host, place),
            url="",
            inbox="",
            published_at=0,
            arrived_at=0,
            suspended_at=1 if each.suspended else None,
            deleted_at=1 if each.deleted else None,
        )


async def _put_notes(tx: Tx, world: World, base: int) -> None:
    for n, note in enumerate(world.notes):
        await tx.run(
            add_note,
            id=base + n,
            num=base + n,
            kind=0,
            local=world.people[note.author].host == HOME,
            uri=f"post {base + n}",
            author_id=base + note.author,
            visibility=int(note.visibility),
            local_only=note.local_only,
            boost_of_id=None if note.boost_of is None else base + note.boost_of,
            published_at=0,
            arrived_at=0,
            withheld_at=1 if note.withheld else None,
        )
        for whom in note.audience:
            await tx.run(add_named, post_id=base + n, actor_id=base + whom, role=0)
