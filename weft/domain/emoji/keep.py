"""Adding custom emoji, taking them away, and finding those that a text names."""

import re

from weft.domain.actors.records import Emoji
from weft.domain.emoji.queries import all_emoji, disable_emoji, emoji_by_codes, save_emoji
from weft.domain.markup.extract import extract
from weft.domain.server import Server
from weft.storage.database import Database, Tx

MOST = 2000
MOST_IN_TEXT = 100
CATEGORY_LENGTH = 60
_CODE = re.compile(r"[A-Za-z0-9_]{2,64}")


class EmojiRefused(Exception):
    """The sentence is for the operator."""


def checked_code(typed: str) -> str:
    """A shortcode without its colons.

    Raises:
        EmojiRefused: it is none.
    """
    code = typed.strip().strip(":")
    if not _CODE.fullmatch(code):
        raise EmojiRefused("A shortcode is made of 2 to 64 letters, digits and _.")
    return code


async def add_emoji(
    tx: Tx,
    server: Server,
    *,
    code: str,
    store_key: str,
    static_key: str | None,
    content_type: str,
    category: str | None,
    listed: bool,
) -> None:
    """Keep an emoji; one of the same name is replaced, and looks as before in what was written.

    Raises:
        EmojiRefused: one too many, or a category that is too long.
    """
    if category is not None and len(category) > CATEGORY_LENGTH:
        raise EmojiRefused(f"A category may have at most {CATEGORY_LENGTH} characters.")
    now = server.now_ms()
    await tx.run(
        save_emoji,
        id=tx.new_id(),
        shortcode=code,
        store_key=store_key,
        static_key=static_key,
        content_type=content_type,
        category=category,
        listed=listed,
        disabled=False,
        created_at=now,
        updated_at=now,
    )
    if len(await tx.all(all_emoji, limit=MOST + 1)) > MOST:
        raise EmojiRefused(f"At most {MOST} emoji can be kept.")


async def remove_emoji(tx: Tx, server: Server, code: str) -> bool:
    """Nobody can use it any more; its picture stays for what was written with it. False if there
    is no such emoji."""
    return await tx.run(disable_emoji, code=code, now=server.now_ms()) > 0


async def emoji_in(db: Database, server: Server, *texts: str) -> tuple[Emoji, ...]:
    """The emoji of this server that texts name, in their order."""
    codes = dict.fromkeys(
        code for text in texts if ":" in text for code in extract(text).shortcodes
    )
    if not codes:
        return ()
    rows = await db.all(emoji_by_codes, codes=list(codes)[:MOST_IN_TEXT])
    found = {row.shortcode: row for row in rows}
    return tuple(
        Emoji(
            shortcode=code,
            url=server.media_url(found[code].store_key),
            static_url=(server.media_url(static) if (static := found[code].static_key) else None),
        )
        for code in codes
        if code in found
    )
