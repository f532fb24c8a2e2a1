"""Collections, posts and what hangs on them, timelines, messages."""

import sqlalchemy as sa
from alembic import op

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def create() -> None:
    """Make the tables and indexes as they were in the first release."""
    op.create_table(
        "chat",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("active_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_chat"),
        sa.UniqueConstraint("uri", name="uq_chat_uri"),
    )
    op.create_table(
        "item",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("num", sa.Integer(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("sort_title", sa.Text(), nullable=True),
        sa.Column("parent_id", BIG, nullable=True),
        sa.Column("merged_into_id", BIG, nullable=True),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("facets", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("updated_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_item"),
        sa.UniqueConstraint("num", name="uq_item_num"),
        sa.UniqueConstraint("uri", name="uq_item_uri"),
    )
    op.create_index("ix_item_parent_id", "item", ["parent_id"], unique=False)
    op.create_table(
        "marker",
        sa.Column("owner_id", BIG, autoincrement=False, nullable=False),
        sa.Column("timeline", sa.Text(), nullable=False),
        sa.Column("last_read_id", BIG, nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("updated_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "timeline", name="pk_marker"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "media",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("num", sa.Integer(), nullable=False),
        sa.Column("owner_id", BIG, nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=True),
        sa.Column("remote_url", sa.Text(), nullable=True),
        sa.Column("store_key", sa.Text(), nullable=True),
        sa.Column("small_key", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("blurhash", sa.Text(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("duration_ms", BIG, nullable=True),
        sa.Column("size_bytes", BIG, nullable=True),
        sa.Column("focus_x", sa.Float(), nullable=True),
        sa.Column("focus_y", sa.Float(), nullable=True),
        sa.Column("hash", sa.Text(), nullable=True),
        sa.Column("facets", sa.Text(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("seen_at", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_media"),
        sa.UniqueConstraint("num", name="uq_media_num"),
    )
    op.create_index("ix_media_owner_id", "media", ["owner_id"], unique=False)
    op.create_index("ix_media_store_key", "media", ["store_key"], unique=False)
    op.create_table(
        "post",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("num", sa.Integer(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("local", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("author_id", BIG, nullable=False),
        sa.Column("visibility", sa.SmallInteger(), nullable=False),
        sa.Column("local_only", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("in_reply_to_id", BIG, nullable=True),
        sa.Column("in_reply_to_uri", sa.Text(), nullable=True),
        sa.Column("in_reply_to_author_id", BIG, nullable=True),
        sa.Column("root_id", BIG, nullable=True),
        sa.Column("context_uri", sa.Text(), nullable=True),
        sa.Column("boost_of_id", BIG, nullable=True),
        sa.Column("quote_of_id", BIG, nullable=True),
        sa.Column("quote_state", sa.SmallInteger(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("sensitive", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("content", sa.Text(), server_default="", nullable=False),
        sa.Column("sanitiser", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("source_format", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("link_url", sa.Text(), nullable=True),
        sa.Column("facets", sa.Text(), nullable=True),
        sa.Column("app_id", BIG, nullable=True),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("published_at", BIG, nullable=False),
        sa.Column("arrived_at", BIG, nullable=False),
        sa.Column("edited_at", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_post"),
        sa.UniqueConstraint("num", name="uq_post_num"),
        sa.UniqueConstraint("uri", name="uq_post_uri"),
    )
    op.create_index("ix_post_author_id_id", "post", ["author_id", "id"], unique=False)
    op.create_index("ix_post_in_reply_to_id", "post", ["in_reply_to_id"], unique=False)
    op.create_index(
        "ix_post_in_reply_to_uri",
        "post",
        ["in_reply_to_uri"],
        unique=False,
        sqlite_where=sa.text("in_reply_to_id IS NULL AND in_reply_to_uri IS NOT NULL"),
        postgresql_where=sa.text("in_reply_to_id IS NULL AND in_reply_to_uri IS NOT NULL"),
    )
    op.create_index(
        "ix_post_public",
        "post",
        ["id"],
        unique=False,
        sqlite_where=sa.text("visibility = 0 AND boost_of_id IS NULL"),
        postgresql_where=sa.text("visibility = 0 AND boost_of_id IS NULL"),
    )
    op.create_index(
        "ix_post_public_local",
        "post",
        ["id"],
        unique=False,
        sqlite_where=sa.text("visibility = 0 AND boost_of_id IS NULL AND local"),
        postgresql_where=sa.text("visibility = 0 AND boost_of_id IS NULL AND local"),
    )
    op.create_index(
        "ix_post_quote_of_id",
        "post",
        ["quote_of_id"],
        unique=False,
        sqlite_where=sa.text("quote_of_id IS NOT NULL"),
        postgresql_where=sa.text("quote_of_id IS NOT NULL"),
    )
    op.create_index("ix_post_root_id_id", "post", ["root_id", "id"], unique=False)
    op.create_index(
        "uq_post_boost",
        "post",
        ["boost_of_id", "author_id"],
        unique=True,
        sqlite_where=sa.text("boost_of_id IS NOT NULL"),
        postgresql_where=sa.text("boost_of_id IS NOT NULL"),
    )
    op.create_table(
        "tag",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("display", sa.Text(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tag"),
        sa.UniqueConstraint("name", name="uq_tag_name"),
    )
    op.create_table(
        "bookmark",
        sa.Column("actor_id", BIG, autoincrement=False, nullable=False),
        sa.Column("post_id", BIG, autoincrement=False, nullable=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name="fk_bookmark_post_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("actor_id", "post_id", name="pk_bookmark"),
        sa.UniqueConstraint("id", name="uq_bookmark_id"),
    )
    op.create_index("ix_bookmark_actor_id_id", "bookmark", ["actor_id", "id"], unique=False)
    op.create_table(
        "chat_member",
        sa.Column("chat_id", BIG, autoincrement=False, nullable=False),
        sa.Column("actor_id", BIG, autoincrement=False, nullable=False),
        sa.Column("last_read_id", BIG, nullable=True),
        sa.Column("joined_at", BIG, nullable=False),
        sa.Column("left_at", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name="fk_chat_member_actor_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["chat_id"], ["chat.id"], name="fk_chat_member_chat_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("chat_id", "actor_id", name="pk_chat_member"),
    )
    op.create_index("ix_chat_member_actor_id", "chat_member", ["actor_id"], unique=False)
    op.create_table(
        "collection",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("num", sa.Integer(), nullable=False),
        sa.Column("owner_id", BIG, nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("visibility", sa.SmallInteger(), nullable=False),
        sa.Column("facets", sa.Text(), nullable=True),
        sa.Column("size", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("updated_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["actor.id"], name="fk_collection_owner_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_collection"),
        sa.UniqueConstraint("num", name="uq_collection_num"),
        sa.UniqueConstraint("uri", name="uq_collection_uri"),
    )
    op.create_index(
        "ix_collection_owner_id", "collection", ["owner_id", "kind", "id"], unique=False
    )
    op.create_table(
        "draft",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("author_id", BIG, nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("publish_at", BIG, nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("updated_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["actor.id"], name="fk_draft_author_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_draft"),
    )
    op.create_index("ix_draft_author_id", "draft", ["author_id", "id"], unique=False)
    op.create_index("ix_draft_publish_at", "draft", ["publish_at"], unique=False)
    op.create_table(
        "home_entry",
        sa.Column("owner_id", BIG, autoincrement=False, nullable=False),
        sa.Column("post_id", BIG, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name="fk_home_entry_post_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("owner_id", "post_id", name="pk_home_entry"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_home_entry_post_id", "home_entry", ["post_id"], unique=False)
    op.create_table(
        "item_credit",
        sa.Column("item_id", BIG, autoincrement=False, nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("credited_id", BIG, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["credited_id"], ["item.id"], name="fk_item_credit_credited_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["item.id"], name="fk_item_credit_item_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("item_id", "position", name="pk_item_credit"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_item_credit_credited_id", "item_credit", ["credited_id"], unique=False)
    op.create_table(
        "item_external",
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("item_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["item.id"], name="fk_item_external_item_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("scheme", "value", name="pk_item_external"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_item_external_item_id", "item_external", ["item_id"], unique=False)
    op.create_table(
        "message",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("chat_id", BIG, nullable=False),
        sa.Column("author_id", BIG, nullable=False),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("facets", sa.Text(), nullable=True),
        sa.Column("published_at", BIG, nullable=False),
        sa.Column("arrived_at", BIG, nullable=False),
        sa.Column("edited_at", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["chat_id"], ["chat.id"], name="fk_message_chat_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
        sa.UniqueConstraint("uri", name="uq_message_uri"),
    )
    op.create_index("ix_message_chat_id", "message", ["chat_id", "id"], unique=False)
    op.create_table(
        "notification",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("owner_id", BIG, nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("from_id", BIG, nullable=False),
        sa.Column("post_id", BIG, nullable=True),
        sa.Column("group_key", sa.Text(), nullable=True),
        sa.Column("filtered", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["actor.id"], name="fk_notification_owner_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name="fk_notification_post_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notification"),
    )
    op.create_index("ix_notification_owner_id_id", "notification", ["owner_id", "id"], unique=False)
    op.create_index("ix_notification_post_id", "notification", ["post_id"], unique=False)
    op.create_index(
        "uq_notification", "notification", ["owner_id", "kind", "from_id", "post_id"], unique=True
    )
    op.create_table(
        "poll",
        sa.Column("post_id", BIG, autoincrement=False, nullable=False),
        sa.Column("multiple", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("hide_totals", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("voters", sa.Integer(), server_default="0", nullable=False),
        sa.Column("ends_at", BIG, nullable=True),
        sa.Column("closed_at", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name="fk_poll_post_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", name="pk_poll"),
    )
    op.create_table(
        "poll_option",
        sa.Column("post_id", BIG, autoincrement=False, nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("votes", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name="fk_poll_option_post_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", "position", name="pk_poll_option"),
    )
    op.create_table(
        "poll_vote",
        sa.Column("post_id", BIG, autoincrement=False, nullable=False),
        sa.Column("actor_id", BIG, autoincrement=False, nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name="fk_poll_vote_post_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", "actor_id", "position", name="pk_poll_vote"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "post_attachment",
        sa.Column("post_id", BIG, autoincrement=False, nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("media_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name="fk_post_attachment_media_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name="fk_post_attachment_post_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", "position", name="pk_post_attachment"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_post_attachment_media_id", "post_attachment", ["media_id"], unique=False)
    op.create_table(
        "post_audience",
        sa.Column("post_id", BIG, autoincrement=False, nullable=False),
        sa.Column("actor_id", BIG, autoincrement=False, nullable=False),
        sa.Column("role", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name="fk_post_audience_post_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", "actor_id", name="pk_post_audience"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_post_audience_actor_id", "post_audience", ["actor_id", "role", "post_id"], unique=False
    )
    op.create_table(
        "post_edit",
        sa.Column("post_id", BIG, autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("sensitive", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("facets", sa.Text(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name="fk_post_edit_post_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", "revision", name="pk_post_edit"),
    )
    op.create_table(
        "post_stats",
        sa.Column("post_id", BIG, autoincrement=False, nullable=False),
        sa.Column("replies", sa.Integer(), server_default="0", nullable=False),
        sa.Column("boosts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("likes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("dislikes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reactions", sa.Integer(), server_default="0", nullable=False),
        sa.Column("quotes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("origin_replies", sa.Integer(), server_default="0", nullable=False),
        sa.Column("origin_boosts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("origin_likes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("hotness", sa.Float(), server_default="0", nullable=False),
        sa.Column("active_at", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name="fk_post_stats_post_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post_id", name="pk_post_stats"),
    )
    op.create_table(
        "post_tag",
        sa.Column("tag_id", BIG, autoincrement=False, nullable=False),
        sa.Column("post_id", BIG, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name="fk_post_tag_post_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["tag.id"], name="fk_post_tag_tag_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tag_id", "post_id", name="pk_post_tag"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_post_tag_post_id", "post_tag", ["post_id"], unique=False)
    op.create_table(
        "reaction",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("post_id", BIG, nullable=False),
        sa.Column("actor_id", BIG, nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("value", sa.Text(), server_default="", nullable=False),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name="fk_reaction_post_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_reaction"),
    )
    op.create_index("ix_reaction_actor_id", "reaction", ["actor_id", "kind", "id"], unique=False)
    op.create_index(
        "uq_reaction", "reaction", ["post_id", "actor_id", "kind", "value"], unique=True
    )
    op.create_index(
        "uq_reaction_uri",
        "reaction",
        ["uri"],
        unique=True,
        sqlite_where=sa.text("uri IS NOT NULL"),
        postgresql_where=sa.text("uri IS NOT NULL"),
    )
    op.create_table(
        "collection_entry",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("collection_id", BIG, nullable=False),
        sa.Column("position", BIG, nullable=False),
        sa.Column("target_kind", sa.SmallInteger(), nullable=False),
        sa.Column("target_id", BIG, nullable=False),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.Column("facets", sa.Text(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["collection_id"],
            ["collection.id"],
            name="fk_collection_entry_collection_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_collection_entry"),
    )
    op.create_index(
        "ix_collection_entry_position",
        "collection_entry",
        ["collection_id", "position", "id"],
        unique=False,
    )
    op.create_index(
        "ix_collection_entry_target", "collection_entry", ["target_kind", "target_id"], unique=False
    )
    op.create_index(
        "uq_collection_entry",
        "collection_entry",
        ["collection_id", "target_kind", "target_id"],
        unique=True,
    )
    op.create_index(
        "uq_collection_entry_uri",
        "collection_entry",
        ["uri"],
        unique=True,
        sqlite_where=sa.text("uri IS NOT NULL"),
        postgresql_where=sa.text("uri IS NOT NULL"),
    )
