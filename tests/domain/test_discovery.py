"""Who is suggested, listed and familiar: only who agreed to be found, and is not hidden."""

from sqlalchemy import Update, bindparam, update

from tests.domain.conftest import Stage
from weft.domain.actors.records import Actor
from weft.domain.discovery.find import Directory, dismiss, suggestions
from weft.domain.discovery.queries import familiar_followers
from weft.domain.relations.block import block, block_host, mute
from weft.storage.database import Tx
from weft.storage.schema.actors import actor
from weft.storage.statements import query


@query()
def agree() -> Update:
    return update(actor).where(actor.c.id == bindparam("of_actor")).values(discoverable=True)


@query()
def disagree() -> Update:
    return update(actor).where(actor.c.id == bindparam("of_actor")).values(discoverable=False)


@query()
def hide_network() -> Update:
    return update(actor).where(actor.c.id == bindparam("of_actor")).values(hides_network=True)


@query()
def silence() -> Update:
    return update(actor).where(actor.c.id == bindparam("of_actor")).values(silenced_at=1)


async def changed(stage: Stage, statement: object, *people: Actor) -> None:
    async def change(tx: Tx) -> None:
        for each in people:
            await tx.run(statement, of_actor=each.id)  # type: ignore[arg-type]

    await stage.db.write(change)


async def suggested(stage: Stage, who: Actor) -> list[tuple[int, bool]]:
    found = await suggestions(stage.db, stage.server, who.id, 10)
    return [(each.actor_id, each.friends) for each in found]


async def test_friends_of_friends_come_first(stage: Stage) -> None:
    ann, bea, cid, dan, eve = [
        await stage.person(name) for name in ("ann", "bea", "cid", "dan", "eve")
    ]
    far, shy = await stage.stranger("far"), await stage.person("shy")
    await changed(stage, agree, far)
    await changed(stage, disagree, shy)
    for target in (bea, cid):
        await stage.follows(ann, target)
    for follower, target in ((bea, dan), (cid, dan), (cid, far), (bea, cid), (bea, shy)):
        await stage.follows(follower, target)
    # A follow of somebody elsewhere waits for an answer: it counts when it stands.
    assert await suggested(stage, ann) == [(dan.id, True), (eve.id, False)]
    await changed(stage, hide_network, bea, cid)
    assert await suggested(stage, ann) == [(dan.id, False), (eve.id, False)]


async def test_nobody_is_suggested_who_is_hidden_or_dismissed(stage: Stage) -> None:
    ann, bea, cid, dan, eve, fay = [
        await stage.person(name) for name in ("ann", "bea", "cid", "dan", "eve", "fay")
    ]
    assert len(await suggested(stage, ann)) == 5
    await stage.db.write(block, stage.server, actor_id=bea.id, target_id=ann.id)
    await stage.db.write(mute, stage.server, actor_id=ann.id, target_id=cid.id)
    await changed(stage, silence, dan)
    for _ in range(2):
        await stage.db.write(dismiss, stage.server, actor_id=ann.id, target_id=eve.id)
    assert await suggested(stage, ann) == [(fay.id, False)]


async def test_the_directory(stage: Stage) -> None:
    ann, bea, cid = [await stage.person(name) for name in ("ann", "bea", "cid")]
    far = await stage.stranger("far")
    await changed(stage, agree, far)
    await changed(stage, disagree, cid)
    await stage.says(bea)
    await stage.says(far, uri="https://far.example/1")
    await stage.says(ann)
    await stage.says(cid)
    everybody = Directory(stage.db, stage.server)

    async def page(order: str, viewer: int | None = None, **more: object) -> list[int]:
        asked = {"here": False, "offset": 0, "limit": 10} | more
        return await everybody.page(order, viewer_id=viewer, **asked)  # type: ignore[arg-type]

    assert await page("active") == [ann.id, far.id, bea.id]
    assert await page("active", offset=1, limit=1) == [far.id]
    assert await page("active", here=True) == [ann.id, bea.id]
    assert await page("new") == [far.id, bea.id, ann.id]
    await stage.db.write(block_host, stage.server, actor_id=cid.id, host="far.example")
    assert await page("new", cid.id) == [bea.id, ann.id]
    await changed(stage, silence, bea)
    assert await page("new") == [far.id, ann.id]


async def test_familiar_followers(stage: Stage) -> None:
    ann, bea, cid, dan = [await stage.person(name) for name in ("ann", "bea", "cid", "dan")]
    for follower, target in ((ann, bea), (ann, cid), (bea, dan), (cid, dan), (dan, bea)):
        await stage.follows(follower, target)

    async def familiar() -> list[tuple[int, int]]:
        rows = await stage.db.all(
            familiar_followers, me=ann.id, targets=[dan.id, bea.id], limit=100
        )
        return [(row.target_id, row.id) for row in rows]

    assert await familiar() == [(dan.id, bea.id), (dan.id, cid.id)]
    await changed(stage, hide_network, cid)
    assert await familiar() == [(dan.id, bea.id)]
    await changed(stage, hide_network, dan)
    assert await familiar() == []
