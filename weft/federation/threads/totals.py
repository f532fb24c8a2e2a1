"""What another server counts of a post, where its collections say it and the post itself does not."""

from sqlalchemy import Update, bindparam, func, update

from weft.storage.database import Tx
from weft.storage.schema.posts import post_stats
from weft.storage.statements import query

MOST_COUNTED = 2**31 - 1


@query()
def set_post_totals() -> Update:
    """None leaves what was said before."""
    columns = {"likes": post_stats.c.origin_likes, "shares": post_stats.c.origin_boosts}
    return (
        update(post_stats)
        .where(post_stats.c.post_id == bindparam("of_post"))
        .values(
            {
                column.name: func.coalesce(bindparam(name, type_=column.type), column)
                for name, column in columns.items()
            }
        )
    )


async def keep_totals(tx: Tx, post_id: int, likes: int | None, shares: int | None) -> None:
    """Counts below zero are no counts, and enormous ones are cut."""
    counted = {
        name: min(total, MOST_COUNTED) if total is not None and total >= 0 else None
        for name, total in (("likes", likes), ("shares", shares))
    }
    await tx.run(set_post_totals, of_post=post_id, **counted)
