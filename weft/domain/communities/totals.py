"""How much is in all communities of this server together."""

from msgspec import Struct
from sqlalchemy import Select, func, literal_column, select

from weft.domain.communities.queries import GROUP, IN_COMMUNITY
from weft.storage.schema.actors import actor
from weft.storage.schema.posts import post, post_audience
from weft.storage.statements import query


class Totals(Struct, frozen=True):
    threads: int
    comments: int
    communities: int


@query(row=Totals)
def totals() -> Select:
    """Local posts in communities, and local communities."""
    in_communities = (
        select(func.count())
        .select_from(post_audience.join(post, post.c.id == post_audience.c.post_id))
        .where(post_audience.c.role == IN_COMMUNITY, post.c.local)
    )
    groups = select(func.count(literal_column("1"))).where(
        actor.c.kind == GROUP, actor.c.local, actor.c.deleted_at.is_(None)
    )
    return select(
        in_communities.where(post.c.in_reply_to_uri.is_(None)).scalar_subquery(),
        in_communities.where(post.c.in_reply_to_uri.is_not(None)).scalar_subquery(),
        groups.scalar_subquery(),
    )
