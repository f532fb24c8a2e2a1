"""Whose account it is that something is done to, and the letter that tells them."""

from msgspec import Struct
from sqlalchemy import Select, bindparam, select

from weft.domain.mail.letters import send_letter
from weft.domain.security.letters import Text
from weft.domain.server import Server
from weft.storage.database import Tx
from weft.storage.schema.accounts import account
from weft.storage.schema.actors import actor
from weft.storage.statements import query


class Owner(Struct, frozen=True):
    """An account with all that signing in asks about."""

    id: int
    actor_id: int
    username: str
    email: str | None
    password_hash: str | None
    role: int
    confirmed_at: int | None
    approved_at: int | None
    disabled_at: int | None
    totp_sealed: bytes | None
    totp_step: int | None
    recovery_hashes: str | None
    suspended_at: int | None
    deleted_at: int | None

    @property
    def has_factor(self) -> bool:
        return self.totp_sealed is not None

    @property
    def why_not_in(self) -> str | None:
        """Why this account may not be signed in to; None: it may."""
        if self.disabled_at is not None:
            return "Your login is currently disabled."
        if self.confirmed_at is None:
            return "Your login is missing a confirmed e-mail address."
        if self.approved_at is None:
            return "Your login is currently pending approval."
        if self.suspended_at is not None or self.deleted_at is not None:
            return "Your account is suspended."
        return None


_FROM_ACTOR = ("username", "suspended_at", "deleted_at")
_COLUMNS = [(actor if name in _FROM_ACTOR else account).c[name] for name in Owner.__struct_fields__]


@query(row=Owner, bounded=True)
def owner_by_id() -> Select:
    return (
        select(*_COLUMNS)
        .join(actor, actor.c.id == account.c.actor_id)
        .where(account.c.id == bindparam("id"))
    )


@query(row=Owner, bounded=True)
def owner_by_email() -> Select:
    return (
        select(*_COLUMNS)
        .join(actor, actor.c.id == account.c.actor_id)
        .where(account.c.email == bindparam("email"))
    )


@query(row=Owner, bounded=True)
def owner_by_handle() -> Select:
    """By the case-folded handle of a person of this server."""
    return (
        select(*_COLUMNS)
        .join(actor, actor.c.id == account.c.actor_id)
        .where(actor.c.handle == bindparam("handle"), actor.c.local)
    )


async def tell_owner(tx: Tx, server: Server, owner: Owner, text: Text) -> None:
    """Write to the address of the account, where this server sends mail and there is one."""
    if owner.email is not None:
        await send_letter(tx, server, to=owner.email, subject=text.subject, body=text.body)
