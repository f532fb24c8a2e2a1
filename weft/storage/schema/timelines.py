"""What is kept per owner: home entries (hints only), notifications, read markers."""

from sqlalchemy import Column, Index, Integer, SmallInteger, Table, Text

from weft.storage.schema.tables import (
    Big,
    at,
    count,
    flag,
    id_column,
    key_ref,
    metadata,
    ref,
    text,
)

home_entry = Table(
    "home_entry",
    metadata,
    Column("owner_id", Big, primary_key=True, autoincrement=False),
    key_ref("post_id", "post.id"),
    Index("ix_home_entry_post_id", "post_id"),
    sqlite_with_rowid=False,
)

notification = Table(
    "notification",
    metadata,
    id_column(),
    ref("owner_id", "actor.id"),
    Column("kind", SmallInteger, nullable=False),
    Column("from_id", Big, nullable=False),
    ref("post_id", "post.id", nullable=True),
    text("group_key", nullable=True),
    flag("filtered"),
    at("created_at"),
    # What it tells of, where that is no post: a report, a strike or a severance, by its kind.
    Column("about_id", Big, nullable=True),
    Index("ix_notification_owner_id_id", "owner_id", "id"),
    Index("ix_notification_kind", "owner_id", "kind", "post_id", "id"),
    Index("ix_notification_group_key", "owner_id", "group_key", "id"),
    Index("ix_notification_from_id", "owner_id", "from_id", "id"),
    Index("uq_notification", "owner_id", "kind", "from_id", "post_id", unique=True),
    Index("ix_notification_post_id", "post_id"),
)

marker = Table(
    "marker",
    metadata,
    Column("owner_id", Big, primary_key=True, autoincrement=False),
    Column("timeline", Text, primary_key=True),
    Column("last_read_id", Big, nullable=False),
    Column("version", Integer, nullable=False, server_default="0"),
    at("updated_at"),
    sqlite_with_rowid=False,
)

# What an owner does with notifications of people who are strangers in some way: 0 lets them
# through, 1 lets them wait, 2 drops them. Who never chose has no row.
notification_policy = Table(
    "notification_policy",
    metadata,
    key_ref("owner_id", "actor.id"),
    Column("not_following", SmallInteger, nullable=False),
    Column("not_followers", SmallInteger, nullable=False),
    Column("new_accounts", SmallInteger, nullable=False),
    Column("private_mentions", SmallInteger, nullable=False),
    Column("limited_accounts", SmallInteger, nullable=False),
    Column("bots", SmallInteger, nullable=False),
)

# Follows that ended for somebody at one blow: a domain or an account was suspended, or they blocked
# a domain.
severance = Table(
    "severance",
    metadata,
    id_column(),
    ref("owner_id", "actor.id"),
    Column("kind", SmallInteger, nullable=False),
    text("target_name"),
    count("followers"),
    count("following"),
    flag("purged"),
    at("created_at"),
    Index("ix_severance_owner_id", "owner_id", "id"),
)

# Whose notifications wait until the owner looks at them (notification policy).
# ``size`` is not kept up: how many wait is counted when somebody asks.
notification_request = Table(
    "notification_request",
    metadata,
    id_column(),
    ref("owner_id", "actor.id"),
    ref("from_id", "actor.id"),
    Column("last_post_id", Big, nullable=True),
    count("size"),
    at("created_at"),
    at("updated_at"),
    Index("uq_notification_request", "owner_id", "from_id", unique=True),
    Index("ix_notification_request_owner_id_id", "owner_id", "id"),
    Index("ix_notification_request_from_id", "from_id"),
)

# Whom the owner lets through, whatever the policy says.
notification_permission = Table(
    "notification_permission",
    metadata,
    key_ref("owner_id", "actor.id"),
    key_ref("from_id", "actor.id"),
    at("created_at"),
    Index("ix_notification_permission_from_id", "from_id"),
    sqlite_with_rowid=False,
)

# A thread of direct posts, as one of its people has it before them.
conversation = Table(
    "conversation",
    metadata,
    id_column(),
    ref("owner_id", "actor.id"),
    Column("root_id", Big, nullable=False),
    text("people"),  # sorted ids of the others, with commas
    Column("last_post_id", Big, nullable=True),
    flag("unread"),
    Index("uq_conversation", "owner_id", "root_id", "people", unique=True),
    Index("ix_conversation_owner_id_last_post_id", "owner_id", "last_post_id"),
    Index("ix_conversation_root_id", "root_id"),
)

conversation_post = Table(
    "conversation_post",
    metadata,
    key_ref("conversation_id", "conversation.id"),
    key_ref("post_id", "post.id"),
    Index("ix_conversation_post_post_id", "post_id"),
    sqlite_with_rowid=False,
)

# What somebody does not want to read. ``filter`` is a function in Python.
content_filter = Table(
    "content_filter",
    metadata,
    id_column(),
    ref("owner_id", "actor.id"),
    text("title"),
    Column(
        "contexts", SmallInteger, nullable=False
    ),  # bits: home, notifications, public, thread, account
    Column("action", SmallInteger, nullable=False),  # warn, hide, blur
    at("created_at"),
    at("updated_at"),
    at("expires_at", nullable=True),
    Index("ix_content_filter_owner_id", "owner_id", "id"),
)

filter_keyword = Table(
    "filter_keyword",
    metadata,
    id_column(),
    ref("filter_id", "content_filter.id"),
    text("keyword"),
    flag("whole_word", default=True),
    Index("ix_filter_keyword_filter_id", "filter_id"),
)

filter_post = Table(
    "filter_post",
    metadata,
    id_column(),
    ref("filter_id", "content_filter.id"),
    ref("post_id", "post.id"),
    Index("uq_filter_post", "filter_id", "post_id", unique=True),
    Index("ix_filter_post_post_id", "post_id"),
)
