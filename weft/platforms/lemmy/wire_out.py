"""Writes threads, comments and private messages as link aggregators read them: Lemmy, PieFed, Mbin.

A thread names its community in ``to`` and ``audience``, and has one attachment: what it is about. Source:
sections 2, 3 and 4 of the interop notes of Lemmy.
"""

from typing import Any

from weft.domain.actors.records import Actor
from weft.domain.posts.kinds import Flair, ThreadFacets
from weft.domain.posts.records import PostKind, post_facets
from weft.domain.server import Server
from weft.domain.visibility.viewer import Visibility
from weft.federation.facts import PostFacts
from weft.federation.writing.files import HTML
from weft.federation.writing.parts import addressing, write_tags
from weft.federation.writing.posts import common, title_of
from weft.federation.writing.values import AS, PUBLIC, JsonObject, known

CONTEXT: list[Any] = [
    "https://join-lemmy.org/context.json",
    AS,
    {
        "lemmy": "https://join-lemmy.org/ns#",
        "sensitive": "as:sensitive",
        "Hashtag": "as:Hashtag",
        "stickied": "as:stickied",
        "commentsEnabled": {"@id": "pt:commentsEnabled", "@type": "sc:Boolean"},
        "pt": "https://joinpeertube.org/ns#",
        "sc": "http://schema.org/",
        "distinguished": "lemmy:distinguished",
        "CommunityPostTag": "lemmy:CommunityPostTag",
        "language": "sc:inLanguage",
        "litepub": "http://litepub.social/ns#",
        "ChatMessage": "litepub:ChatMessage",
    },
]
_THREADS = frozenset((PostKind.THREAD, PostKind.LINK))
_TITLE = 200


def write_post(server: Server, facts: PostFacts) -> JsonObject | None:
    """A thread in a community, a comment in one, or a message to one person; None for all else."""
    post, kind = facts.post, PostKind(facts.post.kind)
    if post.visibility == Visibility.DIRECT and kind in (PostKind.NOTE, PostKind.COMMENT):
        return write_message(server, facts) if len(facts.addressed) == 1 else None
    community = next(iter(facts.places), None)
    if community is None:
        return None
    if post.in_reply_to_uri is not None:
        return write_comment(server, facts, community)
    if kind in _THREADS:
        return write_page(server, facts, community)
    return write_microblog(server, facts, community) if kind is PostKind.NOTE else None


def create_members(facts: PostFacts) -> JsonObject:
    """What the Create or Update around a post says: the community distributes what is sent to it."""
    community = next(iter(facts.places), None)
    to, cc = addressing(facts)
    if community is None:
        return {"to": to, "cc": cc}
    others = [each for each in cc if each != community.uri]
    return {"to": [PUBLIC], "cc": [community.uri, *others], "audience": community.uri}


def write_page(server: Server, facts: PostFacts, community: Actor) -> JsonObject:
    """A thread, with a link or picture that it is about."""
    post, facets = facts.post, post_facets(facts.post.facets)
    attached = _attached(server, facts)
    picture = facets.icon_url or next(
        (each["url"] for each in attached if each["type"] == "Image"), None
    )
    document = _in_community(server, facts, community, "Page") | {
        "name": title_of(post, _TITLE),
        "attachment": attached,
        **_moderated(facets.thread),
    }
    return document | ({"image": {"type": "Image", "url": picture}} if picture else {})


def write_comment(server: Server, facts: PostFacts, community: Actor) -> JsonObject:
    """An answer in a thread."""
    thread = post_facets(facts.post.facets).thread or ThreadFacets()
    document = _in_community(server, facts, community, "Note")
    return document | {"distinguished": thread.distinguished}


def write_microblog(server: Server, facts: PostFacts, community: Actor) -> JsonObject:
    """Mbin's second kind of post: a Note without a title in a magazine."""
    document = _in_community(server, facts, community, "Note")
    return document | _moderated(post_facets(facts.post.facets).thread)


def write_message(server: Server, facts: PostFacts) -> JsonObject:
    """To exactly one person; this type is read by every version."""
    document = common(server, facts, "ChatMessage")
    kept = ("id", "type", "attributedTo", "content", "published", "updated", "source")
    to = [each.uri for each in facts.addressed]
    return {k: v for k, v in document.items() if k in kept} | {"to": to, "mediaType": HTML}


def _in_community(server: Server, facts: PostFacts, community: Actor, type_: str) -> JsonObject:
    """What threads and comments have in common. Content warnings are unknown there."""
    post = facts.post
    to, cc = addressing(facts)
    mention = {
        "type": "Mention",
        "href": community.uri,
        "name": f"@{community.username}@{community.domain}",
    }
    flairs = (post_facets(post.facets).thread or ThreadFacets()).flairs
    language = {"identifier": post.language, "name": post.language} if post.language else None
    document = {
        **common(server, facts, type_),
        "to": [community.uri, *to],
        "cc": [each for each in cc if each != community.uri],
        "audience": community.uri,
        "mediaType": HTML,
        "language": language or {"identifier": "und", "name": "Undetermined"},
        "context": facts.context_uri,
        # So that whoever answers it from elsewhere answers to the community.
        "tag": [*map(_flair, flairs), *write_tags(server, facts), mention],
    }
    return known(document)


def _moderated(thread: ThreadFacets | None) -> JsonObject:
    said = thread or ThreadFacets()
    return {"commentsEnabled": not said.locked, "stickied": said.pinned}


def _flair(flair: Flair) -> JsonObject:
    named = {"type": "CommunityPostTag", "name": flair.name, "preferredUsername": flair.name}
    return named | ({"id": flair.uri} if flair.uri else {})


def _attached(server: Server, facts: PostFacts) -> list[JsonObject]:
    """What the thread is about comes first; a picture that it is about is not repeated as a link."""
    pictures = [
        each | {"type": "Image"}
        for each in common(server, facts, "Page")["attachment"]
        if str(each.get("mediaType") or "").startswith("image/")
    ]
    about = facts.post.link_url
    if about is None:
        return pictures
    first = [each for each in pictures if each["url"] == about]
    rest = [each for each in pictures if each["url"] != about]
    return [*(first or [{"type": "Link", "href": about}]), *rest]
