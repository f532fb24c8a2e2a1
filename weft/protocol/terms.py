"""Names of the vocabularies that the fediverse writes, and how the many spellings of one become one.

A name may come plain (``content``), prefixed (``as:content``), as a whole IRI, or under an alias
that the document's own ``@context`` declares. What comes out is the plain name. Contexts are never
fetched; one that gives a well-known name another meaning is refused, because two servers would
then read two different documents (interop notes of the protocol, section 7).
"""

from functools import lru_cache
from typing import Any

from msgspec import Struct

AS = "https://www.w3.org/ns/activitystreams"
PUBLIC = f"{AS}#Public"

_AS_NAMESPACES = (f"{AS}#", "http://www.w3.org/ns/activitystreams#")
_NAMESPACES = {
    f"{AS}#": "as",
    "http://www.w3.org/ns/activitystreams#": "as",
    "https://w3id.org/security#": "sec",
    "http://joinmastodon.org/ns#": "toot",
    "https://misskey-hub.net/ns#": "misskey",
    "http://schema.org#": "schema",
    "http://schema.org/": "schema",
    "https://schema.org/": "schema",
    "https://schema.org#": "schema",
    "http://litepub.social/ns#": "litepub",
    "http://ostatus.org#": "ostatus",
    "http://www.w3.org/ns/ldp#": "ldp",
}
_PREFIXES = frozenset(_NAMESPACES.values())
_KEYWORDS = {"@id": "id", "@type": "type"}
_REFUSED_KEYWORDS = frozenset(("@graph", "@included", "@reverse", "@nest"))

PROTECTED = frozenset(
    [
        "id",
        "type",
        "actor",
        "object",
        "target",
        "result",
        "origin",
        "instrument",
        "attributedTo",
        "to",
        "cc",
        "bto",
        "bcc",
        "audience",
        "content",
        "contentMap",
        "summary",
        "summaryMap",
        "name",
        "nameMap",
        "inReplyTo",
        "url",
        "href",
        "published",
        "updated",
        "tag",
        "attachment",
        "icon",
        "image",
        "items",
        "orderedItems",
        "first",
        "next",
        "partOf",
        "totalItems",
        "inbox",
        "outbox",
        "followers",
        "following",
        "endpoints",
        "sharedInbox",
        "preferredUsername",
        "publicKey",
        "publicKeyPem",
        "owner",
        "controller",
        "assertionMethod",
        "publicKeyMultibase",
        "movedTo",
        "alsoKnownAs",
        "proof",
        "signature",
        "Create",
        "Update",
        "Delete",
        "Follow",
        "Accept",
        "Reject",
        "Add",
        "Remove",
        "Like",
        "Announce",
        "Undo",
        "Block",
        "Flag",
        "Move",
        "Note",
        "Article",
        "Person",
        "Service",
        "Group",
        "Organization",
        "Application",
        "Tombstone",
        "Question",
    ]
)
"""Names whose meaning decides who said what: no inline context may change it."""


class ForeignTerm(ValueError):
    """A context or key that this reader will not follow; the message is a sentence part."""


class Scope(Struct, frozen=True):
    """What the contexts in force add: other names for known terms, and a default language."""

    aliases: dict[str, str]
    prefixes: frozenset[str] = frozenset()
    language: str | None = None


PLAIN = Scope(aliases={})


def plain_name(name: str, scope: Scope) -> str:
    """The plain form of a key or type; unknown names come back as they are.

    Raises:
        ForeignTerm: for keywords that hold other documents inside this one.
    """
    alias = scope.aliases.get(name)
    if alias is not None:
        return alias
    if ":" not in name:
        return _keyword(name) if name.startswith("@") else name
    return _without_prefix(name, scope.prefixes)


def _keyword(name: str) -> str:
    if name in _REFUSED_KEYWORDS:
        raise ForeignTerm(f"it uses {name}, which can hide one document in another")
    return _KEYWORDS.get(name, name)


def _without_prefix(name: str, prefixes: frozenset[str]) -> str:
    prefix, _, rest = name.partition(":")
    if rest and (prefix in _PREFIXES or prefix in prefixes) and not rest.startswith("//"):
        return rest
    for namespace in _NAMESPACES:
        if name.startswith(namespace) and len(name) > len(namespace):
            return name[len(namespace) :]
    return name


def enter(context: Any, scope: Scope) -> Scope:
    """The scope inside an object that has this ``@context``.

    Raises:
        ForeignTerm: when an inline context redefines a protected name.
    """
    if isinstance(context, str):
        return scope
    for each in context if isinstance(context, list) else (context,):
        if isinstance(each, dict):
            scope = _with_inline(each, scope)
    return scope


def _with_inline(context: dict[str, Any], scope: Scope) -> Scope:
    aliases: dict[str, str] = {}
    prefixes = scope.prefixes
    custom = {
        term
        for term, iri in context.items()
        if iri in _AS_NAMESPACES and term != "as" and isinstance(iri, str)
    }
    if custom:
        prefixes = prefixes | custom
    for term, definition in context.items():
        iri = definition
        if type(iri) is dict:
            iri = iri.get("@id", term)
        if type(iri) is not str:
            if term in PROTECTED and not (iri is None and term in scope.aliases):
                raise ForeignTerm(f"its context takes the meaning of {term!r} away")
            continue
        meaning = _meaning(term, iri) if not prefixes else _meaning.__wrapped__(term, iri, prefixes)
        if meaning is not None:
            aliases[term] = meaning
    language = context.get("@language", scope.language)
    if not isinstance(language, str):
        language = None
    if not aliases and prefixes is scope.prefixes and language == scope.language:
        return scope
    return Scope(aliases=scope.aliases | aliases, prefixes=prefixes, language=language)


@lru_cache(maxsize=4096)
def _meaning(term: str, iri: str, prefixes: frozenset[str] = frozenset()) -> str | None:
    """The plain ActivityStreams name that *term* stands for, if it is another one than *term*.

    Raises:
        ForeignTerm: when a protected name would stand for something else.
    """
    if term.startswith("@"):
        return None
    if term == "as" and iri not in _AS_NAMESPACES:
        raise ForeignTerm("its context gives the prefix 'as' another meaning")
    if iri in ("@id", "@type"):
        meaning: str | None = _KEYWORDS[iri]
    elif iri == term:
        return None
    else:
        meaning = _as_name(iri, prefixes)
    plain = _without_prefix(iri, prefixes) if ":" in iri else iri
    if term in PROTECTED and plain != term and meaning != term:
        raise ForeignTerm(f"its context gives {term!r} another meaning")
    return meaning if meaning in PROTECTED and meaning != term else None


def _as_name(iri: str, prefixes: frozenset[str]) -> str | None:
    prefix, _, rest = iri.partition(":")
    if rest and (prefix == "as" or prefix in prefixes):
        return rest
    for namespace in _AS_NAMESPACES:
        if iri.startswith(namespace):
            return iri[len(namespace) :]
    return None
