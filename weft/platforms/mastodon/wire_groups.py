"""How we write what moderators do in communities: Lemmy's forms, which its whole family reads
(section 3 of its interop notes)."""

from typing import Any

from weft.domain.communities.records import Action
from weft.domain.events import Moderated
from weft.federation.rendering import About
from weft.platforms.mastodon.wire_out import AS, PUBLIC, JsonObject, timestamp

MODERATION_CONTEXT: list[Any] = [
    AS,
    {
        "lemmy": "https://join-lemmy.org/ns#",
        "Lock": "lemmy:Lock",
        "removeData": "lemmy:removeData",
        "expires": "as:endTime",
    },
]
_UNDOES = {Action.RESTORE: Action.REMOVE, Action.UNLOCK: Action.LOCK, Action.UNBAN: Action.BAN}


def write_moderation(uri: str, event: Moderated, about: About) -> JsonObject | None:
    """What a moderator of ours did; None if the community is gone."""
    if about.community is None:
        return None
    action = Action(event.action)
    if action not in _UNDOES:
        return {"@context": MODERATION_CONTEXT} | _act(uri, action, event, about)
    undone = _act(f"{uri}#undone", _UNDOES[action], event, about)
    whole = _with_addresses(uri, "Undo", undone, about)
    if action is Action.UNBAN:
        whole["restoreData"] = False
    return {"@context": MODERATION_CONTEXT} | whole


def _act(uri: str, action: Action, event: Moderated, about: About) -> JsonObject:
    reason = event.reason or ""
    group = about.community
    if group is None:
        raise ValueError("a moderator acts in a community")
    match action:
        case Action.REMOVE:
            # The reason tells it from an author's own Delete, even an empty one.
            return _with_addresses(uri, "Delete", event.object_uri, about) | {"summary": reason}
        case Action.LOCK:
            return _with_addresses(uri, "Lock", event.object_uri, about) | {"summary": reason}
        case Action.BAN:
            ban = _with_addresses(uri, "Block", event.object_uri, about)
            ban |= {"target": group.uri, "summary": reason, "removeData": event.removes}
            if event.expires_at is not None:
                # The newer name, and that of Lemmy 0.19.
                ends = timestamp(event.expires_at)
                ban |= {"endTime": ends, "expires": ends}
            return ban
        case Action.PIN | Action.UNPIN:
            verb = "Add" if action is Action.PIN else "Remove"
            act = _with_addresses(uri, verb, event.object_uri, about)
            return act | {"target": group.featured_uri}
        case Action.ADD_MODERATOR | Action.REMOVE_MODERATOR:
            verb = "Add" if action is Action.ADD_MODERATOR else "Remove"
            act = _with_addresses(uri, verb, event.object_uri, about)
            return act | {"target": about.moderators_uri or f"{group.uri}/moderators"}
        case _:
            raise ValueError(f"{action.name} is told in no form of its own")


def _with_addresses(uri: str, kind: str, object_: Any, about: About) -> JsonObject:
    group = about.community.uri if about.community is not None else ""
    return {
        "id": uri,
        "type": kind,
        "actor": about.actor_uri,
        "object": object_,
        "to": [group, PUBLIC],
        "cc": [group],
        "audience": group,
    }
