"""How we write: Mastodon's form of ActivityPub, which every platform reads.

Sources: the tables A2 (actor), A4 (notes, addressing) and A5 (outgoing forms) of the interop notes.
"""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from weft.domain.actors.queries import KeyRow
from weft.domain.actors.records import Actor, ActorKind, actor_facets
from weft.domain.collections.policy import feature_policy
from weft.domain.posts.records import Post, PostKind
from weft.domain.server import Server
from weft.domain.visibility.viewer import Visibility
from weft.federation.facts import PostFacts
from weft.federation.writing.leave import LEAVE_TERMS, leave_members
from weft.federation.writing.parts import (
    addressing,
    interaction_policy,
    object_link,
    quote_properties,
    write_poll,
)
from weft.federation.writing.posts import as_typed, edited, members
from weft.federation.writing.values import AS, PUBLIC, JsonObject, timestamp, write_emoji
from weft.protocol.keys import load_public_key

__all__ = [
    "ACTOR_CONTEXT",
    "APPROVAL_CONTEXT",
    "AS",
    "POST_CONTEXT",
    "PUBLIC",
    "STAMP_CONTEXT",
    "JsonObject",
    "addressing",
    "timestamp",
    "type_of_actor",
    "write_actor",
    "write_announce",
    "write_approval",
    "write_post",
    "write_stamp",
]

ACTOR_CONTEXT: list[Any] = [
    AS,
    "https://w3id.org/security/v1",
    "https://w3id.org/security/multikey/v1",
    {
        "toot": "http://joinmastodon.org/ns#",
        "schema": "http://schema.org#",
        "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
        "alsoKnownAs": {"@id": "as:alsoKnownAs", "@type": "@id"},
        "movedTo": {"@id": "as:movedTo", "@type": "@id"},
        "featured": {"@id": "toot:featured", "@type": "@id"},
        "featuredTags": {"@id": "toot:featuredTags", "@type": "@id"},
        "featuredCollections": {
            "@id": "https://w3id.org/fep/7aa9#featuredCollections",
            "@type": "@id",
        },
        "gts": "https://gotosocial.org/ns#",
        "interactionPolicy": {"@id": "gts:interactionPolicy", "@type": "@id"},
        "canFeature": {"@id": "https://w3id.org/fep/7aa9#canFeature", "@type": "@id"},
        "automaticApproval": {"@id": "gts:automaticApproval", "@type": "@id"},
        "attributionDomains": {"@id": "toot:attributionDomains", "@type": "@id"},
        "webfinger": "https://purl.archive.org/socialweb/webfinger#webfinger",
        "assertionMethod": {
            "@id": "sec:assertionMethod",
            "@type": "@id",
            "@container": "@set",
        },
        "discoverable": "toot:discoverable",
        "indexable": "toot:indexable",
        "memorial": "toot:memorial",
        "suspended": "toot:suspended",
        "showMedia": "toot:showMedia",
        "showRepliesInMedia": "toot:showRepliesInMedia",
        "showFeatured": "toot:showFeatured",
        "Emoji": "toot:Emoji",
        "PropertyValue": "schema:PropertyValue",
        "value": "schema:value",
    },
]
POST_CONTEXT: list[Any] = [
    AS,
    {
        "ostatus": "http://ostatus.org#",
        "toot": "http://joinmastodon.org/ns#",
        "litepub": "http://litepub.social/ns#",
        "sensitive": "as:sensitive",
        "Hashtag": "as:Hashtag",
        "atomUri": "ostatus:atomUri",
        "inReplyToAtomUri": "ostatus:inReplyToAtomUri",
        "conversation": "ostatus:conversation",
        "directMessage": "litepub:directMessage",
        "votersCount": "toot:votersCount",
        "Emoji": "toot:Emoji",
        "misskey": "https://misskey-hub.net/ns#",
        "fedibird": "http://fedibird.com/ns#",
        "gts": "https://gotosocial.org/ns#",
        "quote": {"@id": "https://w3id.org/fep/044f#quote", "@type": "@id"},
        "quoteAuthorization": {
            "@id": "https://w3id.org/fep/044f#quoteAuthorization",
            "@type": "@id",
        },
        "_misskey_quote": "misskey:_misskey_quote",
        "quoteUri": "fedibird:quoteUri",
        "quoteUrl": "as:quoteUrl",
        "interactionPolicy": {"@id": "gts:interactionPolicy", "@type": "@id"},
        "canQuote": {"@id": "gts:canQuote", "@type": "@id"},
        "automaticApproval": {"@id": "gts:automaticApproval", "@type": "@id"},
        "manualApproval": {"@id": "gts:manualApproval", "@type": "@id"},
        "approvedBy": LEAVE_TERMS["approvedBy"],
        "replyAuthorization": LEAVE_TERMS["replyAuthorization"],
        "blurhash": "toot:blurhash",
        "focalPoint": {"@container": "@list", "@id": "toot:focalPoint"},
        "FeaturedCollection": "https://w3id.org/fep/7aa9#FeaturedCollection",
    },
]

