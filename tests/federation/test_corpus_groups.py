"""What link aggregators and forums send, played to a whole Weft."""

import pytest

from tests.federation.corpus import forums, lemmy, mbin
from tests.federation.corpus.playing import Corpus
from tests.platforms.reading import corpus as reading
from tests.platforms.reading import groups  # noqa: F401  says what is no post
from tests.support.fediverse import Scene

ALL = (
    lemmy.LEMMY,
    lemmy.MINE,
    lemmy.LIKED,
    lemmy.REPORTED,
    lemmy.WARNED,
    lemmy.MESSAGED,
    lemmy.FOLLOWED,
    mbin.MBIN,
    *forums.ALL,
)
PLAYS = [(corpus, file) for corpus in ALL for file in corpus.plays]
FOLDERS = ("lemmy", "from-lemmy-tests", "mbin-piefed", "nodebb")


@pytest.mark.parametrize(("corpus", "file"), PLAYS, ids=lambda each: getattr(each, "name", each))
async def test_payload(stage: Scene, corpus: Corpus, file: str) -> None:
    await corpus.play(stage, file)


def test_whatever_is_no_post_is_played() -> None:
    played = {f"{corpus.name}/{file}" for corpus, file in PLAYS}
    others = {
        each for each in reading.elsewhere if each.startswith(tuple(f"{f}/" for f in FOLDERS))
    }
    assert others - played == set()
