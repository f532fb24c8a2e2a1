"""The front page, the public timelines, a hashtag's posts and what one was notified of."""

from typing import Any

from litestar.response.base import ASGIResponse

from weft.domain.actors.queries import actors_by_ids
from weft.domain.markup.extract import tag_name
from weft.domain.notifications.kinds import NotificationKind, kinds_for
from weft.domain.notifications.queries import notification_page
from weft.domain.posts.queries import posts_for
from weft.domain.timelines.queries import home_page, public_page, tag_page
from weft.domain.visibility.viewer import kind_of, viewer_params
from weft.web.pages import feeds
from weft.web.pages.cards import cards, moment
from weft.web.pages.compose import Form
from weft.web.pages.paging import older, span
from weft.web.rendering import reading_policy
from weft.web.visits import Route, Visit

_WORDS = {
    NotificationKind.MENTION: "mentioned you",
    NotificationKind.BOOST: "boosted your post",
    NotificationKind.LIKE: "liked your post",
    NotificationKind.FOLLOW: "follows you now",
    NotificationKind.FOLLOW_REQUEST: "asks to follow you",
    NotificationKind.POLL: "closed a poll that you took part in",
    NotificationKind.EDIT: "edited a post that you boosted",
    NotificationKind.POST: "posted",
    NotificationKind.QUOTE: "quoted you",
    NotificationKind.REACTION: "reacted to your post",
    NotificationKind.QUOTED_EDIT: "edited a post that you quoted",
    NotificationKind.ADDED_TO_COLLECTION: "added you to a collection",
    NotificationKind.COLLECTION_UPDATE: "changed a collection that you are in",
    NotificationKind.SEVERED: "lost follows, because a server or an account was shut out",
    NotificationKind.WARNING: "was warned by the moderators of this server",
}


async def front(visit: Visit) -> ASGIResponse:
    """GET /: the home timeline, or what this server is."""
    if visit.me is None:
        return await _public(visit, "here", "front.html")
    part = span(visit)
    params = viewer_params(visit.viewer, visit.parts.server.now_ms())
    rows = await visit.parts.db.all(home_page, **params, **part.bounds)
    return await visit.page(
        "home.html",
        security=reading_policy(),
        cards=await cards(visit, rows),
        older=older(visit, [row.id for row in rows]),
        draft=Form(),
        error=None,
    )


async def here(visit: Visit) -> ASGIResponse:
    """GET /public: posts of this server's people."""
    return await _public(visit, "here", "timeline.html", heading="Posts of this server")


async def everywhere(visit: Visit) -> ASGIResponse:
    """GET /public/all: posts of everybody that this server knows of."""
    return await _public(visit, "any", "timeline.html", heading="Posts of all known servers")


async def _public(visit: Visit, origin: str, template: str, **more: Any) -> ASGIResponse:
    part = span(visit)
    rows = await visit.parts.db.all(
        public_page,
        who=kind_of(visit.viewer),
        origin=origin,
        only_media=False,
        **viewer_params(visit.viewer, visit.parts.server.now_ms()),
        **part.bounds,
    )
    return await visit.page(
        template,
        security=reading_policy(),
        cards=await cards(visit, rows),
        older=older(visit, [row.id for row in rows]),
        description=visit.parts.settings.description,
        contact=visit.parts.settings.contact_email,
        feeds=[],
        **more,
    )


async def hashtag(visit: Visit) -> ASGIResponse:
    """GET /tags/TAG, and its feeds: /tags/TAG.rss, /tags/TAG.atom"""
    typed = visit.path("tag")
    if (kind := feeds.ending(typed)) is not None:
        return await feeds.of_tag(visit, typed.removesuffix(kind), kind)
    part, name = span(visit), tag_name(typed.removeprefix("#"))
    rows = await visit.parts.db.all(
        tag_page,
        who=kind_of(visit.viewer),
        origin="any",
        only_media=False,
        tag=name,
        **viewer_params(visit.viewer, visit.parts.server.now_ms()),
        **part.bounds,
    )
    return await visit.page(
        "timeline.html",
        security=reading_policy(),
        cards=await cards(visit, rows),
        older=older(visit, [row.id for row in rows]),
        heading=f"#{name}",
        feeds=[(media_type, f"/tags/{name}{end}") for end, media_type in feeds.KINDS.items()],
    )


async def notifications(visit: Visit) -> ASGIResponse:
    """GET /notifications"""
    me, part, db = visit.must_be_signed_in(), span(visit), visit.parts.db
    now = visit.parts.server.now_ms()
    rows = await db.all(
        notification_page,
        from_one=False,
        owner=me,
        kinds=[int(each) for each in kinds_for(None)],
        now=now,
        **part.bounds,
    )
    people = {
        each.id: each for each in await db.all(actors_by_ids, ids=[row.from_id for row in rows])
    }
    ids = [row.post_id for row in rows if row.post_id is not None]
    posts = await db.all(
        posts_for,
        who="local",
        purpose="show",
        ids=ids,
        **viewer_params(visit.viewer, now, "show"),
    )
    shown = {card.id: card for card in await cards(visit, posts)}
    told = [
        {
            "by": people[row.from_id],
            "words": _WORDS[NotificationKind(row.kind)],
            "time": moment(row.created_at),
            "card": shown.get(row.post_id) if row.post_id is not None else None,
        }
        for row in rows
        if row.from_id in people
    ]
    return await visit.page(
        "notifications.html",
        security=reading_policy(),
        told=told,
        older=older(visit, [row.id for row in rows]),
    )


ROUTES = (
    Route("GET", "/", front),
    Route("GET", "/public", here),
    Route("GET", "/public/all", everywhere),
    Route("GET", "/tags/{tag:str}", hashtag),
    Route("GET", "/notifications", notifications),
)
