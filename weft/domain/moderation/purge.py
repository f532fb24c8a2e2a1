"""Purging: a post, a file or an actor goes with every trace of it, and a receipt says what went.

Unlike deleting, which leaves to chores and retention what is not seen any more, a purge removes at
once: versions, media and their files, copies of other servers' pictures, raw documents, entries of the
inbox log, notifications. What stays is named in the receipt with its reason: the id as a tombstone, so
that nothing comes back by it. Under a legal hold nothing is purged.
"""

from typing import Any, Literal

import msgspec
from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Delete,
    Executable,
    Select,
    Update,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal_column,
    select,
    update,
)

from weft.domain.accounts.close import close_account
from weft.domain.accounts.queries import account_by_actor
from weft.domain.accounts.roles import Moderator, Permission
from weft.domain.actors.records import Actor
from weft.domain.actors.remove import remove_actor
from weft.domain.events import PostEdited
from weft.domain.moderation.audit import record
from weft.domain.moderation.holds import Held, is_held
from weft.domain.moderation.traces import (
    OF_ACCOUNT,
    OF_ACTOR,
    OF_POST,
    Trace,
    as_dict,
    delete_where,
    rows_of,
    trace_of,
)
from weft.domain.posts.delete import delete as delete_post
from weft.domain.posts.delete import remove_withheld
from weft.domain.posts.records import Post
from weft.domain.reactions.react import ReactionKind
from weft.domain.server import Server
from weft.storage.database import Tx
from weft.storage.schema.actors import actor
from weft.storage.schema.federation import inbox_log
from weft.storage.schema.posts import media, post, post_attachment, post_stats, reaction
from weft.storage.schema.tables import Big
from weft.storage.statements import any_of, has_bytes, query

POSTS_AT_ONCE = 20
# Of an actor these stay, each for a reason that the receipt names.
KEPT_TABLES = {
    "actor": "its id and name, emptied, so that nobody takes them",
    "actor_key": "the key that other servers check the deletion with",
    "actor_stats": "counts",
    "report": "reports of it and by it",
    "strike": "what moderators decided",
    "actor_moderation_note": "what moderators wrote",
    "activity": "the deletion that other servers must still hear of",
}


class Removed(Struct):
    """What a purge takes: ``files`` are keys of the store, ``kept`` table and reason."""

    rows: list[Trace] = []
    files: list[str] = []
    kept: dict[str, str] = {}


@query()
def posts_of_actor() -> Select:
    """Withheld ones too."""
    return (
        select(post.c.id)
        .where(post.c.author_id == bindparam("author"))
        .order_by(post.c.id)
        .limit(bindparam("limit"))
    )


@query()
def entries_about() -> Select:
    """Entries of the inbox log from ``:actor_uri`` that have ``:bytes`` in them."""
    return select(inbox_log.c.id).where(
        inbox_log.c.actor_uri == bindparam("actor_uri"), has_bytes(inbox_log.c.body, "bytes")
    )


@query()
def delete_unused_media() -> Delete:
    """Those of ``:ids`` that no post uses."""
    return delete(media).where(
        any_of(media.c.id, "ids"), ~exists().where(post_attachment.c.media_id == media.c.id)
    )


@query()
def empty_actor() -> Update:
    return (
        update(actor)
        .where(actor.c.id == bindparam("of_actor"))
        .values(
            name="", summary="", summary_source=None, icon_url=None, header_url=None, facets=None,
            revision=actor.c.revision + 1,
        )
    )  # fmt: skip


@query()
def uncount(*, kind: Literal["LIKE", "DISLIKE", "EMOJI"]) -> Update:
    """Takes the reactions of ``:of_actor`` out of the counts of what they are to."""
    column = {
        "LIKE": post_stats.c.likes, "DISLIKE": post_stats.c.dislikes,
        "EMOJI": post_stats.c.reactions,
    }[kind]  # fmt: skip
    number: ColumnElement[int] = literal_column(str(int(ReactionKind[kind])))
    theirs = (
        select(func.count())
        .where(
            reaction.c.post_id == post_stats.c.post_id,
            reaction.c.actor_id == bindparam("of_actor"),
            reaction.c.kind == number,
        )
        .scalar_subquery()
    )
    reacted = select(reaction.c.post_id).where(
        reaction.c.actor_id == bindparam("of_actor"), reaction.c.kind == number
    )
    return (
        update(post_stats)
        .where(post_stats.c.post_id.in_(reacted))
        .values({column.name: case((column > theirs, column - theirs), else_=0)})
    )


