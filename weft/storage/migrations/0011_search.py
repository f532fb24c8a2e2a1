"""Full-text search: what can be found by its words, and what of it is still to be read."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0011"
down_revision = "0010"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for noun in ("post", "actor"):
        name = f"{noun}_search"
        if op.get_context().dialect.name == "sqlite":
            op.execute(
                f"CREATE VIRTUAL TABLE {name} USING fts5 (words, content='',"
                " contentless_delete=1, tokenize=\"ascii tokenchars '_'\")"
            )
            continue
        op.create_table(
            name,
            sa.Column("rowid", BIG, autoincrement=False, nullable=False),
            sa.Column("words", TSVECTOR(), nullable=False),
            sa.ForeignKeyConstraint(
                ["rowid"], [f"{noun}.id"], name=f"fk_{name}_rowid", ondelete="CASCADE"
            ),
            sa.PrimaryKeyConstraint("rowid", name=f"pk_{name}"),
        )
        op.create_index(f"ix_{name}_words", name, ["words"], postgresql_using="gin")
    op.create_table(
        "search_waiting",
        sa.Column("post_id", BIG, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name="fk_search_waiting_post_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", name="pk_search_waiting"),
    )
    op.create_table(
        "search_gap",
        sa.Column("noun", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("author_id", BIG, autoincrement=False, nullable=False),
        sa.Column("below_id", BIG, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("noun", "author_id", name="pk_search_gap"),
    )
    op.create_index("ix_bookmark_post_id", "bookmark", ["post_id"], unique=False)
    op.execute(
        "INSERT INTO search_gap (noun, author_id, below_id, created_at)"
        " VALUES (0, 0, 9007199254740991, 0), (1, 0, 9007199254740991, 0)"  # the largest id
    )
