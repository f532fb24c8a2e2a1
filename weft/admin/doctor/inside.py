"""What can be seen on this machine: settings, folder, disk, database, key, clock."""

import ctypes
import os
import shutil
import stat
import time
from pathlib import Path

from weft.admin.backups.progress import size
from weft.admin.backups.sqlite import Known
from weft.admin.doctor.findings import Finding, broken, in_thread, ok, skipped, warning
from weft.admin.failure import CommandFailed
from weft.admin.opened import SECRET_KEY
from weft.config.settings import Settings
from weft.domain.identity.queries import Remembered
from weft.domain.keys.sealing import Sealer, SecretKeyError
from weft.storage.errors import StorageError

QUICK_CHECK_S = 15.0
LOW_DISK_BYTES = 1024**3
NO_DISK_BYTES = 100 * 1024**2
_TIME_ERROR = 5  # adjtimex(2): the kernel's clock is not kept in step by anything


def check_domain(settings: Settings, known: Known | None, has_actors: bool) -> list[Finding]:
    """The domain is for ever, so before the first actor exists it must be a chosen one."""
    if settings.is_development and not has_actors:
        return [
            broken(
                "domain",
                "WEFT_DOMAIN is not set, so accounts would end in @localhost; ids are permanent.",
                "Set WEFT_DOMAIN to the domain of your handles (and WEFT_HOST, if the server is"
                " elsewhere) before you make the first account. To only look at Weft, leave it.",
            )
        ]
    if settings.is_development:
        return [
            warning(
                "domain",
                "This is a development server on localhost: other servers cannot reach it.",
                "For a real server set WEFT_DOMAIN and start with an empty data folder.",
            )
        ]
    remembered = known.remembered if known is not None else {}
    for key, variable, here in (
        (Remembered.DOMAIN, "WEFT_DOMAIN", settings.domain),
        (Remembered.HOST, "WEFT_HOST", settings.host),
    ):
        was = remembered.get(key)
        if has_actors and was is not None and was != here:
            return [
                broken(
                    "domain",
                    f"{variable} is {here}, but the ids in this database belong to {was}.",
                    f"Set {variable}={was} again.",
                )
            ]
    where = "" if settings.host == settings.domain else f", and the server is at {settings.host}"
    sentence = f"Handles end in @{settings.domain}{where}."
    if not has_actors:
        sentence += " This becomes permanent with the first start: be sure that it is right."
    return [ok("domain", sentence)]


async def check_folder(settings: Settings) -> list[Finding]:
    folder = settings.data
    if not folder.is_dir():
        return [
            broken("folder", f"There is no data folder {folder}.",
                   "Run weft setup, or set WEFT_DATA to the right folder.")
        ]  # fmt: skip
    if not os.access(folder, os.W_OK | os.X_OK):
        return [
            broken("folder", f"This user may not write to {folder}.",
                   f"Give it to the user that Weft runs as: chown -R weft {folder}")
        ]  # fmt: skip
    return [ok("folder", f"{folder} can be written to.")]


def check_disk(settings: Settings) -> list[Finding]:
    """Free space where the data is, and where the database is if that is elsewhere."""
    folders = [settings.data]
    if settings.sqlite_path is not None:
        folders.append(settings.sqlite_path.parent)
    found, seen = [], set()
    for folder in folders:
        while not folder.exists():
            folder = folder.parent
        if (device := folder.stat().st_dev) in seen:
            continue
        seen.add(device)
        free = shutil.disk_usage(folder).free
        says = f"{size(free)} are free where {folder} is."
        mend = "Free some space, make the disk larger, or lower WEFT_REMOTE_MEDIA_BYTES."
        if free < NO_DISK_BYTES:
            found.append(broken("disk", says, mend))
        elif free < LOW_DISK_BYTES:
            found.append(warning("disk", says, mend))
        else:
            found.append(ok("disk", says))
    return found


async def look_at_database(settings: Settings) -> tuple[Known | None, list[Finding]]:
    """Is it there, whole, and of this version? What it says of itself, for other checks."""
    try:
        known = await _known(settings)
    except CommandFailed as failed:
        return None, [broken("database", _sentence(failed), _database_mend(settings))]
    found = [ok("database", "It answers.")]
    if settings.sqlite_path is not None:
        found = await in_thread(lambda: _quick_check(settings.sqlite_path))
    found += await _check_schema(settings)
    return known, found


async def _known(settings: Settings) -> Known:
    path = settings.sqlite_path
    if path is not None:
        from weft.admin.backups import sqlite

        if not path.is_file():
            raise CommandFailed(f"There is no database {path}")
        return await in_thread(lambda: sqlite.look_at(path))
    from weft.admin.backups import postgres

    async with postgres.connected(settings.database_url) as connection:
        return await postgres.look_at(connection)


