"""Filters: version 2, and version 1, where each keyword is a filter of its own."""

from typing import Any

from litestar.response.base import ASGIResponse

from weft.domain.filters import change
from weft.domain.filters.change import FilterForm, KeywordChange
from weft.domain.filters.match import Loaded
from weft.domain.filters.queries import filtered_post_by_id, keyword_by_id
from weft.domain.filters.records import Action, Filter, Keyword
from weft.platforms.mastodon.api.entities.filter import (
    ACTIONS,
    CONTEXTS,
    context_names,
    filter_entity,
    filter_status,
    keyword_entity,
)
from weft.platforms.mastodon.api.entities.values import iso_or_none
from weft.platforms.mastodon.api.errors import BadParameter, not_found
from weft.platforms.mastodon.api.params import Params, parse_id
from weft.platforms.mastodon.api.records import find_post
from weft.platforms.mastodon.api.routing import Call, Route, json

MAX_SECONDS = 100 * 366 * 86_400
MOST_AT_ONCE = 200


async def _loaded(call: Call, filter_id: int) -> Loaded:
    found = (await call.api.filters.of(call.me)).by_id.get(filter_id)
    if found is None:
        raise not_found()
    return found


def _contexts(params: Params) -> int:
    bits = 0
    for name in params.texts("context"):
        if name not in CONTEXTS:
            raise BadParameter(
                "context names home, notifications, public, thread or account, and nothing else."
            )
        bits |= CONTEXTS[name]
    return bits


def _expiry(call: Call, known: int | None) -> int | None:
    """``expires_in`` seconds from now; empty or null for never."""
    if not call.params.has("expires_in"):
        return known
    seconds = call.params.integer("expires_in")
    if seconds is None:
        return None
    if not 0 <= seconds <= MAX_SECONDS:
        raise BadParameter("expires_in must be a number of seconds, none for never.")
    return call.api.parts.server.now_ms() + seconds * 1000


def _form(call: Call, known: Filter | None = None) -> FilterForm:
    params = call.params
    action = params.text("filter_action")
    if action is not None and action not in ACTIONS:
        raise BadParameter("filter_action must be warn, hide or blur.")
    named = params.has("title") or known is None
    return FilterForm(
        title=(params.text("title") or "") if named or known is None else known.title,
        contexts=_contexts(params) if params.has("context") or known is None else known.contexts,
        action=ACTIONS[action] if action else known.action if known else Action.WARN,
        expires_at=_expiry(call, known.expires_at if known else None),
    )


def _keywords(params: Params) -> list[KeywordChange]:
    return [
        _keyword(entry, entry.id("id"))
        for entry in params.entries("keywords_attributes", most=MOST_AT_ONCE) or ()
    ]


def _keyword(params: Params, keyword_id: int | None) -> KeywordChange:
    return KeywordChange(
        id=keyword_id,
        keyword=params.text("keyword"),
        whole_word=params.flag("whole_word") if params.has("whole_word") else None,
        remove=params.flag("_destroy"),
    )


async def several(call: Call) -> ASGIResponse:
    """GET /v2/filters"""
    return json([filter_entity(each) for each in (await call.api.filters.of(call.me)).filters])


async def show(call: Call) -> ASGIResponse:
    """GET /v2/filters/:id"""
    return json(filter_entity(await _loaded(call, call.path_id())))


async def create(call: Call) -> ASGIResponse:
    """POST /v2/filters"""
    filter_id = await call.db.write(
        change.create_filter, call.api.parts.server, call.me, _form(call), _keywords(call.params)
    )
    return json(filter_entity(await _loaded(call, filter_id)))


async def update(call: Call) -> ASGIResponse:
    """PUT /v2/filters/:id: what is not named stays."""
    known = await _loaded(call, call.path_id())
    form, server = _form(call, known.filter), call.api.parts.server
    if not await call.db.write(
        change.change_filter, server, call.me, known.filter.id, form, _keywords(call.params)
    ):
        raise not_found()
    return json(filter_entity(await _loaded(call, known.filter.id)))


async def delete(call: Call) -> ASGIResponse:
    """DELETE /v2/filters/:id"""
    if not await call.db.write(change.remove_filter, call.me, call.path_id()):
        raise not_found()
    return json({})


