"""Reads what the Misskey family writes: notes in MFM, quotes, cats.

A note is rendered from what its author typed, because its HTML makes italics of every function; Misskey
reads its own notes in this order too. Source: sections 1.2 to 2.2 of the interop notes of Misskey.
"""

from msgspec.structs import replace

from weft.domain.actors.store import RemoteActor
from weft.domain.markup.extract import tag_name
from weft.domain.markup.links import Mentioned
from weft.domain.markup.mfm import MFM, Names, mfm_to_html
from weft.federation.dialects import JsonObject, RemotePost, RemoteQuote
from weft.federation.reading.actors import read_actor
from weft.federation.reading.markup import source_of
from weft.federation.reading.posts import read_post
from weft.federation.reading.quotes import quote_line
from weft.federation.reading.values import host_of, web_address
from weft.protocol.activitystreams import boolean, first_id, first_type, objects, text_of

_SOURCE, _TAGS = 50_000, 1000
_NO_WORDS = "\u200b"
"""The content warning of who warns without saying of what."""


class MisskeyReader:
    """See ``weft.federation.dialects.Reader``."""

    name = "misskey"
    types = frozenset[str]()
    members = frozenset(
        (
            "_misskey_content",
            "_misskey_talk",
            "source",
        )
    )

    def claims_post(self, document: JsonObject) -> bool:
        if first_type(document, ("Note", "Question")) is None:
            return False
        return "_misskey_content" in document or source_of(document)[1] == MFM or _is_talk(document)

    def claims_actor(self, document: JsonObject) -> bool:
        return "_misskey_summary" in document

    def read_actor(self, document: JsonObject) -> RemoteActor:
        """A profile whose text is MFM."""
        read = read_actor(document)
        typed = (text_of(document.get("_misskey_summary")) or "")[:_SOURCE]
        if not typed.strip():
            return read
        return replace(read, summary=mfm_to_html(typed, _names(document), "bio"))

    def read_post(self, document: JsonObject, followers_uri: str | None) -> RemotePost:
        """A note, or a message of a chat that was sent as one."""
        read = read_post(document, followers_uri)
        typed = _typed(document)
        if typed is not None:
            facets = replace(read.facets, source=typed, source_format=MFM)
            read = replace(read, facets=facets)
            # FEP-c16b: HTML that says of itself that it has everything in it.
            if boolean(document.get("htmlMfm")) is not True:
                content = mfm_to_html(typed, _names(document))
                read = replace(read, content=_with_link(content, read.quote, read.uri))
        if (text_of(document.get("summary")) or "").strip() == _NO_WORDS:
            read = replace(read, summary=None, sensitive=True)
        if _is_talk(document):
            read = replace(read, is_direct=True, facets=replace(read.facets, chat=True))
        return read


def _is_talk(document: JsonObject) -> bool:
    return boolean(document.get("_misskey_talk")) is True


def _typed(document: JsonObject) -> str | None:
    source, language = source_of(document)
    typed = source if language == MFM else text_of(document.get("_misskey_content"))
    return typed[:_SOURCE] if typed is not None and typed.strip() else None


def _with_link(content: str, quoted: RemoteQuote | None, own_uri: str) -> str:
    """The typed text has no link to what is quoted: for whom the quote is not shown, it is added."""
    if quoted is None or quoted.uri == own_uri or quoted.uri in content:
        return content
    return content + quote_line(quoted)


def _names(document: JsonObject) -> Names:
    """Whom and what the text means, by what ``tag`` says; others stay text."""
    mentions: dict[str, Mentioned] = {}
    tags: dict[str, str] = {}
    for each in objects(document.get("tag"))[:_TAGS]:
        named = (text_of(each.get("name")) or "").strip()
        address = web_address(each.get("href"))
        if address is None:
            continue
        if first_type(each, ("Hashtag",)) is not None:
            name = tag_name(named.removeprefix("#"))
            if name:
                tags.setdefault(name, address)
        elif first_type(each, ("Mention",)) is not None:
            user, _, host = named.removeprefix("@").partition("@")
            person = Mentioned(address, user, host or None)
            home = host or host_of(address)
            mentions.setdefault(f"{user}@{home}".lower(), person)
            if not host or home == host_of(first_id(document.get("id")) or ""):
                mentions.setdefault(user.lower(), person)
    return Names(mentions, tags)
