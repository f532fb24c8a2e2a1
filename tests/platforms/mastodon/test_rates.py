"""How often one may call: told in every answer, for each token, person and address."""

import re
from typing import Any

import pytest
from msgspec import structs

from tests.platforms.mastodon.conftest import House
from tests.support.asgi import Answer, Caller
from weft.app import web_app
from weft.domain.limits import Limiter
from weft.platforms.mastodon.api.app import ROUTES
from weft.platforms.mastodon.api.rates import ACTIONS


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def few(house: House, clock: Clock) -> House:
    """The house, where five requests are many."""
    house.parts.settings = structs.replace(house.parts.settings, request_limit=5)
    house.parts.limiter = Limiter(clock)
    made = Caller(web_app(house.parts), house.parts.settings.host)
    house.anyone, house.bob = made, made.with_token(house.tokens["bob"])
    house.carol = made.with_token(house.tokens["carol"])
    return house


def told(answer: Answer) -> tuple[str, str]:
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", answer.headers["x-ratelimit-reset"]
    )
    return answer.headers["x-ratelimit-limit"], answer.headers["x-ratelimit-remaining"]


async def test_every_answer_says_what_is_left(house: House) -> None:
    assert told(await house.bob.get("/api/v1/timelines/home")) == ("300", "299")
    assert told(await house.bob.get("/api/v1/statuses/1")) == ("300", "298")  # a 404
    assert told(await house.bob.post("/api/v1/markers", {"x": 1})) == ("300", "297")
    assert told(await house.anyone.get("/api/v2/instance")) == ("300", "299")
    assert told(await house.anyone.get("/api/v1/timelines/home")) == ("300", "298")  # a 401
    assert told(await house.anyone.with_token("nonsense").get("/api/v1/mutes")) == ("300", "297")
    assert told(await house.bob.post("/api/v1/statuses", {"status": "x"})) == ("300", "299")
    assert told(await house.bob.post("/api/v1/statuses", {"status": ""})) == ("300", "298")


async def test_a_token_that_is_used_too_often_waits_and_others_do_not(
    few: House, clock: Clock
) -> None:
    for left in range(4, -1, -1):
        assert told(await few.bob.get("/api/v1/preferences")) == ("5", str(left))
    refused = await few.bob.get("/api/v1/preferences")
    assert (refused.status, refused.json) == (429, {"error": "Too many requests"})
    assert told(refused) == ("5", "0")
    assert 0 < int(refused.headers["retry-after"]) <= 301
    assert (await few.carol.get("/api/v1/preferences")).status == 200
    assert (await few.anyone.get("/api/v2/instance")).status == 200
    clock.seconds = 301
    assert (await few.bob.get("/api/v1/preferences")).status == 200


async def test_callers_without_a_token_are_counted_by_address(few: House) -> None:
    async def ask(forwarded: str) -> int:
        answer = await few.anyone.call(
            "GET", "/api/v1/custom_emojis", headers={"x-forwarded-for": forwarded}
        )
        return answer.status

    assert [await ask(f"2001:db8:1:2::{each}") for each in range(1, 7)] == [200] * 5 + [429]
    assert await ask("2001:db8:1:3::1") == 200
    assert await ask("198.51.100.7") == 200


async def test_guessing_tokens_is_counted_by_address(few: House) -> None:
    for each in range(5):
        assert (await few.anyone.with_token(f"t{each}").get("/api/v1/mutes")).status == 401
    assert (await few.anyone.with_token("another").get("/api/v1/mutes")).status == 429
    assert (await few.bob.get("/api/v1/mutes")).status == 200


async def test_a_person_is_counted_with_all_their_tokens(few: House) -> None:
    from weft.domain.accounts.access import issue_token
    from weft.domain.accounts.queries import account_by_actor

    account = await few.parts.db.one(account_by_actor, actor_id=few.ids["bob"])
    assert account is not None
    answers: list[int] = []
    for _ in range(6):
        issued = await issue_token(
            few.parts.db, few.parts.server, account_id=account.id,
            scopes=frozenset({"read"}), family="mastodon",
        )  # fmt: skip
        caller = few.anyone.with_token(issued.token)
        answers += [(await caller.get("/api/v1/preferences")).status for _ in range(5)]
    assert answers == [200] * 25 + [429] * 5


async def test_actions_have_counts_of_their_own(house: House) -> None:
    app = {"client_name": "x", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob"}
    answers = [await house.anyone.post("/api/v1/apps", app) for _ in range(6)]
    assert [each.status for each in answers] == [200] * 5 + [429]
    assert told(answers[0]) == ("5", "4")
    for left in range(29, -1, -1):
        answer = await house.bob.call("DELETE", "/api/v1/statuses/1")
        assert (answer.status, told(answer)) == (404, ("30", str(left)))
    assert (await house.bob.call("DELETE", "/api/v1/statuses/1")).status == 429
    assert (await house.bob.post("/api/v1/statuses/1/unreblog")).status == 429
    assert (await house.carol.call("DELETE", "/api/v1/statuses/1")).status == 404


async def test_without_limits_nothing_is_told(house: House) -> None:
    house.parts.settings = structs.replace(house.parts.settings, request_limit=0)
    caller = Caller(web_app(house.parts), house.parts.settings.host)
    for _ in range(400):
        answer: Any = await caller.get("/api/v1/custom_emojis")
        assert answer.status == 200
    assert "x-ratelimit-limit" not in answer.headers


def test_what_has_a_count_of_its_own_is_a_route() -> None:
    assert ACTIONS.keys() <= {(route.method, route.path) for route in ROUTES}
