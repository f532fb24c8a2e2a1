"""Edges between actors: who follows, blocks and mutes whom."""

from sqlalchemy import Column, Index, SmallInteger, Table, Text
from sqlalchemy import text as sql

from weft.storage.schema.tables import Big, at, flag, id_column, key_ref, metadata, ref, text

follow = Table(
    "follow",
    metadata,
    id_column(),
    ref("follower_id", "actor.id"),
    ref("target_id", "actor.id"),
    Column("state", SmallInteger, nullable=False),  # pending, accepted
    text("uri"),
    flag("shows_boosts", default=True),
    flag("notifies"),
    text("languages", nullable=True),  # JSON array
    at("created_at"),
    at("accepted_at", nullable=True),
    Index("uq_follow", "follower_id", "target_id", unique=True),
    Index("ix_follow_target_id", "target_id", "state", "id"),
    Index("ix_follow_follower_id", "follower_id", "state", "id"),
    Index("uq_follow_uri", "uri", unique=True),
    Index(
        "ix_follow_notifies",
        "target_id",
        sqlite_where=sql("notifies"),
        postgresql_where=sql("notifies"),
    ),
)

block = Table(
    "block",
    metadata,
    id_column(),
    ref("actor_id", "actor.id"),
    ref("target_id", "actor.id"),
    text("uri", nullable=True),
    at("created_at"),
    Index("uq_block", "actor_id", "target_id", unique=True),
    Index("ix_block_target_id", "target_id", "actor_id"),
    Index(
        "uq_block_uri",
        "uri",
        unique=True,
        sqlite_where=sql("uri IS NOT NULL"),
        postgresql_where=sql("uri IS NOT NULL"),
    ),
)

mute = Table(
    "mute",
    metadata,
    id_column(),
    ref("actor_id", "actor.id"),
    ref("target_id", "actor.id"),
    flag("hides_notifications", default=True),
    at("created_at"),
    at("expires_at", nullable=True),
    Index("uq_mute", "actor_id", "target_id", unique=True),
    Index("ix_mute_target_id", "target_id"),
)

# A person's own block of a whole host.
host_block = Table(
    "host_block",
    metadata,
    id_column(),
    ref("actor_id", "actor.id"),
    Column("host", Text, nullable=False),
    at("created_at"),
    Index("uq_host_block", "actor_id", "host", unique=True),
)

# What a person wrote down about somebody, for themselves alone.
actor_note = Table(
    "actor_note",
    metadata,
    key_ref("actor_id", "actor.id"),
    key_ref("target_id", "actor.id"),
    text("text"),
    Index("ix_actor_note_target_id", "target_id"),
    sqlite_with_rowid=False,
)

# Whom somebody does not want to be suggested again.
suggestion_dismissal = Table(
    "suggestion_dismissal",
    metadata,
    key_ref("actor_id", "actor.id"),
    key_ref("target_id", "actor.id"),
    at("created_at"),
    Index("ix_suggestion_dismissal_target_id", "target_id"),
    sqlite_with_rowid=False,
)

# People whom somebody shows on their profile.
endorsement = Table(
    "endorsement",
    metadata,
    id_column(),
    ref("actor_id", "actor.id"),
    ref("target_id", "actor.id"),
    at("created_at"),
    Index("uq_endorsement", "actor_id", "target_id", unique=True),
    Index("ix_endorsement_target_id", "target_id"),
)

tag_follow = Table(
    "tag_follow",
    metadata,
    id_column(),
    ref("actor_id", "actor.id"),
    ref("tag_id", "tag.id"),
    at("created_at"),
    Index("uq_tag_follow", "actor_id", "tag_id", unique=True),
    Index("ix_tag_follow_tag_id", "tag_id"),
)

thread_mute = Table(
    "thread_mute",
    metadata,
    Column("actor_id", Big, primary_key=True, autoincrement=False),
    Column("root_id", Big, primary_key=True, autoincrement=False),
    at("created_at"),
    sqlite_with_rowid=False,
)
