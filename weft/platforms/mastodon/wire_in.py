"""How we read: documents in Mastodon's form, and all that is close enough to it.

Documents come normalised by ``weft.protocol.activitystreams`` (aliases, prefixes, nulls). Sources:
A3 (actors) and A4, A6 (notes, limits) of the interop notes; section 10 of the protocol notes.
"""

import re
from mimetypes import guess_type
from typing import Any
from urllib.parse import urlsplit

from weft.domain.actors.records import ActorFacets, ActorKind, Emoji, Field
from weft.domain.actors.store import Key, RemoteActor
from weft.domain.markup.extract import is_hashtag, tag_name
from weft.domain.markup.plain import html_to_text, text_as_paragraphs
from weft.domain.markup.sanitise import Profile, clean_html
from weft.domain.posts.records import NewPoll, PostKind, QuotePolicy, Tag
from weft.domain.visibility.viewer import Visibility
from weft.federation.dialects import JsonObject, RemoteMedia, RemotePost, RemoteQuote, Unreadable
from weft.protocol.activitystreams import (
    boolean,
    duration_ms,
    first_id,
    first_type,
    ids,
    integer,
    is_public,
    language_of,
    objects,
    text_of,
    when_ms,
)
from weft.protocol.addressing import visibility_of
from weft.protocol.keys import keys_of_actor
from weft.protocol.origins import authority_of, same_origin

ACTOR_KINDS = {
    "Person": ActorKind.PERSON,
    "Service": ActorKind.SERVICE,
    "Application": ActorKind.APPLICATION,
    "Group": ActorKind.GROUP,
    "Organization": ActorKind.ORGANIZATION,
}
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
_FIELDS, _EMOJIS, _TAGS, _MENTIONS, _MEDIA, _OPTIONS = 50, 64, 128, 1000, 32, 20
_POLICY = 20
_NAME, _BIO, _TITLE = 2048, 20_480, 2048
_CONTENT = 512 * 1024
_USERNAME = re.compile(r"[\w.~+-]{1,255}")


def read_actor(document: JsonObject) -> RemoteActor:
    """An actor document, already checked to be served by its own id."""
    uri = first_id(document.get("id"))
    kind = first_type(document, ACTOR_KINDS)
    if uri is None or kind is None:
        raise Unreadable("not an actor: it has no id, or none of the actor types")
    inbox = _own(first_id(document.get("inbox")), uri)
    if inbox is None:
        raise Unreadable("the actor has no inbox on its own host")
    host = _authority(uri)
    username = text_of(document.get("preferredUsername"))
    if not username or not _USERNAME.fullmatch(username):
        raise Unreadable("the actor's preferredUsername cannot be part of a handle")
    endpoints = next(iter(objects(document.get("endpoints"))), {})
    shared = endpoints.get("sharedInbox") or document.get("sharedInbox")
    url = next((each for each in ids(document.get("url")) if same_origin(each, uri)), uri)
    return RemoteActor(
        uri=uri,
        kind=ACTOR_KINDS[kind],
        username=username,
        domain=host,
        host=host,
        url=url,
        inbox=inbox,
        shared_inbox=_own(first_id(shared), uri),
        outbox=_own(first_id(document.get("outbox")), uri),
        followers_uri=_own(first_id(document.get("followers")), uri),
        following_uri=_own(first_id(document.get("following")), uri),
        featured_uri=_own(first_id(document.get("featured")), uri),
        name=html_to_text(text_of(document.get("name")) or "")[:_NAME] or username,
        summary=clean_html((text_of(document.get("summary")) or "")[:_BIO], "bio"),
        icon_url=_picture(document.get("icon")),
        header_url=_picture(document.get("image")),
        locked=boolean(document.get("manuallyApprovesFollowers")) is True,
        discoverable=boolean(document.get("discoverable")) is True,
        indexable=boolean(document.get("indexable")) is True,
        sensitive=boolean(document.get("sensitive")) is True,
        facets=ActorFacets(
            fields=_fields(document),
            emojis=_emojis(document),
            also_known_as=tuple(ids(document.get("alsoKnownAs"))[:256]),
            attribution_domains=_domains(document.get("attributionDomains")),
            memorial=boolean(document.get("memorial")) is True,
            show_media=boolean(document.get("showMedia")) is not False,
            show_media_replies=boolean(document.get("showRepliesInMedia")) is not False,
            show_featured=boolean(document.get("showFeatured")) is not False,
        ),
        keys=tuple(
            Key(key_id=each.key_id, algorithm=each.algorithm, public_pem=each.public_pem)
            for each in keys_of_actor(document)
        ),
        published_at=when_ms(document.get("published")),
        suspended=boolean(document.get("suspended")) is True,
    )


