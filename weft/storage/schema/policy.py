"""Policies: the rules, what waits for a moderator because of them, and what they remember."""

from sqlalchemy import Column, Index, Integer, SmallInteger, Table, Text, UniqueConstraint

from weft.storage.schema.tables import Big, at, flag, id_column, key_ref, metadata, ref, text

# A rule with its settings; a kind of rule can be there several times, under several names.
policy_rule = Table(
    "policy_rule",
    metadata,
    id_column(),
    Column("name", Text, nullable=False, unique=True),
    text("rule"),
    Column("position", Integer, nullable=False),
    flag("enabled", default=True),
    flag("dry"),  # only noted, in the inspector
    text("settings"),  # JSON
    at("created_at"),
    at("updated_at"),
)

# Who said what, as hashes, for as long as the longest window of the rule about copies.
policy_text = Table(
    "policy_text",
    metadata,
    Column("digest", Text, primary_key=True),
    key_ref("actor_id", "actor.id"),
    at("said_at"),
    Index("ix_policy_text_said_at", "said_at"),
    Index("ix_policy_text_actor_id", "actor_id"),
    sqlite_with_rowid=False,
)

# Servers that a moderator let in.
policy_host = Table(
    "policy_host",
    metadata,
    Column("name", Text, primary_key=True),
    at("approved_at"),
    sqlite_with_rowid=False,
)

# What waits for a moderator: an entry of the inbox log, or a draft of somebody here.
quarantine = Table(
    "quarantine",
    metadata,
    id_column(),
    Column("state", SmallInteger, nullable=False, server_default="0"),  # waits, released, discarded
    Column("entry_id", Big, nullable=True),  # the log forgets by itself
    ref("draft_id", "draft.id", nullable=True),
    text("mark", nullable=True),  # a hash of the draft, as it was judged
    ref("actor_id", "actor.id", nullable=True),
    text("host"),
    text("activity"),
    text("rule"),
    text("reason"),
    Column("visibility", SmallInteger, nullable=True),
    text("excerpt"),
    at("created_at"),
    at("decided_at", nullable=True),
    UniqueConstraint("entry_id", name="uq_quarantine_entry_id"),
    UniqueConstraint("draft_id", name="uq_quarantine_draft_id"),
    Index("ix_quarantine_state", "state", "id"),
    Index("ix_quarantine_host", "host", "state", "id"),
    Index("ix_quarantine_actor_id", "actor_id", "state", "id"),
)
