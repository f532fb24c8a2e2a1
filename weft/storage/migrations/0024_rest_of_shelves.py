"""When the rest of a long shelf of another server was read last."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("collection", sa.Column("walked_at", BIG, nullable=True))
