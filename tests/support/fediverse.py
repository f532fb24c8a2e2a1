"""Other servers, played by one process: each host of a scenario is a loopback address of its own.

``https://a.example/…`` in a scenario becomes ``http://127.77.0.1:PORT/…``, for every host and in
every string, and everything is really fetched over sockets and really signed.
"""

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from shutil import copyfile
from typing import Any, TypeVar

from tests.support.asgi import Answer, Caller
from tests.support.databases import sql
from weft.app import Parts, assembled, web_app, working
from weft.config.settings import load
from weft.domain.accounts.access import issue_token
from weft.domain.accounts.create import create_account
from weft.domain.actors.records import Actor
from weft.protocol.keys import PrivateKey, generate_rsa, load_private_key
from weft.protocol.signatures.cavage import sign_post_cavage
from weft.storage.migrate import upgrade

T = TypeVar("T")

HOME = "weft.example"
DRAIN_S = 20.0
_ORIGIN = re.compile(r"(https?)://([A-Za-z0-9.\u00c0-\u024f-]+\.example)(:\d+)?(?=[/?#\"'\s<]|$)")


@cache
def key_pair(name: str) -> tuple[PrivateKey, str]:
    """A key for each person of the scenarios, made once: ``(private, public PEM)``."""
    private, public = generate_rsa()
    return load_private_key(private), public


@dataclass(slots=True)
class Reply:
    """What a host answers at one URL."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Mood:
    """What a host does with deliveries: answers a status, slowly, or something that is no HTTP."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    slow_s: float = 0.0
    refuses: Callable[[dict[str, str]], bool] | None = None
    """Takes what this is false of; without it ``status`` is for all."""
    broken: bool = False
    instead: bytes = b""
    """What comes instead of an answer, before the connection is closed."""

    def answer(self) -> bytes:
        fields = {"Content-Length": "0"} | self.headers
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return f"HTTP/1.1 {self.status} X\r\n{lines}\r\n".encode()


