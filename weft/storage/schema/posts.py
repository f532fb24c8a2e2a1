"""What is said: posts of every kind, who they are for, what hangs on them."""

from sqlalchemy import (
    Column,
    Float,
    Index,
    Integer,
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
    ref,
    text,
)

post = Table(
    "post",
    metadata,
    id_column(),
    num_column(),
    Column("kind", SmallInteger, nullable=False),
    flag("local"),
    Column("uri", Text, nullable=False, unique=True),
    text("url", nullable=True),
    Column("author_id", Big, nullable=False),
    Column("visibility", SmallInteger, nullable=False),
    flag("local_only"),
    Column("in_reply_to_id", Big, nullable=True),
    text("in_reply_to_uri", nullable=True),
    Column("in_reply_to_author_id", Big, nullable=True),
    Column("root_id", Big, nullable=True),
    text("context_uri", nullable=True),
    Column("boost_of_id", Big, nullable=True),
    Column("quote_of_id", Big, nullable=True),
    Column("quote_state", SmallInteger, nullable=True),
    text("title", nullable=True),
    text("summary", nullable=True),  # the content warning, where the platform means one
    flag("sensitive"),
    text("content", default=""),  # sanitised HTML
    Column("sanitiser", SmallInteger, nullable=False, server_default="0"),
    text("source", nullable=True),
    text("source_format", nullable=True),
    text("language", nullable=True),
    text("link_url", nullable=True),
    # JSON: emojis, interaction policy, chapters, rating, book, place, event times ...
    text("facets", nullable=True),
    Column("app_id", Big, nullable=True),
    Column("revision", Integer, nullable=False, server_default="1"),
    at("published_at"),
    at("arrived_at"),
    at("edited_at", nullable=True),
    # Deleted while its author was under a legal hold: nobody sees it, and it is kept.
    at("withheld_at", nullable=True),
    Index("ix_post_author_id_id", "author_id", "id"),
    Index(
        "ix_post_withheld",
        "author_id",
        sqlite_where=sql("withheld_at IS NOT NULL"),
        postgresql_where=sql("withheld_at IS NOT NULL"),
    ),
    Index("ix_post_in_reply_to_id", "in_reply_to_id"),
    Index("ix_post_root_id_id", "root_id", "id"),
    Index(
        "ix_post_in_reply_to_uri",
        "in_reply_to_uri",
        sqlite_where=sql("in_reply_to_id IS NULL AND in_reply_to_uri IS NOT NULL"),
        postgresql_where=sql("in_reply_to_id IS NULL AND in_reply_to_uri IS NOT NULL"),
    ),
    Index(
        "uq_post_boost",
        "boost_of_id",
        "author_id",
        unique=True,
        sqlite_where=sql("boost_of_id IS NOT NULL"),
        postgresql_where=sql("boost_of_id IS NOT NULL"),
    ),
    Index(
        "ix_post_quote_of_id",
        "quote_of_id",
        sqlite_where=sql("quote_of_id IS NOT NULL"),
        postgresql_where=sql("quote_of_id IS NOT NULL"),
    ),
    # The public timeline: original posts that anybody may see, newest first.
    Index(
        "ix_post_public",
        "id",
        sqlite_where=sql("visibility = 0 AND boost_of_id IS NULL"),
        postgresql_where=sql("visibility = 0 AND boost_of_id IS NULL"),
    ),
    Index(
        "ix_post_public_local",
        "id",
        sqlite_where=sql("visibility = 0 AND boost_of_id IS NULL AND local"),
        postgresql_where=sql("visibility = 0 AND boost_of_id IS NULL AND local"),
    ),
)

post_edit = Table(
    "post_edit",
    metadata,
    key_ref("post_id", "post.id"),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    text("title", nullable=True),
    text("summary", nullable=True),
    flag("sensitive"),
    text("content"),
    text("source", nullable=True),
    text("facets", nullable=True),  # JSON: attachments, poll options as they were
    at("created_at"),
)

# The named people of a post, and the communities or channels it was sent to.
post_audience = Table(
    "post_audience",
    metadata,
    key_ref("post_id", "post.id"),
    Column("actor_id", Big, primary_key=True, autoincrement=False),
    Column("role", SmallInteger, nullable=False),  # mention, silent, community, channel
    Index("ix_post_audience_actor_id", "actor_id", "role", "post_id"),
    sqlite_with_rowid=False,
)

