"""Reactions with custom emoji: what they look like."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("reaction", sa.Column("icon_url", sa.Text(), nullable=True))
