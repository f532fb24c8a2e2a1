"""What moderators keep: lists of servers, follows that were cut, what was reviewed."""

from sqlalchemy import Boolean, Column, Index, Integer, SmallInteger, Table, Text

from weft.storage.schema.tables import Big, at, count, flag, id_column, key_ref, metadata, ref, text

# Whom we talk with where the server talks with nobody else.
domain_allow = Table(
    "domain_allow",
    metadata,
    id_column(),
    Column("domain", Text, nullable=False, unique=True),
    at("created_at"),
)

# A list of servers to block, kept by somebody else.
domain_list = Table(
    "domain_list",
    metadata,
    id_column(),
    Column("name", Text, nullable=False, unique=True),
    # How many lists must name a domain, this one included, before this one counts.
    Column("needs", SmallInteger, nullable=False, server_default="1"),
    at("created_at"),
    at("updated_at"),
)

domain_list_entry = Table(
    "domain_list_entry",
    metadata,
    key_ref("list_id", "domain_list.id"),
    Column("domain", Text, primary_key=True),
    Column("severity", SmallInteger, nullable=False),
    flag("rejects_media"),
    flag("rejects_reports"),
    flag("obfuscated"),
    text("public_comment", nullable=True),
    at("created_at"),
    Index("ix_domain_list_entry_domain", "domain"),
    sqlite_with_rowid=False,
)

# That follows were cut by a decision: who lost whom, so that they can be told, and get them back.
severing = Table(
    "severing",
    metadata,
    id_column(),
    Column("kind", SmallInteger, nullable=False),  # domain block, own domain block, suspension
    text("target"),  # a domain, or a handle
    at("created_at"),
    at("restored_at", nullable=True),
    Index("ix_severing_target", "target", "id"),
)

severed_follow = Table(
    "severed_follow",
    metadata,
    id_column(),
    ref("severance_id", "severing.id"),
    Column("owner_id", Big, nullable=False),  # the person here
    Column("other_id", Big, nullable=False),
    flag("incoming"),  # the other followed the owner
    text("uri"),
    flag("shows_boosts", default=True),
    flag("notifies"),
    text("languages", nullable=True),
    at("created_at"),
    Index("ix_severed_follow_severance_id", "severance_id", "owner_id", "id"),
    Index("ix_severed_follow_owner_id", "owner_id"),
    Index("ix_severed_follow_other_id", "other_id"),
)

# Who tried to join with an address of a blocked provider, by day (days since 1970-01-01 UTC).
email_domain_attempt = Table(
    "email_domain_attempt",
    metadata,
    key_ref("block_id", "email_domain_block.id"),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("address", Text, primary_key=True),
    count("uses"),
    sqlite_with_rowid=False,
)

# What moderators said of a hashtag, a post or a page: may it be a trend?
trend_review = Table(
    "trend_review",
    metadata,
    Column("kind", SmallInteger, primary_key=True, autoincrement=False),  # tag, post, card
    Column("target_id", Big, primary_key=True, autoincrement=False),
    Column("allowed", Boolean, nullable=False),
    Column("account_id", Big, nullable=True),
    at("reviewed_at"),
    sqlite_with_rowid=False,
)

# Where pages come from, and whether they may be trends at all; null: nobody has said.
card_publisher = Table(
    "card_publisher",
    metadata,
    id_column(),
    Column("domain", Text, nullable=False, unique=True),
    Column("allowed", Boolean, nullable=True),
    at("reviewed_at", nullable=True),
    at("created_at"),
)

# Who of us was here on which day: for numbers only; short-lived.
account_day = Table(
    "account_day",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    key_ref("account_id", "account.id"),
    Index("ix_account_day_account_id", "account_id"),
    sqlite_with_rowid=False,
)

# Whoever can write to the database through Weft cannot change what was written down here.
AUDIT_TRIGGERS = {
    "sqlite": (
        "CREATE TRIGGER audit_log_stays BEFORE UPDATE ON audit_log"
        " BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END",
        "CREATE TRIGGER audit_log_is_kept BEFORE DELETE ON audit_log"
        " BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'the audit log is never changed'; END $$",
        "CREATE TRIGGER audit_log_stays BEFORE UPDATE OR DELETE ON audit_log"
        " FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()",
    ),
}
