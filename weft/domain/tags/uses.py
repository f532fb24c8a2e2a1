"""How much hashtags are used: a row per tag, day and author, for as long as a history reaches."""

from weft.domain.server import Server
from weft.domain.tags.queries import count_uses, forget_uses
from weft.storage.database import Database, Tx

DAY_MS = 24 * 3_600_000
SHOWN_DAYS = 7
KEPT_DAYS = 8


def day_of(at_ms: int) -> int:
    """Days since 1970-01-01 UTC."""
    return at_ms // DAY_MS


async def note_uses(tx: Tx, author_id: int, post_id: int, published_at: int, now: int) -> None:
    """A public post was published, or has arrived."""
    day = day_of(published_at)
    if day > day_of(now) - KEPT_DAYS:
        await tx.run(count_uses, of_post=post_id, author=author_id, day=day)


async def forget_old_uses(db: Database, server: Server) -> int:
    """The number of rows taken away."""
    return await db.write(_forget, day_of(server.now_ms()) - KEPT_DAYS + 1)


async def _forget(tx: Tx, before: int) -> int:
    return await tx.run(forget_uses, before=before)
