"""What of one's own waits for an author's leave, or did not get it: for who looks at posts."""

from collections import defaultdict
from collections.abc import Iterable, Set
from typing import Literal, TypeAlias

from weft.domain.interactions.policy import wants_to_decide
from weft.domain.interactions.queries import standing_answers, standing_boosts, standing_likes
from weft.domain.interactions.records import LeaveKind, LeaveState, What
from weft.domain.posts.records import Post
from weft.domain.visibility.viewer import Visibility
from weft.storage.database import Database

Stands: TypeAlias = Literal["pending", "rejected"]
_WHATS: dict[int, What] = {
    LeaveKind.LIKE: "like",
    LeaveKind.REPLY: "reply",
    LeaveKind.BOOST: "boost",
}


async def load_standing(
    db: Database, actor_id: int, posts: Iterable[Post], liked: Set[int], boosted: Set[int]
) -> dict[int, dict[What, Stands]]:
    """By post: the answer itself, or what is liked or boosted. Statements only where something can
    wait: ``liked`` and ``boosted`` are the person's marks."""
    rows = []
    answers = [
        post.id
        for post in posts
        if post.author_id == actor_id
        and post.in_reply_to_uri is not None
        and post.visibility >= Visibility.DIRECT
    ]
    if answers:
        rows += await db.all(standing_answers, ids=answers)
    marked_at_all = liked | boosted
    if not rows and not marked_at_all:
        return {}
    restricted = {post.id for post in posts if post.id in marked_at_all and wants_to_decide(post)}
    for statement, marked in ((standing_likes, liked), (standing_boosts, boosted)):
        if ids := sorted(restricted & marked):
            rows += await db.all(statement, actor=actor_id, ids=ids)
    found: dict[int, dict[What, Stands]] = defaultdict(dict)
    for row in rows:
        if row.state != LeaveState.ACCEPTED:
            stands: Stands = "pending" if row.state == LeaveState.PENDING else "rejected"
            found[row.about_id][_WHATS[row.kind]] = stands
    return dict(found)
