"""Running the server: identity, leases, jobs, reports, the audit log."""

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
    ref,
    text,
)

# Domain, host, key fingerprint, set-up token hash: what must not change by accident.
server_setting = Table(
    "server_setting",
    metadata,
    Column("key", Text, primary_key=True),
    text("value"),
    at("updated_at"),
)

node_lease = Table(
    "node_lease",
    metadata,
    Column("node", SmallInteger, primary_key=True, autoincrement=False),
    text("holder"),
    at("lease_until_at"),
)

# SQLite's stand-in for the num_* sequences of PostgreSQL.
num_counter = Table(
    "num_counter",
    metadata,
    Column("noun", Text, primary_key=True),
    Column("next", Integer, nullable=False),
)

# States: waiting -> (leased) -> gone when done | failed for good.
job = Table(
    "job",
    metadata,
    id_column(),
    text("kind"),
    text("args"),  # JSON
    text("unique_key", nullable=True),
    Column("state", SmallInteger, nullable=False, server_default="0"),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    text("leased_by", nullable=True),
    at("leased_until_at", nullable=True),
    at("run_at"),
    at("created_at"),
    text("last_error", nullable=True),
    Index(
        "ix_job_run_at", "run_at", sqlite_where=sql("state = 0"), postgresql_where=sql("state = 0")
    ),
    Index(
        "uq_job_unique_key",
        "kind",
        "unique_key",
        unique=True,
        sqlite_where=sql("state = 0 AND unique_key IS NOT NULL"),
        postgresql_where=sql("state = 0 AND unique_key IS NOT NULL"),
    ),
)

# Somebody tells the moderators of an actor and its posts. States: open, resolved.
report = Table(
    "report",
    metadata,
    id_column(),
    Column("uri", Text, nullable=True, unique=True),  # the Flag's id, when it came from elsewhere
    ref("reporter_id", "actor.id"),
    ref("target_id", "actor.id"),
    flag("local"),
    flag("forwarded"),
    Column("state", SmallInteger, nullable=False, server_default="0"),
    text("category"),  # other, spam, legal, violation
    text("comment"),
    text("unknown_uris", nullable=True),  # JSON: what it names that is not here
    Column("assigned_to_id", Big, nullable=True),
    at("created_at"),
    at("resolved_at", nullable=True),
    text("rule_ids", nullable=True),  # JSON array
    Column("resolved_by_id", Big, nullable=True),  # account
    at("updated_at", nullable=True),
    text("collection_ids", nullable=True),  # JSON array: collections of the target's
    Index("ix_report_assigned_to_id", "assigned_to_id", "state"),
    Index("ix_report_state", "state", "id"),
    Index("ix_report_target_id", "target_id", "id"),
    Index("ix_report_reporter_id", "reporter_id", "id"),
)

report_post = Table(
    "report_post",
    metadata,
    key_ref("report_id", "report.id"),
    key_ref("post_id", "post.id"),
    Index("ix_report_post_post_id", "post_id"),
    sqlite_with_rowid=False,
)

report_note = Table(
    "report_note",
    metadata,
    id_column(),
    ref("report_id", "report.id"),
    Column("account_id", Big, nullable=False),
    text("text"),
    at("created_at"),
    Index("ix_report_note_report_id", "report_id", "id"),
)

# What moderators write down about an actor, for each other.
actor_moderation_note = Table(
    "actor_moderation_note",
    metadata,
    id_column(),
    ref("actor_id", "actor.id"),
    Column("account_id", Big, nullable=False),
    text("text"),
    at("created_at"),
    Index("ix_actor_moderation_note_actor_id", "actor_id", "id"),
)

# What moderators did to an actor, and what they told them.
strike = Table(
    "strike",
    metadata,
    id_column(),
    ref("target_id", "actor.id"),
    Column("account_id", Big, nullable=True),  # the moderator's
    ref("report_id", "report.id", nullable=True, cascade=False),
    text("action"),  # none, disable, delete_statuses, sensitive, silence, suspend ...
    text("text"),
    text("post_ids", nullable=True),  # JSON array
    at("created_at"),
    text("appeal", nullable=True),
    at("appealed_at", nullable=True),
    at("appeal_ended_at", nullable=True),
    at("overruled_at", nullable=True),
    Index("ix_strike_target_id", "target_id", "id"),
    Index("ix_strike_report_id", "report_id"),
    Index(
        "ix_strike_appealed",
        "appealed_at",
        sqlite_where=sql("appealed_at IS NOT NULL AND appeal_ended_at IS NULL"),
        postgresql_where=sql("appealed_at IS NOT NULL AND appeal_ended_at IS NULL"),
    ),
)

# Sentences that moderators need again and again.
warning_preset = Table(
    "warning_preset",
    metadata,
    id_column(),
    text("title"),
    text("text"),
    at("created_at"),
    at("updated_at"),
)

# What an operator decided about a domain and all names under it. The flags of ``host`` follow.
domain_block = Table(
    "domain_block",
    metadata,
    id_column(),
    Column("domain", Text, nullable=False, unique=True),
    Column("severity", SmallInteger, nullable=False),  # noop, silence, suspend
    flag("rejects_media"),
    flag("rejects_reports"),
    flag("obfuscated"),
    text("public_comment", nullable=True),
    text("private_comment", nullable=True),
    text("source", nullable=True),  # the lists that it was taken from, or was made stricter by
    at("created_at"),
    at("updated_at"),
    # JSON: what was decided here before lists made it stricter; null where lists alone decide.
    text("own", nullable=True),
)

