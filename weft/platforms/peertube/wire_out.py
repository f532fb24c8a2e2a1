"""Writes videos, live streams and comments as PeerTube reads them.

A video is refused there without a channel (a Group among its authors) and a still. Source: section 2 of
the interop notes of PeerTube.
"""

from typing import Any

from weft.domain.actors.records import Actor
from weft.domain.posts.kinds import Caption, MediaFile, Still, Storyboard, VideoFacets
from weft.domain.posts.records import PostKind, post_facets
from weft.domain.server import Server
from weft.domain.visibility.viewer import Visibility
from weft.federation.facts import PostFacts
from weft.federation.reading.markup import MARKDOWN
from weft.federation.writing.files import HTML, PLAYLIST, film_of, link
from weft.federation.writing.parts import addressing
from weft.federation.writing.posts import common, page_of, replies_of, title_of, typed
from weft.federation.writing.values import (
    AS,
    PUBLIC,
    JsonObject,
    duration,
    known,
    media_type_of,
    timestamp,
    uuid_of,
)

CONTEXT: list[Any] = [
    AS,
    "https://w3id.org/security/v1",
    {
        "pt": "https://joinpeertube.org/ns#",
        "sc": "http://schema.org/",
        "Hashtag": "as:Hashtag",
        "SensitiveTag": "pt:SensitiveTag",
        "sensitive": "as:sensitive",
        "category": "sc:category",
        "licence": "sc:license",
        "language": "sc:inLanguage",
        "subtitleLanguage": "sc:subtitleLanguage",
        "uuid": "sc:identifier",
        "hasParts": "sc:hasParts",
        "originallyPublishedAt": "sc:datePublished",
        "uploadDate": "sc:uploadDate",
        "isLiveBroadcast": "sc:isLiveBroadcast",
        "permanentLive": {"@type": "sc:Boolean", "@id": "pt:permanentLive"},
        "schedules": {"@type": "@id", "@id": "pt:schedules"},
        "startDate": "sc:startDate",
        "views": {"@type": "sc:Number", "@id": "pt:views"},
        "state": {"@type": "sc:Number", "@id": "pt:state"},
        "size": {"@type": "sc:Number", "@id": "pt:size"},
        "fps": {"@type": "sc:Number", "@id": "pt:fps"},
        "aspectRatio": {"@type": "sc:Float", "@id": "pt:aspectRatio"},
        "support": {"@type": "sc:Text", "@id": "pt:support"},
        "downloadEnabled": {"@type": "sc:Boolean", "@id": "pt:downloadEnabled"},
        "commentsPolicy": {"@type": "sc:Number", "@id": "pt:commentsPolicy"},
        "canReply": "pt:canReply",
        "likes": {"@id": "as:likes", "@type": "@id"},
        "dislikes": {"@id": "as:dislikes", "@type": "@id"},
        "shares": {"@id": "as:shares", "@type": "@id"},
        "comments": {"@id": "as:comments", "@type": "@id"},
    },
]
CATEGORIES = (
    "Music", "Films", "Vehicles", "Art", "Sports", "Travels", "Gaming", "People", "Comedy",
    "Entertainment", "News & Politics", "How To", "Education", "Activism", "Science & Technology",
    "Animals", "Kids", "Food",
)  # fmt: skip
"""Counted from 1."""
LICENCES = (
    "Attribution", "Attribution - Share Alike", "Attribution - No Derivatives",
    "Attribution - Non Commercial", "Attribution - Non Commercial - Share Alike",
    "Attribution - Non Commercial - No Derivatives", "Public Domain Dedication",
    "Public Domain Mark", "All Rights Reserved",
)  # fmt: skip
"""Counted from 1."""
_POLICIES = {"everybody": 1, "nobody": 2, "approved": 3}
_PUBLISHED, _WAITS_FOR_LIVE = 1, 4


def write_post(server: Server, facts: PostFacts) -> JsonObject | None:
    """A video or a comment; None for all else, and for a video that PeerTube would refuse."""
    match PostKind(facts.post.kind):
        case PostKind.VIDEO:
            return write_video(server, facts)
        case PostKind.NOTE | PostKind.COMMENT if facts.post.in_reply_to_uri is not None:
            return write_comment(server, facts)
        case _:
            return None


