"""Scrobbles, favourite tracks, and how often videos were seen."""

from tests.federation.corpus.kinds import VIDEO, video_is_here
from tests.federation.corpus.playing import At, Corpus
from tests.federation.corpus.shelves import ARTIST, TRACK
from weft.domain.listens.queries import listens_of
from weft.domain.listens.records import Listening
from weft.domain.posts.queries import post_by_uri
from weft.domain.posts.records import post_facets
from weft.domain.posts.watched import Watched, watched_of
from weft.domain.shelves.queries import favourites_of, places_on
from weft.domain.shelves.records import Place
from weft.domain.visibility.viewer import Visibility

FUNKWHALE = Corpus("funkwhale")
PEERTUBE = Corpus("peertube")
ALL = (FUNKWHALE, PEERTUBE)
LISTENING = "https://fw.example/federation/actors/alice/history/listenings/1"


async def alice_is_followed(at: At) -> None:
    await at.person(ARTIST)
    await at.lena_follows(ARTIST, accepted=True)
    await at.serve(at.load("create-audio-library")["object"]["track"])


async def heard(at: At, who: str = ARTIST) -> list[Listening]:
    """As lena, who follows them, is shown it."""
    actor = await at.actor(who)
    found: list[Listening] = await at.stage.parts.db.all(
        listens_of, who="local", viewer=at.stage.lena.id, of_actor=actor.id, max_id=2**62, limit=50
    )
    return found


async def favourites(at: At) -> list[Place]:
    alice = await at.actor(ARTIST)
    shelf = await at.stage.parts.db.one(favourites_of, of_owner=alice.id)
    if shelf is None:
        return []
    assert shelf.visibility == Visibility.FOLLOWERS
    found: list[Place] = await at.stage.parts.db.all(
        places_on, of_shelf=shelf.id, position=-1, after=0, limit=50
    )
    return found


@FUNKWHALE.outcome("listen", given=alice_is_followed)
async def listened_to(at: At) -> None:
    (piece,) = await heard(at)
    assert (piece.item_title, piece.item_uri) == ("Opening", await at.place(TRACK))
    assert piece.visibility == Visibility.FOLLOWERS
    assert at.rows("SELECT count(*) FROM post") == [(0,)]
    alice = await at.actor(ARTIST)
    anyone = await at.stage.parts.db.all(
        listens_of, who="anonymous", of_actor=alice.id, max_id=2**62, limit=50
    )
    assert anyone == [], "it is for followers"


async def it_was_listened_to(at: At) -> None:
    await alice_is_followed(at)
    await at.deliver(at.load("listen"))
    assert len(await heard(at)) == 1


@FUNKWHALE.outcome("delete-listen", how="itself", given=it_was_listened_to)
async def taken_back(at: At) -> None:
    other = "https://fw.example/federation/actors/mallory"
    await at.person(other)
    await at.deliver(at.payload | {"id": f"{other}/1", "actor": other})
    assert len(await heard(at)) == 1
    await at.deliver(at.payload | {"id": f"{LISTENING}#delete"})
    assert await heard(at) == []


@FUNKWHALE.outcome("like-track", given=alice_is_followed)
async def a_favourite(at: At) -> None:
    (place,) = await favourites(at)
    assert place.title == "Opening"
    undo = {"type": "Undo", "id": f"{ARTIST}/undo/1", "actor": ARTIST, "object": at.payload}
    await at.deliver(undo)
    assert await favourites(at) == []
    await at.deliver(at.payload | {"id": f"{ARTIST}/favorites/tracks/2"})
    assert len(await favourites(at)) == 1
    await at.deliver(at.payload | {"id": f"{ARTIST}/dislikes/1", "type": "Dislike"})
    assert await favourites(at) == []


async def watched(at: At) -> Watched:
    post = await at.stage.parts.db.one(post_by_uri, uri=await at.place(VIDEO))
    assert post is not None
    found: Watched | None = await at.stage.parts.db.one(watched_of, of_post=post.id)
    assert found is not None
    return found


@PEERTUBE.outcome("view-single", given=video_is_here)
async def one_more_view(at: At) -> None:
    post = await at.stage.parts.db.one(post_by_uri, uri=await at.place(VIDEO))
    assert post is not None
    video = post_facets(post.facets).video
    assert video is not None
    assert (await watched(at)).views == video.views + 1
    await at.deliver(at.payload)
    assert (await watched(at)).views == video.views + 1, "each once"
    stranger = "https://evil.example/accounts/eve"
    await at.person(stranger)
    await at.deliver(at.payload | {"id": f"{stranger}/views/1", "actor": stranger})
    assert (await watched(at)).views == video.views + 1, "its own server says"
    now = {"id": f"{at.payload['actor']}/viewers/1", "expires": "2126-01-01T00:00:00Z"}
    result = {"type": "InteractionCounter", "userInteractionCount": 12}
    await at.deliver(at.payload | now | {"result": result})
    found = await watched(at)
    assert (found.viewers, found.views) == (12, video.views + 1)
    assert found.viewers_until_at is not None
    assert found.viewers_until_at - at.stage.parts.server.now_ms() <= 3_600_000
    assert await at.notified() == []
