"""A lane per host: one that is ill costs only itself, and gets everything in order when it is well."""

import json
from typing import Any

import pytest

from tests.support.fediverse import Mood, Scene

MINUTE_MS = 60_000
LENA = "https://weft.example/users/lena"
ILL = {
    "down": Mood(broken=True),
    "slow": Mood(slow_s=0.4),
    "failing": Mood(status=500),
    "busy": Mood(status=429, headers={"Retry-After": "600"}),
    "mad": Mood(broken=True, instead=b"\x00\xff\xfe220 smtp ready\r\n\r\n"),
    "endless": Mood(broken=True, instead=b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 20_000),
}


class Clock:
    """The server's clock, moved by hand."""

    def __init__(self, stage: Scene) -> None:
        self._stage = stage
        self._real = stage.parts.server.now_ms
        self._ahead = 0
        object.__setattr__(stage.parts.server, "now_ms", lambda: self._real() + self._ahead)

    def forward(self, minutes: int) -> None:
        self._ahead += minutes * MINUTE_MS
        self._stage.parts.lanes.wake()


async def follower(stage: Scene, host: str) -> str:
    """Somebody on the host follows lena; its authority."""
    person = f"https://{host}.example/users/fan"
    follow = await stage.place(
        {"id": f"{person}/f/1", "type": "Follow", "actor": person, "object": LENA}
    )
    answer = await stage.deliver(follow["actor"], json.dumps(follow).encode(), "/inbox")
    assert answer.status == 202
    await stage.settled()
    authority: str = (await stage.place(f"https://{host}.example/")).split("/")[2]
    await stage.until(lambda: arrived(stage, authority, "Accept"))
    return authority


def arrived(stage: Scene, authority: str, kind: str = "Create") -> list[dict[str, Any]]:
    return [each for inbox, each in stage.told(kind) if f"//{authority}/" in inbox]


def texts(stage: Scene, authority: str) -> list[str]:
    return [each["object"]["content"] for each in arrived(stage, authority)]


async def has(stage: Scene, authority: str, said: list[str]) -> None:
    """Wait until a host has these posts, in this order, and no other."""
    await stage.until(lambda: texts(stage, authority) == said)


async def post(stage: Scene, text: str) -> None:
    answer = await stage.api.call("POST", "/api/v1/statuses", json={"status": text})
    assert answer.status == 200


async def idle(stage: Scene) -> None:
    await stage.until(lambda: stage.parts.lanes.in_hand == 0)


async def test_an_hour_of_trouble_costs_nobody_else_anything(stage: Scene) -> None:
    clock = Clock(stage)
    hosts = {name: await follower(stage, name) for name in (*ILL, "well")}
    stage.others.knocked.clear()
    for name, mood in ILL.items():
        stage.others.moods[hosts[name]] = mood
    said = [f"<p>Post {number}</p>" for number in range(6)]
    for number in range(6):
        await post(stage, f"Post {number}")
        await has(stage, hosts["well"], said[: number + 1])
        clock.forward(10)
    await has(stage, hosts["slow"], said)
    await idle(stage)
    for name in ("down", "failing", "busy", "mad", "endless"):
        assert texts(stage, hosts[name]) == []
        # An hour with a pause of 1, 2, 4, 8 … minutes, and never two tries in a pause.
        assert 2 <= stage.others.knocked[hosts[name]] <= 7, name
    assert stage.others.knocked[hosts["well"]] == 6
    stage.others.moods.clear()
    clock.forward(8 * 60)
    for authority in hosts.values():
        await has(stage, authority, said)


async def test_what_is_gone_is_given_up_and_what_comes_later_is_tried(stage: Scene) -> None:
    clock = Clock(stage)
    gone = await follower(stage, "gone")
    stage.others.moods[gone] = Mood(status=410)
    await post(stage, "lost")
    await stage.until(lambda: stage.others.knocked[gone] == 2)
    await idle(stage)
    clock.forward(60)
    await idle(stage)
    assert stage.others.knocked[gone] == 2
    stage.others.moods.clear()
    await post(stage, "found")
    await has(stage, gone, ["<p>found</p>"])


async def test_a_host_that_is_gone_for_a_week_is_left_alone_until_it_speaks(stage: Scene) -> None:
    clock = Clock(stage)
    authority = await follower(stage, "dead")
    stage.others.moods[authority] = Mood(status=404)
    await post(stage, "first")
    await stage.until(lambda: stage.others.knocked[authority] == 2)
    await idle(stage)
    clock.forward(8 * 24 * 60)
    await post(stage, "second")
    await stage.until(lambda: stage.others.knocked[authority] == 3)
    await idle(stage)
    await post(stage, "never sent")
    clock.forward(60)
    await idle(stage)
    assert stage.others.knocked[authority] == 3
    stage.others.moods.clear()
    person = "https://dead.example/users/fan"
    like = {"id": f"{person}/l/1", "type": "Like", "actor": person, "object": LENA}
    placed = await stage.place(like)
    await stage.deliver(placed["actor"], json.dumps(placed).encode(), "/inbox")
    await stage.settled()
    await post(stage, "back")
    await has(stage, authority, ["<p>back</p>"])


@pytest.mark.parametrize("status", [400, 403, 405, 413, 422])
async def test_an_answer_that_will_not_change_is_not_asked_for_again(
    stage: Scene, status: int
) -> None:
    clock = Clock(stage)
    authority = await follower(stage, "strict")
    stage.others.moods[authority] = Mood(status=status)
    before = stage.others.knocked[authority]
    await post(stage, "refused")
    await stage.until(lambda: stage.others.knocked[authority] > before)
    await idle(stage)
    knocked = stage.others.knocked[authority]
    clock.forward(24 * 60)
    await idle(stage)
    assert stage.others.knocked[authority] == knocked
