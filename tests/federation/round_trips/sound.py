"""Videos and music: PeerTube, Funkwhale, Castopod."""

from tests.federation.corpus.playing import At, Corpus
from tests.federation.round_trips.travelling import Platform, Trip, post_in
from weft.domain.posts.records import PostKind
from weft.platforms.castopod import wire_out as castopod
from weft.platforms.funkwhale import wire_out as funkwhale
from weft.platforms.peertube import wire_out as peertube

_PEERTUBE = Corpus("peertube")
_TESTS = Corpus("from-pleroma-tests")
_FUNKWHALE = Corpus("funkwhale")
_MISC = Corpus("misc")
_CASTOPOD = Corpus("owncast-castopod")
_POST = "id type to cc published attributedTo"
_VIDEO = (
    f"{_POST} updated name duration uuid category.identifier category.name views sensitive mediaType content"
    " icon[].url icon[].width icon[].height"
    " url[text/html].href url[video/mp4].href url[video/mp4].height url[video/mp4].size"
)
_V8 = (
    f"{_VIDEO} licence.identifier language.identifier originallyPublishedAt commentsPolicy state downloadEnabled"
    " support subtitleLanguage[].identifier subtitleLanguage[].automaticallyGenerated"
    " subtitleLanguage[].url[].href uploadDate aspectRatio isLiveBroadcast audience"
    " preview[].url[].href preview[].url[].tileWidth preview[].url[].tileHeight preview[].url[].tileDuration"
    " preview[].url[].width url[video/mp4].width url[video/mp4].fps url[video/mp4].attachment[].value"
    " url[application/x-mpegURL].href url[application/x-mpegURL].tag[video/mp4].href"
    " url[application/x-mpegURL].tag[video/mp4].height"
    " likes dislikes comments hasParts embedUrl"
)
_SPACES = {
    "tag[Hashtag].name": "a hashtag has no space: 'free software' is #freeSoftware",
}
_TO_CHANNEL = {"to": "a video is addressed to its channel now, and to followers of its account"}
_TORRENTS = {"url[application/x-bittorrent].href": "those of HLS stand beside the others"}
_COLLECTIONS = {
    "shares": "where another server lists its own is not kept: nobody here asks",
}


async def channel(at: At) -> None:
    """The Group among its authors is known as one."""
    post = post_in(at.payload)
    named = post.get("audience") or [e["id"] for e in post["attributedTo"] if e["type"] == "Group"]
    for each in [named] if isinstance(named, str) else named:
        await at.person(each, type="Group")
        await at.actor(each)


async def chapters_inside(at: At) -> None:
    """Its chapters as they may stand in the video itself, with ids of their own."""
    post_in(at.payload)["hasParts"] = at.load("chapters")["hasPart"]
    await channel(at)


async def video(at: At) -> None:
    """The video that is answered is here, in its channel."""
    await channel(at)
    whole = at.load("create-video-v8")["object"]
    await at.person("https://video.example/accounts/alice")
    await at.serve(whole)
    await at.status(whole["id"])


PLATFORMS = (
    Platform(
        "peertube",
        peertube.write_post,
        peertube.CONTEXT,
        (
            Trip(
                _PEERTUBE, "create-video-v8", PostKind.VIDEO, _V8, given=channel,
                lost=_SPACES | _COLLECTIONS | _TORRENTS,
            ),
            Trip(
                _PEERTUBE, "video-sensitive-flags-v8", PostKind.VIDEO,
                f"{_V8} summary canReply tag[Hashtag].name tag[SensitiveTag].name", how="fetch",
                given=channel, lost=_COLLECTIONS | _TORRENTS,
            ),
            Trip(
                _PEERTUBE, "video-live-v8", PostKind.VIDEO,
                f"{_POST} name duration isLiveBroadcast permanentLive state schedules[].startDate"
                " url[text/html].href", how="fetch", given=channel,
                lost=_SPACES | _COLLECTIONS | {
                    "latencyMode": "how late a stream is, its own server knows",
                    "dvrWindow": "how far one can go back, its own server knows",
                },
            ),
            Trip(
                _PEERTUBE, "video-framatube-hls-and-web", PostKind.VIDEO,
                f"{_VIDEO.replace(' to ', ' ')} originallyPublishedAt", given=channel,
                lost=_TO_CHANNEL,
            ),
            Trip(
                _PEERTUBE, "video-webvideo-2018", PostKind.VIDEO, "id type name duration uuid content views"
                " published updated attributedTo icon[].url tag[Hashtag].name", given=channel, lost=_TO_CHANNEL,
                unlike={
                    "origin_boosts": "its own server counts them",
                    "facets": "its files come largest first",
                },
            ),
            Trip(
                _PEERTUBE, "create-video-v8", PostKind.VIDEO,
                "id hasParts[].name hasParts[].startOffset hasParts[].endOffset", given=chapters_inside,
            ),
            Trip(
                _TESTS, "peertube-video-hls-only", PostKind.VIDEO,
                "id type name uuid category.name language.identifier support downloadEnabled content"
                " url[application/x-mpegURL].href url[application/x-mpegURL].tag[video/mp4].href"
                " url[application/x-mpegURL].tag[video/mp4].size", given=channel, lost=_TO_CHANNEL,
            ),
            Trip(
                _PEERTUBE, "comment-create", PostKind.NOTE,
                f"{_POST} content mediaType inReplyTo audience url", given=video,
            ),
        ),
    ),
    Platform(
        "funkwhale",
        funkwhale.write_post,
        funkwhale.CONTEXT,
        (
            Trip(
                _FUNKWHALE, "create-audio-channel", PostKind.TRACK,
                "id type name attributedTo published to url[audio/ogg].href url[text/html].href"
                " content mediaType tag[Hashtag].name summary",
            ),
            Trip(
                _FUNKWHALE, "create-audio-library", PostKind.TRACK,
                "id type library name published bitrate size duration to attributedTo"
                " url[audio/mpeg].href url[text/html].href track.id track.type track.name track.position"
                " track.disc track.license track.artists[].id track.artists[].name"
                " track.artists[].musicbrainzId track.album.id track.album.name track.album.released"
                " track.album.artists[].name track.album.image.url track.tag[].name",
            ),
            Trip(
                _MISC, "bandwagon-album", PostKind.TRACK,
                "id type name attributedTo published to content url artists[].id artists[].name license"
                " tracks library context attachment[].url",
            ),
        ),
    ),
    Platform(
        "castopod",
        castopod.write_post,
        castopod.CONTEXT,
        (
            Trip(
                _CASTOPOD, "castopod-episode", PostKind.TRACK,
                f"{_POST} comments description.content description.mediaType description.contentMap.fr"
                " image.url audio.id audio.type audio.name audio.size audio.duration audio.url.href"
                " audio.url.mediaType audio.transcript audio.chapters", how="fetch",
            ),
            Trip(_CASTOPOD, "castopod-note-episode", PostKind.NOTE, f"{_POST} content replies"),
        ),
    ),
)  # fmt: skip
