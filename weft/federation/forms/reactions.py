"""Likes, emoji and downvotes in the form that the table says, and taking them back.

Where several of one person's reactions to a post become one (a Like, or Misskey's one reaction), only
the first is sent, or the newest replaces it; and it is taken back with the last.
"""

from collections.abc import Sequence

from msgspec import Struct

from weft.domain.emoji.unicode import is_emoji
from weft.domain.reactions.react import Reaction, ReactionKind
from weft.domain.server import Server
from weft.federation.dialects import JsonObject
from weft.federation.forms.said import Said
from weft.federation.forms.table import Form, Platform

AS = "https://www.w3.org/ns/activitystreams"
EMOJI_CONTEXT = [
    AS,
    {
        "toot": "http://joinmastodon.org/ns#",
        "Emoji": "toot:Emoji",
        "litepub": "http://litepub.social/ns#",
        "EmojiReact": "litepub:EmojiReact",
        "misskey": "https://misskey-hub.net/ns#",
        "_misskey_reaction": "misskey:_misskey_reaction",
    },
]

_SAID = {
    ReactionKind.LIKE: Said.LIKE,
    ReactionKind.DISLIKE: Said.DOWNVOTE,
    ReactionKind.EMOJI: Said.EMOJI_REACTION,
}
_LIKING = (ReactionKind.LIKE, ReactionKind.EMOJI)


class Mark(Struct, frozen=True):
    """A reaction, as far as it is written."""

    id: int
    uri: str | None
    kind: int
    value: str
    icon_url: str | None = None


def said_by(kind: int) -> Said | None:
    """None for what is not sent to anybody."""
    return _SAID.get(ReactionKind(kind))


def written(
    server: Server, mark: Mark, form: Form, actor_uri: str, post_uri: str | None
) -> JsonObject:
    """The reaction itself."""
    kind = "Dislike" if mark.kind == ReactionKind.DISLIKE else "Like"
    if form is Form.EMOJI_REACT:
        kind = "EmojiReact"
    document: JsonObject = {
        "id": mark.uri,
        "type": kind,
        "actor": actor_uri,
        "object": post_uri,
    }
    if form not in (Form.EMOJI_REACT, Form.LIKE_WITH_EMOJI):
        return document
    name = mark.value if is_emoji(mark.value) else f":{mark.value.partition('@')[0]}:"
    document["content"] = name
    if form is Form.LIKE_WITH_EMOJI:
        document["_misskey_reaction"] = name
    if mark.icon_url is not None:
        document["tag"] = [_emoji(server, mark, name)]
    return document


def _emoji(server: Server, mark: Mark, name: str) -> JsonObject:
    shortcode, _, host = mark.value.partition("@")
    ours = host in ("", server.host, server.domain)
    return {
        "id": f"{server.origin}/emojis/{shortcode}" if ours else None,
        "type": "Emoji",
        "name": name,
        "icon": {"type": "Image", "url": mark.icon_url},
    }


def is_said_already(platform: Platform, others: Sequence[Reaction], mark: Mark) -> bool:
    """An earlier reaction of the same person stands for this one too, or a vote against it."""
    if platform.cells[Said.EMOJI_REACTION] is not Form.ONE_LIKE or mark.kind not in _LIKING:
        return False
    return any(
        each.kind == ReactionKind.DISLIKE or each.id < mark.id for each in _of(platform, others)
    )


def is_still_said(platform: Platform, others: Sequence[Reaction], mark: Mark) -> bool:
    """Another reaction of the same person stands where the one that is taken back stood."""
    way = platform.cells[Said.EMOJI_REACTION]
    if way is Form.EMOJI_REACT or mark.kind not in _LIKING:
        return False
    newest = way is Form.LIKE_WITH_EMOJI
    return any(
        not newest or each.id > mark.id for each in _of(platform, others) if each.id != mark.id
    )


def _of(platform: Platform, others: Sequence[Reaction]) -> list[Reaction]:
    """Those of them that the platform counts in one."""
    votes = platform.cells[Said.DOWNVOTE] is not Form.NOT_SENT
    return [
        each
        for each in others
        if each.kind in _LIKING or (votes and each.kind == ReactionKind.DISLIKE)
    ]
