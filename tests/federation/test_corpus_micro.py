"""Payloads of the microblogs besides Mastodon, each played to a whole Weft (``corpus/micro*.py``)."""

import pytest

from tests.federation.corpus import gotosocial, micro, micro_activities, micro_rest
from tests.federation.corpus.playing import Corpus
from tests.support.fediverse import Scene

ROOMS = (micro, micro_activities, micro_rest, gotosocial)
"""Their outcomes are registered when they are imported."""
ALL = list(
    {
        id(each): each for room in ROOMS for each in vars(room).values() if isinstance(each, Corpus)
    }.values()
)
PLAYS = [(corpus, file) for corpus in ALL for file in corpus.plays]


@pytest.mark.parametrize(("corpus", "file"), PLAYS, ids=lambda each: getattr(each, "name", each))
async def test_payload(stage: Scene, corpus: Corpus, file: str) -> None:
    await corpus.play(stage, file)


def test_every_payload_has_an_outcome() -> None:
    played = {(corpus.name, file) for corpus, file in PLAYS}
    assert played == {(corpus.name, file) for corpus in ALL for file in corpus.files}
