"""Likes, answers and boosts that wait for the leave of an author of another server."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    name = "interaction_leave"
    op.create_table(
        name,
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("target_id", BIG, nullable=False),
        sa.Column("post_id", BIG, nullable=True),
        sa.Column("reaction_id", BIG, nullable=True),
        sa.Column("visibility", sa.SmallInteger(), nullable=False),
        sa.Column("request_uri", sa.Text(), nullable=True),
        sa.Column("stamp_uri", sa.Text(), nullable=True),
        sa.Column("accept_uri", sa.Text(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=f"fk_{name}_{column}", ondelete="CASCADE"
            )
            for column, table in (
                ("target_id", "post"),
                ("post_id", "post"),
                ("reaction_id", "reaction"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
    )
    for column in ("post_id", "reaction_id"):
        op.create_index(f"uq_{name}_{column}", name, [column], unique=True)
    for column in ("target_id", "request_uri", "stamp_uri", "accept_uri"):
        op.create_index(f"ix_{name}_{column}", name, [column])
