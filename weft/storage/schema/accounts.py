"""People of this server, and what they let into their account."""

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, SmallInteger, Table, Text
from sqlalchemy import text as sql

from weft.storage.schema.tables import Big, at, flag, id_column, key_ref, metadata, ref, text

account = Table(
    "account",
    metadata,
    id_column(),
    Column("actor_id", Big, nullable=False, unique=True),
    Column("email", Text, nullable=True, unique=True),
    text("password_hash", nullable=True),
    Column("role", SmallInteger, nullable=False, server_default="0"),
    text("locale", nullable=True),
    text("settings", nullable=True),  # JSON: default visibility, language, content settings ...
    Column("totp_sealed", LargeBinary, nullable=True),
    at("created_at"),
    at("confirmed_at", nullable=True),
    at("approved_at", nullable=True),
    at("disabled_at", nullable=True),
    at("last_active_at", nullable=True),
    # The last time step whose code was taken: a code that was seen is used once (RFC 6238, 5.2).
    Column("totp_step", Big, nullable=True),
    text("recovery_hashes", nullable=True),  # JSON array: codes for who lost the second factor
    text("reason", nullable=True),  # why they want to join, for who approves
    text("address", nullable=True),  # where they signed up from
    Column("invite_id", Big, nullable=True),
    Column("app_id", Big, nullable=True),  # the application that they signed up with
    # The last notification that a letter has told of; null: this person wants no such letters.
    Column("mails_after", Big, nullable=True),
    Index(
        "ix_account_mails_after",
        "id",
        sqlite_where=sql("mails_after IS NOT NULL"),
        postgresql_where=sql("mails_after IS NOT NULL"),
    ),
)

oauth_app = Table(
    "oauth_app",
    metadata,
    id_column(),
    Column("client_id", Text, nullable=False, unique=True),
    text("secret_hash"),
    text("name"),
    text("website", nullable=True),
    text("redirect_uris"),  # JSON array
    text("scopes"),
    text("family"),
    at("created_at"),
)

oauth_code = Table(
    "oauth_code",
    metadata,
    Column("code_hash", Text, primary_key=True),
    ref("app_id", "oauth_app.id"),
    ref("account_id", "account.id"),
    text("redirect_uri"),
    text("scopes"),
    text("challenge", nullable=True),
    at("created_at"),
    at("expires_at"),
    at("used_at", nullable=True),
    sqlite_with_rowid=False,
)

oauth_token = Table(
    "oauth_token",
    metadata,
    id_column(),
    Column("token_hash", Text, nullable=False, unique=True),
    ref("app_id", "oauth_app.id", nullable=True),
    ref("account_id", "account.id", nullable=True),
    # The code it was issued for: when a code is presented twice, its tokens are revoked.
    text("code_hash", nullable=True),
    text("scopes"),
    text("family"),
    at("created_at"),
    at("last_used_at", nullable=True),
    at("expires_at", nullable=True),
    at("revoked_at", nullable=True),
    Index("ix_oauth_token_account_id", "account_id"),
    Index("ix_oauth_token_app_id", "app_id"),
    Index("ix_oauth_token_code_hash", "code_hash"),
)

web_session = Table(
    "web_session",
    metadata,
    id_column(),
    Column("token_hash", Text, nullable=False, unique=True),
    ref("account_id", "account.id"),
    text("user_agent", nullable=True),
    text("address", nullable=True),
    at("created_at"),
    at("last_seen_at"),
    at("expires_at"),
    Index("ix_web_session_account_id", "account_id"),
)

invite = Table(
    "invite",
    metadata,
    id_column(),
    Column("code_hash", Text, nullable=False, unique=True),
    ref("account_id", "account.id", nullable=True),
    Column("uses_left", SmallInteger, nullable=True),
    flag("admin"),
    at("created_at"),
    at("expires_at", nullable=True),
    flag("autofollow"),
)

# What a person proves by opening a link that was mailed to them: confirm, reset, new address.
mail_token = Table(
    "mail_token",
    metadata,
    Column("token_hash", Text, primary_key=True),
    ref("account_id", "account.id"),
    Column("purpose", SmallInteger, nullable=False),
    text("email"),
    at("created_at"),
    at("expires_at"),
    Index("ix_mail_token_account_id", "account_id"),
    sqlite_with_rowid=False,
)

# Letters that wait for the mail server; they go when it has taken them.
mail_letter = Table(
    "mail_letter",
    metadata,
    id_column(),
    text("recipient"),
    text("subject"),
    text("body"),
    Column("state", SmallInteger, nullable=False, server_default="0"),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    text("last_error", nullable=True),
    at("created_at"),
    at("send_at"),
    text("unsubscribe_url", nullable=True),  # one click ends letters of this kind (RFC 8058)
    Index(
        "ix_mail_letter_waiting",
        "send_at",
        sqlite_where=sql("state = 0"),
        postgresql_where=sql("state = 0"),
    ),
)

passkey = Table(
    "passkey",
    metadata,
    id_column(),
    ref("account_id", "account.id"),
    Column("credential_id", LargeBinary, nullable=False, unique=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", Big, nullable=False),
    text("name"),
    at("created_at"),
    at("last_used_at", nullable=True),
    Index("ix_passkey_account_id", "account_id"),
)

# Where an application of a person wants to be told of what happens (Web Push). One for each token.
push_subscription = Table(
    "push_subscription",
    metadata,
    id_column(),
    Column(
        "token_id",
        Big,
        ForeignKey("oauth_token.id", ondelete="CASCADE"),
        nullable=False,
        unique=True,
    ),
    ref("account_id", "account.id"),
    text("endpoint"),
    text("p256dh"),
    text("auth"),
    flag("standard"),  # RFC 8291, else its draft
    text("alerts"),  # JSON array: names of notification types
    text("policy", default="all"),  # all, followed, follower, none
    Column("failures", SmallInteger, nullable=False, server_default="0"),
    at("created_at"),
    Column("token_sealed", LargeBinary, nullable=True),  # applications expect it in each message
    Index("ix_push_subscription_account_id", "account_id"),
)

# Notifications that wait to be pushed.
push_waiting = Table(
    "push_waiting",
    metadata,
    key_ref("subscription_id", "push_subscription.id"),
    key_ref("notification_id", "notification.id"),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    at("send_at"),
    Index("ix_push_waiting_send_at", "send_at"),
    Index("ix_push_waiting_notification_id", "notification_id"),
    sqlite_with_rowid=False,
)

# What was answered to a request that a client may repeat (Idempotency-Key).
idempotency = Table(
    "idempotency",
    metadata,
    key_ref("account_id", "account.id"),
    Column("key", Text, primary_key=True),
    Column("post_id", Big, nullable=False),
    at("created_at"),
    sqlite_with_rowid=False,
)
