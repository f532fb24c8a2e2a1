"""Works, editions, authors, albums, tracks, films as their servers describe them (sections 1 and 4 of the
interop notes of BookWyrm, 1 of Funkwhale's).

BookWyrm wrote its members in snake case in early versions, and in camel case since: both are read.
"""

from typing import Any

from weft.domain.items.records import (
    MOST_CREDITED,
    MOST_EXTERNALS,
    TEXT_LENGTH,
    TITLE_LENGTH,
    DescribedItem,
    ItemFacets,
    ItemKind,
)
from weft.domain.markup.plain import html_to_text
from weft.domain.posts.kinds import Credit
from weft.federation.dialects import JsonObject, Unreadable
from weft.federation.reading.values import own_address, picture, web_address
from weft.protocol.activitystreams import (
    duration_ms,
    first_id,
    first_type,
    ids,
    integer,
    number,
    objects,
    text_of,
)

_KINDS = {
    "Work": ItemKind.WORK,
    "Book": ItemKind.EDITION,
    "Edition": ItemKind.EDITION,
    "Author": ItemKind.PERSON,
    "Artist": ItemKind.PERSON,
    "Series": ItemKind.SERIES,
    "Album": ItemKind.ALBUM,
    "Track": ItemKind.TRACK,
    "Movie": ItemKind.FILM,
    "TVShow": ItemKind.SHOW,
    "TVSeason": ItemKind.SHOW,
    "TVEpisode": ItemKind.SHOW,
    "Game": ItemKind.GAME,
    "Podcast": ItemKind.PODCAST,
    "PodcastEpisode": ItemKind.PODCAST,
    "Performance": ItemKind.PERFORMANCE,
    "PerformanceProduction": ItemKind.PERFORMANCE,
}
_EXTERNALS = {
    "isbn10": "isbn10",
    "isbn13": "isbn13",
    "openlibraryKey": "openlibrary",
    "librarythingKey": "librarything",
    "goodreadsKey": "goodreads",
    "inventaireId": "inventaire",
    "oclcNumber": "oclc",
    "asin": "asin",
    "isfdb": "isfdb",
    "lccn": "lccn",
    "imdb": "imdb",
    "musicbrainzId": "musicbrainz",
    "isbn": "isbn13",
    "viaf": "viaf",
    "wikidata": "wikidata",
}
_PEOPLE = ("author", "director", "artist", "playwright", "developer", "host")
_SHORT, _OTHERS = 100, 20


def is_item(document: JsonObject | None) -> bool:
    """Is it something of a catalogue? (An ``Album`` with its own words is a post: Bandwagon.)"""
    return document is not None and first_type(document, _KINDS) is not None


def read_item(document: JsonObject) -> DescribedItem:
    """Something of a catalogue.

    Raises:
        Unreadable: it is none, or has no id or title.
    """
    uri, type_ = first_id(document.get("id")), first_type(document, _KINDS)
    if uri is None or type_ is None:
        raise Unreadable("nothing of a catalogue that has an id")
    kind = _KINDS[type_]
    title = (
        _words(document, "displayTitle") or _words(document, "title") or _words(document, "name")
    )
    if not title:
        raise Unreadable("a work without a title")
    made_by = [each for name in ("authors", "artists") for each in _listed(document.get(name))]
    for each in objects(document.get("artist_credit")):
        made_by += _listed(each.get("artist"))
    creators = [_credit(each) for each in made_by if isinstance(each, dict)]
    for name in _PEOPLE:
        creators += [Credit(each[:TITLE_LENGTH]) for each in _texts(document.get(name))]
    subtitle = _words(document, "subtitle")
    return DescribedItem(
        uri=uri,
        kind=kind,
        title=(f"{title}: {subtitle}" if subtitle else title)[:TITLE_LENGTH],
        sort_title=_words(document, "sortTitle"),
        parent_uri=_parent(document, uri, kind),
        facets=ItemFacets(
            description=_description(document),
            creators=tuple(each for each in creators if each.name)[:MOST_CREDITED],
            cover_url=_cover(document),
            url=own_address(web_address(document.get("url")), uri),
            owner_uri=own_address(
                first_id(document.get("attributedTo")) or first_id(document.get("actor")), uri
            ),
            languages=tuple(_texts(document.get("languages") or document.get("language")))[
                :_OTHERS
            ],
            released=_released(document),
            pages=_small(document.get("pages")),
            duration_ms=duration_ms(document.get("duration")) or None,
            position=_position(document),
            rating=_rating(document.get("rating")),
            other_titles=tuple(_texts(document.get("alternativeNames")))[:_OTHERS],
            members=tuple(ids(document.get("seriesBooks")))[:_OTHERS],
        ),
        externals=_externals(document),
        credited=tuple(
            named
            for each in made_by
            if (named := first_id(each)) is not None and named.startswith(("https:", "http:"))
        )[:MOST_CREDITED],
    )


