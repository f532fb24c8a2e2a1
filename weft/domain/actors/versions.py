"""What changes the way an actor is shown: its revision, its standing and its counts."""

from typing import Any

from msgspec import Struct
from sqlalchemy import Select, case, func, literal_column, select

from weft.domain.visibility.standing import SINCE_EVER
from weft.storage.schema.accounts import account
from weft.storage.schema.actors import actor, actor_stats
from weft.storage.schema.federation import host
from weft.storage.statements import any_of, query


class ActorVersion(Struct, frozen=True):
    """Equal versions look the same. Of each count the larger of ours and the origin's is shown."""

    id: int
    revision: int
    suspended_at: int | None
    silenced_at: int | None
    hides_media: int
    """Pictures of its server are not shown here."""
    deleted_at: int | None
    own_followers: int
    own_following: int
    own_posts: int
    origin_followers: int
    origin_following: int
    origin_posts: int
    last_post_at: int | None
    sensitized_at: int | None
    role: int

    @property
    def followers(self) -> int:
        return max(self.own_followers, self.origin_followers)

    @property
    def following(self) -> int:
        return max(self.own_following, self.origin_following)

    @property
    def posts(self) -> int:
        return max(self.own_posts, self.origin_posts)


@query(row=ActorVersion, bounded=True)
def actor_versions() -> Select:
    """As ``visibility.standing`` has it, with one look at each actor's server."""
    none: Any = literal_column("0")
    return (
        select(
            actor.c.id,
            actor.c.revision,
            func.coalesce(actor.c.suspended_at, case((host.c.suspended, SINCE_EVER))),
            func.coalesce(actor.c.silenced_at, case((host.c.silenced, SINCE_EVER))),
            case((host.c.rejects_media, literal_column("1")), else_=none),
            actor.c.deleted_at,
            actor_stats.c.followers,
            actor_stats.c.following,
            actor_stats.c.posts,
            actor_stats.c.origin_followers,
            actor_stats.c.origin_following,
            actor_stats.c.origin_posts,
            actor_stats.c.last_post_at,
            actor.c.sensitized_at,
            func.coalesce(account.c.role, none),
        )
        .join(actor_stats, actor_stats.c.actor_id == actor.c.id)
        .outerjoin(host, host.c.name == actor.c.host)
        .outerjoin(account, account.c.actor_id == actor.c.id)
        .where(any_of(actor.c.id, "ids"))
    )
