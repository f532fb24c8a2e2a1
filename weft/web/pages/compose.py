"""Writing a post, or an answer to one."""

from typing import Any

from litestar.response.base import ASGIResponse

from weft.domain.accounts.queries import account_by_id
from weft.domain.accounts.settings import account_settings
from weft.domain.actors.queries import actor_by_id
from weft.domain.posts.compose import Draft, NoSuchParent, PostRefused, compose, publish_once
from weft.domain.visibility.viewer import Visibility
from weft.web.pages.cards import cards, handle
from weft.web.pages.posts import post_for
from weft.web.pages.timelines import security
from weft.web.rendering import redirect
from weft.web.visits import PageError, Route, Visit

CHOICES = {
    "public": Visibility.PUBLIC,
    "unlisted": Visibility.UNLISTED,
    "private": Visibility.FOLLOWERS,
    "direct": Visibility.DIRECT,
}
_NAMES = {value: name for name, value in CHOICES.items()}


async def show(visit: Visit) -> ASGIResponse:
    """GET /compose?reply_to=ID&text=…"""
    visit.must_be_signed_in()
    draft: dict[str, Any] = {"text": visit.query.get("text", "")[:10_000]}
    if "reply_to" in visit.query:
        draft |= await _answering(visit, visit.query["reply_to"])
    return await _form(visit, draft, 200, None)


async def _answering(visit: Visit, typed: str) -> dict[str, Any]:
    post = await post_for(visit, typed)
    (card,) = await cards(visit, [post])
    names = "" if card.author.id == visit.me else f"{handle(card.author)} "
    return {
        "reply_to": str(card.id),
        "card": card,
        "text": names,
        "warning": card.warning or "",
        "visibility": _NAMES.get(Visibility(post.visibility), "direct"),
    }


async def _form(
    visit: Visit, draft: dict[str, Any], status: int, error: str | None
) -> ASGIResponse:
    return await visit.page(
        "compose.html", status=status, security=security(), draft=draft, error=error
    )


async def publish(visit: Visit) -> ASGIResponse:
    """POST /compose"""
    me = visit.must_be_signed_in()
    visit.check_form()
    form, parts = visit.form, visit.parts
    session = visit.visitor.session
    author = await parts.db.one(actor_by_id, id=me)
    account = await parts.db.one(account_by_id, id=session.account_id) if session else None
    if author is None or account is None:
        raise PageError(403, "Your account is not here any more.")
    settings = account_settings(account.settings)
    kept: dict[str, Any] = {
        name: form.get(name, "") for name in ("text", "warning", "visibility", "reply_to")
    }
    answered = form.get("reply_to", "")
    draft = Draft(
        text=form.get("text", "").replace("\r\n", "\n"),
        summary=form.get("warning", "").strip(),
        visibility=CHOICES.get(form.get("visibility", ""), CHOICES[settings.visibility]),
        language=settings.language,
        sensitive=settings.sensitive,
        reply_to_id=(await post_for(visit, answered)).id if answered else None,
    )
    try:
        new = await compose(parts.db, parts.server, parts.resolve, author, draft)
    except (PostRefused, NoSuchParent) as refused:
        return await _form(visit, kept, 422, str(refused))
    post_id = await parts.db.write(
        publish_once, parts.server, new, account.id, form.get("key") or None
    )
    return redirect(f"{author.url.removeprefix(parts.server.origin)}/{post_id}")


ROUTES = (Route("GET", "/compose", show), Route("POST", "/compose", publish))
