"""Drafts on our pages: saved, taken up again, posted, deleted; and what is scheduled is there too."""

import re

from tests.support.databases import sql
from tests.web.conftest import Site


async def drafts(site: Site) -> list[tuple[int, int | None]]:
    rows = sql(site.parts.settings.database_url, "SELECT id, publish_at FROM draft ORDER BY id")
    return [tuple(row) for row in rows]


async def test_a_draft_is_saved_taken_up_and_posted(site: Site) -> None:
    bob = await site.signed_in("bob")
    form = await bob.open("/compose")
    saved = await bob.submit(
        form, {"text": "Not yet <b>", "warning": "W", "visibility": "private", "act": "draft"},
        "/compose",
    )  # fmt: skip
    assert "Not yet &lt;b&gt;" in saved.text
    [(draft_id, _)] = await drafts(site)
    form = await bob.open(f"/compose?draft={draft_id}")
    assert "Not yet &lt;b&gt;</textarea>" in form.text
    again = await bob.submit(form, {"text": "Nearly", "act": "draft"}, "/compose")
    assert "Nearly" in again.text
    assert await drafts(site) == [(draft_id, None)]
    form = await bob.open(f"/compose?draft={draft_id}")
    posted = await bob.submit(form, {"text": "Now", "visibility": "public"}, "/compose")
    assert "Now" in posted.text
    assert await drafts(site) == []


async def test_nobody_else_reads_or_deletes_it(site: Site) -> None:
    alice, bob = await site.signed_in("alice"), await site.signed_in("bob")
    await bob.submit(await bob.open("/compose"), {"text": "Secret", "act": "draft"}, "/compose")
    [(draft_id, _)] = await drafts(site)
    assert (await alice.open(f"/compose?draft={draft_id}")).status == 404
    page = await alice.open("/drafts")
    assert "Secret" not in page.text
    gone = await alice.submit(page, {}, "/logout")
    assert gone.status == 200
    for strange in ("0", "x", "-1", "9" * 17, "%00"):
        assert (await bob.open(f"/compose?draft={strange}")).status in (400, 404)
    page = await bob.open("/drafts")
    assert re.search(rf'action="/drafts/{draft_id}/delete"', page.text)
    await bob.submit(page, {}, f"/drafts/{draft_id}/delete")
    assert await drafts(site) == []


async def test_what_is_empty_or_too_long_is_not_kept(site: Site) -> None:
    bob = await site.signed_in("bob")
    form = await bob.open("/compose")
    for text in ("  ", "x" * 60_000):
        answer = await bob.submit(form, {"text": text, "act": "draft"}, "/compose")
        assert answer.status in (200, 413, 422)
    empty = await bob.submit(form, {"text": "  ", "act": "draft"}, "/compose")
    assert empty.status == 422
    assert "nothing in it" in empty.text


async def test_without_a_session_there_are_none(site: Site) -> None:
    answer = await site.caller.get("/drafts")
    assert answer.status in (302, 303)
    assert "/login" in answer.headers["location"]
