"""Reads forums: NodeBB, Discourse, Prismo. Their topics are Notes (or Articles) with a title.

Source: section 4 of the interop notes of Lemmy; the interop notes of Discourse.
"""

from msgspec.structs import replace

from weft.domain.actors.store import RemoteActor
from weft.domain.markup.plain import html_to_text
from weft.domain.posts.kinds import ThreadFacets
from weft.domain.posts.records import PostFacets, PostKind
from weft.federation.dialects import JsonObject, RemotePost
from weft.federation.reading.actors import read_actor
from weft.federation.reading.posts import read_post
from weft.federation.reading.values import count
from weft.protocol.activitystreams import (
    PUBLIC,
    first_id,
    first_object,
    first_type,
    ids,
    integer,
    is_public,
    text_of,
)
from weft.protocol.origins import same_origin

_TITLE, _SOURCE = 2048, 100_000


class ForumReader:
    """See ``weft.federation.dialects.Reader``. To be asked before those who read every Article."""

    name = "nodebb"
    types = frozenset(("Article",))
    members = frozenset(("audience",))

    def claims_post(self, document: JsonObject) -> bool:
        if first_type(document, ("Article",)) is not None:
            return integer(document.get("votes")) is not None
        return (
            first_type(document, ("Note",)) is not None
            and _category(document) is not None
            and bool(ids(document.get("context")))
            and bool(text_of(document.get("content")))
        )

    def claims_actor(self, document: JsonObject) -> bool:
        """Their profiles are ordinary ones."""
        return False

    def read_actor(self, document: JsonObject) -> RemoteActor:
        return read_actor(document)

    def read_post(self, document: JsonObject, followers_uri: str | None) -> RemotePost:
        """A topic, or an answer in one."""
        uri = first_id(document.get("id")) or ""
        if not ids(document.get("to")) and not ids(document.get("cc")):
            # Discourse says only of its activities whom they are for; its categories are public.
            if not same_origin(_category(document) or "", uri):
                return read_post(document, followers_uri)
            document = document | {"to": [PUBLIC]}
        if "tag" not in document and "tags" in document:
            document = document | {"tag": document["tags"]}
        read = read_post(document, followers_uri)
        typed = first_object(document.get("source")) or {}
        source = (text_of(typed.get("content")) or "")[:_SOURCE] or None
        format_ = (text_of(typed.get("mediaType")) or "")[:100] or None
        read = replace(
            read,
            facets=PostFacets(
                thread=ThreadFacets(), source=source, source_format=format_ if source else None
            ),
            origin_likes=max(read.origin_likes, count(document.get("votes"))),
        )
        if read.in_reply_to is not None:
            return replace(read, kind=PostKind.COMMENT)
        title = html_to_text((text_of(document.get("name")) or "")[:_TITLE]) or None
        if title is None:
            return read
        # The excerpt is no warning.
        summary = read.summary if read.sensitive else None
        kind = PostKind.LINK if read.link_url else PostKind.THREAD
        return replace(read, kind=kind, title=title, summary=summary)


def _category(document: JsonObject) -> str | None:
    """The one audience of a topic, which is no list of people."""
    named = ids(document.get("audience"))
    if len(named) != 1 or is_public(named[0]) or named[0].rstrip("/").endswith("/followers"):
        return None
    return named[0] if named[0].startswith("http") else None
