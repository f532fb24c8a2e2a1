"""The activities that tell of what happened here, in Mastodon's outgoing forms (A5)."""

from collections.abc import Sequence
from typing import Any

from weft.domain.events import (
    ActorDeleted,
    ActorMoved,
    Blocked,
    BlockUndone,
    Boosted,
    BoostUndone,
    FollowAnswered,
    FollowRequested,
    FollowUndone,
    InteractionAllowed,
    JoinAnswered,
    JoinAsked,
    JoinUndone,
    LeaveAsked,
    Moderated,
    Pinned,
    PostDeleted,
    PostEdited,
    PostPublished,
    ProfileChanged,
    QuoteAnswered,
    QuoteRequested,
    QuoteRevoked,
    Reacted,
    ReactionUndone,
    RelayAsked,
    Relayed,
    RelayLeft,
    Reported,
    TagFeatured,
    VoteCast,
)
from weft.domain.interactions.records import LeaveKind
from weft.domain.reactions.react import ReactionKind
from weft.domain.server import Server
from weft.domain.visibility.viewer import Visibility
from weft.federation.rendering import About
from weft.federation.writing.leave import ASKED_AS, LEAVE_TERMS, leave_members
from weft.platforms.mastodon.wire_collections import EVENTS, write_collection_activity
from weft.platforms.mastodon.wire_groups import write_moderation
from weft.platforms.mastodon.wire_out import (
    ACTOR_CONTEXT,
    APPROVAL_CONTEXT,
    AS,
    POST_CONTEXT,
    PUBLIC,
    STAMP_CONTEXT,
    JsonObject,
    timestamp,
    write_actor,
    write_announce,
    write_post,
    write_stamp,
)
from weft.platforms.mastodon.wire_out import addressing as address

TAG_CONTEXT: list[Any] = [AS, {"Hashtag": "as:Hashtag"}]


def write_activity(server: Server, uri: str, event: Any, about: About) -> JsonObject | None:
    """The activity for an event, or None when what it tells of is gone by now."""
    match event:
        case PostPublished() | PostEdited():
            return _post(server, uri, event, about)
        case Boosted():
            if about.post is None or about.post.target is None:
                return None
            announce = write_announce(about.post, *address(about.post))
            context = [AS, LEAVE_TERMS] if about.post.leave is not None else AS
            return {"@context": context, **announce}
        case PostDeleted():
            return _wrapped(
                uri,
                "Delete",
                about.actor_uri,
                {"id": event.uri, "type": "Tombstone", "atomUri": event.uri},
                to=[PUBLIC] if event.visibility <= Visibility.UNLISTED else [],
            )
        case BoostUndone():
            announce = {
                "id": event.uri,
                "type": "Announce",
                "actor": about.actor_uri,
                "object": event.target_uri,
            }
            return _wrapped(uri, "Undo", about.actor_uri, announce, to=[PUBLIC])
        case Reacted():
            if about.reaction is None or about.post is None:
                return None
            context = [AS, LEAVE_TERMS] if about.leave is not None else AS
            return {"@context": context, **_reaction(about), **leave_members(about.leave)}
        case LeaveAsked():
            return _leave(server, uri, event, about)
        case ReactionUndone():
            inner = {
                "id": event.uri,
                "type": _reaction_type(event.kind),
                "actor": about.actor_uri,
                "object": about.object_uri,
            }
            if event.value:
                inner["content"] = event.value
            return _wrapped(uri, "Undo", about.actor_uri, inner)
        case ProfileChanged() if about.actor is not None:
            actor = write_actor(server, about.actor, about.keys)
            del actor["@context"]
            activity = _wrapped(uri, "Update", about.actor_uri, actor, to=[PUBLIC])
            return activity | {"@context": ACTOR_CONTEXT}
        case InteractionAllowed():
            return _allowed(uri, event, about)
        case QuoteRequested() | QuoteAnswered() | QuoteRevoked():
            return _quote(server, uri, event, about)
        case VoteCast():
            return _vote(uri, event, about)
        case Pinned() if about.actor is not None:
            activity = _wrapped(
                uri,
                "Remove" if event.down else "Add",
                about.actor_uri,
                event.post_uri,
                to=[PUBLIC],
            )
            return activity | {"target": about.actor.featured_uri}
        case TagFeatured() if about.actor is not None:
            hashtag = {
                "type": "Hashtag",
                "href": f"{server.origin}/tags/{event.name}",
                "name": f"#{event.display}",
            }
            kind = "Remove" if event.down else "Add"
            activity = _wrapped(uri, kind, about.actor_uri, hashtag, to=[PUBLIC])
            return activity | {"target": about.actor.featured_uri, "@context": TAG_CONTEXT}
        case ActorMoved():
            activity = _wrapped(uri, "Move", about.actor_uri, about.actor_uri, to=[PUBLIC])
            return activity | {"target": event.target_uri}
        case Reported():
            return _report(uri, event, about.actor_uri)
        case RelayAsked():
            return _asked(uri, event, about.actor_uri)
        case Relayed():
            if about.post is None or about.actor is None:
                return None
            announce = _wrapped(
                uri,
                "Announce",
                about.actor_uri,
                event.post_uri,
                to=[f"{about.actor_uri}/followers"],
            )
            return announce | {"published": timestamp(about.post.post.published_at)}
        case Moderated():
            return write_moderation(uri, event, about)
        case ActorDeleted():
            return _wrapped(uri, "Delete", event.uri, event.uri, to=[PUBLIC])
        case _ if isinstance(event, EVENTS):
            return write_collection_activity(server, uri, event, about)
        case _:
            return _edge(uri, event, about)


