"""Moderation of people: marked as sensitive, suspended by whom, withheld under a hold, presets."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "warning_preset",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("updated_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_warning_preset"),
    )
    op.add_column("actor", sa.Column("sensitized_at", BIG, nullable=True))
    op.add_column(
        "actor",
        sa.Column("suspended_by_origin", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.create_index(
        "ix_actor_suspended_at",
        "actor",
        ["suspended_at"],
        unique=False,
        sqlite_where=sa.text("suspended_at IS NOT NULL"),
        postgresql_where=sa.text("suspended_at IS NOT NULL"),
    )
    op.add_column("post", sa.Column("withheld_at", BIG, nullable=True))
    op.create_index(
        "ix_post_withheld",
        "post",
        ["author_id"],
        unique=False,
        sqlite_where=sa.text("withheld_at IS NOT NULL"),
        postgresql_where=sa.text("withheld_at IS NOT NULL"),
    )
    op.create_index("ix_strike_report_id", "strike", ["report_id"], unique=False)
    op.add_column("report", sa.Column("updated_at", BIG, nullable=True))
    op.create_index("ix_report_assigned_to_id", "report", ["assigned_to_id", "state"], unique=False)
