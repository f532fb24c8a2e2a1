"""How we write: Mastodon's form of ActivityPub, which every platform reads.

Sources: the tables A2 (actor), A4 (notes, addressing) and A5 (outgoing forms) of the interop notes.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

from msgspec.structs import replace

from weft.domain.actors.queries import KeyRow
from weft.domain.actors.records import Actor, ActorKind, actor_facets
from weft.domain.collections.policy import feature_policy
from weft.domain.media.facets import media_facets
from weft.domain.media.records import MediaKind
from weft.domain.posts.queries import AttachmentRow
from weft.domain.posts.records import Post, PostKind, post_facets
from weft.domain.quotes.policy import policy_of
from weft.domain.quotes.queries import Quote
from weft.domain.server import Server
from weft.domain.visibility.viewer import Visibility
from weft.federation.facts import PostFacts
from weft.platforms.mastodon.wire_leave import LEAVE_TERMS, leave_members
from weft.protocol.keys import load_public_key

JsonObject = dict[str, Any]

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
AS = "https://www.w3.org/ns/activitystreams"

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


def timestamp(at_ms: int) -> str:
    """RFC 3339 with milliseconds, UTC."""
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


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


_PICTURES = {"png": "image/png", "gif": "image/gif", "webp": "image/webp"}


def _media_type(url: str) -> JsonObject:
    """Our files say by their names what they are."""
    kind = _PICTURES.get(url.rpartition(".")[2])
    return {"mediaType": kind} if kind is not None else {}


def write_emoji(server: Server, emoji: Any) -> JsonObject:
    return {
        "id": emoji.uri or f"{server.origin}/emojis/{emoji.shortcode}",
        "type": "Emoji",
        "name": f":{emoji.shortcode}:",
        "icon": {"type": "Image", **_media_type(emoji.url), "url": emoji.url},
    }


def addressing(facts: PostFacts) -> tuple[list[str], list[str]]:
    """``to`` and ``cc`` of a post (A4, outgoing)."""
    post, author = facts.post, facts.author
    followers = [author.followers_uri] if author.followers_uri else []
    named = [actor.uri for actor in facts.addressed]
    if post.boost_of_id is not None and facts.target is not None:
        named = [facts.target.author.uri]
    match Visibility(post.visibility):
        case Visibility.PUBLIC:
            return [PUBLIC], followers + named
        case Visibility.UNLISTED:
            return followers, [PUBLIC, *named]
        case Visibility.FOLLOWERS:
            return followers, named
        case _:
            return named, []


def write_post(server: Server, facts: PostFacts) -> JsonObject:
    """A local post's document (A4); for a boost, its Announce."""
    post, author = facts.post, facts.author
    to, cc = addressing(facts)
    if post.boost_of_id is not None:
        return write_announce(facts, to, cc)
    document: JsonObject = {
        "id": post.uri,
        "type": "Question" if facts.poll else _post_type(post),
        "summary": post.summary,
        "inReplyTo": post.in_reply_to_uri,
        "published": timestamp(post.published_at),
        "url": post.url or f"{author.url}/{post.id}",
        "attributedTo": author.uri,
        "to": to,
        "cc": cc,
        "sensitive": post.sensitive or author.sensitized_at is not None,
        "atomUri": post.uri,
        "inReplyToAtomUri": post.in_reply_to_uri,
        "content": post.content,
        "attachment": [_attachment(server, each) for each in facts.attachments],
        "tag": _tags(server, facts),
        "replies": f"{post.uri}/replies",
    }
    if facts.places:
        document["audience"] = facts.places[0].uri
    document |= leave_members(facts.leave)
    if facts.quote is not None:
        document |= quote_properties(facts.quote, facts.quoted_url)
        document["content"] = quote_fallback(facts) + post.content
        document["tag"].append(_object_link(facts.quote.target_uri, facts.quoted_url))
    if (policy := interaction_policy(post, author)) is not None:
        document["interactionPolicy"] = policy
    if post.language:
        document["contentMap"] = {post.language: document["content"]}
    if facts.context_uri is not None:
        document["context"] = facts.context_uri
        document["conversation"] = facts.context_uri
    if post.title:
        document["name"] = post.title
    if post.edited_at is not None:
        document["updated"] = timestamp(post.edited_at)
    if post.visibility >= Visibility.FOLLOWERS:
        document["directMessage"] = post.visibility == Visibility.DIRECT
    if post.source is not None and post.source_format:
        document["source"] = {"content": post.source, "mediaType": post.source_format}
    if facts.stats is not None:
        for name, total in (("likes", facts.stats.likes), ("shares", facts.stats.boosts)):
            document[name] = {
                "id": f"{post.uri}/{name}",
                "type": "Collection",
                "totalItems": total,
            }
    if facts.poll is not None:
        document |= _poll(server, facts)
    return document


