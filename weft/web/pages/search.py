"""Search: a person by handle, or anything by its address; other servers are asked for members."""

from litestar.response.base import ASGIResponse

from weft.domain.actors.queries import actor_by_id, actors_like
from weft.domain.markup.extract import tag_name
from weft.domain.tags.find import tags_like
from weft.web.pages.cards import cards, profile_path
from weft.web.pages.posts import post_for
from weft.web.rendering import reading_policy, redirect
from weft.web.visits import PageError, Route, Visit

LIMIT = 20


async def show(visit: Visit) -> ASGIResponse:
    """GET /search?q="""
    typed = visit.query.get("q", "").strip()[:2000]
    if typed and visit.me is not None and _is_address(typed):
        found = await visit.parts.resolve(typed)
        if found is not None and found.kind == "actor":
            actor = await visit.parts.db.one(actor_by_id, id=found.id)
            if actor is not None:
                return redirect(profile_path(actor))
        if found is not None:
            try:
                (card,) = await cards(visit, [await post_for(visit, str(found.id))])
                return redirect(card.page)
            except (PageError, ValueError):
                pass  # not for this person's eyes: as if it were not there
    word = typed.removeprefix("@").casefold()
    people = (
        await visit.parts.db.all(actors_like, low=word, high=word + "\U0010ffff", limit=LIMIT)
        if word and not any(map(str.isspace, word))
        else []
    )
    name = tag_name(typed.removeprefix("#"))
    tags = (
        await visit.parts.db.all(tags_like, low=name, high=name + "\U0010ffff", limit=LIMIT)
        if name and not any(map(str.isspace, name))
        else []
    )
    if visit.me is None:
        people = [each for each in people if each.local]
    return await visit.page(
        "search.html", security=reading_policy(), typed=typed, people=people, tags=tags
    )


def _is_address(typed: str) -> bool:
    return typed.startswith(("https://", "http://")) or "@" in typed.removeprefix("@")


ROUTES = (Route("GET", "/search", show),)
