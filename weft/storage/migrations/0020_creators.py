"""Cards: whom a page names as its author on the Fediverse."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("card", sa.Column("creator_id", BIG, nullable=True))
