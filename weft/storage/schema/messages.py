"""Chats and drafts: in tables of their own, so that no forgotten predicate can publish them."""

from sqlalchemy import Column, Index, SmallInteger, Table, Text

from weft.storage.schema.tables import Big, at, id_column, key_ref, metadata, ref, text

chat = Table(
    "chat",
    metadata,
    id_column(),
    Column("uri", Text, nullable=True, unique=True),
    text("name", nullable=True),
    at("created_at"),
    at("active_at"),
)

chat_member = Table(
    "chat_member",
    metadata,
    key_ref("chat_id", "chat.id"),
    key_ref("actor_id", "actor.id"),
    Column("last_read_id", Big, nullable=True),
    at("joined_at"),
    at("left_at", nullable=True),
    Index("ix_chat_member_actor_id", "actor_id"),
)

message = Table(
    "message",
    metadata,
    id_column(),
    ref("chat_id", "chat.id"),
    Column("author_id", Big, nullable=False),
    Column("uri", Text, nullable=True, unique=True),
    text("content"),
    text("source", nullable=True),
    text("facets", nullable=True),
    at("published_at"),
    at("arrived_at"),
    at("edited_at", nullable=True),
    Index("ix_message_chat_id", "chat_id", "id"),
)

draft = Table(
    "draft",
    metadata,
    id_column(),
    ref("author_id", "actor.id"),
    Column("kind", SmallInteger, nullable=False),
    text("body"),  # JSON: what the composer holds
    at("publish_at", nullable=True),
    at("created_at"),
    at("updated_at"),
    Index("ix_draft_author_id", "author_id", "id"),
    Index("ix_draft_publish_at", "publish_at"),
)

# Uploads that a draft or a scheduled post waits with.
draft_media = Table(
    "draft_media",
    metadata,
    key_ref("draft_id", "draft.id"),
    key_ref("media_id", "media.id"),
    Column("position", SmallInteger, nullable=False),
    Index("ix_draft_media_media_id", "media_id"),
    sqlite_with_rowid=False,
)
