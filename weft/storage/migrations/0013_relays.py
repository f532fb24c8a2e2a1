"""Relays that the operator chose."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "relay",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("inbox", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("actor_uri", sa.Text(), nullable=True),
        sa.Column("actor_id", BIG, nullable=True),
        sa.Column("client_id", BIG, nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("follow_uri", sa.Text(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("changed_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_relay"),
        sa.UniqueConstraint("address", name="uq_relay_address"),
        sa.UniqueConstraint("inbox", name="uq_relay_inbox"),
    )
    op.create_index("ix_relay_actor_uri", "relay", ["actor_uri"])
    op.create_index("ix_relay_follow_uri", "relay", ["follow_uri"])
    op.create_index("ix_relay_state", "relay", ["state", "kind"])
