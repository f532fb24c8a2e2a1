"""What this server is, what it keeps about people, and what they agree to."""

from litestar.response.base import ASGIResponse
from markupsafe import Markup

from weft.domain.rules.rules import all_rules
from weft.domain.texts.texts import Kind, text_of
from weft.web.rendering import reading_policy
from weft.web.visits import PageError, Route, Visit

ABOUT, PRIVACY, TERMS = "/about", "/privacy-policy", "/terms-of-service"


async def _page(visit: Visit, kind: Kind, heading: str, day: str = "") -> ASGIResponse:
    parts = visit.parts
    text = await text_of(parts.db, parts.server, parts.settings, kind, day)
    if text is None:
        raise PageError(404, "There is no text of that day.", "Not found")
    dated = f"Since {text.since}." if kind != "about" and not text.is_default else ""
    if text.followed_by is not None:
        dated += f" Others begin to hold on {text.followed_by}."
    return await visit.page(
        "text.html",
        security=reading_policy(),
        heading=heading,
        dated=dated.strip(),
        content=Markup(text.html),  # noqa: S704  the sanitiser made it
        rules=await all_rules(parts.db) if kind == "about" else [],
        contact=parts.settings.contact_email if kind != "terms" else "",
    )


async def about(visit: Visit) -> ASGIResponse:
    """GET /about"""
    settings = visit.parts.settings
    return await _page(visit, "about", f"About {settings.title or settings.domain}")


async def privacy(visit: Visit) -> ASGIResponse:
    """GET /privacy-policy"""
    return await _page(visit, "privacy", "Privacy policy")


async def terms(visit: Visit) -> ASGIResponse:
    """GET /terms-of-service"""
    return await _page(visit, "terms", "Terms of service")


async def terms_of_day(visit: Visit) -> ASGIResponse:
    """GET /terms-of-service/:date"""
    return await _page(visit, "terms", "Terms of service", visit.path("date")[:10])


ROUTES = (
    Route("GET", ABOUT, about),
    Route("GET", PRIVACY, privacy),
    Route("GET", TERMS, terms),
    Route("GET", TERMS + "/{date:str}", terms_of_day),
)
