"""People in collections: whether they agreed, where that can be read, and reports of collections."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column(
        "collection_entry",
        sa.Column("state", sa.SmallInteger(), server_default="1", nullable=False),
    )
    op.add_column("collection_entry", sa.Column("stamp_uri", sa.Text(), nullable=True))
    op.create_index(
        "ix_collection_entry_stamp_uri",
        "collection_entry",
        ["stamp_uri"],
        unique=False,
        sqlite_where=sa.text("stamp_uri IS NOT NULL"),
        postgresql_where=sa.text("stamp_uri IS NOT NULL"),
    )
    op.create_index(
        "ix_collection_entry_target_id",
        "collection_entry",
        ["target_kind", "target_id", "id"],
        unique=False,
    )
    op.add_column("report", sa.Column("collection_ids", sa.Text(), nullable=True))
