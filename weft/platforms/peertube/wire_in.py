"""Reads PeerTube's videos, live streams, accounts and channels, and every ``Video`` that is close to them.

Comments are Notes in Markdown, which the generic reading knows. Source: section 2 of the interop notes
of PeerTube.
"""

from typing import Any, Literal

from msgspec.structs import replace

from weft.domain.actors.store import RemoteActor
from weft.domain.posts.kinds import Caption, Chapter, MediaFile, Still, Storyboard, VideoFacets
from weft.domain.posts.records import PostFacets, PostKind, Tag
from weft.federation.dialects import JsonObject, RemoteMedia, RemotePost
from weft.federation.reading.actors import read_actor
from weft.federation.reading.files import best_file, media_files, media_type, page_among
from weft.federation.reading.markup import MARKDOWN, as_html
from weft.federation.reading.posts import read_post
from weft.federation.reading.tags import loose_tag
from weft.federation.reading.values import count, own_address, picture, web_address
from weft.protocol.activitystreams import (
    boolean,
    duration_ms,
    first_id,
    first_type,
    ids,
    integer,
    number,
    objects,
    text_of,
    when_ms,
)
from weft.protocol.origins import same_origin

_SOURCE, _NAME = 20_000, 200
_CAPTIONS, _CHAPTERS, _TORRENTS, _FLAGS, _STILLS = 100, 500, 64, 16, 64
_ON_AIR = 1
"""The ``state`` of a video that is published, and of a live stream while it runs."""
_POLICIES: dict[int, Literal["everybody", "approved", "nobody"]] = {
    1: "everybody",
    2: "nobody",
    3: "approved",
}


class PeerTubeReader:
    """See ``weft.federation.dialects.Reader``."""

    name = "peertube"
    types = frozenset(("Video",))
    members = frozenset[str]()

    def claims_post(self, document: JsonObject) -> bool:
        return first_type(document, ("Video",)) is not None

    def claims_actor(self, document: JsonObject) -> bool:
        return "playlists" in document

    def read_actor(self, document: JsonObject) -> RemoteActor:
        """An account, or a channel that belongs to one."""
        read = read_actor(document)
        summary = (text_of(document.get("summary")) or "")[:_SOURCE]
        owners = tuple(
            each for each in ids(document.get("attributedTo")) if same_origin(each, read.uri)
        )
        return replace(
            read,
            summary=as_html(summary, MARKDOWN, "bio"),
            icon_url=_widest(document.get("icon")),
            header_url=_widest(document.get("image")),
            facets=replace(
                read.facets,
                owners=owners[:10],
                support=(text_of(document.get("support")) or "")[:_SOURCE] or None,
                playlists_uri=own_address(first_id(document.get("playlists")), read.uri),
            ),
        )

    def read_post(self, document: JsonObject, followers_uri: str | None) -> RemotePost:
        """A video by its account, in its channel."""
        uri = first_id(document.get("id")) or ""
        authors, channels = _whose(document, uri)
        read = read_post(document | {"attributedTo": authors, "audience": channels}, followers_uri)
        video = _video(document, uri)
        content = text_of(document.get("content")) or ""
        markdown = text_of(document.get("mediaType")) == MARKDOWN
        language = _language(document.get("language"))
        return replace(
            read,
            kind=PostKind.VIDEO,
            url=page_among(document.get("url")) or _plain_page(document) or uri,
            tags=_tags(document),
            language=read.language or language,
            media=_played(video, read.title),
            facets=PostFacets(
                video=video,
                comments=_comments(document),
                source=content[:_SOURCE] or None if markdown else None,
                source_format=MARKDOWN if markdown and content else None,
            ),
        )


def _whose(document: JsonObject, uri: str) -> tuple[list[str], list[str]]:
    """Accounts and channels, of the video's own host: old servers name the channel first."""
    named = document.get("attributedTo")
    typed = {first_id(each): first_type(each, ("Group",)) is not None for each in objects(named)}
    groups = {each for each, is_group in typed.items() if is_group and each}
    groups |= set(ids(document.get("audience")))
    authors = [each for each in ids(named) if each not in groups]
    channels = [each for each in sorted(groups) if same_origin(each, uri)]
    return authors or ids(named), channels