def write_comment(server: Server, facts: PostFacts) -> JsonObject:
    """A comment: in Markdown if it was written so, else in HTML."""
    document = common(server, facts, "Note")
    source = document.pop("source", None)
    markdown = source is not None and source["mediaType"] == MARKDOWN and facts.quote is None
    return {
        **document,
        "updated": timestamp(facts.post.edited_at or facts.post.published_at),
        "content": source["content"] if markdown else document["content"],
        "mediaType": MARKDOWN if markdown else HTML,
        "audience": facts.places[0].uri if facts.places else None,
    }


def write_video(server: Server, facts: PostFacts) -> JsonObject | None:
    """A video in its channel, or a live stream."""
    post, facets = facts.post, post_facets(facts.post.facets)
    video, channel = film_of(server, facts), next(iter(facts.places), None)
    if channel is None or not (video.stills or video.preview_url):
        return None
    source, language = typed(post)
    to, cc = _addressed(facts, channel)
    document = {
        "type": "Video",
        "id": post.uri,
        "to": to,
        "cc": cc,
        "name": title_of(post, 120),
        "duration": "PT0S" if video.is_live else f"PT{round((video.duration_ms or 0) / 1000)}S",
        "uuid": video.uuid or (uuid_of(post.uri) if post.local else None),
        "category": _numbered(video.category, CATEGORIES),
        "licence": _numbered(video.licence, LICENCES),
        "language": {"identifier": post.language, "name": post.language} if post.language else None,
        "views": video.views,
        "sensitive": post.sensitive or facts.author.sensitized_at is not None,
        "summary": post.summary,
        "state": _WAITS_FOR_LIVE if video.is_live and not video.is_on_air else _PUBLISHED,
        "waitTranscoding": True,
        "commentsPolicy": _POLICIES[facets.comments],
        "canReply": PUBLIC if facets.comments == "approved" else None,
        "downloadEnabled": video.downloadable,
        **_times(facts, video),
        "tag": _tags(facts, video),
        "mediaType": MARKDOWN if language == MARKDOWN else HTML,
        "content": source if language == MARKDOWN else post.content,
        "support": video.support,
        "subtitleLanguage": [_caption(each) for each in video.captions],
        "icon": [_still(each) for each in video.stills or (_only_still(video),)],
        "preview": [_storyboard(video.storyboard)] if video.storyboard else [],
        "aspectRatio": video.aspect_ratio or _ratio(video),
        "url": _links(facts, video),
        **_collections(facts, video),
        "embedUrl": video.embed_url,
        "attributedTo": [
            {"type": "Person", "id": facts.author.uri},
            {"type": "Group", "id": channel.uri},
        ],
        "audience": channel.uri,
        "isLiveBroadcast": video.is_live,
        "permanentLive": video.is_permanent if video.is_live else None,
    }
    return known(document)


def _addressed(facts: PostFacts, channel: Actor) -> tuple[list[str], list[str]]:
    """A public video is to its channel, too; an unlisted one is to nobody."""
    to, cc = addressing(facts)
    cc = [each for each in cc if each != channel.uri]
    if facts.post.visibility == Visibility.PUBLIC:
        return [*to, channel.uri], cc
    return ([], [PUBLIC]) if facts.post.visibility == Visibility.UNLISTED else (to, cc)


def _times(facts: PostFacts, video: VideoFacets) -> JsonObject:
    post = facts.post
    others = {
        "originallyPublishedAt": video.originally_at,
        "uploadDate": video.uploaded_at,
    }
    scheduled = video.scheduled_at
    return {
        "published": timestamp(post.published_at),
        "updated": timestamp(post.edited_at or post.published_at),
        **{key: timestamp(each) if each is not None else None for key, each in others.items()},
        "schedules": [{"startDate": timestamp(scheduled)}] if scheduled is not None else [],
    }


def _numbered(name: str | None, names: tuple[str, ...]) -> JsonObject | None:
    """Another platform's word is no number of PeerTube's."""
    if name not in names:
        return None
    return {"identifier": str(names.index(name) + 1), "name": name}


