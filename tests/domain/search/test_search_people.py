"""Finding people by their names."""

from tests.domain.conftest import Stage
from tests.domain.test_discovery import changed, silence
from weft.domain.actors.profile import edit_profile
from weft.domain.actors.records import Actor, ActorKind
from weft.domain.actors.remove import remove_actor
from weft.domain.actors.store import RemoteActor, save_remote_actor
from weft.domain.relations.block import block, mute
from weft.domain.relations.follow import accept
from weft.domain.search.people import find_people


async def named(stage: Stage, username: str, name: str, host: str = "far.example") -> Actor:
    uri = f"https://{host}/users/{username}"
    described = RemoteActor(
        uri=uri, kind=ActorKind.PERSON, username=username, domain=host, host=host,
        url=uri, inbox=f"{uri}/inbox", name=name,
    )  # fmt: skip
    return await stage.db.write(save_remote_actor, stage.server, described)


async def found(stage: Stage, typed: str, me: Actor | None = None, **more: bool) -> list[str]:
    ids = await find_people(
        stage.db,
        typed,
        me=me.id if me else None,
        now=stage.server.now_ms(),
        limit=20,
        **more,
    )
    names = dict(stage.rows("SELECT id, username FROM actor"))
    return [names[each] for each in ids]


async def followed(stage: Stage, who: Actor, target: Actor) -> None:
    await stage.follows(who, target)
    await stage.db.write(accept, stage.server, follower_id=who.id, target_id=target.id)


async def test_by_the_beginning_of_handle_and_name_in_order_of_closeness(stage: Stage) -> None:
    await named(stage, "zoe", "Tidal Wave")
    await named(stage, "tidewater", "W.")
    await named(stage, "tide", "T.")
    assert await found(stage, "tide") == ["tide", "tidewater"]
    assert set(await found(stage, "TID")) == {"tide", "tidewater", "zoe"}
    assert (await found(stage, "tid"))[-1] == "zoe"
    assert await found(stage, "wave tid") == ["zoe"]
    assert await found(stage, "tide@FAR") == ["tide", "tidewater"]
    assert await found(stage, "tide@else.example") == []


async def test_whom_one_follows_comes_first_and_may_be_all(stage: Stage) -> None:
    me = await stage.person("me")
    await named(stage, "anna", "Anna")
    friend = await named(stage, "x", "Anneliese Müller")
    assert await found(stage, "ann", me) == ["anna", "x"]
    await followed(stage, me, friend)
    assert await found(stage, "ann", me) == ["x", "anna"]
    assert await found(stage, "ann", me, following=True) == ["x"]
    assert await found(stage, "anna", me) == ["anna"]
    assert await found(stage, "muller", me) == ["x"]


async def test_a_slip_is_forgiven(stage: Stage) -> None:
    await named(stage, "katharina", "K.")
    await named(stage, "someone", "Somebody Else")
    assert await found(stage, "katarina") == ["katharina"]
    assert await found(stage, "somebdoy") == ["someone"]
    assert await found(stage, "xyzzy") == []


async def test_names_in_scripts_without_blanks(stage: Stage) -> None:
    await named(stage, "t", "東京タワー")
    for typed in ("東京", "タワー", "京"):
        assert await found(stage, typed) == ["t"], typed


async def test_who_hides_or_is_hidden_or_gone_is_not_found(stage: Stage) -> None:
    me = await stage.person("me")
    quiet, gone, muted, blocker = [
        await named(stage, name, "") for name in ("tia", "tib", "tic", "tid")
    ]
    await changed(stage, silence, quiet)
    await stage.db.write(remove_actor, stage.server, gone.id)
    await stage.db.write(mute, stage.server, actor_id=me.id, target_id=muted.id)
    await stage.db.write(block, stage.server, actor_id=blocker.id, target_id=me.id)
    assert await found(stage, "ti", me) == []
    assert await found(stage, "ti") == ["tic", "tid"]
    await followed(stage, me, quiet)
    assert await found(stage, "ti", me) == ["tia"]
    assert stage.rows(f"SELECT rowid FROM actor_search WHERE rowid = {gone.id}") == []


async def test_a_new_name_replaces_the_old_one(stage: Stage) -> None:
    await named(stage, "x", "Old Name")
    await named(stage, "x", "Fresh Name")
    me = await stage.person("me")
    await stage.db.write(edit_profile, stage.server, me.id, {"name": "Changed"})
    assert await found(stage, "fresh") == ["x"]
    assert await found(stage, "old") == []
    assert await found(stage, "changed") == ["me"]


async def test_whatever_is_typed_is_only_words(stage: Stage) -> None:
    await named(stage, "tide", "T.")
    for typed in ('"', "tide* OR", "a:*", "NEAR(tide)", "'; --", "@", "@@", "\\", "%", "_"):
        await found(stage, typed)
