"""Push: the application's token, sealed. Weeks: who was here in which, for the server's activity."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("push_subscription", sa.Column("token_sealed", sa.LargeBinary(), nullable=True))
    op.create_table(
        "active_week",
        sa.Column("week", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account_id", BIG, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name="fk_active_week_account_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("week", "account_id", name="pk_active_week"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_active_week_account_id", "active_week", ["account_id"])
