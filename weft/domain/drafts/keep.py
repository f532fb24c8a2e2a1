"""Scheduling a post, and keeping one that is not finished."""

from weft.domain.accounts.store import forget_request, remember_request, remembered_post
from weft.domain.drafts.queries import (
    Waiting,
    delete_draft,
    insert_draft,
    insert_draft_media,
    move_draft,
    rewrite_draft,
    stored_waiting,
    times_of,
)
from weft.domain.posts.drafted import REMEMBERED_MS, Draft, PostRefused
from weft.domain.posts.records import PostKind
from weft.domain.server import Server
from weft.storage.database import Tx

AHEAD_MS = 5 * 60_000
DAY_MS = 86_400_000
FARTHEST_MS = 5 * 366 * DAY_MS
MOST_SCHEDULED = 300
MOST_A_DAY = 25
MOST_DRAFTS = 100
MAX_DRAFT_CHARS = 100_000


def check_time(server: Server, at: int) -> None:
    """Raises PostRefused."""
    ahead = at - server.now_ms()
    if ahead < AHEAD_MS:
        raise PostRefused("A post is scheduled for at least 5 minutes from now.")
    if ahead > FARTHEST_MS:
        raise PostRefused("A post is scheduled for at most five years from now.")


async def schedule(
    tx: Tx, server: Server, author_id: int, account_id: int, waiting: Waiting, at: int
) -> int:
    """Keep a post until its time; its id. A request repeated with the same key within an hour gets
    what it got, which by then can be the id of the post.

    Raises:
        PostRefused: there are too many, or it is too soon.
    """
    now = server.now_ms()
    if waiting.key is not None:
        known = await tx.one(
            remembered_post, account_id=account_id, key=waiting.key, since=now - REMEMBERED_MS
        )
        if known is not None:
            return int(known[0])
    check_time(server, at)
    await _check_room(tx, author_id, at, None)
    draft_id = tx.new_id()
    await _insert(tx, draft_id, author_id, waiting, at, now)
    if waiting.key is not None:
        await tx.run(forget_request, of_account=account_id, of_key=waiting.key)
        await tx.run(
            remember_request,
            account_id=account_id,
            key=waiting.key,
            post_id=draft_id,
            created_at=now,
        )
    return draft_id


async def _check_room(tx: Tx, author_id: int, at: int, moved: int | None) -> None:
    rows = await tx.all(times_of, scheduled=True, author_id=author_id, limit=MOST_SCHEDULED)
    others = [row[1] for row in rows if row[0] != moved]
    if len(others) >= MOST_SCHEDULED:
        raise PostRefused(f"You have {MOST_SCHEDULED} scheduled posts, which is the most.")
    if sum(time // DAY_MS == at // DAY_MS for time in others) >= MOST_A_DAY:
        raise PostRefused(f"There are {MOST_A_DAY} posts scheduled for that day, the most.")


async def reschedule(tx: Tx, server: Server, author_id: int, draft_id: int, at: int) -> bool:
    """Another time. False if the author has no such scheduled post.

    Raises:
        PostRefused: as ``schedule`` does.
    """
    check_time(server, at)
    await _check_room(tx, author_id, at, draft_id)
    moved = await tx.run(
        move_draft, of_draft=draft_id, of_author=author_id, at=at, now=server.now_ms()
    )
    return moved > 0


async def cancel(tx: Tx, author_id: int, draft_id: int) -> bool:
    """Forget a scheduled post. False if the author has none of this id."""
    return await tx.run(delete_draft, scheduled=True, of_draft=draft_id, of_author=author_id) > 0


async def save_draft(
    tx: Tx, server: Server, author_id: int, draft: Draft, draft_id: int | None
) -> int:
    """Keep what a composer holds, in place of an earlier draft or as a new one; its id.

    Raises:
        PostRefused: it is empty or too long, or there are too many.
    """
    if not draft.text.strip() and not draft.summary:
        raise PostRefused("There is nothing in it to be kept.")
    if len(draft.text) + len(draft.summary) > MAX_DRAFT_CHARS:
        raise PostRefused(f"A draft may have at most {MAX_DRAFT_CHARS} characters.")
    now, body = server.now_ms(), stored_waiting(Waiting(draft))
    if draft_id is not None and await tx.run(
        rewrite_draft, of_draft=draft_id, of_author=author_id, body=body, now=now
    ):
        return draft_id
    if len(await tx.all(times_of, scheduled=False, author_id=author_id, limit=MOST_DRAFTS)) >= (
        MOST_DRAFTS
    ):
        raise PostRefused(f"You have {MOST_DRAFTS} drafts, which is the most: delete some first.")
    made = tx.new_id()
    await _insert(tx, made, author_id, Waiting(draft), None, now)
    return made


async def drop_draft(tx: Tx, author_id: int, draft_id: int) -> bool:
    """False if the author has no draft of this id."""
    return await tx.run(delete_draft, scheduled=False, of_draft=draft_id, of_author=author_id) > 0


async def _insert(
    tx: Tx, draft_id: int, author_id: int, waiting: Waiting, at: int | None, now: int
) -> None:
    draft = waiting.draft
    await tx.run(
        insert_draft,
        id=draft_id,
        author_id=author_id,
        kind=PostKind.QUESTION if draft.poll is not None else PostKind.NOTE,
        body=stored_waiting(waiting),
        publish_at=at,
        created_at=now,
        updated_at=now,
    )
    for position, media_id in enumerate(draft.media_ids):
        await tx.run(insert_draft_media, draft_id=draft_id, media_id=media_id, position=position)
