"""The identity guard: a database belongs to one domain, one host and one secret key.

Ids of actors and posts start with the host, handles end in the domain, and private keys are sealed
with the secret key: other servers keep all three for ever. So the first start writes them into the
database, and a start with others stops, before a wrong id has left the server.
"""

from weft.config.settings import Settings
from weft.domain.identity.queries import (
    Remembered,
    any_local_actor,
    remember,
    remember_once,
    remembered_settings,
)
from weft.domain.keys.sealing import Sealer
from weft.domain.server import now_ms
from weft.storage.database import Database, Tx


class OtherIdentity(Exception):
    """The settings are not those of this database; the sentence says what to change."""


async def check_identity(db: Database, settings: Settings, sealer: Sealer) -> None:
    """Compare the settings with what the database remembers; the first call makes it remember.

    While no local actor exists the domain and the host may still be changed freely.

    Raises:
        OtherIdentity: with the change that mends it.
    """
    wanted = {
        Remembered.DOMAIN: settings.domain,
        Remembered.HOST: settings.host,
        Remembered.KEY_FINGERPRINT: sealer.fingerprint,
    }
    known = await remembered_identity(db)
    if all(known.get(key) == value for key, value in wanted.items()):
        return
    empty = await db.one(any_local_actor) is None
    if not empty:
        _refuse_others(known, wanted)
    await db.write(_remember, wanted, now_ms(), empty)
    _refuse_others(await remembered_identity(db), wanted)


async def remembered_identity(db: Database) -> dict[str, str]:
    """What the database remembers, by key of ``Remembered``."""
    return {row.key: row.value for row in await db.all(remembered_settings)}


async def _remember(tx: Tx, wanted: dict[Remembered, str], now: int, replace: bool) -> None:
    statement = remember if replace else remember_once
    for key, value in wanted.items():
        await tx.run(statement, key=key.value, value=value, updated_at=now)


def _refuse_others(known: dict[str, str], wanted: dict[Remembered, str]) -> None:
    for key, variable in ((Remembered.DOMAIN, "WEFT_DOMAIN"), (Remembered.HOST, "WEFT_HOST")):
        was = known.get(key)
        if was is not None and was != wanted[key]:
            raise OtherIdentity(
                f"{variable} is {wanted[key]}, but this database belongs to {was}, which is in the"
                f" ids that other servers keep: set {variable}={was} again, or give the new name a"
                " data folder and database of its own and let people move their accounts there."
            )
    fingerprint = known.get(Remembered.KEY_FINGERPRINT)
    if fingerprint is not None and fingerprint != wanted[Remembered.KEY_FINGERPRINT]:
        raise OtherIdentity(
            "secret.key in the data folder is not the key that this database was sealed with"
            f" (fingerprint {fingerprint}): put the right secret.key there, or take it from a"
            " backup with weft restore; without it no private key in the database can be opened."
        )
