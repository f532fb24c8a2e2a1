"""Search: people and hashtags by their names, posts and collections by their words, or anything by its address;
other servers are asked for members."""

import re

from litestar.response.base import ASGIResponse

from weft.domain.actors.queries import actor_by_id, actors_by_ids
from weft.domain.actors.records import Actor
from weft.domain.collections.found import find_collections
from weft.domain.collections.records import Collection
from weft.domain.markup.extract import tag_name
from weft.domain.posts.records import Post
from weft.domain.search.people import find_people
from weft.domain.search.posts import Page, find_posts
from weft.domain.search.typed import QUALIFIERS, QueryRefused, read
from weft.domain.tags.find import tags_like
from weft.domain.tags.queries import TagRow
from weft.web.pages.cards import cards, profile_path
from weft.web.pages.collections import visible_collections
from weft.web.pages.paging import LIMIT, older, span
from weft.web.pages.posts import post_for
from weft.web.rendering import reading_policy, redirect
from weft.web.visits import PageError, Route, Visit

_OPERATOR = re.compile(r"[-+]?[a-zA-Z]+:")


async def show(visit: Visit) -> ASGIResponse:
    """GET /search?q="""
    typed = visit.query.get("q", "").strip()[:2000]
    if typed and visit.me is not None and _is_address(typed):
        found = await _at_address(visit, typed)
        if found is not None:
            return found
    is_first = "max_id" not in visit.query
    rows, refused = await _posts(visit, typed)
    return await visit.page(
        "search.html",
        security=reading_policy(),
        typed=typed,
        people=await _people(visit, typed) if is_first else [],
        tags=await _tags(visit, typed) if is_first else [],
        posts=await cards(visit, rows),
        collections=await _collections(visit, typed) if is_first else [],
        older=older(visit, [row.id for row in rows], q=typed),
        refused=refused,
        qualifiers=QUALIFIERS,
    )


async def _at_address(visit: Visit, typed: str) -> ASGIResponse | None:
    """To the page of what has this address."""
    found = await visit.parts.resolve(typed)
    if found is None:
        return None
    if found.kind == "actor":
        actor = await visit.parts.db.one(actor_by_id, id=found.id)
        return redirect(profile_path(actor)) if actor is not None else None
    if found.kind == "collection":
        seen = await visible_collections(visit, [found.id])
        return redirect(f"/collections/{found.id}") if seen else None
    try:
        (card,) = await cards(visit, [await post_for(visit, str(found.id))])
    except (PageError, ValueError):
        return None  # not for this person's eyes: as if it were not there
    return redirect(card.page)


async def _posts(visit: Visit, typed: str) -> tuple[list[Post], str | None]:
    """Posts for a member, or what is wrong with the search."""
    if visit.me is None or not typed or "://" in typed:
        return [], None
    page = Page(limit=LIMIT, max_id=span(visit).max_id)
    try:
        asked = read(typed)
    except QueryRefused as error:
        return [], str(error)
    found = await find_posts(visit.parts.db, visit.parts.server, visit.me, asked, page)
    return found, None


async def _collections(visit: Visit, typed: str) -> list[Collection]:
    """Others' only for who is signed in, as their pages."""
    now = visit.parts.server.now_ms()
    found = await find_collections(visit.parts.db, visit.viewer, now, typed, limit=LIMIT)
    return [each for each in found if each.local or visit.me is not None]


async def _people(visit: Visit, typed: str) -> list[Actor]:
    """Who is not signed in finds people of this server only."""
    me = visit.me
    now = visit.parts.server.now_ms()
    ids = await find_people(visit.parts.db, typed, me=me, now=now, limit=LIMIT)
    rows = {row.id: row for row in await visit.parts.db.all(actors_by_ids, ids=ids)}
    found = [rows[each] for each in ids if each in rows]
    return found if me is not None else [each for each in found if each.local]


async def _tags(visit: Visit, typed: str) -> list[TagRow]:
    name = tag_name(typed.removeprefix("#"))
    if not name or any(map(str.isspace, name)):
        return []
    return await visit.parts.db.all(
        tags_like, low=name, high=name + "\U0010ffff", offset=0, limit=LIMIT
    )


def _is_address(typed: str) -> bool:
    """An address, or the handle of somebody on another server, and nothing beside it."""
    if typed.startswith(("https://", "http://")):
        return True
    is_word = not any(map(str.isspace, typed)) and not _OPERATOR.match(typed)
    return is_word and "@" in typed.removeprefix("@")


ROUTES = (Route("GET", "/search", show),)
