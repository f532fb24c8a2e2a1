"""Every payload of ``corpus/mastodon`` with the outcome that its INDEX gives.

Each is delivered signed by its actor, or served to whoever fetches it, by other servers over real
sockets to a whole Weft; ``tests/federation/mastodon`` says what must come of it.
"""

import asyncio
import json
import warnings
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.federation.mastodon import activities, actors, objects, spec
from tests.federation.mastodon.staging import PLAYS, At, stage_names
from tests.support.fediverse import Scene, make_template, scene
from tests.support.shared import shared

FOLDER = shared("corpus/mastodon")
NAMES = sorted(each.stem for each in FOLDER.glob("*.json"))
ROOMS = (activities, actors, objects, spec)
"""Their outcomes are registered when they are imported."""


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    asyncio.run(make_template(folder))
    return folder


@pytest.fixture
async def stage(tmp_path: Path, template: Path) -> AsyncIterator[Scene]:
    async with scene(tmp_path, template) as made:
        yield made


@pytest.mark.parametrize("name", NAMES)
async def test_payload(stage: Scene, name: str) -> None:
    play = PLAYS[name]
    if play.waits_for is None:
        await played(stage, name)
        return
    try:
        await played(stage, name)
    except Exception:  # whatever is missing shows in its own way
        pytest.xfail(f"Weft does not know {play.waits_for} yet")
    warnings.warn(f"{name} passes: take its waits_for away", stacklevel=1)


async def played(stage: Scene, name: str) -> None:
    """One payload, brought as it is meant to be, and its outcome."""
    play = PLAYS[name]
    at = At(stage, FOLDER, name, json.loads((FOLDER / f"{name}.json").read_text()))
    at.here |= dict.fromkeys(stage_names(), stage.lena.uri)
    with capture_logs() as logs:
        if play.given is not None:
            await play.given(at)
        if play.how != "itself":
            await at.serve_author()
        if play.how == "create" or (play.how == "deliver" and at.payload["type"] == "Create"):
            await at.lena_is_interested()
        match play.how:
            case "deliver":
                await at.deliver(at.payload)
            case "create":
                await at.deliver_created()
            case "fetch":
                await at.fetched()
        await play.check(at)
    errors = [each for each in logs if each["log_level"] in {"error", "critical"}]
    assert not errors, errors


def test_every_payload_has_an_outcome() -> None:
    assert set(PLAYS) == set(NAMES)
