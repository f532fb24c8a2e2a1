"""Every post and profile of the corpus of the smaller platforms, read as what it is.

Pure functions, no server: ``tests/platforms/reading`` says for each payload what its INDEX says.
"""

import pytest

from tests.platforms.reading import corpus, peertube

ROOMS = (peertube,)
"""Their checks are registered when they are imported."""
FOLDERS = ("peertube",)


@pytest.mark.parametrize("name", sorted(corpus.checks))
def test_reading(name: str) -> None:
    corpus.checks[name](name)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_payload_has_its_place(folder: str) -> None:
    named = {each for each in (*corpus.checks, *corpus.elsewhere) if each.startswith(f"{folder}/")}
    assert named == corpus.files(folder)
