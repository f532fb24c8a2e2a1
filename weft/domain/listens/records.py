"""What somebody listened to."""

import msgspec
from msgspec import Struct

from weft.domain.posts.kinds import Listen

MOST = 500
"""Kept of one person; the oldest go."""


class Listening(Struct, frozen=True):
    """One piece, once. What it is, its catalogue says where it is there, else who told of it."""

    id: int
    actor_id: int
    uri: str
    item_id: int | None
    visibility: int
    facets: str
    listened_at: int
    item_uri: str | None = None
    item_title: str | None = None
    item_facets: str | None = None


_listen = msgspec.json.Decoder(Listen)


def listen_of(row: Listening) -> Listen:
    return _listen.decode(row.facets)
