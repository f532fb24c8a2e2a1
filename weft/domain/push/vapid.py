"""The server's key for push services: made once, and sealed as other private keys are."""

import asyncio
import base64

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from weft.domain.identity.queries import Remembered, remember_once, remembered_value
from weft.domain.keys.sealing import Sealer
from weft.domain.server import Server
from weft.protocol.webpush import new_private_key, number_of, point_of, private_key
from weft.storage.database import Database, Tx

SEALED_FOR = "push services' key"


class Vapid:
    """Finds the key, making it when it is first asked for."""

    def __init__(self, db: Database, server: Server, sealer: Sealer) -> None:
        self._db, self._server, self._sealer = db, server, sealer
        self._key: EllipticCurvePrivateKey | None = None
        self._finding = asyncio.Lock()

    async def key(self) -> EllipticCurvePrivateKey:
        if self._key is None:
            async with self._finding:
                if self._key is None:
                    self._key = await self._find()
        return self._key

    async def public(self) -> str:
        """As applications give it to their browser: padded base64url."""
        point = point_of((await self.key()).public_key())
        return base64.urlsafe_b64encode(point).decode()

    async def _find(self) -> EllipticCurvePrivateKey:
        known = await self._db.one(remembered_value, key=Remembered.VAPID_KEY)
        if known is None:
            sealed = self._sealer.seal(number_of(new_private_key()), SEALED_FOR)
            text = base64.b64encode(sealed).decode()
            await self._db.write(_remember, text, self._server.now_ms())
            known = await self._db.one(remembered_value, key=Remembered.VAPID_KEY)
            if known is None:
                raise RuntimeError("the key for push services could not be kept")
        return private_key(self._sealer.open(base64.b64decode(known[0]), SEALED_FOR))


async def _remember(tx: Tx, value: str, now: int) -> None:
    """Of two processes that make one, the first one's stays."""
    await tx.run(remember_once, key=Remembered.VAPID_KEY, value=value, updated_at=now)