def _video(document: JsonObject, uri: str) -> VideoFacets:
    links = objects(document.get("url"))
    files = list(media_files(links, "video"))
    playlists = [each for each in links if _is_playlist(each)]
    torrents = [first_id(each.get("href")) for each in links if _is_torrent(each)]
    pieces: list[MediaFile] = []
    for each in playlists:
        parts = objects(each.get("tag"))
        pieces += media_files(parts, "video")
        known = {(file.height, file.is_silent) for file in files}
        # Whole files come first: those of a playlist are the same pictures, cut into pieces.
        files += [f for f in media_files(parts, "video") if (f.height, f.is_silent) not in known]
        torrents += [first_id(part.get("href")) for part in parts if _is_torrent(part)]
    live = boolean(document.get("isLiveBroadcast")) is True
    begins = [when_ms(each.get("startDate")) for each in objects(document.get("schedules"))]
    return VideoFacets(
        duration_ms=duration_ms(document.get("duration")) or None,
        files=tuple(files),
        playlist_url=next((web_address(each.get("href")) for each in playlists), None),
        playlist_files=tuple(pieces[:_STILLS]),
        captions=_captions(document.get("subtitleLanguage")),
        chapters=read_chapters(document.get("hasParts")),
        chapters_uri=own_address(first_id(document.get("hasParts")), uri),
        category=_named(document.get("category")),
        licence=_named(document.get("licence")),
        support=(text_of(document.get("support")) or "")[:_SOURCE] or None,
        views=count(document.get("views")),
        uuid=(text_of(document.get("uuid")) or "")[:64] or None,
        is_live=live,
        is_on_air=live and integer(document.get("state")) == _ON_AIR,
        is_permanent=boolean(document.get("permanentLive")) is True,
        scheduled_at=next((each for each in begins if each is not None), None),
        uploaded_at=when_ms(document.get("uploadDate")),
        aspect_ratio=_ratio(document.get("aspectRatio")),
        downloadable=boolean(document.get("downloadEnabled")) is not False,
        preview_url=_widest(document.get("icon")),
        stills=_stills(document.get("icon")),
        originally_at=when_ms(document.get("originallyPublishedAt")),
        flags=tuple(
            (text_of(each.get("name")) or "")[:50]
            for each in objects(document.get("tag"))
            if first_type(each, ("SensitiveTag",)) is not None
        )[:_FLAGS],
        torrents=tuple(each for each in torrents if each is not None)[:_TORRENTS],
        storyboard=_storyboard(document.get("preview")),
        embed_url=own_address(first_id(document.get("embedUrl")), uri),
    )


def _is_playlist(link: JsonObject) -> bool:
    return media_type(link) == "application/x-mpegurl"


def _is_torrent(link: JsonObject) -> bool:
    return media_type(link) == "application/x-bittorrent"


def _played(video: VideoFacets, title: str | None) -> tuple[RemoteMedia, ...]:
    """The one file that every app can play; nothing while a live stream is off the air."""
    best: MediaFile | None = best_file(video.files)
    if best is None:
        return ()
    played = RemoteMedia(
        url=best.url,
        content_type=best.content_type,
        description=title,
        width=best.width,
        height=best.height if best.width is not None else None,
        duration_ms=video.duration_ms,
        icon_url=video.preview_url,
    )
    return (played,)


