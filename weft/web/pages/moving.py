"""Arriving and leaving: files brought along and taken away, the archive, moving from and to accounts."""

from typing import Any

from litestar.response.base import ASGIResponse
from msgspec import Struct

from weft.domain.accounts.queries import Account, account_by_id
from weft.domain.actors.queries import actor_by_id
from weft.domain.actors.records import Actor, actor_facets
from weft.domain.moving import archives, imports
from weft.domain.moving.archives import Archive, ArchiveRefused
from weft.domain.moving.carried import carried
from weft.domain.moving.gathered import read_brought
from weft.domain.moving.imports import ImportJob, ImportRefused
from weft.domain.moving.sheets import (
    FILES,
    MOST_BYTES,
    Kind,
    Row,
    SheetRefused,
    guess_kind,
    write_sheet,
)
from weft.domain.relations.move_out import MoveRefused, move_away, set_aliases
from weft.domain.security.passkeys import PasskeyRefused
from weft.domain.security.proof import spend_proof
from weft.domain.security.second_factor import FactorRefused
from weft.storage.database import Tx
from weft.web.rendering import redirect
from weft.web.signin.proving import Unproven, owner_of, prove, proving_fields
from weft.web.visits import PageError, Route, Visit

WORDS = {
    Kind.FOLLOWING: "Follows",
    Kind.BLOCKS: "Blocks",
    Kind.MUTES: "Mutes",
    Kind.LISTS: "Lists",
    Kind.BOOKMARKS: "Bookmarks",
    Kind.DOMAIN_BLOCKS: "Blocked domains",
    Kind.COLLECTIONS: "Collections",
}
SHOWN_JOBS = 10
SHOWN_ROWS = 200
_ROOM = 64 * 1024
_SAID = {
    "archive": "Your archive is being made: look here again in a while.",
    "aliases": "Saved. Other servers are told.",
    "moved": "Your followers are being sent to your new account.",
}


class Plan(Struct, frozen=True):
    """What an import would do, in numbers."""

    kind: str
    new: int
    known: int
    gone: int


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1024**2:.1f} MB"


async def _mine(visit: Visit) -> tuple[Account, Actor]:
    me = visit.must_be_signed_in()
    session = visit.visitor.session
    account = await visit.parts.db.one(account_by_id, id=session.account_id) if session else None
    actor = await visit.parts.db.one(actor_by_id, id=me)
    if account is None or actor is None:
        raise PageError(403, "Your account is not here any more.")
    return account, actor


async def show(visit: Visit) -> ASGIResponse:
    """GET /settings/move"""
    return await _page(visit)


async def _page(
    visit: Visit, *, status: int = 200, error: str | None = None, plan: Plan | None = None
) -> ASGIResponse:
    account, actor = await _mine(visit)
    db = visit.parts.db
    facets = actor_facets(actor.facets)
    said = next((sentence for name, sentence in _SAID.items() if name in visit.query), None)
    return await visit.page(
        "moving.html",
        status=status,
        error=error,
        done=said,
        plan=plan,
        kinds=list(Kind),
        words={kind.value: word for kind, word in WORDS.items()},
        files=list(FILES.items()),
        jobs=await db.all(imports.imports_of, account_id=account.id, limit=SHOWN_JOBS),
        archives=await db.all(archives.archives_of, account_id=account.id, limit=3),
        aliases=facets.also_known_as,
        moved_to=facets.moved_to,
        size=_size,
        **(await proving_fields(visit, await owner_of(visit))),
    )


