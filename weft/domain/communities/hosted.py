"""Communities of this server: what is in them, and so is passed on to those who follow them."""

from typing import Any

from msgspec import Struct
from sqlalchemy import Select, bindparam, literal_column, select

from weft.domain.communities.queries import IN_COMMUNITY, place, placed
from weft.domain.visibility.standing import limited, stands
from weft.domain.visibility.viewer import Visibility
from weft.storage.schema.actors import actor
from weft.storage.schema.posts import post
from weft.storage.statements import query

MOST_PLACES = 10
"""Communities that pass on one post."""
_FOR_ALL: Any = literal_column(str(int(Visibility.UNLISTED)))


class Hosted(Struct, frozen=True):
    """A post for everybody, and a community of this server that it is in."""

    community_id: int
    community_uri: str
    post_id: int
    author_id: int
    is_thread: bool
    is_limited: bool
    """A moderator of this server lets its author be heard by their followers only."""


@query(row=Hosted, bounded=True)
def hosted_by_uri() -> Select:
    """Where the post ``:uri`` is."""
    return _hosted().where(post.c.uri == bindparam("uri"))


@query(row=Hosted, bounded=True)
def hosted_by_id() -> Select:
    """Where the post ``:id`` is."""
    return _hosted().where(post.c.id == bindparam("id"))


def _hosted() -> Select:
    return (
        select(
            place.c.id,
            place.c.uri,
            post.c.id,
            post.c.author_id,
            post.c.in_reply_to_uri.is_(None),
            limited(actor),
        )
        .select_from(
            post.join(placed, placed.c.post_id == post.c.id)
            .join(place, place.c.id == placed.c.actor_id)
            .join(actor, actor.c.id == post.c.author_id)
        )
        .where(
            placed.c.role == IN_COMMUNITY,
            place.c.local,
            stands(place),
            post.c.visibility <= _FOR_ALL,
            ~post.c.local_only,
            post.c.withheld_at.is_(None),
        )
        .limit(MOST_PLACES)
    )
