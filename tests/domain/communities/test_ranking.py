"""Lemmy's ranks, against figures worked out by hand from its formulas."""

import pytest

from weft.domain.communities.ranking import (
    HOUR_MS,
    WEEK_MS,
    Candidate,
    Rank,
    controversy,
    hot,
    ranked,
)

NOW = 1_000 * HOUR_MS


def thread(id_: int, **given: int | None) -> Candidate:
    fields: dict[str, int | None] = {
        "community_id": 1,
        "published_at": NOW,
        "likes": 0,
        "dislikes": 0,
        "answered_at": None,
        "revived_at": None,
    }
    return Candidate(id_, **(fields | given))  # type: ignore[arg-type]


def order(by: Rank, *rows: Candidate, active: dict[int, int] | None = None) -> list[int]:
    return ranked(rows, by, NOW, active or {})


def test_hot_is_votes_over_age() -> None:
    assert hot(98, 0) == pytest.approx(2 / 2**1.8)
    assert hot(98, 8 * HOUR_MS) == pytest.approx(2 / 10**1.8)
    assert hot(-50, 0) == hot(0, 0) == pytest.approx(0.30103 / 2**1.8)


def test_after_a_week_nothing_is_hot() -> None:
    assert hot(1000, WEEK_MS) > 0
    assert hot(1000, WEEK_MS + 1) == hot(1000, -1) == 0


def test_disputed_is_what_many_voted_on_evenly() -> None:
    assert controversy(10, 10) == 20
    assert controversy(10, 1) == controversy(1, 10) == pytest.approx(11**0.1)
    assert controversy(10, 0) == controversy(0, 10) == 0


def test_hot_puts_the_newer_of_equals_first() -> None:
    early, late = thread(1, published_at=NOW - 5 * HOUR_MS), thread(2)
    assert order("hot", early, late) == [2, 1]
    assert order("hot", thread(1), thread(2)) == [2, 1]


def test_many_votes_outweigh_some_hours() -> None:
    early = thread(1, published_at=NOW - HOUR_MS, likes=100)
    assert order("hot", early, thread(2)) == [1, 2]


def test_active_goes_by_the_comment_that_revived_it() -> None:
    early = thread(1, published_at=NOW - 20 * HOUR_MS, revived_at=NOW)
    late = thread(2, published_at=NOW - HOUR_MS)
    assert order("active", early, late) == [1, 2]
    assert order("hot", early, late) == [2, 1]


def test_new_comments_goes_by_any_comment() -> None:
    early = thread(1, published_at=NOW - 99 * HOUR_MS, answered_at=NOW)
    late = thread(2, published_at=NOW - HOUR_MS)
    assert order("new_comments", early, late) == [1, 2]


def test_scaled_lifts_small_communities() -> None:
    large, small = thread(1, community_id=1, likes=50), thread(2, community_id=2, likes=10)
    assert order("hot", large, small) == [1, 2]
    assert order("scaled", large, small, active={1: 10_000, 2: 3}) == [2, 1]
