"""Reads Pleroma's chat messages; all else that Pleroma and Akkoma write are Notes which the generic
reading knows, or MFM, which Misskey's reader does.

Source: sections 1.3 to 1.6 of the interop notes of Pleroma.
"""

from msgspec.structs import replace

from weft.domain.actors.store import RemoteActor
from weft.federation.dialects import JsonObject, RemotePost, Unreadable
from weft.federation.reading.actors import read_actor
from weft.federation.reading.posts import read_post
from weft.protocol.activitystreams import first_type, ids, is_public


class PleromaReader:
    """See ``weft.federation.dialects.Reader``."""

    name = "pleroma"
    types = frozenset(("ChatMessage",))
    members = frozenset[str]()

    def claims_post(self, document: JsonObject) -> bool:
        return first_type(document, ("ChatMessage",)) is not None

    def claims_actor(self, document: JsonObject) -> bool:
        """Its profiles are ordinary ones."""
        return False

    def read_actor(self, document: JsonObject) -> RemoteActor:
        return read_actor(document)

    def read_post(self, document: JsonObject, followers_uri: str | None) -> RemotePost:
        """A message to exactly one: there is no chat of one, and none of many."""
        to = [each for each in ids(document.get("to")) if each != followers_uri]
        if len(to) != 1 or is_public(to[0]) or ids(document.get("cc")):
            raise Unreadable("a chat message is for exactly one")
        read = read_post(document | {"type": "Note"}, followers_uri)
        return replace(
            read,
            is_direct=True,
            # A name and no text is a vote, but not in a chat.
            vote=None,
            mentions=(to[0],),
            summary=None,
            facets=replace(read.facets, chat=True),
        )
