"""A person's page: who they are, and their posts."""

from dataclasses import dataclass
from typing import Any

from litestar.response.base import ASGIResponse
from markupsafe import Markup

from weft.domain.actors.queries import actors_by_ids, counts_of
from weft.domain.actors.records import Actor, ActorKind, actor_facets
from weft.domain.communities.queries import threads
from weft.domain.listens.queries import listens_of
from weft.domain.posts.queries import posts_by_author
from weft.domain.relations.lists import followed_by, followers_of
from weft.domain.relations.queries import FollowState, follow_between
from weft.domain.shelves.queries import shelves_of
from weft.domain.stories.keep import stories_of
from weft.domain.visibility.viewer import kind_of, viewer_params
from weft.storage.ids import MAX_ID
from weft.web.pages import feeds
from weft.web.pages.cards import cards, handle, with_emoji
from weft.web.pages.collections import shown_by
from weft.web.pages.finding import NOBODY, person_of
from weft.web.pages.paging import LIMIT, older, span
from weft.web.pages.previews import preview_of_person
from weft.web.rendering import reading_policy
from weft.web.visits import Route, Visit


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    value: Markup
    verified: bool


async def profile(visit: Visit) -> ASGIResponse:
    """GET /@name, and its feeds: /@name.rss, /@name.atom"""
    typed = visit.path("handle")
    kind = feeds.ending(typed)
    if kind is not None and "@" not in typed[1:]:
        return await feeds.of_person(visit, typed.removesuffix(kind), kind)
    actor = await person_of(visit, visit.path("handle"))
    openings = visit.parts.openings
    progress = await openings.profile(actor, me=visit.me, address=visit.address)
    part, db = span(visit), visit.parts.db
    with_replies = visit.query.get("replies") == "1"
    rows = (
        await db.all(
            posts_by_author,
            who=kind_of(visit.viewer),
            without_replies=not with_replies,
            author=actor.id,
            **part.bounds,
            **viewer_params(visit.viewer, visit.parts.server.now_ms(), "show"),
        )
        if actor.stands
        else []
    )
    kept = {"replies": "1"} if with_replies else {}
    return await visit.page(
        "profile.html",
        status=200 if actor.stands else 403,
        security=reading_policy(),
        cards=await cards(visit, rows),
        older=older(visit, [row.id for row in rows], **kept),
        with_replies=with_replies,
        progress=progress,
        **await _described(visit, actor),
    )


async def community(visit: Visit) -> ASGIResponse:
    """GET /c/NAME: a community and its newest threads."""
    actor = await person_of(visit, f"@{visit.path('name').removeprefix('!')}")
    if actor.kind != ActorKind.GROUP:
        raise NOBODY
    part = span(visit)
    rows = await visit.parts.db.all(
        threads,
        who=kind_of(visit.viewer),
        where="community",
        community=actor.id,
        before=part.max_id,
        since=0,
        limit=LIMIT,
        skip=0,
        **viewer_params(visit.viewer, visit.parts.server.now_ms()),
    )
    return await visit.page(
        "profile.html",
        security=reading_policy(),
        cards=await cards(visit, rows),
        older=older(visit, [row.id for row in rows]),
        with_replies=None,
        progress=None,
        **await _described(visit, actor),
    )


async def _described(visit: Visit, actor: Actor) -> dict[str, Any]:
    db, facets = visit.parts.db, actor_facets(actor.facets)
    relation = None
    if visit.me is not None and visit.me != actor.id:
        edge = await db.one(follow_between, follower=visit.me, target=actor.id)
        relation = "none" if edge is None else "pending"
        if edge is not None and edge.state == FollowState.ACCEPTED:
            relation = "following"
    return {
        "actor": actor,
        "preview": preview_of_person(visit, actor),
        "handle": handle(actor),
        "full_handle": f"@{actor.username}@{actor.domain}",
        "is_bot": actor.kind in (ActorKind.SERVICE, ActorKind.APPLICATION),
        "bio": with_emoji(actor.summary, facets.emojis, visit.parts.server.shown_at),
        "fields": [
            Field(each.name, Markup(each.value), each.verified_at is not None)  # noqa: S704
            for each in facets.fields
        ],
        "counts": await db.one(counts_of, ids=[actor.id]),
        "relation": relation,
        "has_collections": actor.stands
        and facets.show_featured
        and bool(await shown_by(visit, actor, 1)),
        **await _deeds(visit, actor),
    }


async def _deeds(visit: Visit, actor: Actor) -> dict[str, bool]:
    """What there is of somebody besides posts, as far as the visitor may see it."""
    db, now, who = visit.parts.db, visit.parts.server.now_ms(), kind_of(visit.viewer)
    seen_by = viewer_params(visit.viewer, now, "show")
    shelf = await db.one(shelves_of, who=who, of_owner=actor.id, limit=1, **seen_by)
    story = await db.one(stories_of, who=who, of_author=actor.id, at=now, limit=1, **seen_by)
    listen = await db.one(
        listens_of, who=who, of_actor=actor.id, max_id=MAX_ID + 1, limit=1, **seen_by
    )
    return {
        "has_shelves": shelf is not None,
        "has_listens": listen is not None,
        "has_stories": story is not None,
    }


async def followers(visit: Visit) -> ASGIResponse:
    """GET /@name/followers"""
    return await _people(visit, followers_of, "Followers")


async def following(visit: Visit) -> ASGIResponse:
    """GET /@name/following"""
    return await _people(visit, followed_by, "Following")


async def _people(visit: Visit, statement: Any, heading: str) -> ASGIResponse:
    actor, part = await person_of(visit, visit.path("handle")), span(visit)
    hidden = actor.hides_network and actor.id != visit.me
    rows = [] if hidden else await visit.parts.db.all(statement, actor_id=actor.id, **part.bounds)
    found = await visit.parts.db.all(actors_by_ids, ids=[row.id for row in rows])
    by_id = {each.id: each for each in found}
    return await visit.page(
        "people.html",
        security=reading_policy(),
        heading=f"{heading}: {actor.name}",
        people=[by_id[row.id] for row in rows if row.id in by_id],
        hidden=hidden,
        older=older(visit, [row.cursor for row in rows]),
    )


ROUTES = (
    Route("GET", "/c/{name:str}", community),
    Route("GET", "/{handle:str}", profile),
    Route("GET", "/{handle:str}/followers", followers),
    Route("GET", "/{handle:str}/following", following),
)
