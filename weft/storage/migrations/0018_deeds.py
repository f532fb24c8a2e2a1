"""Going to events, listening, stories, and how often videos were seen."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _actor(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], ["actor.id"], name=f"fk_{table}_{column}", ondelete="CASCADE"
    )


def upgrade() -> None:
    for name in ("views", "viewers"):
        op.add_column(
            "post_stats", sa.Column(name, sa.Integer(), server_default="0", nullable=False)
        )
    op.add_column("post_stats", sa.Column("viewers_until_at", BIG, nullable=True))
    op.create_table(
        "attendance",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("post_id", BIG, nullable=False),
        sa.Column("actor_id", BIG, nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("updated_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name="fk_attendance_post_id", ondelete="CASCADE"
        ),
        _actor("attendance", "actor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_attendance"),
    )
    op.create_index("uq_attendance", "attendance", ["post_id", "actor_id"], unique=True)
    op.create_index("ix_attendance_post_id", "attendance", ["post_id", "state", "id"])
    op.create_index("ix_attendance_actor_id", "attendance", ["actor_id", "id"])
    op.create_index(
        "uq_attendance_uri",
        "attendance",
        ["uri"],
        unique=True,
        sqlite_where=sa.text("uri IS NOT NULL"),
        postgresql_where=sa.text("uri IS NOT NULL"),
    )
    op.create_table(
        "listen",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("actor_id", BIG, nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("item_id", BIG, nullable=True),
        sa.Column("visibility", sa.SmallInteger(), nullable=False),
        sa.Column("facets", sa.Text(), nullable=False),
        sa.Column("listened_at", BIG, nullable=False),
        _actor("listen", "actor_id"),
        sa.ForeignKeyConstraint(
            ["item_id"], ["item.id"], name="fk_listen_item_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_listen"),
        sa.UniqueConstraint("uri", name="uq_listen_uri"),
    )
    op.create_index("ix_listen_actor_id", "listen", ["actor_id", "id"])
    op.create_index("ix_listen_item_id", "listen", ["item_id"])
    op.create_table(
        "story",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("author_id", BIG, nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("media_url", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("duration_ms", BIG, nullable=True),
        sa.Column("can_reply", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("can_react", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("published_at", BIG, nullable=False),
        sa.Column("expires_at", BIG, nullable=False),
        _actor("story", "author_id"),
        sa.PrimaryKeyConstraint("id", name="pk_story"),
        sa.UniqueConstraint("uri", name="uq_story_uri"),
    )
    op.create_index("ix_story_author_id", "story", ["author_id", "expires_at"])
    op.create_index("ix_story_expires_at", "story", ["expires_at"])
