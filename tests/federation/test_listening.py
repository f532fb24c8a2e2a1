"""Scrobbles of Pleroma, streams that go on and off the air, and what strangers may not say of music."""

from typing import Any

import msgspec

from tests.federation.corpus.kinds import author_is_known
from tests.federation.corpus.listening import heard
from tests.federation.corpus.playing import At, Corpus
from tests.support.fediverse import Scene
from weft.domain.listens.records import MOST, listen_of
from weft.domain.posts.kinds import Listen
from weft.domain.posts.queries import post_by_uri
from weft.domain.posts.records import post_facets

ANN = "https://pleroma.example/users/ann"


def at_stage(stage: Scene, folder: str = "pleroma") -> At:
    return At(stage, Corpus(folder), "", {})


async def scrobbles(at: At, number: int = 1, **more: Any) -> str:
    listen = {
        "id": f"{ANN}/listens/{number}", "type": "Listen", "actor": ANN, "to": [f"{ANN}/followers"],
        "object": {
            "type": "Audio", "title": "Opening", "artist": "Les Exemples", "album": "First",
            "length": 200_000, "externalLink": "https://music.example/1", "id": f"{ANN}/audio/1",
        },
    }  # fmt: skip
    await at.deliver(listen | more)
    return str(at.rows("SELECT verdicts FROM inbox_log ORDER BY id DESC LIMIT 1"))


async def followed(at: At) -> None:
    await at.person(ANN)
    await at.lena_follows(ANN, accepted=True)


async def test_a_scrobble_in_words(stage: Scene) -> None:
    at = at_stage(stage)
    await followed(at)
    await scrobbles(at, published="2026-01-05T10:00:00Z")
    (piece,) = await heard(at, ANN)
    assert listen_of(piece) == Listen(
        "Opening", "Les Exemples", "First", 200_000, await at.place("https://music.example/1")
    )
    assert piece.listened_at == 1_767_607_200_000
    undo = {"type": "Undo", "id": f"{ANN}/u", "actor": ANN, "object": f"{ANN}/listens/1"}
    await at.deliver(undo)
    assert await heard(at, ANN) == []


async def test_what_concerns_nobody_or_says_nothing(stage: Scene) -> None:
    at = at_stage(stage)
    await at.person(ANN)
    assert "concerns nobody" in await scrobbles(at)
    await at.lena_follows(ANN, accepted=True)
    strange: tuple[Any, ...] = (
        None,
        5,
        {},
        {"type": "Audio"},
        {"type": "Track"},
        {"type": "Track", "id": "javascript:x"},
    )
    for number, each in enumerate(strange, 10):
        assert "says what was listened to" in await scrobbles(at, number, object=each)
    assert await heard(at, ANN) == []
    assert "Error" not in str(at.rows("SELECT verdicts FROM inbox_log"))


async def test_the_oldest_go(stage: Scene) -> None:
    at = at_stage(stage)
    await followed(at)
    ann = await at.actor(ANN)
    import apsw

    words = msgspec.json.encode(Listen("Old")).decode()
    with apsw.Connection(str(stage.parts.settings.sqlite_path)) as connection:
        rows = [(n, ann.id, f"{ANN}/old/{n}", words) for n in range(MOST)]
        connection.executemany(
            "INSERT INTO listen (id, actor_id, uri, visibility, facets, listened_at) VALUES (?, ?, ?, 0, ?, 0)",
            rows,
        )
    await scrobbles(at)
    assert at.rows("SELECT count(*), min(id) FROM listen") == [(MOST, 1)]
    await at.deliver({"type": "Delete", "id": f"{ANN}#d", "actor": ANN, "object": ANN})
    assert at.rows("SELECT count(*) FROM listen") == [(0,)]


async def test_a_stream_goes_on_the_air_and_off_again(stage: Scene) -> None:
    at = at_stage(stage, "peertube")
    video = at.load("video-live-v8")
    at.payload.update(video)
    await author_is_known(at)
    account = next(each["id"] for each in video["attributedTo"] if each["type"] == "Person")
    await at.lena_follows(account, accepted=True)
    told = {"actor": account, "to": video["to"], "cc": video["cc"]}
    await at.deliver(told | {"id": f"{video['id']}/create", "type": "Create", "object": video})

    async def on_air() -> bool:
        post = await at.stage.parts.db.one(post_by_uri, uri=await at.place(video["id"]))
        assert post is not None, at.verdicts()
        facets = post_facets(post.facets).video
        assert facets is not None
        return facets.is_on_air

    assert not await on_air()
    for number, (state, expected) in enumerate(((1, True), (4, False))):
        changed = video | {"state": state, "updated": f"2026-12-01T1{number}:00:00.000Z"}
        await at.deliver(
            told | {"id": f"{video['id']}/updates/{number}", "type": "Update", "object": changed}
        )
        assert await on_air() is expected
        said = (await at.status(video["id"]))["content"]
        assert ("Live now" in said) is expected
