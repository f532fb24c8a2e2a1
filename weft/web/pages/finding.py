"""Who is meant by an address of a page."""

from weft.domain.actors.queries import actors_by_handles
from weft.domain.actors.records import Actor
from weft.web.visits import PageError, Visit

NOBODY = PageError(404, "There is nobody of this name here.", "Not found")


async def person_of(visit: Visit, typed: str) -> Actor:
    """The actor of ``@name`` or ``@name@domain``; others' people only for who is signed in.

    Raises:
        PageError: 404.
    """
    if not typed.startswith("@") or len(typed) > 500:
        raise PageError(404, "There is nothing at this address.", "Not found")
    name, _, domain = typed.removeprefix("@").partition("@")
    server = visit.parts.server
    known = f"{name}@{domain or server.domain}".casefold()
    rows = await visit.parts.db.all(actors_by_handles, handles=[known])
    actor = max(rows, key=lambda row: row.id, default=None)
    if actor is None or actor.deleted_at is not None or actor.is_applicant:
        raise NOBODY
    if not actor.local and visit.me is None:
        raise NOBODY
    return actor
