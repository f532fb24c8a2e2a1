"""The one schema. Importing any part of it loads every noun's tables into the metadata."""

from weft.storage.schema import (  # noqa: F401  each module registers its tables
    accounts,
    actors,
    collections,
    deeds,
    federation,
    messages,
    moderation,
    operations,
    policy,
    posts,
    relations,
    search,
    timelines,
)
