"""How a server was used week by week, as it tells everybody who asks. Weeks begin on Monday, UTC."""

from msgspec import Struct
from sqlalchemy import Select, bindparam, func, select

from weft.domain.server import Server
from weft.storage.database import Database
from weft.storage.ids import id_at
from weft.storage.schema.accounts import account
from weft.storage.schema.moderation import account_day
from weft.storage.schema.posts import post
from weft.storage.statements import query

DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
_MONDAY_MS = -3 * DAY_MS
"""1969-12-29: the Monday before 1970, which began on a Thursday."""
SHOWN = 12


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
def people_between() -> Select:
    """How many people of this server were here on one of the days ``:first`` to ``:last``."""
    return select(func.count(account_day.c.account_id.distinct())).where(
        account_day.c.day.between(bindparam("first"), bindparam("last"))
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


async def weeks(db: Database, server: Server) -> list[Week]:
    """The last twelve, the present one first."""
    this, found = week_of(server.now_ms()), []
    for week in range(this, this - SHOWN, -1):
        low, high = start_of(week), start_of(week + 1)
        posts = await db.one(posts_between, low=id_at(low), high=id_at(high))
        people = await db.one(people_between, first=low // DAY_MS, last=(high - 1) // DAY_MS)
        joined = await db.one(joined_between, low=low, high=high)
        found.append(Week(low, *(row[0] if row else 0 for row in (posts, people, joined))))
    return found
