"""Who may see a post, in Python: for streams, push and caches, where the facts are at hand.

The rules are those of ``predicate.py``, in the same order.
"""

from msgspec import Struct

from weft.domain.visibility.viewer import Anonymous, BreakGlass, Purpose, Remote, Viewer, Visibility


class PostFacts(Struct, frozen=True):
    """What the rule needs to know of a post and its author."""

    author_id: int
    visibility: Visibility
    local_only: bool = False
    author_stands: bool = True
    """Neither suspended nor deleted, and on a host that no operator suspended."""
    withheld: bool = False
    """Deleted under a legal hold."""


class Relation(Struct, frozen=True):
    """What lies between a viewer and the author of a post (and the post itself)."""

    follows: bool = False
    named: bool = False
    """The post names the viewer."""
    blocked_by: bool = False
    """The author blocks the viewer, or the viewer's host."""
    host_suspended: bool = False
    """The operator suspended the viewer's host."""
    hides: bool = False
    """The viewer blocks or mutes the author, or blocks their host."""


STRANGER = Relation()


def can_see(
    viewer: Viewer, post: PostFacts, relation: Relation = STRANGER, *, purpose: Purpose
) -> bool:
    """The same answer that ``visible()`` gives in SQL."""
    if isinstance(viewer, BreakGlass):
        return True
    if post.withheld:
        return False
    if isinstance(viewer, Anonymous):
        return post.author_stands and _open_to_all(post) and not post.local_only
    remote = isinstance(viewer, Remote)
    if not remote and viewer.actor_id == post.author_id:
        return True
    if not post.author_stands or relation.blocked_by:
        return False
    if remote and (post.local_only or relation.host_suspended):
        return False
    if not remote and purpose == "list" and relation.hides:
        return False
    return (
        _open_to_all(post)
        or (post.visibility == Visibility.FOLLOWERS and relation.follows)
        or relation.named
    )


def _open_to_all(post: PostFacts) -> bool:
    return post.visibility <= Visibility.UNLISTED