class OtherServers:
    """All hosts but ours. ``asked`` has every URL that was requested, in order."""

    def __init__(self, home: str) -> None:
        self._home = home
        self.hosts: dict[str, str] = {}
        self.replies: dict[str, Reply | Callable[[str], Reply]] = {}
        self.asked: list[str] = []
        self.delivered: list[tuple[str, dict[str, Any]]] = []
        self.moods: dict[str, Mood] = {}
        """How a host takes deliveries, where it is not well."""
        self.knocked: Counter[str] = Counter()
        """Deliveries that were tried, by authority."""
        self.watch: Callable[[dict[str, str], bytes], Any] | None = None
        """Sees each delivery, headers as they came."""
        self.picky: dict[str, Callable[[dict[str, str]], Reply]] = {}
        """Answers to GETs that depend on their headers, by URL."""
        self._servers: list[asyncio.Server] = []
        self._port = 0

    async def listen(self, host: str) -> str:
        """The authority that stands for a host; it listens from now on."""
        host = host.encode("idna").decode().lower()
        known = self.hosts.get(host)
        if known is not None:
            return known
        address = f"127.77.0.{len(self.hosts) + 1}"
        server = await asyncio.start_server(self._serve, address, 0)
        self._servers.append(server)
        port = server.sockets[0].getsockname()[1]
        self.hosts[host] = f"{address}:{port}"
        return self.hosts[host]

    async def close(self) -> None:
        for server in self._servers:
            server.close()
        for server in self._servers:
            await server.wait_closed()

    async def place(self, value: Any) -> Any:
        """The same value with every origin replaced by the one that stands for it."""
        if isinstance(value, str):
            return await self._place(value)
        if isinstance(value, list):
            return [await self.place(each) for each in value]
        if isinstance(value, dict):
            return {await self._place(k): await self.place(v) for k, v in value.items()}
        return value

    async def _place(self, text: str) -> str:
        for found in {match.group(0): match for match in _ORIGIN.finditer(text)}.values():
            host, port = found[2], found[3] or ""
            if port == ":443":
                port = ""
            stands_for = (
                self._home if host == HOME else await self.listen(host + port.replace(":", "-"))
            )
            text = text.replace(found[0], f"http://{stands_for}")
        return text

    def answer(self, url: str, reply: Reply | Callable[[str], Reply]) -> None:
        self.replies[url] = reply

    def _person(self, authority: str, name: str) -> dict[str, Any]:
        uri = f"http://{authority}/users/{name}"
        return {
            "@context": [
                "https://www.w3.org/ns/activitystreams",
                "https://w3id.org/security/v1",
            ],
            "id": uri,
            "type": "Person",
            "preferredUsername": name,
            "name": name.capitalize(),
            "inbox": f"{uri}/inbox",
            "outbox": f"{uri}/outbox",
            "followers": f"{uri}/followers",
            "following": f"{uri}/following",
            "endpoints": {"sharedInbox": f"http://{authority}/inbox"},
            "publicKey": {
                "id": f"{uri}#main-key",
                "owner": uri,
                "publicKeyPem": key_pair(name)[1],
            },
        }

    def _reply(self, url: str, authority: str, path: str) -> Reply:
        found = self.replies.get(url)
        if found is None:
            found = next(
                (
                    each
                    for pattern, each in self.replies.items()
                    if "{n}" in pattern
                    and re.fullmatch(re.escape(pattern).replace(r"\{n\}", r"\d+"), url)
                ),
                None,
            )
        if callable(found):
            return found(url)
        if found is not None:
            return found
        person = re.fullmatch(r"/users/(\w+)", path)
        if person:
            return Reply(body=json.dumps(self._person(authority, person[1])).encode())
        webfinger = re.fullmatch(
            r"/\.well-known/webfinger\?resource=acct(?::|%3A)(\w+)(?:@|%40).*", path
        )
        if webfinger:
            uri = f"http://{authority}/users/{webfinger[1]}"
            link = {"rel": "self", "type": "application/activity+json", "href": uri}
            subject = f"acct:{webfinger[1]}@{authority}"
            return Reply(
                headers={"Content-Type": "application/jrd+json"},
                body=json.dumps({"subject": subject, "links": [link]}).encode(),
            )
        return Reply(status=404)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                first, *lines = head.split("\r\n")
                method, path, _ = first.split(" ", 2)
                headers = dict(line.lower().split(": ", 1) for line in lines if ": " in line)
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                if method == "POST":
                    mood = self.moods.get(headers.get("host", ""))
                    self.knocked[headers.get("host", "")] += 1
                    if mood is not None and mood.broken:
                        writer.write(mood.instead)
                        return
                    if self.watch is not None:
                        self.watch(_unfolded(lines), body)
                    refuses = mood.refuses if mood is not None else None
                    if refuses is not None and not refuses(headers):
                        mood = None
                    if mood is not None and mood.status is not None:
                        writer.write(mood.answer())
                        await writer.drain()
                        continue
                    await asyncio.sleep(mood.slow_s if mood is not None else 0)
                url = f"http://{headers.get('host', '')}{path}"
                if method == "GET" and url in self.picky:
                    reply = self.picky[url](headers)
                else:
                    reply = self._take(method, headers.get("host", ""), path, body)
                sent = {"Content-Type": "application/activity+json"} | reply.headers
                sent |= {"Content-Length": str(len(reply.body))}
                writer.write(
                    f"HTTP/1.1 {reply.status} X\r\n".encode()
                    + b"".join(f"{k}: {v}\r\n".encode() for k, v in sent.items())
                    + b"\r\n"
                    + reply.body
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _take(self, method: str, host: str, path: str, body: bytes) -> Reply:
        if method == "POST":
            self.delivered.append((f"http://{host}{path}", json.loads(body)))
            return Reply(status=202)
        url = f"http://{host}{path}"
        self.asked.append(url)
        return self._reply(url, host, path)


def _unfolded(lines: list[str]) -> dict[str, str]:
    pairs = (line.split(": ", 1) for line in lines if ": " in line)
    return {name.lower(): value for name, value in pairs}


@dataclass(slots=True)
class Scene:
    """One Weft with lena on it, and the rest of the world."""

    parts: Parts
    others: OtherServers
    lena: Actor
    api: Caller
    """Lena's app."""
    anyone: Caller
    posts: list[int] = field(default_factory=list)
    """Posts of lena's, in the order of writing."""

    @property
    def inbox(self) -> str:
        return f"/ap/actors/{self.lena.id}/inbox"

    async def place(self, value: Any) -> Any:
        """A value of a scenario in terms of this scene; what is new there is new now."""
        origin = self.parts.server.origin
        moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        placed = json.dumps(await self.others.place(value))
        placed = placed.replace(f"{origin}/users/lena", self.lena.uri)
        placed = placed.replace('"2026-10-01T12:00:00Z"', f'"{moment}"')
        for name in ("1", "poll"):
            if self.posts:
                own = f"{origin}/ap/posts/{self.posts[0]}"
                placed = re.sub(rf"{re.escape(origin)}/posts/{name}(?![0-9])", own, placed)
        return json.loads(placed.replace(f"{origin}/posts/", f"{origin}/ap/posts/"))

    async def deliver(self, signer: str, body: bytes, inbox: str | None = None) -> Answer:
        """POST as ``signer`` (an actor's or a key's id, placed already)."""
        key_id = signer if "#" in signer else f"{signer}#main-key"
        name = signer.partition("#")[0].rpartition("/")[2]
        path = inbox or self.inbox
        headers = sign_post_cavage(
            f"{self.parts.server.origin}{path}",
            body,
            key_id,
            key_pair(name)[0],
            self.parts.server.now_ms() // 1000,
        )
        return await self.anyone.call("POST", path, body=body, headers=headers)

    async def settled(self) -> None:
        """Until nothing of the inbox log waits for its first try, or for a moment."""
        until = asyncio.get_running_loop().time() + DRAIN_S
        with looking(self.parts.settings.database_url) as rows:
            while asyncio.get_running_loop().time() < until:
                waiting = rows(
                    "SELECT count(*) FROM inbox_log WHERE state < 2 AND retry_at IS NULL"
                )[0][0]
                if not waiting and not self.parts.processor.in_hand:
                    return
                await asyncio.sleep(0.01)
        raise TimeoutError("the inbox log did not drain")

    async def until(self, look: Callable[[], T | None], wait_s: float = 10.0) -> T:
        """What ``look`` finds, as soon as it finds something."""
        async with asyncio.timeout(wait_s):
            while True:
                found = look()
                if found:
                    return found
                await asyncio.sleep(0.01)

    def told(self, *kinds: str) -> list[tuple[str, dict[str, Any]]]:
        """What others were told of these types: inbox and activity."""
        return [each for each in self.others.delivered if each[1]["type"] in kinds]

    async def knows(self, uri: str) -> bool:
        """Is there a living object of this id?"""
        from weft.domain.actors.queries import object_by_uri

        found = await self.parts.db.one(object_by_uri, uri=uri)
        return found is not None and found.id is not None and found.deleted_at is None


@contextmanager
def looking(url: str) -> Iterator[Callable[[str], list[tuple[Any, ...]]]]:
    """Reads rows beside Weft, straight from its database."""
    if not url.startswith("sqlite:///"):
        yield lambda statement: sql(url, statement)
        return
    import apsw

    connection = apsw.Connection(url.removeprefix("sqlite:///"), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        yield lambda statement: [tuple(row) for row in connection.execute(statement)]
    finally:
        connection.close()


@asynccontextmanager
async def scene(folder: Path, template: Path) -> AsyncIterator[Scene]:
    """``template`` is a data folder that ``make_template`` filled."""
    copyfile(template / "weft.db", folder / "weft.db")
    copyfile(template / "secret.key", folder / "secret.key")
    async with _staged(folder) as staged:
        yield staged


@asynccontextmanager
async def scene_on(folder: Path, database_url: str) -> AsyncIterator[Scene]:
    """The same on a database of either engine, which has the schema and nobody in it."""
    settings = load(_settings(folder, database_url))
    async with assembled(settings) as parts:
        await parts.instance.ensure()
        await create_account(
            parts.db, parts.server, parts.sealer, name="lena", email=None, password=None
        )
    async with _staged(folder, database_url) as staged:
        yield staged


def _settings(folder: Path, database_url: str | None) -> dict[str, str]:
    settings = {
        "WEFT_DATA": str(folder),
        "WEFT_DOMAIN": "127.0.0.1:9999",
        "WEFT_INSECURE_LOOPBACK": "1",
    }
    return settings | ({"WEFT_DATABASE_URL": database_url} if database_url else {})


@asynccontextmanager
async def _staged(folder: Path, database_url: str | None = None) -> AsyncIterator[Scene]:
    settings = load(_settings(folder, database_url))
    others = OtherServers(settings.host)
    async with assembled(settings) as parts, working(parts, "federation"):
        from weft.domain.accounts.queries import account_by_handle
        from weft.domain.actors.queries import actor_by_id

        account = await parts.db.one(account_by_handle, handle="lena@127.0.0.1:9999")
        assert account is not None
        lena = await parts.db.one(actor_by_id, id=account.actor_id)
        assert lena is not None
        issued = await issue_token(
            parts.db,
            parts.server,
            account_id=account.id,
            scopes=frozenset({"read", "write", "follow"}),
            family="mastodon",
        )
        anyone = Caller(web_app(parts), settings.host)
        try:
            yield Scene(parts, others, lena, anyone.with_token(issued.token), anyone)
        finally:
            await others.close()


async def make_template(folder: Path) -> None:
    """A data folder with a database that has lena and nobody else."""
    settings = load(_settings(folder, None))
    await upgrade(settings.database_url)
    async with assembled(settings) as parts:
        await parts.instance.ensure()
        await create_account(
            parts.db, parts.server, parts.sealer, name="lena", email=None, password=None
        )
    import apsw

    connection = apsw.Connection(str(folder / "weft.db"))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close()
