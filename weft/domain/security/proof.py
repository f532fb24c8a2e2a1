"""That it is the owner who asks: what was shown for it, to be used up in the write that it allows."""

from msgspec import Struct

from weft.config.settings import Settings
from weft.domain.security.owners import Owner
from weft.domain.security.passkeys import Shown, spend
from weft.domain.security.second_factor import Matched, use_up
from weft.domain.server import Server
from weft.storage.database import Tx


class Proof(Struct, frozen=True):
    """A right password, with a right code where the account has a second factor; or a passkey."""

    code: Matched | None = None
    passkey: Shown | None = None


async def spend_proof(
    tx: Tx, server: Server, settings: Settings, owner: Owner, proof: Proof
) -> None:
    """Make what was shown worthless.

    Raises:
        FactorRefused, PasskeyRefused: it was used before.
    """
    if proof.code is not None:
        await use_up(tx, server, settings, owner, proof.code)
    if proof.passkey is not None:
        await spend(tx, server, proof.passkey)
