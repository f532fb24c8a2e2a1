"""Opening a profile that nobody here follows brings its posts, boosts, pins and counts."""

import asyncio
from typing import Any

import pytest

from tests.federation.threads.village import PUBLIC, Village, address, collection, note
from tests.support.browser import PASSWORD, Browser
from tests.support.fediverse import Reply
from weft.domain.accounts.create import create_account
from weft.federation.threads import profile
from weft.federation.threads.profile_store import walked_at
from weft.federation.threads.readings import AGAIN_MS, EVERY_MS

ANN = "https://a.example/users/ann"
BEN = "https://b.example/users/ben"


def create(post: dict[str, Any]) -> dict[str, Any]:
    return {"id": f"{post['id']}/activity", "type": "Create", "actor": ANN, "object": post,
            "to": [PUBLIC]}  # fmt: skip


def announce(name: str, target: str, actor: str = ANN) -> dict[str, Any]:
    return {"id": f"https://a.example/announces/{name}", "type": "Announce", "actor": actor,
            "object": target, "to": [PUBLIC], "published": "2026-01-03T00:00:00Z"}  # fmt: skip


async def arrange(village: Village, *entries: Any, pages: int = 1) -> str:
    """Ann with an outbox of some pages; her id here."""
    first = collection(f"{ANN}/outbox?page=1", entries, type="OrderedCollectionPage")
    outbox = {"first": first["id"], "totalItems": 1234}
    await village.serve(collection(f"{ANN}/outbox", [], **outbox))
    for number in range(1, pages + 1):
        page = first | {"id": f"{ANN}/outbox?page={number}"}
        await village.serve(page | {"next": f"{ANN}/outbox?page={number + 1}"})
    for part, total in (("followers", 77), ("following", 5)):
        await village.serve(collection(f"{ANN}/{part}", [], totalItems=total))
    person = village.scene.others._person(await village.scene.others.listen("a.example"), "ann")
    await village.serve(person | {"featured": f"{ANN}/featured"})
    return await village.meet(ANN)


async def test_its_own_posts_and_boosts_come_from_its_outbox(village: Village) -> None:
    boosted = note("b.example", "boosted")
    await village.serve(boosted)
    own, by_id = note("a.example", "own"), note("a.example", "by-id")
    await village.serve(by_id)
    account = await arrange(
        village, create(own), announce("1", boosted["id"]), by_id["id"], pages=2
    )
    shown = await village.profile(account)
    assert sorted((each["reblog"] or each)["content"] for each in shown) == [
        "<p>Post boosted</p>",
        "<p>Post by-id</p>",
        "<p>Post own</p>",
    ]
    # Only once a day, and no more than two pages.
    before = village.asked().total()
    assert len(await village.profile(account)) == 3
    assert village.asked().total() == before
    assert await village.asked_for(f"{ANN}/outbox?page=2") == 1
    assert await village.asked_for(f"{ANN}/outbox?page=3") == 0
    assert (await village.scene.api.get("/api/v1/timelines/home")).json == []


async def test_an_outbox_speaks_for_its_owner_only(village: Village) -> None:
    someone_elses = note("b.example", "not-hers")
    await village.serve(someone_elses)
    housemate = note("a.example", "housemate", attributedTo="https://a.example/users/amy")
    await village.serve(housemate)
    private = note("a.example", "private", to=[f"{ANN}/followers"])
    await village.serve(private)
    await village.serve(note("b.example", "boosted"))
    account = await arrange(
        village,
        create(someone_elses),
        create(housemate),
        create(private),
        announce("2", address("b.example", "boosted"), actor=BEN),
        announce("3", private["id"]),
        announce("4", "https://a.example/announces/4"),
        {"type": "Create"},
        {"id": "https://a.example/x", "type": "Like", "actor": ANN, "object": housemate["id"]},
    )
    assert await village.profile(account) == []


async def test_its_pins_are_shown_as_pins(village: Village) -> None:
    first, second = note("a.example", "first"), note("a.example", "second")
    other = note("b.example", "other")
    for each in (second, other):
        await village.serve(each)
    await village.serve(collection(f"{ANN}/featured", [first, other["id"], second["id"]]))
    account = await arrange(village)
    shown = await village.profile(account, pinned="true")
    assert [each["content"] for each in shown] == ["<p>Post first</p>", "<p>Post second</p>"]


async def test_what_its_server_counts_is_shown(village: Village) -> None:
    account = await arrange(village)
    await village.profile(account)
    shown = (await village.scene.api.get(f"/api/v1/accounts/{account}")).json
    counts = ("statuses_count", "followers_count", "following_count")
    assert [shown[name] for name in counts] == [1234, 77, 5]


async def test_a_server_that_fails_is_asked_again_later_and_the_profile_is_shown(
    village: Village,
) -> None:
    account = await arrange(village)
    village.scene.others.answer(await village.scene.place(f"{ANN}/outbox"), Reply(status=500))
    assert await village.profile(account) == []
    rows = await village.scene.parts.db.all(walked_at, id=int(account))
    now = village.scene.parts.server.now_ms()
    assert now - EVERY_MS < rows[0][0] < now - EVERY_MS + AGAIN_MS + 1000


async def test_the_page_of_a_profile_shows_that_more_is_coming(village: Village) -> None:
    """Without scripts: a sentence, and a link."""
    await arrange(village, create(note("a.example", "own")))
    parts = village.scene.parts
    await create_account(
        parts.db, parts.server, parts.sealer, name="mina", email=None, password=PASSWORD
    )
    browser = Browser(village.scene.anyone, parts.settings.origin)
    await browser.sign_in("mina")
    path = f"/@ann@{village.scene.others.hosts['a.example']}"
    page = await browser.open(path)
    assert page.status == 200
    assert "for the posts of Ann" in page.text
    assert f'<a href="{path}">Show what has come</a>' in page.text
    async with asyncio.timeout(20):
        while "for the posts of Ann" in page.text:
            await asyncio.sleep(0.05)
            page = await browser.open(path)
    assert "Post own" in page.text


async def test_an_outbox_of_boosts_does_not_send_us_around_the_world(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profile, "BOOSTS", 3)
    targets = [note("b.example", n) for n in range(20)]
    for each in targets:
        await village.serve(each)
    account = await arrange(
        village, *[announce(str(n), each["id"]) for n, each in enumerate(targets)]
    )
    assert len(await village.profile(account)) == 3
    assert village.asked()["b.example"] == 3 + 2  # and their author
