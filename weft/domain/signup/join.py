"""Opening an account for oneself.

Until the address is proven (and a moderator has agreed, where that is asked for) the person's actor
is out of sight, and the address is kept with the proof only: whoever types somebody else's address
takes nothing from them. Whether an address has an account here is not told: what happens for one that
has is the same in every way that can be seen from outside, but for what its owner reads in the letter.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from msgspec import Struct

from weft.config.settings import Settings
from weft.domain.accounts.keys import make_actor_keys
from weft.domain.accounts.names import BadName, check_name
from weft.domain.accounts.queries import Role, account_by_email
from weft.domain.accounts.secrets import MIN_PASSWORD, WeakPassword, hash_password
from weft.domain.actors.queries import actors_by_handles
from weft.domain.actors.records import Actor, ActorKind
from weft.domain.actors.store import Key, create_local_actor
from weft.domain.keys.sealing import Sealer
from weft.domain.limits import Limit, Limiter
from weft.domain.mail.addresses import BadAddress, checked_address, domain_of
from weft.domain.mail.letters import send_letter
from weft.domain.mail.proofs import Purpose, insert_mail_proof, new_proof_token
from weft.domain.moderation.addresses_mail import note_attempts
from weft.domain.server import Server
from weft.domain.signup import letters
from weft.domain.signup.blocks import MailRule, NetworkRule, mail_verdict, network_rule
from weft.domain.signup.invites import Invite, find_invite, take_use
from weft.domain.signup.refused import (
    Fault,
    SignUpClosed,
    SignUpRefused,
    TooManySignUps,
    Why,
)
from weft.domain.signup.store import hide_actor, insert_applicant
from weft.storage.database import Database, Tx
from weft.storage.errors import Conflict

MAX_REASON = 1000
PROOF_LIFE_MS = 2 * 24 * 3_600_000
PER_ADDRESS = Limit(5, 30 * 60)
"""Sign-ups from one address (for IPv6 one network of 64 bits)."""
PER_MAILBOX = Limit(5, 24 * 3600)
"""Letters about signing up to one e-mail address."""

Mode = Literal["open", "approval", "invite", "closed"]


class SignUp(Struct, frozen=True, kw_only=True):
    """What a person typed; ``birthday`` is compared and forgotten."""

    username: str
    email: str
    password: str
    agreement: bool
    reason: str = ""
    birthday: str = ""
    """``YYYY-MM-DD``; asked for where a smallest age is set."""
    invite_code: str = ""
    locale: str | None = None
    address: str | None = None
    """Where they are."""
    limit_key: str = ""
    """What limits count by (``weft.config.addresses.limit_key``)."""
    app_id: int | None = None


class Joined(Struct, frozen=True):
    account_id: int
    actor: Actor


Exchangers = Callable[[str], Awaitable[list[str]]]


@dataclass(frozen=True, slots=True)
class _Checked:
    email: str
    mail: MailRule
    invite: Invite | None
    needs_approval: bool


class Joining:
    """Takes sign-ups, from pages and from apps; made once, in ``weft/app.py``."""

    def __init__(
        self,
        db: Database,
        server: Server,
        settings: Settings,
        sealer: Sealer,
        limiter: Limiter,
        exchangers: Exchangers | None = None,
    ) -> None:
        """``exchangers`` finds out which machines take a domain's mail in."""
        self._exchangers = exchangers
        self._db, self._server, self._settings = db, server, settings
        self._sealer, self._limiter = sealer, limiter

    @property
    def settings(self) -> Settings:
        return self._settings

    async def sign_up(self, typed: SignUp) -> Joined:
        """Keep an applicant and write to the address.

        Raises:
            SignUpClosed, SignUpRefused, TooManySignUps, PasswordsBusy: nothing has changed.
        """
        if self._settings.registrations == "closed":
            raise SignUpClosed("This server opens no accounts at present.")
        rule = await network_rule(self._db, typed.address, self._server.now_ms())
        if rule is not None and rule >= NetworkRule.NO_SIGN_UP:
            raise SignUpClosed("No accounts are opened from where you are.")
        checked = await self._checked(typed, rule)
        counted = self._limiter.take("sign-up", typed.limit_key, PER_ADDRESS)
        if not counted.allowed:
            raise TooManySignUps(int(counted.reset_s) + 1)
        # Not told: the person would learn that somebody else has used this address here.
        writes = self._limiter.take("sign-up letter", checked.email, PER_MAILBOX).allowed
        try:
            password_hash = await hash_password(typed.password)
        except WeakPassword as weak:
            why = Why.TOO_SHORT if len(typed.password) < MIN_PASSWORD else Why.TOO_LONG
            raise SignUpRefused(Fault("password", why, str(weak))) from None
        actor_id = self._db.ids.mint()
        keys = await make_actor_keys(self._server, self._sealer, actor_id)
        try:
            return await self._db.write(
                self._keep, typed, checked, password_hash, actor_id, keys, writes,
                new_proof_token(),
            )  # fmt: skip
        except Conflict:
            raise SignUpRefused(_name_taken()) from None

    async def _checked(self, typed: SignUp, rule: NetworkRule | None) -> _Checked:
        faults: list[Fault] = []
        faults += await self._name_faults(typed.username)
        email, mail = "", MailRule.NONE
        try:
            email = checked_address(typed.email)
        except BadAddress as error:
            why = Why.INVALID if typed.email.strip() else Why.BLANK
            faults.append(Fault("email", why, str(error)))
        else:
            mail = await self._mail_rule(email, typed.limit_key)
            if mail is MailRule.REFUSED:
                text = "Addresses of this mail provider are not taken here."
                faults.append(Fault("email", Why.BLOCKED, text))
        faults += _password_faults(typed)
        if not typed.agreement:
            text = "You have to agree to the rules and the terms of this server."
            faults.append(Fault("agreement", Why.ACCEPTED, text))
        faults += self._age_faults(typed.birthday)
        invite = None
        if typed.invite_code:
            invite = await find_invite(self._db, self._server, typed.invite_code.strip()[:100])
            if invite is None:
                text = "This invitation is not good, or not any more."
                faults.append(Fault("invite_code", Why.INVALID, text))
        elif self._settings.registrations == "invite":
            faults.append(
                Fault("invite_code", Why.BLANK, "Whoever joins this server needs an invitation.")
            )
        by_mode = self._settings.registrations == "approval" and not (invite and invite.admin)
        if by_mode and not typed.reason.strip():
            faults.append(
                Fault(
                    "reason", Why.BLANK, "The moderators want to know why you would like to join."
                )
            )
        if len(typed.reason) > MAX_REASON:
            text = f"The reason may have at most {MAX_REASON} characters."
            faults.append(Fault("reason", Why.TOO_LONG, text))
        if faults:
            raise SignUpRefused(*faults)
        needs_approval = by_mode or rule is NetworkRule.APPROVAL or mail is MailRule.APPROVAL
        return _Checked(email, mail, invite, needs_approval)

    async def _mail_rule(self, email: str, address: str) -> MailRule:
        exchangers = await self._exchangers(domain_of(email)) if self._exchangers else []
        verdict = await mail_verdict(self._db, email, exchangers)
        if verdict.by:
            await self._db.write(note_attempts, self._server, verdict.by, address)
        return verdict.rule

    async def _name_faults(self, name: str) -> list[Fault]:
        if not name:
            return [Fault("username", Why.BLANK, "The account needs a name.")]
        try:
            check_name(name, reserved_too=True)
        except BadName as error:
            why = Why.TOO_LONG if len(name) > 30 else Why.INVALID
            return [Fault("username", why, str(error))]
        try:
            check_name(name)
        except BadName as error:
            return [Fault("username", Why.RESERVED, str(error))]
        handle = self._settings.handle(name).casefold()
        if await self._db.all(actors_by_handles, handles=[handle]):
            return [_name_taken()]
        return []

    def _age_faults(self, birthday: str) -> list[Fault]:
        least = self._settings.min_age
        if not least:
            return []
        if not birthday.strip():
            return [Fault("date_of_birth", Why.BLANK, "Your date of birth is needed.")]
        try:
            born = date.fromisoformat(birthday.strip())
        except ValueError:
            text = "The date of birth must be written as 2001-12-31."
            return [Fault("date_of_birth", Why.INVALID, text)]
        today = date.fromtimestamp(self._server.now_ms() / 1000)
        age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
        if not least <= age <= 150:
            text = f"Whoever joins this server must be {least} or older."
            return [Fault("date_of_birth", Why.BELOW_LIMIT, text)]
        return []

    async def _keep(
        self,
        tx: Tx,
        typed: SignUp,
        checked: _Checked,
        password_hash: str,
        actor_id: int,
        keys: tuple[Key, ...],
        writes: bool,
        token: str,
    ) -> Joined:
        server, invite = self._server, checked.invite
        if (
            invite is not None
            and invite.uses_left is not None
            and not await tx.run(take_use, of_invite=invite.id)
        ):
            text = "This invitation has been used up."
            raise SignUpRefused(Fault("invite_code", Why.INVALID, text))
        actor = await create_local_actor(
            tx, server, username=typed.username, kind=ActorKind.PERSON, actor_id=actor_id, keys=keys
        )
        # One moment for all three: Actor.is_applicant and show_actor know by it that the actor is
        # hidden because its person is not in yet.
        now = actor.published_at
        await tx.run(hide_actor, of_actor=actor_id, hidden_at=now)
        account_id = tx.new_id()
        await tx.run(
            insert_applicant,
            id=account_id,
            actor_id=actor_id,
            password_hash=password_hash,
            role=Role.USER,
            locale=typed.locale[:35] if typed.locale else None,
            created_at=now,
            approved_at=None if checked.needs_approval else now,
            reason=typed.reason.strip() or None,
            address=typed.address,
            invite_id=invite.id if invite else None,
            app_id=typed.app_id,
        )
        await ask_for_proof(
            tx, server, self._settings, account_id, typed.username, checked.email, token,
            writes=writes and checked.mail is not MailRule.SHUT_OUT,
        )  # fmt: skip
        return Joined(account_id, actor)


