"""What Create and Update bring that is no post, by the type of their object."""

from weft.federation.handlers.collections import receive_collection
from weft.federation.handlers.items import forget_item, receive_item
from weft.federation.handlers.listens import forget_listen
from weft.federation.handlers.received import Apply, Handler, Received, Tools, Verdict, ignored
from weft.federation.handlers.shelves import forget_shelved, receive_shelf
from weft.federation.handlers.stories import forget_story
from weft.federation.reading.items import is_item
from weft.protocol.activitystreams import first_object, first_type

_UNKEPT = {
    "CacheFile": "copies of a video at other servers are not played: its own server offers those that count",
    "WatchAction": "who watched which seconds of a video is kept nowhere",
    "SuggestionListItem": "suggestions are their server's own",
}
"""Known, and left alone on purpose."""


async def _leave_alone(_: Tools, got: Received) -> Apply | Verdict:
    return ignored(_UNKEPT[first_type(first_object(got.object) or {}, _UNKEPT) or ""])


_HANDLERS: dict[str, Handler] = {
    "FeaturedCollection": receive_collection,
    "Shelf": receive_shelf,
    "BookList": receive_shelf,
    "Playlist": receive_shelf,
    "Library": receive_shelf,
    **dict.fromkeys(_UNKEPT, _leave_alone),
}

forgetting = (forget_shelved, forget_item, forget_listen, forget_story)
"""What a Delete may mean besides: each gives None if it is not asked."""


def handler_of_object(got: Received) -> Handler | None:
    """Who takes the object, if it is no post or actor."""
    inner = first_object(got.object)
    if inner is None:
        return None
    type_ = first_type(inner, _HANDLERS)
    if type_ is not None:
        return _HANDLERS[type_]
    # A whole album in its author's own words is a post (Bandwagon); a catalogue's has no addressees.
    if is_item(inner) and "to" not in inner and "cc" not in inner:
        return receive_item
    return None