def _post(server: Server, uri: str, event: Any, about: About) -> JsonObject | None:
    if about.post is None:
        return None
    note = write_post(server, about.post)
    edited = isinstance(event, PostEdited)
    at = about.post.post.edited_at if edited else None
    return {
        "@context": POST_CONTEXT,
        "id": uri,
        "type": "Update" if edited else "Create",
        "actor": about.actor_uri,
        "published": timestamp(at or about.post.post.published_at),
        "to": note["to"],
        "cc": note["cc"],
        "object": note,
    }


def _leave(server: Server, uri: str, event: LeaveAsked, about: About) -> JsonObject | None:
    """Asking whether a like, an answer or a boost may be; of older servers by doing it, towards its
    author alone."""
    if about.post is None and about.reaction is None:
        return None
    kind = LeaveKind(event.kind)
    if about.post is None:
        made = _reaction(about)
    elif kind is LeaveKind.REPLY:
        made = write_post(server, about.post)
    else:
        made = write_announce(about.post, *address(about.post))
    if event.polite:
        request = _inner(uri, f"{ASKED_AS[kind]}Request", about.actor_uri, event.target_uri)
        context = [*POST_CONTEXT, *APPROVAL_CONTEXT[1:]]
        to = [event.target_author_uri]
        return {"@context": context, **request, "to": to, "instrument": made}
    if kind is not LeaveKind.REPLY:
        return {"@context": AS, **made}
    create = _inner(f"{made['id']}/activity", "Create", about.actor_uri, None)
    more = {name: made[name] for name in ("published", "to", "cc")}
    return {"@context": POST_CONTEXT, **create, **more, "object": made}


def _quote(server: Server, uri: str, event: Any, about: About) -> JsonObject | None:
    """Asking to quote, the answer, and taking the leave back (FEP-044f)."""
    match event:
        case QuoteRequested():
            if about.post is None:
                return None
            request = _inner(uri, "QuoteRequest", about.actor_uri, event.target_uri)
            return {
                "@context": [*POST_CONTEXT, *STAMP_CONTEXT[1:]],
                **request,
                "instrument": write_post(server, about.post),
            }
        case QuoteAnswered():
            request = {
                "id": event.uri,
                "type": "QuoteRequest",
                "actor": about.object_uri,
                "object": event.target_uri,
                "instrument": event.quoting_uri,
            }
            verb = "Accept" if event.stamp_uri is not None else "Reject"
            answer = _wrapped(uri, verb, about.actor_uri, request)
            answer["@context"] = STAMP_CONTEXT
            if about.object_uri is not None:
                answer["to"] = [about.object_uri]
            return answer | ({"result": event.stamp_uri} if event.stamp_uri is not None else {})
        case _:
            stamp = write_stamp(
                event.stamp_uri, about.actor_uri, event.quoting_uri, event.target_uri
            )
            del stamp["@context"]
            gone = _wrapped(uri, "Delete", about.actor_uri, stamp, to=[PUBLIC])
            return gone | {"@context": STAMP_CONTEXT}


