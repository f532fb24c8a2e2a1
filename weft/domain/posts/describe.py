"""Saying what an uploaded file shows: its description and the point that no crop may lose."""

from msgspec import UNSET, Struct, UnsetType
from sqlalchemy import Update, bindparam, update

from weft.domain.search.index import index_file
from weft.storage.database import Tx
from weft.storage.schema.posts import media
from weft.storage.statements import query


class Description(Struct, frozen=True):
    """What is to change; UNSET stays as it is.

    ``focus`` is (x, y) from -1 to 1, with (0, 0) in the middle and (1, 1) at the top right.
    """

    text: str | UnsetType | None = UNSET
    focus: tuple[float, float] | UnsetType = UNSET


@query()
def set_description() -> Update:
    """``:description`` null removes it."""
    return _of_owner().values(description=bindparam("description"))


@query()
def set_focus() -> Update:
    return _of_owner().values(focus_x=bindparam("focus_x"), focus_y=bindparam("focus_y"))


def _of_owner() -> Update:
    return update(media).where(
        media.c.id == bindparam("of_media"), media.c.owner_id == bindparam("of_owner")
    )


async def describe_media(tx: Tx, media_id: int, owner_id: int, described: Description) -> None:
    """Change what is said of a file; of somebody else's file, nothing."""
    if described.text is not UNSET:
        await tx.run(
            set_description,
            of_media=media_id,
            of_owner=owner_id,
            description=described.text or None,
        )
        await index_file(tx, media_id)
    if described.focus is not UNSET:
        x, y = described.focus
        await tx.run(set_focus, of_media=media_id, of_owner=owner_id, focus_x=x, focus_y=y)
