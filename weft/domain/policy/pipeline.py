"""Asking the rules, in their order: the first that rejects or quarantines ends it, rewrites add up.

A rule that raises, or answers with something that is no judgement, quarantines what it was asked about:
nothing gets past a rule because it is broken, and nothing is lost by it. While there is no rule, all of
this costs a look at a tuple in memory.
"""

from typing import Literal, cast
from weakref import WeakKeyDictionary, proxy

import structlog
from msgspec import Struct, structs

from weft.domain.moderation.policies import PolicyWatch
from weft.domain.policy.catalogue import prepared, read_settings, rule_named
from weft.domain.policy.facts import HOUR_MS, DatabaseFacts, Facts, Matter, Wanted
from weft.domain.policy.records import (
    NO_CHANGES,
    Accept,
    Changes,
    Judge,
    Judgement,
    Quarantine,
    Reject,
    Rewrite,
    SettingsRefused,
    Subject,
)
from weft.domain.policy.store import RuleRow, rules_in_order
from weft.storage.database import Database

log = structlog.get_logger("weft.policy")
LONGEST_REASON = 500


class Loaded(Struct, frozen=True):
    """A rule of the list, ready to judge; ``problem`` instead of a judge if it is not."""

    row: RuleRow
    judge: Judge | None
    wanted: Wanted = Wanted()
    problem: str = ""


class Note(Struct, frozen=True):
    """What one rule said; ``outcome``: ``rewritten``, ``quarantined``, ``rejected``, ``failed``, the
    same with ``would be`` before it, or ``let through``."""

    rule: str
    outcome: str
    reason: str


class Ruling(Struct, frozen=True):
    """What all rules together said. ``rule`` and ``reason`` are of the one that ended it."""

    end: Literal["accept", "quarantine", "reject"] = "accept"
    changes: Changes = NO_CHANGES
    rule: str = ""
    reason: str = ""
    failed: bool = False
    notes: tuple[Note, ...] = ()


ACCEPTED = Ruling()


def load(row: RuleRow) -> Loaded:
    """Make a rule ready."""
    try:
        rule = rule_named(row.rule)
        settings = read_settings(rule, row.settings)
        wanted = Wanted(
            needs=frozenset(rule.needs),
            known_before=row.created_at,
            window_ms=int(getattr(settings, "window_hours", 24)) * HOUR_MS,
            shortest=int(getattr(settings, "shortest", 0)),
        )
        return Loaded(row, prepared(rule, settings), wanted)
    except SettingsRefused as refused:
        return Loaded(row, None, problem=str(refused))
    except Exception as error:
        return Loaded(row, None, problem=f"{type(error).__name__}: {error}")


class Policies:
    """The rules of a database, remembered until they change, here or in another process."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._watch = PolicyWatch(db)
        self._changes = -1
        self._loaded: tuple[Loaded, ...] = ()
        self._facts = DatabaseFacts(db)

    async def rules(self) -> tuple[Loaded, ...]:
        """Those that are enabled, in their order."""
        changes = await self._watch.changes()
        if changes != self._changes:
            rows = await rules_in_order(self._db)
            self._loaded = tuple(load(row) for row in rows if row.enabled)
            self._changes = changes
        return self._loaded

    async def judge(self, matter: Matter, *, released: bool = False) -> Ruling:
        """What the rules say. ``released``: a moderator let it in, so it is only rewritten."""
        return await ask(await self.rules(), matter, self._facts, released=released)


_of: "WeakKeyDictionary[Database, Policies]" = WeakKeyDictionary()


def policies_of(db: Database) -> Policies:
    """The one for a database in this process."""
    known = _of.get(db)
    if known is None:
        # A proxy, or the value would keep its own key alive.
        known = _of[db] = Policies(cast(Database, proxy(db)))
    return known


async def ask(
    rules: tuple[Loaded, ...], matter: Matter, facts: Facts, *, released: bool = False
) -> Ruling:
    """Ask each rule until one ends it."""
    changes, notes = NO_CHANGES, []
    for loaded in rules:
        name = loaded.row.name
        try:
            said = await _asked(loaded, matter, facts)
            failed = False
        except Exception as error:
            log.warning("a rule failed", rule=name, error=f"{type(error).__name__}: {error}")
            said, failed = Quarantine(f"the rule failed: {type(error).__name__}: {error}"), True
        if isinstance(said, Accept):
            continue
        reason = said.reason[:LONGEST_REASON]
        word = "failed" if failed else _WORDS[type(said)]
        if loaded.row.dry:
            notes.append(Note(name, f"would be {word}" if not failed else word, reason))
            continue
        if isinstance(said, Rewrite):
            changes = changes.plus(said.changes)
            matter = structs.replace(matter, subject=changed(matter.subject, said.changes))
            notes.append(Note(name, word, reason))
        elif released:
            notes.append(Note(name, "let through", reason))
        else:
            notes.append(Note(name, word, reason))
            end: Literal["quarantine", "reject"] = (
                "reject" if isinstance(said, Reject) else "quarantine"
            )
            return Ruling(end, changes, name, reason, failed, tuple(notes))
    return Ruling(changes=changes, notes=tuple(notes)) if notes else ACCEPTED


_WORDS: dict[type, str] = {
    Rewrite: "rewritten",
    Quarantine: "quarantined",
    Reject: "rejected",
}


async def _asked(loaded: Loaded, matter: Matter, facts: Facts) -> Judgement:
    if loaded.judge is None:
        raise SettingsRefused(loaded.problem)
    if loaded.wanted.needs:
        matter = await facts.supply(matter, loaded.wanted)
    said = loaded.judge(matter.subject)
    if not isinstance(said, Accept | Rewrite | Quarantine | Reject):
        raise TypeError(f"it answered {type(said).__name__}, which is no judgement")
    return said


def changed(subject: Subject, changes: Changes) -> Subject:
    """As the next rule sees it."""
    post, profile = subject.post, subject.profile
    if post is not None:
        post = structs.replace(
            post,
            visibility=changes.lowered(post.visibility),
            sensitive=post.sensitive or changes.sensitive,
            text=changes.reworded(post.text),
            summary=changes.reworded(post.summary) or changes.summary or "",
            tags=tuple(each for each in post.tags if changes.reworded(each) == each),
            media=0 if changes.strips_media else post.media,
        )
    if profile is not None:
        profile = structs.replace(
            profile,
            has_avatar=profile.has_avatar and not changes.strips_avatar,
            has_header=profile.has_header and not changes.strips_header,
        )
    return structs.replace(subject, post=post, profile=profile)