def read_post(document: JsonObject, followers_uri: str | None) -> RemotePost:
    """A post's document, already known to come from where its id says."""
    uri = first_id(document.get("id"))
    type_ = first_type(document, POST_KINDS)
    author = _author(document, uri)
    if uri is None or type_ is None or author is None:
        raise Unreadable("not a post: it lacks an id, an author of the same host, or a known type")
    kind = POST_KINDS[type_]
    title = html_to_text(text_of(document.get("name")) or "")[:_TITLE] or None
    in_reply_to = first_id(document.get("inReplyTo"))
    if kind is PostKind.LINK and in_reply_to is not None:
        kind = PostKind.COMMENT
    tags = objects(document.get("tag"))
    summary = html_to_text(text_of(document.get("summary")) or "") or None
    profile: Profile = "article" if kind is PostKind.ARTICLE else "remote_post"
    media = _media(document)
    return RemotePost(
        uri=uri,
        author_uri=author,
        kind=kind,
        visibility=Visibility[visibility_of(document, followers_uri).name],
        is_direct=boolean(document.get("directMessage")) is True,
        to=frozenset((*ids(document.get("to")), *ids(document.get("cc")))),
        url=_page(document, uri),
        content=clean_html(_content(document), profile),
        title=title if kind is not PostKind.NOTE else None,
        summary=summary,
        sensitive=boolean(document.get("sensitive")) is True,
        language=language_of(document),
        link_url=_link(document),
        in_reply_to=in_reply_to,
        context_uri=first_id(document.get("context")) or first_id(document.get("conversation")),
        replies_uri=_own(first_id(document.get("replies") or document.get("comments")), uri),
        mentions=_mentions(tags),
        tags=_hashtags(tags),
        emojis=_emojis(document),
        media=media,
        poll=_poll(document) if kind is PostKind.QUESTION else None,
        tally=_tally(document) if kind is PostKind.QUESTION else (),
        voters=_count(document.get("votersCount")),
        closed_at=when_ms(document.get("closed")),
        vote=_vote(document, type_, in_reply_to),
        quote=_quote(document),
        quote_policy=_quote_policy(document, author, followers_uri),
        published_at=when_ms(document.get("published")),
        edited_at=when_ms(document.get("updated")),
        origin_likes=_total(document.get("likes")),
        origin_boosts=_total(document.get("shares")),
        origin_replies=_total(document.get("replies")),
    )


def _authority(uri: str) -> str:
    return authority_of(uri) or ""


def _own(value: str | None, uri: str) -> str | None:
    """An address of what belongs to an actor or a post, if it is on its own host."""
    return value if value is not None and same_origin(value, uri) else None


def _author(document: JsonObject, uri: str | None) -> str | None:
    """The first author on the post's own host (PeerTube names its channel as well)."""
    if uri is None:
        return None
    authors = ids(document.get("attributedTo")) or ids(document.get("actor"))
    return next((each for each in authors if same_origin(each, uri)), None)


def _domains(value: Any) -> tuple[str, ...]:
    """Sites that may name this actor as the author of their pages."""
    listed = value if isinstance(value, list) else [value]
    return tuple(
        each.strip().casefold()
        for each in listed[:_FIELDS]
        if isinstance(each, str) and 0 < len(each.strip()) <= 253 and "/" not in each
    )


def _picture(value: Any) -> str | None:
    for each in objects(value):
        found = first_id(each.get("url")) or first_id(each.get("href"))
        if found is not None and found.startswith(("https://", "http://")):
            return found[:2048]
    plain = first_id(value)
    return plain[:2048] if plain and plain.startswith(("https://", "http://")) else None


