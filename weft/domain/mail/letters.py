"""Letters: written in the transaction that wants them, taken to the mail server afterwards.

A letter may hold a link that opens an account, so its text goes as soon as its way has ended; what is
left says when, to whom and how it went.
"""

from enum import IntEnum

from msgspec import Struct
from sqlalchemy import Delete, Insert, Select, Update, bindparam, delete, insert, select, update
from sqlalchemy import literal_column as literal

from weft.domain.server import Server
from weft.storage.database import Database, Tx
from weft.storage.schema.accounts import mail_letter
from weft.storage.statements import query

MAX_SUBJECT = 200
MAX_BODY = 20_000
KEPT_MS = 30 * 24 * 3_600_000
"""How long it is known how a letter went."""


class LetterState(IntEnum):
    """The numbers are stored."""

    WAITING = 0
    SENT = 1
    FAILED = 2


class Letter(Struct, frozen=True):
    id: int
    recipient: str
    subject: str
    body: str
    attempts: int
    created_at: int
    unsubscribe_url: str | None = None
    """Where one click ends letters of this kind, for those that nobody must get."""


class LetterResult(Struct, frozen=True):
    """How a letter went, without its text."""

    id: int
    recipient: str
    subject: str
    state: int
    attempts: int
    last_error: str | None
    created_at: int
    send_at: int


@query()
def insert_letter() -> Insert:
    names = ("id", "recipient", "subject", "body", "created_at", "send_at", "unsubscribe_url")
    return insert(mail_letter).values({name: bindparam(name) for name in names})


@query(row=Letter, bounded=True)
def letters_due() -> Select:
    return (
        select(*[mail_letter.c[name] for name in Letter.__struct_fields__])
        .where(mail_letter.c.state == literal("0"), mail_letter.c.send_at <= bindparam("now"))
        .order_by(mail_letter.c.send_at)
        .limit(bindparam("limit"))
    )


@query()
def take_letter() -> Update:
    """Changes one row for whoever gets it; the others see a later ``send_at``."""
    return (
        update(mail_letter)
        .where(
            mail_letter.c.id == bindparam("of_letter"),
            mail_letter.c.state == literal("0"),
            mail_letter.c.attempts == bindparam("of_attempts"),
        )
        .values(attempts=mail_letter.c.attempts + 1, send_at=bindparam("until"))
    )


@query()
def put_off_letter() -> Update:
    return (
        update(mail_letter)
        .where(mail_letter.c.id == bindparam("of_letter"), mail_letter.c.state == literal("0"))
        .values(send_at=bindparam("at"), last_error=bindparam("error"))
    )


@query()
def end_letter() -> Update:
    """Sent or failed: its text goes."""
    return (
        update(mail_letter)
        .where(mail_letter.c.id == bindparam("of_letter"))
        .values(
            state=bindparam("to_state"),
            body="",
            unsubscribe_url=None,
            last_error=bindparam("error"),
        )
    )


@query(row=LetterResult)
def newest_letters() -> Select:
    return (
        select(*[mail_letter.c[name] for name in LetterResult.__struct_fields__])
        .order_by(mail_letter.c.id.desc())
        .limit(bindparam("limit"))
    )


@query(row=LetterResult, bounded=True)
def letter_by_id() -> Select:
    return select(*[mail_letter.c[name] for name in LetterResult.__struct_fields__]).where(
        mail_letter.c.id == bindparam("id")
    )


@query()
def forget_letters() -> Delete:
    return delete(mail_letter).where(
        mail_letter.c.state != literal("0"), mail_letter.c.created_at < bindparam("before")
    )


async def send_letter(
    tx: Tx, server: Server, *, to: str, subject: str, body: str, unsubscribe_url: str | None = None
) -> int | None:
    """Put a letter into the queue, in the caller's transaction: it goes if that is committed.

    Args:
        to: an address that ``checked_address`` has let through.
        subject: one line; line ends and control characters in it become spaces.
        body: plain text.

    Returns the letter's id; None where this server sends no mail (``server.sends_mail``), which
    whoever depends on the letter asks beforehand.
    """
    if not server.sends_mail:
        return None
    letter_id = tx.new_id()
    now = server.now_ms()
    await tx.run(
        insert_letter,
        id=letter_id,
        recipient=to,
        subject=" ".join("".join(c if c.isprintable() else " " for c in subject).split())[
            :MAX_SUBJECT
        ],
        body=body[:MAX_BODY],
        created_at=now,
        send_at=now,
        unsubscribe_url=unsubscribe_url,
    )
    tx.after_commit(server.letter_waits)
    return letter_id


async def forget_old_letters(db: Database, server: Server) -> int:
    """Those whose way ended a month ago."""
    return await db.write(_forget, server.now_ms() - KEPT_MS)


async def _forget(tx: Tx, before: int) -> int:
    return await tx.run(forget_letters, before=before)
