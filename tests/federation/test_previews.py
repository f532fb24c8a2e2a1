"""Cards: each page fetched once, politely, and nothing of its HTML kept."""

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.fediverse import Reply, Scene
from weft.domain.cards.card import first_link, may_name
from weft.federation.previews import decoded, read_page

PAGE = "https://news.example/harbour"
HTML = """<html lang="en"><head><title>Plain</title>
<meta property="og:title" content="The harbour &amp; the fog"><meta name="description" content="Long">
<meta property="og:image" content="/fog.png"><meta property="og:image:alt" content="Fog">
<meta property="og:site_name" content="News"><meta property="og:image:width" content="640">
<meta name="author" content="Mira"><meta property="article:published_time" content="2026-10-01T12:00:00Z">
<script>alert(1)</script></head><body><p>x</p></body></html>"""


async def serve(stage: Scene, url: str, body: str, **headers: str) -> str:
    placed = str(await stage.place(url))
    fields = {"Content-Type": "text/html; charset=utf-8"} | headers
    stage.others.answer(placed, Reply(body=body.encode(), headers=fields))
    return placed


async def post(stage: Scene, text: str) -> str:
    answer = await stage.api.call("POST", "/api/v1/statuses", json={"status": text})
    assert answer.status == 200, answer.json
    return str(answer.json["id"])


async def card_of(stage: Scene, status_id: str) -> dict[str, Any]:
    """As soon as it is there."""
    async with asyncio.timeout(15):
        while True:
            status = (await stage.anyone.call("GET", f"/api/v1/statuses/{status_id}")).json
            if status["card"] is not None:
                found: dict[str, Any] = status["card"]
                return found
            await asyncio.sleep(0.05)


async def test_a_link_gets_its_card(stage: Scene) -> None:
    url = await serve(stage, PAGE, HTML)
    status_id = await post(stage, f"Look at {url} please")
    card = await card_of(stage, status_id)
    assert card["title"] == "The harbour & the fog"
    assert card["description"] == "Long"
    assert (card["provider_name"], card["author_name"], card["language"]) == ("News", "Mira", "en")
    assert card["image_description"] == "Fog"
    assert "/media/~" in card["image"]
    assert (card["html"], card["embed_url"], card["type"]) == ("", "", "link")
    assert card["published_at"] == "2026-10-01T12:00:00.000Z"
    direct = await stage.anyone.call("GET", f"/api/v1/statuses/{status_id}/card")
    assert direct.json == card
    again = await post(stage, f"Again {url}")
    assert (await card_of(stage, again)) == card
    assert stage.others.asked.count(url) == 1


async def test_a_thousand_posts_ask_once(stage: Scene) -> None:
    url = await serve(stage, PAGE, HTML)
    ids = [await post(stage, f"{number} {url}") for number in range(100)]
    for status_id in (ids[0], ids[-1]):
        await card_of(stage, status_id)
    assert stage.others.asked.count(url) == 1
    assert len([each for each in stage.others.asked if each.endswith("/robots.txt")]) == 1


async def test_a_page_names_its_author_who_wants_to_be_named(stage: Scene) -> None:
    handle = "@lena@127.0.0.1:9999"
    head = f'<meta name="fediverse:creator" content="{handle}"><title>Fog</title>'
    url = await serve(stage, PAGE, head)
    status_id = await post(stage, f"Look at {url} please")
    # Anybody can write a name into a page: without a word of hers it is nobody's.
    assert (await card_of(stage, status_id))["authors"] == []
    host = urlsplit(url).hostname or ""
    told = await stage.api.call(
        "PATCH", "/api/v1/profile", json={"attribution_domains": [f"not{host}", host]}
    )
    assert told.status == 200, told.json
    again = await post(stage, f"Again {url}")
    (author,) = (await card_of(stage, again))["authors"]
    assert author["account"]["acct"] == "lena"
    assert author["url"] == author["account"]["url"]
    direct = await stage.anyone.call("GET", f"/api/v1/statuses/{again}/card")
    assert direct.json["authors"] == [author]
    # What she takes back, holds at once.
    await stage.api.call("PATCH", "/api/v1/profile", json={"attribution_domains": []})
    assert (await card_of(stage, again))["authors"] == []


