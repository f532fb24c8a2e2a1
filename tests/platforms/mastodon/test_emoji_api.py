"""Custom emoji of this server: in posts, polls, names and profiles, here and in documents."""

import io
from typing import Any

import pytest

from tests.media.pictures import encoded, frames, gradient
from tests.platforms.mastodon.conftest import House
from tests.platforms.mastodon.test_statuses import posted
from weft.domain.emoji.keep import EmojiRefused, add_emoji, checked_code, remove_emoji
from weft.media.errors import Rejected


async def added(house: House, code: str, body: bytes, **more: Any) -> None:
    picture = await house.parts.media.accept_emoji(io.BytesIO(body))
    await house.parts.db.write(
        add_emoji,
        house.parts.server,
        code=code,
        store_key=picture.store_key,
        static_key=picture.static_key,
        content_type=picture.content_type,
        **({"category": None, "listed": True} | more),
    )


def moving() -> bytes:
    first, *rest = frames(4, 64)
    return encoded(first, "GIF", save_all=True, append_images=rest, duration=100)


async def test_emoji_are_listed_and_shown_in_posts(house: House) -> None:
    await added(house, "tea", encoded(gradient(64, 64, "RGBA"), "PNG"))
    await added(house, "bee", moving(), category="Animals", listed=False)
    listed = {each["shortcode"]: each for each in (await house.anyone.get(PATH)).json}
    assert listed.keys() == {"tea", "bee"}
    assert listed["tea"]["static_url"] == listed["tea"]["url"]
    assert "category" not in listed["tea"]
    assert listed["bee"]["static_url"] != listed["bee"]["url"]
    assert (listed["bee"]["category"], listed["bee"]["visible_in_picker"]) == ("Animals", False)
    made = await posted(house.alice, "Some :tea: and :tea:, no :coffee:", spoiler_text=":bee:")
    assert {each["shortcode"]: each["url"] for each in made["emojis"]} == {
        "bee": listed["bee"]["url"],
        "tea": listed["tea"]["url"],
    }
    document = await house.anyone.call(
        "GET", f"/ap/posts/{made['id']}", headers={"accept": "application/activity+json"}
    )
    [tag] = [each for each in document.json["tag"] if each["name"] == ":tea:"]
    assert tag["type"] == "Emoji"
    assert tag["icon"] == {
        "type": "Image",
        "mediaType": "image/png",
        "url": listed["tea"]["url"],
    }
    picture = await house.anyone.get(listed["tea"]["url"].removeprefix(house.parts.server.origin))
    assert (picture.status, picture.headers["content-type"]) == (200, "image/png")


async def test_an_edit_keeps_what_is_still_named(house: House) -> None:
    await added(house, "tea", encoded(gradient(64, 64), "PNG"))
    made = await posted(
        house.alice, "Which?", poll={"options": [":tea:", "water"], "expires_in": 600}
    )
    assert [each["shortcode"] for each in made["poll"]["emojis"]] == ["tea"]
    path = f"/api/v1/statuses/{made['id']}"
    edited = (await house.alice.call("PUT", path, form={"status": "Which one?"})).json
    assert [each["shortcode"] for each in edited["poll"]["emojis"]] == ["tea"]
    assert edited["quote_approval"] == made["quote_approval"]
    plain = await posted(house.alice, "A :tea:")
    path = f"/api/v1/statuses/{plain['id']}"
    assert (await house.alice.call("PUT", path, form={"status": "Bye"})).json["emojis"] == []


async def test_emoji_in_a_profile(house: House) -> None:
    for code in ("tea", "bee", "owl"):
        await added(house, code, encoded(gradient(32, 32), "PNG"))
    form = {
        "display_name": "Alice :tea:",
        "note": "Likes :bee:",
        "fields_attributes[0][name]": "Bird",
        "fields_attributes[0][value]": ":owl:",
    }
    path = "/api/v1/accounts/update_credentials"
    me = (await house.alice.call("PATCH", path, form=form)).json
    assert [each["shortcode"] for each in me["emojis"]] == ["tea", "bee", "owl"]
    me = (await house.alice.call("PATCH", path, form={"display_name": "Alice"})).json
    assert [each["shortcode"] for each in me["emojis"]] == ["bee", "owl"]


async def test_a_removed_emoji_stays_in_what_was_written(house: House) -> None:
    await added(house, "tea", encoded(gradient(32, 32), "PNG"))
    made = await posted(house.alice, "A :tea:")
    assert await house.parts.db.write(remove_emoji, house.parts.server, "tea")
    assert not await house.parts.db.write(remove_emoji, house.parts.server, "tea")
    assert (await house.anyone.get(PATH)).json == []
    assert (await posted(house.alice, "More :tea:"))["emojis"] == []
    read = (await house.bob.get(f"/api/v1/statuses/{made['id']}")).json
    assert [each["shortcode"] for each in read["emojis"]] == ["tea"]
    await added(house, "tea", encoded(gradient(32, 32), "PNG"))
    assert len((await house.anyone.get(PATH)).json) == 1


async def test_pictures_that_are_no_emoji(house: House) -> None:
    for body, says in (
        (encoded(gradient(64, 64), "JPEG"), "PNG, GIF or WebP"),
        (encoded(gradient(600, 20), "PNG"), "512 by 512"),
        (b"\x89PNG\r\n\x1a\n" + bytes(300_000), "256 kB"),
        (b"", "empty"),
    ):
        with pytest.raises(Rejected, match=says):
            await house.parts.media.accept_emoji(io.BytesIO(body))


def test_shortcodes() -> None:
    assert checked_code(":tea_pot:") == "tea_pot"
    for typed in ("", "x", "tea pot", "tea-pot", "é" * 3, "x" * 70):
        with pytest.raises(EmojiRefused):
            checked_code(typed)


PATH = "/api/v1/custom_emojis"
