"""Mastodon's dialect, which is also the generic one: every platform reads it."""

from collections.abc import Sequence
from typing import Any

from weft.domain.actors.queries import KeyRow
from weft.domain.actors.records import Actor
from weft.domain.actors.store import RemoteActor
from weft.domain.collections.records import Collection, Entry
from weft.domain.server import Server
from weft.federation.collection_facts import CollectionFacts
from weft.federation.dialects import JsonObject, RemotePost
from weft.federation.facts import PostFacts
from weft.federation.reading.actors import read_actor
from weft.federation.reading.posts import read_post
from weft.platforms.mastodon import activities, wire_collections, wire_out


class MastodonDialect:
    """See ``weft.federation.dialects.Dialect``."""

    name = "mastodon"
    post_context = wire_out.POST_CONTEXT

    def timestamp(self, at_ms: int) -> str:
        return wire_out.timestamp(at_ms)

    def type_of_actor(self, actor: Actor) -> str:
        return wire_out.type_of_actor(actor)

    def write_actor(self, server: Server, actor: Actor, keys: Sequence[KeyRow]) -> JsonObject:
        return wire_out.write_actor(server, actor, keys)

    def write_post(self, server: Server, facts: PostFacts) -> JsonObject:
        return wire_out.write_post(server, facts)

    def write_activity(self, server: Server, uri: str, event: Any, about: Any) -> JsonObject | None:
        return activities.write_activity(server, uri, event, about)

    def write_stamp(
        self, uri: str, author_uri: str, quoting_uri: str, quoted_uri: str
    ) -> JsonObject:
        return wire_out.write_stamp(uri, author_uri, quoting_uri, quoted_uri)

    def write_collection(self, server: Server, facts: CollectionFacts) -> JsonObject:
        return wire_collections.write_collection(server, facts)

    def write_item(self, server: Server, collection: Collection, entry: Entry) -> JsonObject:
        return wire_collections.write_item(server, collection, entry)

    def write_feature_stamp(self, uri: str, collection_uri: str, person_uri: str) -> JsonObject:
        return wire_collections.write_feature_stamp(uri, collection_uri, person_uri)

    def write_approval(
        self, kind: str, uri: str, author_uri: str, interaction_uri: str, target_uri: str
    ) -> JsonObject:
        return wire_out.write_approval(kind, uri, author_uri, interaction_uri, target_uri)

    def read_actor(self, document: JsonObject) -> RemoteActor:
        return read_actor(document)

    def read_post(self, document: JsonObject, followers_uri: str | None) -> RemotePost:
        return read_post(document, followers_uri)
