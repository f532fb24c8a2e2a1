"""Writing a post, or an answer to one."""

from contextlib import suppress
from dataclasses import dataclass

from litestar.response.base import ASGIResponse

from weft.domain.accounts.queries import account_by_id
from weft.domain.accounts.settings import account_settings
from weft.domain.actors.queries import actor_by_id
from weft.domain.drafts.keep import save_draft
from weft.domain.drafts.publish import publish_draft
from weft.domain.drafts.queries import waiting_in
from weft.domain.posts.compose import Draft, NoSuchParent, PostRefused, compose
from weft.domain.visibility.viewer import Visibility
from weft.web.pages.attaching import (
    BODY_BYTES,
    Attached,
    NotAttached,
    attached,
    take_files,
    wait_for,
)
from weft.web.pages.cards import Card, cards, handle
from weft.web.pages.drafts import own_draft
from weft.web.pages.posts import post_for
from weft.web.rendering import reading_policy, redirect
from weft.web.visits import PageError, Route, Visit

CHOICES = {
    "public": Visibility.PUBLIC,
    "unlisted": Visibility.UNLISTED,
    "private": Visibility.FOLLOWERS,
    "direct": Visibility.DIRECT,
}
_NAMES = {value: name for name, value in CHOICES.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What stands in the form; ``card`` is the post that is answered."""

    text: str = ""
    warning: str = ""
    visibility: str = ""
    reply_to: str = ""
    draft: str = ""
    """The id of the draft that this is, if it is one."""
    card: Card | None = None
    kept: tuple[Attached, ...] = ()
    """Files that are here already."""


async def show(visit: Visit) -> ASGIResponse:
    """GET /compose?reply_to=ID&text=… or ?draft=ID"""
    me = visit.must_be_signed_in()
    if "draft" in visit.query:
        return await _form(visit, await _kept(visit, me, visit.query["draft"]), 200, None)
    if "reply_to" in visit.query:
        return await _form(visit, await _answering(visit, visit.query["reply_to"]), 200, None)
    return await _form(visit, Form(text=visit.query.get("text", "")[:10_000]), 200, None)


async def _kept(visit: Visit, me: int, typed: str) -> Form:
    """The form as it was when the draft was saved."""
    row = await own_draft(visit, me, typed)
    draft = waiting_in(row.body).draft
    card, answered = None, draft.reply_to_id
    if answered is not None:
        with suppress(PageError):  # what it answered is gone: the draft is not
            (card,) = await cards(visit, [await post_for(visit, str(answered))])
    return Form(
        text=draft.text,
        warning=draft.summary,
        visibility=_NAMES.get(draft.visibility, ""),
        reply_to=str(answered) if card is not None else "",
        draft=str(row.id),
        card=card,
    )


async def _answering(visit: Visit, typed: str) -> Form:
    post = await post_for(visit, typed)
    (card,) = await cards(visit, [post])
    names = "" if card.author.id == visit.me else f"{handle(card.author)} "
    return Form(
        text=names,
        warning=card.warning or "",
        visibility=_NAMES.get(Visibility(post.visibility), "direct"),
        reply_to=str(card.id),
        card=card,
    )


async def _form(visit: Visit, draft: Form, status: int, error: str | None) -> ASGIResponse:
    return await visit.page(
        "compose.html", status=status, security=reading_policy(), draft=draft, error=error
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
    draft_id = (await own_draft(visit, me, form["draft"])).id if form.get("draft") else None
    files = await attached(visit, me)

    async def again(sentence: str) -> ASGIResponse:
        typed = Form(
            text=form.get("text", ""),
            warning=form.get("warning", ""),
            visibility=form.get("visibility", ""),
            reply_to=form.get("reply_to", ""),
            draft=form.get("draft", ""),
            kept=tuple(files),
        )
        return await _form(visit, typed, 422, sentence)

    try:
        await take_files(visit, me, files)
        await wait_for(visit, files)
    except NotAttached as refused:
        return await again(str(refused))
    answered = form.get("reply_to", "")
    draft = Draft(
        text=form.get("text", "").replace("\r\n", "\n"),
        summary=form.get("warning", "").strip(),
        visibility=CHOICES.get(form.get("visibility", ""), CHOICES[settings.visibility]),
        language=settings.language,
        sensitive=settings.sensitive,
        reply_to_id=(await post_for(visit, answered)).id if answered else None,
        media_ids=tuple(each.id for each in files),
    )
    try:
        if form.get("act") == "draft":
            await parts.db.write(save_draft, parts.server, me, draft, draft_id)
            return redirect("/drafts")
        new = await compose(parts.db, parts.server, parts.resolve, author, draft)
    except (PostRefused, NoSuchParent) as refused:
        return await again(str(refused))
    post_id = await parts.db.write(
        publish_draft, parts.server, new, account.id, form.get("key") or None, draft_id
    )
    return redirect(f"{author.url.removeprefix(parts.server.origin)}/{post_id}")


ROUTES = (
    Route("GET", "/compose", show),
    Route("POST", "/compose", publish, body_bytes=BODY_BYTES, for_members=True),
)
