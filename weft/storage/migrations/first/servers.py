"""Federation, and the running of the server."""

import sqlalchemy as sa
from alembic import op

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def create() -> None:
    """Make the tables and indexes as they were in the first release."""
    op.create_table(
        "activity",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("actor_id", BIG, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("object_id", BIG, nullable=True),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("visibility", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_activity"),
        sa.UniqueConstraint("uri", name="uq_activity_uri"),
    )
    op.create_index("ix_activity_actor_id", "activity", ["actor_id", "id"], unique=False)
    op.create_index("ix_activity_object_id", "activity", ["object_id"], unique=False)
    op.create_table(
        "audit_log",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("account_id", BIG, nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target_id", BIG, nullable=True),
        sa.Column("target", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("details", sa.Text(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_log"),
    )
    op.create_index("ix_audit_log_created_at", "audit_log", ["created_at"], unique=False)
    op.create_table(
        "host",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("num", sa.Integer(), nullable=False),
        sa.Column("software", sa.Text(), nullable=True),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("capabilities", sa.Text(), nullable=True),
        sa.Column("suspended", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("silenced", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("rejects_media", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("public_comment", sa.Text(), nullable=True),
        sa.Column("private_comment", sa.Text(), nullable=True),
        sa.Column("first_seen_at", BIG, nullable=False),
        sa.Column("last_seen_at", BIG, nullable=True),
        sa.Column("nodeinfo_at", BIG, nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_host"),
        sa.UniqueConstraint("num", name="uq_host_num"),
    )
    op.create_table(
        "inbox_log",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("activity_uri", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("actor_uri", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("request", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("recipient_id", BIG, nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("verdicts", sa.Text(), nullable=True),
        sa.Column("received_at", BIG, nullable=False),
        sa.Column("retry_at", BIG, nullable=True),
        sa.Column("done_at", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_inbox_log"),
    )
    op.create_index("ix_inbox_log_received_at", "inbox_log", ["received_at"], unique=False)
    op.create_index(
        "ix_inbox_log_waiting",
        "inbox_log",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state < 2"),
        postgresql_where=sa.text("state < 2"),
    )
    op.create_index(
        "uq_inbox_log_activity", "inbox_log", ["activity_uri", "actor_uri"], unique=True
    )
    op.create_table(
        "job",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("args", sa.Text(), nullable=False),
        sa.Column("unique_key", sa.Text(), nullable=True),
        sa.Column("state", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("leased_by", sa.Text(), nullable=True),
        sa.Column("leased_until_at", BIG, nullable=True),
        sa.Column("run_at", BIG, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
    )
    op.create_index(
        "ix_job_run_at",
        "job",
        ["run_at"],
        unique=False,
        sqlite_where=sa.text("state = 0"),
        postgresql_where=sa.text("state = 0"),
    )
    op.create_index(
        "uq_job_unique_key",
        "job",
        ["kind", "unique_key"],
        unique=True,
        sqlite_where=sa.text("state = 0 AND unique_key IS NOT NULL"),
        postgresql_where=sa.text("state = 0 AND unique_key IS NOT NULL"),
    )
    op.create_table(
        "lane",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("next_at", BIG, nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("leased_by", sa.Text(), nullable=True),
        sa.Column("leased_until_at", BIG, nullable=True),
        sa.Column("failing_since_at", BIG, nullable=True),
        sa.Column("away_since_at", BIG, nullable=True),
        sa.Column("delivered_at", BIG, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("host", name="pk_lane"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_lane_next_at",
        "lane",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_table(
        "node_lease",
        sa.Column("node", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("lease_until_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("node", name="pk_node_lease"),
    )
    op.create_table(
        "num_counter",
        sa.Column("noun", sa.Text(), nullable=False),
        sa.Column("next", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("noun", name="pk_num_counter"),
    )
    op.create_table(
        "object",
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("id", BIG, nullable=True),
        sa.Column("deleted_at", BIG, nullable=True),
        sa.PrimaryKeyConstraint("uri", name="pk_object"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_object_id", "object", ["id", "kind"], unique=False)
    op.create_table(
        "raw_document",
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("seen_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("uri", name="pk_raw_document"),
    )
    op.create_index("ix_raw_document_seen_at", "raw_document", ["seen_at"], unique=False)
    op.create_table(
        "server_setting",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("updated_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_server_setting"),
    )
    op.create_table(
        "delivery",
        sa.Column("activity_id", BIG, autoincrement=False, nullable=False),
        sa.Column("inbox", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("state", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("last_status", sa.SmallInteger(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("tried_at", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name="fk_delivery_activity_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("activity_id", "inbox", name="pk_delivery"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_delivery_given_up",
        "delivery",
        ["tried_at"],
        unique=False,
        sqlite_where=sa.text("state = 2"),
        postgresql_where=sa.text("state = 2"),
    )
    op.create_index(
        "ix_delivery_lane",
        "delivery",
        ["host", "activity_id"],
        unique=False,
        sqlite_where=sa.text("state = 0"),
        postgresql_where=sa.text("state = 0"),
    )
