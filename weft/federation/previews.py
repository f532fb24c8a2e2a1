"""Fetching cards: each page once, by its own worker, as a polite visitor.

A page is asked for only if its ``robots.txt`` lets us, with one request to a host at a time; what it
says is plain text and addresses, nothing of its HTML is kept. One server that fetches a page once for
all its people, at a moment of its own, is no stampede.
"""

import asyncio
import contextlib
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

import structlog
from msgspec import structs

from weft.domain.actors.records import Actor
from weft.domain.cards.card import (
    CLAIMED_MS,
    Card,
    CardState,
    Described,
    claim_card,
    next_card,
    settle_card,
    touch_posts,
    waiting_cards,
)
from weft.domain.search.index import index_card
from weft.domain.server import Server
from weft.federation.http.errors import FetchError, NotFound
from weft.federation.http.fetcher import Fetcher
from weft.federation.http.kinds import PAGE, ROBOTS, parse_content_type
from weft.federation.peers import Peers
from weft.federation.spending import limited
from weft.federation.unresolved import Unresolved
from weft.storage.database import Database, Tx
from weft.storage.errors import StorageError

AT_ONCE = 4
IDLE_S = 5.0
ROBOTS_KEPT = 2000
AGENT = "Weft"
_TITLE, _TEXT, _NAME = 300, 1000, 200
_HANDLE = re.compile(r"@?([\w.-]{1,64})@([\w.-]{1,253}(?::[0-9]{1,5})?)")
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset=[\"']?([\w-]{2,40})", re.IGNORECASE)

log = structlog.get_logger("weft.previews")


class Previews:
    """Works off the cards that wait."""

    def __init__(
        self,
        db: Database,
        server: Server,
        fetcher: Fetcher,
        peers: Peers,
        person: Callable[[str, str], Awaitable[Actor | None]],
    ) -> None:
        """``person`` finds who a handle (name and domain) is; raises Unresolved."""
        self._db = db
        self._person = person
        self._server = server
        self._fetcher = fetcher
        self._peers = peers
        self._busy: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._robots: OrderedDict[str, RobotFileParser | None] = OrderedDict()

    @property
    def in_hand(self) -> int:
        return len(self._tasks)

    async def run(self) -> None:
        """Work until cancelled."""
        try:
            while True:
                try:
                    started = await self._take()
                except StorageError as error:
                    # A card is not worth a server: it is tried again.
                    log.warning("cards not read", reason=str(error))
                    started = False
                if not started:
                    await self._sleep()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _sleep(self) -> None:
        row = await self._db.one(next_card)
        wait_s = IDLE_S
        if row is not None and len(self._tasks) < AT_ONCE:
            wait_s = min(IDLE_S, max(0.05, (row[0] - self._server.now_ms()) / 1000))
        await asyncio.sleep(wait_s)

    async def _take(self) -> bool:
        """Start what is due, one page of a host at a time; True if something was started."""
        if len(self._tasks) >= AT_ONCE:
            return False
        started = False
        for row in await self._db.all(waiting_cards, now=self._server.now_ms(), limit=20):
            host = urlsplit(row.url).netloc
            if host in self._busy or len(self._tasks) >= AT_ONCE:
                continue
            if not await self._db.write(self._claim, row):
                continue
            self._busy.add(host)
            task = asyncio.create_task(self._work(row, host))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            started = True
        return started

    async def _claim(self, tx: Tx, row: Card) -> bool:
        until = self._server.now_ms() + CLAIMED_MS
        return await tx.run(claim_card, of_card=row.id, was=row.created_at, until=until) > 0

    async def _work(self, row: Card, host: str) -> None:
        try:
            described = await self._described(row.url)
            await self._db.write(self._settle, row.id, described)
        except Exception:
            # The claim runs out, and the card is tried again.
            log.exception("card failed", url=row.url)
        finally:
            self._busy.discard(host)

    async def _settle(self, tx: Tx, card_id: int, described: Described | None) -> None:
        found = described or Described(title="")
        values = {name: getattr(found, name) for name in Described.__struct_fields__}
        state = CardState.FETCHED if described is not None else CardState.NOTHING
        await tx.run(
            settle_card, of_card=card_id, state=state, fetched_at=self._server.now_ms(), **values
        )
        if described is not None:
            await tx.run(touch_posts, of_card=card_id)
            await index_card(tx, card_id)

    async def _described(self, url: str) -> Described | None:
        host = self._peers.host_of(url)
        if host is None or host == self._server.host or await self._peers.is_blocked(host):
            return None
        try:
            if not await self._may_visit(url):
                log.info("page not read", url=url, reason="its robots.txt")
                return None
            got = await self._fetcher.fetch(url, PAGE)
        except FetchError as error:
            log.info("page not read", url=url, reason=str(error))
            return None
        text = decoded(got.body, got.headers.get("content-type", ""))
        found, handle = await asyncio.to_thread(read_page, text, got.url)
        if found is None or handle is None:
            return found
        return structs.replace(found, creator_id=await self._creator(*handle))

    async def _creator(self, name: str, domain: str) -> int | None:
        """Whom the page names. Whether they want to be named by it is asked when it is shown."""
        with contextlib.suppress(Unresolved), limited(2):
            found = await self._person(name, domain)
            return found.id if found is not None else None
        return None

    async def _may_visit(self, url: str) -> bool:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._robots:
            self._robots[origin] = await self._rules(origin)
            if len(self._robots) > ROBOTS_KEPT:
                self._robots.popitem(last=False)
        rules = self._robots[origin]
        return rules is None or rules.can_fetch(AGENT, url)

    async def _rules(self, origin: str) -> RobotFileParser | None:
        """RFC 9309: without a file all is allowed; a server that cannot answer allows nothing."""
        try:
            got = await self._fetcher.fetch(f"{origin}/robots.txt", ROBOTS)
        except NotFound:
            return None
        except FetchError as error:
            log.info("robots.txt not read", origin=origin, reason=str(error))
            return None
        rules = RobotFileParser()
        rules.parse(got.body.decode("utf-8", "replace").splitlines())
        return rules