STAMP_CONTEXT: list[Any] = [
    AS,
    {
        "QuoteAuthorization": "https://w3id.org/fep/044f#QuoteAuthorization",
        "QuoteRequest": "https://w3id.org/fep/044f#QuoteRequest",
        "gts": "https://gotosocial.org/ns#",
        "interactingObject": {"@id": "gts:interactingObject", "@type": "@id"},
        "interactionTarget": {"@id": "gts:interactionTarget", "@type": "@id"},
    },
]

APPROVAL_CONTEXT: list[Any] = [
    AS,
    {
        "gts": "https://gotosocial.org/ns#",
        **{
            f"{what}{kind}": f"gts:{what}{kind}"
            for what in ("Like", "Reply", "Announce")
            for kind in ("Request", "Authorization")
        },
        "interactingObject": {"@id": "gts:interactingObject", "@type": "@id"},
        "interactionTarget": {"@id": "gts:interactionTarget", "@type": "@id"},
    },
]

_ACTOR_TYPES = {
    ActorKind.PERSON: "Person",
    ActorKind.SERVICE: "Service",
    ActorKind.APPLICATION: "Application",
    ActorKind.GROUP: "Group",
    ActorKind.ORGANIZATION: "Organization",
}


def type_of_actor(actor: Actor) -> str:
    return _ACTOR_TYPES[ActorKind(actor.kind)]


def write_actor(server: Server, actor: Actor, keys: Sequence[KeyRow]) -> JsonObject:
    """A local actor's document (A2); of a suspended one only the name and the keys are left."""
    suspended = actor.suspended_at is not None
    if suspended:
        actor = replace(
            actor, name=actor.username, summary="", icon_url=None, header_url=None, locked=False,
            discoverable=False, indexable=False, facets=None,
        )  # fmt: skip
    facets = actor_facets(actor.facets)
    document: JsonObject = {
        "@context": ACTOR_CONTEXT,
        "id": actor.uri,
        "type": type_of_actor(actor),
        "preferredUsername": actor.username,
        "name": actor.name,
        "summary": actor.summary,
        "url": actor.url,
        "inbox": actor.inbox,
        "outbox": actor.outbox,
        "followers": actor.followers_uri,
        "following": actor.following_uri,
        "featured": actor.featured_uri,
        "featuredTags": f"{actor.uri}/collections/tags",
        "webfinger": f"{actor.username}@{actor.domain}",
        "endpoints": {"sharedInbox": actor.shared_inbox},
        "manuallyApprovesFollowers": actor.locked,
        "discoverable": actor.discoverable,
        "indexable": actor.indexable,
        "memorial": facets.memorial,
        "showMedia": facets.show_media,
        "showRepliesInMedia": facets.show_media_replies,
        "showFeatured": facets.show_featured,
        "published": timestamp(actor.published_at - actor.published_at % 86_400_000),
        "tag": [write_emoji(server, each) for each in facets.emojis],
        "attachment": [
            {"type": "PropertyValue", "name": each.name, "value": each.value}
            for each in facets.fields
        ],
    }
    if actor.kind != ActorKind.APPLICATION:
        document["featuredCollections"] = f"{actor.uri}/featured_collections"
        document["interactionPolicy"] = {"canFeature": _can_feature(actor)}
    for name, url, alt in (
        ("icon", actor.icon_url, facets.icon_alt),
        ("image", actor.header_url, facets.header_alt),
    ):
        if url:
            document[name] = {"type": "Image", "url": url} | ({"summary": alt} if alt else {})
    if suspended:
        document["suspended"] = True
    if facets.also_known_as:
        document["alsoKnownAs"] = list(facets.also_known_as)
    if facets.moved_to:
        document["movedTo"] = facets.moved_to
    if facets.attribution_domains:
        document["attributionDomains"] = list(facets.attribution_domains)
    rsa = next((key for key in keys if key.algorithm == "rsa"), None)
    if rsa is not None:
        document["publicKey"] = {
            "id": rsa.key_id,
            "owner": actor.uri,
            "publicKeyPem": rsa.public_pem,
        }
    multikeys = [
        {
            "id": key.key_id,
            "type": "Multikey",
            "controller": actor.uri,
            "publicKeyMultibase": load_public_key(key.public_pem).multibase(),
        }
        for key in keys
        if key.algorithm == "ed25519"
    ]
    if multikeys:
        document["assertionMethod"] = multikeys
    return document


