"""Writing statuses: posting, scheduling, editing, deleting."""

from typing import Any

import msgspec
from litestar.response.base import ASGIResponse

from weft.domain.accounts.queries import account_by_id
from weft.domain.accounts.settings import account_settings
from weft.domain.drafts.keep import check_time, schedule
from weft.domain.drafts.queries import Waiting, draft_by_id
from weft.domain.media.uploads import keep_longer
from weft.domain.posts.compose import (
    Draft,
    DraftPoll,
    UnexpectedMentions,
    compose,
    compose_edit,
    publish_once,
)
from weft.domain.posts.delete import delete as delete_post
from weft.domain.posts.describe import Description, describe_media
from weft.domain.posts.edit import edit as edit_post
from weft.domain.posts.queries import attachments_of
from weft.domain.visibility.viewer import Visibility
from weft.platforms.mastodon.api.entities.account import render_accounts
from weft.platforms.mastodon.api.entities.status import render_status
from weft.platforms.mastodon.api.entities.values import VISIBILITIES
from weft.platforms.mastodon.api.errors import BadParameter, not_found
from weft.platforms.mastodon.api.media import read_description
from weft.platforms.mastodon.api.params import Params
from weft.platforms.mastodon.api.records import answer_status, own_actor, own_post_of
from weft.platforms.mastodon.api.routing import Call, Route, json
from weft.platforms.mastodon.api.scheduled import answer_scheduled

MAX_KEY = 200


def read_visibility(params: Params, default: str) -> Visibility:
    name = params.text("visibility") or default
    if name not in VISIBILITIES:
        raise BadParameter("visibility must be public, unlisted, private or direct.")
    return VISIBILITIES[name]


def _read_poll(params: Params) -> DraftPoll | None:
    poll = params.nested("poll")
    if poll is None or not poll.has("options"):
        return None
    expires_in = poll.integer("expires_in")
    if expires_in is None:
        raise BadParameter("poll[expires_in] is missing: how many seconds the poll runs.")
    return DraftPoll(
        options=tuple(poll.texts("options")),
        expires_in_s=expires_in,
        multiple=poll.flag("multiple"),
        hide_totals=poll.flag("hide_totals"),
    )


async def _read_draft(call: Call) -> Draft:
    params = call.params
    account = await call.db.one(account_by_id, id=call.account_id)
    settings = account_settings(account.settings if account else None)
    return Draft(
        text=params.text("status") or "",
        summary=params.text("spoiler_text") or "",
        sensitive=params.flag("sensitive", settings.sensitive),
        language=params.text("language") or settings.language,
        visibility=read_visibility(params, settings.visibility),
        local_only=params.flag("local_only"),
        reply_to_id=params.id("in_reply_to_id"),
        quoted_id=params.id("quoted_status_id"),
        quote_policy=params.text("quote_approval_policy") or settings.quote_policy,
        media_ids=tuple(params.ids("media_ids")),
        poll=_read_poll(params),
        app_id=call.bearer.app_id if call.bearer else None,
        source_format=params.text("content_type", longest=100) or "text/plain",
        allowed_ids=(
            tuple(params.ids("allowed_mentions")) if params.has("allowed_mentions") else None
        ),
    )


def _key(call: Call) -> str | None:
    key = call.request.headers.get("idempotency-key") or None
    if key is not None and len(key) > MAX_KEY:
        raise BadParameter(f"The Idempotency-Key may have at most {MAX_KEY} characters.")
    return key


async def create(call: Call) -> ASGIResponse:
    """POST /statuses: a status, or with ``scheduled_at`` one that waits for its time."""
    parts, key, at = call.api.parts, _key(call), call.params.time("scheduled_at")
    if at is not None:
        check_time(parts.server, at)
    draft, author = await _read_draft(call), await own_actor(call)
    try:
        new = await compose(
            call.db, parts.server, parts.resolve, author, draft, waits=at is not None
        )
    except UnexpectedMentions as unexpected:
        found = await render_accounts(call.api, list(unexpected.actor_ids))
        accounts = [msgspec.Raw(each) for each in found]
        return json({"error": str(unexpected), "unexpected_accounts": accounts}, status=422)
    if at is None:
        post_id = await call.db.write(publish_once, parts.server, new, call.account_id, key)
        return await answer_status(call, post_id)
    waiting = Waiting(draft, key)
    made = await call.db.write(schedule, parts.server, call.me, call.account_id, waiting, at)
    row = await call.db.one(draft_by_id, id=made, author_id=call.me)
    # A request that is repeated after its time finds the status itself.
    return await (answer_status(call, made) if row is None else answer_scheduled(call, row))


async def edit(call: Call) -> ASGIResponse:
    """PUT /statuses/:id: what is not named stays, but for the text."""
    post, params = await own_post_of(call), call.params
    described = _descriptions(params)
    if params.has("media_ids"):
        media_ids = tuple(params.ids("media_ids"))
    else:
        rows = await call.db.all(attachments_of, ids=[post.id])
        media_ids = tuple(row.id for row in sorted(rows, key=lambda each: each.position))
    if not set(described) <= set(media_ids):
        raise BadParameter("media_attributes names a file that is not attached.")
    draft = Draft(
        text=(params.text("status") if params.has("status") else post.source) or "",
        summary=(params.text("spoiler_text") if params.has("spoiler_text") else post.summary) or "",
        sensitive=params.flag("sensitive", post.sensitive and not post.summary),
        language=params.text("language") or post.language,
        media_ids=media_ids,
        poll=_read_poll(params),
        quote_policy=params.text("quote_approval_policy"),
        source_format=(
            params.text("content_type", longest=100) or post.source_format or "text/plain"
        ),
    )
    parts = call.api.parts
    new = await compose_edit(
        call.db, parts.server, parts.resolve, await own_actor(call), post, draft
    )
    for media_id, description in described.items():
        await call.db.write(describe_media, media_id, call.me, description)
    await call.db.write(edit_post, parts.server, post.id, new)
    return await answer_status(call, post.id)


def _descriptions(params: Params) -> dict[int, Description]:
    entries = params.entries("media_attributes") or []
    found = {}
    for entry in entries:
        media_id = entry.id("id")
        if media_id is None:
            raise BadParameter("An entry of media_attributes has no id.")
        found[media_id] = read_description(entry)
    return found


async def delete(call: Call) -> ASGIResponse:
    """DELETE /statuses/:id: answers what was typed, for writing it anew. Its files wait a day for
    that, unless ``delete_media`` says that they are to go."""
    post, parts = await own_post_of(call), call.api.parts
    body = await render_status(call.api, post, call.viewer)
    media_ids = [row.id for row in await call.db.all(attachments_of, ids=[post.id])]
    drops = call.params.flag("delete_media")
    if media_ids and not drops:
        await call.db.write(keep_longer, media_ids, call.me, parts.server.now_ms())
    if body is None or not await call.db.write(delete_post, parts.server, post.id):
        raise not_found()
    if drops:
        for media_id in media_ids:
            await parts.media.remove(media_id)
    gone: dict[str, Any] = msgspec.json.decode(body)
    gone["text"] = post.source or ""
    return json(gone)


_STATUS = "/api/v1/statuses/{id:str}"

ROUTES = [
    Route("POST", "/api/v1/statuses", create, "write:statuses"),
    Route("PUT", _STATUS, edit, "write:statuses"),
    Route("DELETE", _STATUS, delete, "write:statuses"),
]
