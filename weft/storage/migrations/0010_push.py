"""Push: the application's token, sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("push_subscription", sa.Column("token_sealed", sa.LargeBinary(), nullable=True))
