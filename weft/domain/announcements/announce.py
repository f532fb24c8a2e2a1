"""Announcing, putting announcements away, and reacting to them."""

from weft.domain.announcements.queries import (
    Announcement,
    announcement_by_id,
    delete_announcement,
    delete_reaction,
    insert_announcement,
    insert_reaction,
    insert_read,
    reactions_of,
)
from weft.domain.emoji.queries import emoji_by_codes
from weft.domain.emoji.unicode import is_emoji
from weft.domain.news import AnnouncementReacted
from weft.domain.posts.written import write_html
from weft.domain.server import Server
from weft.storage.database import Tx

LENGTH = 5000
MOST_SHOWN = 50
MOST_REACTIONS = 8
"""Different emoji under one announcement."""
EMOJI_LENGTH = 20
_KEYCAP = "\u20e3"


class AnnouncementRefused(Exception):
    """The sentence is for who announces or reacts."""


async def announce(
    tx: Tx,
    server: Server,
    text: str,
    *,
    starts_at: int | None = None,
    ends_at: int | None = None,
    all_day: bool = False,
) -> int:
    """Tell everybody here something, from now until ``ends_at``; its id. ``starts_at`` is when
    what it tells of begins.

    Raises:
        AnnouncementRefused: no text, too much of it, or an end before its beginning.
    """
    text = text.strip()
    if not text:
        raise AnnouncementRefused("An announcement needs a text.")
    if len(text) > LENGTH:
        raise AnnouncementRefused(f"An announcement may have at most {LENGTH} characters.")
    now = server.now_ms()
    if ends_at is not None and ends_at <= max(now, starts_at or 0):
        raise AnnouncementRefused("An announcement ends after it begins, and not in the past.")
    announcement_id = tx.new_id()
    await tx.run(
        insert_announcement,
        id=announcement_id,
        text=text,
        content=write_html(server, text, {}).html,
        all_day=all_day,
        starts_at=starts_at,
        ends_at=ends_at,
        published_at=now,
        created_at=now,
        updated_at=now,
    )
    return announcement_id


async def take_down(tx: Tx, announcement_id: int) -> bool:
    """False if there is no such announcement."""
    return await tx.run(delete_announcement, of_announcement=announcement_id) > 0


async def shown_announcement(tx: Tx, server: Server, announcement_id: int) -> Announcement | None:
    """An announcement that is shown now."""
    found = await tx.one(announcement_by_id, id=announcement_id)
    now = server.now_ms()
    if found is None or found.published_at is None or found.published_at > now:
        return None
    return found if found.ends_at is None or found.ends_at > now else None


async def put_away(tx: Tx, server: Server, account_id: int, announcement_id: int) -> bool:
    """Somebody has read it. False if there is no such announcement."""
    if await tx.one(announcement_by_id, id=announcement_id) is None:
        return False
    await tx.run(
        insert_read,
        announcement_id=announcement_id,
        account_id=account_id,
        created_at=server.now_ms(),
    )
    return True


async def react(tx: Tx, server: Server, account_id: int, announcement_id: int, name: str) -> bool:
    """Put an emoji, or the shortcode of one of this server, under an announcement. False if there
    is no such announcement.

    Raises:
        AnnouncementRefused: no emoji, or one kind too many.
    """
    if await shown_announcement(tx, server, announcement_id) is None:
        return False
    if not is_emoji(name) and await tx.one(emoji_by_codes, codes=[name]) is None:
        raise AnnouncementRefused("This is no emoji that is known here.")
    given = await tx.all(reactions_of, ids=[announcement_id], account_id=account_id)
    names = {row.name for row in given}
    if name not in names and len(names) >= MOST_REACTIONS:
        raise AnnouncementRefused(f"At most {MOST_REACTIONS} different reactions are shown.")
    await tx.run(
        insert_reaction,
        announcement_id=announcement_id,
        account_id=account_id,
        name=name,
        created_at=server.now_ms(),
    )
    tx.say(AnnouncementReacted(announcement_id, name))
    return True


async def take_back(tx: Tx, account_id: int, announcement_id: int, name: str) -> bool:
    """False if there is no such announcement; a reaction that is not there is no matter."""
    if await tx.one(announcement_by_id, id=announcement_id) is None:
        return False
    await tx.run(
        delete_reaction, of_announcement=announcement_id, of_account=account_id, of_name=name
    )
    tx.say(AnnouncementReacted(announcement_id, name[:EMOJI_LENGTH]))
    return True
