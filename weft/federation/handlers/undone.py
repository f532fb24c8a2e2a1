"""Undos that overtake what they undo (protocol notes, section 4): their ids are kept for days."""

from sqlalchemy import Delete, bindparam, delete, literal_column

from weft.domain.actors.queries import object_by_uri
from weft.domain.posts.records import ObjectKind
from weft.domain.posts.store import bury_object
from weft.domain.server import Server
from weft.federation.handlers.received import Received, Verdict, ignored
from weft.protocol.activitystreams import first_id
from weft.protocol.origins import same_origin
from weft.storage.database import Tx
from weft.storage.schema.federation import object_
from weft.storage.statements import query


@query()
def forget_undone() -> Delete:
    """Markers of activities that were undone before ``:before``."""
    return delete(object_).where(
        object_.c.kind == literal_column(str(int(ObjectKind.ACTIVITY))),
        object_.c.deleted_at < bindparam("before"),
    )


async def remember_undone(tx: Tx, server: Server, uri: str | None, signer_uri: str) -> None:
    """Keep in mind that an activity of the signer's server which may still come was undone."""
    if uri is None or not same_origin(uri, signer_uri):
        return
    if await tx.one(object_by_uri, uri=uri) is None:
        await tx.run(bury_object, uri=uri, kind=ObjectKind.ACTIVITY, deleted_at=server.now_ms())


async def unknown(tx: Tx, server: Server, got: Received) -> Verdict:
    """What an Undo takes back is not here, or not yet."""
    await remember_undone(tx, server, first_id(got.object), got.signer.uri)
    return ignored("what it undoes is not here; should it still come, it will be ignored")


async def was_undone(tx: Tx, uri: str | None) -> bool:
    """Did its Undo come before it?"""
    if uri is None:
        return False
    known = await tx.one(object_by_uri, uri=uri)
    return known is not None and known.kind == ObjectKind.ACTIVITY
