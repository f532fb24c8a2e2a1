"""What is queued while a lane's run ends is not forgotten (PostgreSQL, where writes overlap)."""

import asyncio
from pathlib import Path

from tests.federation.test_lanes import arrived, follower, post
from tests.support.databases import Databases, chosen
from tests.support.fediverse import Mood, scene_on
from weft.domain.events import ProfileChanged
from weft.storage.database import Tx

ANSWERS_AFTER_S = 0.5


async def test_what_is_queued_while_a_run_ends_is_sent(
    databases: Databases, tmp_path: Path
) -> None:
    with databases.new(chosen("postgresql"), tmp_path) as url:
        async with scene_on(tmp_path, url) as stage:
            authority = await follower(stage, "fan")
            stage.others.moods[authority] = Mood(slow_s=ANSWERS_AFTER_S)

            async def tell_slowly(tx: Tx) -> None:
                """Queues while the run is under way, and is durable only after its end began."""
                await stage.parts.server.tell(tx, ProfileChanged(actor_id=stage.lena.id))
                await asyncio.sleep(3 * ANSWERS_AFTER_S)

            await post(stage, "first")
            await stage.until(lambda: stage.parts.lanes.in_hand == 1)
            await stage.parts.db.write(tell_slowly)
            await stage.until(lambda: arrived(stage, authority, "Update"))
            assert arrived(stage, authority, "Create")