post_stats = Table(
    "post_stats",
    metadata,
    key_ref("post_id", "post.id"),
    count("replies"),
    count("boosts"),
    count("likes"),
    count("dislikes"),
    count("reactions"),
    count("quotes"),
    count("origin_replies"),
    count("origin_boosts"),
    count("origin_likes"),
    Column("hotness", Float, nullable=False, server_default="0"),
    at("active_at", nullable=True),
    count("views"),  # of a video, as far as they were told one by one
    count("viewers"),  # of a stream, until then:
    at("viewers_until_at", nullable=True),
)

# What a post quotes, as it says itself; quote_of_id and quote_state of the post are what became of it.
quote = Table(
    "quote",
    metadata,
    key_ref("post_id", "post.id"),
    text("target_uri"),
    text("stamp_uri", nullable=True),  # the QuoteAuthorization (FEP-044f)
    text("request_uri", nullable=True),
    Index("ix_quote_target_uri", "target_uri"),
    Index(
        "uq_quote_stamp_uri",
        "stamp_uri",
        unique=True,
        sqlite_where=sql("stamp_uri IS NOT NULL"),
        postgresql_where=sql("stamp_uri IS NOT NULL"),
    ),
)

# What a link leads to, told by the page itself.
card = Table(
    "card",
    metadata,
    id_column(),
    Column("url", Text, nullable=False, unique=True),
    Column("state", SmallInteger, nullable=False),  # waiting, fetched, nothing there
    text("kind", default="link"),  # link, photo, video, rich
    text("title", default=""),
    text("description", default=""),
    text("author_name", default=""),
    text("author_url", default=""),
    text("provider_name", default=""),
    text("provider_url", default=""),
    text("image_url", nullable=True),
    text("image_description", default=""),
    Column("width", Integer, nullable=True),
    Column("height", Integer, nullable=True),
    text("language", nullable=True),
    at("published_at", nullable=True),
    at("fetched_at", nullable=True),
    at("created_at"),
    # An actor's id, who may be gone: whom the page names as its author.
    Column("creator_id", Big, nullable=True),
    Index(
        "ix_card_waiting",
        "created_at",
        sqlite_where=sql("state = 0"),
        postgresql_where=sql("state = 0"),
    ),
)

post_card = Table(
    "post_card",
    metadata,
    key_ref("post_id", "post.id"),
    ref("card_id", "card.id"),
    Index("ix_post_card_card_id", "card_id"),
)

tag = Table(
    "tag",
    metadata,
    id_column(),
    Column("name", Text, nullable=False, unique=True),  # normalised
    text("display"),
    at("created_at"),
)

post_tag = Table(
    "post_tag",
    metadata,
    key_ref("tag_id", "tag.id"),
    key_ref("post_id", "post.id"),
    Index("ix_post_tag_post_id", "post_id"),
    sqlite_with_rowid=False,
)

# Who used a tag on which day (days since 1970-01-01 UTC): for its history; short-lived.
tag_use = Table(
    "tag_use",
    metadata,
    key_ref("tag_id", "tag.id"),
    Column("day", Integer, primary_key=True, autoincrement=False),
    key_ref("actor_id", "actor.id"),
    count("uses"),
    Index("ix_tag_use_day", "day", "tag_id"),
    Index("ix_tag_use_actor_id", "actor_id"),
    sqlite_with_rowid=False,
)

# Small pictures of this server that are written as :shortcode:.
custom_emoji = Table(
    "custom_emoji",
    metadata,
    id_column(),
    Column("shortcode", Text, nullable=False, unique=True),
    text("store_key"),
    text("static_key", nullable=True),
    text("content_type"),
    text("category", nullable=True),
    flag("listed", default=True),
    flag("disabled"),
    at("created_at"),
    at("updated_at"),
)

featured_tag = Table(
    "featured_tag",
    metadata,
    key_ref("actor_id", "actor.id"),
    key_ref("tag_id", "tag.id"),
    at("created_at"),
    Index("ix_featured_tag_tag_id", "tag_id"),
    sqlite_with_rowid=False,
)

media = Table(
    "media",
    metadata,
    id_column(),
    num_column(),
    Column("owner_id", Big, nullable=False),
    Column("kind", SmallInteger, nullable=False),  # picture, animation, video, audio, file
    text("content_type", nullable=True),
    text("remote_url", nullable=True),
    text("store_key", nullable=True),
    text("small_key", nullable=True),
    text("description", nullable=True),
    text("blurhash", nullable=True),
    Column("width", Integer, nullable=True),
    Column("height", Integer, nullable=True),
    Column("duration_ms", Big, nullable=True),
    Column("size_bytes", Big, nullable=True),
    Column("focus_x", Float, nullable=True),
    Column("focus_y", Float, nullable=True),
    text("hash", nullable=True),
    text("facets", nullable=True),  # JSON: files, captions, chapters, tags
    at("created_at"),
    at("seen_at", nullable=True),
    # States: ready, being worked on, failed.
    Column("state", SmallInteger, nullable=False, server_default="0"),
    Index("ix_media_owner_id", "owner_id"),
    Index("ix_media_store_key", "store_key"),
)

