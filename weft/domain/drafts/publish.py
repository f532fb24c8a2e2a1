"""Publishing what was scheduled, exactly once.

Composing looks people up on other servers, so it is done before; in one transaction then the waiting
row goes and the post comes. Of several processes one removes the row; one that dies before the commit
has changed nothing. What cannot be published any more (its parent is gone, say) becomes a draft with
the reason, and nothing that somebody wrote is lost.
"""

import structlog
from msgspec import structs

from weft.domain.accounts.queries import account_by_actor
from weft.domain.accounts.store import forget_request, remember_request
from weft.domain.actors.queries import actor_by_id
from weft.domain.drafts.keep import drop_draft
from weft.domain.drafts.queries import (
    DraftRow,
    Waiting,
    due_drafts,
    stored_waiting,
    take_scheduled,
    unschedule,
    waiting_in,
)
from weft.domain.posts.compose import NoSuchParent, NoSuchQuoted, PostRefused, compose, publish_once
from weft.domain.posts.publish import publish
from weft.domain.posts.records import NewPost
from weft.domain.resolving import Resolve
from weft.domain.server import Server
from weft.storage.database import Database, Tx
from weft.storage.errors import BrokenReference

STEP = 20
_UNFORESEEN = "This could not be published; the server's operator can see why."

log = structlog.get_logger("weft.drafts")


class _NotNow(Exception):
    """The sentence is for the author."""


async def publish_due(db: Database, server: Server, resolve: Resolve) -> int:
    """Publish what is due; how many posts that was."""
    published = 0
    while rows := await db.all(due_drafts, now=server.now_ms(), limit=STEP):
        for row in rows:
            published += await _publish(db, server, resolve, row)
    return published


async def _publish(db: Database, server: Server, resolve: Resolve, row: DraftRow) -> bool:
    waiting = waiting_in(row.body)
    try:
        new, account_id = await _composed(db, server, resolve, row, waiting)
        return await db.write(_swap, server, row, new, account_id, waiting.key)
    except (_NotNow, PostRefused, NoSuchParent, NoSuchQuoted, BrokenReference) as refused:
        reason = str(refused)
    except Exception:
        # One post that nobody foresaw must not keep the others waiting.
        log.exception("scheduled post failed", draft=row.id)
        reason = _UNFORESEEN
    log.info("scheduled post is a draft now", draft=row.id, reason=reason)
    kept = structs.replace(waiting, problem=reason)
    await db.write(_unschedule, row, kept, server.now_ms())
    return False


async def _composed(
    db: Database, server: Server, resolve: Resolve, row: DraftRow, waiting: Waiting
) -> tuple[NewPost, int]:
    author = await db.one(actor_by_id, id=row.author_id)
    account = await db.one(account_by_actor, actor_id=row.author_id)
    if author is None or account is None or not author.stands or not account.may_act:
        raise _NotNow("Your account could not post when the time came.")
    new = await compose(db, server, resolve, author, waiting.draft, of_draft=row.id)
    return new, account.id


async def publish_draft(
    tx: Tx,
    server: Server,
    new: NewPost,
    account_id: int,
    key: str | None,
    draft_id: int | None,
) -> int:
    """As ``publish_once``; the draft that it was goes."""
    post_id = await publish_once(tx, server, new, account_id, key)
    if draft_id is not None:
        await drop_draft(tx, new.author_id, draft_id)
    return post_id


async def _swap(
    tx: Tx, server: Server, row: DraftRow, new: NewPost, account_id: int, key: str | None
) -> bool:
    if not await tx.run(take_scheduled, of_draft=row.id, of_time=row.publish_at):
        return False
    post_id = (await publish(tx, server, new)).id
    if key is not None:
        await tx.run(forget_request, of_account=account_id, of_key=key)
        await tx.run(
            remember_request,
            account_id=account_id,
            key=key,
            post_id=post_id,
            created_at=server.now_ms(),
        )
    return True


async def _unschedule(tx: Tx, row: DraftRow, kept: Waiting, now: int) -> None:
    await tx.run(
        unschedule, of_draft=row.id, of_time=row.publish_at, body=stored_waiting(kept), now=now
    )
