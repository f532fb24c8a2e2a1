"""Collections of people, and who may be put into them (FEP-7aa9; A8 of the interop notes)."""

from typing import Any

from weft.domain.actors.records import FeaturePolicy
from weft.domain.collections.records import (
    MOST_REMOTE_MEMBERS,
    REMOTE_NAME_LENGTH,
    REMOTE_SUMMARY_LENGTH,
    CollectionFacets,
    RemoteCollection,
    RemoteItem,
)
from weft.domain.markup.extract import is_hashtag, tag_name
from weft.domain.markup.plain import html_to_text
from weft.domain.posts.records import Tag
from weft.federation.dialects import JsonObject, Unreadable
from weft.federation.reading.quotes import interaction_rule
from weft.federation.reading.values import own_address
from weft.protocol.activitystreams import (
    boolean,
    first_id,
    first_type,
    ids,
    objects,
    text_of,
    when_ms,
)
from weft.protocol.origins import same_origin

_LANGUAGE_LENGTH = 35  # the longest that BCP 47 (4.4.1) asks to have room for
_TAG_LENGTH = 100
_PLACES = ("orderedItems", "items")


def feature_policy(document: JsonObject, actor: str) -> FeaturePolicy | None:
    """An actor's ``interactionPolicy.canFeature``."""
    rules = interaction_rule(document, "canFeature", actor, first_id(document.get("followers")))
    return FeaturePolicy(*rules) if rules is not None else None


def is_collection(document: JsonObject | None) -> bool:
    return document is not None and first_type(document, ("FeaturedCollection",)) is not None


def read_collection(document: JsonObject) -> RemoteCollection:
    """A collection; people are in it who have an item of their own, on its server.

    Raises:
        Unreadable: it is none, or does not say whose it is.
    """
    uri, owner = first_id(document.get("id")), first_id(document.get("attributedTo"))
    if not is_collection(document) or uri is None:
        raise Unreadable("not a FeaturedCollection with an id")
    if owner is None or not same_origin(owner, uri):
        raise Unreadable("the collection names no owner on its own server")
    language, summary = _summary(document)
    facets = CollectionFacets(
        language=language,
        sensitive=boolean(document.get("sensitive")) is True,
        tag=_tag(document),
    )
    found: dict[str, RemoteItem] = {}
    for name in _PLACES:
        for each in objects(document.get(name))[:MOST_REMOTE_MEMBERS]:
            item = read_item(each, uri)
            if item is not None and len(found) < MOST_REMOTE_MEMBERS:
                found.setdefault(item.uri, item)
    return RemoteCollection(
        uri=uri,
        owner_uri=owner,
        url=next(
            (own for each in ids(document.get("url")) if (own := own_address(each, uri))), None
        ),
        name=html_to_text(text_of(document.get("name")) or "")[:REMOTE_NAME_LENGTH],
        summary=summary,
        facets=facets,
        discoverable=boolean(document.get("discoverable")) is not False,
        published_at=when_ms(document.get("published")),
        updated_at=when_ms(document.get("updated")),
        items=tuple(found.values()),
    )


def read_item(document: JsonObject, collection_uri: str) -> RemoteItem | None:
    """Somebody's place in a collection; None for what is none, or of another server."""
    uri, target = first_id(document.get("id")), first_id(document.get("featuredObject"))
    if first_type(document, ("FeaturedItem",)) is None or uri is None or target is None:
        return None
    if not same_origin(uri, collection_uri):
        return None
    stamp = first_id(document.get("featureAuthorization"))
    return RemoteItem(uri, target, stamp, when_ms(document.get("published")))


def _summary(document: JsonObject) -> tuple[str | None, str]:
    """The language and the text of a description."""
    by_language: Any = next(iter(objects(document.get("summaryMap"))), None)
    language, text = None, text_of(document.get("summary"))
    for name, value in (by_language or {}).items():
        if isinstance(value, str) and len(name) <= _LANGUAGE_LENGTH:
            language, text = name, value
            break
    plain = html_to_text((text or "")[: 4 * REMOTE_SUMMARY_LENGTH])
    return language, plain[:REMOTE_SUMMARY_LENGTH]


def _tag(document: JsonObject) -> Tag | None:
    topic = next(iter(objects(document.get("topic"))), None)
    display = (text_of(topic.get("name")) or "").removeprefix("#") if topic is not None else ""
    if not display or len(display) > _TAG_LENGTH or not is_hashtag(display):
        return None
    return Tag(name=tag_name(display), display=display)
