"""People of this server, and what they let into their account."""

from sqlalchemy import Column, Index, LargeBinary, SmallInteger, Table, Text

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
