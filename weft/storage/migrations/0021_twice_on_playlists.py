"""Playlists: the same video may be on one more than once."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.add_column(
        "collection_entry", sa.Column("nth", sa.Integer(), server_default="0", nullable=False)
    )
    op.drop_index("uq_collection_entry", table_name="collection_entry")
    op.create_index(
        "uq_collection_entry",
        "collection_entry",
        ["collection_id", "target_kind", "target_id", "nth"],
        unique=True,
    )
