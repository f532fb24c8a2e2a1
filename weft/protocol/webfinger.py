"""WebFinger (RFC 7033): who is behind a handle, asked and answered."""

from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from weft.protocol.activitystreams import MAX_ID
from weft.protocol.origins import origin_of

_ACTIVITY_TYPES = (
    "application/activity+json",
    'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
)
_PROFILE_PAGE = "http://webfinger.net/rel/profile-page"
_INTENT = "https://w3id.org/fep/3b86"
_AVATAR = "http://webfinger.net/rel/avatar"
_SERVICE = "https://www.w3.org/ns/activitystreams#Service"
_MAX_LINKS = 64


class BadWebfinger(ValueError):
    """The sentence says what is wrong with a question or an answer."""


class Resource(Struct, frozen=True):
    """What is asked for: one of the two is set."""

    handle: tuple[str, str] | None = None
    """Name and domain, the domain in lower case."""
    uri: str | None = None


class Jrd(Struct, frozen=True):
    """The part of an answer that matters here."""

    subject: str
    """As it was given: ``acct:name@domain`` mostly. Empty when absent."""
    self_link: str | None
    """The actor's id."""


class _Link(Struct, frozen=True):
    rel: str = ""
    type: str | None = None
    href: str | None = None


class _Document(Struct, frozen=True):
    subject: str = ""
    links: list[_Link] = []


_decode = msgspec.json.Decoder(_Document).decode


def parse_resource(resource: str) -> Resource:
    """Read a ``resource`` parameter: ``acct:name@domain`` (also without ``acct:``, and with an
    ``@`` before the name) or an http(s) address.

    Raises:
        BadWebfinger: it is neither.
    """
    if len(resource) > MAX_ID:
        raise BadWebfinger("The resource is too long.")
    if origin_of(resource) is not None:
        return Resource(uri=resource)
    name, mark, domain = resource.removeprefix("acct:").removeprefix("@").partition("@")
    if not mark or not name or not domain or not set(domain).isdisjoint("@/?# "):
        raise BadWebfinger("Ask for acct:name@domain, or for the address of a profile.")
    return Resource(handle=(name, domain.lower()))


def build_jrd(
    *,
    subject: str,
    actor_uri: str,
    page_url: str | None,
    icon_url: str | None = None,
    is_server: bool = False,
) -> dict[str, Any]:
    """The answer for one of our actors. ``subject`` is ``acct:name@domain``; ``is_server`` marks
    the server's own actor (FEP-d556)."""
    aliases = [actor_uri] if page_url in {None, actor_uri} else [page_url, actor_uri]
    links: list[dict[str, str]] = [
        {"rel": "self", "type": _ACTIVITY_TYPES[0], "href": actor_uri},
    ]
    if page_url is not None:
        links.insert(0, {"rel": _PROFILE_PAGE, "type": "text/html", "href": page_url})
    origin = urlsplit(actor_uri)
    base = f"{origin.scheme}://{origin.netloc}"
    interact = f"{base}/authorize_interaction?uri="
    links += [
        {"rel": "http://ostatus.org/schema/1.0/subscribe", "template": f"{interact}{{uri}}"},
        {"rel": f"{_INTENT}/Object", "template": f"{interact}{{object}}"},
        {"rel": f"{_INTENT}/Create", "template": f"{base}/share?text={{content}}"},
    ]
    if icon_url is not None:
        links.append({"rel": _AVATAR, "href": icon_url})
    if is_server:
        links.append({"rel": _SERVICE, "type": _ACTIVITY_TYPES[0], "href": actor_uri})
    return {"subject": subject, "aliases": aliases, "links": links}


def read_jrd(body: bytes) -> Jrd:
    """Read another server's answer.

    Raises:
        BadWebfinger: it is no JRD.
    """
    try:
        document = _decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise BadWebfinger("The answer is not a JSON resource descriptor.") from None
    for link in document.links[:_MAX_LINKS]:
        if link.rel == "self" and link.href and _is_activity(link.type):
            if origin_of(link.href) is None:
                raise BadWebfinger("The self link is not an address on the web.")
            return Jrd(subject=document.subject, self_link=link.href)
    return Jrd(subject=document.subject, self_link=None)


def _is_activity(type_: str | None) -> bool:
    return type_ is None or type_.partition(";")[0].strip().lower() in {
        "application/activity+json",
        "application/ld+json",
    }
