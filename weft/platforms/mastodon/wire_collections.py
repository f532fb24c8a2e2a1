"""How we write collections of people: FEP-7aa9 in Mastodon's form (A8 of the interop notes)."""

from typing import Any

from weft.domain.collections.keep import feature_stamp_uri, item_uri
from weft.domain.collections.records import Collection, Entry, collection_facets, collection_page
from weft.domain.events import (
    CollectionChanged,
    CollectionMade,
    CollectionRemoved,
    FeatureAnswered,
    FeatureRequested,
    FeatureRevoked,
    PersonFeatured,
    PersonUnfeatured,
)
from weft.domain.server import Server
from weft.federation.collection_facts import CollectionFacts
from weft.federation.rendering import About
from weft.platforms.mastodon.wire_out import AS, PUBLIC, JsonObject, timestamp

_FEP = "https://w3id.org/fep/7aa9#"

COLLECTION_CONTEXT: list[Any] = [
    AS,
    {
        "toot": "http://joinmastodon.org/ns#",
        "sensitive": "as:sensitive",
        "discoverable": "toot:discoverable",
        "Hashtag": "as:Hashtag",
        "FeaturedCollection": f"{_FEP}FeaturedCollection",
        "FeaturedItem": f"{_FEP}FeaturedItem",
        "topic": {"@id": f"{_FEP}topic", "@type": "@id"},
        "featuredObject": {"@id": f"{_FEP}featuredObject", "@type": "@id"},
        "featureAuthorization": {"@id": f"{_FEP}featureAuthorization", "@type": "@id"},
    },
]
FEATURE_CONTEXT: list[Any] = [
    AS,
    {
        "FeatureRequest": f"{_FEP}FeatureRequest",
        "FeatureAuthorization": f"{_FEP}FeatureAuthorization",
        "gts": "https://gotosocial.org/ns#",
        "interactingObject": {"@id": "gts:interactingObject", "@type": "@id"},
        "interactionTarget": {"@id": "gts:interactionTarget", "@type": "@id"},
    },
]
EVENTS = (
    CollectionMade,
    CollectionChanged,
    CollectionRemoved,
    PersonFeatured,
    PersonUnfeatured,
    FeatureRequested,
    FeatureAnswered,
    FeatureRevoked,
)


def write_collection(server: Server, facts: CollectionFacts) -> JsonObject:
    """A collection of ours, with those who agreed to be in it."""
    row = facts.collection
    told = collection_facets(row.facets)
    document: JsonObject = {
        "@context": COLLECTION_CONTEXT,
        "id": row.uri,
        "type": "FeaturedCollection",
        "name": row.name,
        "attributedTo": row.owner_uri,
        "url": row.url or collection_page(server, row.id),
        "sensitive": told.sensitive,
        "discoverable": row.discoverable,
        "published": timestamp(row.created_at),
        "updated": timestamp(row.updated_at),
        "totalItems": len(facts.entries),
        "orderedItems": [_item(server, each) for each in facts.entries],
    }
    if told.language:
        document["summaryMap"] = {told.language: row.summary or ""}
    else:
        document["summary"] = row.summary or ""
    if told.tag is not None:
        href = f"{server.origin}/tags/{told.tag.name}"
        document["topic"] = {"type": "Hashtag", "href": href, "name": f"#{told.tag.display}"}
    return document


def write_item(server: Server, collection: Collection, entry: Entry) -> JsonObject:
    """Somebody's place in a collection of ours, by itself."""
    return {"@context": COLLECTION_CONTEXT} | _item(server, entry) | {"partOf": collection.uri}


def _item(server: Server, entry: Entry) -> JsonObject:
    stamp = feature_stamp_uri(server, entry.id) if entry.target_local else entry.stamp_uri
    return {
        "id": item_uri(server, entry.id),
        "type": "FeaturedItem",
        "featuredObject": entry.target_uri,
        "featureAuthorization": stamp,
        "published": timestamp(entry.created_at),
    }


def write_feature_stamp(uri: str, collection_uri: str, person_uri: str) -> JsonObject:
    """The leave to be in a collection."""
    return {
        "@context": FEATURE_CONTEXT,
        "id": uri,
        "type": "FeatureAuthorization",
        "attributedTo": person_uri,
        "interactingObject": collection_uri,
        "interactionTarget": person_uri,
    }


def write_collection_activity(
    server: Server, uri: str, event: Any, about: About
) -> JsonObject | None:
    """What is told of collections; None when it is gone by now."""
    match event:
        case CollectionMade() | CollectionChanged() if about.collection is not None:
            document = write_collection(server, about.collection)
            del document["@context"]
            if isinstance(event, CollectionChanged):
                return _open(uri, "Update", about, document)
            target = {"target": f"{about.actor_uri}/featured_collections"}
            return _open(uri, "Add", about, document) | target
        case CollectionRemoved():
            target = {"target": f"{about.actor_uri}/featured_collections"}
            return _open(uri, "Remove", about, event.uri) | target
        case PersonFeatured() if about.collection is not None:
            entry = next((x for x in about.collection.entries if x.id == event.entry_id), None)
            if entry is None:
                return None
            target = {"target": about.collection.collection.uri}
            return _open(uri, "Add", about, _item(server, entry)) | target
        case PersonUnfeatured():
            return _open(uri, "Remove", about, event.item_uri) | {"target": event.collection_uri}
        case FeatureRequested():
            return _asking(uri, about.actor_uri, event.target_uri, event.collection_uri) | {
                "@context": FEATURE_CONTEXT,
                "to": [event.target_uri],
            }
        case FeatureAnswered() if about.object_uri is not None:
            answer = {
                "@context": FEATURE_CONTEXT,
                "id": uri,
                "type": "Reject" if event.stamp_uri is None else "Accept",
                "actor": about.actor_uri,
                "to": [about.object_uri],
                "object": _asking(
                    event.uri, about.object_uri, about.actor_uri, event.collection_uri
                ),
            }
            return answer | ({} if event.stamp_uri is None else {"result": event.stamp_uri})
        case FeatureRevoked():
            stamp = write_feature_stamp(event.stamp_uri, event.collection_uri, about.actor_uri)
            del stamp["@context"]
            gone = _open(uri, "Delete", about, stamp)
            return gone | {"@context": FEATURE_CONTEXT}
        case _:
            return None


def _open(uri: str, kind: str, about: About, object_: Any) -> JsonObject:
    """Collections are for everybody."""
    return {
        "@context": COLLECTION_CONTEXT,
        "id": uri,
        "type": kind,
        "actor": about.actor_uri,
        "to": [PUBLIC],
        "object": object_,
    }


def _asking(uri: str, actor: str, person: str, collection: str) -> JsonObject:
    return {
        "id": uri,
        "type": "FeatureRequest",
        "actor": actor,
        "object": person,
        "instrument": collection,
    }
