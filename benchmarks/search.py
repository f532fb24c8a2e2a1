"""Searching some hundred thousand posts: how long a page takes, and what the index weighs.

Asked of the domain, in this process, without HTTP. The words of the posts are as frequent as those of
a language are (the n-th has a share of 1/n); every tenth post is in characters without blanks.
``WEFT_BENCH_POSTS`` sets how many posts there are, ``WEFT_BENCH_DATABASE_URL`` an empty PostgreSQL
database in place of SQLite.
"""

import itertools
import os
import random
import time
from collections.abc import Iterator
from typing import Any

from benchmarks.server import settings_for
from weft.app import Parts, assembled
from weft.domain.actors.records import Actor, ActorKind
from weft.domain.actors.store import RemoteActor, save_remote_actor
from weft.domain.posts.records import Post, PostKind
from weft.domain.posts.store import insert_post
from weft.domain.search.index import insert_words
from weft.domain.search.posts import Page, find_posts
from weft.domain.search.texts import PostText, tokens_of_post
from weft.domain.search.typed import read
from weft.storage.database import Database, Tx
from weft.storage.ids import id_at
from weft.storage.migrate import upgrade

POSTS = int(os.environ.get("WEFT_BENCH_POSTS", "500000"))
AUTHORS = 2_000
VOCABULARY = 50_000
FILL_S = 1200.0
"""Then what is there has to do: the report says how many posts that were."""
RUNS = 40
EVERY_MS = 20_000
GROUP = 500


class Language:
    """Words by how frequent they are; the first is a third of ``the``."""

    def __init__(self) -> None:
        self.random = random.Random(1)
        letters = "etaoinshrdlucmfwygpbvk"
        made: dict[str, None] = {}
        while len(made) < VOCABULARY:
            made["".join(self.random.choices(letters, k=self.random.randint(3, 9)))] = None
        self.words = list(made)
        self._shares = list(itertools.accumulate(1 / (n + 1) for n in range(VOCABULARY)))
        self._signs = [chr(0x4E00 + n) for n in range(3_000)]
        self._sign_shares = list(itertools.accumulate(1 / (n + 1) for n in range(3_000)))

    def text(self, number: int) -> str:
        if number % 10 == 0:
            return "".join(self.random.choices(self._signs, cum_weights=self._sign_shares, k=60))
        return " ".join(self.random.choices(self.words, cum_weights=self._shares, k=30))

    def pair(self) -> str:
        return "".join(self.random.choices(self._signs[:200], k=2))

    def queries(self) -> dict[str, Iterator[str]]:
        """What is asked: a new query each time."""
        choice = self.random.choice
        return {
            "a common word": (choice(self.words[:30]) for _ in itertools.count()),
            "a rare word": (choice(self.words[-20_000:]) for _ in itertools.count()),
            "two words": (
                f"{choice(self.words[:300])} {choice(self.words[:3000])}" for _ in itertools.count()
            ),
            "a common word, one author": (
                f"{choice(self.words[:30])} from:a{self.random.randrange(AUTHORS)}@far.example"
                for _ in itertools.count()
            ),
            "two characters without blanks": (self.pair() for _ in itertools.count()),
        }


async def measure() -> list[str]:
    """Rows: what, p50 and p95 in milliseconds, how many posts a page had on average."""
    with settings_for(os.environ.get("WEFT_BENCH_DATABASE_URL")) as (settings, _):
        settings.data.mkdir(parents=True, exist_ok=True)
        await upgrade(settings.database_url)
        async with assembled(settings) as parts:
            language = Language()
            started = time.perf_counter()
            count, text_bytes = await _fill(parts, language)
            seconds = time.perf_counter() - started
            me = (await _people(parts, 1, "reader"))[0].id
            rows = [
                f"| {count:,} posts of {text_bytes / count:.0f} bytes, filled in {seconds:.0f} s,"
                f" {parts.db.engine} | | | |",
                f"| index, bytes per post | {await _index_bytes(parts.db) / count:.0f} | | |",
            ]
            for what, queries in language.queries().items():
                rows.append(await _timed(parts, me, what, queries))
    return rows


async def _timed(parts: Parts, me: int, what: str, queries: Iterator[str]) -> str:
    took, found = [], 0
    for query in itertools.islice(queries, RUNS):
        started = time.perf_counter()
        page = await find_posts(parts.db, parts.server, me, read(query), Page())
        took.append((time.perf_counter() - started) * 1000)
        found += len(page)
    took.sort()
    p50, p95 = took[len(took) // 2], took[int(len(took) * 0.95)]
    return f"| {what} | {p50:.1f} | {p95:.1f} | {found / RUNS:.1f} |"


async def _people(parts: Parts, count: int, name: str) -> list[Actor]:
    made = [
        RemoteActor(
            uri=f"https://far.example/{name}{n}",
            kind=ActorKind.PERSON,
            username=f"{name}{n}",
            domain="far.example",
            host="far.example",
            url=f"https://far.example/@{name}{n}",
            inbox="https://far.example/inbox",
            indexable=True,
        )
        for n in range(count)
    ]
    kept: list[Actor] = []
    for at in range(0, count, GROUP):
        kept += await parts.db.write(_save, parts, made[at : at + GROUP])
    return kept


async def _save(tx: Tx, parts: Parts, people: list[RemoteActor]) -> list[Actor]:
    return [await save_remote_actor(tx, parts.server, each) for each in people]


async def _fill(parts: Parts, language: Language) -> tuple[int, int]:
    """As many posts as fit into ``FILL_S``; how many, and the bytes of their texts."""
    authors = await _people(parts, AUTHORS, "a")
    first_at = parts.server.now_ms() - POSTS * EVERY_MS
    until, number, size = time.perf_counter() + FILL_S, 0, 0
    while number < POSTS and time.perf_counter() < until:
        texts = [language.text(number + n) for n in range(min(GROUP, POSTS - number))]
        await parts.db.write(_posts, authors, number, first_at, texts)
        number += len(texts)
        size += sum(len(each.encode()) for each in texts)
    return number, size


_EMPTY = dict.fromkeys(
    name for name in Post.__struct_fields__ if name not in {"revision", "edited_at"}
)


async def _posts(
    tx: Tx, authors: list[Actor], number: int, first_at: int, texts: list[str]
) -> None:
    for place, text in enumerate(texts, number):
        at = first_at + place * EVERY_MS
        author = authors[place * 7 % AUTHORS]
        values = {
            "id": id_at(at),
            "num": place + 1,
            "kind": PostKind.NOTE,
            "local": False,
            "uri": f"{author.uri}/{place}",
            "author_id": author.id,
            "visibility": 0,
            "local_only": False,
            "sensitive": False,
            "content": f"<p>{text}</p>",
            "published_at": at,
            "arrived_at": at,
        }
        await tx.run(insert_post, **(_EMPTY | values), sanitiser=0)
        post = PostText(author_id=author.id, visibility=0, content=text, language="en")
        await tx.run(insert_words, post_id=id_at(at), tokens=tokens_of_post(post))


async def _index_bytes(db: Database) -> int:
    """What the index takes on disk."""
    import apsw
    import asyncpg

    if db.engine == "sqlite":
        with_pages = "SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'post_search%'"
        row: Any = apsw.Connection(getattr(db, "path")).execute(with_pages).fetchone()  # noqa: B009
        return int(row[0])
    connection = await asyncpg.connect(os.environ["WEFT_BENCH_DATABASE_URL"])
    try:
        return int(await connection.fetchval("SELECT pg_total_relation_size('post_search')"))
    finally:
        await connection.close()
