"""Safety and moving house: rules, blocks, strikes, imports, archives."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "announcement",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("all_day", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("starts_at", BIG, nullable=True),
        sa.Column("ends_at", BIG, nullable=True),
        sa.Column("published_at", BIG, nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("updated_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_announcement"),
    )
    op.create_table(
        "domain_block",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("rejects_media", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("rejects_reports", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("obfuscated", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("public_comment", sa.Text(), nullable=True),
        sa.Column("private_comment", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("updated_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_domain_block"),
        sa.UniqueConstraint("domain", name="uq_domain_block_domain"),
    )
    op.create_table(
        "email_block",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("actor_id", BIG, nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_email_block"),
        sa.UniqueConstraint("hash", name="uq_email_block_hash"),
    )
    op.create_table(
        "email_domain_block",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("allows_with_approval", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_email_domain_block"),
        sa.UniqueConstraint("domain", name="uq_email_domain_block_domain"),
    )
    op.create_table(
        "ip_block",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("expires_at", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_ip_block"),
        sa.UniqueConstraint("network", name="uq_ip_block_network"),
    )
    op.create_table(
        "legal_hold",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("actor_id", BIG, nullable=False),
        sa.Column("account_id", BIG, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("released_at", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_legal_hold"),
    )
    op.create_index("ix_legal_hold_actor_id", "legal_hold", ["actor_id"], unique=False)
    op.create_table(
        "media_hash",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_media_hash"),
    )
    op.create_index("uq_media_hash", "media_hash", ["algorithm", "value"], unique=True)
    op.create_table(
        "rule",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("deleted_at", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_rule"),
    )
    op.create_table(
        "actor_moderation_note",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("actor_id", BIG, nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name="fk_actor_moderation_note_actor_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_actor_moderation_note"),
    )
    op.create_index(
        "ix_actor_moderation_note_actor_id",
        "actor_moderation_note",
        ["actor_id", "id"],
        unique=False,
    )
    op.create_table(
        "announcement_reaction",
        sa.Column("announcement_id", BIG, autoincrement=False, nullable=False),
        sa.Column("account_id", BIG, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name="fk_announcement_reaction_account_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcement.id"],
            name="fk_announcement_reaction_announcement_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "announcement_id", "account_id", "name", name="pk_announcement_reaction"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_announcement_reaction_account_id", "announcement_reaction", ["account_id"], unique=False
    )
    op.create_table(
        "announcement_read",
        sa.Column("announcement_id", BIG, autoincrement=False, nullable=False),
        sa.Column("account_id", BIG, autoincrement=False, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name="fk_announcement_read_account_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcement.id"],
            name="fk_announcement_read_announcement_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("announcement_id", "account_id", name="pk_announcement_read"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_announcement_read_account_id", "announcement_read", ["account_id"], unique=False
    )
    op.create_table(
        "archive",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("state", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("file", sa.Text(), nullable=True),
        sa.Column("size_bytes", BIG, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("finished_at", BIG, nullable=True),
        sa.Column("leased_until_at", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_archive_account_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_archive"),
    )
    op.create_index("ix_archive_account_id", "archive", ["account_id", "id"], unique=False)
    op.create_index(
        "ix_archive_waiting",
        "archive",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state = 0"),
        postgresql_where=sa.text("state = 0"),
    )
    op.create_table(
        "import_job",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("overwrites", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("state", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("size", sa.Integer(), server_default="0", nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("finished_at", BIG, nullable=True),
        sa.Column("leased_until_at", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_import_job_account_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_import_job"),
    )
    op.create_index("ix_import_job_account_id", "import_job", ["account_id", "id"], unique=False)
    op.create_index(
        "ix_import_job_waiting",
        "import_job",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state = 0"),
        postgresql_where=sa.text("state = 0"),
    )
    op.create_table(
        "import_row",
        sa.Column("job_id", BIG, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("state", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["job_id"], ["import_job.id"], name="fk_import_row_job_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "position", name="pk_import_row"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_import_row_state", "import_row", ["job_id", "state", "position"], unique=False
    )
    op.create_table(
        "report_note",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("report_id", BIG, nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name="fk_report_note_report_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_report_note"),
    )
    op.create_index("ix_report_note_report_id", "report_note", ["report_id", "id"], unique=False)
    op.create_table(
        "strike",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("target_id", BIG, nullable=False),
        sa.Column("account_id", BIG, nullable=True),
        sa.Column("report_id", BIG, nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("post_ids", sa.Text(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("appeal", sa.Text(), nullable=True),
        sa.Column("appealed_at", BIG, nullable=True),
        sa.Column("appeal_ended_at", BIG, nullable=True),
        sa.Column("overruled_at", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name="fk_strike_report_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["actor.id"], name="fk_strike_target_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_strike"),
    )
    op.create_index(
        "ix_strike_appealed",
        "strike",
        ["appealed_at"],
        unique=False,
        sqlite_where=sa.text("appealed_at IS NOT NULL AND appeal_ended_at IS NULL"),
        postgresql_where=sa.text("appealed_at IS NOT NULL AND appeal_ended_at IS NULL"),
    )
    op.create_index("ix_strike_target_id", "strike", ["target_id", "id"], unique=False)
    op.add_column(
        "host",
        sa.Column("rejects_reports", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column("report", sa.Column("rule_ids", sa.Text(), nullable=True))
    op.add_column("report", sa.Column("resolved_by_id", BIG, nullable=True))
    # What was decided about hosts before there were rules for domains.
    op.execute(
        "INSERT INTO domain_block (id, domain, severity, rejects_media, rejects_reports, obfuscated,"
        " public_comment, private_comment, created_at, updated_at)"
        " SELECT num, name, CASE WHEN suspended THEN 2 WHEN silenced THEN 1 ELSE 0 END,"
        " rejects_media, rejects_reports, (1 = 0), public_comment, private_comment,"
        " first_seen_at, first_seen_at FROM host WHERE suspended OR silenced OR rejects_media"
    )
