"""Small readings that profiles and posts have in common. Limits: section 10 of the protocol notes."""

from typing import Any

from weft.domain.actors.records import Emoji
from weft.federation.dialects import JsonObject
from weft.protocol.activitystreams import first_id, first_type, integer, objects, text_of
from weft.protocol.origins import authority_of, same_origin

_EMOJIS = 64


def host_of(uri: str) -> str:
    return authority_of(uri) or ""


def own_address(value: str | None, uri: str) -> str | None:
    """An address of what belongs to an actor or a post, if it is on its own host."""
    return value if value is not None and same_origin(value, uri) else None


def web_address(value: Any) -> str | None:
    """An address on http(s), of an object or link or as it is."""
    found = first_id(value)
    return found[:2048] if found and found.startswith(("https://", "http://")) else None


def picture(value: Any) -> str | None:
    """The address of a picture; WordPress writes it as it stands in HTML."""
    for each in objects(value):
        found = web_address(each.get("url")) or web_address(each.get("href"))
        if found is not None:
            return found.replace("&#038;", "&")
    plain = web_address(value)
    return plain.replace("&#038;", "&") if plain is not None else None


def emojis(document: JsonObject) -> tuple[Emoji, ...]:
    found: dict[str, Emoji] = {}
    for each in objects(document.get("tag")):
        if first_type(each, ("Emoji",)) is None:
            continue
        name = (text_of(each.get("name")) or "").strip(":")
        url = picture(each.get("icon"))
        if url and 0 < len(name) <= 128 and name.replace("_", "a").isalnum():
            found.setdefault(name, Emoji(shortcode=name, url=url, uri=first_id(each.get("id"))))
    return tuple(found.values())[:_EMOJIS]


def total(value: Any) -> int:
    """How many are in a collection, as it says."""
    if value is None:
        return 0
    for each in objects(value):
        return count(each.get("totalItems"))
    return 0


def count(value: Any) -> int:
    return min(integer(value) or 0, 2**31 - 1) if value is not None else 0
