"""Every post and profile of the corpus of the smaller platforms, read as what it is.

Pure functions, no server: ``tests/platforms/reading`` says for each payload what its INDEX says.
"""

from collections.abc import Callable

import pytest

from tests.platforms.reading import (
    blogs,
    books,
    corpus,
    events,
    gotosocial,
    groups,
    micro,
    peertube,
    pictures,
    small,
    sound,
)

ROOMS = (peertube, sound, pictures, books, blogs, events, groups, micro, gotosocial, small)
"""Their checks are registered when they are imported."""
FOLDERS = (
    "peertube",
    "funkwhale",
    "owncast-castopod",
    "owncast",
    "pixelfed",
    "bookwyrm",
    "neodb",
    "writefreely",
    "wordpress-ghost",
    "plume",
    "mobilizon",
    "lemmy",
    "from-lemmy-tests",
    "mbin-piefed",
    "nodebb",
    "discourse",
    "guppe",
    "prismo",
    "misskey",
    "pleroma",
    "from-pleroma-tests",
    "gotosocial",
    "friendica",
    "hubzilla",
    "zap-osada",
    "smithereen",
    "gnusocial",
    "takahe",
    "mitra",
    "microblogpub",
    "wildebeest",
    "kroeg",
    "fedibird",
    "fep-e232",
    "bridgy-fed",
    "pterotype",
    "misc",
)


@pytest.mark.parametrize("name", sorted(corpus.checks))
def test_reading(name: str) -> None:
    corpus.checks[name](name)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_payload_has_its_place(folder: str) -> None:
    named = {each for each in (*corpus.checks, *corpus.elsewhere) if each.startswith(f"{folder}/")}
    assert named == corpus.files(folder)


@pytest.mark.parametrize(
    "check",
    [
        sound.artists_as_version_2_credits_them,
        pictures.tags_written_as_an_object,
        pictures.policies_of_others_are_no_albums,
        books.the_same_in_words,
        books.a_review_of_its_own_kind,
        books.pieces_of_others_are_not_believed,
        blogs.warnings_are_told_from_excerpts,
        events.whatever_an_event_can_be,
        groups.older_flairs_and_private_ones,
        micro.misskey_in_its_other_forms,
        micro.chats_are_for_exactly_one,
        micro.a_source_in_plain_words,
        gotosocial.policies_that_enforce_nothing,
    ],
)
def test_other_forms(check: Callable[[], None]) -> None:
    check()
