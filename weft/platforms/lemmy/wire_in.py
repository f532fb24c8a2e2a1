"""Reads link aggregators: Lemmy, Mbin, PieFed, lotide, and every ``Page`` that is close to theirs.

A Page is a thread: it has a title, mostly a link, a thumbnail, and it names its community among those it
is addressed to. What is a warning elsewhere (``summary``) is an excerpt here. Source: sections 2 and 4 of
the interop notes of Lemmy.
"""

from html import escape
from mimetypes import guess_type
from typing import Any
from urllib.parse import urlsplit

from msgspec.structs import replace

from weft.domain.actors.records import ActorFacets, ActorKind, Field
from weft.domain.actors.store import RemoteActor
from weft.domain.communities.records import RemoteCommunity
from weft.domain.markup.sanitise import clean_html
from weft.domain.posts.kinds import Flair, ThreadFacets
from weft.domain.posts.records import PostFacets, PostKind
from weft.domain.visibility.viewer import Visibility
from weft.federation.dialects import JsonObject, RemoteMedia, RemotePost
from weft.federation.reading.actors import read_actor
from weft.federation.reading.markup import MARKDOWN
from weft.federation.reading.posts import read_post
from weft.federation.reading.values import own_address, picture, web_address
from weft.protocol.activitystreams import (
    boolean,
    first_id,
    first_object,
    first_type,
    ids,
    is_public,
    objects,
    text_of,
)
from weft.protocol.origins import same_origin

_SOURCE, _NAME, _LINK = 100_000, 200, 2048
_GROUPS, _FLAIRS, _LANGUAGES, _FURTHER = 20, 100, 200, 20
_OF_NOTES = ("distinguished", "stickied", "commentsEnabled")
"""Members that only threads and comments have."""
_OF_GROUPS = ("postingRestrictedToMods", "moderators", "lemmy:tagsForPosts")


class LemmyReader:
    """See ``weft.federation.dialects.Reader``."""

    name = "lemmy"
    types = frozenset(
        (
            "Page",
            "ChatMessage",
        )
    )
    members = frozenset(
        (
            *_OF_NOTES,
            "source",
            "name",
        )
    )

    def claims_post(self, document: JsonObject) -> bool:
        if first_type(document, ("Page",)) is not None:
            return True
        if first_type(document, ("ChatMessage",)) is not None:
            return True
        return first_type(document, ("Note",)) is not None and (
            any(each in document for each in _OF_NOTES)
            or _is_comment(document)
            or _is_untyped_page(document)
            or _is_message(document)
        )

    def claims_actor(self, document: JsonObject) -> bool:
        if first_type(document, ("Group",)) is not None:
            return any(each in document for each in _OF_GROUPS) or _moderators(document) is not None
        return "matrixUserId" in document

    def read_actor(self, document: JsonObject) -> RemoteActor:
        """A community, or a person with an address on Matrix."""
        read = read_actor(document)
        if read.kind is not ActorKind.GROUP:
            return replace(read, facets=_with_matrix(read.facets, document))
        return replace(
            read,
            community=RemoteCommunity(
                title=read.name[:_NAME],
                nsfw=read.sensitive,
                only_moderators_post=boolean(document.get("postingRestrictedToMods")) is True,
                moderators_uri=own_address(_moderators(document), read.uri),
            ),
            facets=replace(
                read.facets,
                flairs=_flairs(document),
                languages=_languages(document),
                about=(text_of(document.get("description")) or "")[:_NAME] or None,
            ),
        )

    def read_post(self, document: JsonObject, followers_uri: str | None) -> RemotePost:
        """A thread, a comment, or a private message."""
        if first_type(document, ("ChatMessage",)) is not None or _is_message(document):
            message = read_post(document | {"type": "Note"}, followers_uri)
            if message.visibility is not Visibility.DIRECT:
                return message
            # It names nobody in its text.
            people = tuple(dict.fromkeys((*message.mentions, *ids(document.get("to")))))
            return replace(message, is_direct=True, mentions=people[:_GROUPS])
        read = read_post(document, followers_uri)
        groups = _groups(document, read, followers_uri)
        source, format_ = _source(document)
        facets = PostFacets(
            thread=_thread(document), source=source, source_format=format_,
            icon_url=picture(document.get("image")),
        )  # fmt: skip
        read = replace(
            read, groups=groups, facets=facets, language=read.language or _language(document),
            mentions=tuple(each for each in read.mentions if each not in groups),
        )  # fmt: skip
        if _is_untyped_page(document):
            read = replace(read, title=text_of(document.get("name")))
        elif first_type(document, ("Page",)) is None or read.in_reply_to is not None:
            is_comment = read.in_reply_to is not None
            return replace(read, kind=PostKind.COMMENT if is_comment else read.kind)
        link, media, below = _link(document, read.media)
        return replace(
            read,
            kind=PostKind.LINK if link else PostKind.THREAD,
            # Before 2021 Lemmy had the title where others have a warning.
            title=(read.title or read.summary or "")[:_NAME] or None,
            summary=None,
            link_url=link,
            media=media,
            content=read.content + below,
        )


def _is_comment(document: JsonObject) -> bool:
    """Mbin's: a Note in Markdown that names its magazine."""
    typed = first_object(document.get("source")) or {}
    return (
        bool(ids(document.get("audience")))
        and "name" not in document
        and text_of(typed.get("mediaType")) == MARKDOWN
    )


