"""From an applicant to somebody who is in, or is not."""

from msgspec import Struct

from weft.config.settings import Settings
from weft.domain.accounts.queries import account_by_id
from weft.domain.accounts.revocations import end_access
from weft.domain.accounts.roles import COMMAND_LINE, Moderator, Permission
from weft.domain.actors.queries import actor_by_id
from weft.domain.limits import Limit, Limiter
from weft.domain.mail.addresses import BadAddress, checked_address
from weft.domain.mail.letters import send_letter
from weft.domain.mail.proofs import (
    Proof,
    Purpose,
    new_proof_token,
    proofs_of_account,
    use_proof,
)
from weft.domain.moderation.audit import record
from weft.domain.moderation.holds import is_held
from weft.domain.notifications.notices import notify_sign_up
from weft.domain.relations.follow import FollowRefused, follow
from weft.domain.server import Server
from weft.domain.signup import letters
from weft.domain.signup.blocks import MailRule, mail_rule
from weft.domain.signup.invites import give_use_back, invite_by_id
from weft.domain.signup.join import PER_MAILBOX, ask_for_proof
from weft.domain.signup.refused import Fault, SignUpRefused, TooManySignUps, Why
from weft.domain.signup.store import (
    Applicant,
    applicant_by_id,
    approve_account,
    confirm_account,
    delete_actor_object,
    delete_applicant,
    delete_hidden_actor,
    forget_old_addresses,
    moderators,
    never_confirmed,
    show_actor,
)
from weft.storage.database import Database, Tx
from weft.storage.errors import Conflict

UNCONFIRMED_MS = 7 * 24 * 3_600_000
ADDRESS_MS = 90 * 24 * 3_600_000
MOST_MODERATORS = 20
STEP = 50
PER_ACCOUNT = Limit(5, 3600)
"""Letters that one applicant may ask for."""


class ConfirmationRefused(Exception):
    """The sentence is for the person who opened the link."""


class Confirmed(Struct, frozen=True):
    """``is_in`` is False while a moderator is waited for."""

    username: str
    is_in: bool
    app_id: int | None


async def confirm(db: Database, server: Server, settings: Settings, token: str) -> Confirmed:
    """The address is proven.

    Raises:
        ConfirmationRefused: with a sentence.
    """
    try:
        return await db.write(_confirm, server, settings, token)
    except Conflict:
        raise ConfirmationRefused(
            "This e-mail address belongs to another account here: sign in to that one."
        ) from None


async def _confirm(tx: Tx, server: Server, settings: Settings, token: str) -> Confirmed:
    proof = await use_proof(tx, server, token, Purpose.CONFIRM)
    applicant = await tx.one(applicant_by_id, id=proof.account_id) if proof is not None else None
    if proof is None or applicant is None or applicant.confirmed_at is not None:
        raise ConfirmationRefused(
            "This link is not good any more. Sign in to see whether it has been used, or ask for"
            " another."
        )
    now = server.now_ms()
    await tx.run(confirm_account, of_account=applicant.id, email=proof.email, now=now)
    if applicant.approved_at is not None:
        await _admit(tx, server, settings, applicant, proof.email)
        return Confirmed(applicant.username, True, applicant.app_id)
    text = letters.someone_waits(settings, applicant.username, proof.email, applicant.reason)
    for row in await tx.all(moderators, limit=MOST_MODERATORS):
        await send_letter(tx, server, to=row[0], subject=text.subject, body=text.body)
    end_access(tx)
    return Confirmed(applicant.username, False, applicant.app_id)


async def _admit(
    tx: Tx, server: Server, settings: Settings, applicant: Applicant, email: str
) -> None:
    """In: the actor comes into sight, and follows who invited them, if that was wanted."""
    await tx.run(show_actor, of_actor=applicant.actor_id, hidden_at=applicant.created_at)
    await notify_sign_up(tx, server, applicant.actor_id)
    text = letters.welcome(settings, applicant.username)
    await send_letter(tx, server, to=email, subject=text.subject, body=text.body)
    # Tokens that were issued at the sign-up mean more from now on.
    end_access(tx)
    invite = await tx.one(invite_by_id, id=applicant.invite_id) if applicant.invite_id else None
    if invite is None or not invite.autofollow or invite.account_id is None:
        return
    host = await tx.one(account_by_id, id=invite.account_id)
    target = await tx.one(actor_by_id, id=host.actor_id) if host is not None else None
    follower = await tx.one(actor_by_id, id=applicant.actor_id)
    if target is None or follower is None:
        return
    try:
        await follow(tx, server, follower=follower, target=target)
    except FollowRefused:
        return


