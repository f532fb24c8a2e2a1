"""What people and moderators read in the mail about decisions and reports."""

from typing import NamedTuple

from weft.domain.moderation.strikes import Action
from weft.domain.server import Server

DONE = {
    Action.NONE: "The moderators of {domain} have a warning for you.",
    Action.DISABLE: "You can no longer sign in to your account on {domain}. What you wrote stays.",
    Action.MARK: "The moderators of {domain} have marked posts of yours as sensitive.",
    Action.DELETE: "The moderators of {domain} have deleted posts of yours.",
    Action.SENSITIVE: "All your pictures and videos on {domain} are marked as sensitive from now on.",
    Action.SILENCE: "Your account on {domain} is limited: only those who follow you see your posts,"
    " unless somebody looks for you.",
    Action.SUSPEND: "Your account on {domain} is suspended. Its data are kept for thirty days and"
    " are then deleted for good.",
}
SUBJECTS = {
    Action.NONE: "A warning for @{handle}",
    Action.DISABLE: "The account @{handle} is frozen",
    Action.MARK: "Posts of @{handle} are marked as sensitive",
    Action.DELETE: "Posts of @{handle} were deleted",
    Action.SENSITIVE: "Media of @{handle} are marked as sensitive",
    Action.SILENCE: "The account @{handle} is limited",
    Action.SUSPEND: "The account @{handle} is suspended",
}


class Text(NamedTuple):
    subject: str
    body: str


def quoted(text: str) -> str:
    """Another one's words, so that nobody takes them for ours."""
    return "".join(f"> {line}\n" for line in text.splitlines())


def struck(
    server: Server, handle: str, action: Action, text: str, post_uris: list[str], link: str
) -> Text:
    """To whom it concerns. ``link`` is where it can be read, and appealed against."""
    parts = [f"Hello,\n\n{DONE[action].format(domain=server.domain)}\n"]
    if text.strip():
        parts.append(f"\nThey write:\n\n{quoted(text)}")
    if post_uris:
        parts.append("\nIt is about:\n\n" + "".join(f"{uri}\n" for uri in post_uris))
    parts.append(
        f"\nIf you think that this is wrong, you can appeal within twenty days, once:\n\n{link}\n"
    )
    return Text(SUBJECTS[action].format(handle=handle), "".join(parts))


def appealed(server: Server, handle: str, action: str, text: str, strike_id: int) -> Text:
    """To the moderators."""
    return Text(
        f"@{handle} appeals against a decision",
        f"Hello,\n\n@{handle} appeals on {server.domain} against: {action}.\n\n{quoted(text)}\n"
        f"Decide here: {server.origin}/admin/appeals#strike-{strike_id}\n",
    )


def decided(server: Server, handle: str, *, approved: bool) -> Text:
    """To who appealed."""
    if approved:
        return Text(
            f"Your appeal for @{handle} was approved",
            f"Hello,\n\nthe moderators of {server.domain} agree with your appeal: the decision about"
            f" your account @{handle} is taken back.\n",
        )
    return Text(
        f"Your appeal for @{handle} was rejected",
        f"Hello,\n\nthe moderators of {server.domain} have read your appeal. The decision about your"
        f" account @{handle} stays.\n",
    )


def reported(
    server: Server, report_id: int, target: str, reporter: str, category: str, comment: str
) -> Text:
    """To the moderators."""
    said = f"They write:\n\n{quoted(comment)}\n" if comment.strip() else ""
    return Text(
        f"New report about @{target} ({category})",
        f"Hello,\n\n{reporter} has reported @{target} on {server.domain} ({category}).\n\n{said}"
        f"Look at it here: {server.origin}/admin/reports/{report_id}\n",
    )
