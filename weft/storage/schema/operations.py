"""Running the server: identity, leases, jobs, reports, the audit log."""

from sqlalchemy import Column, Index, Integer, SmallInteger, Table, Text
from sqlalchemy import text as sql

from weft.storage.schema.tables import Big, at, flag, id_column, key_ref, metadata, ref, text

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
