"""Making a backup while the server runs and writes.

The database comes first, as it is at one moment; then the files. A file is written before the row
that names it is committed, so every file that the snapshot names is there, unless it was deleted
since. Then the archive is read again from the disk and compared, and only then gets its name.
"""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import msgspec
from msgspec import Struct

from weft.admin.backups import archive as archives
from weft.admin.backups import sqlite
from weft.admin.backups.archive import ArchiveWriter, Manifest
from weft.admin.backups.progress import Progress, size
from weft.admin.backups.wrapping import unwrap, wrap
from weft.admin.failure import CommandFailed
from weft.admin.opened import SECRET_KEY, load_sealer, require_database_file
from weft.config.settings import Settings
from weft.domain.identity.queries import Remembered
from weft.domain.server import now_ms

MEDIA = "media"
COPIES = "remote"
"""The folder in ``media`` for copies of other servers' files: they are fetched again."""
# Not the database's address and not the metrics token: both are secrets. Not the paths: they are
# the machine's.
_SETTINGS = (
    "domain", "host", "media_host", "trusted_proxies", "allowed_private_networks", "allowed_ports",
    "registrations", "post_length", "disabled_families", "authorized_fetch", "log_days", "log_bytes", "min_free_bytes", "remote_media_bytes",
)  # fmt: skip


class Made(Struct, frozen=True):
    """A finished backup."""

    path: Path
    size_bytes: int
    files: int
    rows: int


class _Database(Struct, frozen=True):
    """The database's share of the manifest."""

    known: sqlite.Known
    rows: dict[str, int]
    columns: dict[str, tuple[str, ...]] = {}
    sequences: dict[str, int] = {}


