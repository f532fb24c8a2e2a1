"""What can be found by its words; see ``weft/storage/fulltext.py`` for the two columns."""

from sqlalchemy import Column, SmallInteger, Table

from weft.storage.fulltext import fulltext_table
from weft.storage.schema.tables import Big, at, key_ref, metadata

# Posts that somebody here may find: weft/domain/search/posts.py says which.
post_search = fulltext_table("post_search", metadata, key_ref("rowid", "post.id"))
actor_search = fulltext_table("actor_search", metadata, key_ref("rowid", "actor.id"))
collection_search = fulltext_table("collection_search", metadata, key_ref("rowid", "collection.id"))

# New posts that anybody may find, until a chore puts them in.
search_waiting = Table(
    "search_waiting",
    metadata,
    key_ref("post_id", "post.id"),
)

# What has not been looked at yet: posts or actors from before there was a search, all or those of
# one author, whose id is below something. The row goes when there is nothing below it.
search_gap = Table(
    "search_gap",
    metadata,
    Column("noun", SmallInteger, primary_key=True, autoincrement=False),  # posts, actors
    Column("author_id", Big, primary_key=True, autoincrement=False),  # 0: of everybody
    Column("below_id", Big, nullable=False),
    at("created_at"),
)
