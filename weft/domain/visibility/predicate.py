"""Who may see a post, as SQL: composed into every statement that reads posts.

``can_see`` in ``evaluator.py`` says the same in Python; ``tests/domain/visibility`` holds them equal.

1. The author is not suspended or deleted, and no operator has suspended their host.
2. Reach: public and unlisted posts are for all (local-only ones for people of this server);
   followers-only posts for accepted followers; every post for the actors it names.
3. An author's block hides the post from the blocked, also when asked for by id.
4. In lists the viewer's own blocks, mutes and blocked hosts count as well (not for ``show``:
   who asks for a post by id wants to see it).
5. One's own posts are always visible to oneself.
6. What was deleted under a legal hold is kept, and seen by nobody but who breaks the glass.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, literal_column, not_, or_, true
from sqlalchemy.sql.expression import FromClause

from weft.domain.visibility.standing import host_suspended, limited, stands
from weft.domain.visibility.viewer import Purpose, ViewerKind, Visibility
from weft.storage.schema.posts import post_audience
from weft.storage.schema.relations import block, follow, host_block, mute

ACCEPTED: ColumnElement[int] = literal_column("1")
"""``follow.state`` of an accepted follow, as a literal so that partial indexes match."""


def visible(
    post: FromClause, author: FromClause, *, who: ViewerKind, purpose: Purpose
) -> ColumnElement[bool]:
    """True for rows of ``post`` (joined with its ``author``) that the viewer may see.

    Binds: ``:viewer`` (local, remote), ``:viewer_host`` (remote), ``:now`` (local).
    """
    if who == "break_glass":
        return true()
    standing = and_(post.c.withheld_at.is_(None), stands(author))
    reach = _reach(post, author, who)
    if who == "anonymous":
        return and_(standing, reach)
    me: Any = bindparam("viewer")
    conditions = [standing, reach, not_(_blocks(author.c.id, me))]
    if who == "remote":
        conditions.append(not_(_blocks_host(author.c.id, bindparam("viewer_host"))))
        conditions.append(not_(host_suspended(bindparam("viewer_host"))))
        return and_(*conditions)
    if purpose == "list":
        conditions += [
            not_(_blocks(me, author.c.id)),
            not_(_mutes(me, author.c.id)),
            not_(_blocks_host(me, author.c.host)),
        ]
    return and_(post.c.withheld_at.is_(None), or_(post.c.author_id == me, and_(*conditions)))


def found_by_all(author: FromClause) -> ColumnElement[bool]:
    """True for who may be shown to people that never asked for them: in good standing, and not
    limited by an operator."""
    return and_(stands(author), not_(limited(author)))


def hidden_between(me: Any, other: FromClause) -> ColumnElement[bool]:
    """True where a block stands between two, or the first mutes the other or blocks its host.

    Binds ``:now``.
    """
    return or_(
        _blocks(other.c.id, me),
        _blocks(me, other.c.id),
        _mutes(me, other.c.id),
        _blocks_host(me, other.c.host),
    )


def _reach(post: FromClause, author: FromClause, who: ViewerKind) -> ColumnElement[bool]:
    open_to_all = post.c.visibility <= literal_column(str(int(Visibility.UNLISTED)))
    if who == "anonymous":
        return and_(open_to_all, not_(post.c.local_only))
    me: Any = bindparam("viewer")
    follows = exists().where(
        follow.c.follower_id == me,
        follow.c.target_id == author.c.id,
        follow.c.state == ACCEPTED,
    )
    named = exists().where(post_audience.c.post_id == post.c.id, post_audience.c.actor_id == me)
    reach = or_(
        open_to_all,
        and_(post.c.visibility == literal_column(str(int(Visibility.FOLLOWERS))), follows),
        named,
    )
    return and_(reach, not_(post.c.local_only)) if who == "remote" else reach


def _blocks(blocker: Any, blocked: Any) -> ColumnElement[bool]:
    return exists().where(block.c.actor_id == blocker, block.c.target_id == blocked)


def _mutes(muter: Any, muted: Any) -> ColumnElement[bool]:
    return exists().where(
        mute.c.actor_id == muter,
        mute.c.target_id == muted,
        or_(mute.c.expires_at.is_(None), mute.c.expires_at > bindparam("now")),
    )


def _blocks_host(blocker: Any, name: Any) -> ColumnElement[bool]:
    return exists().where(host_block.c.actor_id == blocker, host_block.c.host == name)
