"""Scrobbles: Pleroma says in words what was played, Funkwhale names a track (sections 1 of the interop
notes of both)."""

from weft.domain.items.records import DescribedItem, ItemKind
from weft.domain.markup.plain import html_to_text
from weft.domain.posts.kinds import Listen
from weft.federation.dialects import JsonObject
from weft.federation.reading.values import web_address
from weft.protocol.activitystreams import first_id, first_object, first_type, integer, text_of

_WORDS = 500
_LONGEST_MS = 7 * 24 * 3_600_000


def read_listen(activity: JsonObject) -> tuple[Listen, DescribedItem | None] | None:
    """What was listened to, and the track in a catalogue that it is; None if neither is said."""
    inner = first_object(activity.get("object"))
    if inner is None:
        return None
    uri = web_address(first_id(inner))
    if first_type(inner, ("Track",)) is not None:
        if uri is None:
            return None
        # What it is, its own server is asked.
        return Listen(title=""), DescribedItem(uri=uri, kind=ItemKind.TRACK)
    title = _plain(inner, "title") or _plain(inner, "name")
    if not title:
        return None
    length = integer(inner.get("length"))
    return (
        Listen(
            title=title,
            artist=_plain(inner, "artist"),
            album=_plain(inner, "album"),
            duration_ms=length if length and length < _LONGEST_MS else None,
            url=web_address(inner.get("externalLink")),
        ),
        None,
    )


def _plain(document: JsonObject, name: str) -> str | None:
    said = text_of(document.get(name))
    return html_to_text(said[: 2 * _WORDS])[:_WORDS] or None if said else None
