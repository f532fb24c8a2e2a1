"""Where something was made or happens."""

import math
from typing import Any

from weft.domain.posts.kinds import Place, PostalAddress
from weft.federation.dialects import JsonObject
from weft.protocol.activitystreams import first_object, number, objects, text_of

_WORDS = 300
_ADDRESS = ("streetAddress", "postalCode", "addressLocality", "addressRegion", "addressCountry")


def place(value: Any) -> Place | None:
    """A ``Place``: coordinates may be numbers or text, the address words or a ``PostalAddress``;
    Pixelfed has only a ``country``. None if it says nothing at all."""
    for each in objects(value):
        latitude, longitude = (
            _degrees(each.get("latitude"), 90),
            _degrees(each.get("longitude"), 180),
        )
        if latitude is None or longitude is None:
            latitude = longitude = None
        found = Place(
            name=_words(each.get("name")),
            address=_address(each.get("address")) or _words(each.get("country")) or None,
            postal=_postal(each),
            latitude=latitude,
            longitude=longitude,
        )
        return found if found != Place() else None
    return None


def _address(value: Any) -> str:
    """``10 Rue Jangot, 69007 Lyon, Auvergne Rhône Alpes, France``"""
    inner = first_object(value)
    if inner is None:
        return _words(value)
    street, code, town, region, country = (_words(inner.get(name)) for name in _ADDRESS)
    parts = (street, f"{code} {town}".strip(), region, country)
    return ", ".join(each for each in parts if each)[:_WORDS]


def _postal(place: JsonObject) -> PostalAddress | None:
    inner = first_object(place.get("address"))
    if inner is None:
        country = _words(place.get("country"))
        return PostalAddress(country=country) if country else None
    parts = [_words(inner.get(name)) or None for name in _ADDRESS]
    return PostalAddress(*parts) if any(parts) else None


def _words(value: Any) -> str:
    return " ".join((text_of(value) or "").split())[:_WORDS]


def _degrees(value: Any, most: int) -> float | None:
    found = number(value)
    if found is None or not math.isfinite(found) or abs(found) > most:
        return None
    return float(found)
