"""Keeping what people listened to."""

import msgspec

from weft.domain.items.keep import keep_item
from weft.domain.items.records import DescribedItem
from weft.domain.listens.queries import (
    beyond,
    delete_listen,
    delete_older,
    insert_listen,
    listen_by_uri,
)
from weft.domain.listens.records import MOST, Listening
from weft.domain.posts.kinds import Listen
from weft.domain.server import Server
from weft.domain.visibility.viewer import Visibility
from weft.storage.database import Tx

_encode = msgspec.json.Encoder().encode


async def heard(
    tx: Tx, server: Server, *, actor_id: int, uri: str, said: Listen, reach: Visibility,
    item: DescribedItem | None = None, at: int | None = None,
) -> bool:  # fmt: skip
    """Somebody listened to something. False if that is known, or the id is another's."""
    if await tx.one(listen_by_uri, uri=uri) is not None:
        return False
    now = server.now_ms()
    item_id = await keep_item(tx, server, item) if item is not None else None
    await tx.run(
        insert_listen, id=tx.new_id(), actor_id=actor_id, uri=uri, item_id=item_id,
        visibility=reach, facets=_encode(said).decode(), listened_at=max(0, min(at or now, now)),
    )  # fmt: skip
    over = await tx.one(beyond, of_actor=actor_id, most=MOST)
    if over is not None:
        await tx.run(delete_older, of_actor=actor_id, up_to=over[0])
    return True


async def unheard(tx: Tx, known: Listening) -> None:
    """They take it back."""
    await tx.run(delete_listen, of_listen=known.id)


async def forget_listens(tx: Tx, actor_id: int) -> None:
    """All that somebody listened to."""
    await tx.run(delete_older, of_actor=actor_id, up_to=2**62)
