"""A day's life: mail, second factors and push; lists, filters, conversations, drafts."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "custom_emoji",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("shortcode", sa.Text(), nullable=False),
        sa.Column("store_key", sa.Text(), nullable=False),
        sa.Column("static_key", sa.Text(), nullable=True),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("listed", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("disabled", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("updated_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_custom_emoji"),
        sa.UniqueConstraint("shortcode", name="uq_custom_emoji_shortcode"),
    )
    op.create_table(
        "mail_letter",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("send_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mail_letter"),
    )
    op.create_index(
        "ix_mail_letter_waiting",
        "mail_letter",
        ["send_at"],
        unique=False,
        sqlite_where=sa.text("state = 0"),
        postgresql_where=sa.text("state = 0"),
    )
    op.create_table(
        "actor_note",
        sa.Column("actor_id", BIG, autoincrement=False, nullable=False),
        sa.Column("target_id", BIG, autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name="fk_actor_note_actor_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["actor.id"], name="fk_actor_note_target_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("actor_id", "target_id", name="pk_actor_note"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_actor_note_target_id", "actor_note", ["target_id"], unique=False)
    op.create_table(
        "suggestion_dismissal",
        sa.Column("actor_id", BIG, autoincrement=False, nullable=False),
        sa.Column("target_id", BIG, autoincrement=False, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"],
            ["actor.id"],
            name="fk_suggestion_dismissal_actor_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["target_id"],
            ["actor.id"],
            name="fk_suggestion_dismissal_target_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("actor_id", "target_id", name="pk_suggestion_dismissal"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_suggestion_dismissal_target_id", "suggestion_dismissal", ["target_id"], unique=False
    )
    op.create_table(
        "content_filter",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("owner_id", BIG, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("contexts", sa.SmallInteger(), nullable=False),
        sa.Column("action", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("updated_at", BIG, nullable=False),
        sa.Column("expires_at", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["actor.id"], name="fk_content_filter_owner_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_content_filter"),
    )
    op.create_index(
        "ix_content_filter_owner_id", "content_filter", ["owner_id", "id"], unique=False
    )
    op.create_table(
        "conversation",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("owner_id", BIG, nullable=False),
        sa.Column("root_id", BIG, nullable=False),
        sa.Column("people", sa.Text(), nullable=False),
        sa.Column("last_post_id", BIG, nullable=True),
        sa.Column("unread", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["actor.id"], name="fk_conversation_owner_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_conversation"),
    )
    op.create_index(
        "ix_conversation_owner_id_last_post_id",
        "conversation",
        ["owner_id", "last_post_id"],
        unique=False,
    )
    op.create_index("ix_conversation_root_id", "conversation", ["root_id"], unique=False)
    op.create_index(
        "uq_conversation", "conversation", ["owner_id", "root_id", "people"], unique=True
    )
    op.create_table(
        "endorsement",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("actor_id", BIG, nullable=False),
        sa.Column("target_id", BIG, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name="fk_endorsement_actor_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["actor.id"], name="fk_endorsement_target_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_endorsement"),
    )
    op.create_index("ix_endorsement_target_id", "endorsement", ["target_id"], unique=False)
    op.create_index("uq_endorsement", "endorsement", ["actor_id", "target_id"], unique=True)
    op.create_table(
        "mail_token",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("purpose", sa.SmallInteger(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("expires_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_mail_token_account_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name="pk_mail_token"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_mail_token_account_id", "mail_token", ["account_id"], unique=False)
    op.create_table(
        "notification_permission",
        sa.Column("owner_id", BIG, autoincrement=False, nullable=False),
        sa.Column("from_id", BIG, autoincrement=False, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["from_id"], ["actor.id"], name="fk_notification_permission_from_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["actor.id"],
            name="fk_notification_permission_owner_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("owner_id", "from_id", name="pk_notification_permission"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_notification_permission_from_id", "notification_permission", ["from_id"], unique=False
    )
    op.create_table(
        "notification_request",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("owner_id", BIG, nullable=False),
        sa.Column("from_id", BIG, nullable=False),
        sa.Column("last_post_id", BIG, nullable=True),
        sa.Column("size", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("updated_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["from_id"], ["actor.id"], name="fk_notification_request_from_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["actor.id"], name="fk_notification_request_owner_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notification_request"),
    )
    op.create_index(
        "ix_notification_request_from_id", "notification_request", ["from_id"], unique=False
    )
    op.create_index(
        "ix_notification_request_owner_id_id",
        "notification_request",
        ["owner_id", "id"],
        unique=False,
    )
    op.create_index(
        "uq_notification_request", "notification_request", ["owner_id", "from_id"], unique=True
    )
    op.create_table(
        "passkey",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", BIG, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("last_used_at", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_passkey_account_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_passkey"),
        sa.UniqueConstraint("credential_id", name="uq_passkey_credential_id"),
    )
    op.create_index("ix_passkey_account_id", "passkey", ["account_id"], unique=False)
    op.create_table(
        "tag_follow",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("actor_id", BIG, nullable=False),
        sa.Column("tag_id", BIG, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name="fk_tag_follow_actor_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["tag.id"], name="fk_tag_follow_tag_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_tag_follow"),
    )
    op.create_index("ix_tag_follow_tag_id", "tag_follow", ["tag_id"], unique=False)
    op.create_index("uq_tag_follow", "tag_follow", ["actor_id", "tag_id"], unique=True)
    op.create_table(
        "tag_use",
        sa.Column("tag_id", BIG, autoincrement=False, nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("actor_id", BIG, autoincrement=False, nullable=False),
        sa.Column("uses", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name="fk_tag_use_actor_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["tag.id"], name="fk_tag_use_tag_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tag_id", "day", "actor_id", name="pk_tag_use"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_tag_use_actor_id", "tag_use", ["actor_id"], unique=False)
    op.create_index("ix_tag_use_day", "tag_use", ["day", "tag_id"], unique=False)
    op.create_table(
        "conversation_post",
        sa.Column("conversation_id", BIG, autoincrement=False, nullable=False),
        sa.Column("post_id", BIG, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name="fk_conversation_post_conversation_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name="fk_conversation_post_post_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("conversation_id", "post_id", name="pk_conversation_post"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_conversation_post_post_id", "conversation_post", ["post_id"], unique=False)
    op.create_table(
        "draft_media",
        sa.Column("draft_id", BIG, autoincrement=False, nullable=False),
        sa.Column("media_id", BIG, autoincrement=False, nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["draft.id"], name="fk_draft_media_draft_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name="fk_draft_media_media_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("draft_id", "media_id", name="pk_draft_media"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_draft_media_media_id", "draft_media", ["media_id"], unique=False)
    op.create_table(
        "filter_keyword",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("filter_id", BIG, nullable=False),
        sa.Column("keyword", sa.Text(), nullable=False),
        sa.Column("whole_word", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.ForeignKeyConstraint(
            ["filter_id"],
            ["content_filter.id"],
            name="fk_filter_keyword_filter_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_filter_keyword"),
    )
    op.create_index("ix_filter_keyword_filter_id", "filter_keyword", ["filter_id"], unique=False)
    op.create_table(
        "filter_post",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("filter_id", BIG, nullable=False),
        sa.Column("post_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["filter_id"],
            ["content_filter.id"],
            name="fk_filter_post_filter_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name="fk_filter_post_post_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_filter_post"),
    )
    op.create_index("ix_filter_post_post_id", "filter_post", ["post_id"], unique=False)
    op.create_index("uq_filter_post", "filter_post", ["filter_id", "post_id"], unique=True)
    op.create_table(
        "push_subscription",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("token_id", BIG, nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("p256dh", sa.Text(), nullable=False),
        sa.Column("auth", sa.Text(), nullable=False),
        sa.Column("standard", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("alerts", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), server_default="all", nullable=False),
        sa.Column("failures", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name="fk_push_subscription_account_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["token_id"],
            ["oauth_token.id"],
            name="fk_push_subscription_token_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_push_subscription"),
        sa.UniqueConstraint("token_id", name="uq_push_subscription_token_id"),
    )
    op.create_index(
        "ix_push_subscription_account_id", "push_subscription", ["account_id"], unique=False
    )
    op.create_table(
        "push_waiting",
        sa.Column("subscription_id", BIG, autoincrement=False, nullable=False),
        sa.Column("notification_id", BIG, autoincrement=False, nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("send_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notification.id"],
            name="fk_push_waiting_notification_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["push_subscription.id"],
            name="fk_push_waiting_subscription_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscription_id", "notification_id", name="pk_push_waiting"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_push_waiting_notification_id", "push_waiting", ["notification_id"], unique=False
    )
    op.create_index("ix_push_waiting_send_at", "push_waiting", ["send_at"], unique=False)
    op.add_column("account", sa.Column("totp_step", BIG, nullable=True))
    op.add_column("account", sa.Column("recovery_hashes", sa.Text(), nullable=True))
    op.add_column("account", sa.Column("reason", sa.Text(), nullable=True))
    op.add_column("account", sa.Column("address", sa.Text(), nullable=True))
    op.add_column("account", sa.Column("invite_id", BIG, nullable=True))
    op.add_column("account", sa.Column("app_id", BIG, nullable=True))
    op.add_column(
        "collection",
        sa.Column("exclusive", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column(
        "invite", sa.Column("autofollow", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column(
        "media", sa.Column("state", sa.SmallInteger(), server_default="0", nullable=False)
    )