async def approve(
    tx: Tx, server: Server, settings: Settings, account_id: int, *, by: Moderator = COMMAND_LINE
) -> bool:
    """A moderator agrees. False if nobody of this id waits for that."""
    by.must(Permission.MANAGE_USERS)
    applicant = await tx.one(applicant_by_id, id=account_id)
    if applicant is None or applicant.approved_at is not None:
        return False
    await tx.run(approve_account, of_account=account_id, now=server.now_ms())
    await _note(tx, server, by, "account.approve", applicant)
    if applicant.confirmed_at is not None and applicant.email is not None:
        await _admit(tx, server, settings, applicant, applicant.email)
    return True


async def _note(tx: Tx, server: Server, by: Moderator, action: str, applicant: Applicant) -> None:
    handle = f"{applicant.username}@{server.domain}".casefold()
    await record(tx, by.account_id, action, applicant.actor_id, handle, None, None, server.now_ms())


async def reject(
    tx: Tx,
    server: Server,
    settings: Settings,
    account_id: int,
    *,
    tells: bool = True,
    by: Moderator = COMMAND_LINE,
) -> bool:
    """A moderator does not agree: what was sent is deleted, and the name is free. False if nobody
    of this id waits, or a legal hold keeps them."""
    by.must(Permission.MANAGE_USERS)
    applicant = await tx.one(applicant_by_id, id=account_id)
    if applicant is None or applicant.approved_at is not None:
        return False
    if await is_held(tx, applicant.actor_id):
        return False
    await _note(tx, server, by, "account.reject", applicant)
    await _forget(tx, server, applicant)
    if tells and applicant.email is not None:
        text = letters.not_admitted(settings, applicant.username)
        await send_letter(tx, server, to=applicant.email, subject=text.subject, body=text.body)
    return True


async def _forget(tx: Tx, server: Server, applicant: Applicant) -> None:
    if not await tx.run(delete_applicant, of_account=applicant.id):
        return
    await tx.run(delete_hidden_actor, of_actor=applicant.actor_id)
    await tx.run(delete_actor_object, of_uri=server.actor_uri(applicant.actor_id))
    if applicant.invite_id is not None:
        await tx.run(give_use_back, of_invite=applicant.invite_id)
    end_access(tx)


async def ask_again(
    db: Database,
    server: Server,
    settings: Settings,
    limiter: Limiter,
    account_id: int,
    other_address: str = "",
) -> None:
    """Another letter with a link, to the address of the last one or to another.

    Raises:
        SignUpRefused: the address cannot be used, or is proven already.
        TooManySignUps: letters go out only so often.
    """
    applicant: Applicant | None = await db.one(applicant_by_id, id=account_id)
    if applicant is None or applicant.confirmed_at is not None:
        raise SignUpRefused(Fault("email", Why.INVALID, "Your e-mail address is confirmed."))
    if other_address.strip():
        try:
            email = checked_address(other_address)
        except BadAddress as error:
            raise SignUpRefused(Fault("email", Why.INVALID, str(error))) from None
    else:
        last: list[Proof] = await db.all(
            proofs_of_account, account_id=account_id, purpose=Purpose.CONFIRM
        )
        if not last:
            text = "Type the e-mail address once more."
            raise SignUpRefused(Fault("email", Why.BLANK, text))
        email = last[0].email
    rule = await mail_rule(db, email)
    if rule is MailRule.REFUSED or (rule is MailRule.APPROVAL and applicant.approved_at):
        text = "Addresses of this mail provider are not taken here."
        raise SignUpRefused(Fault("email", Why.BLOCKED, text))
    counted = limiter.take("confirmation", str(account_id), PER_ACCOUNT)
    if not counted.allowed:
        raise TooManySignUps(int(counted.reset_s) + 1)
    writes = limiter.take("sign-up letter", email, PER_MAILBOX).allowed
    await db.write(
        _ask, server, settings, applicant, email, new_proof_token(),
        writes and rule is not MailRule.SHUT_OUT,
    )  # fmt: skip


async def _ask(
    tx: Tx,
    server: Server,
    settings: Settings,
    applicant: Applicant,
    email: str,
    token: str,
    writes: bool,
) -> None:
    if await tx.one(applicant_by_id, id=applicant.id) is not None:
        await ask_for_proof(
            tx, server, settings, applicant.id, applicant.username, email, token, writes=writes
        )


async def forget_unconfirmed(db: Database, server: Server) -> int:
    """Applicants who did not prove their address within a week; and where people signed up from,
    once that is long ago."""
    now, done = server.now_ms(), 0
    while True:
        rows = await db.all(never_confirmed, before=now - UNCONFIRMED_MS, limit=STEP)
        for row in rows:
            await db.write(_forget, server, row)
        done += len(rows)
        if len(rows) < STEP:
            break
    await db.write(_forget_addresses, now - ADDRESS_MS)
    return done


async def _forget_addresses(tx: Tx, before: int) -> None:
    await tx.run(forget_old_addresses, before=before)
