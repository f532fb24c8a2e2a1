"""What the operator does with relays: by the API, the pages and the command line alike."""

import asyncio
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from weft.config.values import is_loopback_peer
from weft.domain.actors.records import Actor, ActorKind
from weft.domain.relays.records import (
    LONGEST_ADDRESS,
    Relay,
    RelayKind,
    RelayRefused,
    RelayState,
    all_relays,
    relay_by_address,
)
from weft.domain.relays.subscribe import add_relay, ask_relay, pause_relay, remove_relay
from weft.domain.server import Server
from weft.federation.instance_actor import InstanceActor
from weft.federation.peers import Peers
from weft.federation.resolve import Resolver
from weft.federation.unresolved import Unresolved
from weft.storage.database import Database

LOOK_S = 15.0
Change: TypeAlias = Literal["ask", "pause", "remove"]
_CHANGES = {"ask": ask_relay, "pause": pause_relay, "remove": remove_relay}

STATES: dict[int, str] = {
    RelayState.IDLE: "paused",
    RelayState.PENDING: "waits for its answer",
    RelayState.ACCEPTED: "works",
    RelayState.REJECTED: "said no",
}
KINDS: dict[int, str] = {RelayKind.MASTODON: "mastodon", RelayKind.LITEPUB: "litepub"}


class Relays:
    """Subscribes, pauses and leaves."""

    def __init__(
        self,
        db: Database,
        server: Server,
        resolver: Resolver,
        instance: InstanceActor,
        peers: Peers,
    ) -> None:
        self._db = db
        self._server = server
        self._resolver = resolver
        self._instance = instance
        self._peers = peers

    async def all(self) -> list[Relay]:
        return await self._db.all(all_relays)

    async def subscribe(self, who: int | None, address: str) -> Relay:
        """Ask a relay for posts. An address that ends in ``/inbox`` is of Mastodon's kind; any
        other is that of an actor, which is fetched now. ``who`` is an account, None for the
        command line.

        Raises:
            RelayRefused: with a sentence for the operator.
        """
        address = address.strip()
        host = await self._checked(address)
        if urlsplit(address).path.rstrip("/").endswith("/inbox"):
            kind, inbox, actor = RelayKind.MASTODON, address, None
            client = await self._instance.ensure()
        else:
            actor = await self._actor(address)
            kind, inbox = RelayKind.LITEPUB, actor.inbox
            host = await self._checked(inbox)
            client = await self._instance.relay.ensure()
        return await self._db.write(
            add_relay,
            self._server,
            who,
            address=address,
            kind=kind,
            inbox=inbox,
            host=host,
            client_id=client,
            actor=actor,
        )

    async def change(self, who: int | None, relay_id: int, what: Change) -> Relay | None:
        """Ask again, pause or remove; None if it is not there."""
        return await self._db.write(_CHANGES[what], self._server, who, relay_id)

    async def named(self, word: str) -> Relay | None:
        """By its address, or by its id in digits."""
        word = word.strip()
        known = await self._db.one(relay_by_address, address=word)
        if known is not None:
            return known
        return next((each for each in await self.all() if str(each.id) == word), None)

    async def _checked(self, address: str) -> str:
        """The host of an address that one may talk to."""
        if not address or len(address) > LONGEST_ADDRESS or not address.isprintable():
            raise RelayRefused(
                f"Give the relay's address, of at most {LONGEST_ADDRESS} characters."
            )
        host = self._peers.host_of(address)
        plain = self._server.origin.startswith("http://") and host and is_loopback_peer(host)
        if host is None or not address.startswith(("https://", "http://") if plain else "https://"):
            raise RelayRefused(
                "This is no relay's address. It begins with https:// and ends in /inbox, or it is"
                " that of the relay's actor."
            )
        if urlsplit(address).query or urlsplit(address).fragment or any(map(str.isspace, address)):
            raise RelayRefused("A relay's address has no ?, no # and no space in it.")
        if host == self._server.host:
            raise RelayRefused("This is an address of this server.")
        if await self._peers.is_suspended(host):
            raise RelayRefused(f"{host} is suspended on this server.")
        return host

    async def _actor(self, address: str) -> Actor:
        try:
            async with asyncio.timeout(LOOK_S):
                actor = await self._resolver.actor(address, refresh=True)
        except TimeoutError:
            raise RelayRefused("The relay did not answer in time: try it later.") from None
        except Unresolved as error:
            raise RelayRefused(
                f"There is no relay's actor at this address ({error}). If the relay is of"
                " Mastodon's kind, its address ends in /inbox."
            ) from None
        if actor.local or actor.deleted_at is not None or actor.kind == ActorKind.PERSON:
            raise RelayRefused("This is a person's account: follow it instead.")
        return actor