def _captions(value: Any) -> tuple[Caption, ...]:
    """Their address is a list of links, or plain text before version 8."""
    found = []
    for each in objects(value):
        language = (text_of(each.get("identifier")) or "")[:20]
        links = objects(each.get("url"))
        texts = [web_address(link.get("href")) for link in links if media_type(link) == "text/vtt"]
        playlists = (web_address(link.get("href")) for link in links if _is_playlist(link))
        url = texts[0] if texts else (web_address(each.get("url")) if not links else None)
        if language and url is not None:
            found.append(
                Caption(
                    language=language,
                    url=url,
                    label=(text_of(each.get("name")) or "")[:_NAME] or None,
                    playlist_url=next(playlists, None),
                    is_generated=boolean(each.get("automaticallyGenerated")) is True,
                )
            )
    return tuple(found[:_CAPTIONS])


def read_chapters(value: Any) -> tuple[Chapter, ...]:
    """From the document behind ``hasParts``, or from the list itself; offsets are in seconds."""
    parts = objects(value)
    if len(parts) == 1 and "hasPart" in parts[0]:
        parts = objects(parts[0].get("hasPart"))
    found = []
    for each in parts[:_CHAPTERS]:
        title = (text_of(each.get("name")) or "")[:_NAME]
        start, end = number(each.get("startOffset")), number(each.get("endOffset"))
        if title and start is not None and 0 <= start < 10**9:
            until = round(end * 1000) if end is not None and start <= end < 10**9 else None
            found.append(Chapter(start_ms=round(start * 1000), title=title, end_ms=until))
    return tuple(found)


def _storyboard(value: Any) -> Storyboard | None:
    for each in objects(value):
        for link in objects(each.get("url")):
            url = web_address(link.get("href"))
            width, height = integer(link.get("tileWidth")), integer(link.get("tileHeight"))
            apart = duration_ms(link.get("tileDuration"))
            if url and width and height and apart:
                return Storyboard(
                    url=url,
                    tile_width=width,
                    tile_height=height,
                    tile_ms=apart,
                    width=integer(link.get("width")) or None,
                    height=integer(link.get("height")) or None,
                )
    return None


def _stills(value: Any) -> tuple[Still, ...]:
    found = [
        Still(
            url=url,
            width=integer(each.get("width")) or None,
            height=integer(each.get("height")) or None,
            content_type=media_type(each) or None,
        )
        for each in objects(value)[:_STILLS]
        if (url := picture(each)) is not None
    ]
    return tuple(found)


def _ratio(value: Any) -> float | None:
    found = number(value)
    return float(found) if found is not None and 0 < found < 1000 else None


def _comments(document: JsonObject) -> Literal["everybody", "approved", "nobody"]:
    policy = _POLICIES.get(integer(document.get("commentsPolicy")) or 0)
    if policy is not None:
        return policy
    return "nobody" if boolean(document.get("commentsEnabled")) is False else "everybody"


def _tags(document: JsonObject) -> tuple[Tag, ...]:
    """Words without ``#`` or link, which may have spaces in them."""
    tags: dict[str, Tag] = {}
    for each in objects(document.get("tag")):
        if first_type(each, ("Hashtag",)) is not None:
            tag = loose_tag(text_of(each.get("name")) or "")
            if tag is not None:
                tags.setdefault(tag.name, tag)
    return tuple(tags.values())[:32]


def _language(value: Any) -> str | None:
    """The code of a language: PeerTube writes an object where others write a word."""
    for each in objects(value):
        found = text_of(each.get("identifier"))
        if found and len(found) <= 20 and found.replace("-", "").isalnum():
            return found
    return None


def _named(value: Any) -> str | None:
    """Categories and licences are objects with a name."""
    for each in objects(value):
        return (text_of(each.get("name")) or "")[:_NAME] or None
    return None


def _plain_page(document: JsonObject) -> str | None:
    """A video of another platform, whose ``url`` is a plain address."""
    value = document.get("url")
    return web_address(value) if isinstance(value, str) else None


def _widest(value: Any) -> str | None:
    """Of a picture in several sizes, the largest; the first where none says its size."""
    sized = [(integer(each.get("width")) or 0, picture(each)) for each in objects(value)]
    usable = [(width, url) for width, url in sized if url is not None]
    return max(usable, key=lambda each: each[0])[1] if usable else picture(value)