def _fields(document: JsonObject) -> tuple[Field, ...]:
    rows = [
        each
        for each in objects(document.get("attachment"))
        if first_type(each, ("PropertyValue",)) is not None and isinstance(each.get("value"), str)
    ]
    return tuple(
        Field(
            name=html_to_text(text_of(each.get("name")) or "")[:_NAME],
            value=clean_html((text_of(each.get("value")) or "")[:_NAME], "bio"),
        )
        for each in rows[:_FIELDS]
    )


def _emojis(document: JsonObject) -> tuple[Emoji, ...]:
    found: dict[str, Emoji] = {}
    for each in objects(document.get("tag")):
        if first_type(each, ("Emoji",)) is None:
            continue
        name = (text_of(each.get("name")) or "").strip(":")
        url = _picture(each.get("icon"))
        if url and 0 < len(name) <= 128 and name.replace("_", "a").isalnum():
            found.setdefault(name, Emoji(shortcode=name, url=url, uri=first_id(each.get("id"))))
    return tuple(found.values())[:_EMOJIS]


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
        if first_type(each, ("Hashtag",)) is None:
            continue
        display = (text_of(each.get("name")) or "").removeprefix("#")
        name = tag_name(display)
        if name and is_hashtag(display):
            found.setdefault(name, Tag(name=name, display=display))
    return tuple(found.values())[:_TAGS]


def _content(document: JsonObject) -> str:
    content = (text_of(document.get("content")) or text_of(document.get("contentMap")) or "")[
        :_CONTENT
    ]
    media_type = text_of(document.get("mediaType"))
    if media_type in {"text/markdown", "text/plain", "text/x.misskeymarkdown"}:
        return text_as_paragraphs(content)
    return content


def _page(document: JsonObject, uri: str) -> str | None:
    """The web page of a post: a text/html link before any other, on http(s) only."""
    links = objects(document.get("url"))
    html = [each for each in links if text_of(each.get("mediaType")) == "text/html"]
    for candidate in (*[first_id(each.get("href")) for each in html], *ids(document.get("url"))):
        if candidate is not None and candidate.startswith(("https://", "http://")):
            return candidate[:2048] if same_origin(candidate, uri) else uri
    return None


def _link(document: JsonObject) -> str | None:
    """What a link post points at."""
    for each in objects(document.get("attachment")):
        if first_type(each, ("Link",)) is not None:
            href = first_id(each.get("href"))
            if href is not None and href.startswith(("https://", "http://")):
                return href[:2048]
    return None


def _media(document: JsonObject) -> tuple[RemoteMedia, ...]:
    found = []
    for each in objects(document.get("attachment")):
        if first_type(each, ("Document", "Image", "Video", "Audio")) is None:
            continue
        url = _picture(each)
        if url is None:
            continue
        focus = each.get("focalPoint")
        found.append(
            RemoteMedia(
                url=url,
                content_type=text_of(each.get("mediaType")) or _type_by_kind(each, url),
                description=(text_of(each.get("name")) or text_of(each.get("summary")) or "")[
                    :10_000
                ]
                or None,
                blurhash=(text_of(each.get("blurhash")) or "")[:200] or None,
                width=_side(each.get("width")),
                height=_side(each.get("height")),
                duration_ms=duration_ms(each.get("duration")),
                focus=_focus(focus),
                icon_url=_icon(each),
            )
        )
    return tuple(found[:_MEDIA])


def _side(value: Any) -> int | None:
    """Width or height; an absurd one is none."""
    found = integer(value)
    return found if found is not None and 0 < found < 1_000_000 else None


def _icon(attachment: JsonObject) -> str | None:
    for each in objects(attachment.get("icon"))[:1]:
        url = _picture(each)
        if url is not None and url.startswith(("https://", "http://")):
            return url[:2048]
    return None


