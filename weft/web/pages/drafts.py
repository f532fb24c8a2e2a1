"""What one has begun to write, and what waits for its time."""

from datetime import UTC, datetime

from litestar.response.base import ASGIResponse

from weft.domain.drafts.keep import MOST_DRAFTS, MOST_SCHEDULED, cancel, drop_draft
from weft.domain.drafts.queries import DraftRow, draft_by_id, draft_page, waiting_in
from weft.storage.ids import MAX_ID
from weft.web.rendering import redirect
from weft.web.visits import PageError, Route, Visit

PATH = "/drafts"
_NONE = "There is no such draft of yours: it was posted or deleted."
SHOWN_CHARS = 300


async def own_draft(visit: Visit, me: int, typed: str) -> DraftRow:
    """The draft of this id.

    Raises:
        PageError: 404.
    """
    row = await visit.parts.db.one(draft_by_id, id=_id(typed), author_id=me)
    if row is None or row.publish_at is not None:
        raise PageError(404, _NONE)
    return row


def _id(typed: str) -> int:
    if not typed.isascii() or not typed.isdigit() or len(typed) > 16 or int(typed) > MAX_ID:
        raise PageError(404, _NONE)
    return int(typed)


async def show(visit: Visit) -> ASGIResponse:
    """GET /drafts"""
    me = visit.must_be_signed_in()
    found = {"author_id": me, "max_id": MAX_ID, "min_id": 0}
    db = visit.parts.db
    drafts = await db.all(draft_page, scheduled=False, limit=MOST_DRAFTS, **found)
    scheduled = await db.all(draft_page, scheduled=True, limit=MOST_SCHEDULED, **found)
    return await visit.page(
        "drafts.html",
        drafts=[(row.id, *_words(row)) for row in drafts],
        scheduled=[
            (row.id, _time(row.publish_at or 0), *_words(row))
            for row in sorted(scheduled, key=lambda row: row.publish_at or 0)
        ],
    )


def _words(row: DraftRow) -> tuple[str, str]:
    """The beginning of what was written, and why it could not be published."""
    waiting = waiting_in(row.body)
    text = waiting.draft.text or waiting.draft.summary
    return text if len(text) <= SHOWN_CHARS else f"{text[:SHOWN_CHARS]}…", waiting.problem


def _time(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"


async def delete(visit: Visit) -> ASGIResponse:
    """POST /drafts/:id/delete: also calls off what is scheduled."""
    me = visit.must_be_signed_in()
    visit.check_form()
    draft_id, db = _id(visit.path("id")), visit.parts.db
    if not await db.write(drop_draft, me, draft_id) and not await db.write(cancel, me, draft_id):
        raise PageError(404, _NONE)
    return redirect(PATH)


ROUTES = (Route("GET", PATH, show), Route("POST", PATH + "/{id:str}/delete", delete))