def _is_message(document: JsonObject) -> bool:
    """Lemmy 1.0: a Note to one person, which has nothing else that a post would have."""
    typed = first_object(document.get("source")) or {}
    return (
        len(ids(document.get("to"))) == 1
        and text_of(typed.get("mediaType")) == MARKDOWN
        and not any(
            document.get(each) for each in ("cc", "audience", "inReplyTo", "tag", "name", "url")
        )
    )


def _is_untyped_page(document: JsonObject) -> bool:
    """Lotide's pictures: a Note whose title is said twice."""
    name = text_of(document.get("name"))
    return bool(name) and name == text_of(document.get("summary")) and not document.get("inReplyTo")


def _groups(document: JsonObject, read: RemotePost, followers_uri: str | None) -> tuple[str, ...]:
    """Whom it is addressed to: those that are groups, one knows when they are looked up. Its community
    comes first; older versions wrote something else into ``audience``."""
    named = [*ids(document.get("audience")), *ids(document.get("to")), *ids(document.get("cc"))]
    people = set(read.mentions) & set(ids(document.get("cc")))
    return tuple(
        dict.fromkeys(
            each
            for each in named
            if each.startswith("http")
            and not is_public(each)
            and each not in {read.author_uri, followers_uri}
            and each not in people - set(ids(document.get("audience")))
            and not each.rstrip("/").endswith("/followers")
        )
    )[:_GROUPS]


def _thread(document: JsonObject) -> ThreadFacets:
    return ThreadFacets(
        locked=boolean(document.get("commentsEnabled")) is False,
        pinned=boolean(document.get("stickied")) is True,
        distinguished=boolean(document.get("distinguished")) is True,
        flairs=_flairs(document),
    )


def _flairs(document: JsonObject) -> tuple[Flair, ...]:
    """Of a thread those that it has, of a community those that there are."""
    found = [
        Flair(
            name=(text_of(each.get("name")) or text_of(each.get("preferredUsername")) or "")[
                :_NAME
            ],
            uri=first_id(each.get("id")),
        )
        for each in objects(document.get("tag"))
        if first_type(each, ("CommunityPostTag", "lemmy:CommunityPostTag")) is not None
    ]
    found += [
        Flair(name=(text_of(each.get("display_name")) or "")[:_NAME], uri=first_id(each.get("id")))
        for each in objects(document.get("lemmy:tagsForPosts"))
    ]
    return tuple(dict.fromkeys(each for each in found if each.name))[:_FLAIRS]


def _source(document: JsonObject) -> tuple[str | None, str | None]:
    """What was typed; Mbin writes the thread's link there as a bare string."""
    typed = first_object(document.get("source")) or {}
    source = (text_of(typed.get("content")) or "")[:_SOURCE] or None
    return source, (text_of(typed.get("mediaType")) or "")[:100] or None if source else None


def _link(
    document: JsonObject, media: tuple[RemoteMedia, ...]
) -> tuple[str | None, tuple[RemoteMedia, ...], str]:
    """What the thread is about: its first attachment. Further links go below the text, pictures are shown."""
    links = [
        url
        for each in objects(document.get("attachment"))
        if (url := web_address(each.get("href")) or picture(each)) is not None
    ]
    bare = document.get("source")
    own = first_id(document.get("id")) or ""
    if not links:
        # Lotide and Friendica have it where others have the page of the post.
        elsewhere = (web_address(each) for each in ids(document.get("url")))
        links = [
            each
            for each in elsewhere
            if each is not None and (not same_origin(each, own) or _picture_type(each) is not None)
        ]
    if not links and isinstance(bare, str) and (url := web_address(bare)) is not None:
        links = [url]
    if not links:
        return None, media, ""
    first, *rest = dict.fromkeys(each[:_LINK] for each in links)
    known = {each.url for each in media}
    if first not in known and (kind := _picture_type(first)) is not None:
        media = (RemoteMedia(url=first, content_type=kind), *media)
    below = "".join(
        f'<p><a href="{escape(each, quote=True)}" rel="nofollow noopener">{escape(each)}</a></p>'
        for each in rest[:_FURTHER]
        if each not in known
    )
    return first, media, clean_html(below, "remote_post")


def _picture_type(url: str) -> str | None:
    try:
        kind = guess_type(urlsplit(url).path)[0] or ""
    except ValueError:
        return None
    return kind if kind.startswith("image/") and kind != "image/svg+xml" else None


def _language(document: JsonObject) -> str | None:
    named = (text_of((first_object(document.get("language")) or {}).get("identifier")) or "")[:20]
    return named if named and named != "und" else None


def _languages(document: JsonObject) -> tuple[str, ...]:
    named = (text_of(each.get("identifier")) or "" for each in objects(document.get("language")))
    return tuple(each[:20] for each in named if each and each != "und")[:_LANGUAGES]


def _moderators(document: JsonObject) -> str | None:
    """The collection; channels of other platforms name people there, as objects."""
    for name in ("attributedTo", "moderators"):
        value: Any = document.get(name)
        if isinstance(value, str):
            return first_id(value)
    return None


def _with_matrix(facets: ActorFacets, document: JsonObject) -> ActorFacets:
    address = (text_of(document.get("matrixUserId")) or "")[:255]
    if not address.startswith("@"):
        return facets
    return replace(facets, fields=(*facets.fields, Field("Matrix", escape(address))))
