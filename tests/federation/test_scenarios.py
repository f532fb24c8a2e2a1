"""The scenarios of ``corpus/protocol``: what arrives, valid and hostile, and what may come of it.

Every scenario's status, stored and absent ids are checked, and that nothing failed unexpectedly;
what it says in prose is checked by the function of its name in ``EFFECTS``.
"""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.federation.effects import EFFECTS, SKIPPED
from tests.federation.given import arrange
from tests.support.fediverse import Reply, Scene, key_pair, make_template, scene
from tests.support.shared import shared

FOLDER = shared("corpus/protocol")
NAMES = sorted(each.stem for each in FOLDER.glob("*.json"))
GENERATED = {
    "nest object 2000 levels": lambda: _nested(2000),
    "Create with a 3 MiB content string": lambda: _long(3 * 1024 * 1024),
    "Create with 50000 to entries and 20000 Mention tags": lambda: _crowd(50_000, 20_000),
}


def _create(**note: Any) -> dict[str, Any]:
    alice = "https://a.example/users/alice"
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{alice}/a/create-1",
        "type": "Create",
        "actor": alice,
        "object": {
            "id": f"{alice}/n/1",
            "type": "Note",
            "attributedTo": alice,
            "content": "<p>Hello</p>",
            "to": ["https://www.w3.org/ns/activitystreams#Public"],
            **note,
        },
    }


def _nested(levels: int) -> str:
    return '{"object":' * levels + "1" + "}" * levels


def _long(size: int) -> str:
    return json.dumps(_create(content="x" * size))


def _crowd(recipients: int, mentions: int) -> str:
    return json.dumps(
        _create(
            to=[f"https://b.example/users/u{number}" for number in range(recipients)],
            tag=[
                {
                    "type": "Mention",
                    "href": f"https://b.example/users/u{number}",
                    "name": f"@u{number}@b.example",
                }
                for number in range(mentions)
            ],
        )
    )


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import asyncio

    folder = tmp_path_factory.mktemp("template")
    asyncio.run(make_template(folder))
    return folder


@pytest.fixture
async def stage(tmp_path: Path, template: Path) -> AsyncIterator[Scene]:
    async with scene(tmp_path, template) as made:
        yield made


def with_keys(value: Any) -> Any:
    """``{{pem:NAME}}`` becomes that person's public key."""
    text = json.dumps(value)
    for name in ("alice2", "alice", "bob", "mallory", "1"):
        text = text.replace(f"{{{{pem:{name}}}}}", json.dumps(key_pair(name)[1])[1:-1])
    return json.loads(text)


async def furnish(stage: Scene, remote: dict[str, Any]) -> None:
    """Let the other servers answer as the scenario says."""
    for url, answer in remote.items():
        placed = await stage.place(with_keys(answer.get("body")))
        headers = await stage.place(answer.get("headers", {}))
        body = (
            b""
            if placed is None
            else placed.encode()
            if isinstance(placed, str)
            else json.dumps(placed).encode()
        )
        address = await stage.place(url)
        if answer.get("body_generate") == "gzip of 1 GiB of spaces":
            body = _bomb()
        if "{n}" in url:
            stage.others.answer(address, _numbered(address, placed, headers))
        else:
            stage.others.answer(address, Reply(answer.get("status", 200), headers, body))


def _bomb() -> bytes:
    import zlib

    packer = zlib.compressobj(9, wbits=31)
    chunk = b" " * (1 << 20)
    return b"".join(packer.compress(chunk) for _ in range(1024)) + packer.flush()


def _numbered(pattern: str, body: Any, headers: dict[str, str]) -> Any:
    start = pattern.partition("{n}")[0]

    def reply(url: str) -> Reply:
        number = int(url.removeprefix(start))
        text = json.dumps(body).replace("{n+1}", str(number + 1)).replace("{n}", str(number))
        return Reply(200, headers, text.encode())

    return reply


async def bodies(stage: Scene, scenario: dict[str, Any]) -> list[bytes]:
    """What is delivered, in order."""
    if "deliver_raw" in scenario:
        return [
            (await stage.others.place(scenario["deliver_raw"])).encode("utf-8", "surrogatepass")
        ]
    if "deliver_each" in scenario:
        return [json.dumps(await stage.place(each)).encode() for each in scenario["deliver_each"]]
    if "deliver" not in scenario:
        return []
    body = scenario["deliver"]
    if isinstance(body, str) and body.startswith("{{generate:"):
        made = GENERATED[body.removeprefix("{{generate:").removesuffix("}}")]()
        return [(await stage.others.place(made)).encode()]
    placed = json.dumps(await stage.place(with_keys(body))).encode()
    return [placed] * int(scenario.get("deliver_times", 1))


@pytest.mark.parametrize("name", NAMES)
async def test_scenario(stage: Scene, name: str, caplog: pytest.LogCaptureFixture) -> None:
    if name in SKIPPED:
        pytest.skip(SKIPPED[name])
    scenario = json.loads((FOLDER / f"{name}.json").read_text())
    await arrange(stage, scenario.get("given") or "")
    await furnish(stage, scenario.get("remote", {}))
    signer = await stage.place(scenario["signer"])
    expected = scenario["expect"]
    for number, body in enumerate(await bodies(stage, scenario)):
        inbox = "/inbox" if number % 2 and "deliver_times" in scenario else None
        answer = await stage.deliver(signer, body, inbox)
        assert answer.status in expected["http"], answer.text
        if answer.status >= 400:
            assert answer.text, "an error without a sentence"
    await stage.settled()
    for uri in expected["stored"]:
        assert await stage.knows(await stage.place(uri)), f"{uri} is missing"
    for uri in expected["absent"]:
        assert not await stage.knows(await stage.place(uri)), f"{uri} is there"
    assert "Traceback" not in caplog.text, caplog.text
    effect = EFFECTS.get(name)
    if effect is not None:
        await effect(stage, scenario)


def test_every_effect_belongs_to_a_scenario() -> None:
    assert set(EFFECTS) <= set(NAMES)
    assert set(SKIPPED) <= set(NAMES)
