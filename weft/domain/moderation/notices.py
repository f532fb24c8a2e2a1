"""Telling people here of moderation: letters, and the one place where notifications begin.

``warned`` and ``report_came`` are called in the write that does what they tell of.
The notifications of apps are in ``weft.domain.notifications.notices``.
"""

from weft.domain.accounts.queries import Account
from weft.domain.actors.records import Actor
from weft.domain.mail.letters import send_letter
from weft.domain.mail.proofs import Purpose, insert_mail_proof
from weft.domain.moderation import strikes_letters as letters
from weft.domain.moderation.strikes import APPEAL_MS, Action
from weft.domain.notifications.notices import notify_warning
from weft.domain.server import Server
from weft.domain.signup.store import moderators
from weft.storage.database import Tx

MOST_MODERATORS = 20


async def warned(
    tx: Tx,
    server: Server,
    *,
    account: Account,
    target: Actor,
    strike_id: int,
    action: Action,
    text: str,
    post_uris: list[str],
    token: str,
    by_mail: bool,
) -> None:
    """A person of this server hears what was decided about them. ``token`` lets them appeal from
    the letter."""
    await notify_warning(tx, server, owner_id=target.id, strike_id=strike_id)
    if not by_mail or account.email is None or not server.sends_mail:
        return
    await insert_mail_proof(
        tx, server, token=token, account_id=account.id, purpose=Purpose.APPEAL,
        email=account.email, life_ms=APPEAL_MS,
    )  # fmt: skip
    link = f"{server.origin}/disputes/strikes/{strike_id}?token={token}"
    letter = letters.struck(
        server, f"{target.username}@{target.domain}", action, text, post_uris, link
    )
    await send_letter(tx, server, to=account.email, subject=letter.subject, body=letter.body)


async def report_came(
    tx: Tx,
    server: Server,
    *,
    report_id: int,
    target: Actor,
    reporter: str,
    category: str,
    comment: str,
) -> None:
    """The moderators hear of a report."""
    letter = letters.reported(
        server, report_id, f"{target.username}@{target.domain}", reporter, category, comment
    )
    await to_moderators(tx, server, letter)


async def to_moderators(tx: Tx, server: Server, letter: letters.Text) -> None:
    if not server.sends_mail:
        return
    for row in await tx.all(moderators, limit=MOST_MODERATORS):
        await send_letter(tx, server, to=row[0], subject=letter.subject, body=letter.body)


async def to_person(tx: Tx, server: Server, account: Account, letter: letters.Text) -> None:
    if account.email is not None:
        await send_letter(tx, server, to=account.email, subject=letter.subject, body=letter.body)
