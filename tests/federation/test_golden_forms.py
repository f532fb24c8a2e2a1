"""The table of forms, as it is documented, and a golden document for each of its cells.

``WEFT_WRITE_DOCS=1`` writes both anew: look at what changed before it is committed.
"""

import json
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.federation.sayings import NOBODY, sayings, told
from weft.dialects import WRITERS, make_dialects, platform_dialects
from weft.federation.forms.dialect import PlatformDialect
from weft.federation.forms.reactions import EMOJI_CONTEXT
from weft.federation.forms.said import Said
from weft.federation.forms.table import FAMILIES, GENERIC, PLATFORMS, Form
from weft.platforms.mastodon.dialect import MastodonDialect

GOLDEN = Path(__file__).parent / "golden"
DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "interop.md"
START, END = "<!-- forms: made by the tests -->", "<!-- forms: end -->"
SAME = "as to unknown software"
DIALECTS = platform_dialects()
CONTEXTS = {"post": DIALECTS[GENERIC.name].post_context[1], "emoji": EMOJI_CONTEXT[1]}


@cache
def written(platform: str, said: Said) -> Any:
    """What a server of this software gets; the long contexts by their names."""
    document = DIALECTS[platform].write_activity(NOBODY, *told(said, sayings()[said]))
    return None if document is None else shortened(json.loads(json.dumps(document)))


def shortened(document: dict[str, Any]) -> dict[str, Any]:
    names = {json.dumps(each): name for name, each in CONTEXTS.items()}
    context = document["@context"]
    if isinstance(context, list):
        context = [names.get(json.dumps(each), each) for each in context]
    return document | {"@context": context}


def golden(platform: str) -> dict[str, Any]:
    """What the file of a platform must say: only what differs from what everybody gets."""
    said = {each.value: written(platform, each) for each in Said}
    if platform == GENERIC.name:
        return said
    return {
        name: SAME if each is not None and each == written(GENERIC.name, Said(name)) else each
        for name, each in said.items()
    }


def as_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


@pytest.mark.parametrize("platform", PLATFORMS)
def test_each_platform_gets_byte_for_byte_what_its_golden_documents_say(platform: str) -> None:
    path = GOLDEN / f"{platform}.json"
    if os.environ.get("WEFT_WRITE_DOCS"):
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(as_text(golden(platform)))
    kept = json.loads(path.read_text())
    assert list(kept) == [each.value for each in Said]
    for name, expected in kept.items():
        document = written(platform, Said(name))
        against = written(GENERIC.name, Said(name)) if expected == SAME else expected
        assert as_text(document) == as_text(against), f"{name} to {platform}"


def test_the_long_contexts_are_the_golden_ones() -> None:
    path = GOLDEN / "contexts.json"
    if os.environ.get("WEFT_WRITE_DOCS"):
        path.write_text(as_text(CONTEXTS))
    assert path.read_text() == as_text(CONTEXTS)


def answers(dialect: PlatformDialect, said: Said) -> bool:
    forms = dialect.platform.answers
    return forms is not None and dialect.cells_for(sayings()[said]) is forms


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_table_says_of_each_cell_whether_something_is_sent(platform: str) -> None:
    dialect = DIALECTS[platform]
    silent = {each for each in Said if written(platform, each) is None}
    refused = {each for each in Said if dialect.form(each) is Form.NOT_SENT}
    if not dialect.platform.needs_file:
        # Where nothing but answers is taken, one of the examples mentions somebody, which may be enough.
        heard = {each for each in refused if answers(dialect, each)}
        assert silent == refused - heard
        assert heard <= {Said.NOTE}
        return
    assert silent > refused
    # Without a picture, and no answer to anything: it would be dropped.
    assert {Said.NOTE, Said.ALBUM, Said.ARTICLE, Said.VIDEO, Said.COMMENT}.isdisjoint(silent)


@pytest.mark.parametrize("platform", WRITERS)
def test_what_is_said_to_have_a_type_of_its_own_is_written_in_it(platform: str) -> None:
    plain = PlatformDialect(MastodonDialect(), PLATFORMS[platform])
    for said in WRITERS[platform]:
        assert DIALECTS[platform].form(said).startswith("native")
        without = plain.write_activity(NOBODY, *told(said, sayings()[said]))
        if DIALECTS[platform].form(said) is Form.OWN:
            assert written(platform, said) != (without and shortened(without)), said


@pytest.mark.parametrize("said", Said)
def test_a_thing_has_the_same_id_and_readers_in_whichever_form(said: Said) -> None:
    by_platform = {each: written(each, said) for each in PLATFORMS}
    documents = [each for each in by_platform.values() if each is not None]
    assert len({each["id"] for each in documents}) == 1
    assert len({each["actor"] for each in documents}) == 1
    objects = [each["object"] for each in documents]
    if isinstance(objects[0], str):
        assert len(set(objects)) == 1
        return
    assert len({each["id"] for each in objects}) == 1
    # Some platforms' own types name fewer of them, and none names anybody else.
    everybody = readers(by_platform[GENERIC.name]["object"])
    for platform, activity in by_platform.items():
        if activity is None:
            continue
        heard = readers(activity["object"])
        assert heard == everybody or (
            heard < everybody and DIALECTS[platform].form(said).startswith("native")
        )
        assert readers(activity) == heard


def readers(document: dict[str, Any]) -> set[str]:
    return set(document.get("to", ())) | set(document.get("cc", ()))


def test_forks_are_spoken_to_as_their_family_and_strangers_as_everybody() -> None:
    dialects = make_dialects()
    for software, platform in FAMILIES.items():
        assert dialects.for_software(software).name == platform
    for unknown in (None, "", "never-heard-of"):
        assert dialects.for_software(unknown) is dialects.generic
    assert dialects.for_software("sharkey") is dialects.for_software("misskey")
    assert len({each for platform in PLATFORMS.values() for each in platform.software}) == sum(
        len(platform.software) for platform in PLATFORMS.values()
    )


def test_the_documented_table_is_the_one_that_is_written_by() -> None:
    table = "\n".join([START, "", *printed(), "", END])
    text = DOCUMENT.read_text()
    old = text[text.index(START) : text.index(END) + len(END)]
    if os.environ.get("WEFT_WRITE_DOCS"):
        DOCUMENT.write_text(text.replace(old, table))
        return
    assert old == table, "docs/interop.md is out of date: run this test with WEFT_WRITE_DOCS=1"


def printed() -> Iterable[str]:
    """The forms by letters, then a table of kinds and platforms."""
    dialects = list(DIALECTS.values())
    degraded = list(
        dict.fromkeys(
            form
            for said in Said
            for each in dialects
            if not (form := each.form(said)).value.startswith(("native", "not sent"))
        )
    )
    letters = {form: chr(ord("a") + at) for at, form in enumerate(degraded)}
    yield from (f"- **{letter}**: {form.value}" for form, letter in letters.items())
    for some in (dialects[:9], dialects[9:17], dialects[17:]):
        yield ""
        yield "| | " + " | ".join(each.platform.title for each in some) + " |"
        yield "|---" * (len(some) + 1) + "|"
        for said in Said:
            cells = [cell(each, said, letters) for each in some]
            yield f"| {said.value} | " + " | ".join(cells) + " |"


def cell(dialect: PlatformDialect, said: Said, letters: dict[Form, str]) -> str:
    form = dialect.form(said)
    if form is Form.NOT_SENT:
        return "–"
    return letters.get(form, "✓")
