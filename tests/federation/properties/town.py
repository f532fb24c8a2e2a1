"""A whole Weft with people on it and around it, and somebody who sends it anything."""

import json
import logging
import re
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw
from structlog.testing import capture_logs

from tests.federation.properties.ownership import (
    Snapshot,
    World,
    forbidden_changes,
    snapshot,
)
from tests.federation.properties.shapes import ALICE, BOB, LENA, PUBLIC, SERVED, SIGNER
from tests.support.fediverse import Reply, Scene, scene
from weft.domain.accounts.create import create_account
from weft.domain.actors.queries import actor_by_uri
from weft.domain.actors.records import Actor
from weft.domain.posts.publish import boost, publish
from weft.domain.posts.queries import post_by_uri
from weft.domain.posts.records import NewPoll, NewPost, PostKind
from weft.domain.reactions.react import ReactionKind, react
from weft.domain.relations.follow import accept, follow
from weft.domain.visibility.viewer import Visibility

_FAULT = re.compile(r"\w*Error\b|already there|.*(database|constraint)")
"""What is put off for these would fail again: it is no trouble of the network's."""

HOSTS = ("a.example", "b.example", "m.example", "weft.example")


class _Errors(logging.Handler):
    """What is logged as an error outside structlog, by asyncio for one."""

    def __init__(self, records: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(self.format(record))


@dataclass(slots=True)
class Town:
    stage: Scene
    connection: apsw.Connection
    world: World
    here: dict[str, str]
    """How the scenarios' addresses are called in this town, the longest first."""
    logs: list[Any]
    errors: list[str]
    signers: int = 0
    sent: int = 0
    statuses: Counter[int] = field(default_factory=Counter)

    def placed(self, text: str) -> str:
        """A text with the addresses of this town, and ids that are new."""
        self.sent += 1
        text = text.replace("{n}", str(self.sent)).replace(SIGNER, self.signer)
        for address, stands_for in self.here.items():
            text = text.replace(address, stands_for)
        return text

    @property
    def signer(self) -> str:
        """Whoever deleted themselves came back under another name."""
        return f"{SIGNER}{self.signers or ''}"

    async def deliver(self, bodies: Sequence[str]) -> None:
        """POST each as the attacker, to the shared inbox and to lena's in turn, and await the end."""
        signer = self.placed(SIGNER)
        for number, body in enumerate(bodies):
            data = self.placed(body).encode("utf-8", "surrogatepass")
            answer = await self.stage.deliver(signer, data, "/inbox" if number % 2 else None)
            self.statuses[answer.status] += 1
            if answer.status >= 500 or (answer.status >= 400 and not answer.text):
                raise AssertionError(f"{answer.status} {answer.text!r} for {body}")
        await self.settled()
        known = await self.stage.parts.db.one(actor_by_uri, uri=signer)
        if known is not None and known.deleted_at is not None:
            self.signers += 1
            await self.lena_follows_the_signer()

    async def lena_follows_the_signer(self) -> None:
        """So that what the attacker posts concerns somebody here, and is kept."""
        parts, lena = self.stage.parts, self.stage.lena
        signer = await parts.resolver.actor(self.placed(SIGNER))

        async def write(tx: Any) -> None:
            await follow(tx, parts.server, follower=lena, target=signer)
            await accept(tx, parts.server, follower_id=lena.id, target_id=signer.id)

        await parts.db.write(write)

    async def settled(self) -> None:
        import asyncio

        async with asyncio.timeout(20):
            while not await self.stage.parts.processor.settled():  # noqa: ASYNC110 (it asks the database)
                await asyncio.sleep(0.001)

    def serve(self, documents: Sequence[Any]) -> None:
        """Let the attacker's server answer with these."""
        for address, document in zip(SERVED, documents, strict=False):
            body = self.placed(json.dumps(document)).encode("utf-8", "surrogatepass")
            self.stage.others.answer(self.placed(address), Reply(body=body))

    def snapshot(self) -> Snapshot:
        return snapshot(self.connection, self.world)

    def complaints(self, before: Snapshot) -> list[str]:
        """What is not as it must be; the log begins anew."""
        found = forbidden_changes(before, self.snapshot(), self.world)
        found += [
            f"logged: {each}"
            for each in self.logs
            if each.get("log_level") in {"error", "critical"} or each.get("exc_info")
        ]
        found += [f"logged: {each}" for each in self.errors]
        self.logs.clear()
        self.errors.clear()
        return found

    def outcomes(self) -> Counter[str]:
        """How the activities ended, and what has to be tried again for a fault of ours."""
        rows = self.connection.execute("SELECT state, verdicts FROM inbox_log").fetchall()
        found: Counter[str] = Counter()
        for _, verdicts in rows:
            verdict = json.loads(str(verdicts)) if verdicts else {"outcome": "waits", "why": ""}
            found[verdict["outcome"]] += 1
            if (
                verdict["outcome"] in {"put off", "failed"}
                and "Error" in verdict["why"].split(":")[0]
            ):
                found["fault: " + verdict["why"]] += 1
        return found


@asynccontextmanager
async def town(folder: Path, template: Path) -> AsyncIterator[Town]:
    """``template`` as in ``tests.support.fediverse``."""
    errors: list[str] = []
    handler = _Errors(errors)
    logging.getLogger().addHandler(handler)
    try:
        with capture_logs() as logs:
            async with scene(folder, template) as stage:
                made = await _settle(stage, logs, errors)
                try:
                    yield made
                finally:
                    made.connection.close()
    finally:
        logging.getLogger().removeHandler(handler)


async def _settle(stage: Scene, logs: list[Any], errors: list[str]) -> Town:
    parts = stage.parts
    carol = (
        await create_account(
            parts.db, parts.server, parts.sealer, name="carol", email=None, password=None
        )
    ).actor
    posts = await _local_posts(stage, carol)
    here = {
        f"https://weft.example/posts/{number}": f"{parts.server.origin}/ap/posts/{id_}"
        for number, id_ in enumerate(posts, 1)
    }
    here |= {LENA: stage.lena.uri, "https://weft.example/users/carol": carol.uri}
    for host in HOSTS:
        stands_for = await stage.others.place(f"https://{host}/")
        here[f"https://{host}"] = stands_for.rstrip("/")
        here[f"HTTPS://{host}"] = stands_for.rstrip("/").replace("http", "HTTP")
    connection = apsw.Connection(str(parts.settings.sqlite_path), flags=apsw.SQLITE_OPEN_READONLY)
    connection.set_busy_timeout(5000)
    attackers = here["https://m.example"].removeprefix("http://")
    world = World(frozenset(), frozenset(), attackers)
    made = Town(stage, connection, world, here, logs, errors)
    await _before(made, carol)
    known = {name: await _actor(made, uri) for name, uri in (("alice", ALICE), ("bob", BOB))}
    made.world = World(
        frozenset((stage.lena.id, carol.id, known["alice"].id)),
        frozenset((known["bob"].id,)),
        attackers,
    )
    return made


async def _actor(made: Town, uri: str) -> Actor:
    return await made.stage.parts.resolver.actor(made.placed(uri))


async def _local_posts(stage: Scene, carol: Actor) -> list[int]:
    """A public post of lena's, a poll of hers, and one of carol's for her followers."""
    parts = stage.parts
    poll = NewPoll(("Yes", "No"), ends_at=parts.server.now_ms() + 3_600_000)
    new = [
        NewPost(author_id=stage.lena.id, kind=PostKind.NOTE, content="<p>By lena</p>"),
        NewPost(author_id=stage.lena.id, kind=PostKind.QUESTION, content="<p>?</p>", poll=poll),
        NewPost(
            author_id=carol.id,
            kind=PostKind.NOTE,
            content="<p>Secret</p>",
            visibility=Visibility.FOLLOWERS,
        ),
    ]
    return [(await parts.db.write(publish, parts.server, each)).id for each in new]


async def _before(made: Town, carol: Actor) -> None:
    """Alice, bob, carol and lena have dealings with one another; lena follows the attacker."""
    for who in (ALICE, BOB):
        for number, (type_, object_) in enumerate(_deeds(who)):
            name = f"{type_.lower()}-1" if type_ != "Announce" else "boost-1"
            activity = {
                "id": f"{who}/a/{name if type_ != 'Create' else f'create-{number}'}",
                "type": type_,
                "actor": who,
                "object": object_,
                "to": [PUBLIC],
            }
            body = made.placed(json.dumps(activity)).encode()
            answer = await made.stage.deliver(made.placed(who), body)
            assert answer.status == 202, answer.text
    await made.settled()
    alice, bob = [await _actor(made, each) for each in (ALICE, BOB)]
    server, lena = made.stage.parts.server, made.stage.lena

    async def write(tx: Any) -> None:
        for follower, target in ((lena, alice), (lena, bob), (lena, carol)):
            await follow(tx, server, follower=follower, target=target)
            await accept(tx, server, follower_id=follower.id, target_id=target.id)
        post = await tx.one(post_by_uri, uri=made.placed(f"{ALICE}/n/1"))
        await react(
            tx, server, actor_id=lena.id, post_id=post.id, kind=ReactionKind.LIKE, local=True
        )
        await boost(
            tx, server, NewPost(author_id=carol.id, kind=PostKind.BOOST, boost_of_id=post.id)
        )

    await made.stage.parts.db.write(write)
    await made.lena_follows_the_signer()
    await made.settled()


def _deeds(who: str) -> list[tuple[str, Any]]:
    def note(path: str, **more: Any) -> dict[str, Any]:
        return {"id": f"{who}/{path}", "type": "Note", "attributedTo": who, "to": [PUBLIC],
                "content": "<p>Mine</p>", "tag": [{"type": "Hashtag", "name": "#mine"},
                {"type": "Mention", "href": LENA}], **more}  # fmt: skip

    picture = {"type": "Document", "mediaType": "image/png", "url": f"{who}/p.png"}
    answers = [{"type": "Note", "name": name} for name in ("Yes", "No")]
    return [
        ("Create", note("n/1", attachment=[picture])),
        ("Create", note("n/2", to=[f"{who}/followers"])),
        ("Create", note("q/1", type="Question", oneOf=answers, endTime="2036-01-01T00:00:00Z")),
        ("Follow", LENA),
        ("Like", "https://weft.example/posts/1"),
        ("Announce", "https://weft.example/posts/1"),
        ("Block", "https://weft.example/users/carol"),
    ]