@query()
def change_posts() -> Executable:
    """What shows them must be made anew; of ours other servers hear."""
    return (
        update(post)
        .where(any_of(post.c.id, "ids"))
        .values(
            revision=post.c.revision + 1,
            edited_at=case((post.c.local, bindparam("now", type_=Big)), else_=post.c.edited_at),
        )
        .returning(post.c.id, post.c.local, post.c.local_only)
    )


async def traces_of_post(tx: Any, author: Actor, post_row: Post) -> Removed:
    """All that is kept of a post; ``tx`` may be a database."""
    found = Removed([], [], {})
    boosts = [row[0] for _, row in await rows_of(tx, "post.boost_of_id", [post_row.id])]
    ids = [post_row.id, *boosts]
    seen: set[tuple[str, str]] = set()
    media_ids: list[int] = []
    for where in OF_POST:
        if where == "post.boost_of_id":
            continue
        for table, row in await rows_of(tx, where, ids):
            if table.name == "post_attachment":
                media_ids.append(as_dict(table, row)["media_id"])
            _add(found, seen, table, row)
    used = {
        as_dict(table, row)["media_id"]
        for table, row in await rows_of(tx, "post_attachment.media_id", media_ids)
        if as_dict(table, row)["post_id"] != post_row.id
    }
    await _add_media(tx, found, seen, "media.id", [each for each in media_ids if each not in used])
    entries = await tx.all(entries_about, actor_uri=author.uri, bytes=post_row.uri.encode())
    for where, values in (
        ("inbox_log.id", [row[0] for row in entries]),
        ("raw_document.uri", [post_row.uri]),
    ):
        for table, row in await rows_of(tx, where, values):
            _add(found, seen, table, row)
    found.kept["object"] = "its id as a tombstone, so that it is not fetched again"
    found.kept["activity"] = KEPT_TABLES["activity"]
    return found


def _add(found: Removed, seen: set[tuple[str, str]], table: Any, row: Any) -> None:
    trace = trace_of(table, row)
    mark = (trace.table, msgspec.json.encode(trace.key).decode())
    if mark not in seen and trace.table != "activity":
        seen.add(mark)
        found.rows.append(trace)


async def _add_media(
    tx: Any, found: Removed, seen: set[tuple[str, str]], where: str, values: list[Any]
) -> None:
    """Media rows with their files, and our copies of other servers' files."""
    urls: list[str] = []
    for table, row in await rows_of(tx, where, values):
        _add(found, seen, table, row)
        named = as_dict(table, row)
        found.files += [named[key] for key in ("store_key", "small_key") if named[key]]
        if named["remote_url"]:
            urls.append(named["remote_url"])
    await _add_copies(tx, found, seen, urls)


async def _add_copies(tx: Any, found: Removed, seen: set[tuple[str, str]], urls: list[str]) -> None:
    for table, row in await rows_of(tx, "remote_file.url", urls):
        _add(found, seen, table, row)
        key = as_dict(table, row)["store_key"]
        if key:
            found.files.append(key)


async def traces_of_actor(tx: Any, server: Server, who: Actor) -> Removed:
    """All that is kept of an actor besides its posts."""
    found = Removed([], [], {})
    seen: set[tuple[str, str]] = set()
    for where in OF_ACTOR:
        name = where.partition(".")[0]
        if name in KEPT_TABLES or name == "media":
            continue
        for table, row in await rows_of(tx, where, [who.id]):
            _add(found, seen, table, row)
    await _add_media(tx, found, seen, "media.owner_id", [who.id])
    account = await tx.one(account_by_actor, actor_id=who.id)
    if account is not None:
        for where in OF_ACCOUNT:
            for table, row in await rows_of(tx, where, [account.id]):
                _add(found, seen, table, row)
        for table, row in await rows_of(tx, "mail_letter.recipient", [account.email]):
            _add(found, seen, table, row)
    for where in ("inbox_log.actor_uri", "raw_document.uri"):
        for table, row in await rows_of(tx, where, [who.uri]):
            _add(found, seen, table, row)
    pictures = [each for each in (who.icon_url, who.header_url) if each]
    base = server.media_url("")
    found.files += [each.removeprefix(base) for each in pictures if each.startswith(base)]
    await _add_copies(tx, found, seen, [each for each in pictures if not each.startswith(base)])
    found.kept |= KEPT_TABLES | {"object": "its id as a tombstone"}
    return found