def decoded(body: bytes, content_type: str) -> str:
    """The text of a page, by its header, else by what it says itself."""
    charset = parse_content_type(content_type)[1].get("charset", "")
    if not charset:
        named = _CHARSET.search(body[:4096])
        charset = named[1].decode("ascii", "replace") if named else "utf-8"
    try:
        return body.decode(charset, "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def read_page(html: str, url: str) -> tuple[Described | None, tuple[str, str] | None]:
    """What a page says of itself (Open Graph, Twitter's names, plain HTML); None without a title. And
    the name and domain of the author's account, if it says one."""
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(html)
    meta = dict(_meta(tree))
    title_node = tree.css_first("title")
    plain_title = title_node.text() if title_node is not None else ""
    title = _line(meta.get("og:title") or meta.get("twitter:title") or plain_title, _TITLE)
    if not title:
        return None, None
    root = tree.css_first("html")
    language = root.attributes.get("lang") if root is not None else None
    parts = urlsplit(url)
    image = _address(
        meta.get("og:image:secure_url") or meta.get("og:image") or meta.get("twitter:image"), url
    )
    described = Described(
        title=title,
        description=_line(
            meta.get("og:description")
            or meta.get("twitter:description")
            or meta.get("description", ""),
            _TEXT,
        ),
        author_name=_line(meta.get("article:author:name") or meta.get("author", ""), _NAME),
        author_url=_address(meta.get("article:author"), url) or "",
        provider_name=_line(meta.get("og:site_name", ""), _NAME) or parts.netloc,
        provider_url=f"{parts.scheme}://{parts.netloc}",
        image_url=image,
        image_description=_line(
            meta.get("og:image:alt") or meta.get("twitter:image:alt") or "", _TEXT
        ),
        width=_size(meta.get("og:image:width")) if image else None,
        height=_size(meta.get("og:image:height")) if image else None,
        language=language[:35] if language else None,
        published_at=_when(meta.get("article:published_time")),
    )
    creator = _HANDLE.fullmatch(meta.get("fediverse:creator", "").strip())
    return described, (creator[1], creator[2]) if creator is not None else None


def _meta(tree: Any) -> Iterator[tuple[str, str]]:
    """Names and contents; of several of one name, the first."""
    found: set[str] = set()
    for node in tree.css("meta")[:500]:
        attributes = node.attributes
        name = (attributes.get("property") or attributes.get("name") or "").strip().lower()
        content = attributes.get("content")
        if name and content and name not in found:
            found.add(name)
            yield name, content


def _line(text: str, longest: int) -> str:
    return " ".join(text.split())[:longest]


def _address(value: str | None, base: str) -> str | None:
    if not value:
        return None
    try:
        url = urljoin(base, value.strip())
    except ValueError:
        return None
    return url if url.startswith(("https://", "http://")) and len(url) <= 2048 else None


def _size(value: str | None) -> int | None:
    digits = (value or "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 6 else None


def _when(value: str | None) -> int | None:
    try:
        moment = datetime.fromisoformat((value or "").strip())
    except ValueError:
        return None
    return int(moment.timestamp() * 1000) if moment.tzinfo is not None else None
