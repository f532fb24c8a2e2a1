"""Restoring a backup.

Everything is proven before anything is touched: the archive against its manifest, the manifest
against the passphrase, the key against the database's fingerprint, the names against the settings.
Then all is written beside its place, and moved there at the end. What was there before is moved
into ``replaced-…`` in the data folder (SQLite, files, key), or into a schema of its own until the
new rows are committed (PostgreSQL).

SQLite's backups go to SQLite and PostgreSQL's to PostgreSQL.
"""

import asyncio
import os
import queue
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from weft.admin.backups import archive as archives
from weft.admin.backups import sqlite
from weft.admin.backups.archive import BadArchive, Manifest, Readable, Verified
from weft.admin.backups.make import MEDIA, sync_folder, written_settings
from weft.admin.backups.progress import Progress, size
from weft.admin.backups.wrapping import WrongPassphrase, unwrap
from weft.admin.failure import CommandFailed
from weft.admin.opened import SECRET_KEY
from weft.config.settings import Settings
from weft.domain.identity.queries import Remembered
from weft.domain.keys.sealing import KEY_BYTES, Sealer
from weft.domain.server import now_ms

_POSTGRES_FOLDER = "database/"


async def restore_backup(
    settings: Settings, source: Path, passphrase: str, *, force: bool, progress: Progress
) -> Manifest:
    """Put a backup in the place that the settings name.

    Raises:
        CommandFailed: what was there before is there still.
    """
    await _require_room(settings, force)
    progress.step("Reading the backup")
    verified = archives.verify(source, progress.moved)
    manifest = verified.manifest
    key = _key(verified, passphrase)
    _require_fitting(settings, manifest)
    _require_space(settings, manifest)
    try:
        settings.data.mkdir(mode=0o750, parents=True, exist_ok=True)
        with _scratch(settings.data) as scratch:
            progress.step("Writing")
            if settings.sqlite_path is not None:
                await _restore_sqlite(settings, settings.sqlite_path, verified, scratch, progress)
            else:
                await _restore_postgres(settings, verified, scratch, progress)
            _move_in(settings, scratch, key)
    except OSError as error:
        raise CommandFailed(
            f"the backup cannot be restored into {settings.data} ({error.strerror or error})"
        ) from error
    await _prove(settings, key)
    return manifest


def differences(settings: Settings, manifest: Manifest) -> list[str]:
    """Settings of the backed-up server that are not the same here, a sentence each."""
    here = written_settings(settings)
    return [
        f"{name} was {was}, and is {here[name]} here."
        for name, was in sorted(manifest.settings.items())
        if name in here and here[name] != was
    ]


async def _look_at(settings: Settings) -> sqlite.Known:
    """What the database that would be replaced says of itself."""
    path = settings.sqlite_path
    if path is not None:
        if path.exists() and path.stat().st_size:
            return sqlite.look_at(path)
        return sqlite.Known({}, None, 0)
    from weft.admin.backups import postgres

    async with postgres.connected(settings.database_url) as connection:
        return await postgres.look_at(connection)


async def _require_room(settings: Settings, force: bool) -> None:
    """Refuse to replace a server that runs, and, without ``force``, any."""
    try:
        known = await _look_at(settings)
    except CommandFailed:
        if settings.sqlite_path is None or not force:
            raise
        return  # a damaged file is what a restore is for
    if known.leased_until_at > now_ms():
        raise CommandFailed(
            "a Weft process is using this database: stop the server first (one that was killed"
            " counts as running for a minute)"
        )
    media = settings.data / MEDIA
    there = [
        what
        for what, is_there in (
            ("a database in use", Remembered.KEY_FINGERPRINT in known.remembered),
            (f"a {SECRET_KEY}", (settings.data / SECRET_KEY).exists()),
            ("uploaded files", media.is_dir() and any(media.iterdir())),
        )
        if is_there
    ]
    if there and not force:
        raise CommandFailed(
            f"there is a server here already ({', '.join(there)} in {settings.data}): choose an"
            " empty data folder and database, or give --force to replace it"
        )


def _key(verified: Verified, passphrase: str) -> bytes:
    try:
        key = unwrap(verified.wrapped_key, passphrase, verified.manifest_bytes)
    except WrongPassphrase as wrong:
        raise CommandFailed(str(wrong)) from None
    if len(key) != KEY_BYTES or Sealer(key).fingerprint != verified.manifest.key_fingerprint:
        raise BadArchive(f"{verified.path} holds another key than its database's: it is no use")
    return key


def _require_fitting(settings: Settings, manifest: Manifest) -> None:
    """The backup must be of this server, and for this kind of database."""
    for variable, was, here in (
        ("WEFT_DOMAIN", manifest.domain, settings.domain),
        ("WEFT_HOST", manifest.host, settings.host),
    ):
        if was != here:
            raise CommandFailed(
                f"the backup is of a server whose {variable} is {was}, and here it is {here}:"
                f" set WEFT_DOMAIN={manifest.domain} and WEFT_HOST={manifest.host}"
            )
    engine = "sqlite" if settings.sqlite_path is not None else "postgresql"
    if manifest.engine != engine:
        raise CommandFailed(
            f"the backup is of a {manifest.engine} database and WEFT_DATABASE_URL names a {engine}"
            " one: restore it into the same kind"
        )
    from weft.storage.migrate import knows_revision

    if not knows_revision(manifest.schema_revision):
        raise CommandFailed(
            f"the backup was made by Weft {manifest.weft_version}, whose schema this version does"
            " not know: install that version or a newer one"
        )


