"""From a stored activity to the bytes that are sent: once per activity and dialect, however many hosts
are spoken to in it, and at once.

An ``activity`` row keeps the event, not the document: what is sent is what the post says when it is
sent, in the dialect of who receives it. The id stays the same however often it is sent.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import msgspec
import structlog

from weft.domain.actors.queries import KeyRow, actor_by_id, keys_of
from weft.domain.actors.records import Actor, ActorKind
from weft.domain.communities.keep import community_by_id
from weft.domain.events import (
    Announced,
    Blocked,
    BlockUndone,
    Boosted,
    CollectionChanged,
    CollectionMade,
    Event,
    FeatureAnswered,
    FollowAnswered,
    FollowRequested,
    FollowUndone,
    InteractionAllowed,
    LeaveAsked,
    Moderated,
    Passed,
    PersonFeatured,
    PostEdited,
    PostPublished,
    ProfileChanged,
    QuoteAnswered,
    QuoteRequested,
    Reacted,
    ReactionUndone,
    Relayed,
    VoteCast,
)
from weft.domain.interactions.queries import leave_of_reaction
from weft.domain.interactions.records import InteractionLeave, LeaveKind
from weft.domain.posts.queries import post_by_id
from weft.domain.reactions.react import Reaction, reaction_by_id, reactions_by_actor
from weft.domain.server import Server
from weft.domain.visibility.viewer import Anonymous
from weft.federation.collection_facts import CollectionFacts, collection_facts
from weft.federation.dialects import Dialect, JsonObject
from weft.federation.documents.groups import group_members, with_members, write_announced
from weft.federation.documents.queries import activity_by_id
from weft.federation.facts import PostFacts, post_facts
from weft.federation.keyring import KeyRing
from weft.protocol.activitystreams import ids, is_public
from weft.protocol.json_input import decode
from weft.protocol.ldsignatures import BadLdSignature, ld_sign
from weft.protocol.proofs import with_proof
from weft.storage.database import Database

_events: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_encode = msgspec.json.Encoder().encode
CACHED = 1024

Key: TypeAlias = tuple[int, str, bool]
"""Activity, dialect, and whether a relay gets it."""

log = structlog.get_logger("weft.lanes")


@dataclass(frozen=True, slots=True)
class About:
    """What an event is about, as it is now."""

    actor_uri: str
    actor: Actor | None = None
    keys: tuple[KeyRow, ...] = ()
    post: PostFacts | None = None
    reaction: Reaction | None = None
    object_uri: str | None = None
    collection: CollectionFacts | None = None
    leave: InteractionLeave | None = None
    """That the like is wanted."""
    community: Actor | None = None
    """Where a moderator does something, and where it lists who they are."""
    moderators_uri: str | None = None
    others: tuple[Reaction, ...] = ()
    """Of a reaction: all that the same person says of the same post without words."""


def _as_meant(facts: PostFacts | None, event: LeaveAsked) -> PostFacts | None:
    """A post that waits for leave, with the reach that it will have."""
    if facts is None:
        return None
    meant = msgspec.structs.replace(facts.post, visibility=event.visibility)
    return replace(facts, post=meant)


class Renderer:
    """Renders activities and remembers the last few hundred bodies."""

    def __init__(self, db: Database, server: Server, keys: KeyRing) -> None:
        self._db = db
        self._keys = keys
        self._server = server
        self._bodies: OrderedDict[Key, bytes | None] = OrderedDict()
        self._doing: dict[Key, asyncio.Task[bytes | None]] = {}

    async def body(
        self,
        activity_id: int,
        uri: str,
        actor_id: int,
        stored_event: str,
        dialect: Dialect,
        relayed: bool = False,
    ) -> bytes | None:
        """The activity's bytes, or None when there is nothing left to tell. ``relayed`` is what a
        relay passes on."""
        key = (activity_id, dialect.name, relayed)
        if key in self._bodies:
            self._bodies.move_to_end(key)
            return self._bodies[key]
        task = self._doing.get(key)
        if task is None:
            task = asyncio.create_task(
                self._rendered(uri, actor_id, stored_event, dialect, relayed)
            )
            self._doing[key] = task
            task.add_done_callback(lambda done: self._keep(key, done))
        # One lane that ends takes nothing from the others.
        return await asyncio.shield(task)

    def _keep(self, key: Key, done: asyncio.Task[bytes | None]) -> None:
        self._doing.pop(key, None)
        if done.cancelled() or done.exception() is not None:
            return
        self._bodies[key] = done.result()
        if len(self._bodies) > CACHED:
            self._bodies.popitem(last=False)

    async def _rendered(
        self, uri: str, actor_id: int, stored_event: str, dialect: Dialect, relayed: bool
    ) -> bytes | None:
        event = _events.decode(stored_event)
        if isinstance(event, Passed):
            # Not a byte may change: others sign for it.
            return event.body.encode()
        about = await self._about(event, actor_id)
        document = None
        if about is not None and isinstance(event, Announced):
            document = await self._announced(uri, event, about, dialect)
        elif about is not None:
            document = dialect.write_activity(self._server, uri, event, about)
            if document is not None and isinstance(event, ProfileChanged):
                document = await self._of_group(document, about)
        if document is None:
            return None
        return _encode(await self._proved(document, actor_id, relayed))

    async def _of_group(self, document: JsonObject, about: About) -> JsonObject:
        """The profile in an Update is that of a community if it is one's."""
        if about.actor is None or about.actor.kind != ActorKind.GROUP:
            return document
        profile = with_members(document["object"], await group_members(self._db, about.actor))
        return with_members(document, {"object": profile})

    async def _announced(
        self, uri: str, event: Announced, about: About, dialect: Dialect
    ) -> JsonObject | None:
        """What a community passes on: not a word of another server's is changed."""
        if event.activity_id is None:
            return write_announced(uri, about.actor, decode(event.body.encode()))
        row = await self._db.one(activity_by_id, id=event.activity_id)
        if row is None:
            return None
        body = await self.body(row.id, row.uri, row.actor_id, row.event, dialect)
        return write_announced(uri, about.actor, decode(body)) if body is not None else None

    async def _proved(self, document: JsonObject, actor_id: int, relayed: bool) -> JsonObject:
        """With a proof, if it is for everybody: whoever passes it on need not be believed."""
        if not any(is_public(each) for name in ("to", "cc") for each in ids(document.get(name))):
            return document
        if relayed:
            signed = await self._ld_signed(document, actor_id)
            if signed is not None:
                return signed
        key = await self._keys.proving(actor_id)
        if key is None:
            return document
        return with_proof(document, key.key, key.key_id, self._server.now_ms() // 1000)

    async def _ld_signed(self, document: JsonObject, actor_id: int) -> JsonObject | None:
        """With the older kind of signature, the only one that relays' subscribers all know. In a
        thread: making the text that is signed takes milliseconds."""
        key = await self._keys.signing(actor_id)
        if key is None:
            return None
        try:
            now_s = self._server.now_ms() // 1000
            return await asyncio.to_thread(ld_sign, document, key.key, key.key_id, now_s)
        except BadLdSignature as error:
            log.warning("not signed for relays", activity=document.get("id"), why=str(error))
            return None

    async def _about(self, event: Any, actor_id: int) -> About | None:
        actor = await self._db.one(actor_by_id, id=actor_id)
        if actor is None:
            return None
        match event:
            case (
                PostPublished()
                | PostEdited()
                | Boosted()
                | QuoteRequested()
                | VoteCast()
                | Relayed()
            ):
                facts = await post_facts(self._db, self._server, event.post_id)
                return About(actor_uri=actor.uri, actor=actor, post=facts)
            case LeaveAsked() if event.kind != LeaveKind.LIKE:
                facts = await post_facts(self._db, self._server, event.subject_id)
                return About(actor_uri=actor.uri, actor=actor, post=_as_meant(facts, event))
            case LeaveAsked():
                reaction = await self._db.one(reaction_by_id, id=event.subject_id)
                return About(
                    actor_uri=actor.uri, actor=actor, reaction=reaction,
                    object_uri=event.target_uri,
                )  # fmt: skip
            case Reacted():
                reaction = await self._db.one(reaction_by_id, id=event.reaction_id)
                leave = await self._db.one(leave_of_reaction, reaction_id=event.reaction_id)
                facts = await post_facts(self._db, self._server, event.post_id)
                return About(
                    actor_uri=actor.uri,
                    actor=actor,
                    post=facts,
                    reaction=reaction,
                    object_uri=facts.post.uri if facts else None,
                    leave=leave,
                    others=await self._others(event),
                )
            case ReactionUndone():
                post = await self._db.one(post_by_id, id=event.post_id)
                return About(
                    actor_uri=actor.uri,
                    actor=actor,
                    object_uri=post.uri if post else None,
                    others=await self._others(event),
                )
            case CollectionMade() | CollectionChanged() | PersonFeatured():
                found = await collection_facts(self._db, event.collection_id, Anonymous())
                return About(actor_uri=actor.uri, actor=actor, collection=found)
            case Moderated():
                community = await self._db.one(actor_by_id, id=event.community_id)
                known = await self._db.one(community_by_id, id=event.community_id)
                listed = known.moderators_uri if known is not None else None
                return About(
                    actor_uri=actor.uri, actor=actor, community=community, moderators_uri=listed
                )
            case ProfileChanged():
                keys = tuple(await self._db.all(keys_of, actor_id=actor_id))
                return About(actor_uri=actor.uri, actor=actor, keys=keys)
            case _:
                return About(
                    actor_uri=actor.uri, actor=actor, object_uri=await self._other(event, actor_id)
                )

    async def _others(self, event: Reacted | ReactionUndone) -> tuple[Reaction, ...]:
        rows = await self._db.all(
            reactions_by_actor, post_ids=[event.post_id], actor_id=event.actor_id
        )
        return tuple(rows)

    async def _other(self, event: Any, actor_id: int) -> str | None:
        """The other end of a follow or a block."""
        match event:
            case FollowRequested() | FollowUndone() | FollowAnswered():
                ends = (event.follower_id, event.target_id)
            case InteractionAllowed():
                ends = (event.actor_id, event.requester_id)
            case QuoteAnswered():
                ends = (event.actor_id, event.quoter_id)
            case FeatureAnswered():
                ends = (event.actor_id, event.owner_id)
            case Blocked() | BlockUndone():
                ends = (event.actor_id, event.target_id)
            case _:
                return None
        other = ends[1] if ends[0] == actor_id else ends[0]
        actor = await self._db.one(actor_by_id, id=other)
        return actor.uri if actor else None
