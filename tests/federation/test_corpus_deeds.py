"""What is no post: shelves, playlists, libraries, going to events, listening, stories."""

import pytest

from tests.federation.corpus import attending, listening, shelves, stories
from tests.federation.corpus.playing import Corpus
from tests.support.fediverse import Scene

PLAYS = [
    (corpus, file)
    for corpus in (*shelves.ALL, attending.MOBILIZON, *listening.ALL, stories.PIXELFED)
    for file in corpus.plays
]


@pytest.mark.parametrize(("corpus", "file"), PLAYS, ids=lambda each: getattr(each, "name", each))
async def test_payload(stage: Scene, corpus: Corpus, file: str) -> None:
    await corpus.play(stage, file)
