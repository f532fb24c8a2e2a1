"""Every route of the family, with what nobody should send: a 4xx with a sentence, and no change.

Because nothing may change, one house of each engine serves all of them.
"""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.platforms.mastodon.conftest import House, built
from tests.support.databases import Databases, chosen, sql
from weft.platforms.mastodon.api.app import ROUTES
from weft.platforms.mastodon.api.routing import Route
from weft.storage.statements import ENGINES

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=ENGINES)
async def house(
    request: pytest.FixtureRequest,
    databases: Databases,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("house")
    with databases.new(chosen(request.param), folder) as url:
        async with built(folder, url) as made:
            yield made


STRANGE_IDS = ("0", "-1", "abc", "99999999999999999999", "9007199254740991", "%00", "..", "1e3")
# No ids, and no hashtags either, which could be featured or followed.
STRANGE_NAMES = tuple(each for each in STRANGE_IDS if each not in {"abc", "1e3"})
STRANGE_BODIES: tuple[tuple[str, bytes], ...] = (
    ("application/json", b"{"),
    ("application/json", b"[]"),
    ("application/json", b"\xff\xfe"),
    ("application/json", b'{"a":' * 500),
    ("application/json", b'{"status": {"a": 1}, "media_ids": "x", "poll": [1], "limit": {}}'),
    ("application/json", b'{"status": 1e999, "in_reply_to_id": [], "visibility": 7}'),
    ("application/x-www-form-urlencoded", b"a[b][c][d][e][f][g][h]=1"),
    ("application/x-www-form-urlencoded", b"a[]=1&a[b]=2&a=3"),
    ("application/x-www-form-urlencoded", b"status=%ff%fe"),
    ("application/x-www-form-urlencoded", b"x=" * 3000),
    ("multipart/form-data", b"no boundary"),
    ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
    ("text/xml", b"<a/>"),
)


def filled(route: Route, value: str) -> str:
    return re.sub(r"\{[^}]*\}", value, route.path)


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


async def rows(house: House) -> int:
    """How much is in the tables that requests write to."""
    tables = ("post", "follow", "block", "mute", "reaction", "bookmark", "media", "activity")
    counted = " + ".join(f"(SELECT count(*) FROM {each})" for each in tables)
    return int(sql(house.parts.settings.database_url, f"SELECT {counted}")[0][0])


@pytest.mark.parametrize("route", ROUTES, ids=named)
async def test_strange_ids_and_bodies(house: House, route: Route) -> None:
    before = await rows(house)
    ids: tuple[str, ...] = ("",)
    if "{" in route.path:
        ids = STRANGE_NAMES if "{name" in route.path else STRANGE_IDS
    for each in ids:
        answer = await house.bob.call(route.method, filled(route, each))
        assert answer.status < 500, (each, answer.text)
    if route.method != "GET":
        for kind, body in STRANGE_BODIES:
            answer = await house.bob.call(
                route.method, filled(route, "1"), body=body, headers={"content-type": kind}
            )
            assert answer.status < 500, (kind, body[:40], answer.text)
    assert await rows(house) == before


STRANGE_QUERIES: tuple[dict[str, Any], ...] = (
    {"limit": "many"},
    {"limit": "-5"},
    {"limit": "0"},
    {"limit": "9" * 40},
    {"max_id": "x"},
    {"min_id": "-1"},
    {"since_id": "9" * 30},
    {"max_id": ""},
    {"id[]": "x"},
    {"id": ["1"] * 200},
    {"types[]": ["nonsense", "mention"]},
    {"q": "\x00"},
    {"q": "@" * 500},
    {"q": "https://[", "resolve": "true"},
    {"q": "@a@b@c", "resolve": "perhaps"},
    {"timeline[]": ["home", "'; DROP TABLE post; --"]},
    {"acct": "@"},
    {"offset": "x", "q": "a"},
    {"local": "maybe"},
)


@pytest.mark.parametrize("route", [each for each in ROUTES if each.method == "GET"], ids=named)
async def test_strange_queries(house: House, route: Route) -> None:
    path = filled(route, str(house.ids["alice"]))
    for query in STRANGE_QUERIES:
        answer = await house.bob.get(path, **query)
        assert answer.status < 500, (query, answer.text)
        if answer.status >= 400:
            assert isinstance(answer.json["error"], str)
            assert answer.json["error"]


@pytest.mark.parametrize("route", [each for each in ROUTES if each.who != "anyone"], ids=named)
async def test_without_a_token_nothing_is_shown(house: House, route: Route) -> None:
    path = filled(route, str(house.ids["alice"]))
    for token in (None, "", "nonsense", house.tokens["bob"][:-1]):
        answer = await house.anyone.with_token(token).call(route.method, path)
        assert answer.status == 401, answer.text
        assert answer.json["error"]


@pytest.mark.parametrize(
    "route", [each for each in ROUTES if each.scope and each.who == "user"], ids=named
)
async def test_a_token_with_another_scope_is_refused(house: House, route: Route) -> None:
    from weft.domain.accounts.access import issue_token
    from weft.domain.accounts.queries import account_by_actor

    account = await house.parts.db.one(account_by_actor, actor_id=house.ids["bob"])
    assert account is not None
    issued = await issue_token(
        house.parts.db,
        house.parts.server,
        account_id=account.id,
        scopes=frozenset({"profile" if route.scope == "push" else "push"}),
        family="mastodon",
    )
    before = await rows(house)
    answer = await house.anyone.with_token(issued.token).call(
        route.method, filled(route, str(house.ids["alice"]))
    )
    assert answer.status == 403
    assert answer.json == {"error": "This action is outside the authorized scopes"}
    assert await rows(house) == before


async def test_unknown_routes_and_methods(house: House) -> None:
    assert (await house.bob.get("/api/v1/nonsense")).status == 404
    assert (await house.bob.call("DELETE", "/api/v1/timelines/home")).status == 405
    assert (await house.bob.get("/api/v1/statuses/1/2/3/4")).status == 404


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "needs a text"),
        ({"status": "   "}, "needs a text"),
        ({"status": "x" * 5001}, "5001 characters"),
        ({"status": "x", "visibility": "everyone"}, "visibility"),
        ({"status": "x", "in_reply_to_id": "123"}, "not here"),
        ({"status": "x", "media_ids": ["123"]}, "123"),
        ({"status": "x", "language": "English!"}, "language"),
        ({"status": "x", "poll": {"options": ["one"], "expires_in": 600}}, "2 to"),
        ({"status": "x", "poll": {"options": ["a", "a"], "expires_in": 600}}, "same"),
        ({"status": "x", "poll": {"options": ["a", "b"], "expires_in": 1}}, "seconds"),
        ({"status": "x", "poll": {"options": ["a", "b"]}}, "expires_in"),
        ({"status": "x", "scheduled_at": "2020-01-01T00:00:00Z"}, "scheduled"),
        ({"status": "x", "content_type": "text/bbcode"}, "text/plain"),
    ],
)
async def test_posts_that_cannot_be(house: House, body: dict[str, Any], says: str) -> None:
    before = await rows(house)
    answer = await house.bob.post("/api/v1/statuses", body)
    assert 400 <= answer.status < 500
    assert says in answer.json["error"]
    assert await rows(house) == before