@pytest.mark.parametrize(
    ("url", "domains", "may"),
    [
        ("https://news.example/x", ("news.example",), True),
        ("https://www.News.Example./x", ("news.example",), True),
        ("https://news.example/x", ("www.news.example",), False),
        ("https://badnews.example/x", ("news.example",), False),
        ("https://news.example.evil.example/x", ("news.example",), False),
        ("https://news.example/x", (), False),
        ("https://news.example/x", ("",), False),
    ],
)
def test_which_pages_may_name_somebody(url: str, domains: tuple[str, ...], may: bool) -> None:
    assert may_name(url, domains) is may


@pytest.mark.parametrize(
    ("robots", "asked"),
    [("User-agent: *\nDisallow: /", 0), ("User-agent: Weft\nDisallow: /harbour", 0),
     ("User-agent: Other\nDisallow: /", 1)],
)  # fmt: skip
async def test_a_page_that_does_not_want_robots_is_left_alone(
    stage: Scene, robots: str, asked: int
) -> None:
    url = await serve(stage, PAGE, HTML)
    await serve(stage, "https://news.example/robots.txt", robots, **{"Content-Type": "text/plain"})
    other = await serve(stage, "https://b.example/", HTML)
    await post(stage, url)
    await card_of(stage, await post(stage, other))
    await stage.until(lambda: stage.parts.previews.in_hand == 0)
    assert stage.others.asked.count(url) == asked


@pytest.mark.parametrize(
    ("body", "kind"),
    [(HTML, "image/png"), ("", "text/html"), ("<html></html>", "text/html"),
     ("<title> </title>", "text/html"), ("x" * 2_000_000, "text/html")],
)  # fmt: skip
async def test_what_says_nothing_gets_no_card(stage: Scene, body: str, kind: str) -> None:
    url = await serve(stage, PAGE, body, **{"Content-Type": kind})
    other = await serve(stage, "https://b.example/", HTML)
    first = await post(stage, url)
    await card_of(stage, await post(stage, other))
    await stage.until(lambda: stage.parts.previews.in_hand == 0)
    status = (await stage.anyone.call("GET", f"/api/v1/statuses/{first}")).json
    assert status["card"] is None
    assert (await stage.anyone.call("GET", f"/api/v1/statuses/{first}/card")).json == {}


async def test_a_card_for_others_posts_waits_a_moment_of_its_own(stage: Scene) -> None:
    url = await serve(stage, PAGE, HTML)
    ann = "https://a.example/users/ann"
    note = {
        "id": f"{ann}/n/1",
        "type": "Note",
        "attributedTo": ann,
        "content": f'<p><a href="{url}">harbour</a></p>',
        "published": "2026-10-01T12:00:00Z",
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
        "cc": ["https://weft.example/users/lena"],
    }
    placed = await stage.place({"id": f"{ann}/a/1", "type": "Create", "actor": ann, "object": note})
    await stage.deliver(placed["actor"], json.dumps(placed).encode(), "/inbox")
    await stage.settled()
    (status,) = (await stage.anyone.call("GET", "/api/v1/timelines/public?remote=true")).json
    real = stage.parts.server.now_ms
    object.__setattr__(stage.parts.server, "now_ms", lambda: real() + 61_000)
    assert (await card_of(stage, status["id"]))["title"] == "The harbour & the fog"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("<p>none</p>", None),
        ('<p><a href="https://a.example/x" class="u-url mention">@x</a></p>', None),
        ('<p><a href="https://a.example/tags/x" class="mention hashtag">#x</a></p>', None),
        ('<p class="quote-inline">RE: <a href="https://a.example/1">1</a></p><p>q</p>', None),
        ('<p><a class="mention" href="https://a.example/x">@x</a> <a href="https://b.example/?a=1&amp;b=2">b</a></p>',
         "https://b.example/?a=1&b=2"),
        ('<p><a href="mailto:x@example.org">x</a></p>', None),
        (f'<p><a href="https://a.example/{"x" * 3000}">x</a></p>', None),
    ],
)  # fmt: skip
def test_which_link_is_the_posts(content: str, found: str | None) -> None:
    assert first_link(content, None) == found
    assert first_link(content, "https://c.example/") == "https://c.example/"


def test_pages_in_other_charsets() -> None:
    body = "<meta charset='iso-8859-1'><title>Grüße</title>".encode("latin-1")
    assert "Grüße" in decoded(body, "text/html")
    assert "Grüße" in decoded(body, "text/html; charset=iso-8859-1")
    assert decoded(b"\xff", "text/html; charset=nonsense") == "\ufffd"
    page = "<title>T</title><meta property='og:image' content='javascript:x'>"
    described, creator = read_page(page, PAGE)
    assert creator is None
    assert described is not None
    assert described.image_url is None
