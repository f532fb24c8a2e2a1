"""Purging from the command line: files first, then rows, then the receipt.

In this order a run that was cut off can be run again: as long as rows are there, they lead to the
files; and a receipt is only written for what has happened.
"""

import asyncio
import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from weft.admin.evidence.signed import sign
from weft.admin.failure import CommandFailed
from weft.app import Parts
from weft.domain.accounts.roles import COMMAND_LINE
from weft.domain.actors.queries import actor_by_id
from weft.domain.actors.records import Actor
from weft.domain.moderation.holds import Held, hold_of
from weft.domain.moderation.purge import (
    POSTS_AT_ONCE,
    Removed,
    posts_of_actor,
    purge_actor,
    purge_media,
    purge_post,
    traces_of_actor,
    traces_of_post,
)
from weft.domain.moderation.traces import Trace, rows_of, still_there
from weft.domain.posts.queries import post_by_id
from weft.domain.posts.records import Post

KIND = "weft purge receipt"
CHUNK = 1 << 20


class File(msgspec.Struct, frozen=True):
    key: str
    size_bytes: int
    sha256: str


class Gone(msgspec.Struct):
    """What went, of one subject."""

    rows: list[Trace] = []
    files: list[File] = []
    kept: dict[str, str] = {}

    def add(self, removed: Removed, files: list[File]) -> None:
        self.rows += removed.rows
        self.files += files
        self.kept |= removed.kept


async def purge_one_post(parts: Parts, post: Post, reason: str, gone: Gone) -> None:
    """Raises CommandFailed where a hold keeps it."""
    author = await parts.db.one(actor_by_id, id=post.author_id)
    if author is None:
        raise CommandFailed("the author of this post is not here: nothing was done")
    await _must_be_free(parts, author)
    files = await _remove_files(parts, (await traces_of_post(parts.db, author, post)).files)
    try:
        removed = await parts.db.write(purge_post, parts.server, COMMAND_LINE, author, post, reason)
    except Held as held:
        raise CommandFailed(str(held)) from None
    gone.add(removed, files)


async def purge_one_file(parts: Parts, media_id: int, reason: str, gone: Gone) -> Actor:
    """Raises CommandFailed where a hold keeps it, or there is none."""
    rows = await rows_of(parts.db, "media.id", [media_id])
    if not rows:
        raise CommandFailed(f"there is no media {media_id}")
    table, row = rows[0]
    values = dict(zip([column.name for column in table.columns], row, strict=True))
    owner = await parts.db.one(actor_by_id, id=values["owner_id"])
    if owner is None:
        raise CommandFailed("the owner of this file is not here: nothing was done")
    await _must_be_free(parts, owner)
    keys = [values["store_key"], values["small_key"]]
    copies = await rows_of(parts.db, "remote_file.url", [values["remote_url"]])
    for each, copy in copies:
        keys.append(dict(zip([c.name for c in each.columns], copy, strict=True))["store_key"])
    files = await _remove_files(parts, [each for each in keys if each])
    removed = await parts.db.write(purge_media, parts.server, COMMAND_LINE, owner, media_id, reason)
    gone.add(removed, files)
    return owner


async def purge_one_actor(parts: Parts, who: Actor, reason: str, gone: Gone) -> None:
    """Its posts, some at a time, and then itself. Raises CommandFailed where a hold keeps it."""
    await _must_be_free(parts, who)
    while rows := await parts.db.all(posts_of_actor, author=who.id, limit=POSTS_AT_ONCE):
        for row in rows:
            post = await parts.db.one(post_by_id, id=row[0])
            if post is not None:
                await purge_one_post(parts, post, reason, gone)
    files = await _remove_files(parts, (await traces_of_actor(parts.db, parts.server, who)).files)
    try:
        removed = await parts.db.write(purge_actor, parts.server, COMMAND_LINE, who, reason)
    except Held as held:
        raise CommandFailed(str(held)) from None
    gone.add(removed, files)


async def _must_be_free(parts: Parts, who: Actor) -> None:
    if await parts.db.one(hold_of, actor_id=who.id) is not None:
        raise CommandFailed(str(Held(who.handle)))


async def _remove_files(parts: Parts, keys: Iterable[str]) -> list[File]:
    """Remove files from the store; what they were."""
    removed = []
    for key in dict.fromkeys(keys):
        described = await described_file(parts, key)
        if described is not None:
            await parts.store.delete(key)
            removed.append(described)
    return removed


async def described_file(parts: Parts, key: str) -> File | None:
    """Size and hash of a stored file; None if it is not there."""
    opened = await parts.store.open(key)
    if opened is None:
        return None
    digest, offset = hashlib.sha256(), 0
    try:
        while part := await opened.read(offset, CHUNK):
            digest.update(part)
            offset += len(part)
    finally:
        await opened.close()
    return File(key, offset, digest.hexdigest())


async def receipt_of(
    parts: Parts, subject: dict[str, Any], by: str, reason: str, gone: Gone
) -> dict[str, Any]:
    """The signed receipt."""
    counts: dict[str, int] = {}
    for row in gone.rows:
        counts[row.table] = counts.get(row.table, 0) + 1
    now = datetime.fromtimestamp(parts.server.now_ms() / 1000, UTC)
    document = {
        "kind": KIND,
        "version": 1,
        "server": parts.server.domain,
        "subject": subject,
        "by": by,
        "reason": reason,
        "at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "counts": counts | {"files": len(gone.files)},
        "rows": [msgspec.to_builtins(each) for each in gone.rows],
        "files": [msgspec.to_builtins(each) for each in gone.files],
        "kept": gone.kept,
    }
    return await sign(parts, document)


async def left_of(parts: Parts, receipt: dict[str, Any]) -> list[str]:
    """What a receipt says is gone, and is there all the same."""
    rows = msgspec.convert(receipt.get("rows"), type=list[Trace])
    files = msgspec.convert(receipt.get("files"), type=list[File])
    left = [
        f"{each.table} {msgspec.json.encode(each.key).decode()}"
        for each in await still_there(parts.db, rows)
    ]
    for each in files:
        opened = await parts.store.open(each.key)
        if opened is not None:
            await opened.close()
            left.append(f"file {each.key}")
        await asyncio.sleep(0)
    return left
