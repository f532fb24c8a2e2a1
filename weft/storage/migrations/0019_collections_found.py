"""Collections of people: the page that posts link to, and the words that they are found by."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0019"
down_revision = "0018"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("collection", sa.Column("url", sa.Text(), nullable=True))
    there = sa.text("url IS NOT NULL")
    op.create_index(
        "ix_collection_url", "collection", ["url"], sqlite_where=there, postgresql_where=there
    )
    if op.get_context().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE collection_search USING fts5 (words, content='',"
            " contentless_delete=1, tokenize=\"ascii tokenchars '_'\")"
        )
        return
    op.create_table(
        "collection_search",
        sa.Column("rowid", BIG, autoincrement=False, nullable=False),
        sa.Column("words", TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rowid"], ["collection.id"], name="fk_collection_search_rowid", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("rowid", name="pk_collection_search"),
    )
    op.create_index(
        "ix_collection_search_words", "collection_search", ["words"], postgresql_using="gin"
    )