async def bring(visit: Visit) -> ASGIResponse:
    """POST /settings/import"""
    account, actor = await _mine(visit)
    visit.check_form()
    parts = visit.parts
    sent = visit.files.get("file", [])
    if not sent:
        return await _page(visit, status=422, error="Choose a file first.")
    body = await sent[0].read(MOST_BYTES + 1)
    chosen = visit.form.get("kind", "")
    kind = Kind(chosen) if chosen in list(Kind) else guess_kind(sent[0].filename, body)
    if kind is None:
        return await _page(visit, status=422, error="Say what is in the file: its name and first line do not tell.")  # fmt: skip
    overwrites = "overwrite" in visit.form
    try:
        rows = read_brought(kind, body, parts.settings.domain)
        planned = await imports.plan(parts.db, actor.id, kind, rows, overwrites=overwrites)
        if "look" in visit.form:
            return await _page(visit, plan=await _look(visit, actor, kind, planned))
        job_id = await parts.db.write(
            imports.start_import, parts.server, account.id, kind, planned, overwrites
        )
    except (SheetRefused, ImportRefused) as refused:
        return await _page(visit, status=422, error=str(refused))
    parts.wake_imports()
    return redirect(f"/settings/import/{job_id}")


async def _look(visit: Visit, actor: Actor, kind: Kind, planned: list[Row]) -> Plan:
    here = {
        (row.name.casefold(), row.list_title)
        async for page in carried(visit.parts.db, actor.id, kind)
        for row in page
    }
    wanted = {(row.name.casefold(), row.list_title) for row in planned if not row.undo}
    gone = sum(row.undo for row in planned)
    return Plan(kind.value, len(wanted - here), len(wanted & here), gone)


async def _job(visit: Visit) -> ImportJob:
    account, _ = await _mine(visit)
    typed = visit.path("id")
    job = None
    if typed.isascii() and typed.isdigit() and len(typed) <= 16:
        job = await visit.parts.db.one(imports.import_by_id, id=int(typed))
    if job is None or job.account_id != account.id:
        raise PageError(404, "There is no such import.")
    return job


async def report(visit: Visit) -> ASGIResponse:
    """GET /settings/import/:id"""
    job = await _job(visit)
    rows = await visit.parts.db.all(
        imports.reported_rows, job_id=job.id, state=imports.FAILED, after=0, limit=SHOWN_ROWS
    )
    words = {kind.value: word for kind, word in WORDS.items()}
    return await visit.page("import.html", job=job, rows=rows, words=words)


async def failed_rows(visit: Visit) -> ASGIResponse:
    """GET /settings/import/:id/failed.csv: what was not taken over, to be tried again elsewhere."""
    job = await _job(visit)
    kind = Kind(job.kind)
    lines, after = [write_sheet(kind, [], header=True)], 0
    while rows := await visit.parts.db.all(
        imports.reported_rows, job_id=job.id, state=imports.FAILED, after=after, limit=500
    ):
        lines.append(write_sheet(kind, [row.row for row in rows], header=False))
        after = rows[-1].position
    return _file(b"".join(lines), f"failed_{FILES[kind]}")


async def cancel(visit: Visit) -> ASGIResponse:
    """POST /settings/import/:id/cancel"""
    job = await _job(visit)
    visit.check_form()
    parts = visit.parts
    await parts.db.write(imports.cancel_import, parts.server, job.account_id, job.id)
    return redirect(f"/settings/import/{job.id}")


async def retry(visit: Visit) -> ASGIResponse:
    """POST /settings/import/:id/retry"""
    job = await _job(visit)
    visit.check_form()
    await visit.parts.db.write(imports.retry_failed, job.account_id, job.id)
    visit.parts.wake_imports()
    return redirect(f"/settings/import/{job.id}")


async def take(visit: Visit) -> ASGIResponse:
    """GET /settings/exports/:file"""
    _, actor = await _mine(visit)
    kind = next((kind for kind, file in FILES.items() if file == visit.path("file")), None)
    if kind is None:
        raise PageError(404, "There is no such file.")
    lines = [write_sheet(kind, [], header=True)]
    lines += [
        write_sheet(kind, page, header=False)
        async for page in carried(visit.parts.db, actor.id, kind)
    ]
    return _file(b"".join(lines), FILES[kind])


def _file(body: bytes, name: str) -> ASGIResponse:
    return ASGIResponse(
        body=body,
        media_type="text/csv; charset=utf-8",
        headers={
            "content-disposition": f'attachment; filename="{name}"',
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
        },
    )


