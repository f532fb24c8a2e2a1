"""What a legal hold keeps, as one archive: every row as JSON, every file as it is, and a signed list of
their hashes (``manifest.json``), so that it can be shown that nothing was changed since.

What opens accounts (passwords, tokens, keys) is not in it.
"""

import asyncio
import hashlib
import io
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from weft.admin.evidence.signed import check, sign
from weft.admin.failure import CommandFailed
from weft.app import Parts
from weft.domain.accounts.queries import account_by_actor
from weft.domain.actors.records import Actor
from weft.domain.moderation.purge import entries_about
from weft.domain.moderation.traces import (
    OF_ACCOUNT,
    OF_ACTOR,
    OF_POST,
    SECRET,
    as_dict,
    rows_of,
)

KIND = "weft evidence"
MANIFEST = "manifest.json"
MOST_BYTES = 1 << 30
"""The largest member that is read back when an archive is checked."""


class _Writer:
    """Adds members to a tar file and remembers their hashes."""

    def __init__(self, tar: tarfile.TarFile, at_s: int) -> None:
        self._tar, self._at_s = tar, at_s
        self.listed: list[dict[str, Any]] = []

    def add(self, name: str, body: bytes, *, listed: bool = True) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode = len(body), self._at_s, 0o600
        self._tar.addfile(info, io.BytesIO(body))
        if listed:
            self.listed.append(
                {"name": name, "size_bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}
            )


async def export(parts: Parts, who: Actor, hold: dict[str, Any], path: Path) -> int:
    """Write the archive; the number of members. A file that is there is not overwritten."""
    now_s = parts.server.now_ms() // 1000
    try:
        handle = await asyncio.to_thread(path.open, "xb")
    except OSError as error:
        raise CommandFailed(f"{path} cannot be written: {error.strerror}") from None
    with handle, tarfile.open(fileobj=handle, mode="w:gz") as tar:
        writer = _Writer(tar, now_s)
        await _rows(parts, who, writer)
        manifest = {
            "kind": KIND,
            "version": 1,
            "server": parts.server.domain,
            "actor": who.uri,
            "handle": who.handle,
            "hold": hold,
            "at": datetime.fromtimestamp(now_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "files": writer.listed,
        }
        signed = await sign(parts, manifest)
        writer.add(MANIFEST, msgspec.json.format(msgspec.json.encode(signed)), listed=False)
        return len(writer.listed)


async def _rows(parts: Parts, who: Actor, writer: _Writer) -> None:
    db = parts.db
    files: dict[str, None] = {}
    for where in OF_ACTOR:
        await _table(parts, writer, f"actor/{where}", where, [who.id], files)
    account = await db.one(account_by_actor, actor_id=who.id)
    if account is not None:
        for where in OF_ACCOUNT:
            await _table(parts, writer, f"account/{where}", where, [account.id], files)
    await _table(parts, writer, "inbox/by_actor", "inbox_log.actor_uri", [who.uri], files)
    base = parts.server.media_url("")
    for url in (who.icon_url, who.header_url):
        if url and url.startswith(base):
            files[url.removeprefix(base)] = None
        elif url:
            await _table(parts, writer, "actor/copies", "remote_file.url", [url], files)
    for table, row in await rows_of(db, "post.author_id", [who.id]):
        values = as_dict(table, row)
        name = f"posts/{values['id']}"
        for where in OF_POST:
            if where != "activity.object_id":
                await _table(parts, writer, f"{name}/{where}", where, [values["id"]], files)
        if not values["local"]:
            found = await db.all(entries_about, actor_uri=who.uri, bytes=values["uri"].encode())
            ids = [each[0] for each in found]
            await _table(parts, writer, f"{name}/inbox", "inbox_log.id", ids, files)
            await _media_of_remote(parts, writer, name, values["id"], files)
    for key in files:
        body = await _file(parts, key)
        if body is not None:
            writer.add(f"files/{key}", body)


async def _media_of_remote(
    parts: Parts, writer: _Writer, name: str, post_id: int, files: dict[str, None]
) -> None:
    attached = [
        as_dict(table, row)["media_id"]
        for table, row in await rows_of(parts.db, "post_attachment.post_id", [post_id])
    ]
    rows = await rows_of(parts.db, "media.id", attached)
    urls = [as_dict(table, row)["remote_url"] for table, row in rows]
    await _table(parts, writer, f"{name}/media", "media.id", attached, files)
    await _table(parts, writer, f"{name}/copies", "remote_file.url", urls, files)


async def _table(
    parts: Parts,
    writer: _Writer,
    name: str,
    where: str,
    values: list[Any],
    files: dict[str, None],
) -> None:
    rows = [as_dict(table, row) for table, row in await rows_of(parts.db, where, values)]
    if not rows:
        return
    for row in rows:
        for column in ("store_key", "small_key"):
            if row.get(column):
                files[row[column]] = None
        for column in SECRET & row.keys():
            row[column] = "(not exported)" if row[column] is not None else None
    lines = b"".join(msgspec.json.encode(row) + b"\n" for row in rows)
    writer.add(f"{name}.jsonl", lines)


async def _file(parts: Parts, key: str) -> bytes | None:
    opened = await parts.store.open(key)
    if opened is None:
        return None
    try:
        return await opened.read(0, opened.size_bytes)
    finally:
        await opened.close()


async def verify(parts: Parts, path: Path) -> int:
    """Check signature and hashes of an archive; the number of members.

    Raises:
        BadProof: this server did not sign its list.
        CommandFailed: something in it is not as it was.
    """
    try:
        with tarfile.open(path, mode="r:gz") as tar:
            members = {each.name: each for each in tar.getmembers()}
            manifest: dict[str, Any] = msgspec.json.decode(_read(tar, members, MANIFEST))
            await check(parts, manifest)
            listed = {each["name"]: each for each in manifest["files"]}
            if members.keys() - {MANIFEST} != listed.keys():
                raise CommandFailed("the archive has other members than its list names")
            for name, entry in listed.items():
                body = _read(tar, members, name)
                if hashlib.sha256(body).hexdigest() != entry["sha256"]:
                    raise CommandFailed(f"{name} is not what it was when it was exported")
    except (OSError, tarfile.TarError, EOFError, msgspec.DecodeError) as error:
        raise CommandFailed(f"{path} cannot be read as an archive: {error}") from None
    return len(listed)


def _read(tar: tarfile.TarFile, members: dict[str, tarfile.TarInfo], name: str) -> bytes:
    member = members.get(name)
    file = tar.extractfile(member) if member is not None and member.isfile() else None
    if member is None or file is None or member.size > MOST_BYTES:
        raise CommandFailed(f"the archive has no readable {name}")
    return file.read()
