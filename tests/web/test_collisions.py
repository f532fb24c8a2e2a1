"""Families on one host: where two have the same address there is a rule, and ids keep apart."""

import pytest

from tests.platforms.lemmy.conftest import Village, village
from weft.app import OFFERED, routes_of_all
from weft.web.families import (
    COLLISIONS,
    DoubleRoute,
    Family,
    collision_for,
    overlapping,
    shape_of,
)

__all__ = ["village"]


def offered() -> list[Family]:
    from importlib import import_module

    def routes(module: str) -> object:
        return import_module(module).ROUTES

    return [
        Family(each.name, lambda m=each.module: routes(m), lambda: None, each.prefix, None)  # type: ignore[misc, arg-type, return-value]
        for each in OFFERED
    ]


def test_every_address_that_two_families_have_has_a_rule() -> None:
    for method, path, names in overlapping(offered()):
        assert collision_for(path) is not None, f"{method} {path} belongs to {names}"


def test_a_family_that_has_a_route_twice_is_found_out() -> None:
    class Twice:
        method = "GET"
        path = "/api/v9/{id:str}"

    class Same:
        method = "GET"
        path = "/api/v9/{name:str}"

    with pytest.raises(DoubleRoute):
        overlapping([Family("one", lambda: (Twice(), Same()), lambda: None, "/", None)])  # type: ignore[arg-type, return-value]
    other = Family("two", lambda: (Same(),), lambda: None, "/", None)  # type: ignore[arg-type, return-value]
    first = Family("one", lambda: (Twice(),), lambda: None, "/", None)  # type: ignore[arg-type, return-value]
    assert overlapping([first, other]) == [("GET", "/api/v9/{}", ["one", "two"])]


def test_rules_name_shapes() -> None:
    for rule in COLLISIONS:
        assert shape_of(rule.path) == rule.path


def test_the_table_is_printed_with_every_family() -> None:
    printed = routes_of_all()
    for each in OFFERED:
        assert f"{each.name}:" in printed


async def test_ids_of_one_family_mean_nothing_in_another(village: Village) -> None:
    num = await village.thread("First")
    post_id = village.posts["First"]
    assert num < 2**31 < post_id
    assert (await village.anyone.get("/api/v3/post", id=num)).status == 200
    assert (await village.anyone.get("/api/v3/post", id=post_id)).status == 400
    assert (await village.anyone.get(f"/api/v1/statuses/{post_id}")).status == 200
    assert (await village.anyone.get(f"/api/v1/statuses/{num}")).status == 404


async def test_tokens_belong_to_their_family(village: Village) -> None:
    assert (await village.bob.get("/api/v3/site")).status == 200
    assert (await village.bob.get("/api/v1/timelines/home")).status == 401


async def test_each_family_says_not_found_in_its_own_words(village: Village) -> None:
    lemmy = await village.anyone.get("/api/v3/nothing")
    assert (lemmy.status, lemmy.json) == (404, {"error": "not_found"})
    mastodon = await village.anyone.get("/api/v1/nothing")
    assert (mastodon.status, mastodon.json) == (404, {"error": "Record not found"})
    page = await village.anyone.get("/nothing")
    assert (page.status, page.headers["content-type"]) == (404, "text/html; charset=utf-8")


async def test_a_community_has_a_page(village: Village) -> None:
    await village.thread("First")
    page = await village.anyone.call("GET", "/c/tea", headers={"accept": "text/html"})
    assert page.status == 200
    assert "Tea and Biscuits" in page.text
    assert "First" in page.text
    assert (await village.anyone.get("/c/nothing")).status == 404
    assert (await village.anyone.get("/c/alice")).status == 404
