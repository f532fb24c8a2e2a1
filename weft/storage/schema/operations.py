"""Running the server: identity, leases, jobs, the audit log."""

from sqlalchemy import Column, Index, Integer, SmallInteger, Table, Text
from sqlalchemy import text as sql

from weft.storage.schema.tables import Big, at, id_column, metadata, text

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