def quote_properties(quote: Quote, url: str | None) -> JsonObject:
    """What a quote is called by those who read quotes (FEP-044f and its three elders)."""
    document: JsonObject = {
        "quote": quote.target_uri,
        "_misskey_quote": quote.target_uri,
        "quoteUri": quote.target_uri,
        "quoteUrl": url or quote.target_uri,
    }
    if quote.stamp_uri is not None:
        document["quoteAuthorization"] = quote.stamp_uri
    return document


def quote_fallback(facts: PostFacts) -> str:
    """The link for those who do not read quotes; those who do hide it by its class."""
    if facts.quote is None:
        return ""
    url = escape(facts.quoted_url or facts.quote.target_uri)
    return f'<p class="quote-inline">RE: <a href="{url}">{url}</a></p>'


def _object_link(uri: str, url: str | None) -> JsonObject:
    """FEP-e232."""
    return {
        "type": "Link",
        "mediaType": 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
        "href": uri,
        "name": f"RE: {url or uri}",
        "rel": "https://misskey-hub.net/ns#_misskey_quote",
    }


def interaction_policy(post: Post, author: Actor) -> JsonObject | None:
    """Who may quote (FEP-044f). Nobody is written as the author alone, because JSON-LD cannot tell
    an empty list from none."""
    policy = policy_of(post)
    if policy is None:
        return None
    names = {
        "public": PUBLIC,
        "followers": author.followers_uri,
        "following": author.following_uri,
    }
    automatic = [uri for name in policy.automatic if (uri := names.get(name))]
    manual = [uri for name in policy.manual if (uri := names.get(name))]
    can_quote: JsonObject = {"automaticApproval": automatic or [author.uri]}
    if manual:
        can_quote["manualApproval"] = manual
    return {"canQuote": can_quote}


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


def _attachment(server: Server, row: AttachmentRow) -> JsonObject:
    document: JsonObject = {
        "type": "Document",
        "mediaType": row.content_type,
        "url": server.media_url(row.store_key) if row.store_key else row.remote_url,
        "name": row.description,
    }
    if row.blurhash:
        document["blurhash"] = row.blurhash
    if row.focus_x is not None and row.focus_y is not None:
        document["focalPoint"] = [row.focus_x, row.focus_y]
    if row.width and row.height:
        document |= {"width": row.width, "height": row.height}
    if row.duration_ms:
        document["duration"] = f"PT{row.duration_ms / 1000:.3f}".rstrip("0").rstrip(".") + "S"
    poster = _poster(server, row)
    if poster is not None:
        document["icon"] = {"type": "Image", **_media_type(poster), "url": poster}
    return document


def _poster(server: Server, row: AttachmentRow) -> str | None:
    """What a video or a sound is seen by before it plays."""
    if row.kind == MediaKind.PICTURE:
        return None
    if row.small_key is not None:
        return server.media_url(row.small_key)
    return media_facets(row.facets).icon_url


def _tags(server: Server, facts: PostFacts) -> list[JsonObject]:
    mentions: list[JsonObject] = [
        {
            "type": "Mention",
            "href": actor.uri,
            "name": f"@{actor.username}@{actor.domain}",
        }
        for actor in facts.mentioned
    ]
    hashtags: list[JsonObject] = [
        {"type": "Hashtag", "href": f"{server.origin}/tags/{tag.name}", "name": f"#{tag.display}"}
        for tag in facts.tags
    ]
    emojis = [write_emoji(server, each) for each in post_facets(facts.post.facets).emojis]
    return mentions + hashtags + emojis


def _poll(server: Server, facts: PostFacts) -> JsonObject:
    poll = facts.poll
    if poll is None:
        return {}
    answers = [
        {
            "type": "Note",
            "name": option.title,
            "replies": {"type": "Collection", "totalItems": option.votes},
        }
        for option in facts.options
    ]
    document: JsonObject = {
        "anyOf" if poll.multiple else "oneOf": answers,
        "votersCount": poll.voters,
    }
    if poll.ends_at is not None:
        document["endTime"] = timestamp(poll.ends_at)
        if poll.ends_at <= server.now_ms():
            document["closed"] = timestamp(poll.ends_at)
    return document