def _require_space(settings: Settings, manifest: Manifest) -> None:
    needed = sum(member.size_bytes for member in manifest.members)
    folder = settings.data
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if settings.sqlite_path is not None and free < needed:
        raise CommandFailed(
            f"the backup unpacks to {size(needed)}, and {size(free)} are free in {folder}"
        )


@contextmanager
def _scratch(data: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=".weft-restore-", dir=data) as folder:
        yield Path(folder)


async def _restore_sqlite(
    settings: Settings, path: Path, verified: Verified, scratch: Path, progress: Progress
) -> None:
    """Unpack, prove the database whole, bring it up to date, and move it to its place."""
    from weft.storage.migrate import upgrade

    def write(name: str, stream: Readable) -> None:
        archives.write_durably(scratch / name, stream)

    archives.each_restored(verified, write, progress.moved)
    unpacked = scratch / sqlite.MEMBER
    if not unpacked.is_file():
        raise BadArchive(f"{verified.path} holds no {sqlite.MEMBER}")
    progress.step("Checking the database")
    sqlite.verify_file(unpacked, verified.manifest.rows)
    await upgrade(f"sqlite:///{unpacked}")
    # Beside its place first, which may be on another disk; then it is there at once.
    path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.restoring")
    shutil.move(unpacked, beside)
    for suffix in ("-wal", "-shm"):
        if (left := unpacked.with_name(unpacked.name + suffix)).exists():
            shutil.move(left, beside.with_name(beside.name + suffix))
    _fold_log(beside)
    _set_aside(settings, [path, *(path.with_name(path.name + s) for s in ("-wal", "-shm"))])
    os.replace(beside, path)
    sync_folder(path.parent)


def _fold_log(path: Path) -> None:
    """Bring what a migration left in the write-ahead log into the file, and the file to disk."""
    import apsw

    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA journal_mode=DELETE").fetchall()
    connection.close()
    with path.open("rb+") as file:
        os.fsync(file.fileno())


async def _restore_postgres(
    settings: Settings, verified: Verified, scratch: Path, progress: Progress
) -> None:
    from weft.admin.backups import postgres
    from weft.storage.migrate import upgrade

    manifest, url = verified.manifest, settings.database_url
    async with postgres.connected(url) as connection:
        replacement = postgres.Replacement(connection)
        await replacement.clear()
        try:
            await upgrade(url, to=manifest.schema_revision)
            with _reading(verified, scratch, progress) as pieces:
                await replacement.fill(manifest, pieces)
            await upgrade(url)
        except BaseException:
            await replacement.undo()
            raise
        await replacement.keep()


@contextmanager
def _reading(
    verified: Verified, scratch: Path, progress: Progress
) -> Iterator[Iterator[tuple[str, bytes]]]:
    """Read the archive in a thread: files go to the scratch folder, and the rows come out here,
    ``(table, bytes)``, at most a few pieces ahead."""
    pieces: queue.Queue[tuple[str, bytes] | BaseException | None] = queue.Queue(maxsize=2)
    stopped = threading.Event()

    def hand_over(piece: tuple[str, bytes] | BaseException | None) -> None:
        while not stopped.is_set():
            try:
                pieces.put(piece, timeout=0.2)
            except queue.Full:
                continue
            return

    def visit(name: str, stream: Readable) -> None:
        if stopped.is_set():
            raise BadArchive("the restore was stopped")
        if not name.startswith(_POSTGRES_FOLDER):
            archives.write_durably(scratch / name, stream)
            return
        table = name.split("/")[1]
        while chunk := stream.read(1024 * 1024):
            hand_over((table, chunk))

    def read() -> None:
        try:
            archives.each_restored(verified, visit, progress.moved)
        except BaseException as error:  # for the side that waits
            hand_over(error)
        else:
            hand_over(None)

    def take() -> Iterator[tuple[str, bytes]]:
        while (piece := pieces.get()) is not None:
            if isinstance(piece, BaseException):
                raise piece
            yield piece

    thread = threading.Thread(target=read, name="weft-restore", daemon=True)
    thread.start()
    try:
        yield take()
    finally:
        stopped.set()
        thread.join()


def _move_in(settings: Settings, scratch: Path, key: bytes) -> None:
    """Files and key go to their places; the key last, so that a torn restore is seen."""
    media, secret = settings.data / MEDIA, settings.data / SECRET_KEY
    _set_aside(settings, [media, secret])
    if (scratch / MEDIA).is_dir():
        os.replace(scratch / MEDIA, media)
    partial = secret.with_name(f".{secret.name}.restoring")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(descriptor)
    os.replace(partial, secret)
    sync_folder(settings.data)


def _set_aside(settings: Settings, paths: list[Path]) -> None:
    """Move what is in the way into ``replaced-TIME`` in the data folder."""
    there = [path for path in paths if path.exists()]
    if not there:
        return
    folder = settings.data / f"replaced-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}"
    folder.mkdir(mode=0o700, exist_ok=True)
    for path in there:
        target = folder / path.name
        number = 1
        while target.exists():
            number += 1
            target = folder / f"{path.name}.{number}"
        shutil.move(path, target)


async def _prove(settings: Settings, key: bytes) -> None:
    """Database, key and settings belong together: what the next start asks for."""
    from weft.domain.identity.guard import check_identity
    from weft.storage.database import open_database

    db = await open_database(settings.database_url)
    try:
        await check_identity(db, settings, Sealer(key))
    finally:
        await db.close()
        await asyncio.sleep(0)
