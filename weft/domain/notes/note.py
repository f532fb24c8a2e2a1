"""Notes about others: one per person, seen by who wrote it alone."""

from msgspec import Struct
from sqlalchemy import Delete, Insert, Select, bindparam, delete, select

from weft.storage.database import Tx
from weft.storage.schema.relations import actor_note
from weft.storage.statements import any_of, query, upsert

LENGTH = 2000


class NoteRefused(Exception):
    """The sentence is for the person who writes."""


class NoteRow(Struct, frozen=True):
    target_id: int
    text: str


@query(row=NoteRow, bounded=True)
def notes_about() -> Select:
    """``:me``'s notes about ``:others``."""
    return select(actor_note.c.target_id, actor_note.c.text).where(
        actor_note.c.actor_id == bindparam("me"), any_of(actor_note.c.target_id, "others")
    )


@query()
def save_note() -> Insert:
    names = ["actor_id", "target_id", "text"]
    return upsert(actor_note, key=names[:2], values=names, update=names[2:])


@query()
def delete_note() -> Delete:
    return delete(actor_note).where(
        actor_note.c.actor_id == bindparam("of_actor"),
        actor_note.c.target_id == bindparam("of_target"),
    )


async def write_note(tx: Tx, *, actor_id: int, target_id: int, text: str) -> None:
    """Note something about somebody in place of what was noted before; nothing takes it away.

    Raises:
        NoteRefused: too long.
    """
    text = text.strip()
    if len(text) > LENGTH:
        raise NoteRefused(f"A note may have at most {LENGTH} characters.")
    if text:
        await tx.run(save_note, actor_id=actor_id, target_id=target_id, text=text)
    else:
        await tx.run(delete_note, of_actor=actor_id, of_target=target_id)
