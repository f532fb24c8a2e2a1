"""Listen, and favourite tracks: what people do with music that is in no timeline (sections 1 of the interop
notes of Funkwhale and of Pleroma)."""

from weft.domain.items.keep import keep_item
from weft.domain.items.queries import item_by_uri
from weft.domain.items.records import DescribedItem, ItemKind
from weft.domain.listens.keep import heard, unheard
from weft.domain.listens.queries import listen_by_uri
from weft.domain.relations.queries import followed_here
from weft.domain.shelves.keep import favourites, put, take_down
from weft.domain.shelves.queries import place_by_uri, place_of_item
from weft.domain.shelves.records import DescribedPlace
from weft.domain.visibility.viewer import Visibility
from weft.federation.cataloguing import Catalogue
from weft.federation.handlers.received import (
    DONE,
    Apply,
    Received,
    Tools,
    Verdict,
    ignored,
    refused,
)
from weft.federation.handlers.undone import was_undone
from weft.federation.reading.listens import read_listen
from weft.federation.reading.values import web_address
from weft.protocol.activitystreams import first_id, first_object, first_type, when_ms
from weft.protocol.addressing import visibility_of
from weft.storage.database import Tx


async def receive_listen(tools: Tools, got: Received) -> Apply | Verdict:
    """The signer listened to something."""
    uri, read = first_id(got.document.get("id")), read_listen(got.document)
    if uri is None or read is None:
        return refused("a Listen needs an id, and says what was listened to")
    if not got.is_proven or await tools.db.one(followed_here, target=got.signer.id) is None:
        return ignored("it concerns nobody here")
    said, track = read
    makers, item = await _looked_up(tools, track)

    async def apply(tx: Tx) -> Verdict:
        if await was_undone(tx, uri):
            return ignored("it was taken back before it came")
        for each in makers:
            await keep_item(tx, tools.server, each)
        known = await heard(
            tx, tools.server, actor_id=got.signer.id, uri=uri, said=said, reach=_reach(got),
            item=item, at=when_ms(got.document.get("published")),
        )  # fmt: skip
        return DONE if known else ignored("it is known already")

    return apply


async def forget_listen(_: Tools, tx: Tx, got: Received, uri: str) -> Verdict | None:
    """The signer takes a listening back; None if ``uri`` is none."""
    known = await tx.one(listen_by_uri, uri=uri)
    if known is None:
        return None
    if known.actor_id != got.signer.id:
        return refused("only who listened may take it back")
    await unheard(tx, known)
    return DONE


async def undo_listen(tools: Tools, got: Received) -> Apply | Verdict:
    uri = first_id(got.object) or ""

    async def apply(tx: Tx) -> Verdict:
        gone = await forget_listen(tools, tx, got, uri)
        return gone if gone is not None else ignored("it is not known here")

    return apply


async def receive_favourite(tools: Tools, got: Received) -> Apply | Verdict | None:
    """A Like of a track, or a Dislike, by which Funkwhale takes it back; None if it is of anything else."""
    inner = first_object(got.object)
    if inner is None or first_type(inner, ("Track",)) is None:
        return None
    uri, track = first_id(got.document.get("id")), web_address(first_id(inner))
    if uri is None or track is None:
        return refused("a favourite needs an id, and names a track")
    if got.type == "Dislike":
        return _no_favourite(got, track)
    if not got.is_proven or await tools.db.one(followed_here, target=got.signer.id) is None:
        return ignored("it concerns nobody here")
    makers, item = await _looked_up(tools, DescribedItem(uri=track, kind=ItemKind.TRACK))
    place = DescribedPlace(item=item, uri=uri) if item is not None else None

    async def apply(tx: Tx) -> Verdict:
        shelf = await favourites(tx, tools.server, got.signer, _reach(got))
        for each in makers:
            await keep_item(tx, tools.server, each)
        if place is None or shelf is None or not await put(tx, tools.server, shelf, place):
            return ignored("they have too many favourites, or the id is another's")
        return DONE

    return apply


async def forget_favourite(_: Tools, tx: Tx, got: Received, uri: str) -> Verdict | None:
    """The signer takes a favourite track back; None if ``uri`` is none."""
    place = await tx.one(place_by_uri, uri=uri)
    shelf = await favourites(tx, None, got.signer, None)
    if place is None or shelf is None or place.collection_id != shelf.id:
        return None
    await take_down(tx, shelf.id, place.id)
    return DONE


def _no_favourite(got: Received, track: str) -> Apply:
    async def apply(tx: Tx) -> Verdict:
        item = await tx.one(item_by_uri, uri=track)
        shelf = await favourites(tx, None, got.signer, None)
        place = None
        if item is not None and shelf is not None:
            place = await tx.one(place_of_item, of_shelf=shelf.id, of_item=item.id)
        if place is None or shelf is None:
            return ignored("it was no favourite")
        await take_down(tx, shelf.id, place.id)
        return DONE

    return apply


def _reach(got: Received) -> Visibility:
    """Funkwhale's ``audience`` is a word that says the same as ``to``."""
    bare = {name: value for name, value in got.document.items() if name != "audience"}
    return Visibility[visibility_of(bare, got.signer.followers_uri).name]


async def _looked_up(
    tools: Tools, track: DescribedItem | None
) -> tuple[list[DescribedItem], DescribedItem | None]:
    if track is None:
        return [], None
    *makers, item = await Catalogue(tools.db, tools.resolver).look_up(track)
    return makers, item
