"""Things that are talked about, and ordered gatherings of them."""

from sqlalchemy import Column, Index, Integer, SmallInteger, Table, Text
from sqlalchemy import text as sql

from weft.storage.schema.tables import (
    Big,
    at,
    count,
    flag,
    id_column,
    key_ref,
    metadata,
    num_column,
    ref,
    text,
)

# Works, editions, authors, artists, albums, tracks: reviewed, shelved, played, never spoken.
item = Table(
    "item",
    metadata,
    id_column(),
    num_column(),
    Column("kind", SmallInteger, nullable=False),
    Column("uri", Text, nullable=True, unique=True),
    text("title"),
    text("sort_title", nullable=True),
    Column("parent_id", Big, nullable=True),  # edition -> work, track -> album
    Column("merged_into_id", Big, nullable=True),
    text("origin", nullable=True),
    text("facets", nullable=True),
    Column("revision", Integer, nullable=False, server_default="1"),
    at("created_at"),
    at("updated_at"),
    Index("ix_item_parent_id", "parent_id"),
)

item_external = Table(
    "item_external",
    metadata,
    Column("scheme", Text, primary_key=True),  # isbn13, openlibrary, musicbrainz ...
    Column("value", Text, primary_key=True),
    ref("item_id", "item.id"),
    Index("ix_item_external_item_id", "item_id"),
    sqlite_with_rowid=False,
)

item_credit = Table(
    "item_credit",
    metadata,
    key_ref("item_id", "item.id"),
    Column("position", SmallInteger, primary_key=True, autoincrement=False),
    ref("credited_id", "item.id"),
    text("role"),
    Index("ix_item_credit_credited_id", "credited_id"),
    sqlite_with_rowid=False,
)

# Shelf, playlist, music library, list, featured posts, starter pack.
collection = Table(
    "collection",
    metadata,
    id_column(),
    num_column(),
    ref("owner_id", "actor.id"),
    Column("kind", SmallInteger, nullable=False),
    Column("uri", Text, nullable=True, unique=True),
    text("name"),
    text("summary", nullable=True),
    Column("visibility", SmallInteger, nullable=False),
    text("facets", nullable=True),
    count("size"),
    at("created_at"),
    at("updated_at"),
    flag("exclusive"),  # of a list: its members' posts are not in the home timeline
    text("url", nullable=True),  # the page for people, which posts link to
    at("walked_at", nullable=True),  # when the rest of a shelf of another server was read last
    Index("ix_collection_owner_id", "owner_id", "kind", "id"),
    Index(
        "ix_collection_url",
        "url",
        sqlite_where=sql("url IS NOT NULL"),
        postgresql_where=sql("url IS NOT NULL"),
    ),
)

collection_entry = Table(
    "collection_entry",
    metadata,
    id_column(),
    ref("collection_id", "collection.id"),
    Column("position", Big, nullable=False),
    Column("target_kind", SmallInteger, nullable=False),  # post, actor, item
    Column("target_id", Big, nullable=False),
    text("uri", nullable=True),
    text("facets", nullable=True),
    at("created_at"),
    # Of people: whether they agreed (0 asked, 1 agreed, 2 refused, 3 took it back), and where their
    # server says so. What asks nobody is as good as agreed.
    Column("state", SmallInteger, nullable=False, server_default="1"),
    text("stamp_uri", nullable=True),
    # A video may be on a playlist more than once: each place of it has a number of its own.
    Column("nth", Integer, nullable=False, server_default="0"),
    Index("uq_collection_entry", "collection_id", "target_kind", "target_id", "nth", unique=True),
    Index("ix_collection_entry_position", "collection_id", "position", "id"),
    Index("ix_collection_entry_target", "target_kind", "target_id"),
    Index("ix_collection_entry_target_id", "target_kind", "target_id", "id"),
    Index(
        "ix_collection_entry_stamp_uri",
        "stamp_uri",
        sqlite_where=sql("stamp_uri IS NOT NULL"),
        postgresql_where=sql("stamp_uri IS NOT NULL"),
    ),
    Index(
        "uq_collection_entry_uri",
        "uri",
        unique=True,
        sqlite_where=sql("uri IS NOT NULL"),
        postgresql_where=sql("uri IS NOT NULL"),
    ),
)
