"""Payloads of the microblogs besides Mastodon, each played to a whole Weft (``corpus/micro*.py``)."""

import pytest

from tests.federation.corpus import gotosocial, micro, micro_activities
from tests.federation.corpus.playing import Corpus
from tests.support.fediverse import Scene

ROOMS = (micro, micro_activities, gotosocial)
"""Their outcomes are registered when they are imported."""
ALL = [
    each for room in (micro, gotosocial) for each in vars(room).values() if isinstance(each, Corpus)
]
PLAYS = [(corpus, file) for corpus in ALL for file in corpus.plays]


@pytest.mark.parametrize(("corpus", "file"), PLAYS, ids=lambda each: getattr(each, "name", each))
async def test_payload(stage: Scene, corpus: Corpus, file: str) -> None:
    await corpus.play(stage, file)
