"""Who may say what about which id: the origin rules of FEP-fe34, in one place.

An origin is (scheme, host, port), the host in lower-case A-label form, the port never left out.
Loopback servers on developers' machines are origins like all others; which networks may be talked
to is decided where requests are made, not here.
"""

import re
from collections.abc import Collection
from functools import lru_cache
from typing import Any, TypeAlias

import idna

from weft.protocol.activitystreams import MAX_ID, first_id, first_type, ids

Origin: TypeAlias = tuple[str, str, int]
"""Scheme, host, port."""

ACTOR_TYPES = frozenset(("Person", "Service", "Application", "Group", "Organization", "Podcast"))

_DEFAULT_PORTS = {"https": 443, "http": 80}
_URI = re.compile(r"(https?)://([^/?#\\]*)([^\\]*)\Z", re.IGNORECASE | re.ASCII)
_START = re.compile(r"(https?)://([^/?#]*)", re.IGNORECASE | re.ASCII)
_UNFIT = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029<>\"\\]")
_ASCII_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?\.?\Z")
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:@\[\]%]+)(?::([0-9]{0,5}))?\Z")


class ForeignClaim(ValueError):
    """Somebody claims what is not theirs to claim; the message is a sentence for the inspector."""


@lru_cache(maxsize=8192)
def origin_of(uri: str) -> Origin | None:
    """The origin of an http(s) URI; None for anything that may not be an id.

    Not an id: another scheme, userinfo, a host that is none, spaces or control characters, more
    than 2048 characters.
    """
    if not _is_fit(uri):
        return None
    found = _START.match(uri)
    return None if found is None else _origin(found[1].lower(), found[2])


@lru_cache(maxsize=8192)
def _origin(scheme: str, written: str) -> Origin | None:
    authority = _AUTHORITY.match(written)
    if authority is None:
        return None
    host = _ascii_host(authority[1])
    port = int(authority[2]) if authority[2] else _DEFAULT_PORTS[scheme]
    return None if host is None or not 0 < port < 65536 else (scheme, host, port)


def _ascii_host(host: str) -> str | None:
    """Lower-case A-label form without the root's dot; None if it is no host."""
    lowered = host.lower()
    if lowered.startswith("["):
        return lowered
    if not lowered.isascii():
        try:
            lowered = idna.encode(host, uts46=True).decode("ascii").lower()
        except (idna.IDNAError, UnicodeError):
            return None
    return lowered.rstrip(".") if len(lowered) <= 255 and _ASCII_HOST.match(lowered) else None


def same_origin(one: str, other: str) -> bool:
    """Whether both are http(s) URIs of one origin. ``other`` is the one that is asked about often:
    it is remembered."""
    origin = origin_of(other)
    if origin is None:
        return False
    # Most are written alike up to their path: then only the rest of it has to be fit.
    start = other[: other.find("/", 8) + 1]
    if start and one.startswith(start):
        return _is_fit(one)
    return origin == origin_of(one)


def _is_fit(uri: str) -> bool:
    return len(uri) <= MAX_ID and _UNFIT.search(uri) is None


def authority_of(uri: str) -> str | None:
    """``host`` or ``host:port`` as servers are known by; the default port is left out."""
    origin = origin_of(uri)
    if origin is None:
        return None
    scheme, host, port = origin
    return host if port == _DEFAULT_PORTS[scheme] else f"{host}:{port}"


def comparable(uri: str) -> str | None:
    """The form in which two spellings of one id are equal: scheme and host in lower case, no
    default port, ``/`` for an empty path. The rest is kept byte by byte. None as in ``origin_of``.
    """
    authority = authority_of(uri)
    found = _URI.match(uri)
    if authority is None or found is None:
        return None
    rest = found[3]
    return f"{found[1].lower()}://{authority}{rest if rest.startswith('/') else '/' + rest}"


def without_fragment(uri: str) -> str:
    return uri.partition("#")[0]


def owner_of(document: dict[str, Any], among: Collection[str] = ()) -> str | None:
    """Whose an object is: an actor its own, an activity its actor's, a key its owner's, everything
    else the one it is attributed to (of several, the first that is *among* those asked for).
    """
    if first_type(document, ACTOR_TYPES) is not None and "inbox" in document:
        return first_id(document.get("id"))
    if "publicKeyPem" in document or "publicKeyMultibase" in document:
        return first_id(document.get("owner")) or first_id(document.get("controller"))
    owners = ids(document.get("attributedTo")) or ids(document.get("actor"))
    return next((each for each in owners if each in among), owners[0] if owners else None)


def check_activity(document: dict[str, Any], actor: str) -> None:
    """An activity may carry an id of its actor's origin, or none.

    Raises:
        ForeignClaim: the actor's id is unfit, or the activity's id is of another origin.
    """
    if origin_of(actor) is None:
        raise ForeignClaim("The actor's id is not an http(s) address.")
    if "id" not in document:
        return
    id_ = first_id(document["id"])
    if id_ is None or not same_origin(id_, actor):
        raise ForeignClaim("The activity's id is not of its actor's origin.")


def check_own_object(document: dict[str, Any], actor: str) -> str:
    """The id of an object that *actor* creates or updates: of the actor's origin, and the actor's.

    Raises:
        ForeignClaim: the id is of another origin, or somebody else is the owner.
    """
    id_ = first_id(document.get("id"))
    if id_ is None:
        raise ForeignClaim("The object has no id.")
    if not same_origin(id_, actor):
        raise ForeignClaim("The object's id is not of the actor's origin.")
    if owner_of(document, (actor,)) != actor:
        raise ForeignClaim("The object belongs to somebody other than the actor.")
    return id_


def is_vouched_for(inner: dict[str, Any], wrapper: dict[str, Any]) -> bool:
    """Whether an authenticated *wrapper* speaks for the object inside it: it has no id, or its id
    is a fragment of the wrapper's, or both share origin and owner. If not, fetch it by its id.
    """
    id_, outer = first_id(inner.get("id")), first_id(wrapper.get("id"))
    if id_ is None:
        return "id" not in inner
    owner = owner_of(wrapper)
    if outer is not None and "#" in id_ and without_fragment(id_) == without_fragment(outer):
        return True
    if owner is None or not same_origin(id_, owner):
        return False
    return owner_of(inner, (owner,)) == owner
