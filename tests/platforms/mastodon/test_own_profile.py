"""One's own profile as it was typed."""

import pytest

from tests.platforms.mastodon.conftest import House

PATH = "/api/v1/profile"


async def test_a_profile_as_it_was_typed(house: House) -> None:
    form = {
        "display_name": "Alice",
        "note": "Likes #tea & <b>",
        "fields_attributes[0][name]": "Page",
        "fields_attributes[0][value]": "https://example.org",
        "show_media_replies": "false",
        "show_featured": "false",
        "attribution_domains[]": "Example.ORG",
        "avatar_description": "  A cup ",
    }
    changed = (await house.alice.call("PATCH", PATH, form=form)).json
    assert (await house.alice.get(PATH)).json == changed
    assert changed["note"] == "Likes #tea & <b>"
    assert changed["fields"] == [
        {"name": "Page", "value": "https://example.org", "verified_at": None}
    ]
    assert (changed["show_media"], changed["show_media_replies"]) == (True, False)
    assert changed["attribution_domains"] == ["example.org"]
    assert (changed["avatar"], changed["avatar_description"]) == (None, "A cup")
    seen = (await house.bob.get(f"/api/v1/accounts/{house.ids['alice']}")).json
    assert (seen["show_featured"], seen["show_media"]) == (False, True)
    assert seen["avatar_description"] == "A cup"
    document = await house.anyone.call(
        "GET",
        f"/ap/actors/{house.ids['alice']}",
        headers={"accept": "application/activity+json"},
    )
    assert document.json["attributionDomains"] == ["example.org"]
    assert (document.json["showMedia"], document.json["showFeatured"]) == (True, False)
    none = (await house.alice.call("PATCH", PATH, form={"attribution_domains[]": ""})).json
    assert none == changed | {"attribution_domains": []}
    assert (await house.anyone.get(PATH)).status == 401


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"avatar_description": "x" * 300}, "description"),
        ({"attribution_domains[]": "https://example.org/"}, "domain"),
        ({"attribution_domains[]": "localhost"}, "domain"),
        ({"show_media": "perhaps"}, "show_media"),
    ],
)
async def test_what_a_profile_cannot_have(house: House, form: dict[str, str], says: str) -> None:
    before = (await house.alice.get(PATH)).json
    answer = await house.alice.call("PATCH", PATH, form=form)
    assert (answer.status, says in answer.json["error"]) == (422, True)
    assert (await house.alice.get(PATH)).json == before
