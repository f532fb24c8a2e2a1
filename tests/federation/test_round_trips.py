"""Every kind of post of every platform, there and back: payload, domain, database, wire of the same platform.

``round_trips/`` says of each payload which members must be equal and which on purpose are not.
"""

from pathlib import Path

import pytest

from tests.federation.round_trips.tables import PLATFORMS
from tests.federation.round_trips.travelling import Platform, travel
from tests.support.fediverse import scene_on


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda each: each.name)
async def test_comes_back(platform: Platform, tmp_path: Path, database_url: str) -> None:
    complaints: list[str] = []
    async with scene_on(tmp_path, database_url) as stage:
        for trip in platform.trips:
            complaints += await travel(stage, platform, trip)
    assert not complaints, "\n".join(complaints)
