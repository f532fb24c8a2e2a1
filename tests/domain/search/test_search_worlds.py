"""What a search finds is what a plain loop over all posts would find, on both engines."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Struct

from tests.support.databases import CHOSEN
from weft.domain.actors.records import ActorKind
from weft.domain.actors.store import RemoteActor, create_local_actor, save_remote_actor
from weft.domain.posts.keep import bookmark
from weft.domain.posts.publish import publish
from weft.domain.posts.records import Mention, NewPost
from weft.domain.reactions.react import ReactionKind, react
from weft.domain.relations.block import block, mute
from weft.domain.relations.follow import accept, follow
from weft.domain.search.index import index_waiting
from weft.domain.search.posts import Page, find_posts
from weft.domain.search.typed import read
from weft.domain.server import Server
from weft.domain.visibility.evaluator import PostFacts, Relation, can_see
from weft.domain.visibility.viewer import Local, Visibility
from weft.storage.database import Database, Tx, open_database
from weft.storage.statements import Engine

WORDS = ("tide", "rock", "Café", "東京都", "京都", "low", "water")
SOUGHT: dict[str, Callable[[tuple[str, ...]], object]] = {
    # As typed -> is it in the words of a post (in their order)?
    "tide": lambda said: "tide" in said,
    "CAFE": lambda said: "Café" in said,
    "京都": lambda said: {"東京都", "京都"} & set(said),
    "都": lambda said: {"東京都", "京都"} & set(said),
    '"low water"': lambda said: ("low", "water") in itertools.pairwise(said),
    "water": lambda said: "water" in said,
}


class Who(Struct, frozen=True):
    """Of another server; what lies between them and the reader."""

    indexable: bool
    followed: bool
    muted: bool
    blocks: bool


class Said(Struct, frozen=True):
    author: int
    """0 is the reader."""
    words: tuple[str, ...]
    visibility: Visibility
    names_reader: bool
    sensitive: bool
    liked: bool
    bookmarked: bool


class Asked(Struct, frozen=True):
    words: tuple[tuple[str, bool], ...]
    """As typed, and whether it is excluded."""
    by: int | None
    sensitive: bool | None
    reach: str


class World(Struct, frozen=True):
    people: tuple[Who, ...]
    posts: tuple[Said, ...]
    asked: tuple[Asked, ...]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    people = draw(st.lists(st.builds(Who, *[st.booleans()] * 4), min_size=1, max_size=3))
    who = st.integers(0, len(people))
    posts = st.builds(
        Said,
        who,
        st.lists(st.sampled_from(WORDS), max_size=4).map(tuple),
        st.sampled_from([Visibility.PUBLIC] * 3 + list(Visibility)[1:4]),
        *[st.booleans()] * 4,
    )
    words = st.tuples(st.sampled_from(sorted(SOUGHT)), st.sampled_from([False, False, True]))
    asked = st.builds(
        Asked,
        st.lists(words, max_size=2).map(tuple),
        st.none() | who,
        st.sampled_from([None, None, True, False]),
        st.sampled_from(["all", "library", "public"]),
    )
    return World(
        tuple(people),
        tuple(draw(st.lists(posts, min_size=1, max_size=8))),
        tuple(draw(st.lists(asked, min_size=3, max_size=6))),
    )


def typed(asked: Asked, world: int) -> str:
    parts = [f"{'-' if excluded else ''}{word}" for word, excluded in asked.words]
    if asked.by is not None:
        parts.append("from:me" if asked.by == 0 else f"from:p{world}x{asked.by}@far.example")
    if asked.sensitive is not None:
        parts.append("is:sensitive" if asked.sensitive else "-is:sensitive")
    return " ".join([*parts, f"in:{asked.reach}", f"world{world}"])


def found_by_loop(world: World, asked: Asked) -> list[int]:
    """Places of posts, newest first."""
    return [
        place
        for place in reversed(range(len(world.posts)))
        if _may_be_found(world, world.posts[place], asked.reach)
        and _fits(world.posts[place], asked)
    ]


def _fits(said: Said, asked: Asked) -> bool:
    return (
        all(bool(SOUGHT[word](said.words)) is not excluded for word, excluded in asked.words)
        and asked.by in (None, said.author)
        and asked.sensitive in (None, said.sensitive)
    )


def _may_be_found(world: World, said: Said, reach: str) -> bool:
    author = world.people[said.author - 1] if said.author else Who(False, False, False, False)
    sees = can_see(
        Local(0),
        PostFacts(said.author, said.visibility),
        Relation(
            # A block ends what was between them.
            follows=author.followed and not author.blocks,
            named=said.names_reader,
            blocked_by=author.blocks,
            hides=author.muted,
        ),
        purpose="list",
    )
    mine = said.author == 0 or said.names_reader or said.liked or said.bookmarked
    open_to_all = said.visibility == Visibility.PUBLIC and author.indexable
    return sees and ((mine and reach != "public") or (open_to_all and reach != "library"))


async def put(db: Database, server: Server, world: World, number: int) -> tuple[int, list[int]]:
    """The reader, and the posts in their order."""
    made: tuple[int, list[int]] = await db.write(_put, server, world, number)
    return made


async def _put(tx: Tx, server: Server, world: World, number: int) -> tuple[int, list[int]]:
    reader = await create_local_actor(
        tx, server, username=f"reader{number}", actor_id=tx.new_id(), keys=()
    )
    people = [reader.id]
    for place, who in enumerate(world.people, 1):
        name = f"p{number}x{place}"
        uri = f"https://far.example/{name}"
        described = RemoteActor(
            uri=uri, kind=ActorKind.PERSON, username=name, domain="far.example",
            host="far.example", url=uri, inbox=f"{uri}/inbox", indexable=who.indexable,
        )  # fmt: skip
        actor = await save_remote_actor(tx, server, described)
        people.append(actor.id)
        if who.followed:
            await follow(tx, server, follower=reader, target=actor)
            await accept(tx, server, follower_id=reader.id, target_id=actor.id)
        if who.muted:
            await mute(tx, server, actor_id=reader.id, target_id=actor.id)
        if who.blocks:
            await block(tx, server, actor_id=actor.id, target_id=reader.id)
    posts = []
    for place, said in enumerate(world.posts):
        new = NewPost(
            author_id=people[said.author],
            content=f"<p>{' '.join(said.words)}</p><p>world{number}</p>",
            visibility=said.visibility,
            sensitive=said.sensitive,
            audience=(Mention(reader.id),) if said.names_reader else (),
            uri=f"https://far.example/{number}/{place}" if said.author else None,
        )
        made = await publish(tx, server, new)
        posts.append(made.id)
        if said.liked:
            await react(
                tx, server, actor_id=reader.id, post_id=made.id, kind=ReactionKind.LIKE, local=True
            )
        if said.bookmarked:
            await bookmark(tx, server, actor_id=reader.id, post_id=made.id)
    return reader.id, posts


async def nobody_hears(_tx: Tx, _event: object) -> None:
    return


def test_a_search_finds_what_a_loop_finds(new_database: Callable[[Engine], str]) -> None:
    server = Server(
        origin="https://home.example",
        domain="home.example",
        host="home.example",
        tell=nobody_hears,
    )
    numbers = itertools.count(1)
    sizes: Counter[bool] = Counter()
    with asyncio.Runner() as runner:
        databases = [runner.run(open_database(new_database(engine))) for engine in CHOSEN]

        async def compare(world: World) -> None:
            number = next(numbers)
            for db in databases:
                me, posts = await put(db, server, world, number)
                await index_waiting(db)
                for asked in world.asked:
                    text = typed(asked, number)
                    rows = await find_posts(db, server, me, read(text), Page())
                    by_loop = found_by_loop(world, asked)
                    assert [posts.index(row.id) for row in rows] == by_loop, (db.engine, text)
                    sizes[bool(by_loop)] += 1

        @settings(
            max_examples=60,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        )
        @given(worlds())
        def agree(world: World) -> None:
            runner.run(compare(world))

        agree()
        for db in databases:
            runner.run(db.close())
    # Not all searches are in vain, and not all find something.
    assert min(sizes.values()) > 0.05 * sizes.total(), sizes
