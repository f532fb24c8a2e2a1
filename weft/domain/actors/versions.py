"""What changes the way an actor is shown: its revision, its standing and its counts."""

from msgspec import Struct
from sqlalchemy import Select, func, literal_column, select

from weft.domain.visibility.standing import host_rejects_media, silenced_since, suspended_since
from weft.storage.schema.accounts import account
from weft.storage.schema.actors import actor, actor_stats
from weft.storage.statements import any_of, query


class ActorVersion(Struct, frozen=True):
    """Equal versions look the same. Of each count the larger of ours and the origin's is shown."""

    id: int
    revision: int
    suspended_at: int | None
    silenced_at: int | None
    hides_media: bool
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
    return (
        select(
            actor.c.id,
            actor.c.revision,
            suspended_since(actor),
            silenced_since(actor),
            host_rejects_media(actor.c.host),
            actor.c.deleted_at,
            actor_stats.c.followers,
            actor_stats.c.following,
            actor_stats.c.posts,
            actor_stats.c.origin_followers,
            actor_stats.c.origin_following,
            actor_stats.c.origin_posts,
            actor_stats.c.last_post_at,
            actor.c.sensitized_at,
            func.coalesce(account.c.role, literal_column("0")),
        )
        .join(actor_stats, actor_stats.c.actor_id == actor.c.id)
        .outerjoin(account, account.c.actor_id == actor.c.id)
        .where(any_of(actor.c.id, "ids"))
    )
