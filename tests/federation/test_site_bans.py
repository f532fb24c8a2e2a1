"""Servers that ban somebody from all of themselves, and the document that makes them tell us."""

from typing import Any

import pytest

from tests.federation.corpus.communities import community, done, places, post, stored, thread
from tests.federation.corpus.lemmy import ALPHA, DS9, ENTERPRISE, LEMMY, MAIN
from tests.federation.corpus.playing import PUBLIC, At
from tests.support.asgi import Caller
from tests.support.fediverse import Scene
from weft.domain.communities.records import Action

SITE, OTHER_SITE = f"{ENTERPRISE}/", f"{DS9}/"
ADMIN, OTHER_ADMIN = f"{ENTERPRISE}/u/admin", f"{DS9}/u/admin"
AP = "application/activity+json"


@pytest.fixture
async def at(stage: Scene) -> At:
    found = At(stage, LEMMY, "", {})
    for site in (SITE, OTHER_SITE):
        await found.person(site, type="Application", preferredUsername="site")
    for admin in (ADMIN, OTHER_ADMIN):
        await found.person(admin)
    return found


def block(number: int, admin: str, site: str, whom: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"{admin}#block{number}", "type": "Block", "actor": admin, "object": whom,
        "target": site, "to": [PUBLIC], "cc": [site], "summary": "spam",
    } | more  # fmt: skip


async def test_what_a_person_wrote_goes_with_their_own_servers_ban(at: At) -> None:
    await community(at, MAIN)
    written = [await thread(at, f"{DS9}/post/{number}", ALPHA, MAIN) for number in (1, 2)]
    # Without removal it concerns their own server alone.
    await at.deliver(block(1, OTHER_ADMIN, OTHER_SITE, ALPHA))
    assert [await post(at, each.uri) for each in written] == written
    await at.deliver(block(2, OTHER_ADMIN, OTHER_SITE, ALPHA, removeData=True))
    assert [await post(at, each.uri) for each in written] == [None, None]


async def test_nobody_speaks_for_a_server_that_is_not_theirs(at: At) -> None:
    await community(at, MAIN)
    written = await thread(at, f"{DS9}/post/1", ALPHA, MAIN)
    await at.deliver(block(1, ADMIN, OTHER_SITE, ALPHA, removeData=True))
    assert "only a server itself bans" in str(at.verdicts())
    # A person is no server, whatever is said to be banned from.
    await at.deliver(block(2, OTHER_ADMIN, f"{DS9}/u/mod", ALPHA, removeData=True))
    assert await post(at, written.uri) == written


async def test_a_server_closes_its_communities_to_people_of_others(at: At) -> None:
    group = await community(at, MAIN)
    elsewhere = await community(at, f"{DS9}/c/other")
    here = await thread(at, f"{DS9}/post/1", ALPHA, MAIN)
    there = await thread(at, f"{DS9}/post/2", ALPHA, f"{DS9}/c/other")
    await at.deliver(block(1, ADMIN, SITE, ALPHA, removeData=True))
    assert await post(at, here.uri) is None
    assert await stored(at, there.uri) == there
    assert await done(at, group) == [(Action.SITE_BAN, "spam")]
    assert await done(at, elsewhere) == []


async def test_ours_are_told_and_may_write_again_later(at: At) -> None:
    await community(at, MAIN)
    top = await thread(at, f"{DS9}/post/1", ALPHA, MAIN)

    async def answer() -> Any:
        said = {"status": "But why?", "in_reply_to_id": str(top.id)}
        return await at.stage.api.post("/api/v1/statuses", said)

    first = await answer()
    mine = await stored(at, first.json["uri"])
    ban = block(1, ADMIN, SITE, at.stage.lena.uri, removeData=True)
    await at.deliver(ban)
    refused = await answer()
    assert (refused.status, "banned you: spam" in refused.text) == (422, True)
    # It left the community, and is still Lena's.
    assert await places(at, await stored(at, mine.uri)) == []
    # Told again, it holds as it is told now.
    ban = block(2, ADMIN, SITE, at.stage.lena.uri, summary="still spam")
    await at.deliver(ban)
    assert "banned you: still spam" in (await answer()).text
    undo = {"id": f"{ADMIN}#undo", "type": "Undo", "actor": ADMIN, "object": ban, "to": [PUBLIC]}
    await at.deliver(undo)
    assert (await answer()).status == 200


async def test_a_moderators_own_ban_outlives_the_servers(at: At) -> None:
    await community(at, MAIN)
    top = await thread(at, f"{DS9}/post/1", ALPHA, MAIN)
    lena = at.stage.lena.uri
    await at.stage.api.post("/api/v1/statuses", {"status": "Why?", "in_reply_to_id": str(top.id)})
    await at.deliver(block(1, ADMIN, MAIN, lena, summary="rude", cc=[MAIN]))
    ban = block(2, ADMIN, SITE, lena)
    await at.deliver(ban)
    await at.deliver({"id": f"{ADMIN}#undo", "type": "Undo", "actor": ADMIN, "object": ban})
    answer = await at.stage.api.post(
        "/api/v1/statuses", {"status": "Again", "in_reply_to_id": str(top.id)}
    )
    assert (answer.status, "banned you: rude" in answer.text) == (422, True)


async def test_the_server_is_an_actor_at_its_root(stage: Scene) -> None:
    server = stage.parts.server
    shown = await Caller(stage.api.app, server.host).call("GET", "/", headers={"Accept": AP})
    site = shown.json
    assert shown.headers["content-type"].startswith(AP)
    assert (site["type"], site["id"]) == ("Application", f"{server.origin}/")
    assert site["publicKey"]["owner"] == site["id"]
    assert "BEGIN PUBLIC KEY" in site["publicKey"]["publicKeyPem"]
    for name in ("inbox", "outbox"):
        there = site[name].removeprefix(server.origin)
        answer = await Caller(stage.api.app, server.host).call("GET", there, headers={"Accept": AP})
        assert answer.status == (405 if name == "inbox" else 200), there
    page = await Caller(stage.api.app, server.host).call(
        "GET", "/", headers={"Accept": "text/html"}
    )
    assert page.headers["content-type"].startswith("text/html")