def _tags(facts: PostFacts, video: VideoFacets) -> list[JsonObject]:
    """Words without ``#``; five are kept, of 2 to 30 letters."""
    words = [each.display for each in facts.tags if 2 <= len(each.display) <= 30]
    return [
        *({"type": "Hashtag", "name": each} for each in words[:5]),
        *({"type": "SensitiveTag", "name": each} for each in video.flags),
    ]


def _caption(caption: Caption) -> JsonObject:
    links = [link("text/vtt", caption.url)]
    if caption.playlist_url:
        links.append(link(PLAYLIST, caption.playlist_url))
    return {
        "identifier": caption.language,
        "name": caption.label or caption.language,
        "automaticallyGenerated": caption.is_generated,
        "url": links,
    }


def _only_still(video: VideoFacets) -> Still:
    """A picture of which no more is known than its address is as large as the video."""
    url = video.preview_url or ""
    sized = next((each for each in video.files if each.width and each.height), MediaFile(""))
    kind = media_type_of(url).get("mediaType", "image/jpeg")
    return Still(url, sized.width, sized.height, kind)


def _still(still: Still) -> JsonObject:
    more = {"mediaType": still.content_type, "width": still.width, "height": still.height}
    return {"type": "Image", "url": still.url} | known(more)


def _storyboard(board: Storyboard) -> JsonObject:
    sheet = {
        "mediaType": "image/jpeg",
        "href": board.url,
        "width": board.width,
        "height": board.height,
        "tileWidth": board.tile_width,
        "tileHeight": board.tile_height,
        "tileDuration": duration(board.tile_ms),
    }
    return {"type": "Image", "rel": ["storyboard"], "url": [sheet]}


def _ratio(video: VideoFacets) -> float | None:
    sized = next((each for each in video.files if each.width and each.height), None)
    return round((sized.width or 0) / (sized.height or 1), 4) if sized is not None else None


def _links(facts: PostFacts, video: VideoFacets) -> list[JsonObject]:
    """The page first, then the files from the largest down, then those of HLS."""
    page = page_of(facts)
    links = [link(HTML, page)]
    if facts.post.uri != page:
        links.append(link(HTML, facts.post.uri))
    pieces = {each.url for each in video.playlist_files}
    whole = [each for each in video.files if each.url not in pieces]
    links += [_file(each, "web-video") for each in _largest_first(whole)]
    links += [_torrent(each) for each in video.torrents]
    if video.playlist_url is not None:
        parts = [_file(each, "fragmented") for each in _largest_first(video.playlist_files)]
        links.append(link(PLAYLIST, video.playlist_url, tag=parts))
    return links


def _largest_first(files: list[MediaFile] | tuple[MediaFile, ...]) -> list[MediaFile]:
    return sorted(files, key=lambda each: each.height or 0, reverse=True)


def _file(file: MediaFile, flag: str) -> JsonObject:
    streams = ("video",) if file.is_silent else ("audio", "video")
    values = [*(("ffprobe_codec_type", each) for each in streams), ("peertube_format_flag", flag)]
    return link(
        file.content_type or "video/mp4",
        file.url,
        height=file.height or 0,
        width=file.width,
        size=file.size_bytes,
        fps=file.fps if file.fps is not None else -1,
        attachment=[{"type": "PropertyValue", "name": k, "value": v} for k, v in values],
    )


def _torrent(address: str) -> JsonObject:
    magnet = ";x-scheme-handler/magnet" if address.startswith("magnet:") else ""
    return link(f"application/x-bittorrent{magnet}", address)


def _collections(facts: PostFacts, video: VideoFacets) -> JsonObject:
    """What PeerTube counts by; ours are where all posts have them."""
    post = facts.post
    found = {
        "likes": f"{post.uri}/likes",
        "dislikes": f"{post.uri}/dislikes",
        "shares": f"{post.uri}/shares" if post.local else None,
        "comments": replies_of(post),
        "hasParts": video.chapters_uri or _parts(video),
    }
    return {key: each for key, each in found.items() if each}


def _parts(video: VideoFacets) -> list[JsonObject]:
    return [
        {
            "name": each.title,
            "startOffset": each.start_ms / 1000,
            "endOffset": each.end_ms / 1000 if each.end_ms is not None else None,
        }
        for each in video.chapters
    ]
