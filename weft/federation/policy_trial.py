"""A dry run: what rules would have done with what came in during the last days, without any effect.

Entries of the inbox log are read and judged as the processor would, oldest first, with the time at which
each came as *now*. What only a fetch would tell (an activity that names its post by id) is left out, and
counted. Nothing is written: who said the same is remembered in memory, for ``MOST_TEXTS`` texts.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from msgspec import Struct, structs
from sqlalchemy import Select, bindparam, func, literal_column, select

from weft.domain.actors.queries import actor_by_uri
from weft.domain.actors.records import Actor
from weft.domain.policy.facts import DatabaseFacts, Matter, Wanted, digest_of
from weft.domain.policy.pipeline import Loaded, Note, ask, load
from weft.domain.policy.records import Kind, Subject
from weft.domain.policy.store import RuleRow
from weft.domain.policy.views import author_of
from weft.domain.server import now_ms
from weft.federation.dialects import Dialects
from weft.federation.handlers.posts import read_brought
from weft.federation.handlers.received import Received, Verdict
from weft.federation.inbox_store import LogState
from weft.federation.policing import KINDS, matter_of
from weft.federation.verdicts import read_verdicts
from weft.protocol.activitystreams import (
    Document,
    MalformedDocument,
    first_id,
    first_type,
    objects,
    read_document,
)
from weft.protocol.origins import ACTOR_TYPES
from weft.storage.database import Database
from weft.storage.ids import id_at
from weft.storage.schema.federation import inbox_log
from weft.storage.statements import query

DAY_MS = 24 * 3_600_000
PAGE = 200
MOST_ENTRIES = 100_000
MOST_EXAMPLES = 20
MOST_TEXTS = 100_000
MOST_AUTHORS = 20_000
EXCERPT = 200

Progress = Callable[[int, int], None]


class LoggedRow(Struct, frozen=True):
    id: int
    type: str
    actor_uri: str
    state: int
    verdicts: str | None
    recipient_id: int | None
    body: bytes
    received_at: int


class Example(Struct, frozen=True):
    """One thing that a rule would have touched. ``excerpt`` is empty for what is not for everybody."""

    entry: str
    activity: str
    actor: str
    rule: str
    outcome: str
    reason: str
    excerpt: str


class Outcome(Struct, frozen=True):
    rule: str
    outcome: str
    count: int


class Trial(Struct, frozen=True):
    """What would have been. ``judged`` of ``total`` entries were looked at as far as ``until``; if that
    is not the end, ``next`` is where to go on."""

    total: int
    looked_at: int
    judged: int
    not_in_the_log: int
    """They name what they bring by its id."""
    unreadable: int
    accepted: int
    outcomes: list[Outcome]
    examples: list[Example]
    next: str | None = None


@query(row=LoggedRow, bounded=True)
def logged_page() -> Select:
    """Of ``:after_id`` on, the oldest first."""
    return (
        select(*[inbox_log.c[name] for name in LoggedRow.__struct_fields__])
        .where(inbox_log.c.id > bindparam("after_id"))
        .order_by(inbox_log.c.id)
        .limit(bindparam("limit"))
    )


@query()
def count_logged() -> Select:
    """How many came after ``:after_id``, counted up to ``:limit``."""
    found: Select[Any] = (
        select(literal_column("1"))
        .select_from(inbox_log)
        .where(inbox_log.c.id > bindparam("after_id"))
        .limit(bindparam("limit"))
    )
    return select(func.count()).select_from(found.subquery())


class TrialFacts(DatabaseFacts):
    """Looks up as ever, but once per author, and writes nothing."""

    def __init__(self, db: Database, since: int) -> None:
        super().__init__(db)
        self._since = since
        self._followed: dict[int, bool] = {}
        self._hosts: dict[str, bool] = {}
        self._said: dict[str, dict[int, int]] = {}

    async def supply(self, matter: Matter, wanted: Wanted) -> Matter:
        """As ``Facts.supply``; what was first seen within the time looked at was not known then."""
        before = min(wanted.known_before or self._since, self._since)
        return await super().supply(matter, structs.replace(wanted, known_before=before))

    async def followed(self, actor_id: int) -> bool:
        if actor_id not in self._followed:
            if len(self._followed) >= MOST_AUTHORS:
                self._followed.clear()
            self._followed[actor_id] = await super().followed(actor_id)
        return self._followed[actor_id]

    async def host_known(self, name: str, before: int) -> bool:
        if name not in self._hosts:
            if len(self._hosts) >= MOST_AUTHORS:
                self._hosts.clear()
            self._hosts[name] = await super().host_known(name, before)
        return self._hosts[name]

    async def copies(self, matter: Matter, window_ms: int) -> int:
        digest, author = digest_of(matter), matter.author_id
        if digest is None or author is None:
            return 0
        if digest not in self._said and len(self._said) >= MOST_TEXTS:
            del self._said[next(iter(self._said))]
        said = self._said.setdefault(digest, {})
        now = matter.subject.now
        said[author] = now
        return sum(at >= now - window_ms for each, at in said.items() if each != author)


async def try_rules(
    db: Database,
    dialects: Dialects,
    rows: list[RuleRow],
    *,
    since: int,
    after_id: int | None = None,
    budget_s: float | None = None,
    most: int = MOST_ENTRIES,
    progress: Progress | None = None,
) -> Trial:
    """Judge the log from ``since`` (or after an entry) on. ``budget_s``: stop after that, with ``next``."""
    rules = tuple(load(structs.replace(row, dry=False)) for row in rows if row.enabled)
    trying = _Trying(db, dialects, rules, TrialFacts(db, since))
    at = after_id if after_id is not None else id_at(since) - 1
    total = int((await db.all(count_logged, after_id=at, limit=most))[0][0])
    ends = time.monotonic() + budget_s if budget_s is not None else None
    while trying.looked_at < total:
        page = await db.all(logged_page, after_id=at, limit=min(PAGE, total - trying.looked_at))
        for row in page:
            await trying.look(row)
            at = row.id
            await asyncio.sleep(0)  # Others wait for this loop.
            if ends is not None and time.monotonic() >= ends:
                return trying.trial(total, str(at) if trying.looked_at < total else None)
        if progress is not None:
            progress(trying.looked_at, total)
        if not page:
            break
    return trying.trial(total, None)


class Trier:
    """Dry runs on a database, for parts that know no dialects."""

    def __init__(self, db: Database, dialects: Dialects) -> None:
        self._db, self._dialects = db, dialects

    async def __call__(
        self, rows: list[RuleRow], *, days: int, after_id: int | None, budget_s: float
    ) -> Trial:
        """Of the last ``days``, for at most ``budget_s``."""
        since = now_ms() - days * DAY_MS
        return await try_rules(
            self._db, self._dialects, rows, since=since, after_id=after_id, budget_s=budget_s
        )


class _Trying:
    """Counts what is found."""

    def __init__(
        self, db: Database, dialects: Dialects, rules: tuple[Loaded, ...], facts: TrialFacts
    ) -> None:
        self._db, self._dialects, self._rules, self._facts = db, dialects, rules, facts
        self.looked_at = self._judged = self._by_id = self._unreadable = self._accepted = 0
        self._outcomes: Counter[tuple[str, str]] = Counter()
        self._examples: list[Example] = []
        self._shown: Counter[tuple[str, str]] = Counter()
        self._actors: dict[str, Actor | None] = {}

    def trial(self, total: int, following: str | None) -> Trial:
        found = [
            Outcome(rule, outcome, count)
            for (rule, outcome), count in sorted(self._outcomes.items())
        ]
        return Trial(
            total, self.looked_at, self._judged, self._by_id, self._unreadable, self._accepted,
            found, self._examples, following,
        )  # fmt: skip

    async def look(self, row: LoggedRow) -> None:
        """Judge one entry."""
        self.looked_at += 1
        if not _was_judged(row):
            return
        try:
            document = read_document(row.body)
        except MalformedDocument:
            self._unreadable += 1
            return
        signer = await self._actor(row.actor_uri)
        if signer is None:
            self._unreadable += 1
            return
        matter = self._matter(row, document, signer)
        if matter is None:
            return
        self._judged += 1
        ruling = await ask(self._rules, matter, self._facts)
        if not ruling.notes:
            self._accepted += 1
        for note in ruling.notes:
            self._count(row, matter, note)

    def _matter(self, row: LoggedRow, document: Document, signer: Actor) -> Matter | None:
        type_ = first_type(document) or row.type
        kind: Kind | None = KINDS.get(type_)
        if kind is not None:
            return Matter(
                subject=Subject(
                    kind=kind, activity=type_, author=author_of(signer), now=row.received_at
                ),
                author_id=signer.id,
            )
        if type_ not in {"Create", "Update"}:
            return None
        brought = next(iter(objects(document.get("object"))), None)
        if brought is None or set(brought) <= {"id", "type"}:
            self._by_id += 1
            return None
        if first_type(brought, ACTOR_TYPES) is not None or first_id(brought) == signer.uri:
            self._by_id += 1  # A profile is fetched, whatever the activity brings.
            return None
        got = Received(document, type_, signer, row.recipient_id, row.body)
        described = read_brought(self._dialects, got, brought)
        if isinstance(described, Verdict):
            self._unreadable += 1
            return None
        if described.vote is not None and type_ == "Create":
            subject = Subject(
                kind="other", activity="Vote", author=author_of(signer), now=row.received_at
            )
            return Matter(subject=subject, author_id=signer.id)
        kind = "post" if type_ == "Create" else "edit"
        return matter_of(described, signer, kind, type_, row.received_at)

    async def _actor(self, uri: str) -> Actor | None:
        if uri not in self._actors:
            if len(self._actors) >= MOST_AUTHORS:
                self._actors.clear()
            self._actors[uri] = await self._db.one(actor_by_uri, uri=uri)
        return self._actors[uri]

    def _count(self, row: LoggedRow, matter: Matter, note: Note) -> None:
        key = (note.rule, note.outcome)
        self._outcomes[key] += 1
        if len(self._examples) >= MOST_EXAMPLES * 5 or self._shown[key] >= MOST_EXAMPLES:
            return
        self._shown[key] += 1
        post = matter.subject.post
        public = post is not None and post.visibility <= 1
        self._examples.append(
            Example(
                entry=str(row.id),
                activity=matter.subject.activity,
                actor=matter.subject.author.handle,
                rule=note.rule,
                outcome=note.outcome,
                reason=note.reason,
                excerpt=post.text[:EXCERPT] if post is not None and public else "",
            )
        )


def _was_judged(row: LoggedRow) -> bool:
    """Did it get as far as the rules, or will it?"""
    if row.state in (LogState.RECEIVED, LogState.DONE, LogState.IGNORED, LogState.QUARANTINED):
        return True
    return any(each.step in {"policy", "handler"} for each in read_verdicts(row.verdicts).steps)
