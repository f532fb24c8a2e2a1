"""Letters of what happened: how far they have told, and the address that ends them at once."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("account", sa.Column("mails_after", BIG, nullable=True))
    op.create_index(
        "ix_account_mails_after",
        "account",
        ["id"],
        unique=False,
        sqlite_where=sa.text("mails_after IS NOT NULL"),
        postgresql_where=sa.text("mails_after IS NOT NULL"),
    )
    op.add_column("mail_letter", sa.Column("unsubscribe_url", sa.Text(), nullable=True))
