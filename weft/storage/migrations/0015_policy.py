"""Policies: rules that judge what arrives and what is posted, what waits for a moderator, and what they remember."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "policy_rule",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("dry", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("updated_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_policy_rule"),
        sa.UniqueConstraint("name", name="uq_policy_rule_name"),
    )
    op.create_table(
        "policy_text",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("actor_id", BIG, autoincrement=False, nullable=False),
        sa.Column("said_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name="fk_policy_text_actor_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", "actor_id", name="pk_policy_text"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_policy_text_said_at", "policy_text", ["said_at"], unique=False)
    op.create_index("ix_policy_text_actor_id", "policy_text", ["actor_id"], unique=False)
    op.create_table(
        "policy_host",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("approved_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_policy_host"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "quarantine",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("state", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("entry_id", BIG, nullable=True),
        sa.Column("draft_id", BIG, nullable=True),
        sa.Column("mark", sa.Text(), nullable=True),
        sa.Column("actor_id", BIG, nullable=True),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("activity", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("visibility", sa.SmallInteger(), nullable=True),
        sa.Column("excerpt", sa.Text(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("decided_at", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["draft.id"], name="fk_quarantine_draft_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name="fk_quarantine_actor_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_quarantine"),
        sa.UniqueConstraint("entry_id", name="uq_quarantine_entry_id"),
        sa.UniqueConstraint("draft_id", name="uq_quarantine_draft_id"),
    )
    op.create_index("ix_quarantine_state", "quarantine", ["state", "id"], unique=False)
    op.create_index("ix_quarantine_host", "quarantine", ["host", "state", "id"], unique=False)
    op.create_index(
        "ix_quarantine_actor_id", "quarantine", ["actor_id", "state", "id"], unique=False
    )
