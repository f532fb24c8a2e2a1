"""Whatever a stranger signs and sends: an answer below 500, nothing unexpected in the log, and
nothing of anybody else's changed.

Twenty thousand activities, on eight servers that live through all of theirs, so that each meets the
traces of those before. The seeds are fixed, so that a failure comes again; ``WEFT_SEED`` tries others.
"""

import asyncio
import os
import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.federation.properties.ownership import NOT_OWNED, OWNERS, tables
from tests.federation.properties.shapes import bodies, documents
from tests.federation.properties.town import Town, town
from tests.support.fediverse import make_template

ACTIVITIES = 20_000
SERVERS = 8
AT_ONCE = 8
EXAMPLES = ACTIVITIES // SERVERS // AT_ONCE
FIRST_SEED = int(os.environ.get("WEFT_SEED", "0"))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    asyncio.run(make_template(folder))
    return folder


async def _attacked(place: Town, sent: list[str], served: list[object]) -> None:
    place.serve(served)
    before = place.snapshot()
    await place.deliver(sent)
    complaints = place.complaints(before)
    assert not complaints, "\n".join([*complaints[:20], "after:", *sent])


@pytest.mark.slow
@pytest.mark.parametrize("number", range(FIRST_SEED, FIRST_SEED + SERVERS))
def test_whatever_a_stranger_sends(number: int, tmp_path: Path, template: Path) -> None:
    with asyncio.Runner() as runner:
        opening = town(tmp_path, template)
        place = runner.run(opening.__aenter__())

        # Without shrinking: what went before on the same server is part of the example.
        @seed(number)
        @settings(max_examples=EXAMPLES, deadline=None, database=None, phases=(Phase.generate,),
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(
            st.lists(bodies, min_size=AT_ONCE, max_size=AT_ONCE), st.lists(documents, max_size=2)
        )
        def attack(sent: list[str], served: list[object]) -> None:
            # Hypothesis begins each example with the same chance; ids of old posts are drawn by it.
            random.seed(number << 20 | place.sent)
            runner.run(_attacked(place, sent, served))

        try:
            attack()
            outcomes = place.outcomes()
        finally:
            runner.run(opening.__aexit__(None, None, None))
    assert [each for each in outcomes if each.startswith("fault")] == []
    _is_worth_it(outcomes, place.statuses)


def _is_worth_it(outcomes: Counter[str], statuses: Counter[int]) -> None:
    """Most must get past the door, and many must have an effect: else it proves nothing."""
    assert statuses[202] > statuses.total() * 0.4, statuses
    assert outcomes["done"] > outcomes.total() * 0.03, outcomes
    assert outcomes["refused"] > outcomes.total() * 0.05, outcomes


def test_every_table_is_owned_or_said_not_to_be(tmp_path: Path, template: Path) -> None:
    import apsw

    connection = apsw.Connection(str(template / "weft.db"), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        assert tables(connection) == set(OWNERS) | set(NOT_OWNED)
    finally:
        connection.close()
    assert not set(OWNERS) & set(NOT_OWNED)
