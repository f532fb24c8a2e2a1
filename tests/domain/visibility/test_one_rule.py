"""The rule in SQL and the rule in Python are the same rule."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable
from typing import get_args

from hypothesis import HealthCheck, given, settings

from tests.domain.visibility.worlds import NOW_MS, WORLD, World, host_at, put, worlds
from tests.support.databases import CHOSEN
from weft.domain.posts.queries import posts_for
from weft.domain.visibility.evaluator import can_see
from weft.domain.visibility.viewer import (
    Local,
    Purpose,
    Remote,
    Viewer,
    kind_of,
    viewer_params,
)
from weft.storage.database import Database, open_database
from weft.storage.statements import Engine

PURPOSES: tuple[Purpose, ...] = get_args(Purpose)


def seen_by_rule(world: World, viewer: Viewer, purpose: Purpose) -> set[int]:
    """What ``can_see`` lets through: a boost only together with what it boosts."""

    def sees(n: int) -> bool:
        return can_see(viewer, world.facts(n), world.relation(viewer, n), purpose=purpose)

    def is_shown(n: int) -> bool:
        target = world.notes[n].boost_of
        return sees(n) and (target is None or (target < len(world.notes) and sees(target)))

    return {n for n in range(len(world.notes)) if is_shown(n)}


async def seen_by_sql(
    db: Database, world: World, place: int, viewer: Viewer, purpose: Purpose
) -> set[int]:
    base = place * WORLD
    placed = in_place(viewer, place)
    rows = await db.all(
        posts_for,
        ids=[base + n for n in range(len(world.notes))],
        who=kind_of(placed),
        purpose=purpose,
        **viewer_params(placed, NOW_MS, purpose),
    )
    return {row.id - base for row in rows}


def in_place(viewer: Viewer, place: int) -> Viewer:
    """The viewer as the database knows them; who is -1 in a world is nobody we keep."""
    base = place * WORLD
    match viewer:
        case Local(n):
            return Local(base + n)
        case Remote(n, host):
            return Remote(base + n if n >= 0 else 0, host_at(host, place))
        case _:
            return viewer


def test_sql_and_python_agree_on_who_sees_what(new_database: Callable[[Engine], str]) -> None:
    places = itertools.count(1)
    answers: Counter[tuple[str, bool]] = Counter()
    with asyncio.Runner() as runner:
        databases = [runner.run(open_database(new_database(each))) for each in CHOSEN]

        async def compare(world: World) -> None:
            place = next(places)
            for db in databases:
                await db.write(put, world, place)
                for viewer, purpose in itertools.product(world.viewers(), PURPOSES):
                    by_rule = seen_by_rule(world, viewer, purpose)
                    by_sql = await seen_by_sql(db, world, place, viewer, purpose)
                    assert by_sql == by_rule, (db.engine, viewer, purpose)
                    kind = kind_of(viewer)
                    answers[kind, True] += len(by_rule)
                    answers[kind, False] += len(world.notes) - len(by_rule)

        @settings(
            max_examples=300,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        )
        @given(worlds())
        def agree(world: World) -> None:
            runner.run(compare(world))

        agree()
        for db in databases:
            runner.run(db.close())
    # The worlds are not all alike: every kind of viewer sees some posts and not others. As shares,
    # because how large the worlds become differs from run to run.
    for kind in ("anonymous", "local", "remote"):
        both = answers[kind, True], answers[kind, False]
        assert min(both) > 0.05 * sum(both) > 0, answers
    assert answers["break_glass", True] > 0.5 * answers["anonymous", True]