async def keywords(call: Call) -> ASGIResponse:
    """GET /v2/filters/:filter_id/keywords"""
    loaded = await _loaded(call, call.path_id("filter_id"))
    return json([keyword_entity(each) for each in loaded.keywords])


async def add_keyword(call: Call) -> ASGIResponse:
    """POST /v2/filters/:filter_id/keywords"""
    added = await call.db.write(
        change.change_keywords,
        call.api.parts.server,
        call.me,
        call.path_id("filter_id"),
        [_keyword(call.params, None)],
    )
    if not added:
        raise not_found()
    return json(keyword_entity(await _own_keyword(call, added[0])))


async def _own_keyword(call: Call, keyword_id: int) -> Keyword:
    row = await call.db.one(keyword_by_id, id=keyword_id, owner=call.me)
    if row is None:
        raise not_found()
    return row


async def keyword(call: Call) -> ASGIResponse:
    """GET /v2/filters/keywords/:id"""
    return json(keyword_entity(await _own_keyword(call, call.path_id())))


async def update_keyword(call: Call) -> ASGIResponse:
    """PUT /v2/filters/keywords/:id"""
    changed = _keyword(call.params, call.path_id())
    if not await call.db.write(change.change_keyword, call.api.parts.server, call.me, changed):
        raise not_found()
    return json(keyword_entity(await _own_keyword(call, call.path_id())))


async def delete_keyword(call: Call) -> ASGIResponse:
    """DELETE /v2/filters/keywords/:id"""
    gone = KeywordChange(id=call.path_id(), remove=True)
    if not await call.db.write(change.change_keyword, call.api.parts.server, call.me, gone):
        raise not_found()
    return json({})


async def statuses(call: Call) -> ASGIResponse:
    """GET /v2/filters/:filter_id/statuses"""
    loaded = await _loaded(call, call.path_id("filter_id"))
    return json([filter_status(each) for each in loaded.posts])


async def add_status(call: Call) -> ASGIResponse:
    """POST /v2/filters/:filter_id/statuses: of a boost, what it boosts."""
    post = await find_post(call, parse_id(call.params.needed("status_id")))
    if post is None:
        raise not_found()
    made = await call.db.write(
        change.filter_one_post,
        call.api.parts.server,
        call.me,
        call.path_id("filter_id"),
        post.boost_of_id or post.id,
    )
    if made is None:
        raise not_found()
    return json(filter_status(made))


async def status(call: Call) -> ASGIResponse:
    """GET /v2/filters/statuses/:id"""
    row = await call.db.one(filtered_post_by_id, id=call.path_id(), owner=call.me)
    if row is None:
        raise not_found()
    return json(filter_status(row))


async def delete_status(call: Call) -> ASGIResponse:
    """DELETE /v2/filters/statuses/:id: answers what it was."""
    gone = await call.db.write(
        change.forget_filtered_post, call.api.parts.server, call.me, call.path_id()
    )
    if gone is None:
        raise not_found()
    return json(filter_status(gone))


def _v1(row: Filter, word: Keyword) -> dict[str, Any]:
    return {
        "id": str(word.id),
        "phrase": word.keyword,
        "context": context_names(row.contexts),
        "expires_at": iso_or_none(row.expires_at),
        "irreversible": row.action == Action.HIDE,
        "whole_word": word.whole_word,
    }


async def v1_several(call: Call) -> ASGIResponse:
    """GET /v1/filters: each keyword by itself."""
    mine = await call.api.filters.of(call.me)
    return json([_v1(each.filter, word) for each in mine.filters for word in each.keywords])


async def _v1_loaded(call: Call, keyword_id: int) -> tuple[Loaded, Keyword]:
    row = await _own_keyword(call, keyword_id)
    return await _loaded(call, row.filter_id), row


async def v1_show(call: Call) -> ASGIResponse:
    """GET /v1/filters/:id: the id is the keyword's."""
    loaded, word = await _v1_loaded(call, call.path_id())
    return json(_v1(loaded.filter, word))


