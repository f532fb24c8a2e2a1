"""How we show that a like, an answer or a boost is wanted, and ask whether it is: GoToSocial's forms, of
both generations (section 3 of its interop notes)."""

from typing import Any

from weft.domain.interactions.records import InteractionLeave, LeaveKind, LeaveState

JsonObject = dict[str, Any]

LEAVE_TERMS: JsonObject = {
    "gts": "https://gotosocial.org/ns#",
    "approvedBy": {"@id": "gts:approvedBy", "@type": "@id"},
    **{
        f"{name}Authorization": {"@id": f"gts:{name}Authorization", "@type": "@id"}
        for name in ("like", "reply", "announce")
    },
}
_NAMES = {LeaveKind.LIKE: "like", LeaveKind.REPLY: "reply", LeaveKind.BOOST: "announce"}
ASKED_AS = {LeaveKind.LIKE: "Like", LeaveKind.REPLY: "Reply", LeaveKind.BOOST: "Announce"}


def leave_members(leave: InteractionLeave | None) -> JsonObject:
    """What an interaction carries once its target's author has allowed it."""
    if leave is None or leave.state != LeaveState.ACCEPTED:
        return {}
    members: JsonObject = {}
    if leave.stamp_uri is not None:
        members[f"{_NAMES[LeaveKind(leave.kind)]}Authorization"] = leave.stamp_uri
    if leave.accept_uri is not None:
        members["approvedBy"] = leave.accept_uri
    return members
