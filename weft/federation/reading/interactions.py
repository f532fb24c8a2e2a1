"""Who may like, answer and boost a post, in both generations of GoToSocial's policies; and the proofs
that somebody may (section 3 of its interop notes)."""

from typing import Any

from msgspec import structs

from weft.domain.posts.records import Circle, Interactions
from weft.federation.dialects import JsonObject
from weft.protocol.activitystreams import first_id, first_object, ids, is_public

_MOST = 200
_RULES = ("canLike", "canReply", "canAnnounce")
_NEWER = frozenset({"automaticApproval", "manualApproval"})
"""Words of servers that know requests; before them nobody could ask."""


def interactions(
    document: JsonObject, author: str, followers_uri: str | None
) -> Interactions | None:
    """None if the post says nothing, or enforces nothing."""
    policy = first_object(document.get("interactionPolicy"))
    if policy is None:
        return None

    def circle(name: str) -> Circle | None:
        rule = first_object(policy.get(name))
        if not rule:
            return None
        return Circle(
            _named(rule, ("automaticApproval", "always"), author, followers_uri),
            _named(rule, ("manualApproval", "approvalRequired"), author, followers_uri),
        )

    found = Interactions(circle("canLike"), circle("canReply"), circle("canAnnounce"))
    if found == Interactions():
        return None
    rules = [first_object(policy.get(each)) or {} for each in _RULES]
    return structs.replace(found, asks=any(not _NEWER.isdisjoint(each) for each in rules))


def _named(
    rule: JsonObject, spellings: tuple[str, str], author: str, followers_uri: str | None
) -> tuple[str, ...]:
    """The newer spelling where it is there."""
    value: Any = next((rule[each] for each in spellings if each in rule), None)
    circles = {
        followers_uri or f"{author}/followers": "followers",
        f"{author}/followers": "followers",
        f"{author}/following": "following",
    }
    found = [
        "public" if is_public(each) else circles.get(each, each) for each in ids(value)[:_MOST]
    ]
    return tuple(dict.fromkeys(found))


def approvals(document: JsonObject, name: str) -> tuple[str, ...]:
    """Where it is said that this may be: in the newer way (``replyAuthorization``), then the older."""
    named = (first_id(document.get(name)), first_id(document.get("approvedBy")))
    return tuple(each for each in named if each is not None)
