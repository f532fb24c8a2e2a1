"""NodeInfo 2.0 and 2.1 (FEP-f1d5): what a server says of itself, and reads of others."""

from typing import Any

import msgspec
from msgspec import Struct

_APPLICATION = "https://www.w3.org/ns/activitystreams#Application"
REPOSITORY = "https://github.com/weft-server/weft"
_SCHEMA = "http://nodeinfo.diaspora.software/ns/schema/"


class Software(Struct, frozen=True):
    name: str = ""
    version: str = ""


class _NodeInfo(Struct, frozen=True):
    software: Software = Software()


class _Link(Struct, frozen=True):
    rel: str = ""
    href: str = ""


class _Index(Struct, frozen=True):
    links: list[_Link] = []


class BadNodeInfo(ValueError):
    """The sentence says what is wrong with another server's answer."""


def build_index(origin: str, instance_uri: str | None = None) -> dict[str, Any]:
    """``/.well-known/nodeinfo``, with the server's own actor (FEP-2677)."""
    links = [
        {"rel": f"{_SCHEMA}2.1", "href": f"{origin}/nodeinfo/2.1"},
        {"rel": f"{_SCHEMA}2.0", "href": f"{origin}/nodeinfo/2.0"},
    ]
    if instance_uri is not None:
        links.append({"rel": _APPLICATION, "href": instance_uri})
    return {"links": links}


def build(
    version: str,
    *,
    software_version: str,
    open_registrations: bool,
    users: int,
    active_month: int,
    active_half_year: int,
    local_posts: int,
    metadata: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The document of one version; ``metadata`` as FEP-0151 names it."""
    software = {"name": "weft", "version": software_version}
    if version != "2.0":  # whose schema forbids it
        software["repository"] = REPOSITORY
    return {
        "version": version,
        "software": software,
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": open_registrations,
        "usage": {
            "users": {
                "total": users,
                "activeMonth": active_month,
                "activeHalfyear": active_half_year,
            },
            "localPosts": local_posts,
        },
        "metadata": metadata or {},
    }


def best_link(body: bytes) -> str | None:
    """The address of the newest document that an index offers and we read.

    Raises:
        BadNodeInfo: it is no index.
    """
    try:
        index = msgspec.json.decode(body, type=_Index)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise BadNodeInfo("The answer is no NodeInfo index.") from None
    offered = {link.rel.removeprefix(_SCHEMA): link.href for link in index.links[:32] if link.href}
    return next((offered[each] for each in ("2.1", "2.0", "1.1", "1.0") if each in offered), None)


def read_software(body: bytes) -> Software:
    """Name (lower case) and version of another server's software.

    Raises:
        BadNodeInfo: it is no NodeInfo document.
    """
    try:
        software = msgspec.json.decode(body, type=_NodeInfo).software
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise BadNodeInfo("The answer is no NodeInfo document.") from None
    return Software(name=software.name.lower()[:100], version=software.version[:100])