def _v1_form(call: Call, phrase: str, known: Filter | None = None) -> FilterForm:
    params = call.params
    hides = params.flag("irreversible", known is not None and known.action == Action.HIDE)
    mild = known.action if known is not None and known.action != Action.HIDE else Action.WARN
    return FilterForm(
        title=phrase[: change.TITLE_LENGTH],
        contexts=_contexts(params) if params.has("context") or known is None else known.contexts,
        action=Action.HIDE if hides else mild,
        expires_at=_expiry(call, known.expires_at if known else None),
    )


async def v1_create(call: Call) -> ASGIResponse:
    """POST /v1/filters"""
    phrase = call.params.needed("phrase")
    word = KeywordChange(keyword=phrase, whole_word=call.params.flag("whole_word"))
    filter_id = await call.db.write(
        change.create_filter, call.api.parts.server, call.me, _v1_form(call, phrase), [word]
    )
    loaded = await _loaded(call, filter_id)
    return json(_v1(loaded.filter, loaded.keywords[0]))


async def v1_update(call: Call) -> ASGIResponse:
    """PUT /v1/filters/:id: of a filter with more keywords, only this keyword changes."""
    loaded, word = await _v1_loaded(call, call.path_id())
    phrase = call.params.text("phrase") or word.keyword
    form = _v1_form(call, phrase, loaded.filter)
    if len(loaded.keywords) > 1:
        if (form.contexts, form.action, form.expires_at) != (
            loaded.filter.contexts,
            loaded.filter.action,
            loaded.filter.expires_at,
        ):
            raise BadParameter(
                "This keyword shares its filter with others: an app that knows filters of "
                "version 2 can change where the filter works."
            )
        form = FilterForm(
            title=loaded.filter.title,
            contexts=form.contexts,
            action=form.action,
            expires_at=form.expires_at,
        )
    changed = KeywordChange(
        id=word.id,
        keyword=phrase,
        whole_word=call.params.flag("whole_word", word.whole_word),
    )
    server = call.api.parts.server
    await call.db.write(change.change_filter, server, call.me, loaded.filter.id, form, [changed])
    return await v1_show(call)


async def v1_delete(call: Call) -> ASGIResponse:
    """DELETE /v1/filters/:id: the filter goes with its last keyword."""
    loaded, word = await _v1_loaded(call, call.path_id())
    if len(loaded.keywords) == 1 and not loaded.posts:
        await call.db.write(change.remove_filter, call.me, loaded.filter.id)
    else:
        gone = KeywordChange(id=word.id, remove=True)
        await call.db.write(change.change_keyword, call.api.parts.server, call.me, gone)
    return json({})


_V1, _V2 = "/api/v1/filters", "/api/v2/filters"

ROUTES = [
    Route("GET", _V2, several, "read:filters"),
    Route("POST", _V2, create, "write:filters"),
    Route("GET", f"{_V2}/keywords/{{id:str}}", keyword, "read:filters"),
    Route("PUT", f"{_V2}/keywords/{{id:str}}", update_keyword, "write:filters"),
    Route("DELETE", f"{_V2}/keywords/{{id:str}}", delete_keyword, "write:filters"),
    Route("GET", f"{_V2}/statuses/{{id:str}}", status, "read:filters"),
    Route("DELETE", f"{_V2}/statuses/{{id:str}}", delete_status, "write:filters"),
    Route("GET", f"{_V2}/{{id:str}}", show, "read:filters"),
    Route("PUT", f"{_V2}/{{id:str}}", update, "write:filters"),
    Route("DELETE", f"{_V2}/{{id:str}}", delete, "write:filters"),
    Route("GET", f"{_V2}/{{filter_id:str}}/keywords", keywords, "read:filters"),
    Route("POST", f"{_V2}/{{filter_id:str}}/keywords", add_keyword, "write:filters"),
    Route("GET", f"{_V2}/{{filter_id:str}}/statuses", statuses, "read:filters"),
    Route("POST", f"{_V2}/{{filter_id:str}}/statuses", add_status, "write:filters"),
    Route("GET", _V1, v1_several, "read:filters"),
    Route("POST", _V1, v1_create, "write:filters"),
    Route("GET", f"{_V1}/{{id:str}}", v1_show, "read:filters"),
    Route("PUT", f"{_V1}/{{id:str}}", v1_update, "write:filters"),
    Route("DELETE", f"{_V1}/{{id:str}}", v1_delete, "write:filters"),
]