def nested_items(document: JsonObject) -> list[DescribedItem]:
    """What a track or album embeds, makers first; what is of another server is left out."""
    uri = first_id(document.get("id")) or ""
    found: list[DescribedItem] = []
    for name in ("artists", "album"):
        for each in objects(document.get(name))[:MOST_CREDITED]:
            if own_address(first_id(each), uri) is None or not is_item(each):
                continue
            found += nested_items(each) if name == "album" else []
            try:
                found.append(read_item(each))
            except Unreadable:
                continue
    return list({each.uri: each for each in found}.values())


def _value(document: JsonObject, name: str) -> Any:
    if name in document:
        return document[name]
    snake = "".join(f"_{each.lower()}" if each.isupper() else each for each in name)
    return document.get(snake.replace("isbn1", "isbn_1"))


def _words(document: JsonObject, name: str) -> str | None:
    said = text_of(_value(document, name))
    return html_to_text(said[: 2 * TITLE_LENGTH])[:TITLE_LENGTH] or None if said else None


def _listed(value: Any) -> list[Any]:
    return value[:MOST_CREDITED] if isinstance(value, list) else [value] if value else []


def _texts(value: Any) -> list[str]:
    found = [each[:TITLE_LENGTH] for each in _listed(value) if isinstance(each, str) and each]
    return [each for each in found if not each.startswith(("https:", "http:"))]


def _credit(value: JsonObject) -> Credit:
    return Credit(_words(value, "name") or "", first_id(value))


def _parent(document: JsonObject, uri: str, kind: ItemKind) -> str | None:
    if kind is ItemKind.EDITION:
        return own_address(first_id(document.get("work")), uri)
    if kind is ItemKind.TRACK:
        return own_address(first_id(document.get("album")), uri)
    return None


def _description(document: JsonObject) -> str:
    for name in ("description", "brief", "summary", "content"):
        said = text_of(document.get(name))
        if said:
            return html_to_text(said[: 4 * TEXT_LENGTH])[:TEXT_LENGTH]
    return ""


def _cover(document: JsonObject) -> str | None:
    for name in ("cover", "image", "attachment", "cover_image_url", "icon"):
        if (found := picture(document.get(name))) is not None:
            return found
    return None


def _released(document: JsonObject) -> str | None:
    for name in ("publishedDate", "firstPublishedDate", "released", "year"):
        said = _value(document, name)
        said = str(said) if isinstance(said, int) else text_of(said)
        if said:
            return said[:40]
    return None


def _position(document: JsonObject) -> str | None:
    said = _value(document, "seriesNumber")
    said = said if said is not None else document.get("position")
    return str(said)[:_SHORT] if isinstance(said, (str, int)) and str(said) else None


def _small(value: Any) -> int | None:
    found = integer(value)
    return found if found is not None and 0 < found < 2**31 else None


def _rating(value: Any) -> float | None:
    found = number(value)
    return found if found is not None and 0 < found <= 10 else None


def _externals(document: JsonObject) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for name, scheme in _EXTERNALS.items():
        said = _value(document, name)
        if isinstance(said, str) and 0 < len(said.strip()) <= _SHORT:
            plain = said.strip()
            if scheme in ("isbn10", "isbn13"):
                plain = plain.replace("-", "").replace(" ", "").upper()
                if len(plain) != int(scheme[4:]):
                    continue
            found.setdefault(scheme, plain)
    return tuple(found.items())[:MOST_EXTERNALS]
