"""What somebody shows for a day, to those who follow them."""

from litestar.response.base import ASGIResponse
from msgspec import Struct

from weft.domain.stories.keep import MOST, Story, stories_of
from weft.domain.visibility.viewer import kind_of, viewer_params
from weft.web.pages.cards import moment
from weft.web.pages.finding import person_of
from weft.web.rendering import reading_policy
from weft.web.visits import Route, Visit


class StoryCard(Struct, frozen=True):
    url: str
    is_picture: bool
    time: str
    time_words: str


async def stories(visit: Visit) -> ASGIResponse:
    """GET /@name/stories"""
    actor, now = await person_of(visit, visit.path("handle")), visit.parts.server.now_ms()
    rows: list[Story] = await visit.parts.db.all(
        stories_of,
        who=kind_of(visit.viewer),
        of_author=actor.id,
        at=now,
        limit=MOST,
        **viewer_params(visit.viewer, now, "show"),
    )
    return await visit.page(
        "stories.html",
        security=reading_policy(),
        actor=actor,
        heading=f"Stories of {actor.name}",
        stories=[_card(each) for each in rows],
    )


def _card(story: Story) -> StoryCard:
    machine, words = moment(story.expires_at)
    return StoryCard(story.media_url, story.content_type.startswith("image/"), machine, words)


ROUTES = (Route("GET", "/{handle:str}/stories", stories),)
