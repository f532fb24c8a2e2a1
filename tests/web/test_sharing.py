"""What others read of our pages: previews, feeds, embedded posts, and ways in from other servers."""

import json
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.support.asgi import Answer
from tests.web.conftest import Site
from weft.domain.posts.publish import publish
from weft.domain.posts.records import NewPost, Tag
from weft.domain.visibility.viewer import Visibility

ATOM = "{http://www.w3.org/2005/Atom}"


async def write(site: Site, text: str, by: str = "alice", **more: Any) -> int:
    new = NewPost(author_id=site.ids[by], content=f"<p>{text}</p>", **more)
    return (await site.parts.db.write(publish, site.parts.server, new)).id


def meta(page: Answer) -> dict[str, str]:
    """Names and properties of a page's head."""
    return {
        str(each.attributes.get("property") or each.attributes.get("name")): str(
            each.attributes.get("content")
        )
        for each in LexborHTMLParser(page.text).css("head meta[content]")
    }


def linked(page: Answer) -> dict[str, str]:
    """What a page's head leads to, by media type."""
    return {
        str(each.attributes.get("type")): str(each.attributes.get("href"))
        for each in LexborHTMLParser(page.text).css('head link[rel="alternate"]')
    }


async def test_a_post_is_previewed_with_what_it_says(site: Site) -> None:
    post = await write(site, "Tea &amp; “cakes” <b>now</b>")
    page = await site.browser().open(f"/@alice/{post}")
    told = meta(page)
    origin = site.parts.server.origin
    assert told["og:url"] == f"{origin}/@alice/{post}"
    assert told["og:description"] == told["description"] == "Tea & “cakes” now"
    assert told["og:type"] == "article"
    assert told["fediverse:creator"] == f"@alice@{site.parts.server.domain}"
    ways = linked(page)
    assert ways["application/activity+json"] == f"{origin}/ap/posts/{post}"
    answer = await site.caller.call(
        "GET", ways["application/json+oembed"].removeprefix(origin), headers={}
    )
    embed = json.loads(answer.body)
    assert (embed["type"], embed["version"], embed["author_name"]) == ("rich", "1.0", "alice")
    frame = LexborHTMLParser(embed["html"]).css_first("iframe")
    assert frame is not None
    inner = await site.browser().open(str(frame.attributes["src"]).removeprefix(origin))
    assert inner.status == 200
    assert "frame-ancestors *" in inner.headers["content-security-policy"]
    assert "cakes" in inner.text
    assert "<form" not in inner.text


async def test_a_warning_hides_text_and_pictures_in_previews_too(site: Site) -> None:
    post = await write(site, "He dies at the end", summary="Spoiler", sensitive=True)
    page = await site.browser().open(f"/@alice/{post}")
    told = meta(page)
    assert told["og:description"] == "Content warning: Spoiler"
    assert "dies" not in json.dumps(told)
    feed = await site.browser().open("/@alice.rss")
    assert "Content warning: Spoiler" in feed.text
    title = Xml.fromstring(feed.body).findtext("channel/item/title")
    assert title == "Content warning: Spoiler"


HIDDEN = [
    {"visibility": Visibility.FOLLOWERS},
    {"visibility": Visibility.DIRECT},
    {"local_only": True},
]


@pytest.mark.parametrize("more", HIDDEN)
async def test_what_is_not_for_all_is_in_no_feed_and_not_embedded(
    site: Site, more: dict[str, Any]
) -> None:
    hidden = await write(site, "For few", tags=(Tag("tea", "tea"),), **more)
    # Also the author's own browser gets what anybody gets: feeds are shared.
    for browser in (site.browser(), await site.signed_in("alice")):
        for path in ("/@alice.rss", "/@alice.atom", "/tags/tea.rss", "/tags/tea.atom"):
            feed = await browser.open(path)
            assert feed.status == 200
            assert "For few" not in feed.text
        assert (await browser.open(f"/@alice/{hidden}/embed")).status == 404
    url = f"{site.parts.server.origin}/@alice/{hidden}"
    assert (await site.caller.call("GET", f"/api/oembed?url={url}")).status == 404


async def test_feeds_are_well_formed_whatever_was_written(site: Site) -> None:
    await write(
        site, "A\x0bB &lt;i&gt; ]]&gt; \U0001f375", tags=(Tag("tea", "Tea"),), title="T\x07"
    )
    rss = await site.browser().open("/@alice.rss")
    assert rss.headers["content-type"] == "application/rss+xml; charset=utf-8"
    item = Xml.fromstring(rss.body).find("channel/item")
    assert item is not None
    assert item.findtext("title") == "T"
    assert "\U0001f375" in (item.findtext("description") or "")
    assert [each.text for each in item.findall("category")] == ["Tea"]
    atom = Xml.fromstring((await site.browser().open("/tags/tea.atom")).body)
    entry = atom.find(f"{ATOM}entry")
    assert entry is not None
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "alice"
    assert entry.findtext(f"{ATOM}id", "").startswith(f"{site.parts.server.origin}/ap/posts/")
    page = await site.browser().open("/@alice")
    ways = linked(page)
    for kind in ("application/rss+xml", "application/atom+xml"):
        path = ways[kind].removeprefix(site.parts.server.origin)
        assert (await site.browser().open(path)).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/api/oembed",
        "/api/oembed?url=https://elsewhere.example/@alice/1",
        "/api/oembed?url=javascript:alert(1)",
        "/@nobody.rss",
        "/@alice@elsewhere.example.rss",
        "/@alice/12345/embed",
    ],
)
async def test_what_is_not_there_is_not_found(site: Site, path: str) -> None:
    assert (await site.caller.call("GET", path)).status == 404


async def test_ways_in_from_other_servers_lead_to_the_page_here(site: Site) -> None:
    post = await write(site, "Look at this", by="bob")
    alice = await site.signed_in("alice")
    origin = site.parts.server.origin
    await alice.open(f"/authorize_interaction?uri={origin}/ap/posts/{post}")
    assert alice.at == f"/@bob/{post}"
    await alice.open(f"/authorize_interaction?uri=acct:bob@{site.parts.server.domain}")
    assert alice.at == "/@bob"
    assert (await alice.open("/authorize_interaction?uri=")).status == 404
    shared = await alice.open("/share?title=A+page&text=Read+it&url=https://a.example/")
    assert "A page\nRead it\nhttps://a.example/" in shared.text
    stranger = site.browser()
    await stranger.open("/share?text=x")
    assert stranger.at.startswith("/login")