def _database_mend(settings: Settings) -> str:
    if settings.sqlite_path is None:
        return "Start PostgreSQL, and see that WEFT_DATABASE_URL has the right host and password."
    if not settings.sqlite_path.is_file():
        return "Run weft setup for a new server, or weft restore if there was one."
    return "Stop the server, keep a copy of the file, and restore the last good backup."


def _quick_check(path: Path | None) -> list[Finding]:
    """SQLite's own check of its file, for as long as a person likes to wait."""
    import apsw

    until = time.monotonic() + QUICK_CHECK_S
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    connection.set_progress_handler(lambda: time.monotonic() > until, 50_000)
    try:
        rows = [str(row[0]) for row in connection.execute("PRAGMA quick_check(3)")]
    except apsw.InterruptError:
        return [
            skipped("database", f"Too large to be checked in {QUICK_CHECK_S:.0f} seconds; what was"
                    " read of it is whole.")
        ]  # fmt: skip
    except apsw.Error as error:
        rows = [str(error)]
    finally:
        connection.close()
    if rows == ["ok"]:
        return [ok("database", "The file is whole.")]
    return [
        broken("database", f"The file is damaged: {'; '.join(rows)}.",
               "Stop the server, keep a copy of the file, and restore the last good backup.")
    ]  # fmt: skip


async def _check_schema(settings: Settings) -> list[Finding]:
    from weft.storage.migrate import check

    try:
        await check(settings.database_url)
    except StorageError as error:
        return [broken("schema", _sentence(error), "Run weft db migrate.")]
    return [ok("schema", "It is the one that this version works with.")]


def check_key(settings: Settings, known: Known | None) -> list[Finding]:
    """Is the key there, is it kept from others, and is it this database's?"""
    path = settings.data / SECRET_KEY
    mend = f"Put the {SECRET_KEY} of this database there, or take it from a backup: weft restore."
    remembered = known.remembered.get(Remembered.KEY_FINGERPRINT) if known is not None else None
    if not path.is_file():
        if remembered is None:
            return [broken("key", f"There is no {path} yet.", "Run weft setup.")]
        return [broken("key", f"There is no {path}; the database was sealed with one.", mend)]
    try:
        fingerprint = Sealer(path.read_bytes()).fingerprint
    except OSError as error:
        return [
            broken("key", f"{path} cannot be read ({error.strerror}).",
                   f"Give it to the user that Weft runs as: chown weft {path}")
        ]  # fmt: skip
    except SecretKeyError as error:
        return [broken("key", f"{path} is damaged: {error}.", mend)]
    if remembered is not None and remembered != fingerprint:
        return [broken("key", f"{path} is not the key of this database.", mend)]
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return [
            warning("key", f"{path} can be read by other users of this machine.",
                    f"chmod 600 {path}")
        ]  # fmt: skip
    if remembered is None:
        return [ok("key", "It is there; the database was not used yet.")]
    return [ok("key", "Key and database belong together.")]


def check_proxies(settings: Settings) -> list[Finding]:
    wide = [str(net) for net in settings.trusted_proxies if net.prefixlen < 8]
    if wide:
        return [
            warning("proxies", f"WEFT_TRUSTED_PROXIES has {', '.join(wide)}: anybody can lie about"
                    " their address.", "Name only the networks that your proxies are in.")
        ]  # fmt: skip
    return []


def check_mail(_settings: Settings) -> list[Finding]:
    return [skipped("mail", "This version sends no mail, so there is nothing to check.")]


def check_kernel_clock() -> list[Finding]:
    """Without a peer to compare with: does anything keep the clock in step?"""
    mend = "Turn on time synchronisation: timedatectl set-ntp true, or install chrony."
    try:
        buffer = ctypes.create_string_buffer(512)  # struct timex, all nought: only a question
        state = ctypes.CDLL(None, use_errno=True).adjtimex(buffer)
    except (OSError, AttributeError):
        return [skipped("clock", "Nothing is known of how this clock is kept in step.")]
    if state == _TIME_ERROR:
        return [
            warning("clock", "Nothing seems to keep the clock in step, and no other server was"
                    " there to compare with.", mend)
        ]  # fmt: skip
    if state < 0:
        return [skipped("clock", "This system does not tell how its clock is kept in step.")]
    return [ok("clock", "It is kept in step.")]


def _sentence(error: Exception) -> str:
    text = str(error).strip().rstrip(".")
    return f"{text[:1].upper()}{text[1:]}." if not text.startswith("/") else f"{text}."
