"""What people do that is no post: going somewhere, listening, showing something for a day."""

from sqlalchemy import Column, Index, SmallInteger, Table, Text
from sqlalchemy import text as sql

from weft.storage.schema.tables import Big, at, flag, id_column, metadata, ref, text

# Who goes to an event, as far as they said so.
attendance = Table(
    "attendance",
    metadata,
    id_column(),
    ref("post_id", "post.id"),
    ref("actor_id", "actor.id"),
    Column("state", SmallInteger, nullable=False),  # domain/attendance
    text("uri", nullable=True),  # of the Join
    text("note", nullable=True),  # what they say to the organiser
    at("created_at"),
    at("updated_at"),
    Index("uq_attendance", "post_id", "actor_id", unique=True),
    Index("ix_attendance_post_id", "post_id", "state", "id"),
    Index("ix_attendance_actor_id", "actor_id", "id"),
    Index(
        "uq_attendance_uri",
        "uri",
        unique=True,
        sqlite_where=sql("uri IS NOT NULL"),
        postgresql_where=sql("uri IS NOT NULL"),
    ),
)

# What somebody listened to.
listen = Table(
    "listen",
    metadata,
    id_column(),
    ref("actor_id", "actor.id"),
    Column("uri", Text, nullable=False, unique=True),
    ref("item_id", "item.id", nullable=True, cascade=False),
    Column("visibility", SmallInteger, nullable=False),
    text("facets"),  # domain/posts/kinds.Listen
    at("listened_at"),
    Index("ix_listen_actor_id", "actor_id", "id"),
    Index("ix_listen_item_id", "item_id"),
)

# A picture or video for a day, for followers.
story = Table(
    "story",
    metadata,
    id_column(),
    ref("author_id", "actor.id"),
    Column("uri", Text, nullable=False, unique=True),
    text("media_url"),
    text("content_type"),
    Column("duration_ms", Big, nullable=True),
    flag("can_reply"),
    flag("can_react"),
    at("published_at"),
    at("expires_at"),
    Index("ix_story_author_id", "author_id", "expires_at"),
    Index("ix_story_expires_at", "expires_at"),
)
