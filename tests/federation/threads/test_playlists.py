"""Playlists of PeerTube's accounts and channels that are opened for the first time, in the words of the corpus."""

import asyncio
from typing import Any

import pytest

from tests.federation.corpus.playing import At
from tests.federation.corpus.shelves import CHANNEL, PEERTUBE, PLAYLIST, VIDEO, places, shelf
from tests.federation.threads.platforms import serve_pages
from tests.federation.threads.village import Village
from tests.support.browser import PASSWORD, Browser
from weft.domain.accounts.create import create_account
from weft.domain.pins.queries import CollectionKind
from weft.federation.threads import profile_playlists

ACCOUNT = "https://video.example/accounts/alice"
OTHER = "https://video.example/video-channels/bob_channel"


def at_village(village: Village) -> At:
    return At(village.scene, PEERTUBE, "", {})


async def serve_playlist(at: At, playlist: dict[str, Any], *elements: dict[str, Any]) -> None:
    page = {"id": playlist["first"], "type": "OrderedCollectionPage", "partOf": playlist["id"]}
    await at.serve(page | {"orderedItems": [each["id"] for each in elements]})
    await at.serve(playlist | {"totalItems": len(elements)})
    for each in elements:
        await at.serve(each)


async def serve_people(village: Village, *playlists: Any) -> At:
    """Alice, her channel, and the list of its playlists, which is hers as well."""
    at = at_village(village)
    channel = at.load("actor-channel-v8")
    del channel["@context"], channel["publicKey"]
    await at.person(**channel | {"uri": channel["id"]})
    await at.person(ACCOUNT, playlists=f"{ACCOUNT}/playlists")
    await at.serve(at.load("create-video-v8")["object"])
    for whose in (CHANNEL, ACCOUNT):
        await serve_pages(village, f"{whose}/outbox", [])
        await serve_pages(village, f"{whose}/playlists", list(playlists))
    return at


def elements_of(at: At) -> list[dict[str, Any]]:
    """A part of a video, one that is gone, and another part of the first."""
    element = at.load("playlist-element")
    gone = element | {"id": f"{PLAYLIST}/videos/2", "url": None, "position": 2}
    again = {"id": f"{PLAYLIST}/videos/3", "position": 3, "startTimestamp": 20}
    return [element, gone, element | again | {"stopTimestamp": 30}]


@pytest.mark.parametrize("opened", [CHANNEL, ACCOUNT])
async def test_who_is_opened_for_the_first_time_shows_their_playlists(
    village: Village, opened: str
) -> None:
    at = await serve_people(village, PLAYLIST)
    await serve_playlist(at, at.load("create-playlist")["object"], *elements_of(at))
    await village.profile(await village.meet(opened))
    made = await shelf(at, PLAYLIST)
    assert (made.owner_id, made.kind) == ((await at.actor(CHANNEL)).id, CollectionKind.PLAYLIST)
    assert (made.name, made.summary, made.size) == ("Talks", "All talks", 3)
    video = await at.place(VIDEO)
    assert [each.item_uri for each in await places(at, PLAYLIST)] == [
        video, await at.place(f"{PLAYLIST}/videos/2"), video,
    ]  # fmt: skip
    browser = await reader(village)
    path = f"/@{(await at.actor(CHANNEL)).handle}/shelves"
    assert "Talks" in (await browser.open(path)).text
    page = await browser.open(f"{path}/{made.id}")
    assert "From 0:05 to 0:09" in page.text
    assert "From 0:20 to 0:30" in page.text
    assert page.text.count(at.load("create-video-v8")["object"]["name"]) == 2
    # The account that owns the channel may take it away.
    told = {"id": f"{PLAYLIST}/delete", "type": "Delete", "actor": ACCOUNT, "object": PLAYLIST}
    await at.deliver(told)
    assert at.rows("SELECT id FROM collection WHERE kind = 5") == []


async def long_playlist(village: Village, count: int) -> At:
    """A playlist of Alice's channel as PeerTube pages it, each place a document of its own."""
    at = await serve_people(village, PLAYLIST)
    playlist, element = at.load("create-playlist")["object"], at.load("playlist-element")
    uris = [f"{PLAYLIST}/videos/{number}" for number in range(1, count + 1)]
    await serve_pages(village, PLAYLIST, uris)
    first = f"{PLAYLIST}?page=1"
    await at.serve(playlist | {"first": first, "totalItems": count})
    for number, uri in enumerate(uris, 1):
        # Parts of one video: what is asked for is the places alone.
        await at.serve(element | {"id": uri, "position": number, "startTimestamp": number})
    return at


