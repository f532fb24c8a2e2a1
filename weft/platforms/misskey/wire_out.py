"""Writes notes and polls as the Misskey family reads them: what was typed in MFM, quotes as its own.

It shows no edit and no title; any ``summary`` is a content warning to it. Source: section 1.2 of its interop
notes.
"""

from typing import Any

from weft.domain.markup.mfm import MFM
from weft.domain.posts.records import PostKind
from weft.domain.server import Server
from weft.federation.facts import PostFacts
from weft.federation.writing.parts import (
    object_link,
    quote_members,
    write_poll,
)
from weft.federation.writing.posts import common, typed
from weft.federation.writing.values import AS, JsonObject

CONTEXT: list[Any] = [
    AS,
    "https://w3id.org/security/v1",
    {
        "sensitive": "as:sensitive",
        "Hashtag": "as:Hashtag",
        "toot": "http://joinmastodon.org/ns#",
        "Emoji": "toot:Emoji",
        "votersCount": "toot:votersCount",
        "blurhash": "toot:blurhash",
        "fedibird": "http://fedibird.com/ns#",
        "quoteUri": "fedibird:quoteUri",
        "quoteUrl": "as:quoteUrl",
        "quote": {"@id": "https://w3id.org/fep/044f#quote", "@type": "@id"},
        "quoteAuthorization": {
            "@id": "https://w3id.org/fep/044f#quoteAuthorization",
            "@type": "@id",
        },
        "misskey": "https://misskey-hub.net/ns#",
        "_misskey_content": "misskey:_misskey_content",
        "_misskey_quote": "misskey:_misskey_quote",
        "_misskey_talk": "misskey:_misskey_talk",
    },
]
_KINDS = frozenset((PostKind.NOTE, PostKind.COMMENT, PostKind.ALBUM, PostKind.QUESTION))


def write_post(server: Server, facts: PostFacts) -> JsonObject | None:
    """A note or a poll; None for all that has a title or a file at its heart."""
    kind = PostKind(facts.post.kind)
    if kind not in _KINDS:
        return None
    if kind is PostKind.QUESTION:
        return write_note(server, facts, "Question") | write_poll(server, facts)
    return write_note(server, facts)


def write_note(server: Server, facts: PostFacts, type_: str = "Note") -> JsonObject:
    """Its text as HTML, and in MFM where it was typed so."""
    document = common(server, facts, type_)
    document.pop("source", None)
    for each in document["attachment"]:
        each["sensitive"] = document["sensitive"]
    source, language = typed(facts.post)
    if source is not None and language == MFM:
        document["source"] = {"content": source, "mediaType": MFM}
        document["_misskey_content"] = source
    if facts.quote is not None:
        # What is quoted is shown there; the line for those who show none is not said twice.
        document |= quote_members(facts) | {"content": facts.post.content}
        document["tag"].append(object_link(facts.quote.target_uri, facts.quoted_url))
    return document