ip_block = Table(
    "ip_block",
    metadata,
    id_column(),
    Column("network", Text, nullable=False, unique=True),  # CIDR
    Column("severity", SmallInteger, nullable=False),  # approval, no sign-up, no access
    text("comment", default=""),
    at("created_at"),
    at("expires_at", nullable=True),
)

email_domain_block = Table(
    "email_domain_block",
    metadata,
    id_column(),
    Column("domain", Text, nullable=False, unique=True),
    flag("allows_with_approval"),
    at("created_at"),
)

# Addresses of people who were shut out, as hashes of their canonical form.
email_block = Table(
    "email_block",
    metadata,
    id_column(),
    Column("hash", Text, nullable=False, unique=True),
    Column("actor_id", Big, nullable=True),
    at("created_at"),
)

# Files that are refused before they are stored.
media_hash = Table(
    "media_hash",
    metadata,
    id_column(),
    text("algorithm"),  # sha256, or a perceptual one
    text("value"),
    text("comment", default=""),
    at("created_at"),
    Index("uq_media_hash", "algorithm", "value", unique=True),
)

# What must be kept for a court: nothing of it is removed while it is held.
legal_hold = Table(
    "legal_hold",
    metadata,
    id_column(),
    Column("actor_id", Big, nullable=False),
    Column("account_id", Big, nullable=True),  # who ordered it
    text("reason"),
    at("created_at"),
    at("released_at", nullable=True),
    Index("ix_legal_hold_actor_id", "actor_id"),
)

rule = Table(
    "rule",
    metadata,
    id_column(),
    Column("position", Integer, nullable=False),
    text("text"),
    text("hint", default=""),
    at("created_at"),
    at("deleted_at", nullable=True),
)

announcement = Table(
    "announcement",
    metadata,
    id_column(),
    text("text"),
    text("content"),  # sanitised HTML
    flag("all_day"),
    at("starts_at", nullable=True),
    at("ends_at", nullable=True),
    at("published_at", nullable=True),
    at("created_at"),
    at("updated_at"),
)

announcement_read = Table(
    "announcement_read",
    metadata,
    key_ref("announcement_id", "announcement.id"),
    key_ref("account_id", "account.id"),
    at("created_at"),
    Index("ix_announcement_read_account_id", "account_id"),
    sqlite_with_rowid=False,
)

announcement_reaction = Table(
    "announcement_reaction",
    metadata,
    key_ref("announcement_id", "announcement.id"),
    key_ref("account_id", "account.id"),
    Column("name", Text, primary_key=True),
    at("created_at"),
    Index("ix_announcement_reaction_account_id", "account_id"),
    sqlite_with_rowid=False,
)

# Files with follows, blocks, lists ... that somebody brings along; worked off row by row.
import_job = Table(
    "import_job",
    metadata,
    id_column(),
    ref("account_id", "account.id"),
    text("kind"),  # following, blocks, mutes, lists, bookmarks, domain_blocks
    flag("overwrites"),
    Column("state", SmallInteger, nullable=False, server_default="0"),  # waiting, done, cancelled
    count("size"),
    count("done"),
    count("failed"),
    at("created_at"),
    at("finished_at", nullable=True),
    # Whoever works on it; another may when this has passed.
    at("leased_until_at", nullable=True),
    Index("ix_import_job_account_id", "account_id", "id"),
    Index(
        "ix_import_job_waiting",
        "id",
        sqlite_where=sql("state = 0"),
        postgresql_where=sql("state = 0"),
    ),
)

import_row = Table(
    "import_row",
    metadata,
    key_ref("job_id", "import_job.id"),
    Column("position", Integer, primary_key=True, autoincrement=False),
    text("data"),  # JSON
    Column("state", SmallInteger, nullable=False, server_default="0"),  # waiting, done, failed
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    text("message", nullable=True),
    Index("ix_import_row_state", "job_id", "state", "position"),
    sqlite_with_rowid=False,
)

# A person's own archive, made on request.
archive = Table(
    "archive",
    metadata,
    id_column(),
    ref("account_id", "account.id"),
    Column("state", SmallInteger, nullable=False, server_default="0"),  # waiting, ready, failed
    text("file", nullable=True),
    Column("size_bytes", Big, nullable=True),
    text("error", nullable=True),
    at("created_at"),
    at("finished_at", nullable=True),
    at("leased_until_at", nullable=True),
    Index("ix_archive_account_id", "account_id", "id"),
    Index(
        "ix_archive_waiting",
        "id",
        sqlite_where=sql("state = 0"),
        postgresql_where=sql("state = 0"),
    ),
)

audit_log = Table(
    "audit_log",
    metadata,
    id_column(),
    Column("account_id", Big, nullable=True),
    text("action"),
    Column("target_id", Big, nullable=True),
    text("target", nullable=True),
    text("reason", nullable=True),
    text("details", nullable=True),
    at("created_at"),
    Index("ix_audit_log_created_at", "created_at"),
)
