"""Which link of a post gets a card, and the cards themselves: one per address, whoever links to it."""

import random
import re
from collections.abc import Collection
from enum import IntEnum
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct
from sqlalchemy import Insert, Select, Update, bindparam, insert, literal_column, select, update

from weft.domain.server import Server
from weft.storage.database import Tx
from weft.storage.schema.posts import card, post, post_card
from weft.storage.schema.tables import Big
from weft.storage.statements import any_of, insert_or_ignore, query

LONGEST_URL = 2048
SPREAD_MS = 60_000
"""A card for another server's post is fetched within this time, at random: the same link reaches
thousands of servers at once, and the page behind it need not be asked by all of them in one second."""
CLAIMED_MS = 120_000
POSTS_TOUCHED = 500

# What is stored is our sanitiser's HTML: attributes in double quotes, entities escaped.
_ANCHOR = re.compile(r"<a\s([^>]*)>")
_HREF = re.compile(r'\bhref="([^"]*)"')
_CLASS = re.compile(r'\bclass="([^"]*)"')
_NO_LINKS = frozenset(("mention", "hashtag"))
_QUOTE = re.compile(r'<p class="quote-inline">.*?</p>', re.DOTALL)


class CardState(IntEnum):
    """The numbers are stored."""

    WAITING = 0
    FETCHED = 1
    NOTHING = 2


class Card(Struct, frozen=True):
    """One row of ``card``."""

    id: int
    url: str
    state: int
    kind: str
    title: str
    description: str
    author_name: str
    author_url: str
    provider_name: str
    provider_url: str
    image_url: str | None
    image_description: str
    width: int | None
    height: int | None
    language: str | None
    published_at: int | None
    fetched_at: int | None
    created_at: int
    creator_id: int | None


class CardOfPost(Struct, frozen=True):
    """A card that can be shown, and whose it is."""

    post_id: int
    url: str
    kind: str
    title: str
    description: str
    author_name: str
    author_url: str
    provider_name: str
    provider_url: str
    image_url: str | None
    image_description: str
    width: int | None
    height: int | None
    language: str | None
    published_at: int | None
    creator_id: int | None
    """Whom the page names as its author; to be believed if :func:`may_name` says so."""


class Described(Struct, frozen=True, kw_only=True):
    """What a page says of itself; plain text, cut to length."""

    title: str
    description: str = ""
    author_name: str = ""
    author_url: str = ""
    provider_name: str = ""
    provider_url: str = ""
    image_url: str | None = None
    image_description: str = ""
    width: int | None = None
    height: int | None = None
    language: str | None = None
    published_at: int | None = None
    creator_id: int | None = None


_CARD = [card.c[name] for name in Card.__struct_fields__]


@query(row=CardOfPost, bounded=True)
def cards_of() -> Select:
    """The cards of ``:ids``, as far as they are there."""
    return (
        select(post_card.c.post_id, *[card.c[n] for n in CardOfPost.__struct_fields__[1:]])
        .join(card, card.c.id == post_card.c.card_id)
        .where(any_of(post_card.c.post_id, "ids"), card.c.state == literal_column("1"))
    )


@query(row=Card, bounded=True)
def card_by_url() -> Select:
    return select(*_CARD).where(card.c.url == bindparam("url"))


@query(row=Card, bounded=True)
def waiting_cards() -> Select:
    """Cards that are due, the longest waiting first."""
    return (
        select(*_CARD)
        .where(
            card.c.state == literal_column("0"),
            card.c.created_at > literal_column("0"),
            card.c.created_at <= bindparam("now"),
        )
        .order_by(card.c.created_at)
        .limit(bindparam("limit"))
    )


@query(bounded=True)
def next_card() -> Select:
    """When the next one is due."""
    return (
        select(card.c.created_at)
        .where(card.c.state == literal_column("0"), card.c.created_at > literal_column("0"))
        .order_by(card.c.created_at)
        .limit(1)
    )


@query()
def insert_card() -> Insert:
    return insert_or_ignore(card, "id", "url", "state", "created_at")


@query()
def insert_post_card() -> Insert:
    """Nothing, if there is no card of ``:url``."""
    of_post: Any = bindparam("post_id", type_=Big)
    chosen = select(of_post, card.c.id).where(card.c.url == bindparam("url"))
    return insert(post_card).from_select(["post_id", "card_id"], chosen)


@query()
def claim_card() -> Update:
    """Takes a card for some time; changes nothing if another process was quicker."""
    return (
        update(card)
        .where(card.c.id == bindparam("of_card"), card.c.created_at == bindparam("was"))
        .values(created_at=bindparam("until"))
    )


@query()
def settle_card() -> Update:
    names = (*Described.__struct_fields__, "state", "fetched_at")
    return (
        update(card)
        .where(card.c.id == bindparam("of_card"))
        .values({name: bindparam(name) for name in names})
    )


@query()
def touch_posts() -> Update:
    """What was rendered of some posts with this card is made anew."""
    some = (
        select(post_card.c.post_id)
        .where(post_card.c.card_id == bindparam("of_card"))
        .limit(POSTS_TOUCHED)
    )
    return update(post).where(post.c.id.in_(some)).values(revision=post.c.revision + 1)


def first_link(content: str, link_url: str | None) -> str | None:
    """The link that a card is made of: the one that the post names, else the first in its text
    that is neither a mention nor a hashtag nor what it quotes."""
    if link_url is not None and len(link_url) <= LONGEST_URL:
        return link_url
    if "<a " not in content:
        return None
    if "quote-inline" in content:
        content = _QUOTE.sub("", content)
    for anchor in _ANCHOR.finditer(content):
        href, classes = _HREF.search(anchor[1]), _CLASS.search(anchor[1])
        if href is None or (classes and _NO_LINKS & set(classes[1].split())):
            continue
        url = unescape(href[1])
        if url.startswith(("https://", "http://")) and len(url) <= LONGEST_URL:
            return url
    return None


def may_name(url: str, domains: Collection[str]) -> bool:
    """May the page at ``url`` name somebody as its author, who lists these domains (Mastodon's
    ``attributionDomains``)? A domain stands for those below it, too."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    if not host:
        return False
    labels = host.split(".")
    above = {".".join(labels[at:]) for at in range(len(labels))}
    return not above.isdisjoint(each.casefold().rstrip(".") for each in domains)


async def attach_card(tx: Tx, server: Server, post_id: int, url: str, *, local: bool) -> None:
    """Put the card of an address to a post; it is fetched later, if it is not there yet."""
    if await tx.run(insert_post_card, post_id=post_id, url=url):
        return
    now = server.now_ms()
    due = now if local else now + random.randrange(SPREAD_MS)  # noqa: S311  spreads, no secret
    await tx.run(insert_card, id=tx.new_id(), url=url, state=CardState.WAITING, created_at=due)
    # By its address again: on PostgreSQL another write may have been quicker.
    await tx.run(insert_post_card, post_id=post_id, url=url)
