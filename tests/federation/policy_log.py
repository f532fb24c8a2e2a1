"""A recorded inbox log, made up: a week of what 400 people of 80 servers sent, by a seeded generator.

One part in a hundred or so is what each built-in rule is about; most of the rest concerns nobody here, as on
any server that gets what a relay or a shared inbox brings.
"""

import json
import random
from datetime import UTC, datetime
from typing import Any

from tests.support.databases import sql
from tests.support.fediverse import Scene, key_pair
from weft.domain.actors.records import ActorKind
from weft.domain.actors.store import Key, RemoteActor, save_remote_actor
from weft.federation.inbox_store import LogState, append_log
from weft.storage.database import Tx
from weft.storage.ids import id_at

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
DAY_MS = 24 * 3_600_000
PEOPLE, HOSTS = 400, 80
COPIED = range(3, 6)
WORDS = [
    "the",
    "cat",
    "sat",
    "on",
    "a",
    "mat",
    "and",
    "saw",
    "rain",
    "over",
    "hills",
    "while",
    "trains",
    "ran",
    "late",
    "again",
    "because",
    "of",
    "leaves",
    "on",
    "the",
    "line",
    "so",
    "we",
    "walked",
    "home",
    "and",
    "made",
    "soup",
]

RULES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("reject", {"hosts": ["h3.example"]}),
    ("unknown-host", {}),
    ("mentions", {"unlist_from": 6, "reject_from": 12}),
    ("keyword", {"words": ["casino"]}),
    ("pattern", {"pattern": "cheap (pills|watches)", "action": "reject"}),
    ("links", {"most": 3}),
    ("strangers", {"new_for_hours": 48}),
    ("age", {"days": 7}),
    ("hashtag", {"tags": ["nsfw"]}),
    ("bots", {}),
    ("warn", {"hosts": ["h5.example"], "text": "Of h5"}),
    ("silence", {"hosts": ["h6.example"]}),
    ("strip-media", {"hosts": ["h7.example"]}),
    ("limit-reach", {"hosts": ["h8.example"], "to": "followers"}),
    # The last: which of several copies goes depends on the order in which workers take them.
    ("copies", {"most": 2, "shortest": 120, "action": "reject"}),
)
"""Each rule that judges activities. Portraits are judged when a profile is fetched, which no log holds."""


def person(number: int) -> str:
    return f"https://h{number % HOSTS}.example/users/p{number}"


async def settle_people(stage: Scene) -> None:
    """The actors are here, most of them and their servers for long; every twentieth is a bot."""
    await stage.parts.db.write(_save_people, stage)
    url, now = stage.parts.settings.database_url, stage.parts.server.now_ms()
    sql(url, f"UPDATE actor SET arrived_at = {now - 90 * DAY_MS} WHERE NOT local AND id % 7 <> 0")
    sql(url, f"UPDATE host SET first_seen_at = {now - 90 * DAY_MS}")
    sql(url, f"UPDATE host SET first_seen_at = {now + DAY_MS} WHERE name = 'h4.example'")


async def _save_people(tx: Tx, stage: Scene) -> None:
    for number in range(PEOPLE):
        uri, host = person(number), f"h{number % HOSTS}.example"
        key = Key(f"{uri}#main-key", "rsa", key_pair("p")[1])
        described = RemoteActor(
            uri=uri, kind=ActorKind.SERVICE if number % 20 == 19 else ActorKind.PERSON,
            username=f"p{number}", domain=host, host=host, url=uri, inbox=f"{uri}/inbox",
            followers_uri=f"{uri}/followers", keys=(key,),
        )  # fmt: skip
        await save_remote_actor(tx, stage.parts.server, described)


def activities(seed: int, count: int, lena: str, now_ms: int) -> list[dict[str, Any]]:
    """In the order in which they came."""
    dice = random.Random(seed)
    return [_activity(dice, number, lena, now_ms) for number in range(count)]


def _activity(dice: random.Random, number: int, lena: str, now_ms: int) -> dict[str, Any]:
    sort = dice.randrange(100)
    # Nobody says one wave's words twice: that would be no copy, and depend on the order.
    who = person(number % PEOPLE if sort in COPIED else dice.randrange(PEOPLE))
    uri = f"{who}/a/{number}"
    base = {"@context": "https://www.w3.org/ns/activitystreams", "id": uri, "actor": who}
    die = dice.random()
    if die < 0.08:
        return base | {"type": "Like", "object": f"https://elsewhere.example/n/{number}"}
    if die < 0.12:
        return base | {"type": "Undo", "object": f"{who}/a/{number}-like"}
    if die < 0.13:
        return base | {"type": "Follow", "object": lena}
    if die < 0.16:
        return base | {"type": "Delete", "object": f"{who}/n/{number}-gone"}
    return base | {
        "type": "Create",
        "to": [PUBLIC],
        "object": _note(dice, sort, number, who, lena, now_ms),
    }


def _note(
    dice: random.Random, sort: int, number: int, who: str, lena: str, now_ms: int
) -> dict[str, Any]:
    at_ms = now_ms - dice.randrange(3_600_000)
    text = " ".join(dice.choices(WORDS, k=dice.randrange(4, 24))) + f" {number}"
    to, tag, files = [PUBLIC], [], []
    if dice.random() < 0.03:  # What is for somebody here.
        to.append(lena)
        tag.append({"type": "Mention", "href": lena, "name": "@lena"})
    match sort:
        case 0:
            text += " at the casino"
        case 1:
            text += " and cheap watches"
        case 2:
            text += "".join(f' <a href="https://s{n}.example/">s</a>' for n in range(5))
        case each if each in COPIED:
            wave = "".join(chr(97 + int(digit)) for digit in str(number // PEOPLE))
            text = (
                f"the very same words in each copy of the wave called {wave}," + " said by many" * 6
            )
        case 6:
            at_ms -= 30 * DAY_MS
        case 7:
            tag.append({"type": "Hashtag", "name": "#NSFW", "href": "https://h.example/nsfw"})
        case 8 | 9:
            others = [person(dice.randrange(PEOPLE)) for _ in range(dice.randrange(5, 20))]
            to += others
            tag += [{"type": "Mention", "href": each, "name": "@p"} for each in others]
        case each if each < 25:
            files.append({"type": "Image", "mediaType": "image/png", "url": f"{who}/{number}.png"})
        case _:
            pass
    return {
        "id": f"{who}/n/{number}",
        "type": "Note",
        "attributedTo": who,
        "content": f"<p>{text}</p>",
        "published": datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "to": to,
        "tag": tag,
        "attachment": files,
    }


async def record(stage: Scene, made: list[dict[str, Any]]) -> None:
    """Put them into the log, as received and verified, some at a time."""
    now = stage.parts.server.now_ms()
    rows = [
        {
            "id": id_at(now - len(made) + place),
            "activity_uri": each["id"],
            "type": each["type"],
            "actor_uri": each["actor"],
            "host": each["actor"].split("/")[2],
            "key_id": f"{each['actor']}#main-key",
            "state": int(LogState.RECEIVED),
            "request": None,
            "recipient_id": None,
            "body": json.dumps(each).encode(),
            "received_at": now,
            "source": "test",
        }
        for place, each in enumerate(made)
    ]
    for start in range(0, len(rows), 2000):
        await stage.parts.db.write(_append, rows[start : start + 2000])


async def _append(tx: Tx, rows: list[dict[str, Any]]) -> None:
    await tx.many(append_log, rows)
