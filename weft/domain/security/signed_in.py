"""Whoever is signed in to with a browser that was not known here is told, unless they do not want to be."""

from msgspec import Struct
from sqlalchemy import Select, bindparam, select

from weft.config.settings import Settings
from weft.domain.accounts.settings import account_settings
from weft.domain.security import letters
from weft.domain.security.owners import owner_by_id, tell_owner
from weft.domain.server import Server
from weft.storage.database import Tx
from weft.storage.schema.accounts import account
from weft.storage.statements import query


class Place(Struct, frozen=True):
    """Where somebody signs in, in words."""

    device: str
    address: str | None
    at: str


class _Before(Struct, frozen=True):
    settings: str | None
    last_active_at: int | None


@query(row=_Before, bounded=True)
def was_here_before() -> Select:
    return select(account.c.settings, account.c.last_active_at).where(
        account.c.id == bindparam("id")
    )


async def tell_signed_in(
    tx: Tx, server: Server, settings: Settings, account_id: int, place: Place
) -> None:
    """Write the letter; asked before the session is opened. The first time is no news."""
    before = await tx.one(was_here_before, id=account_id)
    if before is None or before.last_active_at is None:
        return
    owner = await tx.one(owner_by_id, id=account_id)
    if owner is None or account_settings(before.settings).sign_ins_untold:
        return
    text = letters.signed_in(settings, owner.username, place.device, place.address, place.at)
    await tell_owner(tx, server, owner, text)