async def ask_for_proof(
    tx: Tx,
    server: Server,
    settings: Settings,
    account_id: int,
    username: str,
    email: str,
    token: str,
    *,
    writes: bool = True,
) -> None:
    """Write to an address that somebody says is theirs."""
    await insert_mail_proof(
        tx, server, token=token, account_id=account_id, purpose=Purpose.CONFIRM, email=email,
        life_ms=PROOF_LIFE_MS,
    )  # fmt: skip
    taken = await tx.one(account_by_email, email=email) is not None
    text = letters.address_taken(settings) if taken else letters.confirm(settings, username, token)
    if writes:
        await send_letter(tx, server, to=email, subject=text.subject, body=text.body)


def _name_taken() -> Fault:
    return Fault("username", Why.TAKEN, "This name is taken on this server: choose another.")


def _password_faults(typed: SignUp) -> list[Fault]:
    password = typed.password
    if not password:
        return [Fault("password", Why.BLANK, "The account needs a password.")]
    if len(password) < MIN_PASSWORD:
        text = f"The password needs at least {MIN_PASSWORD} characters."
        return [Fault("password", Why.TOO_SHORT, text)]
    if len(password) > 1000:
        text = "The password may have at most 1000 characters."
        return [Fault("password", Why.TOO_LONG, text)]
    if password.casefold() in {typed.username.casefold(), typed.email.strip().casefold()}:
        text = "The password must not be the name or the e-mail address."
        return [Fault("password", Why.INVALID, text)]
    return []
