"""Every payload of ``corpus/mastodon`` with the outcome that its INDEX gives.

Each is delivered signed by its actor, or served to whoever fetches it, by other servers over real
sockets to a whole Weft; ``tests/federation/mastodon`` says what must come of it.
"""

import pytest

from tests.federation.mastodon import activities, actors, objects, spec
from tests.federation.mastodon.corpus import MASTODON
from tests.support.fediverse import Scene

ROOMS = (activities, actors, objects, spec)
"""Their outcomes are registered when they are imported."""


@pytest.mark.parametrize("name", MASTODON.files)
async def test_payload(stage: Scene, name: str) -> None:
    await MASTODON.play(stage, name)


def test_every_payload_has_an_outcome() -> None:
    assert set(MASTODON.plays) == set(MASTODON.files)
