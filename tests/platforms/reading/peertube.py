"""PeerTube: what its INDEX says of each video and profile."""

from tests.platforms.reading.corpus import actor, document, is_no_post, post, reads, unreadable
from weft.domain.actors.records import ActorKind
from weft.domain.posts.kinds import Chapter, VideoFacets
from weft.domain.posts.records import PostKind, Tag
from weft.domain.visibility.viewer import Visibility
from weft.federation.dialects import RemotePost
from weft.platforms.peertube.wire_in import read_chapters

HOST = "https://video.example"
UUID = "9c9de5e8-0a1e-484a-b099-e80766180a6d"
is_no_post(
    "peertube",
    "activities on videos, statistics, mirrors, playlists",
    "announce-without-context", "announce-channel-v8", "announce-by-account", "view-single",
    "create-watchaction", "create-cachefile", "create-playlist", "playlist-element", "approve-reply",
    "dislike", "flag-with-reasons-and-times", "delete-video",
)  # fmt: skip


def video_of(read: RemotePost) -> VideoFacets:
    assert read.kind is PostKind.VIDEO
    assert read.facets.video is not None
    return read.facets.video


@reads("peertube/create-video-v8")
def a_video_in_a_channel(name: str) -> None:
    read = post(name)
    video = video_of(read)
    assert read.author_uri == f"{HOST}/accounts/alice"
    assert read.groups == (f"{HOST}/video-channels/alice_channel",)
    assert read.visibility is Visibility.PUBLIC
    assert (read.title, read.language) == ("Demo video", "en")
    assert read.content.startswith('<p><strong>Demo</strong></p>\n<p><a href="https://example.org"')
    assert (read.facets.source, read.facets.source_format) == (
        "**Demo**\n\nhttps://example.org", "text/markdown",
    )  # fmt: skip
    assert read.tags == (Tag("demo", "demo"), Tag("freesoftware", "freeSoftware"))
    assert read.url == f"{HOST}/w/kkGMgK9ZtnKfYAgnEtQxbv"
    assert [(each.height, each.width, each.fps) for each in video.files] == [
        (720, 1280, 30),
        (360, 640, 30),
    ]
    assert video.files[0].size_bytes == 3_600_000
    assert video.playlist_url == f"{HOST}/static/streaming-playlists/hls/{UUID}/master.m3u8"
    (caption,) = video.captions
    assert (caption.language, caption.label, caption.is_generated) == ("en", "English", True)
    assert caption.url.endswith("-en.vtt")
    assert (video.category, video.licence) == ("Science & Technology", "Attribution")
    assert (video.support, video.views, video.uuid) == ("Donate *here*", 42, UUID)
    assert (video.duration_ms, video.downloadable) == (10_000, True)
    assert video.originally_at == 1_556_928_000_000
    assert video.preview_url == f"{HOST}/lazy-static/previews/b.jpg"
    assert video.storyboard is not None
    assert (video.storyboard.tile_width, video.storyboard.tile_ms) == (192, 1000)
    assert len(video.torrents) == 6
    assert video.chapters_uri == f"{HOST}/videos/watch/{UUID}/chapters"
    (played,) = read.media
    assert (played.content_type, played.width, played.height) == ("video/mp4", 1280, 720)
    assert played.url.endswith(f"web-videos/{UUID}-720.mp4")
    assert played.icon_url == video.preview_url
    assert played.duration_ms == 10_000
    assert not video.is_live
    assert read.facets.comments == "everybody"


@reads("peertube/video-live-v8")
def a_live_stream_that_waits(name: str) -> None:
    read = post(name)
    video = video_of(read)
    assert (video.is_live, video.is_on_air, video.is_permanent) == (True, False, True)
    assert video.scheduled_at == 1_796_148_000_000
    assert (video.duration_ms, video.files, video.playlist_url, read.media) == (None, (), None, ())


@reads("peertube/video-sensitive-flags-v8")
def sensitive_with_its_reason(name: str) -> None:
    read = post(name)
    assert (read.sensitive, read.summary) == (True, "Graphic news footage")
    assert video_of(read).flags == ("violent",)
    assert read.tags == (Tag("news", "news"),)
    assert read.facets.comments == "approved"


@reads("peertube/video-webvideo-2018")
def an_early_video(name: str) -> None:
    read = post(name)
    video = video_of(read)
    assert read.author_uri == "https://peertube.moe/accounts/7even"
    assert read.groups == (
        "https://peertube.moe/video-channels/5224869f-aa63-4c83-ab3a-87c3a5ac440e",
    )
    assert [each.height for each in video.files] == [480, 360, 240, 720]
    assert read.url == read.uri
    (played,) = read.media
    assert played.url.endswith("-720.mp4")
    assert video.torrents
    assert not [each for each in video.torrents if each == played.url]
    assert (read.origin_boosts, video.views, video.duration_ms) == (2, 12, 29_000)


@reads("peertube/video-framatube-hls-and-web")
def adaptive_with_fallbacks(name: str) -> None:
    read = post(name)
    video = video_of(read)
    assert read.groups == (
        "https://framatube.org/video-channels/bf54d359-cfad-4935-9d45-9d6be93f63e8",
    )
    assert (video.playlist_url or "").endswith("master.m3u8")
    assert [each.height for each in video.files] == [1080, 720, 480, 360, 240]
    assert (video.duration_ms, video.views, video.category) == (
        3_622_000,
        154,
        "Science & Technology",
    )
    assert read.language is None
    assert read.tags[0].display == "déframasoftisons"
    assert read.content.count("<p>") > 1


@reads("peertube/comment-create")
def a_comment_in_markdown(name: str) -> None:
    read = post(name)
    assert read.kind is PostKind.NOTE
    assert read.content == "<p>Nice <em>video</em> @alice</p>\n"
    assert read.in_reply_to == f"{HOST}/videos/watch/{UUID}"
    assert read.groups == (f"{HOST}/video-channels/alice_channel",)


@reads("peertube/account-person-framasoft", "peertube/account-person-akkoma")
def an_account(name: str) -> None:
    read = actor(name)
    assert read.kind is ActorKind.PERSON
    assert "/lazy-static/avatars/" in (read.icon_url or "")
    assert read.summary == ""


@reads("peertube/actor-channel-v8")
def a_channel(name: str) -> None:
    read = actor(name)
    assert (read.kind, read.name) == (ActorKind.GROUP, "Alice channel")
    assert read.facets.owners == (f"{HOST}/accounts/alice",)
    assert read.icon_url == f"{HOST}/lazy-static/avatars/120.png"
    assert read.url == f"{HOST}/c/alice_channel/videos"


@reads("peertube/chapters")
def two_chapters(name: str) -> None:
    assert read_chapters(document(name)) == (
        Chapter(start_ms=0, title="Intro", end_ms=4000), Chapter(start_ms=4000, title="Rest", end_ms=10_000),
    )  # fmt: skip


@reads("peertube/video-attributedto-host-mismatch")
def of_a_stranger(name: str) -> None:
    unreadable(name, "author of the same host")
