"""What every form of a post has: whom it is for, tags, attachments, a poll, what it quotes.

Sources: the tables A4 (notes, addressing) and A5 (outgoing forms) of the interop notes of Mastodon.
"""

from html import escape

from weft.domain.actors.records import Actor
from weft.domain.media.facets import media_facets
from weft.domain.media.records import MediaKind
from weft.domain.posts.queries import AttachmentRow
from weft.domain.posts.records import Post, QuoteState, post_facets
from weft.domain.quotes.policy import policy_of
from weft.domain.quotes.queries import Quote
from weft.domain.server import Server
from weft.domain.visibility.viewer import Visibility
from weft.federation.facts import PostFacts
from weft.federation.writing.values import (
    PUBLIC,
    JsonObject,
    duration,
    media_type_of,
    timestamp,
    write_emoji,
)


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


def quote_members(facts: PostFacts) -> JsonObject:
    """What a post says of what it quotes. One that never asked for leave does not say that it did."""
    if facts.quote is None:
        return {}
    document = quote_properties(facts.quote, facts.quoted_url)
    if facts.post.quote_state == QuoteState.LEGACY:
        del document["quote"]
    return document


def quote_fallback(facts: PostFacts) -> str:
    """The link for those who do not read quotes; those who do hide it by its class."""
    if facts.quote is None:
        return ""
    url = escape(facts.quoted_url or facts.quote.target_uri)
    return f'<p class="quote-inline">RE: <a href="{url}">{url}</a></p>'


def object_link(uri: str, url: str | None) -> JsonObject:
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


def write_attachment(server: Server, row: AttachmentRow) -> JsonObject:
    document: JsonObject = {
        "type": "Document",
        "mediaType": row.content_type,
        "url": address_of(server, row),
        "name": row.description,
    }
    if row.blurhash:
        document["blurhash"] = row.blurhash
    if row.focus_x is not None and row.focus_y is not None:
        document["focalPoint"] = [row.focus_x, row.focus_y]
    if row.width and row.height:
        document |= {"width": row.width, "height": row.height}
    if row.duration_ms:
        document["duration"] = duration(row.duration_ms)
    poster = poster_of(server, row)
    if poster is not None:
        document["icon"] = {"type": "Image", **media_type_of(poster), "url": poster}
    return document


def address_of(server: Server, row: AttachmentRow) -> str | None:
    """Where the file is: here, or on its own server."""
    return server.media_url(row.store_key) if row.store_key else row.remote_url


def poster_of(server: Server, row: AttachmentRow) -> str | None:
    """What a video or a sound is seen by before it plays."""
    if row.kind == MediaKind.PICTURE:
        return None
    if row.small_key is not None:
        return server.media_url(row.small_key)
    return media_facets(row.facets).icon_url


def write_tags(server: Server, facts: PostFacts) -> list[JsonObject]:
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
    collections: list[JsonObject] = [
        {"type": "FeaturedCollection", "id": each.uri} for each in facts.linked
    ]
    return mentions + hashtags + emojis + collections


def write_poll(server: Server, facts: PostFacts) -> JsonObject:
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
