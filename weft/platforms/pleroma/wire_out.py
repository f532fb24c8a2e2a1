"""Writes notes, polls, chat messages, events, articles and scrobbles as Pleroma and Akkoma read them.

Whoever is mentioned is in ``to``, the thread in ``context`` and ``conversation``, and what was typed in
``source``. Source: sections 1.3 to 1.6 of the interop notes of Pleroma.
"""

from typing import Any

from weft.domain.posts.kinds import Listen
from weft.domain.posts.records import PostKind, post_facets
from weft.domain.server import Server
from weft.domain.visibility.viewer import Visibility
from weft.federation.facts import PostFacts
from weft.federation.writing.events import write_event
from weft.federation.writing.parts import (
    addressing,
    interaction_policy,
    quote_members,
    write_poll,
)
from weft.federation.writing.posts import common
from weft.federation.writing.values import AS, JsonObject, known, timestamp

CONTEXT: list[Any] = [
    AS,
    {
        "ostatus": "http://ostatus.org#",
        "litepub": "http://litepub.social/ns#",
        "toot": "http://joinmastodon.org/ns#",
        "Emoji": "toot:Emoji",
        "Hashtag": "as:Hashtag",
        "sensitive": "as:sensitive",
        "blurhash": "toot:blurhash",
        "votersCount": "toot:votersCount",
        "conversation": "ostatus:conversation",
        "ChatMessage": "litepub:ChatMessage",
        "directMessage": "litepub:directMessage",
        "fedibird": "http://fedibird.com/ns#",
        "quoteUri": "fedibird:quoteUri",
        "quoteUrl": "as:quoteUrl",
        "gts": "https://gotosocial.org/ns#",
        "interactionPolicy": {"@id": "gts:interactionPolicy", "@type": "@id"},
        "title": "litepub:title",
        "artist": "litepub:artist",
        "album": "litepub:album",
        "length": "litepub:length",
        "externalLink": "litepub:externalLink",
    },
]
_NOTES = frozenset((PostKind.NOTE, PostKind.COMMENT, PostKind.ALBUM))


def write_post(server: Server, facts: PostFacts) -> JsonObject | None:
    """None for what it has no form of its own for."""
    facets = post_facets(facts.post.facets)
    match PostKind(facts.post.kind):
        case PostKind.NOTE if facets.listen is not None:
            return write_listen(facts, facets.listen)
        case PostKind.NOTE | PostKind.COMMENT if facets.chat:
            return write_message(server, facts)
        case kind if kind in _NOTES:
            return write_note(server, facts, "Note")
        case PostKind.QUESTION:
            return write_note(server, facts, "Question") | write_poll(server, facts)
        case PostKind.ARTICLE:
            return write_note(server, facts, "Article") | {"name": facts.post.title}
        case PostKind.EVENT:
            return write_event(server, facts)
        case _:
            return None


def write_note(server: Server, facts: PostFacts, type_: str) -> JsonObject:
    """With everybody whom it mentions in ``to``."""
    post = facts.post
    to, cc = addressing(facts)
    named = [each.uri for each in facts.mentioned if each.id not in facts.unheard]
    document = common(server, facts, type_) | {
        "actor": facts.author.uri,
        "to": list(dict.fromkeys((*to, *named))),
        "cc": [each for each in cc if each not in named],
        "context": facts.context_uri,
        "conversation": facts.context_uri,
        "summary": post.summary or "",
    }
    if facts.quote is not None:
        # Shown as a quote there: the line for those who show none is left out.
        document |= quote_members(facts) | {"content": post.content}
    if post.language:
        document["contentMap"] = {post.language: document["content"]}
    if post.visibility == Visibility.DIRECT:
        document["directMessage"] = True
    if (policy := interaction_policy(post, facts.author)) is not None:
        document["interactionPolicy"] = policy
    return known(document)


def write_message(server: Server, facts: PostFacts) -> JsonObject | None:
    """A message of a chat: to exactly one, with one attachment at most."""
    (*others,) = facts.addressed
    if len(others) != 1 or len(facts.attachments) > 1:
        return None
    document = common(server, facts, "ChatMessage")
    kept = ("id", "type", "attributedTo", "content", "published")
    message = {key: document[key] for key in kept}
    emojis = [each for each in document["tag"] if each["type"] == "Emoji"]
    message |= {"actor": facts.author.uri, "to": [others[0].uri], "tag": emojis}
    if document["attachment"]:
        message["attachment"] = document["attachment"][0]
    return message


def write_listen(facts: PostFacts, listen: Listen) -> JsonObject:
    """A scrobble, which is an activity and never a status."""
    to, cc = addressing(facts)
    sound = {
        "type": "Audio",
        "id": f"{facts.post.uri}#audio",
        "actor": facts.author.uri,
        "title": listen.title,
        "artist": listen.artist,
        "album": listen.album,
        "length": listen.duration_ms,
        "externalLink": listen.url,
        "to": to,
        "cc": cc,
    }
    return {
        "id": facts.post.uri,
        "type": "Listen",
        "actor": facts.author.uri,
        "published": timestamp(facts.post.published_at),
        "to": to,
        "cc": cc,
        "object": known(sound),
    }
