"""Our own pages: what people see and do without an app, and what they must not see."""

import re

import pytest

from tests.web.conftest import Site
from weft.domain.posts.publish import publish
from weft.domain.posts.records import NewPost
from weft.domain.visibility.viewer import Visibility


async def write(site: Site, by: str = "alice", text: str = "Hello", **more: object) -> int:
    new = NewPost(author_id=site.ids[by], content=f"<p>{text}</p>", **more)  # type: ignore[arg-type]
    return (await site.parts.db.write(publish, site.parts.server, new)).id


async def test_a_stranger_sees_what_is_for_everybody(site: Site) -> None:
    public = await write(site, text="For everybody")
    private = await write(site, text="For few", visibility=Visibility.FOLLOWERS)
    stranger = site.browser()
    front = await stranger.open("/")
    assert "The Site" in front.text
    assert "For everybody" in front.text
    for path in ("/", "/public", "/public/all", "/@alice"):
        page = await stranger.open(path)
        assert page.status == 200
        assert "For few" not in page.text
    assert (await stranger.open(f"/@alice/{public}")).status == 200
    assert (await stranger.open(f"/@alice/{private}")).status == 404
    assert (await stranger.open(f"/@bob/{public}")).status == 404


async def test_a_day_on_the_pages(site: Site) -> None:
    alice, bob = site.browser(), site.browser()
    home = await alice.sign_in("alice")
    await bob.sign_in("bob")
    made = await alice.submit(home, {"text": "Tea, @bob? #tea", "visibility": "public"}, "/compose")
    assert made.status == 200
    post_id = int(re.findall(r'id="post-(\d+)"', made.text)[0])

    profile = await bob.open("/@alice")
    followed = await bob.submit(profile, {}, "/people/")
    assert "Unfollow" in followed.text
    seen = await bob.open(f"/@alice/{post_id}")
    liked = await bob.submit(seen, {}, f"/posts/{post_id}/like")
    assert f"/posts/{post_id}/unlike" in liked.text
    boosted = await bob.submit(liked, {}, f"/posts/{post_id}/boost")
    assert f"/posts/{post_id}/unboost" in boosted.text
    await bob.submit(boosted, {}, f"/posts/{post_id}/bookmark")
    form = await bob.open(f"/compose?reply_to={post_id}")
    answered = await bob.submit(form, {"text": "@alice Yes, please"}, "/compose")
    assert "Yes, please" in answered.text

    told = await alice.open("/notifications")
    for words in ("liked your post", "boosted your post", "mentioned you", "follows you now"):
        assert words in told.text
    thread = await alice.open(f"/@alice/{post_id}")
    assert "Yes, please" in thread.text
    assert "tea" in (await alice.open("/tags/tea")).text
    gone = await alice.submit(thread, {}, f"/posts/{post_id}/delete")
    assert gone.status == 200
    assert (await bob.open(f"/@alice/{post_id}")).status == 404


async def test_a_refused_post_keeps_what_was_written(site: Site) -> None:
    browser = site.browser()
    home = await browser.sign_in("alice")
    answer = await browser.submit(home, {"text": "x" * 6000, "warning": "Long"}, "/compose")
    assert answer.status == 422
    assert 'role="alert"' in answer.text
    assert "x" * 6000 in answer.text


async def test_the_profile_is_changed(site: Site) -> None:
    browser = site.browser()
    await browser.sign_in("alice")
    page = await browser.open("/settings/profile")
    values = {"name": "Alice <b>", "bio": "Tea & bees"}
    saved = await browser.submit(page, values, "/settings/profile")
    assert "Saved" in saved.text
    await browser.submit(
        await browser.open("/settings/preferences"),
        {"visibility": "public", "quote_policy": "public", "locked": "on"},
        "/settings/preferences",
    )
    profile = await site.browser().open("/@alice")
    assert "Alice &lt;b&gt;" in profile.text
    assert "Tea &amp; bees" in profile.text
    assert "asks before being followed" in profile.text


async def test_nothing_that_people_write_becomes_markup(site: Site) -> None:
    attack = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    post_id = await write(site, text="fine", summary=attack, title=attack, language='"><x')
    for path in ("/", f"/@alice/{post_id}", "/@alice", f"/search?q={attack}", f"/tags/{attack}"):
        page = await site.browser().open(path)
        assert "<script>alert" not in page.text, path
        assert "<img src=x" not in page.text, path
        assert "script-src 'self'" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path",
    ["/@nobody", "/nothing", "/nothing/at/all", "/@alice/abc", "/@alice/99999999999999999999",
     "/@/1", "/@alice@elsewhere.example", "/static/x/../../app.py", "/posts/1/like"],
)  # fmt: skip
async def test_what_is_not_there(site: Site, path: str) -> None:
    answer = await site.browser().open(path)
    assert answer.status in (404, 405)
    assert answer.status == 405 or "<h1>" in answer.text or "error" in answer.text


@pytest.mark.parametrize("path", ["/notifications", "/compose", "/settings/profile"])
async def test_own_pages_ask_to_sign_in_and_lead_back(site: Site, path: str) -> None:
    browser = site.browser()
    login = await browser.open(path)
    assert "Password" in login.text
    back = await browser.submit(
        login, {"login": "alice", "password": "a long enough secret"}, "/login"
    )
    assert back.status == 200
    assert "Password" not in back.text


@pytest.mark.parametrize(
    "query", ["max_id=abc", "max_id=-1", "max_id=" + "9" * 40, "max_id=", "x=%ff"]
)
async def test_strange_queries(site: Site, query: str) -> None:
    await write(site)
    for path in ("/", "/public", "/@alice", "/@alice/followers", "/search", "/tags/x"):
        assert (await site.browser().open(f"{path}?{query}")).status < 500


async def test_a_page_for_people_and_a_document_for_software(site: Site) -> None:
    post_id = await write(site)
    for path in ("/@alice", f"/@alice/{post_id}"):
        page = await site.caller.call("GET", path, headers={"accept": "text/html"})
        assert page.headers["content-type"].startswith("text/html")
        document = await site.caller.call(
            "GET", path, headers={"accept": "application/activity+json"}
        )
        assert document.status in (200, 302, 303, 307)


async def test_every_form_field_has_a_label(site: Site) -> None:
    browser = site.browser()
    await browser.sign_in("alice")
    post_id = await write(site)
    paths = ("/", "/login?again=1", "/settings/profile", f"/compose?reply_to={post_id}", "/search")
    for path in paths:
        page = (await browser.open(path)).text
        assert page.count("<h1") == 1, path
        assert '<html lang="en">' in page
        for tag in re.findall(r"<(?:input|textarea|select)[^>]*>", page):
            if 'type="hidden"' in tag or 'type="checkbox"' in tag or 'type="radio"' in tag:
                continue
            found = re.search(r' id="([^"]+)"', tag)
            assert found is not None, tag
            assert f'<label for="{found[1]}"' in page or f'for="{found[1]}"' in page, (path, tag)


async def test_styles_are_kept_and_strangers_files_are_not_served(site: Site) -> None:
    page = (await site.browser().open("/")).text
    address = re.findall(r'href="(/static/[^"]+\.css)"', page)[0]
    styles = await site.caller.get(address)
    assert styles.status == 200
    assert "immutable" in styles.headers["cache-control"]
    assert (await site.caller.get("/static/000000000000/weft.css")).headers[
        "cache-control"
    ] == "no-cache"
    assert (await site.caller.get("/static/x/nothing.css")).status == 404
