"""What is kept per owner: home entries (hints only), notifications, read markers."""

from sqlalchemy import Column, Index, Integer, SmallInteger, Table, Text

from weft.storage.schema.tables import Big, at, flag, id_column, key_ref, metadata, ref, text

home_entry = Table(
    "home_entry",
    metadata,
    Column("owner_id", Big, primary_key=True, autoincrement=False),
    key_ref("post_id", "post.id"),
    Index("ix_home_entry_post_id", "post_id"),
    sqlite_with_rowid=False,
)

notification = Table(
    "notification",
    metadata,
    id_column(),
    ref("owner_id", "actor.id"),
    Column("kind", SmallInteger, nullable=False),
    Column("from_id", Big, nullable=False),
    ref("post_id", "post.id", nullable=True),
    text("group_key", nullable=True),
    flag("filtered"),
    at("created_at"),
    Index("ix_notification_owner_id_id", "owner_id", "id"),
    Index("uq_notification", "owner_id", "kind", "from_id", "post_id", unique=True),
    Index("ix_notification_post_id", "post_id"),
)

marker = Table(
    "marker",
    metadata,
    Column("owner_id", Big, primary_key=True, autoincrement=False),
    Column("timeline", Text, primary_key=True),
    Column("last_read_id", Big, nullable=False),
    Column("version", Integer, nullable=False, server_default="0"),
    at("updated_at"),
    sqlite_with_rowid=False,
)