async def purge_post(
    tx: Tx, server: Server, by: Moderator, author: Actor, post_row: Post, reason: str
) -> Removed:
    """Remove a post with every trace; the caller has removed the files.

    Raises:
        Held, NotPermitted
    """
    by.must(Permission.DELETE_USER_DATA)
    await _must_be_free(tx, author)
    found = await traces_of_post(tx, author, post_row)
    await _remove_post(tx, server, post_row.id)
    await tx.run(delete_where, where="idempotency.post_id", values=[post_row.id])
    await _remove_rows(tx, found)
    await record(
        tx, by.account_id, "purge.post", post_row.id, post_row.uri, reason,
        {"rows": len(found.rows), "files": len(found.files)}, server.now_ms(),
    )  # fmt: skip
    return found


async def _remove_post(tx: Tx, server: Server, post_id: int, *, silently: bool = False) -> None:
    if not await delete_post(tx, server, post_id, silently=silently):
        await tx.run(remove_withheld, of_post=post_id)


async def purge_actor(tx: Tx, server: Server, by: Moderator, who: Actor, reason: str) -> Removed:
    """Remove an actor whose posts are gone already, with every trace.

    Raises:
        Held, NotPermitted
    """
    by.must(Permission.DELETE_USER_DATA)
    await _must_be_free(tx, who)
    found = await traces_of_actor(tx, server, who)
    if who.local:
        await close_account(tx, server, who.id)
    else:
        await remove_actor(tx, server, who.id)
    for value in (ReactionKind.LIKE, ReactionKind.DISLIKE, ReactionKind.EMOJI):
        await tx.run(uncount, kind=value.name, of_actor=who.id)
    for where in OF_ACTOR:
        if where.partition(".")[0] not in KEPT_TABLES and where != "account.actor_id":
            await tx.run(delete_where, where=where, values=[who.id])
    await _remove_rows(tx, found)
    await tx.run(empty_actor, of_actor=who.id)
    await record(
        tx, by.account_id, "purge.actor", who.id, who.handle, reason,
        {"rows": len(found.rows), "files": len(found.files)}, server.now_ms(),
    )  # fmt: skip
    return found


async def purge_media(
    tx: Tx, server: Server, by: Moderator, owner: Actor, media_id: int, reason: str
) -> Removed:
    """Remove one file from wherever it is shown.

    Raises:
        Held, NotPermitted
    """
    by.must(Permission.DELETE_USER_DATA)
    await _must_be_free(tx, owner)
    found = Removed([], [], {})
    seen: set[tuple[str, str]] = set()
    for table, row in await rows_of(tx, "post_attachment.media_id", [media_id]):
        _add(found, seen, table, row)
    await _add_media(tx, found, seen, "media.id", [media_id])
    shown_in = [each.key["post_id"] for each in found.rows if each.table == "post_attachment"]
    await tx.run(delete_where, where="post_attachment.media_id", values=[media_id])
    await _remove_rows(tx, found)
    for post_id, local, local_only in await tx.all(change_posts, ids=shown_in, now=server.now_ms()):
        if local and not local_only:
            await server.tell(tx, PostEdited(post_id=post_id))
    await record(
        tx, by.account_id, "purge.media", media_id, owner.handle, reason,
        {"rows": len(found.rows), "files": len(found.files)}, server.now_ms(),
    )  # fmt: skip
    return found


async def _must_be_free(tx: Tx, who: Actor) -> None:
    if await is_held(tx, who.id):
        raise Held(who.handle)


async def _remove_rows(tx: Tx, found: Removed) -> None:
    """What did not go with the post, the account or the actor."""
    keys: dict[str, list[Any]] = {}
    single = {"media", "inbox_log", "raw_document", "remote_file", "mail_letter"}
    for each in found.rows:
        if each.table in single:
            keys.setdefault(each.table, []).append(next(iter(each.key.values())))
    if media_ids := keys.pop("media", []):
        await tx.run(delete_unused_media, ids=media_ids)
    for table, values in keys.items():
        first = {"raw_document": "uri"}.get(table, "id")
        await tx.run(delete_where, where=f"{table}.{first}", values=values)
