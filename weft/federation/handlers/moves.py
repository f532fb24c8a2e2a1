"""Move: the signer has gone to another account, which says so too."""

from weft.domain.actors.records import actor_facets
from weft.domain.relations.move import move_followers
from weft.federation.handlers.received import (
    DONE,
    Apply,
    Received,
    Tools,
    Verdict,
    ignored,
    refused,
)
from weft.federation.unresolved import Unresolved
from weft.protocol.activitystreams import first_id
from weft.storage.database import Tx


async def receive_move(tools: Tools, got: Received) -> Apply | Verdict:
    """Only an actor itself moves, and only to one whose own document names it (``alsoKnownAs``)."""
    if first_id(got.object) != got.signer.uri:
        return refused("only an actor itself may say that it moves")
    target = first_id(got.document.get("target"))
    if target is None or target == got.signer.uri:
        return refused("a Move names where to")
    try:
        new = await tools.resolver.actor(target, refresh=True)
    except Unresolved as error:
        if error.passing:
            raise
        return ignored(f"the new account cannot be found: {error}")
    if got.signer.uri not in actor_facets(new.facets).also_known_as:
        return refused("the new account does not name the old one")

    async def apply(tx: Tx) -> Verdict:
        await move_followers(tx, tools.server, got.signer.id, new.id)
        return DONE

    return apply
