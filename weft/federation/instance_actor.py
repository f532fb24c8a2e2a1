"""The server itself as an actor: signs fetches, follows relays. Its document is always readable.

Relays of LitePub's kind deal with an actor of their own, made when the first is asked.
"""

from sqlalchemy import Select, bindparam, select

from weft.domain.accounts.keys import make_actor_keys
from weft.domain.actors.queries import actor_by_id
from weft.domain.actors.records import Actor, ActorKind
from weft.domain.actors.store import create_local_actor
from weft.domain.keys.rotate import put_keys
from weft.domain.keys.sealing import Sealer
from weft.domain.server import Server
from weft.storage.database import Database
from weft.storage.errors import Conflict
from weft.storage.schema.actors import actor
from weft.storage.statements import query

NAME = "instance.actor"
"""Has a dot, which names of people may not have."""
RELAY_NAME = "relay.actor"


@query(bounded=True)
def instance_actor_id() -> Select:
    return select(actor.c.id).where(actor.c.handle == bindparam("handle"), actor.c.local)


class OwnActor:
    """Finds an actor of the server's own, or makes it."""

    def __init__(
        self, db: Database, server: Server, sealer: Sealer, name: str, uri: str | None = None
    ) -> None:
        """``uri`` is its id, where that is not like those of people."""
        self._db = db
        self._server = server
        self._sealer = sealer
        self._name = name
        self._uri = uri
        self._id: int | None = None

    async def id(self) -> int | None:
        if self._id is None:
            handle = f"{self._name}@{self._server.domain}".casefold()
            row = await self._db.one(instance_actor_id, handle=handle)
            self._id = row[0] if row is not None else None
        return self._id

    async def actor(self) -> Actor | None:
        actor_id = await self.id()
        return await self._db.one(actor_by_id, id=actor_id) if actor_id is not None else None

    async def ensure(self) -> int:
        """The id, made now if there is none."""
        known = await self.id()
        if known is not None:
            return known
        actor_id = self._db.ids.mint()
        keys = await make_actor_keys(self._server, self._sealer, actor_id, self._uri)
        try:
            await self._db.write(
                create_local_actor,
                self._server,
                username=self._name,
                kind=ActorKind.APPLICATION,
                name=self._server.domain,
                actor_id=actor_id,
                keys=keys,
                uri=self._uri,
            )
        except Conflict:  # another process was quicker
            self._id = None
        found = await self.id()
        if found is None:
            raise RuntimeError(f"{self._name} could not be made")
        return found

    async def rotate(self) -> None:
        """New keys for old, if it is there."""
        actor_id = await self.id()
        if actor_id is not None:
            keys = await make_actor_keys(self._server, self._sealer, actor_id, self._uri)
            await self._db.write(put_keys, self._server, actor_id, keys)


class InstanceActor(OwnActor):
    """The server's own actor; ``relay`` is the one for relays."""

    def __init__(self, db: Database, server: Server, sealer: Sealer) -> None:
        super().__init__(db, server, sealer, NAME)
        self.relay = OwnActor(db, server, sealer, RELAY_NAME, server.relay_uri)

    async def rotate(self) -> None:
        """New keys for the server, made now if it has none, and for its actor for relays."""
        await self.ensure()
        await super().rotate()
        await self.relay.rotate()
