"""Deciding about appeals: the moderators agree, and what was done is undone; or they do not."""

from weft.domain.accounts.queries import account_by_actor
from weft.domain.accounts.roles import Moderator, Permission
from weft.domain.actors.queries import actor_by_id
from weft.domain.moderation import notices
from weft.domain.moderation import strikes_letters as letters
from weft.domain.moderation.actors import undo
from weft.domain.moderation.audit import record
from weft.domain.moderation.strikes import (
    Action,
    AppealRefused,
    appeal,
    end_appeal,
    strike_by_id,
)
from weft.domain.server import Server
from weft.storage.database import Tx


async def file_appeal(tx: Tx, server: Server, strike_id: int, actor_id: int, text: str) -> None:
    """The person appeals; the moderators are told.

    Raises:
        AppealRefused: with a sentence.
    """
    struck = await appeal(tx, server, strike_id, actor_id, text)
    who = await tx.one(actor_by_id, id=actor_id)
    if who is not None:
        letter = letters.appealed(server, who.username, struck.action, text, strike_id)
        await notices.to_moderators(tx, server, letter)


async def decide_appeal(
    tx: Tx, server: Server, by: Moderator, strike_id: int, *, approves: bool
) -> None:
    """Raises AppealRefused where nothing waits, NotPermitted, ActionRefused."""
    by.must(Permission.MANAGE_APPEALS)
    known = await tx.one(strike_by_id, id=strike_id)
    now = server.now_ms()
    if known is None or not await tx.run(
        end_appeal, overruled=approves, of_strike=strike_id, now=now
    ):
        raise AppealRefused("There is no appeal that waits for a decision.")
    target = await tx.one(actor_by_id, id=known.target_id)
    account = await tx.one(account_by_actor, actor_id=known.target_id)
    if approves and target is not None:
        await undo(tx, server, target, account, Action(known.action), known.posts)
    verb = "approve" if approves else "reject"
    await record(
        tx, by.account_id, f"appeal.{verb}", known.target_id,
        target.handle if target is not None else None, None, {"strike": strike_id}, now,
    )  # fmt: skip
    if account is not None and target is not None:
        letter = letters.decided(server, target.username, approved=approves)
        await notices.to_person(tx, server, account, letter)
