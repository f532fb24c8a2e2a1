"""How a server was used week by week, as it tells everybody who asks. Weeks begin on Monday, UTC."""

from msgspec import Struct
from sqlalchemy import Delete, Insert, Select, bindparam, delete, func, select

from weft.domain.accounts.store import touch_account
from weft.domain.server import Server
from weft.storage.database import Database, Tx
from weft.storage.ids import id_at
from weft.storage.schema.accounts import account, active_week
from weft.storage.schema.posts import post
from weft.storage.statements import insert_or_ignore, query

DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
_MONDAY_MS = -3 * DAY_MS
"""1969-12-29: the Monday before 1970, which began on a Thursday."""
SHOWN = 12
KEPT = 26


class Week(Struct, frozen=True):
    starts_at: int
    posts: int
    people: int
    """Of this server, who were here."""
    joined: int


def week_of(ms: int) -> int:
    return (ms - _MONDAY_MS) // WEEK_MS


def start_of(week: int) -> int:
    return _MONDAY_MS + week * WEEK_MS


@query()
def note_week() -> Insert:
    return insert_or_ignore(active_week, "week", "account_id")


@query()
def forget_weeks() -> Delete:
    return delete(active_week).where(active_week.c.week < bindparam("before"))


@query()
def people_in_week() -> Select:
    return (
        select(func.count()).select_from(active_week).where(active_week.c.week == bindparam("week"))
    )


@query()
def posts_between() -> Select:
    """Posts and boosts of people of this server, by the range of their ids."""
    return (
        select(func.count())
        .select_from(account)
        .join(post, post.c.author_id == account.c.actor_id)
        .where(post.c.id >= bindparam("low"), post.c.id < bindparam("high"))
    )


@query()
def joined_between() -> Select:
    return (
        select(func.count())
        .select_from(account)
        .where(
            account.c.created_at >= bindparam("low"),
            account.c.created_at < bindparam("high"),
            account.c.confirmed_at.is_not(None),
            account.c.approved_at.is_not(None),
        )
    )


async def note_here(tx: Tx, account_id: int, now: int) -> None:
    """The person is here: home timelines are kept for those who come, and weeks are counted."""
    await tx.run(touch_account, of_account=account_id, now=now)
    await tx.run(note_week, week=week_of(now), account_id=account_id)


async def weeks(db: Database, server: Server) -> list[Week]:
    """The last twelve, the present one first."""
    this, found = week_of(server.now_ms()), []
    for week in range(this, this - SHOWN, -1):
        low, high = start_of(week), start_of(week + 1)
        posts = await db.one(posts_between, low=id_at(low), high=id_at(high))
        people = await db.one(people_in_week, week=week)
        joined = await db.one(joined_between, low=low, high=high)
        found.append(Week(low, *(row[0] if row else 0 for row in (posts, people, joined))))
    return found
