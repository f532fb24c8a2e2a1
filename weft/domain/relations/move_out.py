"""A person of this server goes to another account, or comes from one (FEP-7628; Move of Mastodon)."""

from msgspec import structs
from sqlalchemy import Update, bindparam, update

from weft.domain.actors.queries import actor_by_id
from weft.domain.actors.records import Actor, actor_facets, stored_facets
from weft.domain.events import ActorMoved, ProfileChanged
from weft.domain.relations.move import move_followers
from weft.domain.server import Server
from weft.storage.database import Tx
from weft.storage.schema.actors import actor
from weft.storage.statements import query

MOST_ALIASES = 20
COOL_DOWN_MS = 30 * 24 * 3_600_000


class MoveRefused(Exception):
    """The sentence is for the person who moves."""


@query()
def set_actor_facets() -> Update:
    return (
        update(actor)
        .where(actor.c.id == bindparam("of_actor"))
        .values(facets=bindparam("facets"), revision=actor.c.revision + 1)
    )


async def set_aliases(tx: Tx, server: Server, actor_id: int, uris: tuple[str, ...]) -> None:
    """Say which other accounts are this one's, so that their followers may be taken over.

    Raises:
        MoveRefused: too many, or the account itself.
    """
    me = await tx.one(actor_by_id, id=actor_id)
    if me is None or not me.local:
        raise MoveRefused("There is no such account here.")
    if me.uri in uris:
        raise MoveRefused("An account is no alias of itself.")
    if len(uris) > MOST_ALIASES:
        raise MoveRefused(f"An account may have at most {MOST_ALIASES} aliases.")
    facets = structs.replace(actor_facets(me.facets), also_known_as=tuple(dict.fromkeys(uris)))
    await tx.run(set_actor_facets, of_actor=actor_id, facets=stored_facets(facets))
    await server.tell(tx, ProfileChanged(actor_id=actor_id))


async def move_away(tx: Tx, server: Server, me: Actor, target: Actor) -> None:
    """Tell all followers that this account has gone to another one, which must name this one as
    its alias. The account stays, and its posts; its followers here go along.

    Raises:
        MoveRefused: the target does not name this account, or the last move is too near.
    """
    if me.id == target.id or not target.stands:
        raise MoveRefused("There is no such account to move to.")
    if me.uri not in actor_facets(target.facets).also_known_as:
        raise MoveRefused(
            f"{target.username}@{target.domain} does not name this account as its alias yet: add"
            f" {me.uri} to its aliases there first."
        )
    now = server.now_ms()
    facets = actor_facets(me.facets)
    if facets.moved_at is not None and now - facets.moved_at < COOL_DOWN_MS:
        raise MoveRefused("This account moved less than 30 days ago.")
    await tx.run(
        set_actor_facets,
        of_actor=me.id,
        facets=stored_facets(structs.replace(facets, moved_at=now, moved_to=target.uri)),
    )
    # Told first: whoever follows here must still follow when other servers' inboxes are found.
    await server.tell(tx, ActorMoved(actor_id=me.id, target_uri=target.uri))
    await move_followers(tx, server, me.id, target.id)
    await server.tell(tx, ProfileChanged(actor_id=me.id))