def _asked(uri: str, event: RelayAsked, asker: str) -> JsonObject:
    """A relay is asked for posts, or the question is taken back (FEP-ae0c)."""
    to = [event.followed] if event.followed is not None else []
    follow = _wrapped(event.uri, "Follow", asker, event.followed or PUBLIC, to=to)
    if not isinstance(event, RelayLeft):
        return follow
    del follow["@context"]
    return _wrapped(uri, "Undo", asker, follow, to=to)


def _allowed(uri: str, event: InteractionAllowed, about: About) -> JsonObject:
    """What GoToSocial waits for before it shows an interaction to others."""
    request = {
        "id": event.uri,
        "type": f"{event.kind}Request",
        "actor": about.object_uri,
        "object": event.target_uri,
        "instrument": event.interaction_uri,
    }
    to = [about.object_uri] if about.object_uri is not None else []
    answer = _wrapped(uri, "Accept", about.actor_uri, request, to=to)
    if event.kind != "Like":
        answer["cc"] = [PUBLIC]
    return answer | {"@context": APPROVAL_CONTEXT, "result": event.approval_uri}


def _vote(uri: str, event: VoteCast, about: About) -> JsonObject | None:
    """A vote is a Note with the option's name, for the eyes of the poll's author alone."""
    if about.post is None:
        return None
    to = about.post.author.uri
    note = {
        "id": event.uri,
        "type": "Note",
        "name": event.title,
        "attributedTo": about.actor_uri,
        "inReplyTo": about.post.post.uri,
        "to": to,
    }
    return _wrapped(uri, "Create", about.actor_uri, note, to=[to])


def _edge(uri: str, event: Any, about: About) -> JsonObject | None:
    """Follows, blocks, and going to events: always between two actors."""
    other = about.object_uri
    match event:
        case FollowRequested():
            return {"@context": AS, **_inner(event.uri, "Follow", about.actor_uri, other)}
        case FollowUndone():
            inner = _inner(event.uri, "Follow", about.actor_uri, other)
            return _wrapped(uri, "Undo", about.actor_uri, inner)
        case FollowAnswered():
            inner = _inner(event.uri, "Follow", other, about.actor_uri)
            verb = "Accept" if event.accepted else "Reject"
            return _wrapped(uri, verb, about.actor_uri, inner)
        case JoinAsked():
            inner = _inner(event.uri, "Join", about.actor_uri, event.post_uri)
            return {"@context": AS, **inner, "to": [event.target_uri]}
        case JoinUndone():
            return _wrapped(uri, "Leave", about.actor_uri, event.post_uri, to=[event.target_uri])
        case JoinAnswered():
            inner = _inner(event.uri, "Join", event.joiner_uri, event.post_uri)
            verb = "Accept" if event.accepted else "Reject"
            return _wrapped(uri, verb, about.actor_uri, inner, to=[event.joiner_uri])
        case Blocked():
            return {"@context": AS, **_inner(event.uri, "Block", about.actor_uri, other)}
        case BlockUndone():
            inner = _inner(event.uri, "Block", about.actor_uri, other)
            return _wrapped(uri, "Undo", about.actor_uri, inner)
        case _:
            return None


def _reaction_type(kind: int) -> str:
    return {ReactionKind.DISLIKE: "Dislike", ReactionKind.EMOJI: "EmojiReact"}.get(
        ReactionKind(kind), "Like"
    )


def _reaction(about: About) -> JsonObject:
    if about.reaction is None:
        return {}
    document = _inner(
        about.reaction.uri, _reaction_type(about.reaction.kind), about.actor_uri, about.object_uri
    )
    if about.reaction.value:
        document["content"] = about.reaction.value
    return document


def _inner(uri: str | None, kind: str, actor: str | None, object_: str | None) -> JsonObject:
    return {"id": uri, "type": kind, "actor": actor, "object": object_}


def _report(uri: str, event: Reported, actor_uri: str) -> JsonObject:
    """To a community as Lemmy's family has it as well: it reads the first post and ``summary``."""
    community = event.community_uri
    to = [community] if community is not None else list(event.uris[:1])
    flag = _wrapped(uri, "Flag", actor_uri, list(event.uris), to=to) | {"content": event.comment}
    if community is None:
        return flag
    return flag | {"summary": event.comment, "audience": community}


def _wrapped(uri: str, kind: str, actor: str, inner: Any, *, to: Sequence[str] = ()) -> JsonObject:
    document: JsonObject = {
        "@context": AS,
        "id": uri,
        "type": kind,
        "actor": actor,
        "object": inner,
    }
    if to:
        document["to"] = list(to)
    return document