async def make_backup(
    settings: Settings, target: Path, passphrase: str, progress: Progress
) -> Made:
    """Write a backup to ``target``, which must not exist yet.

    Raises:
        CommandFailed, SecretKeyError: nothing was made.
    """
    sealer = load_sealer(settings)
    require_database_file(settings)
    partial = target.with_name(f".{target.name}.part")
    try:
        with ArchiveWriter(partial, progress.moved) as archive:
            progress.step("Reading the database")
            database = await _add_database(settings, archive, partial.parent, progress)
            _require_own_key(database.known, sealer.fingerprint)
            progress.step("Reading the uploaded files")
            files = _add_media(settings.data / MEDIA, archive, progress)
            manifest = _manifest(settings, database, archive.members)
            content = msgspec.json.encode(manifest)
            key = (settings.data / SECRET_KEY).read_bytes()
            archive.add_bytes(archives.MANIFEST, content)
            archive.add_bytes(archives.WRAPPED_KEY, wrap(key, passphrase, content))
        progress.step("Reading the backup again")
        verified = archives.verify(partial, progress.moved)
        if unwrap(verified.wrapped_key, passphrase, verified.manifest_bytes) != key:
            raise CommandFailed("the key in the backup is not the key that was put there")
        os.replace(partial, target)
        sync_folder(target.parent)
    except OSError as error:
        raise CommandFailed(
            f"the backup cannot be written to {target.parent} ({error.strerror or error})"
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return _made(target, files, database)


def _made(target: Path, files: int, database: _Database) -> Made:
    return Made(target, target.stat().st_size, files, sum(database.rows.values()))


def backup_name(domain: str, at_s: float) -> str:
    """``weft-example.org-20261123-154500.tar.gz``."""
    import time

    name = domain.replace(":", "-")
    return f"weft-{name}-{time.strftime('%Y%m%d-%H%M%S', time.gmtime(at_s))}.tar.gz"


async def _add_database(
    settings: Settings, archive: ArchiveWriter, beside: Path, progress: Progress
) -> _Database:
    if settings.sqlite_path is not None:
        return _add_sqlite(settings.sqlite_path, archive, beside, progress)
    from weft.admin.backups import postgres

    async with (
        postgres.connected(settings.database_url) as connection,
        postgres.snapshot(connection),
    ):
        known = await postgres.look_at(connection)
        if known.revision is None:
            raise CommandFailed("the database is empty: run weft setup first")
        rows, columns, sequences = await postgres.dump(connection, archive)
        return _Database(known, rows, columns, sequences)


def _add_sqlite(path: Path, archive: ArchiveWriter, beside: Path, progress: Progress) -> _Database:
    needed = path.stat().st_size
    free = shutil.disk_usage(beside).free
    if free < needed:
        raise CommandFailed(
            f"a copy of the database needs {size(needed)} in {beside}, and {size(free)} are free:"
            " free some space, or write the backup to another disk"
        )
    with _scratch(beside) as folder:
        copy = folder / "weft.db"
        rows = sqlite.snapshot(path, copy)
        known = sqlite.look_at(copy)
        progress.step("Packing the database")
        with copy.open("rb") as stream:
            archive.add(sqlite.MEMBER, stream, copy.stat().st_size)
    return _Database(known, rows)


@contextmanager
def _scratch(beside: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=".weft-backup-", dir=beside) as folder:
        yield Path(folder)


def _require_own_key(known: sqlite.Known, fingerprint: str) -> None:
    remembered = known.remembered.get(Remembered.KEY_FINGERPRINT)
    if remembered is None:
        raise CommandFailed("this server was never set up, so there is nothing to back up yet")
    if remembered != fingerprint:
        raise CommandFailed(
            f"{SECRET_KEY} is not the key of this database, so a backup of the two would be"
            " worthless: weft doctor says what to do"
        )


def _add_media(folder: Path, archive: ArchiveWriter, progress: Progress) -> int:
    """Add each file below the folder; how many. What goes away meanwhile was deleted."""
    count = 0
    for path in _files(folder, folder / COPIES):
        name = f"{MEDIA}/{path.relative_to(folder).as_posix()}"
        if not archives.is_ours(name):
            progress.say(f"left out, because of its name: {name!r}")
            continue
        try:
            stream = path.open("rb")
        except FileNotFoundError:
            continue
        with stream:
            archive.add(name, stream, os.fstat(stream.fileno()).st_size)
        count += 1
    return count


def _files(folder: Path, left_out: Path) -> Iterator[Path]:
    """The regular files below a folder in the order of their names; links are not followed, and
    what begins with a dot is half written."""
    try:
        entries = sorted(folder.iterdir())
    except FileNotFoundError:
        return
    for entry in entries:
        if entry.name.startswith(".") or entry == left_out:
            continue
        try:
            mode = entry.lstat().st_mode
        except FileNotFoundError:
            continue
        if stat.S_ISDIR(mode):
            yield from _files(entry, left_out)
        elif stat.S_ISREG(mode):
            yield entry


def _manifest(settings: Settings, database: _Database, members: list[archives.Member]) -> Manifest:
    remembered = database.known.remembered
    return Manifest(
        format=archives.FORMAT,
        weft_version=version("weft"),
        made_at=now_ms(),
        engine="sqlite" if settings.sqlite_path is not None else "postgresql",
        schema_revision=database.known.revision or "",
        domain=remembered[Remembered.DOMAIN],
        host=remembered[Remembered.HOST],
        key_fingerprint=remembered[Remembered.KEY_FINGERPRINT],
        rows=database.rows,
        columns=database.columns,
        sequences=database.sequences,
        settings=written_settings(settings),
        members=tuple(members),
    )


def written_settings(settings: Settings) -> dict[str, str]:
    """The settings that matter to another machine, by variable, as a variable would hold them."""
    found = {}
    for name in _SETTINGS:
        value = getattr(settings, name)
        if isinstance(value, tuple | frozenset):
            value = ",".join(sorted(str(each) for each in value)) or "none"
        found[f"WEFT_{name.upper()}"] = str(value)
    return found


def sync_folder(folder: Path) -> None:
    """Names in a folder are durable once the folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
