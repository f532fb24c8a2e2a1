"""Shelves, lists of books, playlists and libraries, and what stands on them.

BookWyrm, NeoDB, PeerTube and Funkwhale; NeoDB's ``Shelf`` has BookWyrm's name and other members, told by
``owner``, which only BookWyrm writes (section 4 of the interop notes of BookWyrm).
"""

from typing import Any, get_args

from weft.domain.items.records import DescribedItem, ItemKind
from weft.domain.markup.plain import html_to_text
from weft.domain.pins.queries import CollectionKind
from weft.domain.shelves.records import (
    NAME_LENGTH,
    NOTE_LENGTH,
    SUMMARY_LENGTH,
    Curation,
    DescribedPlace,
    DescribedShelf,
    PlaceFacets,
    ShelfFacets,
)
from weft.domain.visibility.viewer import Visibility
from weft.federation.dialects import JsonObject, Unreadable
from weft.federation.reading.items import is_item, read_item
from weft.federation.reading.values import count, own_address, picture, web_address
from weft.protocol.activitystreams import (
    first_id,
    first_object,
    first_type,
    integer,
    number,
    text_of,
    when_ms,
)
from weft.protocol.addressing import visibility_of
from weft.protocol.origins import same_origin

_KINDS = {
    "Shelf": CollectionKind.SHELF,
    "BookList": CollectionKind.BOOKS,
    "Playlist": CollectionKind.PLAYLIST,
    "Library": CollectionKind.LIBRARY,
}
_PLACES = ("ShelfItem", "ListItem", "SuggestionListItem", "PlaylistElement")
_LONGEST_MS = 30 * 24 * 3_600_000


def is_shelf(document: JsonObject | None) -> bool:
    return document is not None and first_type(document, _KINDS) is not None


def is_place(document: JsonObject | None) -> bool:
    """Is it an item's place on a shelf?"""
    return document is not None and first_type(document, _PLACES) is not None


def read_shelf(document: JsonObject, followers_uri: str | None) -> DescribedShelf:
    """A shelf without what stands on it.

    Raises:
        Unreadable: it is none, or does not say whose it is.
    """
    uri, type_ = first_id(document.get("id")), first_type(document, _KINDS)
    if uri is None or type_ is None:
        raise Unreadable("not a shelf with an id")
    owner = (
        first_id(document.get("owner"))
        or first_id(document.get("attributedTo"))
        or first_id(document.get("actor"))
    )
    if owner is None or not same_origin(owner, uri):
        raise Unreadable("the shelf names no owner on its own server")
    curation = document.get("curation")
    known: tuple[Curation, ...] = get_args(Curation)
    summary = text_of(document.get("summary")) or text_of(document.get("content")) or ""
    return DescribedShelf(
        uri=uri,
        owner_uri=owner,
        kind=_KINDS[type_],
        name=_plain(document.get("name"), NAME_LENGTH),
        summary=_plain(summary, SUMMARY_LENGTH),
        visibility=_reach(document, type_, followers_uri),
        facets=ShelfFacets(
            url=own_address(
                web_address(document.get("url")) or web_address(document.get("href")), uri
            ),
            cover_url=picture(document.get("icon")),
            curation=next((each for each in known if each == curation), "closed"),
            total=count(document.get("totalItems")) if "totalItems" in document else None,
        ),
        published_at=when_ms(document.get("published")),
        updated_at=when_ms(document.get("updated")),
    )


def read_place(document: JsonObject, shelf_uri: str) -> DescribedPlace | None:
    """One thing on a shelf: its own place, or itself. None for what names nothing.

    What a page embeds of another server's only holds the place: that server is to be asked."""
    if is_place(document):
        uri = own_address(first_id(document.get("id")), shelf_uri)
        named = next(
            (document[each] for each in ("book", "withRegardTo", "url") if document.get(each)), None
        )
        if first_type(document, ("PlaylistElement",)) is not None and named is None:
            # A video that is gone: the slot stays.
            if uri is None:
                return None
            item = DescribedItem(uri=uri, kind=ItemKind.VIDEO)
        else:
            found = _item(named, shelf_uri, _kind_of(document))
            if found is None:
                return None
            item = found
        return DescribedPlace(
            item=item,
            uri=uri,
            position=_position(document),
            facets=PlaceFacets(
                note=_plain(document.get("notes") or document.get("commentText"), NOTE_LENGTH),
                start_ms=_milliseconds(document.get("startTimestamp")),
                stop_ms=_milliseconds(document.get("stopTimestamp")),
                adder_uri=own_address(first_id(document.get("actor")), shelf_uri),
                post_uri=web_address(document.get("post")),
            ),
        )
    track = first_object(document.get("track"))
    if first_type(document, ("Audio",)) is not None and track is not None:
        found = _item(track, shelf_uri, ItemKind.TRACK)
        upload = own_address(first_id(document), shelf_uri)
        if found is None or upload is None:
            return None
        return DescribedPlace(item=found, uri=upload, facets=PlaceFacets(post_uri=upload))
    found = _item(document, shelf_uri, ItemKind.OTHER) if is_item(document) else None
    return DescribedPlace(item=found) if found is not None else None


def _kind_of(document: JsonObject) -> ItemKind:
    if first_type(document, ("PlaylistElement",)) is not None:
        return ItemKind.VIDEO
    return ItemKind.EDITION if document.get("book") else ItemKind.OTHER


def _item(named: Any, shelf_uri: str, kind: ItemKind) -> DescribedItem | None:
    uri = first_id(named)
    if uri is None or web_address(uri) is None:
        return None
    if isinstance(named, dict) and is_item(named) and same_origin(uri, shelf_uri):
        try:
            return read_item(named)
        except Unreadable:
            pass
    return DescribedItem(uri=uri, kind=kind)


def _plain(value: Any, most: int) -> str:
    said = text_of(value)
    return html_to_text(said[: 4 * most])[:most] if said else ""


def _reach(document: JsonObject, type_: str, followers_uri: str | None) -> Visibility:
    if "to" not in document and "cc" not in document and type_ == "Shelf":
        return Visibility.UNLISTED  # NeoDB's: whoever is given one may read it
    # PeerTube names the channel in ``audience``, and Funkwhale a word.
    bare = {key: value for key, value in document.items() if key != "audience"}
    return Visibility[visibility_of(bare, followers_uri).name]


def _position(document: JsonObject) -> int | None:
    for name in ("position", "order"):
        found = integer(document.get(name))
        if found is not None and 0 <= found < 2**31:
            return found
    return None


def _milliseconds(value: Any) -> int | None:
    seconds = number(value)
    if seconds is None or not 0 <= seconds * 1000 < _LONGEST_MS:
        return None
    return round(seconds * 1000)
