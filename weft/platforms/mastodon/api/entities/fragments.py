"""Rendered pieces that do not depend on who looks, kept as bytes.

A status is joined from its content, its author, its counters and the viewer's marks. Content is
rendered again when the post's revision changes, an author when the actor's revision or counts do:
the version is compared at each use, so nothing needs to be told to the cache.
"""

from collections import OrderedDict
from collections.abc import Hashable

RENDERER = 2
"""Part of every version: raise it when the rendering changes."""

POSTS_BYTES = 8 * 1024 * 1024
AUTHORS_BYTES = 2 * 1024 * 1024
_OVERHEAD = 300  # of one entry, in bytes: keys, tuple, node


class ByteCache:
    """Least recently used pieces go first when the pieces together pass ``most_bytes``."""

    __slots__ = ("_held", "_kept", "_most")

    def __init__(self, most_bytes: int) -> None:
        self._kept: OrderedDict[int, tuple[Hashable, bytes]] = OrderedDict()
        self._most = most_bytes
        self._held = 0

    def get(self, id_: int, version: Hashable) -> bytes | None:
        """The piece, if it is of this version."""
        found = self._kept.get(id_)
        if found is None or found[0] != version:
            return None
        self._kept.move_to_end(id_)
        return found[1]

    def put(self, id_: int, version: Hashable, piece: bytes) -> None:
        old = self._kept.pop(id_, None)
        if old is not None:
            self._held -= len(old[1]) + _OVERHEAD
        self._kept[id_] = (version, piece)
        self._held += len(piece) + _OVERHEAD
        while self._held > self._most:
            _, (_, gone) = self._kept.popitem(last=False)
            self._held -= len(gone) + _OVERHEAD

    @property
    def held_bytes(self) -> int:
        return self._held

    def __len__(self) -> int:
        return len(self._kept)


class Fragments:
    """The caches of one application."""

    __slots__ = ("authors", "posts")

    def __init__(self) -> None:
        self.posts = ByteCache(POSTS_BYTES)
        self.authors = ByteCache(AUTHORS_BYTES)
