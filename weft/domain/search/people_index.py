"""Keeping the index of people: by the words of their names, and by pieces of those.

The pieces are runs of three letters with the word's ends marked (``alice``: ``_al ali lic ice ce_``).
They find a name that was typed with a slip; ``weft/domain/search/people.py`` then compares letters.
"""

from itertools import pairwise

from sqlalchemy import Delete, Insert, bindparam, delete, insert

from weft.domain.search.words import APART, fact, tokens_of
from weft.storage.database import Tx
from weft.storage.fulltext import tokens
from weft.storage.schema.search import actor_search
from weft.storage.statements import query

LONGEST_NAME = 200
MOST_PIECES = 60


@query()
def insert_name() -> Insert:
    return insert(actor_search).values(rowid=bindparam("actor_id"), words=tokens("tokens"))


@query()
def delete_name() -> Delete:
    return delete(actor_search).where(actor_search.c.rowid == bindparam("of_actor"))


def pieces_of(words: list[str]) -> list[str]:
    """Tokens for the pieces of some words, each once."""
    found: dict[str, None] = {}
    for word in words:
        marked = f"_{word}_"
        ends = list(pairwise(marked))
        for (first, second), (_, third) in pairwise(ends):
            found[fact("g", first + second + third)] = None
    return list(found)[:MOST_PIECES]


def tokens_of_person(username: str, name: str) -> str:
    """The tokens with blanks between them, as the index takes them."""
    parts = tokens_of(username[:LONGEST_NAME])
    whole = "".join(parts)
    named = tokens_of(name[:LONGEST_NAME])
    found = [*parts, *([APART, whole] if len(parts) > 1 else []), APART, *named]
    return " ".join([*found, *pieces_of([whole, *named])])


async def index_person(tx: Tx, actor_id: int, username: str, name: str) -> None:
    """A new person, or one with another name."""
    await tx.run(delete_name, of_actor=actor_id)
    await tx.run(insert_name, actor_id=actor_id, tokens=tokens_of_person(username, name))


async def forget_person(tx: Tx, actor_id: int) -> None:
    await tx.run(delete_name, of_actor=actor_id)
