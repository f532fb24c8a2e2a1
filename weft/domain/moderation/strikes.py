"""Strikes: what moderators did to an actor, what they told them, and what became of the appeal.

The actions have Mastodon's names (C2). A strike of a person here can be appealed against once, within
twenty days; if the moderators agree, the action is undone.
"""

from collections.abc import Sequence
from enum import StrEnum

import msgspec
from msgspec import Struct
from sqlalchemy import Insert, Select, Update, bindparam, insert, literal_column, select, update

from weft.domain.server import Server
from weft.storage.database import Tx
from weft.storage.schema.operations import strike
from weft.storage.statements import any_of, query

TEXT_LENGTH = 5000
APPEAL_LENGTH = 2000
APPEAL_MS = 20 * 24 * 3_600_000
MOST_POSTS = 100


class Action(StrEnum):
    """The words are stored."""

    NONE = "none"
    """A warning: nothing but its text."""
    DISABLE = "disable"
    """No signing in; what was said stays."""
    MARK = "mark_statuses_as_sensitive"
    DELETE = "delete_statuses"
    SENSITIVE = "sensitive"
    """All media are hidden behind a click."""
    SILENCE = "silence"
    SUSPEND = "suspend"


class AppealState(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


class AppealRefused(Exception):
    """The sentence is for the person who appeals, or the moderator who decides."""


class Strike(Struct, frozen=True):
    """One row of ``strike``."""

    id: int
    target_id: int
    account_id: int | None
    report_id: int | None
    action: str
    text: str
    post_ids: str | None
    created_at: int
    appeal: str | None
    appealed_at: int | None
    appeal_ended_at: int | None
    overruled_at: int | None

    @property
    def posts(self) -> tuple[int, ...]:
        return (
            msgspec.json.decode(self.post_ids, type=tuple[int, ...])
            if self.post_ids is not None
            else ()
        )

    @property
    def appeal_state(self) -> AppealState | None:
        if self.appealed_at is None:
            return None
        if self.appeal_ended_at is None:
            return AppealState.PENDING
        return AppealState.APPROVED if self.overruled_at is not None else AppealState.REJECTED

    def may_be_appealed(self, now: int) -> bool:
        return (
            self.appealed_at is None
            and self.overruled_at is None
            and now - self.created_at < APPEAL_MS
        )


_COLUMNS = [strike.c[name] for name in Strike.__struct_fields__]


@query(row=Strike, bounded=True)
def strike_by_id() -> Select:
    return select(*_COLUMNS).where(strike.c.id == bindparam("id"))


@query(row=Strike, bounded=True)
def strikes_of() -> Select:
    """One actor's, the newest first."""
    return (
        select(*_COLUMNS)
        .where(strike.c.target_id == bindparam("target_id"), strike.c.id < bindparam("max_id"))
        .order_by(strike.c.id.desc())
        .limit(bindparam("limit"))
    )


@query(row=Strike)
def strikes_by_reports() -> Select:
    """Those that came of ``:ids``; the newest first."""
    return (
        select(*_COLUMNS)
        .where(any_of(strike.c.report_id, "ids"))
        .order_by(strike.c.id.desc())
        .limit(bindparam("limit"))
    )


@query(row=Strike, bounded=True)
def open_appeals() -> Select:
    """The oldest first."""
    return (
        select(*_COLUMNS)
        .where(strike.c.appealed_at.is_not(None), strike.c.appeal_ended_at.is_(None))
        .order_by(strike.c.appealed_at)
        .limit(bindparam("limit"))
    )


@query()
def insert_strike() -> Insert:
    names = (
        "id", "target_id", "account_id", "report_id", "action", "text", "post_ids", "created_at",
    )  # fmt: skip
    return insert(strike).values({name: bindparam(name) for name in names})


@query()
def set_appeal() -> Update:
    """Changes no row if there was an appeal before."""
    return (
        update(strike)
        .where(strike.c.id == bindparam("of_strike"), strike.c.appealed_at.is_(None))
        .values(appeal=bindparam("text"), appealed_at=bindparam("now"))
    )


@query()
def end_appeal(*, overruled: bool) -> Update:
    """Changes no row if somebody has decided before."""
    return (
        update(strike)
        .where(
            strike.c.id == bindparam("of_strike"),
            strike.c.appealed_at.is_not(None),
            strike.c.appeal_ended_at.is_(None),
        )
        .values(
            appeal_ended_at=bindparam("now"),
            overruled_at=bindparam("now") if overruled else literal_column("NULL"),
        )
    )


async def add_strike(
    tx: Tx,
    *,
    target_id: int,
    account_id: int | None,
    report_id: int | None,
    action: Action,
    text: str,
    post_ids: Sequence[int],
    now: int,
) -> int:
    """Write it down; its id."""
    strike_id = tx.new_id()
    await tx.run(
        insert_strike,
        id=strike_id,
        target_id=target_id,
        account_id=account_id,
        report_id=report_id,
        action=str(action),
        text=text,
        post_ids=msgspec.json.encode(list(post_ids)).decode() if post_ids else None,
        created_at=now,
    )
    return strike_id


async def appeal(tx: Tx, server: Server, strike_id: int, actor_id: int, text: str) -> Strike:
    """The person of ``actor_id`` does not agree.

    Raises:
        AppealRefused: with a sentence.
    """
    text = text.strip()
    known = await tx.one(strike_by_id, id=strike_id)
    if known is None or known.target_id != actor_id:
        raise AppealRefused("There is no such decision about your account.")
    if not text or len(text) > APPEAL_LENGTH:
        raise AppealRefused(f"Say in 1 to {APPEAL_LENGTH} characters why the decision is wrong.")
    now = server.now_ms()
    if not known.may_be_appealed(now):
        raise AppealRefused(
            "One can appeal once, within twenty days, and not against what was taken back."
        )
    if not await tx.run(set_appeal, of_strike=strike_id, text=text, now=now):
        raise AppealRefused("There is an appeal already.")
    return known
