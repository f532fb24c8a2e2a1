"""Collections of other servers, honest and hostile."""

from collections import Counter
from typing import Any

from weft.federation.dialects import JsonObject
from weft.federation.threads.collections import EMPTY, ITEMS, PAGES, pages

HERE = "https://a.example/c"


class Site:
    """Serves pages, and counts what is asked for."""

    def __init__(self, **served: JsonObject) -> None:
        self._served = {f"{HERE}/{name}": page for name, page in served.items()}
        self.asked: Counter[str] = Counter()

    async def read(self, uri: str) -> JsonObject:
        self.asked[uri] += 1
        return self._served[uri]

    async def all(self, start: str | JsonObject = f"{HERE}/c") -> list[str]:
        return [item.uri async for page in pages(start, HERE, self.read) for item in page]


def page(*items: Any, next_: str | None = None, name: str = "items") -> JsonObject:
    return {"type": "CollectionPage", name: list(items)} | ({"next": next_} if next_ else {})


async def test_items_may_be_in_the_collection_itself() -> None:
    site = Site(c={"id": f"{HERE}/c", "orderedItems": ["x:1", {"id": "x:2"}], "totalItems": 0})
    assert await site.all() == ["x:1", "x:2"]


async def test_a_single_item_needs_no_array() -> None:
    assert await Site(c={"items": "x:1"}).all() == ["x:1"]


async def test_an_embedded_first_page_is_not_fetched() -> None:
    site = Site(p2=page("x:2"))
    embedded = {"id": f"{HERE}/c", "first": page("x:1", next_=f"{HERE}/p2")}
    assert await site.all(embedded) == ["x:1", "x:2"]
    assert site.asked == {f"{HERE}/p2": 1}


async def test_a_linked_first_page_and_ordered_pages_are_followed() -> None:
    site = Site(
        c={"first": f"{HERE}/p1"},
        p1=page("x:1", next_=f"{HERE}/p2", name="orderedItems"),
        p2=page("x:2"),
    )
    assert await site.all() == ["x:1", "x:2"]


async def test_a_collection_that_is_only_named_is_fetched_unless_it_is_said_to_be_empty() -> None:
    site = Site(c=page("x:1"))
    assert await site.all({"id": f"{HERE}/c", "totalItems": 0}) == []
    assert not site.asked
    assert await site.all({"id": f"{HERE}/c", "totalItems": 1}) == ["x:1"]


async def test_pages_that_follow_themselves_end() -> None:
    site = Site(c=page("x:1", next_=f"{HERE}/c"))
    assert await site.all() == ["x:1"]
    assert site.asked == {f"{HERE}/c": 1}


async def test_pages_that_follow_each_other_end() -> None:
    site = Site(c=page("x:1", next_=f"{HERE}/d"), d=page("x:2", next_=f"{HERE}/c"))
    assert await site.all() == ["x:1", "x:2"]


async def test_endless_pages_end() -> None:
    served = {f"p{n}": page(f"x:{n}", next_=f"{HERE}/p{n + 1}") for n in range(50)}
    site = Site(**served)
    assert len(await site.all(f"{HERE}/p0")) == PAGES
    assert site.asked.total() == PAGES


async def test_endless_empty_pages_end_sooner() -> None:
    site = Site(**{f"p{n}": page(next_=f"{HERE}/p{n + 1}") for n in range(50)})
    assert await site.all(f"{HERE}/p0") == []
    assert site.asked.total() == EMPTY


async def test_huge_pages_are_cut() -> None:
    site = Site(c=page(*[f"x:{n}" for n in range(3 * ITEMS)], next_=f"{HERE}/d"), d=page("x:last"))
    assert len(await site.all()) == ITEMS
    assert site.asked.total() == 1


async def test_another_servers_pages_are_not_read() -> None:
    elsewhere = "https://b.example/p2"
    assert await Site(c=page("x:1", next_=elsewhere)).all() == ["x:1"]
    assert await Site(c={"first": elsewhere}).all() == []
    assert await Site().all(elsewhere) == []


async def test_what_is_no_item_is_left_out() -> None:
    assert await Site(c=page(None, 5, "", {}, {"id": 7}, ["x:0"], "x:1")).all() == ["x:1"]