post_attachment = Table(
    "post_attachment",
    metadata,
    key_ref("post_id", "post.id"),
    Column("position", SmallInteger, primary_key=True, autoincrement=False),
    ref("media_id", "media.id"),
    Index("ix_post_attachment_media_id", "media_id"),
    sqlite_with_rowid=False,
)

poll = Table(
    "poll",
    metadata,
    key_ref("post_id", "post.id"),
    flag("multiple"),
    flag("hide_totals"),
    count("voters"),
    at("ends_at", nullable=True),
    at("closed_at", nullable=True),
    # Of ours: how many voters other servers were told of.
    count("told_voters"),
    Index(
        "ix_poll_untold",
        "post_id",
        sqlite_where=sql("voters <> told_voters"),
        postgresql_where=sql("voters <> told_voters"),
    ),
    Index(
        "ix_poll_ends_at",
        "ends_at",
        sqlite_where=sql("closed_at IS NULL"),
        postgresql_where=sql("closed_at IS NULL"),
    ),
)

poll_option = Table(
    "poll_option",
    metadata,
    key_ref("post_id", "post.id"),
    Column("position", SmallInteger, primary_key=True, autoincrement=False),
    text("title"),
    count("votes"),
)

poll_vote = Table(
    "poll_vote",
    metadata,
    key_ref("post_id", "post.id"),
    Column("actor_id", Big, primary_key=True, autoincrement=False),
    Column("position", SmallInteger, primary_key=True, autoincrement=False),
    text("uri", nullable=True),
    at("created_at"),
    sqlite_with_rowid=False,
)

# Likes, dislikes, emoji, rating votes. One or several per person is a rule of the target.
reaction = Table(
    "reaction",
    metadata,
    id_column(),
    ref("post_id", "post.id"),
    Column("actor_id", Big, nullable=False),
    Column("kind", SmallInteger, nullable=False),
    text("value", default=""),
    text("uri", nullable=True),
    at("created_at"),
    text("icon_url", nullable=True),  # the picture of a custom emoji, at its server
    Index("uq_reaction", "post_id", "actor_id", "kind", "value", unique=True),
    Index("ix_reaction_actor_id", "actor_id", "kind", "id"),
    Index(
        "uq_reaction_uri",
        "uri",
        unique=True,
        sqlite_where=sql("uri IS NOT NULL"),
        postgresql_where=sql("uri IS NOT NULL"),
    ),
)

# Likes, answers and boosts that an author of another server was asked for, or let in.
interaction_leave = Table(
    "interaction_leave",
    metadata,
    id_column(),
    Column("kind", SmallInteger, nullable=False),  # like, reply, boost
    Column("state", SmallInteger, nullable=False),  # pending, accepted, rejected
    ref("target_id", "post.id"),
    ref("post_id", "post.id", nullable=True),
    ref("reaction_id", "reaction.id", nullable=True),
    Column("visibility", SmallInteger, nullable=False),  # of the answer or boost, once it may
    text("request_uri", nullable=True),
    text("stamp_uri", nullable=True),
    text("accept_uri", nullable=True),
    at("created_at"),
    Index("uq_interaction_leave_post_id", "post_id", unique=True),
    Index("uq_interaction_leave_reaction_id", "reaction_id", unique=True),
    Index("ix_interaction_leave_target_id", "target_id"),
    Index("ix_interaction_leave_request_uri", "request_uri"),
    Index("ix_interaction_leave_stamp_uri", "stamp_uri"),
    Index("ix_interaction_leave_accept_uri", "accept_uri"),
    Index(
        "ix_interaction_leave_waits",
        "created_at",
        sqlite_where=sql("state = 0"),
        postgresql_where=sql("state = 0"),
    ),
)

bookmark = Table(
    "bookmark",
    metadata,
    Column("actor_id", Big, primary_key=True, autoincrement=False),
    key_ref("post_id", "post.id"),
    Column("id", Big, nullable=False, unique=True),
    at("created_at"),
    Index("ix_bookmark_actor_id_id", "actor_id", "id"),
    Index("ix_bookmark_post_id", "post_id"),
)
