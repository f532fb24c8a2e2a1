"""The whole protocol: tries of deliveries, quotes, cards, reports, threads, copies of remote files."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "card",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="link", nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("author_name", sa.Text(), server_default="", nullable=False),
        sa.Column("author_url", sa.Text(), server_default="", nullable=False),
        sa.Column("provider_name", sa.Text(), server_default="", nullable=False),
        sa.Column("provider_url", sa.Text(), server_default="", nullable=False),
        sa.Column("image_url", sa.Text(), nullable=True),
        sa.Column("image_description", sa.Text(), server_default="", nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("published_at", BIG, nullable=True),
        sa.Column("fetched_at", BIG, nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_card"),
        sa.UniqueConstraint("url", name="uq_card_url"),
    )
    op.create_index(
        "ix_card_waiting",
        "card",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("state = 0"),
        postgresql_where=sa.text("state = 0"),
    )
    op.create_table(
        "delivery_try",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("activity_id", BIG, nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("inbox", sa.Text(), nullable=False),
        sa.Column("outcome", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("scheme", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.Column("tried_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_delivery_try"),
    )
    op.create_index("ix_delivery_try_activity_id", "delivery_try", ["activity_id"], unique=False)
    op.create_index("ix_delivery_try_host", "delivery_try", ["host", "id"], unique=False)
    op.create_table(
        "remote_file",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("store_key", sa.Text(), nullable=True),
        sa.Column("content_type", sa.Text(), nullable=True),
        sa.Column("size_bytes", BIG, nullable=True),
        sa.Column("seen_at", BIG, nullable=False),
        sa.Column("fetched_at", BIG, nullable=True),
        sa.Column("failed_at", BIG, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_remote_file"),
        sa.UniqueConstraint("url", name="uq_remote_file_url"),
    )
    op.create_index(
        "ix_remote_file_seen_at",
        "remote_file",
        ["seen_at"],
        unique=False,
        sqlite_where=sa.text("store_key IS NOT NULL"),
        postgresql_where=sa.text("store_key IS NOT NULL"),
    )
    op.create_table(
        "featured_tag",
        sa.Column("actor_id", BIG, autoincrement=False, nullable=False),
        sa.Column("tag_id", BIG, autoincrement=False, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name="fk_featured_tag_actor_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["tag.id"], name="fk_featured_tag_tag_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("actor_id", "tag_id", name="pk_featured_tag"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_featured_tag_tag_id", "featured_tag", ["tag_id"], unique=False)
    op.create_table(
        "post_card",
        sa.Column("post_id", BIG, autoincrement=False, nullable=False),
        sa.Column("card_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["card_id"], ["card.id"], name="fk_post_card_card_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name="fk_post_card_post_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", name="pk_post_card"),
    )
    op.create_index("ix_post_card_card_id", "post_card", ["card_id"], unique=False)
    op.create_table(
        "quote",
        sa.Column("post_id", BIG, autoincrement=False, nullable=False),
        sa.Column("target_uri", sa.Text(), nullable=False),
        sa.Column("stamp_uri", sa.Text(), nullable=True),
        sa.Column("request_uri", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name="fk_quote_post_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", name="pk_quote"),
    )
    op.create_index("ix_quote_target_uri", "quote", ["target_uri"], unique=False)
    op.create_index(
        "uq_quote_stamp_uri",
        "quote",
        ["stamp_uri"],
        unique=True,
        sqlite_where=sa.text("stamp_uri IS NOT NULL"),
        postgresql_where=sa.text("stamp_uri IS NOT NULL"),
    )
    op.create_table(
        "report",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.Column("reporter_id", BIG, nullable=False),
        sa.Column("target_id", BIG, nullable=False),
        sa.Column("local", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("forwarded", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("state", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("unknown_uris", sa.Text(), nullable=True),
        sa.Column("assigned_to_id", BIG, nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("resolved_at", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["reporter_id"], ["actor.id"], name="fk_report_reporter_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["actor.id"], name="fk_report_target_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_report"),
        sa.UniqueConstraint("uri", name="uq_report_uri"),
    )
    op.create_index("ix_report_reporter_id", "report", ["reporter_id", "id"], unique=False)
    op.create_index("ix_report_state", "report", ["state", "id"], unique=False)
    op.create_index("ix_report_target_id", "report", ["target_id", "id"], unique=False)
    op.create_table(
        "thread_walk",
        sa.Column("post_id", BIG, autoincrement=False, nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("known", sa.Integer(), server_default="0", nullable=False),
        sa.Column("fetched", sa.Integer(), server_default="0", nullable=False),
        sa.Column("leased_by", sa.Text(), nullable=True),
        sa.Column("leased_until_at", BIG, nullable=True),
        sa.Column("started_at", BIG, nullable=False),
        sa.Column("finished_at", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name="fk_thread_walk_post_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", name="pk_thread_walk"),
    )
    op.create_index(
        "ix_thread_walk_waiting",
        "thread_walk",
        ["started_at"],
        unique=False,
        sqlite_where=sa.text("state < 2"),
        postgresql_where=sa.text("state < 2"),
    )
    op.create_table(
        "report_post",
        sa.Column("report_id", BIG, autoincrement=False, nullable=False),
        sa.Column("post_id", BIG, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name="fk_report_post_post_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name="fk_report_post_report_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("report_id", "post_id", name="pk_report_post"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_report_post_post_id", "report_post", ["post_id"], unique=False)
    op.add_column("actor", sa.Column("walked_at", BIG, nullable=True))
    op.create_index(
        "ix_inbox_log_ended",
        "inbox_log",
        ["state", "id"],
        unique=False,
        sqlite_where=sa.text("state > 2"),
        postgresql_where=sa.text("state > 2"),
    )
    op.create_index("ix_inbox_log_host", "inbox_log", ["host", "id"], unique=False)
    op.create_index(
        "ix_object_undone",
        "object",
        ["deleted_at"],
        unique=False,
        sqlite_where=sa.text("kind = 5"),
        postgresql_where=sa.text("kind = 5"),
    )
    op.add_column(
        "poll", sa.Column("told_voters", sa.Integer(), server_default="0", nullable=False)
    )
    # What was counted before is known to whom it concerns, or was never told: no storm now.
    op.execute("UPDATE poll SET told_voters = voters")
    op.create_index(
        "ix_poll_untold",
        "poll",
        ["post_id"],
        unique=False,
        sqlite_where=sa.text("voters <> told_voters"),
        postgresql_where=sa.text("voters <> told_voters"),
    )
