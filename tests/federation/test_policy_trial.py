"""A dry run says what the rules do: on a log of 20,000 activities, rule by rule and entry by entry."""

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Iterator

import msgspec
import pytest
import structlog

from tests.federation.given import ALICE, arrived, lena_follows, note
from tests.federation.policy_log import RULES, activities, record, settle_people
from tests.support.databases import sql
from tests.support.fediverse import Scene
from weft.dialects import make_dialects
from weft.domain.policy import quarantine
from weft.domain.policy.catalogue import BUILT_IN
from weft.domain.policy.store import add_rule, new_row, rules_in_order
from weft.federation.policy_trial import DAY_MS, Trial, try_rules
from weft.federation.verdicts import read_verdicts

ENTRIES = 20_000
ENDS = {"refused": "rejected", "quarantined": "quarantined"}


async def tried(stage: Scene, **more: object) -> Trial:
    parts = stage.parts
    since = parts.server.now_ms() - 7 * DAY_MS
    rows = await rules_in_order(parts.db)
    return await try_rules(parts.db, make_dialects(), rows, since=since, **more)  # type: ignore[arg-type]


def really(stage: Scene) -> Counter[tuple[str, str]]:
    """What the inspector says that rules did."""
    found: Counter[tuple[str, str]] = Counter()
    url = stage.parts.settings.database_url
    for (stored,) in sql(url, "SELECT verdicts FROM inbox_log WHERE verdicts LIKE '%policy%'"):
        for step in read_verdicts(stored).steps:
            if step.step != "policy":
                continue
            if step.outcome == "passed":
                rule, outcome, _ = step.why.split(": ", 2)
                found[rule, outcome] += 1
            else:
                rule = step.why.removeprefix("policy ").partition(": ")[0]
                found[rule, ENDS[step.outcome]] += 1
    return found


@pytest.fixture
def hushed() -> Iterator[None]:
    """Some hundred thousand lines about single activities would be most of the work."""
    before = structlog.get_config()
    warnings = structlog.make_filtering_bound_logger(logging.WARNING)
    structlog.configure(wrapper_class=warnings)
    yield
    structlog.configure(**before)


@pytest.mark.slow
@pytest.mark.usefixtures("hushed")
async def test_a_dry_run_and_the_real_one_agree(
    stage: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "MOST_PER_HOST", ENTRIES)
    for task in stage.parts.background:
        task.cancel()
    await asyncio.gather(*stage.parts.background, return_exceptions=True)
    await settle_people(stage)
    now = stage.parts.server.now_ms()
    await record(stage, activities(20261127, ENTRIES, stage.lena.uri, now))
    for rule, settings in RULES:
        text = json.dumps(settings)
        await stage.parts.db.write(add_rule, stage.parts.server, None, rule, text)

    seen: list[int] = []
    trial = await tried(stage, progress=lambda done, total: seen.append(done))
    assert (trial.total, trial.looked_at, seen[-1]) == (ENTRIES, ENTRIES, ENTRIES)
    assert trial.unreadable == trial.not_in_the_log == 0
    assert seen == sorted(seen)
    assert len(seen) == ENTRIES // 200
    url = stage.parts.settings.database_url
    assert sql(url, "SELECT count(*) FROM post") == [(0,)]
    assert sql(url, "SELECT count(*) FROM policy_text") == [(0,)]
    assert sql(url, "SELECT count(*) FROM quarantine") == [(0,)]

    working = asyncio.create_task(stage.parts.processor.run())
    try:
        async with asyncio.timeout(300):
            while not await stage.parts.processor.settled():  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    assert sql(url, "SELECT count(*) FROM inbox_log WHERE state IN (0, 1, 5)") == [(0,)]
    would = {(each.rule, each.outcome): each.count for each in trial.outcomes}
    assert dict(really(stage)) == would
    assert {rule for rule, _ in would} == {rule for rule, _ in RULES}
    assert {each.name for each in BUILT_IN} - {"strip-portraits"} == {rule for rule, _ in RULES}
    waits = sum(count for (_, outcome), count in would.items() if outcome == "quarantined")
    assert sql(url, "SELECT count(*) FROM quarantine") == [(waits,)]


async def test_a_dry_run_shows_examples_and_leaves_everything_as_it_was(stage: Scene) -> None:
    await lena_follows(stage)
    await arrived(stage, "1", "Create", note("casino"))
    await arrived(stage, "2", "Create", note("cat", id=f"{ALICE}/n/2"))
    await arrived(
        stage, "3", "Create", note("casino", id=f"{ALICE}/n/3", to=[stage.lena.uri], cc=[])
    )
    row = new_row("keyword", "tried", msgspec.json.encode({"words": ["casino"]}))
    parts = stage.parts
    since = parts.server.now_ms() - DAY_MS
    trial = await try_rules(parts.db, make_dialects(), [row], since=since)
    assert (trial.judged, trial.accepted) == (3, 1)
    assert [(each.rule, each.outcome, each.count) for each in trial.outcomes] == [
        ("tried", "quarantined", 2)
    ]
    # The words of what is not for everybody are not shown.
    assert [each.excerpt for each in trial.examples] == ["casino", ""]
    assert await rules_in_order(parts.db) == []
    assert sql(parts.settings.database_url, "SELECT count(*) FROM post") == [(3,)]


async def test_a_dry_run_that_takes_too_long_goes_on_where_it_stopped(stage: Scene) -> None:
    for number in range(3):
        await arrived(stage, str(number), "Create", note("casino", id=f"{ALICE}/n/{number}"))
    rows, counted, at = [new_row("keyword", "tried", b'{"words": ["casino"]}')], 0, None
    for _ in range(3):
        trial = await try_rules(
            stage.parts.db, make_dialects(), rows, since=0, after_id=at, budget_s=0
        )
        assert trial.looked_at == 1
        counted += trial.judged
        at = int(trial.next) if trial.next is not None else None
    assert (counted, at) == (3, None)
