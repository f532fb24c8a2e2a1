"""Opening an account: the person's actor, its keys, and the account that acts through it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy import Insert, bindparam, insert

from weft.domain.accounts.keys import make_actor_keys
from weft.domain.accounts.names import check_name
from weft.domain.accounts.queries import Role
from weft.domain.accounts.secrets import hash_password
from weft.domain.actors.records import Actor, ActorKind
from weft.domain.actors.store import Key, create_local_actor
from weft.domain.keys.sealing import Sealer
from weft.domain.server import Server
from weft.storage.database import Database, Tx
from weft.storage.errors import Conflict
from weft.storage.schema.accounts import account
from weft.storage.statements import query


class NameTaken(Exception):
    """The sentence is for the person who chose it."""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """A stored account and its actor."""

    id: int
    actor: Actor


@query()
def insert_account() -> Insert:
    names = (
        "id", "actor_id", "email", "password_hash", "role", "created_at", "confirmed_at",
        "approved_at",
    )  # fmt: skip
    return insert(account).values({name: bindparam(name) for name in names})


async def create_account(
    db: Database,
    server: Server,
    sealer: Sealer,
    *,
    name: str,
    email: str | None,
    password: str | None,
    role: Role = Role.USER,
    confirmed: bool = True,
    approved: bool = True,
    reserved_too: bool = False,
    first: Callable[[Tx], Awaitable[None]] | None = None,
) -> NewAccount:
    """Open an account for a person. ``first`` runs in the same transaction, before all else: it
    may use up an invitation, or raise.

    Raises:
        BadName, WeakPassword, PasswordsBusy: with a sentence.
        NameTaken: the name or the e-mail address is in use here.
    """
    check_name(name, reserved_too=reserved_too)
    password_hash = await hash_password(password) if password is not None else None
    actor_id = db.ids.mint()
    keys = await make_actor_keys(server, sealer, actor_id)
    try:
        return await db.write(
            _create,
            server,
            name,
            email.strip().casefold() if email else None,
            password_hash,
            role,
            confirmed,
            approved,
            actor_id,
            keys,
            first,
        )
    except Conflict as error:
        what = "e-mail address" if "email" in error.constraint else "name"
        raise NameTaken(f"This {what} is taken on this server: choose another.") from None


async def _create(
    tx: Tx,
    server: Server,
    name: str,
    email: str | None,
    password_hash: str | None,
    role: Role,
    confirmed: bool,
    approved: bool,
    actor_id: int,
    keys: tuple[Key, ...],
    first: Callable[[Tx], Awaitable[None]] | None,
) -> NewAccount:
    if first is not None:
        await first(tx)
    now = server.now_ms()
    actor = await create_local_actor(
        tx, server, username=name, kind=ActorKind.PERSON, actor_id=actor_id, keys=keys
    )
    account_id = tx.new_id()
    await tx.run(
        insert_account,
        id=account_id,
        actor_id=actor_id,
        email=email,
        password_hash=password_hash,
        role=role,
        created_at=now,
        confirmed_at=now if confirmed else None,
        approved_at=now if approved else None,
    )
    return NewAccount(id=account_id, actor=actor)
