"""Files in the composer: some fields for files with what each shows beside it, and no script.

A file that was taken in and whose post is not published yet (its text was too long, or a video is still
worked on) stays in the form by its id, so that nobody sends it twice. Whose it is, ``compose`` checks.
"""

from dataclasses import dataclass
from typing import BinaryIO, cast

from weft.domain.posts.compose import MAX_MEDIA
from weft.domain.posts.lists import media_by_id
from weft.media import limits
from weft.media.errors import NoRoom, Rejected, TooBusy
from weft.web.visits import Visit

WAIT_S = 45.0
"""How long a page waits for a video: less than what proxies wait for us."""
BODY_BYTES = MAX_MEDIA * limits.MOVING_BYTES + 1024**2


class NotAttached(Exception):
    """The sentence is for who posts."""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that is here already."""

    id: int
    description: str


async def attached(visit: Visit, author_id: int) -> list[Attached]:
    """What stands in the form already, and is the author's."""
    found = []
    for place in range(1, MAX_MEDIA + 1):
        typed = visit.form.get(f"kept{place}", "")
        if typed.isascii() and typed.isdigit() and len(typed) <= 16:
            row = await visit.parts.db.one(media_by_id, id=int(typed))
            if row is not None and row.owner_id == author_id and row.post_id is None:
                found.append(Attached(row.id, row.description or ""))
    return found


async def take_files(visit: Visit, author_id: int, kept: list[Attached]) -> None:
    """Take in what was sent; ``kept`` grows with every file that is here.

    Raises:
        NotAttached: one of them is not taken, or there are too many.
    """
    media = visit.parts.media
    for place in range(1, MAX_MEDIA + 1):
        for file in visit.files.get(f"file{place}", [])[:1]:
            if len(kept) >= MAX_MEDIA:
                raise NotAttached(f"A post may have at most {MAX_MEDIA} files.")
            description = visit.form.get(f"alt{place}", "")
            try:
                media_id = await media.accept(
                    author_id, cast(BinaryIO, file.file), description=description
                )
            except (Rejected, TooBusy, NoRoom) as refused:
                name = (file.filename or "")[:100]
                raise NotAttached(f"{name}: {refused}") from None
            kept.append(Attached(media_id, description.strip()))


async def wait_for(visit: Visit, kept: list[Attached]) -> None:
    """Wait until all of them can be posted.

    Raises:
        NotAttached: that takes longer than a page should.
    """
    for each in kept:
        if not await visit.parts.media.ready(each.id, WAIT_S):
            raise NotAttached(
                "A file is still being worked on. It is here already: press Post again in a minute."
            )
