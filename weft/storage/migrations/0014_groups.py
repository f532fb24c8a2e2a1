"""What moderators of communities did, with their reasons."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "community_log",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("community_id", BIG, nullable=False),
        sa.Column("moderator_id", BIG, nullable=True),
        sa.Column("action", sa.SmallInteger(), nullable=False),
        sa.Column("object_uri", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["actor.id"], name="fk_community_log_community_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["moderator_id"],
            ["actor.id"],
            name="fk_community_log_moderator_id",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_community_log"),
    )
    op.create_index("ix_community_log_community_id", "community_log", ["community_id", "id"])
    op.create_index("ix_community_log_moderator_id", "community_log", ["moderator_id"])
    op.create_index("ix_community_log_object_uri", "community_log", ["object_uri", "id"])
