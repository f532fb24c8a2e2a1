"""Letters of what happened, for people who want them: collected, so that a busy hour is one letter.

Whoever wants them has ``mails_after``: the newest notification that they have been told of. A chore
looks at those with something newer, and only when they have not been here for a while. A letter names
people and addresses; what was written to somebody stays on the server.
"""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Select, Update, bindparam, func, select, update

from weft.config.settings import Settings
from weft.domain.accounts.settings import account_settings, stored_settings
from weft.domain.keys.sealing import Sealer
from weft.domain.mail.letters import send_letter
from weft.domain.notifications.notify import NotificationKind
from weft.domain.notifications.unsubscribe import unsubscribe_url
from weft.domain.server import Server
from weft.storage.database import Database, Tx
from weft.storage.schema.accounts import account
from weft.storage.schema.actors import actor
from weft.storage.schema.timelines import notification
from weft.storage.statements import any_of, query

AWAY_MS = 15 * 60_000
"""Who was here this short a time ago sees it for themselves."""
MOST_TOLD = 20
PEOPLE_AT_ONCE = 100
_KINDS = {
    "mention": NotificationKind.MENTION,
    "follow": NotificationKind.FOLLOW,
    "follow_request": NotificationKind.FOLLOW_REQUEST,
}
CHOICES = tuple(_KINDS)
_WORDS = {
    NotificationKind.MENTION: "mentioned you",
    NotificationKind.FOLLOW: "follows you now",
    NotificationKind.FOLLOW_REQUEST: "would like to follow you",
}


class Reader(Struct, frozen=True):
    """Somebody who wants letters."""

    id: int
    actor_id: int
    username: str
    email: str
    settings: str | None
    mails_after: int


class News(Struct, frozen=True):
    id: int
    kind: int
    post_id: int | None
    name: str
    handle: str


@query(row=Reader)
def readers() -> Select:
    """Those who have not been here since ``:before``, by id, after ``:after_id``."""
    return (
        select(
            account.c.id,
            account.c.actor_id,
            actor.c.username,
            account.c.email,
            account.c.settings,
            account.c.mails_after,
        )
        .join(actor, actor.c.id == account.c.actor_id)
        .where(
            account.c.mails_after.is_not(None),
            account.c.id > bindparam("after_id"),
            account.c.email.is_not(None),
            account.c.disabled_at.is_(None),
            actor.c.suspended_at.is_(None),
            actor.c.deleted_at.is_(None),
            func.coalesce(account.c.last_active_at, 0) < bindparam("before"),
        )
        .order_by(account.c.id)
        .limit(bindparam("limit"))
    )


@query(row=News, bounded=True)
def news_for() -> Select:
    """The oldest first; not what waits as a request."""
    return (
        select(
            notification.c.id,
            notification.c.kind,
            notification.c.post_id,
            actor.c.name,
            actor.c.handle,
        )
        .join(actor, actor.c.id == notification.c.from_id)
        .where(
            notification.c.owner_id == bindparam("owner"),
            notification.c.id > bindparam("after_id"),
            any_of(notification.c.kind, "kinds"),
            ~notification.c.filtered,
        )
        .order_by(notification.c.id)
        .limit(bindparam("limit"))
    )


@query()
def told_until() -> Update:
    """Changes one row for whoever writes the letter."""
    return (
        update(account)
        .where(
            account.c.id == bindparam("of_account"), account.c.mails_after == bindparam("was_after")
        )
        .values(mails_after=bindparam("after"))
    )


@query()
def set_letters() -> Update:
    """What somebody wants; who wanted some before goes on from there."""
    return (
        update(account)
        .where(account.c.id == bindparam("of_account"))
        .values(
            settings=bindparam("settings"),
            mails_after=func.coalesce(account.c.mails_after, bindparam("since")),
        )
    )


@query()
def end_letters() -> Update:
    return (
        update(account)
        .where(account.c.id == bindparam("of_account"))
        .values(settings=bindparam("settings"), mails_after=None)
    )


async def choose_letters(tx: Tx, account_id: int, stored: str | None, kinds: Iterable[str]) -> None:
    """Keep what letters somebody wants, with the ``stored`` settings that they have otherwise."""
    wanted = tuple(each for each in CHOICES if each in set(kinds))
    changed = stored_settings(replace(account_settings(stored), mails=wanted))
    if wanted:
        await tx.run(set_letters, of_account=account_id, settings=changed, since=tx.new_id())
    else:
        await tx.run(end_letters, of_account=account_id, settings=changed)


async def write_letters(db: Database, server: Server, settings: Settings, sealer: Sealer) -> int:
    """Write to all who have been away and have missed something; the number of letters."""
    if not server.sends_mail:
        return 0
    before, after_id, written = server.now_ms() - AWAY_MS, 0, 0
    while True:
        rows: list[Reader] = await db.all(
            readers, after_id=after_id, before=before, limit=PEOPLE_AT_ONCE
        )
        for reader in rows:
            kinds = [int(_KINDS[each]) for each in account_settings(reader.settings).mails]
            news: list[News] = await db.all(
                news_for, owner=reader.actor_id, after_id=reader.mails_after, kinds=kinds,
                limit=MOST_TOLD,
            )  # fmt: skip
            if news:
                url = unsubscribe_url(sealer, server, reader.id)
                written += await db.write(_write, server, settings, reader, news, url)
        if len(rows) < PEOPLE_AT_ONCE:
            return written
        after_id = rows[-1].id


async def _write(
    tx: Tx, server: Server, settings: Settings, reader: Reader, news: list[News], url: str
) -> bool:
    changed = await tx.run(
        told_until, of_account=reader.id, was_after=reader.mails_after, after=news[-1].id
    )
    if not changed:
        return False
    subject, body = _letter(settings, reader, news, url)
    await send_letter(tx, server, to=reader.email, subject=subject, body=body, unsubscribe_url=url)
    return True


def _letter(settings: Settings, reader: Reader, news: list[News], url: str) -> tuple[str, str]:
    lines = [_line(settings, reader, each) for each in news]
    title = settings.title or settings.domain
    first = f"{news[0].name or news[0].handle} {_WORDS[NotificationKind(news[0].kind)]}"
    subject = f"{first} on {title}" if len(news) == 1 else f"{len(news)} news for you on {title}"
    body = (
        f"Hello,\n\nthis is new for @{settings.handle(reader.username)}:\n\n"
        + "\n".join(lines)
        + f"\n\nAll of it: {settings.origin}/notifications\n\n"
        f"You get no such letters any more after opening this and pressing the button:\n{url}\n"
        f"Which ones you get: {settings.origin}/settings/preferences\n"
    )
    return subject, body


def _line(settings: Settings, reader: Reader, news: News) -> str:
    words = _WORDS[NotificationKind(news.kind)]
    where = f"\n  {settings.origin}/@{news.handle}/{news.post_id}" if news.post_id else ""
    name = " ".join(news.name.split())[:100]
    return (
        f"- {name} (@{news.handle}) {words}{where}" if name else f"- @{news.handle} {words}{where}"
    )
