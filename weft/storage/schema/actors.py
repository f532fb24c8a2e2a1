"""Who acts: people, groups, services, applications, organisations; local and remote alike."""

from sqlalchemy import Column, Index, Integer, LargeBinary, SmallInteger, Table, Text
from sqlalchemy import text as sql

from weft.storage.schema.tables import (
    Big,
    at,
    count,
    flag,
    id_column,
    key_ref,
    metadata,
    num_column,
    ref,
    text,
)

actor = Table(
    "actor",
    metadata,
    id_column(),
    num_column(),
    Column("kind", SmallInteger, nullable=False),
    flag("local"),
    Column("uri", Text, nullable=False, unique=True),
    # username@handle-domain, case-folded; "handle domain" and "host" may differ.
    text("handle"),
    text("username"),
    text("domain"),
    text("host"),
    text("url"),
    text("inbox"),
    text("shared_inbox", nullable=True),
    text("outbox", nullable=True),
    text("followers_uri", nullable=True),
    text("following_uri", nullable=True),
    text("featured_uri", nullable=True),
    text("name", default=""),
    text("summary", default=""),
    text("summary_source", nullable=True),
    text("icon_url", nullable=True),
    text("header_url", nullable=True),
    flag("locked"),
    flag("discoverable"),
    flag("indexable"),
    flag("sensitive"),
    flag("hides_network"),
    # JSON: fields, emojis, tags, alt texts, also_known_as, attribution_domains, capabilities ...
    text("facets", nullable=True),
    Column("moved_to_id", Big, nullable=True),
    Column("revision", Integer, nullable=False, server_default="1"),
    at("published_at"),
    at("arrived_at"),
    at("refreshed_at", nullable=True),
    at("silenced_at", nullable=True),
    at("suspended_at", nullable=True),
    at("deleted_at", nullable=True),
    at("walked_at", nullable=True),  # when its outbox and featured posts were last read
    at("sensitized_at", nullable=True),  # a moderator has marked all its media as sensitive
    flag("suspended_by_origin"),  # its own server suspended it, which only that may lift
    Index("ix_actor_handle", "handle"),
    Index("ix_actor_host", "host"),
    Index(
        "ix_actor_suspended_at",
        "suspended_at",
        sqlite_where=sql("suspended_at IS NOT NULL"),
        postgresql_where=sql("suspended_at IS NOT NULL"),
    ),
    Index(
        "uq_actor_local_handle",
        "handle",
        unique=True,
        sqlite_where=sql("local"),
        postgresql_where=sql("local"),
    ),
)

actor_key = Table(
    "actor_key",
    metadata,
    id_column(),
    ref("actor_id", "actor.id"),
    Column("key_id", Text, nullable=False, unique=True),
    text("algorithm"),  # rsa | ed25519
    text("public_pem"),
    # Encrypted with the key outside the database; only for local actors.
    Column("private_sealed", LargeBinary, nullable=True),
    at("created_at"),
    at("expires_at", nullable=True),
    at("revoked_at", nullable=True),
    Index("ix_actor_key_actor_id", "actor_id"),
)

actor_stats = Table(
    "actor_stats",
    metadata,
    key_ref("actor_id", "actor.id"),
    count("followers"),
    count("following"),
    count("posts"),
    # What the origin says of itself; the larger of both is shown.
    count("origin_followers"),
    count("origin_following"),
    count("origin_posts"),
    at("last_post_at", nullable=True),
)

# What makes a group a community, a channel or a category.
community = Table(
    "community",
    metadata,
    key_ref("actor_id", "actor.id"),
    text("title"),
    flag("nsfw"),
    flag("only_moderators_post"),
    flag("removed"),
    flag("hidden"),
    text("moderators_uri", nullable=True),
    count("subscribers"),
    count("local_subscribers"),
    count("threads"),
    count("comments"),
)

community_moderator = Table(
    "community_moderator",
    metadata,
    key_ref("community_id", "actor.id"),
    key_ref("actor_id", "actor.id"),
    at("created_at"),
)

community_ban = Table(
    "community_ban",
    metadata,
    key_ref("community_id", "actor.id"),
    key_ref("actor_id", "actor.id"),
    text("reason", nullable=True),
    at("created_at"),
    at("expires_at", nullable=True),
)

# What moderators did in a community, of this server or another, with their reason.
community_log = Table(
    "community_log",
    metadata,
    id_column(),
    ref("community_id", "actor.id"),
    ref("moderator_id", "actor.id", nullable=True, cascade=False),
    Column("action", SmallInteger, nullable=False),  # domain/communities/records.py: Action
    text("object_uri"),  # the post or person
    text("reason", nullable=True),
    at("created_at"),
    Index("ix_community_log_community_id", "community_id", "id"),
    Index("ix_community_log_moderator_id", "moderator_id"),
    Index("ix_community_log_object_uri", "object_uri", "id"),
)
