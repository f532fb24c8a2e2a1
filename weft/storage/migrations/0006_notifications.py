"""Notifications in groups, what is done with those of strangers, and follows that ended at one blow."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "notification_policy",
        sa.Column("owner_id", BIG, autoincrement=False, nullable=False),
        sa.Column("not_following", sa.SmallInteger(), nullable=False),
        sa.Column("not_followers", sa.SmallInteger(), nullable=False),
        sa.Column("new_accounts", sa.SmallInteger(), nullable=False),
        sa.Column("private_mentions", sa.SmallInteger(), nullable=False),
        sa.Column("limited_accounts", sa.SmallInteger(), nullable=False),
        sa.Column("bots", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["actor.id"], name="fk_notification_policy_owner_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("owner_id", name="pk_notification_policy"),
    )
    op.create_table(
        "severance",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("owner_id", BIG, nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("target_name", sa.Text(), nullable=False),
        sa.Column("followers", sa.Integer(), server_default="0", nullable=False),
        sa.Column("following", sa.Integer(), server_default="0", nullable=False),
        sa.Column("purged", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["actor.id"], name="fk_severance_owner_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_severance"),
    )
    op.create_index("ix_severance_owner_id", "severance", ["owner_id", "id"])
    op.add_column("notification", sa.Column("about_id", BIG, nullable=True))
    for name, *columns in (
        ("ix_notification_kind", "owner_id", "kind", "post_id", "id"),
        ("ix_notification_group_key", "owner_id", "group_key", "id"),
        ("ix_notification_from_id", "owner_id", "from_id", "id"),
    ):
        op.create_index(name, "notification", columns)
    op.create_index(
        "ix_follow_notifies",
        "follow",
        ["target_id"],
        sqlite_where=sa.text("notifies"),
        postgresql_where=sa.text("notifies"),
    )
