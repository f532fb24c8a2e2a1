"""Invitations: a code that lets people in. The code is seen once; its hash is kept."""

import secrets

from msgspec import Struct
from sqlalchemy import (
    Delete,
    Insert,
    Select,
    Update,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)

from weft.config.settings import Settings
from weft.domain.accounts.queries import Account, Role
from weft.domain.accounts.secrets import hash_secret
from weft.domain.server import Server
from weft.storage.database import Database, Tx
from weft.storage.schema.accounts import invite
from weft.storage.statements import query

MAX_USES = 1000
MOST_OF_ONE = 50
"""Invitations of one person that are good at the same time."""
HOUR_MS = 3_600_000


class InviteRefused(Exception):
    """The sentence is for who wants to invite."""


class Invite(Struct, frozen=True):
    """``uses_left``: None for any number. ``admin``: made by who runs the server; whoever comes with
    it needs no approval."""

    id: int
    account_id: int | None
    uses_left: int | None
    admin: bool
    created_at: int
    expires_at: int | None
    autofollow: bool


COLUMNS = [invite.c[name] for name in Invite.__struct_fields__]


@query()
def insert_invite() -> Insert:
    names = (*Invite.__struct_fields__, "code_hash")
    return insert(invite).values({name: bindparam(name) for name in names})


@query(row=Invite, bounded=True)
def invite_by_code() -> Select:
    """One that is still good."""
    return select(*COLUMNS).where(
        invite.c.code_hash == bindparam("code_hash"),
        or_(invite.c.expires_at.is_(None), invite.c.expires_at > bindparam("now")),
        or_(invite.c.uses_left.is_(None), invite.c.uses_left > 0),
    )


@query(row=Invite, bounded=True)
def invite_by_id() -> Select:
    return select(*COLUMNS).where(invite.c.id == bindparam("id"))


@query(row=Invite)
def invites_of() -> Select:
    """One person's that are still good, newest first."""
    return (
        select(*COLUMNS)
        .where(
            invite.c.account_id == bindparam("account_id"),
            or_(invite.c.expires_at.is_(None), invite.c.expires_at > bindparam("now")),
            or_(invite.c.uses_left.is_(None), invite.c.uses_left > 0),
        )
        .order_by(invite.c.id.desc())
        .limit(bindparam("limit"))
    )


@query(row=Invite)
def all_invites() -> Select:
    return select(*COLUMNS).order_by(invite.c.id.desc()).limit(bindparam("limit"))


@query()
def take_use() -> Update:
    """Changes no row if somebody was faster."""
    return (
        update(invite)
        .where(invite.c.id == bindparam("of_invite"), invite.c.uses_left > 0)
        .values(uses_left=invite.c.uses_left - 1)
    )


@query()
def give_use_back() -> Update:
    return (
        update(invite)
        .where(invite.c.id == bindparam("of_invite"), invite.c.uses_left.is_not(None))
        .values(uses_left=invite.c.uses_left + 1)
    )


@query()
def delete_invite() -> Delete:
    return delete(invite).where(invite.c.id == bindparam("of_invite"))


@query()
def forget_invites() -> Delete:
    return delete(invite).where(invite.c.expires_at < bindparam("before"))


def may_invite(settings: Settings, account: Account) -> bool:
    """Whether the operator lets this person invite others."""
    if settings.registrations == "closed" or not account.may_act:
        return False
    if settings.invites == "everyone":
        return True
    return settings.invites == "admins" and account.role >= Role.ADMIN


async def make_invite(
    tx: Tx,
    server: Server,
    *,
    code: str,
    account_id: int | None,
    by_admin: bool,
    uses: int | None,
    hours: int | None,
    autofollow: bool = False,
) -> Invite:
    """Keep a new invitation; ``code`` is from :func:`new_code`, made before the write.

    Raises:
        InviteRefused: with a sentence.
    """
    if uses is not None and not 1 <= uses <= MAX_USES:
        raise InviteRefused(f"An invitation is good for 1 to {MAX_USES} people.")
    if hours is not None and not 1 <= hours <= 24 * 366:
        raise InviteRefused("An invitation is good for an hour to a year.")
    now = server.now_ms()
    if account_id is not None:
        good = await tx.all(invites_of, account_id=account_id, now=now, limit=MOST_OF_ONE)
        if len(good) >= MOST_OF_ONE:
            raise InviteRefused(
                f"You have {MOST_OF_ONE} invitations that are still good: take one back first."
            )
    made = Invite(
        id=tx.new_id(),
        account_id=account_id,
        uses_left=uses,
        admin=by_admin,
        created_at=now,
        expires_at=None if hours is None else now + hours * HOUR_MS,
        autofollow=autofollow and account_id is not None,
    )
    values = {name: getattr(made, name) for name in Invite.__struct_fields__}
    await tx.run(insert_invite, code_hash=hash_secret(code), **values)
    return made


def new_code() -> str:
    """Short enough to be read out, long enough not to be guessed (60 bits)."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "".join(secrets.choice(alphabet) for _ in range(12))


async def find_invite(db: Database, server: Server, code: str) -> Invite | None:
    """The invitation of a code, if it is still good."""
    found: Invite | None = await db.one(
        invite_by_code, code_hash=hash_secret(code), now=server.now_ms()
    )
    return found


async def take_back_invite(tx: Tx, invite_id: int, account_id: int) -> bool:
    """False if it is none of theirs."""
    found = await tx.one(invite_by_id, id=invite_id)
    if found is None or found.account_id != account_id:
        return False
    return await tx.run(delete_invite, of_invite=invite_id) > 0
