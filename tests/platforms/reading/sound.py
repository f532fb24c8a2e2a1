"""Funkwhale, Castopod and Owncast: music, podcasts, and streams that say that they are live."""

from tests.platforms.reading.corpus import actor, is_no_post, post, reads, variant
from weft.domain.actors.records import ActorKind
from weft.domain.posts.kinds import Credit, TrackFacets
from weft.domain.posts.records import PostKind
from weft.domain.visibility.viewer import Visibility
from weft.federation.dialects import RemotePost

FW = "https://fw.example/federation/music"
POD = "https://pod.example"
is_no_post(
    "funkwhale",
    "libraries, catalogue, listens, bulk deletes, reports",
    "library", "library-page", "follow-library", "update-library", "delete-library", "update-track",
    "like-track", "listen", "delete-listen", "delete-audiocollection", "flag",
)  # fmt: skip
is_no_post("owncast-castopod", "a ping of a stream", "owncast-offer-live")


def track_of(read: RemotePost) -> TrackFacets:
    assert read.kind is PostKind.TRACK
    assert read.facets.track is not None
    return read.facets.track


@reads("funkwhale/audio-object", "funkwhale/create-audio-channel")
def an_episode_of_a_channel(name: str) -> None:
    read = post(name)
    track = track_of(read)
    assert read.author_uri.endswith("/federation/actors/compositions")
    assert read.visibility is Visibility.PUBLIC
    assert read.title == "Compositions - Test Audio for Pleroma"
    assert read.content == "<p>This is a test Audio for Pleroma.</p>"
    assert read.summary is None
    assert [tag.name for tag in read.tags] == ["funkwhale", "test", "tests"]
    assert read.url == "https://channels.tests.funkwhale.audio/library/tracks/74"
    (played,) = read.media
    assert played.content_type == "audio/ogg"
    assert "/api/v1/listen/3901e5d8" in played.url
    assert track.library_uri is None


@reads("funkwhale/create-audio-library", "funkwhale/update-audio")
def a_track_in_a_library(name: str) -> None:
    read = post(name)
    track = track_of(read)
    assert (read.title, read.visibility) == ("Opening", Visibility.UNLISTED)
    artist = Credit("Les Exemples", f"{FW}/artists/a1", "5b11f4ce-a62d-471e-81fc-a69a8278c7da")
    assert (track.artists, track.album_artists) == ((artist,), (artist,))
    assert (track.album, track.album_uri, track.released) == (
        "First",
        f"{FW}/albums/b1",
        "1999-03-02",
    )
    assert (track.position, track.disc, track.duration_ms) == (1, 1, 200_000)
    assert track.licence == "http://creativecommons.org/licenses/by-sa/4.0/"
    assert track.cover_url == "https://fw.example/media/c.jpg"
    assert (track.library_uri, track.track_uri) == (f"{FW}/libraries/dc702491", f"{FW}/tracks/t1")
    (file,) = track.files
    assert (file.bitrate, file.size_bytes) == (192_000 if "update" in name else 320_000, 8_000_000)
    (played,) = read.media
    assert (played.description, played.duration_ms) == ("Les Exemples – Opening", 200_000)
    assert played.icon_url == track.cover_url
    assert [tag.display for tag in read.tags] == ["Punk"]
    assert read.url == "https://fw.example/library/tracks/1"


def artists_as_version_2_credits_them() -> None:
    credited = {
        "artist": {"id": "https://fw.example/a/1", "name": "A"},
        "credit": "DJ A",
        "joinphrase": " & ",
    }
    read = variant(
        "funkwhale/audio-object",
        artist_credit=[credited],
        duration="PT3M",
        image="https://fw.example/i.png",
    )
    track = track_of(read)
    assert track.artists == (Credit("DJ A", "https://fw.example/a/1"),)
    assert (track.duration_ms, track.cover_url) == (180_000, "https://fw.example/i.png")


@reads("owncast-castopod/castopod-actor-podcast")
def a_podcast(name: str) -> None:
    read = actor(name)
    assert (read.kind, read.username) == (ActorKind.SERVICE, "show")
    assert read.facets.feed_url == f"{POD}/@show/feed.xml"
    assert (read.facets.language, read.facets.category) == ("fr", "Arts › Books")
    assert (read.icon_url, read.header_url) == (f"{POD}/media/cover.jpg", f"{POD}/media/banner.jpg")


@reads("owncast-castopod/castopod-episode")
def an_episode(name: str) -> None:
    read = post(name)
    track = track_of(read)
    assert (read.title, read.language) == ("Episode 1", "fr")
    assert read.content == "<p>About <strong>books</strong></p>"
    assert read.facets.source == "About **books**"
    assert (track.duration_ms, track.cover_url) == (1_800_500, f"{POD}/media/e1.jpg")
    assert track.chapters_uri == f"{POD}/media/e1-chapters.json"
    assert track.transcript_url == f"{POD}/media/e1.srt"
    (played,) = read.media
    assert (played.url, played.content_type) == (f"{POD}/audio/e1.mp3", "audio/mpeg")
    assert played.icon_url == track.cover_url
    assert read.replies_uri == f"{POD}/@show/episodes/e1/comments"


@reads("owncast-castopod/castopod-note-episode")
def a_note_that_leads_to_it(name: str) -> None:
    read = post(name)
    assert read.kind is PostKind.NOTE
    assert read.content.index(f"{POD}/@show/episodes/e1") < read.content.index("New!")


@reads("owncast-castopod/owncast-note-live", "owncast/note-live")
def a_stream_goes_live(name: str) -> None:
    read = post(name)
    assert (read.kind, read.visibility, read.groups) == (PostKind.NOTE, Visibility.PUBLIC, ())
    (image,) = read.media
    assert (image.content_type, image.description) == ("image/*", "Live stream preview")
    assert [tag.name for tag in read.tags] == ["owncast", "streaming"]
    assert 'href="https://owncast.localhost.localdomain"' in read.content


@reads("owncast-castopod/owncast-create-tag-mention-misuse")
def mentions_that_are_none(name: str) -> None:
    read = post(name)
    assert (read.content, read.mentions) == ("<p>Live is live!</p>", ())
    tagged = variant(name, tag=[{"type": "Mention", "name": "#owncast"}])
    assert ([tag.name for tag in tagged.tags], tagged.mentions) == (["owncast"], ())
