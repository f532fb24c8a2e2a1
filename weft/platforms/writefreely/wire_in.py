"""Reads the long texts of blogs: WriteFreely, WordPress, Ghost, Plume, and every ``Article``.

What is common to them: ``summary`` (or ``preview``) is what is shown before one opens the text, and a
warning only where the post says that it is sensitive. Source: sections 1 to 5 of the interop notes of
WriteFreely, FEP-b2b8.
"""

import re
from typing import Any
from urllib.parse import urljoin, urlsplit

from msgspec.structs import replace

from weft.domain.actors.store import RemoteActor
from weft.domain.markup.plain import html_to_text
from weft.domain.markup.sanitise import clean_html
from weft.domain.posts.kinds import ArticleFacets
from weft.domain.posts.records import PostFacets
from weft.domain.visibility.viewer import Visibility
from weft.federation.dialects import JsonObject, RemoteMedia, RemotePost
from weft.federation.reading.actors import read_actor
from weft.federation.reading.posts import read_post
from weft.federation.reading.values import picture
from weft.protocol.activitystreams import first_object, first_type, ids, is_public, text, text_of
from weft.protocol.origins import same_origin

_EXCERPT, _WARNING, _SOURCE, _ALT = 5000, 500, 400_000, 1500
_FEW = 20
"""So many, named one by one, are meant themselves."""
_ADDRESS = re.compile(r"""(\s(?:href|src|poster)\s*=\s*)(["'])([^"'<>]{1,2048})\2""", re.IGNORECASE)
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|#")


class BlogReader:
    """See ``weft.federation.dialects.Reader``. To be asked after those who know an Article better."""

    name = "writefreely"
    types = frozenset(("Article",))
    members = frozenset[str]()

    def claims_post(self, document: JsonObject) -> bool:
        return first_type(document, ("Article",)) is not None

    def claims_actor(self, document: JsonObject) -> bool:
        """Their profiles are ordinary ones."""
        return False

    def read_actor(self, document: JsonObject) -> RemoteActor:
        return read_actor(document)

    def read_post(self, document: JsonObject, followers_uri: str | None) -> RemotePost:
        """An article: its title, what introduces it, its picture, and the whole text."""
        content = text(document, "content") or ""
        base = next(iter(ids(document.get("url"))), None) or next(iter(ids(document.get("id"))), "")
        read = read_post(document | {"content": with_whole_addresses(content, base)}, followers_uri)
        warning, excerpt = _summary(document, read.sensitive)
        image, alt, kind = _image(document)
        typed = first_object(document.get("source")) or {}
        source = (text_of(typed.get("content")) or "")[:_SOURCE] or None
        others = tuple(
            each
            for each in ids(document.get("attributedTo"))
            if each != read.author_uri and same_origin(each, read.uri)
        )
        return replace(
            read,
            summary=warning,
            media=_pictures(read.media, image, alt, kind),
            # A blog beside its author (Plume).
            groups=tuple(dict.fromkeys((*read.groups, *others)))[:20],
            to=_heard(document, read, followers_uri),
            facets=PostFacets(
                article=ArticleFacets(
                    summary=excerpt, image_url=image, image_alt=alt, image_type=kind
                ),
                source=source,
                source_format=(text_of(typed.get("mediaType")) or "")[:100] or None
                if source
                else None,
            ),
        )


def with_whole_addresses(content: str, base: str) -> str:
    """HTML whose links and pictures are addressed from the page it was written for."""

    def whole(match: re.Match[str]) -> str:
        address = match[3].strip()
        if _ABSOLUTE.match(address):
            return match[0]
        try:
            return f"{match[1]}{match[2]}{urljoin(base, address)}{match[2]}"
        except ValueError:
            return match[0]

    return _ADDRESS.sub(whole, content)


def _summary(document: JsonObject, sensitive: bool) -> tuple[str | None, str | None]:
    """The warning, in plain text, and the excerpt, in HTML."""
    summary = (text(document, "summary") or "")[:_EXCERPT]
    preview = first_object(document.get("preview")) or {}
    introduced = (text_of(preview.get("content")) or "")[:_EXCERPT]
    subject = html_to_text((text_of(document.get("dcterms:subject")) or "")[:_EXCERPT])[:_WARNING]
    if sensitive and (subject or summary):
        warning = subject or html_to_text(summary)[:_WARNING]
        excerpt = introduced if html_to_text(introduced) != warning else ""
        return warning, clean_html(excerpt or (summary if subject else ""), "remote_post") or None
    return subject or None, clean_html(summary or introduced, "remote_post") or None


def _image(document: JsonObject) -> tuple[str | None, str | None, str | None]:
    """The picture above the text: an object, or its bare address (Ghost); Plume calls it an icon.
    Its address, what is to be seen on it, and its media type."""
    for name in ("image", "icon"):
        value: Any = document.get(name)
        url = picture(value)
        if url is not None:
            described = first_object(value) or {}
            alt = (text_of(described.get("name")) or "")[:_ALT] or None
            return url, alt, (text_of(described.get("mediaType")) or "")[:100] or None
    return None, None, None


def _pictures(
    media: tuple[RemoteMedia, ...], image: str | None, alt: str | None, kind: str | None
) -> tuple[RemoteMedia, ...]:
    """The picture above the text first; the same one in another size is not shown again."""
    if image is None:
        return media
    same = [each for each in media if _which(each.url) == _which(image)]
    rest = [each for each in media if each not in same]
    if same:
        return (replace(same[0], description=same[0].description or alt), *rest)
    return (RemoteMedia(url=image, content_type=kind or "image/*", description=alt), *rest)


def _which(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url, ""
    return parts.netloc, parts.path


def _heard(document: JsonObject, read: RemotePost, followers_uri: str | None) -> frozenset[str]:
    """Some blogs name every follower (WriteFreely in ``cc``, Plume in ``to``): of a public text, that
    concerns nobody else."""
    if read.visibility > Visibility.UNLISTED:
        return read.to
    addressed = ids(document.get("to"))
    meant = addressed if len(addressed) <= _FEW else []
    kept = {followers_uri, *read.mentions, *read.groups, *meant}
    return frozenset(each for each in read.to if is_public(each) or each in kept)
