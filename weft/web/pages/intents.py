"""Coming from another server's page, or from a "share" button, to do something here (FEP-3b86)."""

from urllib.parse import urlencode

from litestar.response.base import ASGIResponse

from weft.domain.actors.queries import actor_by_id
from weft.web.pages.cards import cards, profile_path
from weft.web.pages.posts import post_for
from weft.web.rendering import redirect
from weft.web.visits import PageError, Route, Visit

MOST_CHARS = 2000


async def authorize_interaction(visit: Visit) -> ASGIResponse:
    """GET /authorize_interaction?uri=: the page here of a post, a person or a collection of
    another server."""
    visit.must_be_signed_in()
    typed = visit.query.get("uri", "").strip()[:MOST_CHARS]
    typed = typed.removeprefix("acct:") if typed.startswith("acct:") else typed
    if typed and "://" not in typed:
        typed = f"@{typed.removeprefix('@')}"
    found = await visit.parts.resolve(typed) if typed else None
    if found is not None and found.kind == "actor":
        actor = await visit.parts.db.one(actor_by_id, id=found.id)
        if actor is not None:
            return redirect(profile_path(actor))
    if found is not None and found.kind == "collection":
        return redirect(f"/collections/{found.id}")
    if found is not None and found.kind == "post":
        shown = await cards(visit, [await post_for(visit, str(found.id))])
        if shown:
            return redirect(shown[0].page)
    raise PageError(
        404, "There is no post or person at this address, or its server does not answer."
    )


async def share(visit: Visit) -> ASGIResponse:
    """GET /share?text=&url=&title=: the composer, with what is to be shared in it."""
    visit.must_be_signed_in()
    pieces = [visit.query.get(name, "").strip()[:MOST_CHARS] for name in ("title", "text", "url")]
    text = "\n".join(dict.fromkeys(each for each in pieces if each))
    return redirect(f"/compose?{urlencode({'text': text})}")


ROUTES = (
    Route("GET", "/authorize_interaction", authorize_interaction),
    Route("GET", "/share", share),
)
