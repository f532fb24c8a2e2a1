"""Announcements through the API."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.media.pictures import encoded, gradient
from tests.platforms.mastodon.conftest import House
from tests.platforms.mastodon.test_emoji_api import added
from weft.domain.announcements.announce import (
    MOST_REACTIONS,
    AnnouncementRefused,
    announce,
    take_down,
)
from weft.domain.emoji.unicode import is_emoji

PATH = "/api/v1/announcements"


async def announced(house: House, text: str, **more: Any) -> int:
    made: int = await house.parts.db.write(announce, house.parts.server, text, **more)
    return made


async def test_an_announcement_is_read_and_put_away(house: House) -> None:
    await added(house, "tea", encoded(gradient(32, 32), "PNG"))
    text = "Ask @bob about #tea :tea: at https://example.org"
    made = await announced(house, text)
    [shown] = (await house.carol.get(PATH)).json
    assert shown["id"] == str(made)
    assert 'href="https://example.org"' in shown["content"]
    assert [each["acct"] for each in shown["mentions"]] == ["bob"]
    assert [each["name"] for each in shown["tags"]] == ["tea"]
    assert [each["shortcode"] for each in shown["emojis"]] == ["tea"]
    assert (shown["read"], shown["reactions"], shown["statuses"]) == (False, [], [])
    assert (await house.anyone.get(PATH)).status == 401
    assert (await house.carol.post(f"{PATH}/{made}/dismiss")).json == {}
    assert (await house.carol.post(f"{PATH}/1/dismiss")).status == 404
    assert (await house.carol.get(PATH)).json == []
    [again] = (await house.carol.get(PATH, with_dismissed="true")).json
    assert again == shown | {"read": True}
    assert len((await house.bob.get(PATH)).json) == 1
    assert await house.parts.db.write(take_down, made)
    assert (await house.bob.get(PATH)).json == []


async def test_it_ends_in_time(house: House) -> None:
    now = house.parts.server.now_ms()
    for text, times, says in (
        ("", {}, "text"),
        ("x" * 6000, {}, "characters"),
        ("x", {"ends_at": now - 1}, "ends"),
        ("x", {"starts_at": now + 9000, "ends_at": now + 8000}, "ends"),
    ):
        with pytest.raises(AnnouncementRefused, match=says):
            await announced(house, text, **times)
    await announced(house, "A feast", starts_at=now, ends_at=now + 3_600_000, all_day=True)
    [shown] = (await house.bob.get(PATH)).json
    assert shown["all_day"] is True
    assert shown["ends_at"] > shown["starts_at"]


async def test_reactions(house: House) -> None:
    await added(house, "tea", encoded(gradient(32, 32), "PNG"))
    made = await announced(house, "Hello")
    path = f"{PATH}/{made}/reactions"
    for who in (house.bob, house.carol):
        for name in ("👍🏽", "tea"):
            assert (await who.call("PUT", f"{path}/{quote(name)}")).status == 200
    assert (await house.bob.call("DELETE", f"{path}/{quote('👍🏽')}")).json == {}
    [shown] = (await house.bob.get(PATH)).json
    [tea, thumb] = shown["reactions"]
    assert thumb == {"name": "👍🏽", "count": 1, "me": False}
    assert (tea["name"], tea["count"], tea["me"]) == ("tea", 2, True)
    assert tea["url"].endswith(".png")
    refused = await house.bob.call("PUT", f"{path}/coffee")
    assert (refused.status, "emoji" in refused.json["error"]) == (422, True)
    assert (await house.bob.call("PUT", f"{PATH}/1/reactions/tea")).status == 404
    for number in range(MOST_REACTIONS - 2):
        await house.bob.call("PUT", f"{path}/{quote(chr(0x1F600 + number))}")
    refused = await house.bob.call("PUT", f"{path}/{quote('🐝')}")
    assert (refused.status, "8" in refused.json["error"]) == (422, True)


def test_what_is_an_emoji() -> None:
    for text in ("👍", "❤️", "👩‍👩‍👧", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "1️⃣", "🇩🇪", "☕"):
        assert is_emoji(text), text
    for text in ("", "a", "1", "ab", "👍a", "<b>", "👍" * 30):
        assert not is_emoji(text), text