def _can_feature(actor: Actor) -> JsonObject:
    """Who may put somebody into a collection; nobody is written as themselves alone."""
    policy = feature_policy(actor)
    names = {"public": PUBLIC, "followers": actor.followers_uri}
    automatic = [uri for name in (policy.automatic if policy else ()) if (uri := names.get(name))]
    return {"automaticApproval": automatic or [actor.uri]}


def write_post(server: Server, facts: PostFacts) -> JsonObject:
    """A local post's document (A4); for a boost, its Announce."""
    post, author = facts.post, facts.author
    if post.boost_of_id is not None:
        return write_announce(facts, *addressing(facts))
    document = members(
        server,
        facts,
        "Question" if facts.poll else _post_type(post),
        atomUri=post.uri,
        inReplyToAtomUri=post.in_reply_to_uri,
    )
    if facts.places:
        document["audience"] = facts.places[0].uri
    document |= leave_members(facts.leave)
    if facts.quote is not None:
        document |= quote_properties(facts.quote, facts.quoted_url)
        document["tag"].append(object_link(facts.quote.target_uri, facts.quoted_url))
    if (policy := interaction_policy(post, author)) is not None:
        document["interactionPolicy"] = policy
    if post.language:
        document["contentMap"] = {post.language: document["content"]}
    if facts.context_uri is not None:
        document["context"] = facts.context_uri
        document["conversation"] = facts.context_uri
    if post.title:
        document["name"] = post.title
    document |= edited(post)
    if post.visibility >= Visibility.FOLLOWERS:
        document["directMessage"] = post.visibility == Visibility.DIRECT
    document |= as_typed(post)
    if facts.stats is not None:
        for name, total in (("likes", facts.stats.likes), ("shares", facts.stats.boosts)):
            document[name] = {
                "id": f"{post.uri}/{name}",
                "type": "Collection",
                "totalItems": total,
            }
    if facts.poll is not None:
        document |= write_poll(server, facts)
    return document


def write_stamp(uri: str, author_uri: str, quoting_uri: str, quoted_uri: str) -> JsonObject:
    """The leave to quote a post (FEP-044f)."""
    return {
        "@context": STAMP_CONTEXT,
        "id": uri,
        "type": "QuoteAuthorization",
        "attributedTo": author_uri,
        "interactingObject": quoting_uri,
        "interactionTarget": quoted_uri,
    }


def write_approval(
    kind: str, uri: str, author_uri: str, interaction_uri: str, target_uri: str
) -> JsonObject:
    """The leave to like, answer or boost a post (GoToSocial's)."""
    return {
        "@context": APPROVAL_CONTEXT,
        "id": uri,
        "type": f"{kind}Authorization",
        "attributedTo": author_uri,
        "interactingObject": interaction_uri,
        "interactionTarget": target_uri,
    }


def write_announce(facts: PostFacts, to: list[str], cc: list[str]) -> JsonObject:
    return {
        "id": facts.post.uri,
        "type": "Announce",
        "actor": facts.author.uri,
        "published": timestamp(facts.post.published_at),
        "to": to,
        "cc": cc,
        "object": facts.target.post.uri if facts.target else None,
        **leave_members(facts.leave),
    }


def _post_type(post: Post) -> str:
    match PostKind(post.kind):
        case PostKind.ARTICLE:
            return "Article"
        case PostKind.LINK | PostKind.THREAD:
            return "Page"
        case _:
            return "Note"