async def reader(village: Village) -> Browser:
    parts = village.scene.parts
    await create_account(
        parts.db, parts.server, parts.sealer, name="mina", email=None, password=PASSWORD
    )
    browser = Browser(village.scene.anyone, parts.settings.origin)
    await browser.sign_in("mina")
    return browser


async def read_through(browser: Browser, path: str) -> str:
    """The page, when nothing is asked for any more."""
    async with asyncio.timeout(20):
        while True:
            page = (await browser.open(path)).text
            if "for the rest" not in page:
                return page
            await asyncio.sleep(0.02)


async def test_the_rest_of_a_long_playlist_is_read_when_it_is_opened(village: Village) -> None:
    at = await long_playlist(village, 25)
    await village.profile(await village.meet(CHANNEL))
    assert (await shelf(at, PLAYLIST)).size == 10
    last = f"{PLAYLIST}/videos/25"
    assert await village.asked_for(last) == 0
    path = f"/@{(await at.actor(CHANNEL)).handle}/shelves/{(await shelf(at, PLAYLIST)).id}"
    browser = await reader(village)
    assert "for the rest" in (await browser.open(path)).text
    page = await read_through(browser, path)
    assert [each.position for each in await places(at, PLAYLIST)] == list(range(1, 26))
    assert "From 0:25 to" in page
    # Nobody asks again while all is here.
    await browser.open(path)
    assert await village.asked_for(last) == 1


async def test_a_place_that_cannot_be_had_is_counted_and_asked_for_another_day(
    village: Village,
) -> None:
    at = await long_playlist(village, 12)
    await village.refuse(f"{PLAYLIST}/videos/12", 500)
    await village.profile(await village.meet(CHANNEL))
    path = f"/@{(await at.actor(CHANNEL)).handle}/shelves/{(await shelf(at, PLAYLIST)).id}"
    browser = await reader(village)
    page = await read_through(browser, path)
    assert "11 of 12 are here" in page
    assert (await shelf(at, PLAYLIST)).size == 11
    asked = await village.asked_for(f"{PLAYLIST}/videos/12")
    await browser.open(path)
    await asyncio.sleep(0.2)
    assert await village.asked_for(f"{PLAYLIST}/videos/12") == asked


async def test_only_own_playlists_are_taken(village: Village) -> None:
    at = at_village(village)
    playlist = at.load("create-playlist")["object"]
    where = "https://video.example/video-playlists"
    claims = {
        f"{where}/1": playlist | {"id": f"{where}/1", "attributedTo": [OTHER]},
        f"{where}/2": playlist | {"id": f"{where}/other"},
        "https://else.example/p/3": playlist | {"id": "https://else.example/p/3"},
        f"{where}/4": playlist | {"id": f"{where}/4", "type": "Shelf", "owner": CHANNEL},
        f"{where}/5": playlist | {"id": f"{where}/5", "attributedTo": []},
        f"{where}/6": {"id": f"{where}/6", "type": "Playlist", "attributedTo": {"a": []}},
    }
    missing = f"{where}/7"
    at = await serve_people(
        village, *claims, missing, 5, None, {}, {"id": "x"}, "javascript:x", PLAYLIST
    )
    await at.person(OTHER, type="Group", attributedTo=["https://video.example/accounts/bob"])
    for uri, document in claims.items():
        await at.serve(document, uri)
    await serve_playlist(at, playlist)
    for opened in (CHANNEL, ACCOUNT):
        await village.profile(await village.meet(opened))
        assert at.rows("SELECT name FROM collection WHERE kind BETWEEN 3 AND 6") == [("Talks",)]
    assert await village.asked_for("https://else.example/p/3") == 0


async def test_many_playlists_are_read_within_bounds(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profile_playlists, "FETCHES", 15)
    where = "https://video.example/video-playlists"
    named = [f"{where}/{number}" for number in range(40)]
    at = await serve_people(village, *named)
    playlist, element = at.load("create-playlist")["object"], at.load("playlist-element")
    for uri in named:
        of = playlist | {"id": uri, "first": f"{uri}?page=1"}
        parts = [
            element | {"id": f"{uri}/videos/{n}", "url": f"{VIDEO}{n}", "position": n}
            for n in range(1, 4)
        ]
        await serve_playlist(at, of, *parts)
    await village.profile(await village.meet(CHANNEL))
    asked = [each for each in village.scene.others.asked if "/video-playlists/" in each]
    assert 0 < len(asked) <= 15
    kept = at.rows("SELECT size FROM collection WHERE kind = 5")
    assert kept[0] == (3,)
    assert len(kept) < 10
