"""How collections are found: by the words of their name, description and hashtag, by their address,
and by the posts that link to them."""

import re
from collections.abc import Iterable
from html import unescape
from typing import Any

from sqlalchemy import Delete, Insert, Select, bindparam, delete, insert, or_, select

from weft.domain.collections.queries import IS_PEOPLE, LISTED, collections, owner
from weft.domain.collections.records import Collection, collection_facets
from weft.domain.search.words import APART, phrase_of, tokens_of
from weft.domain.visibility.collections import collection_visible
from weft.domain.visibility.predicate import found_by_all, hidden_between
from weft.domain.visibility.viewer import Local, Viewer, ViewerKind, kind_of, viewer_params
from weft.storage.database import Database, Tx
from weft.storage.errors import TooSlow
from weft.storage.fulltext import Sought, matches, rendered, tokens
from weft.storage.schema.collections import collection
from weft.storage.schema.search import collection_search
from weft.storage.statements import any_of, query

STATEMENT_S = 0.5
MOST_SCANNED = 1_000
"""Collections whose words fit, the newest."""
DEEPEST = 400
LONGEST = 200
MOST_WORDS = 8
MOST_LINKED = 4
"""Collections that a post shows."""
_LINK = re.compile(r'href="(https?://[^"<>\s]{1,2000})"')
MARK = "/collections/"


@query()
def insert_words() -> Insert:
    return insert(collection_search).values(rowid=bindparam("id"), words=tokens("tokens"))


@query()
def delete_words() -> Delete:
    return delete(collection_search).where(collection_search.c.rowid == bindparam("of_collection"))


@query()
def delete_words_of() -> Delete:
    """Of all collections of ``:of_owner``."""
    theirs = select(collection.c.id).where(
        collection.c.owner_id == bindparam("of_owner"), collection.c.kind == IS_PEOPLE
    )
    return delete(collection_search).where(collection_search.c.rowid.in_(theirs))


@query(row=Collection, limit_s=STATEMENT_S)
def collections_worded(*, who: ViewerKind) -> Select:
    """A page of those whose words fit, newest first: whose owners want them to be found, and the
    viewer's own."""
    wanted = collection.c.visibility == LISTED
    conditions = [collection_visible(owner, who=who)]
    if who == "local":
        me: Any = bindparam("viewer")
        conditions += [or_(owner.c.id == me, wanted), ~hidden_between(me, owner)]
        conditions.append(or_(owner.c.id == me, found_by_all(owner)))
    else:
        conditions += [wanted, found_by_all(owner)]
    named = (
        select(collection_search.c.rowid)
        .where(matches(collection_search.c.words, "sought"))
        .order_by(collection_search.c.rowid.desc())
        .limit(bindparam("most"))
        .subquery("named")
    )
    return (
        collections()
        .join(named, named.c.rowid == collection.c.id)
        .where(*conditions)
        .order_by(collection.c.id.desc())
        .offset(bindparam("offset"))
        .limit(bindparam("limit"))
    )


@query(row=Collection, bounded=True)
def collections_at(*, who: ViewerKind) -> Select:
    """Those that are, or have their page, at one of ``:addresses``, and that the viewer may see."""
    at = or_(any_of(collection.c.uri, "addresses"), any_of(collection.c.url, "addresses"))
    return collections().where(at, collection_visible(owner, who=who))


async def index_collection(tx: Tx, row: Collection) -> None:
    """A new collection, or one with other words."""
    tag = collection_facets(row.facets).tag
    texts = (row.name, row.summary or "", tag.display if tag is not None else "")
    parts = [[APART, *found] for each in texts if (found := tokens_of(each))]
    await tx.run(delete_words, of_collection=row.id)
    words = " ".join(token for part in parts for token in part)
    if words:
        await tx.run(insert_words, id=row.id, tokens=words)


async def forget_collection(tx: Tx, collection_id: int) -> None:
    await tx.run(delete_words, of_collection=collection_id)


async def forget_collections_of(tx: Tx, owner_id: int) -> None:
    await tx.run(delete_words_of, of_owner=owner_id)


async def find_collections(
    db: Database, viewer: Viewer, now_ms: int, typed: str, *, limit: int, offset: int = 0
) -> list[Collection]:
    """Collections that have all words that were typed (of each, the beginning is enough), the newest
    first; for an address, the one that is there."""
    asked = {"who": kind_of(viewer), **viewer_params(viewer, now_ms, "show")}
    if typed.startswith(("https://", "http://")):
        return await db.all(collections_at, addresses=[typed], **asked) if not offset else []
    phrases = [phrase_of(each, prefix=True) for each in typed[:LONGEST].split()[:MOST_WORDS]]
    sought = tuple((each,) for each in phrases if each is not None)
    if not sought or offset > DEEPEST:
        return []
    if isinstance(viewer, Local):
        asked["now"] = now_ms
    try:
        return await db.all(
            collections_worded,
            sought=rendered(Sought(sought), db.engine),
            most=MOST_SCANNED,
            offset=offset,
            limit=limit,
            **asked,
        )
    except TooSlow:
        return []


def linked_in(html: str) -> list[str]:
    """Addresses in a post that may be those of collections: as Mastodon and we name them. Nothing is
    asked for the posts without, which are nearly all."""
    if MARK not in html:
        return []
    links = (unescape(each) for each in _LINK.findall(html))
    return list(dict.fromkeys(each for each in links if MARK in each))[:MOST_LINKED]


async def linked_collections(
    db: Database, viewer: Viewer, now_ms: int, texts: Iterable[tuple[int, str]]
) -> dict[int, list[Collection]]:
    """By the ids that come with the texts: the collections that each links to, and that the viewer may
    see, in the order of the links."""
    links = {id_: found for id_, html in texts if (found := linked_in(html))}
    if not links:
        return {}
    wanted = list({each for found in links.values() for each in found})
    rows = await db.all(
        collections_at,
        who=kind_of(viewer),
        addresses=wanted,
        **viewer_params(viewer, now_ms, "show"),
    )
    at = {address: row for row in rows for address in (row.uri, row.url)}
    return {
        id_: list({at[each].id: at[each] for each in found if each in at}.values())
        for id_, found in links.items()
    }
