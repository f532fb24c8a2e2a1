"""How a payload of the corpus is played: its hosts put on loopback, its receiver made lena.

One ``Corpus`` per folder says who of the payloads is lena, and keeps the outcomes; a test file per folder
plays them all (``test_corpus_mastodon.py`` is the pattern).
"""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from tests.federation.effects import eventually
from tests.support.fediverse import Reply, Scene, key_pair, looking
from tests.support.shared import shared
from weft.domain.actors.queries import actor_by_uri
from weft.domain.actors.records import Actor
from weft.domain.posts.publish import publish
from weft.domain.posts.records import NewPoll, NewPost, PostKind
from weft.domain.relations.follow import accept, follow
from weft.protocol.activitystreams import first_id

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
_ORIGIN = re.compile(r"https?://([A-Za-z0-9][A-Za-z0-9.-]*(?::\d+)?)")
_ACCT = re.compile(r"acct:([\w.]+)@([A-Za-z0-9.-]+)")
_VOCABULARIES = (
    "www.w3.org", "w3id.org", "joinmastodon.org", "schema.org", "ostatus.org", "purl.org",
    "webfinger.net", "nodeinfo.diaspora.software", "schemas.google.com", "gmpg.org",
)  # fmt: skip


@dataclass(slots=True)
class At:
    """One payload on one stage."""

    stage: Scene
    corpus: "Corpus"
    file: str
    payload: dict[str, Any]
    """As it is in the corpus."""
    here: dict[str, str] = field(default_factory=dict)
    """What of ours stands for which address of the payload; longest first when applied."""

    @property
    def id(self) -> str:
        """The id of the payload's object, or its own, as in the corpus."""
        object_ = self.payload.get("object")
        own = first_id(object_) if isinstance(object_, dict) else first_id(self.payload)
        assert own is not None
        return own

    def load(self, file: str) -> dict[str, Any]:
        read: dict[str, Any] = json.loads((self.corpus.folder / f"{file}.json").read_text())
        return read

    async def place(self, value: Any) -> Any:
        """The same value on loopback; contexts stay as they are."""
        if isinstance(value, list):
            return [await self.place(each) for each in value]
        if isinstance(value, dict):
            return {k: v if k == "@context" else await self.place(v) for k, v in value.items()}
        return await self._placed(value) if isinstance(value, str) else value

    async def _placed(self, text: str) -> str:
        for placeholder, word in self.corpus.placeholders.items():
            text = text.replace(placeholder, word)
        for address in sorted(self.here, key=len, reverse=True):
            ours = self.here[address].replace("\\", r"\\")
            text = re.sub(re.escape(address) + r"(?![\w/])", ours, text)
        for origin in {found[0]: found[1] for found in _ORIGIN.finditer(text)}.items():
            if origin[1].startswith("127.") or origin[1] in _VOCABULARIES:
                continue
            stands_for = await self.stage.others.listen(origin[1].replace(":", "-"))
            text = re.sub(re.escape(origin[0]) + r"(?![\w.:-])", f"http://{stands_for}", text)
        for found in list(_ACCT.finditer(text)):
            if found[2].startswith("127."):
                continue
            host = await self.stage.others.listen(found[2])
            text = text.replace(found[0], f"acct:{found[1]}@{host}")
        return text

    # What is there before.

    async def lena_posts(self) -> int:
        return await self._post(self.corpus.posts, PostKind.NOTE, None)

    async def lena_asks(self, *options: str, multiple: bool = False) -> int:
        ends_at = self.stage.parts.server.now_ms() + 3_600_000
        poll = NewPoll(options, multiple=multiple, ends_at=ends_at)
        return await self._post(self.corpus.polls, PostKind.QUESTION, poll)

    async def _post(self, addresses: tuple[str, ...], kind: PostKind, poll: NewPoll | None) -> int:
        new = NewPost(author_id=self.stage.lena.id, kind=kind, content="<p>By lena</p>", poll=poll)
        made = await self.stage.parts.db.write(publish, self.stage.parts.server, new)
        self.stage.posts.append(made.id)
        self.here |= dict.fromkeys(addresses, made.uri)
        return made.id

    async def lena_follows(self, uri: str, *, accepted: bool) -> str:
        """The id of the follow."""
        target = await self.actor(uri)
        server, lena = self.stage.parts.server, self.stage.lena

        async def write(tx: Any) -> str:
            made = await follow(tx, server, follower=lena, target=target)
            if accepted:
                await accept(tx, server, follower_id=lena.id, target_id=target.id)
            return str(made.uri)

        return await self.stage.parts.db.write(write)

    async def lena_is_interested(self) -> None:
        """Lena follows whoever the payload is by: what concerns nobody here is not kept."""
        author = first_id(self.payload.get("actor")) or first_id(self.payload.get("attributedTo"))
        assert author is not None
        await self.lena_follows(author, accepted=True)

    async def actor(self, uri: str) -> Actor:
        """The remote person of this id, met before."""
        if await self.place(uri) not in self.stage.others.replies:
            await self.person(uri)
        return await self.stage.parts.resolver.actor(await self.place(uri))

    async def person(self, uri: str, **more: Any) -> None:
        """Let the server of ``uri`` answer with a person who has a key of ours."""
        id_ = await self.place(uri)
        name = id_.partition("#")[0].rstrip("/").rpartition("/")[2]
        document = {
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "id": id_, "type": "Person", "preferredUsername": name.lstrip("@~").partition("@")[0].partition(":")[0], "inbox": f"{id_}/inbox",
            "outbox": f"{id_}/outbox", "followers": f"{id_}/followers",
            **await self.place(more), "publicKey": await self._key(id_),
        }  # fmt: skip
        self.stage.others.answer(id_, Reply(body=json.dumps(document).encode()))

    async def _key(self, id_: str) -> dict[str, str]:
        name = id_.rpartition("/")[2]
        return {"id": f"{id_}#main-key", "owner": id_, "publicKeyPem": key_pair(name)[1]}

    async def serve(self, document: dict[str, Any], url: str | None = None, **headers: str) -> str:
        """Let the document's server answer with it at its id, or elsewhere; where it is."""
        placed = await self.place(document)
        address: str = await self.place(url) if url else placed["id"]
        body = json.dumps(placed).encode()
        # Without a path, it is the root that is asked for.
        asked = address if address.count("/") > 2 else f"{address}/"
        self.stage.others.answer(asked, Reply(200, headers, body))
        return address

    async def serve_author(self) -> None:
        """Whoever the payload is by can be fetched, with a key."""
        object_ = self.payload.get("object")
        inner = object_ if isinstance(object_, dict) else {}
        for each in (
            self.payload.get("actor"),
            self.payload.get("attributedTo"),
            inner.get("attributedTo"),
        ):
            uri = first_id(each)
            if uri is not None:
                more = {"followers": "http://example.com/followers"} if "/actor" in uri else {}
                await self.person(uri, **more)

    # What happens.

    async def deliver(self, payload: dict[str, Any], inbox: str | None = None) -> None:
        """POST it, signed by its actor; it must be taken, and worked off."""
        placed = await self.place(payload)
        actor = first_id(placed["actor"])
        assert actor is not None
        answer = await self.stage.deliver(actor, json.dumps(placed).encode(), inbox)
        assert answer.status == 202, answer.text
        await self.stage.settled()

    async def deliver_created(self) -> None:
        """The payload is an object: deliver the Create that brings it."""
        author = first_id(self.payload["attributedTo"])
        wrapped = {"@context": self.payload.get("@context"), "id": f"{self.id}/activity",
                   "type": "Create", "actor": author, "object": self.payload,
                   "to": self.payload.get("to"), "cc": self.payload.get("cc")}  # fmt: skip
        await self.deliver(wrapped)

    async def fetched(self) -> None:
        """The payload is an object: lena pastes its address."""
        await self.serve(self.payload)

    # What is seen.

    async def found(self, kind: str, query: str) -> list[dict[str, Any]]:
        """What lena's search shows for an address or a handle."""
        typed = await self.place(query)
        answer = await self.stage.api.get("/api/v2/search", q=typed, resolve="true")
        assert answer.status == 200, answer.text
        shown: list[dict[str, Any]] = answer.json[kind]
        return shown

    async def status(self, uri: str | None = None) -> dict[str, Any]:
        shown = await self.found("statuses", uri or self.id)
        assert len(shown) == 1, f"{uri or self.id}: {shown}; {self.verdicts()}"
        return shown[0]

    async def account(self, uri: str | None = None) -> dict[str, Any]:
        shown = await self.found("accounts", uri or self.id)
        assert len(shown) == 1, f"{uri or self.id}: {shown}"
        return shown[0]

    async def opened(self, uri: str) -> dict[str, Any]:
        """An account after lena opened its profile, and its server was asked about it."""
        shown = await self.account(uri)
        await self.stage.api.get(f"/api/v1/accounts/{shown['id']}/statuses")
        openings = self.stage.parts.openings
        await self.stage.until(lambda: not openings.profile_of(int(shown["id"]))[0])
        return await self.account(uri)

    async def relation(self, uri: str | None = None) -> dict[str, Any]:
        """Between lena and the actor of the payload."""
        other = await self.account(uri or str(self.payload["actor"]))
        answer = await self.stage.api.get("/api/v1/accounts/relationships", **{"id[]": other["id"]})
        shown: dict[str, Any] = answer.json[0]
        return shown

    async def own(self) -> dict[str, Any]:
        """Lena's first post as she sees it."""
        shown = await self.stage.api.get(f"/api/v1/statuses/{self.stage.posts[0]}")
        own: dict[str, Any] = shown.json
        return own

    async def notified(self) -> list[str]:
        answer = await self.stage.api.get("/api/v1/notifications")
        return [each["type"] for each in answer.json]

    async def sent(self, type_: str) -> dict[str, Any]:
        """The first activity of a type that Weft delivered to another server."""

        def look() -> list[dict[str, Any]]:
            return [body for _, body in self.stage.others.delivered if body.get("type") == type_]

        return dict((await eventually(look))[0])

    async def known(self, uri: str | None = None) -> bool:
        return await self.stage.knows(await self.place(uri or self.id))

    async def stored_actor(self, uri: str) -> Actor | None:
        return await self.stage.parts.db.one(actor_by_uri, uri=await self.place(uri))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Straight from the database, for what no app is shown."""
        with looking(self.stage.parts.settings.database_url) as rows:
            return rows(sql)

    def verdicts(self) -> list[tuple[Any, ...]]:
        return self.rows("SELECT type, verdicts FROM inbox_log")


Check = Callable[[At], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Play:
    """How a payload is brought, and what must come of it."""

    check: Check
    how: str
    given: Check | None


@dataclass(slots=True)
class Corpus:
    """A folder of payloads. ``lena``, ``posts`` and ``polls`` are addresses in them that stand for who
    and what of ours; ``placeholders`` are words to be put in."""

    name: str
    lena: tuple[str, ...] = ()
    posts: tuple[str, ...] = ()
    polls: tuple[str, ...] = ()
    placeholders: dict[str, str] = field(default_factory=dict)
    plays: dict[str, Play] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return shared(f"corpus/{self.name}")

    @property
    def files(self) -> list[str]:
        """The payloads, by name without their ending."""
        return sorted(each.stem for each in self.folder.glob("*.json"))

    def outcome(
        self,
        *files: str,
        how: str = "deliver",
        given: Check | None = None,
    ) -> Callable[[Check], Check]:
        """What must come of these files.

        ``how``: ``deliver`` an activity, ``create`` (deliver the Create of an object), ``fetch`` (its
        server answers with it), or ``itself`` (the check does all).
        """

        def keep(check: Check) -> Check:
            for file in files:
                if file in self.plays:
                    raise ValueError(f"{file} has two outcomes")
                self.plays[file] = Play(check, how, given)
            return check

        return keep

    async def play(self, stage: Scene, file: str) -> None:
        """Bring one payload as it is meant to be, and check its outcome."""
        play = self.plays[file]
        at = At(stage, self, file, json.loads((self.folder / f"{file}.json").read_text()))
        at.here |= dict.fromkeys(self.lena, stage.lena.uri)
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