def _type_by_kind(attachment: JsonObject, url: str) -> str | None:
    """By what it calls itself, else by the end of its address."""
    kind = first_type(attachment, ("Image", "Video", "Audio"))
    if kind is not None:
        return {"Image": "image/*", "Video": "video/*", "Audio": "audio/*"}[kind]
    return guess_type(urlsplit(url).path)[0]


def _focus(value: Any) -> tuple[float, float] | None:
    if (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(each, int | float) and -1 <= each <= 1 for each in value)
    ):
        return float(value[0]), float(value[1])
    return None


def _poll(document: JsonObject) -> NewPoll | None:
    multiple = bool(objects(document.get("anyOf")))
    answers = objects(document.get("anyOf")) or objects(document.get("oneOf"))
    titles = [html_to_text(text_of(each.get("name")) or "")[:500] for each in answers]
    options = tuple(title for title in titles if title)[:_OPTIONS]
    if not options:
        return None
    return NewPoll(
        options=options,
        multiple=multiple,
        ends_at=when_ms(document.get("endTime")) or when_ms(document.get("closed")),
    )


def _tally(document: JsonObject) -> tuple[int, ...]:
    """Votes in the order of the options."""
    answers = objects(document.get("anyOf")) or objects(document.get("oneOf"))
    return tuple(
        _total(each.get("replies"))
        for each in answers
        if html_to_text(text_of(each.get("name")) or "")
    )[:_OPTIONS]


def _vote(document: JsonObject, type_: str, in_reply_to: str | None) -> str | None:
    if type_ != "Note" or in_reply_to is None or text_of(document.get("content")):
        return None
    return text_of(document.get("name"))


def _quote(document: JsonObject) -> RemoteQuote | None:
    """The first of the spellings that is there; only ``quote`` asks for leave (A7)."""
    stamp = first_id(document.get("quoteAuthorization"))
    quoted = document.get("quote")
    if quoted is not None:
        if any(first_type(each, ("Tombstone",)) for each in objects(quoted)):
            uri = first_id(quoted)
            return RemoteQuote(uri=uri, gone=True) if uri is not None else None
        uri = first_id(quoted)
        if uri is not None:
            return RemoteQuote(uri=uri, stamp_uri=stamp)
    for name in ("_misskey_quote", "quoteUrl", "quoteUri"):
        uri = first_id(document.get(name))
        if uri is not None and uri.startswith(("https://", "http://")):
            return RemoteQuote(uri=uri, legacy=True)
    for each in objects(document.get("tag")):
        if first_type(each, ("Link",)) is not None and _is_quote_link(each):
            uri = first_id(each.get("href"))
            if uri is not None and uri.startswith(("https://", "http://")):
                return RemoteQuote(uri=uri, legacy=True)
    return None


def _is_quote_link(link: JsonObject) -> bool:
    """FEP-e232 with Misskey's relation: other object links are only links."""
    rels = link.get("rel")
    listed = rels if isinstance(rels, list) else [rels]
    return any(isinstance(each, str) and each.endswith("_misskey_quote") for each in listed)


def _quote_policy(
    document: JsonObject, author: str, followers_uri: str | None
) -> QuotePolicy | None:
    """``interactionPolicy.canQuote``; circles that we do not know are nobody's."""
    policy = next(iter(objects(document.get("interactionPolicy"))), None)
    rule = next(iter(objects(policy.get("canQuote"))), None) if policy is not None else None
    if rule is None:
        return None

    def circles(value: Any) -> tuple[str, ...]:
        found = []
        for uri in ids(value)[:_POLICY]:
            if is_public(uri):
                found.append("public")
            elif uri == followers_uri or (followers_uri is None and uri == f"{author}/followers"):
                found.append("followers")
            elif uri == f"{author}/following":
                found.append("following")
        return tuple(dict.fromkeys(found))

    return QuotePolicy(
        automatic=circles(rule.get("automaticApproval") or rule.get("always")),
        manual=circles(rule.get("manualApproval") or rule.get("approvalRequired")),
    )


def _total(value: Any) -> int:
    for each in objects(value):
        return _count(each.get("totalItems"))
    return 0


def _count(value: Any) -> int:
    return min(integer(value) or 0, 2**31 - 1)
