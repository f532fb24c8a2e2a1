"""Finding people by the beginnings of their names, or by something like them.

Order: who has exactly this name; whom one follows; whose handle begins so; whose name has words that
do; who is called something like it. Among equals, who has more followers comes first.
"""

from difflib import SequenceMatcher
from typing import Any

from msgspec import Struct
from sqlalchemy import Select, bindparam, case, exists, func, literal_column, or_, select

from weft.domain.search.people_index import pieces_of
from weft.domain.search.words import folded, phrase_of, tokens_of
from weft.domain.visibility.predicate import ACCEPTED, found_by_all, hidden_between
from weft.domain.visibility.standing import stands
from weft.storage.database import Database
from weft.storage.errors import TooSlow
from weft.storage.fulltext import Phrase, Sought, closeness, matches, rendered
from weft.storage.schema.actors import actor, actor_stats
from weft.storage.schema.relations import follow
from weft.storage.schema.search import actor_search
from weft.storage.statements import query

STATEMENT_S = 0.5
MOST_SCANNED = 2_000
"""People whose names fit, the newest here; of those whom one follows, all are looked at."""
MOST_LIKE = 60
LEAST_LIKE = 0.7
"""Of 1: ``SequenceMatcher.ratio``. One slip in a name of five letters is 0.8."""
SHORTEST_LIKE = 4
LONGEST = 200
MOST_WORDS = 8
DEEPEST = 400


class Candidate(Struct, frozen=True):
    id: int
    handle: str
    username: str
    name: str
    followed: bool
    followers: int


@query(row=Candidate, limit_s=STATEMENT_S)
def people_named(*, following: bool, like: bool = False) -> Select:
    """People whose names fit, unordered; ``following`` takes only those whom ``:viewer`` follows."""
    me: Any = bindparam("viewer")
    followed = exists().where(
        follow.c.follower_id == me, follow.c.target_id == actor.c.id, follow.c.state == ACCEPTED
    )
    found = select(actor_search.c.rowid).where(matches(actor_search.c.words, "sought"))
    if following:
        mine = select(follow.c.target_id).where(
            follow.c.follower_id == me, follow.c.state == ACCEPTED
        )
        found = found.where((actor_search.c.rowid + literal_column("0")).in_(mine))
    order = closeness(actor_search.c.words, "sought") if like else actor_search.c.rowid.desc()
    named = found.order_by(order).limit(bindparam("limit")).subquery("named")
    count = func.coalesce(actor_stats.c.followers, 0)
    told = func.coalesce(actor_stats.c.origin_followers, 0)
    return (
        select(
            actor.c.id,
            actor.c.handle,
            actor.c.username,
            actor.c.name,
            followed.label("followed"),
            case((count > told, count), else_=told).label("followers"),
        )
        .select_from(named)
        .join(actor, actor.c.id == named.c.rowid)
        .outerjoin(actor_stats, actor_stats.c.actor_id == actor.c.id)
        .where(or_(found_by_all(actor), followed), ~hidden_between(me, actor))
        .where(stands(actor))
    )


async def find_people(
    db: Database,
    typed: str,
    *,
    me: int | None,
    now: int,
    limit: int,
    offset: int = 0,
    following: bool = False,
) -> list[int]:
    """Ids of people, the closest first; ``me`` is who searches, None if nobody is signed in."""
    word = typed.strip().removeprefix("@")[:LONGEST]
    name, _, domain = word.partition("@")
    phrases = [phrase_of(each, prefix=True) for each in name.split()[:MOST_WORDS]]
    sought = tuple((each,) for each in phrases if each is not None)
    if not sought or offset > DEEPEST:
        return []
    asked = {"viewer": me or 0, "now": now}
    found: dict[int, Candidate] = {}
    ways = [True] if following else [True, False] if me is not None else [False]
    for way in ways:
        found |= await _named(db, Sought(sought), following=way, like=False, **asked)
    wanted = offset + limit
    if len(found) < wanted and not domain and len(folded(name)) >= SHORTEST_LIKE:
        pieces = tuple(Phrase((each,)) for each in pieces_of(tokens_of(name)))
        close = await _named(db, Sought((pieces,)), following=following, like=True, **asked)
        found |= {
            row.id: row
            for row in close.values()
            if row.id not in found and likeness(row, name) >= LEAST_LIKE
        }
    rows = [row for row in found.values() if not domain or _is_at(row, domain)]
    rows.sort(key=lambda row: rank(row, name))
    return [row.id for row in rows[offset:wanted]]


async def _named(
    db: Database, sought: Sought, *, following: bool, like: bool, viewer: int, now: int
) -> dict[int, Candidate]:
    words = rendered(sought, db.engine)
    limit = MOST_LIKE if like else MOST_SCANNED
    try:
        rows = await db.all(
            people_named,
            following=following,
            like=like,
            sought=words,
            limit=limit,
            viewer=viewer,
            now=now,
        )
    except TooSlow:
        return {}
    return {row.id: row for row in rows}


def _is_at(row: Candidate, domain: str) -> bool:
    return row.handle.partition("@")[2].startswith(domain.casefold())


def rank(row: Candidate, typed: str) -> tuple[bool, bool, int, float, int, str]:
    """What people are ordered by: the smaller, the closer."""
    word, username, name = folded(typed), folded(row.username), folded(row.name)
    if username.startswith(word):
        tier = 0
    elif any(each.startswith(word) for each in (name, *name.split())):
        tier = 1
    else:
        tier = 2
    unlike = 1.0 - likeness(row, typed) if tier == 2 else 0.0
    return username != word, not row.followed, tier, unlike, -row.followers, row.handle


def likeness(row: Candidate, typed: str) -> float:
    """From 0 to 1: of the username, the name or a word of it to what was typed, the best."""
    word = folded(typed)
    names = (folded(row.username), folded(row.name[:LONGEST]))
    return max(
        SequenceMatcher(None, word, each).ratio()
        for each in {*names, *names[1].split()[:MOST_WORDS]}
    )
