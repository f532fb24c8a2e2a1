"""Relays of both kinds: what we send them."""

from tests.federation.relay_stage import (
    PUBLIC,
    sql_run,
    subscribed,
    waiting,
    write,
)
from tests.support.fediverse import Scene


async def test_public_posts_go_to_the_relay_signed_for_everybody(stage: Scene) -> None:
    relay = await subscribed(stage)
    await write(stage, visibility="unlisted")
    await write(stage, visibility="private")
    await write(stage, local_only=True)
    status = await write(stage)
    inbox, created = await stage.until(lambda: next(iter(stage.told("Create")), None))
    assert (inbox, created["object"]["id"]) == (relay.inbox, status["uri"])
    assert created["signature"]["type"] == "RsaSignature2017"
    assert created["to"] == [PUBLIC]
    await stage.api.call("PUT", f"/api/v1/statuses/{status['id']}", json={"status": "edited"})
    _, edited = await stage.until(lambda: next(iter(stage.told("Update")), None))
    assert "edited" in edited["object"]["content"]
    await stage.api.call("DELETE", f"/api/v1/statuses/{status['id']}")
    _, deleted = await stage.until(lambda: next(iter(stage.told("Delete")), None))
    assert deleted["object"]["id"] == status["uri"]
    assert {each["signature"]["type"] for each in (edited, deleted)} == {"RsaSignature2017"}
    assert len(stage.told("Create")) == 1


async def test_a_litepub_relay_is_told_ids_by_the_actor_for_relays(stage: Scene) -> None:
    relay = await subscribed(stage, "litepub")
    await write(stage, visibility="unlisted")
    status = await write(stage)
    inbox, said = await stage.until(lambda: next(iter(stage.told("Announce")), None))
    own = stage.parts.server.relay_uri
    assert (inbox, said["actor"], said["object"]) == (relay.inbox, own, status["uri"])
    assert said["to"] == [f"{own}/followers"]
    await stage.api.call("DELETE", f"/api/v1/statuses/{status['id']}")
    _, deleted = await stage.until(lambda: next(iter(stage.told("Delete")), None))
    assert deleted["signature"]["type"] == "RsaSignature2017"
    assert not stage.told("Create")
    assert len(stage.told("Announce")) == 1


async def test_posts_of_limited_people_do_not_go_to_relays(stage: Scene) -> None:
    await subscribed(stage)
    sql_run(stage, f"UPDATE actor SET silenced_at = 1 WHERE id = {stage.lena.id}")
    await write(stage)
    assert await waiting(stage) == 0


async def test_their_deletions_do(stage: Scene) -> None:
    await subscribed(stage)
    status = await write(stage)
    await stage.until(lambda: stage.told("Create"))
    sql_run(stage, f"UPDATE actor SET silenced_at = 1 WHERE id = {stage.lena.id}")
    await stage.api.call("DELETE", f"/api/v1/statuses/{status['id']}")
    _, deleted = await stage.until(lambda: next(iter(stage.told("Delete")), None))
    assert deleted["object"]["id"] == status["uri"]


async def test_profiles_and_removals_go_to_relays_signed_for_everybody(stage: Scene) -> None:
    await subscribed(stage, "litepub")
    await stage.api.call("PATCH", "/api/v1/accounts/update_credentials", json={"note": "New"})
    _, changed = await stage.until(lambda: next(iter(stage.told("Update")), None))
    assert changed["object"]["id"] == stage.lena.uri
    assert changed["signature"]["type"] == "RsaSignature2017"
