"""Actors, accounts, relations."""

import sqlalchemy as sa
from alembic import op

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def create() -> None:
    """Make the tables and indexes as they were in the first release."""
    op.create_table(
        "account",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("actor_id", BIG, nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("role", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column("settings", sa.Text(), nullable=True),
        sa.Column("totp_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("confirmed_at", BIG, nullable=True),
        sa.Column("approved_at", BIG, nullable=True),
        sa.Column("disabled_at", BIG, nullable=True),
        sa.Column("last_active_at", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("actor_id", name="uq_account_actor_id"),
        sa.UniqueConstraint("email", name="uq_account_email"),
    )
    op.create_table(
        "actor",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("num", sa.Integer(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("local", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("inbox", sa.Text(), nullable=False),
        sa.Column("shared_inbox", sa.Text(), nullable=True),
        sa.Column("outbox", sa.Text(), nullable=True),
        sa.Column("followers_uri", sa.Text(), nullable=True),
        sa.Column("following_uri", sa.Text(), nullable=True),
        sa.Column("featured_uri", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("summary", sa.Text(), server_default="", nullable=False),
        sa.Column("summary_source", sa.Text(), nullable=True),
        sa.Column("icon_url", sa.Text(), nullable=True),
        sa.Column("header_url", sa.Text(), nullable=True),
        sa.Column("locked", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("discoverable", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("indexable", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("sensitive", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("hides_network", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("facets", sa.Text(), nullable=True),
        sa.Column("moved_to_id", BIG, nullable=True),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("published_at", BIG, nullable=False),
        sa.Column("arrived_at", BIG, nullable=False),
        sa.Column("refreshed_at", BIG, nullable=True),
        sa.Column("silenced_at", BIG, nullable=True),
        sa.Column("suspended_at", BIG, nullable=True),
        sa.Column("deleted_at", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_actor"),
        sa.UniqueConstraint("num", name="uq_actor_num"),
        sa.UniqueConstraint("uri", name="uq_actor_uri"),
    )
    op.create_index("ix_actor_handle", "actor", ["handle"], unique=False)
    op.create_index("ix_actor_host", "actor", ["host"], unique=False)
    op.create_index(
        "uq_actor_local_handle",
        "actor",
        ["handle"],
        unique=True,
        sqlite_where=sa.text("local"),
        postgresql_where=sa.text("local"),
    )
    op.create_table(
        "oauth_app",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("redirect_uris", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_oauth_app"),
        sa.UniqueConstraint("client_id", name="uq_oauth_app_client_id"),
    )
    op.create_table(
        "thread_mute",
        sa.Column("actor_id", BIG, autoincrement=False, nullable=False),
        sa.Column("root_id", BIG, autoincrement=False, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("actor_id", "root_id", name="pk_thread_mute"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "actor_key",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("actor_id", BIG, nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("public_pem", sa.Text(), nullable=False),
        sa.Column("private_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("expires_at", BIG, nullable=True),
        sa.Column("revoked_at", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name="fk_actor_key_actor_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_actor_key"),
        sa.UniqueConstraint("key_id", name="uq_actor_key_key_id"),
    )
    op.create_index("ix_actor_key_actor_id", "actor_key", ["actor_id"], unique=False)
    op.create_table(
        "actor_stats",
        sa.Column("actor_id", BIG, autoincrement=False, nullable=False),
        sa.Column("followers", sa.Integer(), server_default="0", nullable=False),
        sa.Column("following", sa.Integer(), server_default="0", nullable=False),
        sa.Column("posts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("origin_followers", sa.Integer(), server_default="0", nullable=False),
        sa.Column("origin_following", sa.Integer(), server_default="0", nullable=False),
        sa.Column("origin_posts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_post_at", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name="fk_actor_stats_actor_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("actor_id", name="pk_actor_stats"),
    )
    op.create_table(
        "block",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("actor_id", BIG, nullable=False),
        sa.Column("target_id", BIG, nullable=False),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name="fk_block_actor_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["actor.id"], name="fk_block_target_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_block"),
    )
    op.create_index("ix_block_target_id", "block", ["target_id", "actor_id"], unique=False)
    op.create_index("uq_block", "block", ["actor_id", "target_id"], unique=True)
    op.create_index(
        "uq_block_uri",
        "block",
        ["uri"],
        unique=True,
        sqlite_where=sa.text("uri IS NOT NULL"),
        postgresql_where=sa.text("uri IS NOT NULL"),
    )
    op.create_table(
        "community",
        sa.Column("actor_id", BIG, autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("nsfw", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("only_moderators_post", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("removed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("hidden", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("moderators_uri", sa.Text(), nullable=True),
        sa.Column("subscribers", sa.Integer(), server_default="0", nullable=False),
        sa.Column("local_subscribers", sa.Integer(), server_default="0", nullable=False),
        sa.Column("threads", sa.Integer(), server_default="0", nullable=False),
        sa.Column("comments", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name="fk_community_actor_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("actor_id", name="pk_community"),
    )
    op.create_table(
        "community_ban",
        sa.Column("community_id", BIG, autoincrement=False, nullable=False),
        sa.Column("actor_id", BIG, autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("expires_at", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name="fk_community_ban_actor_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["community_id"], ["actor.id"], name="fk_community_ban_community_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("community_id", "actor_id", name="pk_community_ban"),
    )
    op.create_table(
        "community_moderator",
        sa.Column("community_id", BIG, autoincrement=False, nullable=False),
        sa.Column("actor_id", BIG, autoincrement=False, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name="fk_community_moderator_actor_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["community_id"],
            ["actor.id"],
            name="fk_community_moderator_community_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("community_id", "actor_id", name="pk_community_moderator"),
    )
    op.create_table(
        "follow",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("follower_id", BIG, nullable=False),
        sa.Column("target_id", BIG, nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("shows_boosts", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("notifies", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("languages", sa.Text(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("accepted_at", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["follower_id"], ["actor.id"], name="fk_follow_follower_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["actor.id"], name="fk_follow_target_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_follow"),
    )
    op.create_index("ix_follow_follower_id", "follow", ["follower_id", "state", "id"], unique=False)
    op.create_index("ix_follow_target_id", "follow", ["target_id", "state", "id"], unique=False)
    op.create_index("uq_follow", "follow", ["follower_id", "target_id"], unique=True)
    op.create_index("uq_follow_uri", "follow", ["uri"], unique=True)
    op.create_table(
        "host_block",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("actor_id", BIG, nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name="fk_host_block_actor_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_host_block"),
    )
    op.create_index("uq_host_block", "host_block", ["actor_id", "host"], unique=True)
    op.create_table(
        "idempotency",
        sa.Column("account_id", BIG, autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("post_id", BIG, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_idempotency_account_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "key", name="pk_idempotency"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "invite",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("account_id", BIG, nullable=True),
        sa.Column("uses_left", sa.SmallInteger(), nullable=True),
        sa.Column("admin", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("expires_at", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_invite_account_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_invite"),
        sa.UniqueConstraint("code_hash", name="uq_invite_code_hash"),
    )
    op.create_table(
        "mute",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("actor_id", BIG, nullable=False),
        sa.Column("target_id", BIG, nullable=False),
        sa.Column("hides_notifications", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("expires_at", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["actor.id"], name="fk_mute_actor_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["actor.id"], name="fk_mute_target_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_mute"),
    )
    op.create_index("ix_mute_target_id", "mute", ["target_id"], unique=False)
    op.create_index("uq_mute", "mute", ["actor_id", "target_id"], unique=True)
    op.create_table(
        "oauth_code",
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("app_id", BIG, nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("challenge", sa.Text(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("expires_at", BIG, nullable=False),
        sa.Column("used_at", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_oauth_code_account_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["app_id"], ["oauth_app.id"], name="fk_oauth_code_app_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("code_hash", name="pk_oauth_code"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "oauth_token",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("app_id", BIG, nullable=True),
        sa.Column("account_id", BIG, nullable=True),
        sa.Column("code_hash", sa.Text(), nullable=True),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("last_used_at", BIG, nullable=True),
        sa.Column("expires_at", BIG, nullable=True),
        sa.Column("revoked_at", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_oauth_token_account_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["app_id"], ["oauth_app.id"], name="fk_oauth_token_app_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_oauth_token"),
        sa.UniqueConstraint("token_hash", name="uq_oauth_token_token_hash"),
    )
    op.create_index("ix_oauth_token_account_id", "oauth_token", ["account_id"], unique=False)
    op.create_index("ix_oauth_token_app_id", "oauth_token", ["app_id"], unique=False)
    op.create_index("ix_oauth_token_code_hash", "oauth_token", ["code_hash"], unique=False)
    op.create_table(
        "web_session",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("created_at", BIG, nullable=False),
        sa.Column("last_seen_at", BIG, nullable=False),
        sa.Column("expires_at", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_web_session_account_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_web_session"),
        sa.UniqueConstraint("token_hash", name="uq_web_session_token_hash"),
    )
    op.create_index("ix_web_session_account_id", "web_session", ["account_id"], unique=False)
