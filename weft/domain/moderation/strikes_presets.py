"""Sentences that moderators need again and again, for warnings and answers."""

from msgspec import Struct
from sqlalchemy import Delete, Insert, Select, bindparam, delete, func, insert, select

from weft.domain.moderation.strikes import TEXT_LENGTH
from weft.domain.server import Server
from weft.storage.database import Tx
from weft.storage.schema.operations import warning_preset
from weft.storage.statements import query

MOST = 50
TITLE_LENGTH = 100


class PresetRefused(Exception):
    """The sentence is for who writes it."""


class Preset(Struct, frozen=True):
    id: int
    title: str
    text: str


_COLUMNS = [warning_preset.c[name] for name in Preset.__struct_fields__]


@query(row=Preset)
def presets() -> Select:
    return select(*_COLUMNS).order_by(warning_preset.c.title).limit(bindparam("limit"))


@query(row=Preset, bounded=True)
def preset_by_id() -> Select:
    return select(*_COLUMNS).where(warning_preset.c.id == bindparam("id"))


@query()
def count_presets() -> Select:
    return select(func.count()).select_from(warning_preset)


@query()
def insert_preset() -> Insert:
    names = ("id", "title", "text", "created_at", "updated_at")
    return insert(warning_preset).values({name: bindparam(name) for name in names})


@query()
def delete_preset() -> Delete:
    return delete(warning_preset).where(warning_preset.c.id == bindparam("of_preset"))


async def add_preset(tx: Tx, server: Server, title: str, text: str) -> Preset:
    """Raises PresetRefused."""
    title, text = " ".join(title.split()), text.strip()
    if not title or len(title) > TITLE_LENGTH or not text or len(text) > TEXT_LENGTH:
        raise PresetRefused(
            f"It needs a title of at most {TITLE_LENGTH} characters and a text of at most"
            f" {TEXT_LENGTH}."
        )
    counted = await tx.one(count_presets)
    if counted is not None and counted[0] >= MOST:
        raise PresetRefused(f"There are {MOST} already: remove one first.")
    made, now = Preset(tx.new_id(), title, text), server.now_ms()
    await tx.run(insert_preset, id=made.id, title=title, text=text, created_at=now, updated_at=now)
    return made


async def remove_preset(tx: Tx, preset_id: int) -> bool:
    """False if there is none of this id."""
    return await tx.run(delete_preset, of_preset=preset_id) > 0
