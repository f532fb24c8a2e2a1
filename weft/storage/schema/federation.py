"""Other servers: what was heard, what is to be told, and how they fare."""

from sqlalchemy import (
    Column,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy import (
    text as sql,
)

from weft.storage.schema.tables import (
    Big,
    at,
    count,
    flag,
    id_column,
    key_ref,
    metadata,
    num_column,
    text,
)

# Any IRI, resolved in one probe; tombstones stay.
object_ = Table(
    "object",
    metadata,
    Column("uri", Text, primary_key=True),
    Column(
        "kind", SmallInteger, nullable=False
    ),  # actor, post, item, collection, message, activity
    Column("id", Big, nullable=True),
    at("deleted_at", nullable=True),
    Index("ix_object_id", "id", "kind"),
    # Markers of activities that were undone before they came: kept for days.
    Index(
        "ix_object_undone",
        "deleted_at",
        sqlite_where=sql("kind = 5"),
        postgresql_where=sql("kind = 5"),
    ),
    sqlite_with_rowid=False,
)

host = Table(
    "host",
    metadata,
    Column("name", Text, primary_key=True),
    num_column(),
    text("software", nullable=True),
    text("version", nullable=True),
    text("capabilities", nullable=True),  # JSON: signature schemes, accepted kinds
    flag("suspended"),
    flag("silenced"),
    flag("rejects_media"),
    text("public_comment", nullable=True),
    text("private_comment", nullable=True),
    at("first_seen_at"),
    at("last_seen_at", nullable=True),
    at("nodeinfo_at", nullable=True),
    flag("rejects_reports"),
)

# States: unverified -> received -> done | ignored | refused | failed (retried until given up).
inbox_log = Table(
    "inbox_log",
    metadata,
    id_column(),
    Column("activity_uri", Text, nullable=False),
    text("type"),
    text("actor_uri"),
    text("host"),
    text("key_id"),
    Column("state", SmallInteger, nullable=False),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    # Only while unverified: what the signature covers (JSON), and where it came from.
    text("request", nullable=True),
    text("source", nullable=True),
    Column("recipient_id", Big, nullable=True),  # the personal inbox it was sent to
    Column("body", LargeBinary, nullable=False),
    text("verdicts", nullable=True),  # JSON: each step's verdict
    at("received_at"),
    at("retry_at", nullable=True),
    at("done_at", nullable=True),
    Index("uq_inbox_log_activity", "activity_uri", "actor_uri", unique=True),
    # What waits: small, however long the log grows.
    Index(
        "ix_inbox_log_waiting",
        "id",
        sqlite_where=sql("state < 2"),
        postgresql_where=sql("state < 2"),
    ),
    Index("ix_inbox_log_received_at", "received_at"),
    # For the inspector: by host, and what did not end well.
    Index("ix_inbox_log_host", "host", "id"),
    Index(
        "ix_inbox_log_ended",
        "state",
        "id",
        sqlite_where=sql("state > 2"),
        postgresql_where=sql("state > 2"),
    ),
)

activity = Table(
    "activity",
    metadata,
    id_column(),
    Column("uri", Text, nullable=False, unique=True),
    Column("actor_id", Big, nullable=False),
    text("type"),
    Column("object_id", Big, nullable=True),  # the post or actor it is about
    text("event"),  # JSON: the typed event, rendered for each dialect when it is sent
    Column("visibility", SmallInteger, nullable=False),
    at("created_at"),
    Index("ix_activity_actor_id", "actor_id", "id"),
    Index("ix_activity_object_id", "object_id"),
)

# States: waiting -> delivered | given up. Rows go when delivered; what was given up stays a while.
delivery = Table(
    "delivery",
    metadata,
    key_ref("activity_id", "activity.id"),
    Column("inbox", Text, primary_key=True),
    text("host"),
    Column("state", SmallInteger, nullable=False, server_default="0"),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column("last_status", SmallInteger, nullable=True),
    text("last_error", nullable=True),
    at("created_at"),
    at("tried_at", nullable=True),
    Index(
        "ix_delivery_lane",
        "host",
        "activity_id",
        sqlite_where=sql("state = 0"),
        postgresql_where=sql("state = 0"),
    ),
    Index(
        "ix_delivery_given_up",
        "tried_at",
        sqlite_where=sql("state = 2"),
        postgresql_where=sql("state = 2"),
    ),
    sqlite_with_rowid=False,
)

# Each try of a delivery, for the inspector; outcomes: delivered, put off, given up, unanswered, not sent.
delivery_try = Table(
    "delivery_try",
    metadata,
    id_column(),
    Column("activity_id", Big, nullable=False),
    text("host"),
    text("inbox"),
    Column("outcome", SmallInteger, nullable=False),
    Column("status", SmallInteger, nullable=True),
    text("scheme", nullable=True),  # how it was signed: cavage | rfc9421
    text("error", nullable=True),
    Column("took_ms", Integer, nullable=False),
    at("tried_at"),
    Index("ix_delivery_try_activity_id", "activity_id"),
    Index("ix_delivery_try_host", "host", "id"),
)

# One lane per host: a worker leases the lane and sends in order.
lane = Table(
    "lane",
    metadata,
    Column("host", Text, primary_key=True),
    # When it may be worked on next; null when nothing waits.
    at("next_at", nullable=True),
    count("failures"),
    text("leased_by", nullable=True),
    at("leased_until_at", nullable=True),
    at("failing_since_at", nullable=True),
    at("away_since_at", nullable=True),
    at("delivered_at", nullable=True),
    text("last_error", nullable=True),
    Index(
        "ix_lane_next_at",
        "next_at",
        sqlite_where=sql("next_at IS NOT NULL"),
        postgresql_where=sql("next_at IS NOT NULL"),
    ),
    sqlite_with_rowid=False,
)

# The received form of a remote object, while it is worth its space.
raw_document = Table(
    "raw_document",
    metadata,
    Column("uri", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    at("seen_at"),
    Index("ix_raw_document_seen_at", "seen_at"),
)

# How far the fetching of a thread has come; the key is the post that somebody opened.
thread_walk = Table(
    "thread_walk",
    metadata,
    key_ref("post_id", "post.id"),
    Column("state", SmallInteger, nullable=False),  # waiting, walking, done
    count("known"),
    count("fetched"),
    text("leased_by", nullable=True),
    at("leased_until_at", nullable=True),
    at("started_at"),
    at("finished_at", nullable=True),
    Index(
        "ix_thread_walk_waiting",
        "started_at",
        sqlite_where=sql("state < 2"),
        postgresql_where=sql("state < 2"),
    ),
)

# Copies of other servers' pictures and the like, within the budget of bytes.
remote_file = Table(
    "remote_file",
    metadata,
    id_column(),
    Column("url", Text, nullable=False, unique=True),
    text("store_key", nullable=True),  # null: not kept now, or never had
    text("content_type", nullable=True),
    Column("size_bytes", Big, nullable=True),
    at("seen_at"),
    at("fetched_at", nullable=True),
    at("failed_at", nullable=True),
    text("error", nullable=True),
    Index(
        "ix_remote_file_seen_at",
        "seen_at",
        sqlite_where=sql("store_key IS NOT NULL"),
        postgresql_where=sql("store_key IS NOT NULL"),
    ),
)

# Relays that the operator chose. States: idle, pending, accepted, rejected.
relay = Table(
    "relay",
    metadata,
    id_column(),
    Column("address", Text, nullable=False, unique=True),  # as the operator gave it
    Column("kind", SmallInteger, nullable=False),  # 0: by its inbox (Mastodon), 1: LitePub
    Column("inbox", Text, nullable=False, unique=True),
    text("host"),
    # The relay's own actor: of Mastodon's kind it is known once it has answered.
    text("actor_uri", nullable=True),
    Column("actor_id", Big, nullable=True),
    Column("client_id", Big, nullable=False),  # which of our own actors follows it
    Column("state", SmallInteger, nullable=False),
    text("reason", nullable=True),
    text("follow_uri", nullable=True),  # the question that waits or was answered
    at("created_at"),
    at("changed_at"),
    Index("ix_relay_actor_uri", "actor_uri"),
    Index("ix_relay_follow_uri", "follow_uri"),
    Index("ix_relay_state", "state", "kind"),
)
