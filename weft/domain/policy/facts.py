"""What is looked up for rules that need it, and nothing for those that do not."""

import hashlib
import re
from typing import Protocol

from msgspec import Struct, structs
from sqlalchemy import Delete, Insert, Select, bindparam, delete, exists, func, select

from weft.domain.policy.patterns import folded
from weft.domain.policy.records import Need, Subject
from weft.domain.relations.queries import followed_here
from weft.domain.server import Server
from weft.domain.visibility.predicate import ACCEPTED
from weft.storage.database import Database, Tx
from weft.storage.schema.actors import actor
from weft.storage.schema.federation import host
from weft.storage.schema.policy import policy_host, policy_text
from weft.storage.schema.relations import follow
from weft.storage.statements import any_of, insert_or_ignore, query, upsert

HOUR_MS = 3_600_000
KEPT_MS = 168 * HOUR_MS
"""The longest window of the rule about copies."""
MOST_TEXTS = 500_000
"""Hashes that are kept, whatever comes: some 50 MB."""
MOST_COPIES = 1001
MOST_NAMED = 1000
STEP = 1000
_NAMES = re.compile(r"[@#]\S+|https?://\S+")
_BETWEEN = re.compile(r"[\W_]+")


class Matter(Struct, frozen=True, kw_only=True):
    """What is judged, with what lookups go by."""

    subject: Subject
    author_id: int | None = None
    """None for an actor that is not here yet."""
    named: tuple[str, ...] = ()
    """Ids (IRIs) of who is named or addressed."""
    named_ids: tuple[int, ...] = ()
    """The same, where they are known already."""


@query(bounded=True)
def strangers_among(*, by_id: bool = False) -> Select:
    """How many people of this server, of those named, do not follow ``:author``."""
    column = actor.c.id if by_id else actor.c.uri
    follows = exists().where(
        follow.c.follower_id == actor.c.id,
        follow.c.target_id == bindparam("author"),
        follow.c.state == ACCEPTED,
    )
    return select(func.count()).where(
        any_of(column, "named"), actor.c.local, actor.c.id != bindparam("author"), ~follows
    )


@query()
def copies_of() -> Select:
    """Other accounts that said it since ``:since``, counted up to ``:limit``."""
    found = (
        select(policy_text.c.actor_id)
        .where(
            policy_text.c.digest == bindparam("digest"),
            policy_text.c.actor_id != bindparam("author"),
            policy_text.c.said_at >= bindparam("since"),
        )
        .limit(bindparam("limit"))
        .subquery()
    )
    return select(func.count()).select_from(found)


@query()
def note_text() -> Insert:
    names = ["digest", "actor_id", "said_at"]
    return upsert(policy_text, key=names[:2], values=names, update=["said_at"])


@query(bounded=True)
def approved_host() -> Select:
    return select(policy_host.c.name).where(policy_host.c.name == bindparam("name"))


@query(bounded=True)
def host_seen() -> Select:
    return select(host.c.first_seen_at).where(host.c.name == bindparam("name"))


@query()
def approve_host() -> Insert:
    return insert_or_ignore(policy_host, "name", "approved_at")


@query()
def forget_texts(*, spare: bool = True) -> Delete:
    """Some of the oldest; with ``spare`` only those before ``:before``."""
    old = select(policy_text.c.said_at).order_by(policy_text.c.said_at).limit(bindparam("limit"))
    if spare:
        old = old.where(policy_text.c.said_at < bindparam("before"))
    return delete(policy_text).where(policy_text.c.said_at.in_(old))


@query()
def count_texts() -> Select:
    return select(func.count()).select_from(policy_text)


class Wanted(Struct, frozen=True, kw_only=True):
    """What a rule needs to know, and how far back."""

    needs: frozenset[Need] = frozenset()
    known_before: int = 0
    """Servers that were seen before this are known."""
    window_ms: int = 24 * HOUR_MS
    shortest: int = 0
    """Texts that have fewer characters are not compared."""


class Facts(Protocol):
    """Looks up; a dry run has another, which changes nothing."""

    async def supply(self, matter: Matter, wanted: Wanted) -> Matter:
        """The matter with what is needed."""


class DatabaseFacts:
    """What is so now."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def supply(self, matter: Matter, wanted: Wanted) -> Matter:
        """As ``Facts.supply``."""
        author, needs = matter.subject.author, wanted.needs
        if Need.FOLLOWED in needs and not author.local and matter.author_id is not None:
            author = structs.replace(author, followed_here=await self.followed(matter.author_id))
        if Need.KNOWN_HOST in needs and not author.local:
            known = await self.host_known(author.host, wanted.known_before)
            author = structs.replace(author, host_known=known)
        subject = structs.replace(matter.subject, author=author)
        post = subject.post
        if post is not None:
            if Need.STRANGERS in needs:
                post = structs.replace(post, strangers=await self.strangers(matter))
            if Need.COPIES in needs and len(post.text) >= wanted.shortest:
                copies = await self.copies(matter, wanted.window_ms)
                post = structs.replace(post, copies=copies)
            subject = structs.replace(subject, post=post)
        return structs.replace(matter, subject=subject)

    async def followed(self, actor_id: int) -> bool:
        return await self._db.one(followed_here, target=actor_id) is not None

    async def host_known(self, name: str, before: int) -> bool:
        """A moderator let it in, or it was here before the rule."""
        if await self._db.one(approved_host, name=name) is not None:
            return True
        seen = await self._db.one(host_seen, name=name)
        return seen is not None and int(seen[0]) < before

    async def strangers(self, matter: Matter) -> int:
        author = matter.author_id or 0
        if matter.named_ids:
            named = list(matter.named_ids[:MOST_NAMED])
            row = await self._db.one(strangers_among, by_id=True, named=named, author=author)
        elif matter.named:
            uris = list(matter.named[:MOST_NAMED])
            row = await self._db.one(strangers_among, named=uris, author=author)
        else:
            return 0
        return int(row[0]) if row is not None else 0

    async def copies(self, matter: Matter, window_ms: int) -> int:
        """Counts the others, and remembers that this author said it too."""
        digest = digest_of(matter)
        if digest is None or matter.author_id is None:
            return 0
        return await self._db.write(
            _note_copy, digest, matter.author_id, matter.subject.now, window_ms
        )


async def _note_copy(tx: Tx, digest: str, author: int, now: int, window_ms: int) -> int:
    await tx.run(note_text, digest=digest, actor_id=author, said_at=now)
    row = await tx.one(
        copies_of, digest=digest, author=author, since=now - window_ms, limit=MOST_COPIES
    )
    return int(row[0]) if row is not None else 0


def digest_of(matter: Matter) -> str | None:
    """What texts that differ only in whom they name, their links, case and marks have in common."""
    post = matter.subject.post
    if post is None:
        return None
    words = _BETWEEN.sub(" ", _NAMES.sub(" ", folded(post.text))).strip()
    return hashlib.sha256(words.encode()).hexdigest()[:32] if words else None


async def forget_old_texts(db: Database, server: Server) -> int:
    """What is older than any window, and what is too much; how many rows went."""
    gone, before = 0, server.now_ms() - KEPT_MS
    while step := await db.write(_forget, True, {"before": before, "limit": STEP}):
        gone += step
        if step < STEP:
            break
    while (await db.all(count_texts))[0][0] > MOST_TEXTS:
        gone += await db.write(_forget, False, {"limit": STEP})
    return gone


async def _forget(tx: Tx, spare: bool, params: dict[str, int]) -> int:
    return await tx.run(forget_texts, spare=spare, **params)
