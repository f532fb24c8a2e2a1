"""A moderator on another server edits a community of ours, as Lemmy's do: ``Update`` of the Group."""

from typing import Any

import pytest

from tests.federation.community_stage import (
    ANN,
    DAVE,
    EVE,
    MICROBLOG_INBOX,
    PUBLIC,
    log,
    opened,
    passed_on,
    read,
)
from tests.federation.corpus.lemmy import LEMMY
from tests.federation.corpus.playing import At
from tests.support.fediverse import Scene
from weft.domain.actors.records import Actor
from weft.domain.communities.create import add_moderator
from weft.domain.communities.records import Action

PICTURE = "https://lemmy.example/pictrs/image/tea.png"


@pytest.fixture
def at(stage: Scene) -> At:
    return At(stage, LEMMY, "", {})


async def moderated_by(at: At, uri: str) -> Actor:
    """Ann follows it; ``uri`` moderates it from another server."""
    group = await opened(at, ANN)
    await at.person(uri)
    who = await at.actor(uri)
    await at.stage.parts.db.write(
        add_moderator, at.stage.parts.server, community_id=group.id, actor_id=who.id
    )
    return group


async def update(at: At, group: Actor, by: str, number: int = 1, **changed: Any) -> None:
    """Lemmy's own form, of this community."""
    payload = at.load("update-community")
    profile = payload["object"]
    profile |= {name: getattr(group, name) for name in ("inbox", "outbox")}
    profile |= {
        "id": group.uri,
        "preferredUsername": "tea",
        "attributedTo": f"{group.uri}/moderators",
    }
    await at.deliver(
        payload
        | {"id": f"{by}/update/{number}", "actor": by, "to": [PUBLIC], "cc": [group.uri],
           "audience": group.uri, "object": profile | changed}
    )  # fmt: skip


async def test_it_takes_effect_is_noted_and_passed_on(at: At) -> None:
    group = await moderated_by(at, DAVE)
    await update(
        at, group, DAVE, name="Tea & biscuits", sensitive=True, postingRestrictedToMods=True,
        summary="<p>All about <b>tea</b><script>alert(1)</script></p>", description="A  place",
        icon={"type": "Image", "url": PICTURE}, image={"type": "Image", "url": PICTURE},
        publicKey={"id": "x", "owner": DAVE, "publicKeyPem": "theirs"},
    )  # fmt: skip
    now = await read(at, group.uri)
    assert (now["name"], now["description"]) == ("Tea & biscuits", "A place")
    assert (now["sensitive"], now["postingRestrictedToMods"]) == (True, True)
    assert "<b>tea</b>" in now["summary"] or "<strong>tea</strong>" in now["summary"]
    assert "alert" not in now["summary"]
    picture = await at.place(PICTURE)
    assert (now["icon"]["url"], now["image"]["url"]) == (picture, picture)
    # What only the server says, stays.
    assert now["publicKey"]["owner"] == group.uri
    assert await log(at, group) == [(Action.EDIT, None)]
    rows = at.rows("SELECT title, nsfw, only_moderators_post FROM community")
    assert [tuple(row) for row in rows] == [("Tea & biscuits", 1, 1)]
    (passed,) = await passed_on(at, "Update", to=MICROBLOG_INBOX)
    assert passed["actor"] == group.uri
    assert passed["object"]["actor"] == await at.place(DAVE)
    # Microblogs know the community's own word alone.
    told = await at.stage.until(lambda: [b for _, b in at.stage.told("Update")])
    assert (told[0]["actor"], told[0]["object"]["name"]) == (group.uri, "Tea & biscuits")

    await update(at, group, DAVE, 2)
    after = await read(at, group.uri)
    assert (after["name"], after["sensitive"]) == ("The Updated Community", False)
    assert "icon" not in after
    await update(at, group, DAVE, 3)
    assert "so already" in str(at.verdicts()[-1])
    assert len(await log(at, group)) == 2


@pytest.mark.parametrize(
    ("by", "changed", "sentence"),
    [
        (EVE, {}, "only moderators"),
        (DAVE, {"name": "x" * 101}, "A title has 1 to 100 characters"),
        (DAVE, {"summary": "<p>" + "x" * 10_001}, "at most 10000 characters"),
        (DAVE, {"inbox": "https://lemmy.example/inbox"}, "no inbox"),
    ],
    ids=["stranger", "title", "words", "inbox"],
)
async def test_what_may_not_be_changes_nothing(
    at: At, by: str, changed: dict[str, Any], sentence: str
) -> None:
    group = await moderated_by(at, DAVE)
    await at.person(EVE)
    before = await read(at, group.uri)
    await update(at, group, by, **changed)
    assert sentence in str(at.verdicts()[-1])
    assert await read(at, group.uri) == before
    assert await log(at, group) == []
    assert not at.stage.told("Update", "Announce")


async def test_no_other_group_speaks_for_a_moderator(at: At) -> None:
    group = await moderated_by(at, DAVE)
    await at.person("https://evil.example/c/tea", type="Group")
    before = await read(at, group.uri)
    inner = {
        "id": f"{DAVE}/u", "type": "Update", "actor": DAVE, "to": [PUBLIC], "audience": group.uri,
        "object": before | {"name": "Coffee"},
    }  # fmt: skip
    evil = "https://evil.example/c/tea"
    await at.deliver({"id": f"{evil}/a", "type": "Announce", "actor": evil, "object": inner})
    assert await read(at, group.uri) == before
    assert await log(at, group) == []