async def make_archive(visit: Visit) -> ASGIResponse:
    """POST /settings/archive"""
    account, _ = await _mine(visit)
    visit.check_form()
    try:
        await visit.parts.db.write(archives.ask_for_archive, visit.parts.server, account.id)
    except ArchiveRefused as refused:
        return await _page(visit, status=422, error=str(refused))
    visit.parts.wake_archives()
    return redirect("/settings/move?archive")


async def take_archive(visit: Visit) -> Any:
    """GET /settings/archive/:id"""
    from litestar.response.file import ASGIFileResponse

    account, _ = await _mine(visit)
    typed = visit.path("id")
    made: Archive | None = None
    if typed.isascii() and typed.isdigit() and len(typed) <= 16:
        made = await visit.parts.db.one(archives.archive_by_id, id=int(typed))
    path = None
    if made is not None and made.account_id == account.id:
        path = visit.parts.archive_path(made)
    if path is None or not path.is_file():
        raise PageError(404, "There is no such archive; they are kept for a week.")
    return ASGIFileResponse(
        file_path=path,
        filename=path.name,
        media_type="application/zip",
        headers={"cache-control": "no-store", "x-content-type-options": "nosniff"},
    )


async def aliases(visit: Visit) -> ASGIResponse:
    """POST /settings/aliases: ``add`` a handle, or ``remove`` an address."""
    _, actor = await _mine(visit)
    visit.check_form()
    parts = visit.parts
    known = actor_facets(actor.facets).also_known_as
    gone, typed = visit.form.get("remove", ""), visit.form.get("add", "").strip()
    uris = tuple(each for each in known if each != gone)
    if typed:
        other = await _other(visit, typed)
        if other is None:
            return await _page(visit, status=422, error=f"There is no account at {typed}, or its server does not answer.")  # fmt: skip
        uris = (*uris, other.uri)
    try:
        await parts.db.write(set_aliases, parts.server, actor.id, uris)
    except MoveRefused as refused:
        return await _page(visit, status=422, error=str(refused))
    return redirect("/settings/move?aliases")


async def _other(visit: Visit, typed: str) -> Actor | None:
    """An account elsewhere, as it is now."""
    found = await visit.parts.resolve(typed if "://" in typed else f"@{typed.removeprefix('@')}")
    if found is None or found.kind != "actor":
        return None
    actor = await visit.parts.db.one(actor_by_id, id=found.id)
    if actor is None or actor.local:
        return actor
    return await visit.parts.refreshed(actor.uri)


async def move(visit: Visit) -> ASGIResponse:
    """POST /settings/move"""
    _, actor = await _mine(visit)
    visit.check_form()
    parts = visit.parts
    owner = await owner_of(visit)
    try:
        proof = await prove(visit, owner)
    except Unproven as unproven:
        return await _page(visit, status=unproven.status, error=str(unproven))
    typed = visit.form.get("to", "").strip()
    other = await _other(visit, typed) if typed else None
    if other is None:
        return await _page(visit, status=422, error=f"There is no account at {typed}, or its server does not answer.")  # fmt: skip

    async def go(tx: Tx) -> None:
        await spend_proof(tx, parts.server, parts.settings, owner, proof)
        await move_away(tx, parts.server, actor, other)

    try:
        await parts.db.write(go)
    except (MoveRefused, FactorRefused, PasskeyRefused) as refused:
        return await _page(visit, status=422, error=str(refused))
    return redirect("/settings/move?moved")


_IMPORT = "/settings/import/{id:str}"

ROUTES = (
    Route("GET", "/settings/move", show),
    Route("POST", "/settings/move", move),
    Route("POST", "/settings/import", bring, body_bytes=MOST_BYTES + _ROOM),
    Route("GET", _IMPORT, report),
    Route("GET", f"{_IMPORT}/failed.csv", failed_rows),
    Route("POST", f"{_IMPORT}/cancel", cancel),
    Route("POST", f"{_IMPORT}/retry", retry),
    Route("GET", "/settings/exports/{file:str}", take),
    Route("POST", "/settings/archive", make_archive),
    Route("GET", "/settings/archive/{id:str}", take_archive),
    Route("POST", "/settings/aliases", aliases),
)
