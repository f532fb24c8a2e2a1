"""Posts, in Mastodon's form and in all that is close enough to it.

Documents come normalised by ``weft.protocol.activitystreams`` (aliases, prefixes, nulls). Sources: A4 and
A6 (notes, limits) of the interop notes of Mastodon; section 10 of the protocol notes.
"""

from typing import Any

from weft.domain.markup.extract import is_hashtag, tag_name
from weft.domain.markup.plain import html_to_text
from weft.domain.markup.sanitise import Profile
from weft.domain.posts.records import PostFacets, PostKind, Tag
from weft.domain.visibility.viewer import Visibility
from weft.federation.dialects import JsonObject, RemotePost, Unreadable
from weft.federation.reading.interactions import approvals, interactions
from weft.federation.reading.markup import as_html, source_of
from weft.federation.reading.media import attachments, pictures_among
from weft.federation.reading.polls import poll, tally, vote
from weft.federation.reading.quotes import quote, quote_policy, with_quote_line
from weft.federation.reading.values import count, emojis, own_address, total
from weft.protocol.activitystreams import (
    boolean,
    first_id,
    first_type,
    ids,
    is_public,
    language_of,
    objects,
    text_of,
    when_ms,
)
from weft.protocol.addressing import visibility_of
from weft.protocol.origins import same_origin

POST_KINDS = {
    "Note": PostKind.NOTE,
    "Question": PostKind.QUESTION,
    "Article": PostKind.ARTICLE,
    "Page": PostKind.LINK,
    "Video": PostKind.VIDEO,
    "Audio": PostKind.TRACK,
    "Image": PostKind.ALBUM,
    "Event": PostKind.EVENT,
}
_TAGS, _MENTIONS, _GROUPS = 128, 1000, 20
_TITLE = 2048
_CONTENT = 512 * 1024


def read_post(document: JsonObject, followers_uri: str | None) -> RemotePost:
    """A post's document, already known to come from where its id says."""
    uri = first_id(document.get("id"))
    type_ = first_type(document, POST_KINDS)
    author = _author(document, uri)
    if uri is None or type_ is None or author is None:
        raise Unreadable("not a post: it lacks an id, an author of the same host, or a known type")
    kind = POST_KINDS[type_]
    title = _plain(document.get("name"))
    in_reply_to = first_id(document.get("inReplyTo"))
    if kind is PostKind.LINK and in_reply_to is not None:
        kind = PostKind.COMMENT
    tags = objects(document.get("tag"))
    attached = document.get("attachment")
    policy = document.get("interactionPolicy")
    summary = _plain(document.get("summary"), None)
    profile: Profile = "article" if kind is PostKind.ARTICLE else "remote_post"
    quoted = quote(document)
    media = attachments(document) if attached else ()
    if kind is PostKind.ALBUM and not media:
        media = pictures_among(document.get("url"), title)
    source, source_format = source_of(document)
    return RemotePost(
        uri=uri,
        author_uri=author,
        kind=kind,
        visibility=Visibility[visibility_of(document, followers_uri).name],
        is_direct=boolean(document.get("directMessage")) is True,
        to=frozenset((*ids(document.get("to")), *ids(document.get("cc")))),
        groups=_groups(document),
        url=_page(document, uri),
        content=with_quote_line(_content(document, profile), quoted),
        title=title if kind is not PostKind.NOTE else None,
        summary=summary,
        sensitive=boolean(document.get("sensitive")) is True,
        language=language_of(document),
        link_url=_link(attached) if attached else None,
        in_reply_to=in_reply_to,
        context_uri=first_id(document.get("context")) or first_id(document.get("conversation")),
        replies_uri=own_address(first_id(document.get("replies") or document.get("comments")), uri),
        mentions=_mentions(tags) if tags else (),
        tags=_hashtags(tags) if tags else (),
        emojis=emojis(document) if tags else (),
        media=media,
        poll=poll(document) if kind is PostKind.QUESTION else None,
        tally=tally(document) if kind is PostKind.QUESTION else (),
        voters=count(document.get("votersCount")),
        closed_at=when_ms(document.get("closed")),
        vote=vote(document, type_, in_reply_to),
        approvals=approvals(document, "replyAuthorization"),
        quote=quoted,
        quote_policy=quote_policy(document, author, followers_uri) if policy else None,
        published_at=when_ms(document.get("published")),
        edited_at=when_ms(document.get("updated")),
        origin_likes=total(document.get("likes")),
        origin_boosts=total(document.get("shares")),
        origin_replies=total(document.get("replies")),
        facets=PostFacets(
            interactions=interactions(document, author, followers_uri) if policy else None,
            source=source,
            source_format=source_format,
            open_votes=kind is PostKind.QUESTION and boolean(document.get("nonAnonymous")) is True,
        ),
    )


def _plain(value: Any, most: int | None = _TITLE) -> str | None:
    said = text_of(value)
    return html_to_text(said)[:most] or None if said else None


def _author(document: JsonObject, uri: str | None) -> str | None:
    """The first author on the post's own host (PeerTube names its channel as well)."""
    if uri is None:
        return None
    authors = ids(document.get("attributedTo")) or ids(document.get("actor"))
    for each in authors:
        if same_origin(uri, each):
            return each
    return None


def _groups(document: JsonObject) -> tuple[str, ...]:
    """Owncast writes the Public address here, Funkwhale a word."""
    named = ids(document.get("audience"))[:_GROUPS]
    return tuple(each for each in named if each.startswith("http") and not is_public(each))


def _mentions(tags: list[JsonObject]) -> tuple[str, ...]:
    hrefs = [
        href
        for each in tags
        if first_type(each, ("Mention",)) is not None
        and (href := first_id(each.get("href"))) is not None
    ]
    return tuple(dict.fromkeys(hrefs))[:_MENTIONS]


def _hashtags(tags: list[JsonObject]) -> tuple[Tag, ...]:
    found: dict[str, Tag] = {}
    for each in tags:
        named = text_of(each.get("name")) or ""
        # Owncast once wrote its hashtags as mentions of nobody.
        if first_type(each, ("Hashtag",)) is None and not (
            named.startswith("#") and first_type(each, ("Mention",)) is not None
        ):
            continue
        display = named.removeprefix("#")
        name = tag_name(display)
        if name and is_hashtag(display):
            found.setdefault(name, Tag(name=name, display=display))
    return tuple(found.values())[:_TAGS]


def _content(document: JsonObject, profile: Profile) -> str:
    content = (text_of(document.get("content")) or text_of(document.get("contentMap")) or "")[
        :_CONTENT
    ]
    return as_html(content, text_of(document.get("mediaType")), profile)


def _page(document: JsonObject, uri: str) -> str | None:
    """The web page of a post: a text/html link before any other, on http(s) only."""
    links = objects(document.get("url"))
    html = [each for each in links if text_of(each.get("mediaType")) == "text/html"]
    for candidate in (*[first_id(each.get("href")) for each in html], *ids(document.get("url"))):
        if candidate is not None and candidate.startswith(("https://", "http://")):
            return candidate[:2048] if same_origin(candidate, uri) else uri
    return None


def _link(attached: Any) -> str | None:
    """What a link post points at."""
    for each in objects(attached):
        if first_type(each, ("Link",)) is not None:
            href = first_id(each.get("href"))
            if href is not None and href.startswith(("https://", "http://")):
                return href[:2048]
    return None
