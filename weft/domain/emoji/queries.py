"""The statements behind custom emoji."""

from msgspec import Struct
from sqlalchemy import Insert, Select, Update, bindparam, not_, select, update

from weft.storage.schema.posts import custom_emoji
from weft.storage.statements import any_of, query, upsert


class EmojiRow(Struct, frozen=True):
    """One emoji; ``static_key`` is the still picture of one that moves."""

    id: int
    shortcode: str
    store_key: str
    static_key: str | None
    content_type: str
    category: str | None
    listed: bool
    disabled: bool
    updated_at: int


_COLUMNS = [custom_emoji.c[name] for name in EmojiRow.__struct_fields__]


@query(row=EmojiRow)
def all_emoji() -> Select:
    """Those that can be used, by category and name."""
    return (
        select(*_COLUMNS)
        .where(not_(custom_emoji.c.disabled))
        .order_by(custom_emoji.c.category, custom_emoji.c.shortcode)
        .limit(bindparam("limit"))
    )


@query(row=EmojiRow, bounded=True)
def emoji_by_codes() -> Select:
    """Those of ``:codes`` that can be used."""
    return select(*_COLUMNS).where(
        any_of(custom_emoji.c.shortcode, "codes"), not_(custom_emoji.c.disabled)
    )


@query()
def save_emoji() -> Insert:
    names = [
        "id", "shortcode", "store_key", "static_key", "content_type", "category", "listed",
        "disabled", "created_at", "updated_at",
    ]  # fmt: skip
    update = [name for name in names if name not in ("id", "shortcode", "created_at")]
    return upsert(custom_emoji, key=["shortcode"], values=names, update=update)


@query()
def disable_emoji() -> Update:
    return (
        update(custom_emoji)
        .where(custom_emoji.c.shortcode == bindparam("code"), not_(custom_emoji.c.disabled))
        .values(disabled=True, updated_at=bindparam("now"))
    )
