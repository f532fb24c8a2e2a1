"""The collections that a post links to, as each of many people sees them: a fixed number of statements,
and none for posts that link to none."""

from collections.abc import Sequence
from typing import Any

import msgspec

from weft.domain.posts.records import Post
from weft.domain.visibility.among import BLOCKED, BLOCKS, Among, load_among
from weft.domain.visibility.viewer import Anonymous, Local
from weft.platforms.mastodon.api.entities.collection import collections_linked
from weft.platforms.mastodon.api.routing import Api

_encode = msgspec.json.Encoder().encode
Seen = tuple[tuple[int, bytes], ...]
"""JSON arrays by post id."""


class Linked(msgspec.Struct, frozen=True):
    """What everybody sees, what lies between the people in it and the viewers, and what owners see."""

    found: dict[int, list[dict[str, Any]]]
    among: Among | None
    all: Seen
    owners: dict[int, Seen]

    def seen_by(self, viewer: int) -> Seen:
        """By the rule of ``visibility/collections``: nobody sees a collection whose owner blocks them,
        nor in one whom they block or who blocks them."""
        if self.among is None:
            return ()
        if viewer in self.owners:
            return self.owners[viewer]
        people = {int(each) for row in self._rows() for each in _people(row)}
        if not any(
            self.among.has(kind, each, viewer) for each in people for kind in (BLOCKED, BLOCKS)
        ):
            return self.all
        return _written({id_: self._left(rows, viewer) for id_, rows in self.found.items()})

    def _rows(self) -> list[dict[str, Any]]:
        return [row for rows in self.found.values() for row in rows]

    def _left(self, rows: list[dict[str, Any]], viewer: int) -> list[dict[str, Any]]:
        left = []
        for row in rows:
            if self._has(BLOCKED, row["account_id"], viewer):
                continue
            items = [
                item
                for item in row["items"]
                if not self._has(BLOCKED, item["account_id"], viewer)
                and not self._has(BLOCKS, item["account_id"], viewer)
            ]
            left.append(row | {"items": items, "item_count": len(items)})
        return left

    def _has(self, kind: int, person: str, viewer: int) -> bool:
        return self.among is not None and self.among.has(kind, int(person), viewer)


async def load_linked(api: Api, posts: Sequence[Post], viewers: Sequence[int]) -> Linked:
    found = await collections_linked(api, Anonymous(), posts)
    if not found:
        return Linked({}, None, (), {})
    rows = [row for each in found.values() for row in each]
    people = {int(each) for row in rows for each in _people(row)}
    among = await load_among(api.parts.db, api.parts.server.now_ms(), people, (), viewers)
    # A post shows a few collections, so that this is a few owners.
    owners = {int(row["account_id"]) for row in rows} & set(viewers)
    own = {
        each: _written(await collections_linked(api, Local(each), posts)) for each in sorted(owners)
    }
    return Linked(found, among, _written(found), own)


def _people(row: dict[str, Any]) -> list[str]:
    return [row["account_id"], *(item["account_id"] for item in row["items"])]


def _written(found: dict[int, list[dict[str, Any]]]) -> Seen:
    return tuple((id_, _encode(rows)) for id_, rows in found.items())
