"""The databases that the other tests stand on."""

from weft.storage.database import Database
from weft.storage.migrate import check, current_revision


async def test_a_test_database_has_the_newest_schema(database: Database, database_url: str) -> None:
    await check(database_url)
    assert database.ids.mint() > 0


async def test_a_database_without_schema_is_empty(empty_url: str) -> None:
    assert await current_revision(empty_url) is None
