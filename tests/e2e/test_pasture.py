"""What Weft makes of the inputs of the fediverse pasture, and what the pasture makes of Weft."""

import asyncio
import json
import os
import re
from html import unescape
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support.fediverse import Scene, make_template, scene
from tests.support.pasture import inputs, must_be_installed, running_verifier
from tests.support.servers import WeftServer, running
from weft.domain.posts.queries import post_by_uri
from weft.federation.inspector.find import inbound_one

pytestmark = pytest.mark.slow

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "interop.md"
START, END = "<!-- pasture: made by the tests -->", "<!-- pasture: end -->"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
ACTOR = "https://pasture.example/users/actor"
LENA = "https://weft.example/users/lena"
# Not accepted as posts, on purpose; the reason is in the table.
# No posts: without an id or a type, or of a type that says nothing.
REFUSED = {
    ("necessary_properties", 2): "refused",
    ("necessary_properties", 5): "ignored",
    **{("object_types", number): "ignored" for number in (3, 8, 9, 10, 11, 14)},
}
_LONGEST = 110


def test_every_actor_of_the_verifier_gets_through(tmp_path: Path) -> None:
    server = WeftServer(tmp_path / "weft")
    server.prepare()
    server.add_person("ann")
    with running(server), running_verifier(tmp_path) as port:
        uri = json.loads(
            server.get(f"/.well-known/webfinger?resource=acct:ann@{server.domain}").body
        )["links"][1]["href"]
        connection = HTTPConnection("127.0.0.1", port, timeout=120)
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
            "Host": f"127.0.0.1:{port}",
        }
        connection.request("POST", "/", urlencode({"actor_uri": uri}), headers)
        answer = json.loads(connection.getresponse().read())
        connection.close()
    result = answer["result"]
    assert result.pop("webfinger") is True, answer["messages"]
    # Alice and Dean do not sign: they may read, and may not post.
    for name, expected in {
        "alice": (True, False),
        "bob": (True, True),
        "claire": (True, True),
        "dean": (True, False),
        "emily": (True, True),
        "frank": (True, True),
    }.items():
        found = result[name]["get_actor"], result[name]["post_inbox"]
        assert found == expected, f"{name}: {answer['messages']}"


async def test_every_input_is_taken_and_the_table_says_what_becomes_of_it(tmp_path: Path) -> None:
    must_be_installed()
    template = tmp_path / "template"
    template.mkdir()
    await asyncio.to_thread(lambda: asyncio.run(make_template(template)))
    folder = tmp_path / "weft"
    folder.mkdir()
    lines = []
    refused: dict[tuple[str, int], str] = {}
    count = 0
    async with scene(folder, template) as stage:
        follow = {"id": f"{ACTOR}/f/1", "type": "Follow", "actor": ACTOR, "object": LENA}
        await deliver(stage, await stage.place(follow))
        for name, each in inputs().items():
            lines += ["", f"### {each['title']}", "", "| # | becomes |", "|---|---|"]
            for number, example in enumerate(each["examples"], 1):
                count += 1
                state, shown = await played(stage, name, number, example)
                if state != "done":
                    refused[name, number] = state
                lines.append(f"| {number} | {shown} |")
    assert count == 262
    assert refused == REFUSED
    table = "\n".join([START, *lines, "", END])
    text = DOCUMENT.read_text()
    old = text[text.index(START) : text.index(END) + len(END)]
    if os.environ.get("WEFT_WRITE_DOCS"):
        DOCUMENT.write_text(text.replace(old, table))
        return
    assert old == table, "docs/interop.md is out of date: run this test with WEFT_WRITE_DOCS=1"


async def deliver(stage: Scene, activity: dict[str, Any]) -> int:
    body = json.dumps(activity).encode()
    answer = await stage.deliver(await stage.place(ACTOR), body, "/inbox")
    await stage.settled()
    return int(answer.status)


async def played(stage: Scene, name: str, number: int, example: dict[str, Any]) -> tuple[str, str]:
    """How the Create of one input ended, and what people see of it."""
    uri = f"{ACTOR}/objects/{name}-{number}"
    note = {
        "id": uri,
        "type": "Note",
        "attributedTo": ACTOR,
        "to": [PUBLIC],
        "cc": [],
        "published": "2026-10-01T12:00:00Z",
        "content": "text",
    } | json.loads(json.dumps(example).replace("http://pasture-one-actor/actor", ACTOR))
    # As the pasture sends it: to everybody, and to whom it is tried with.
    to = note.get("to") or []
    note["to"] = [*(to if isinstance(to, list) else [to]), LENA]
    activity = {
        "@context": note.pop("@context", "https://www.w3.org/ns/activitystreams"),
        "id": f"{uri}/create",
        "type": "Create",
        "actor": ACTOR,
        "to": note.get("to"),
        "cc": note.get("cc"),
        "object": note,
    }
    placed = await stage.place(activity)
    status = await deliver(stage, placed)
    if status != 202:
        return "refused", f"refused with {status}"
    (entry,) = await inbound_one(stage.parts.db, placed["id"])
    if entry.state != "done":
        return entry.state, cell(f"{entry.state}: {entry.why}")
    return "done", await seen(stage, placed["object"].get("id") or "")


async def seen(stage: Scene, uri: str) -> str:
    """One line of what the Mastodon API shows."""
    post = await stage.parts.db.one(post_by_uri, uri=uri)
    assert post is not None, uri
    found = await stage.api.call("GET", f"/api/v1/statuses/{post.id}")
    if found.status != 200:
        return "kept, but not shown to lena"
    status = found.json
    parts = [plain(status["content"])]
    if status["spoiler_text"]:
        parts.append(f"warning “{plain(status['spoiler_text'])}”")
    if status["sensitive"]:
        parts.append("sensitive")
    if status["visibility"] != "public":
        parts.append(status["visibility"])
    if status["language"]:
        parts.append(f"in {status['language']}")
    parts += [f"{each['type']}" + (" described" if each["description"] else "")
              for each in status["media_attachments"]]  # fmt: skip
    parts += [f"#{each['name']}" for each in status["tags"]]
    parts += [f"mentions {each['username']}" for each in status["mentions"]]
    if status["poll"]:
        parts.append(f"poll of {len(status['poll']['options'])}")
    if status["in_reply_to_id"]:
        parts.append("an answer")
    if status["quote"]:
        parts.append(f"quote {status['quote']['state']}")
    return cell("; ".join(part for part in parts if part))


def plain(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def cell(text: str) -> str:
    """Short enough, and nothing that Markdown or a machine's ports would change."""
    text = re.sub(r"127\.\d+\.\d+\.\d+:\d+", "HOST", text)
    text = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("`", "'")
