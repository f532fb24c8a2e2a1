"""Some payloads of each platform with kinds of its own, played to a whole Weft (``corpus/kinds.py``)."""

import pytest

from tests.federation.corpus.kinds import ALL
from tests.federation.corpus.playing import Corpus
from tests.support.fediverse import Scene

PLAYS = [(corpus, file) for corpus in ALL for file in corpus.plays]


@pytest.mark.parametrize(("corpus", "file"), PLAYS, ids=lambda each: getattr(each, "name", each))
async def test_payload(stage: Scene, corpus: Corpus, file: str) -> None:
    await corpus.play(stage, file)
