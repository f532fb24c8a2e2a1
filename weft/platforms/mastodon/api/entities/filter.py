"""Filter and FilterResult."""

from collections.abc import Iterable
from typing import Any

import msgspec

from weft.domain.filters.match import Compiled, Loaded, Match
from weft.domain.filters.records import Action, Context, Filter, FilteredPost, Keyword
from weft.domain.posts.records import Post
from weft.platforms.mastodon.api.entities.values import iso_or_none
from weft.platforms.mastodon.api.routing import Api

_encode = msgspec.json.Encoder().encode
CONTEXTS = {
    "home": Context.HOME,
    "notifications": Context.NOTIFICATIONS,
    "public": Context.PUBLIC,
    "thread": Context.THREAD,
    "account": Context.ACCOUNT,
}
ACTIONS = {"warn": Action.WARN, "hide": Action.HIDE, "blur": Action.BLUR}
_ACTION_NAMES = {action: name for name, action in ACTIONS.items()}


def context_names(bits: int) -> list[str]:
    return [name for name, context in CONTEXTS.items() if bits & context]


def filter_head(row: Filter) -> dict[str, Any]:
    """A Filter as statuses tell of it: without what it looks for."""
    return {
        "id": str(row.id),
        "title": row.title,
        "context": context_names(row.contexts),
        "expires_at": iso_or_none(row.expires_at),
        "filter_action": _ACTION_NAMES[Action(row.action)],
    }


def filter_entity(loaded: Loaded) -> dict[str, Any]:
    return filter_head(loaded.filter) | {
        "keywords": [keyword_entity(each) for each in loaded.keywords],
        "statuses": [filter_status(each) for each in loaded.posts],
    }


def keyword_entity(row: Keyword) -> dict[str, Any]:
    return {"id": str(row.id), "keyword": row.keyword, "whole_word": row.whole_word}


def filter_status(row: FilteredPost) -> dict[str, Any]:
    return {"id": str(row.id), "status_id": str(row.post_id)}


async def filter_results(
    api: Api, viewer_id: int, posts: Iterable[Post], mine: Compiled | None = None
) -> dict[int, bytes]:
    """``filtered`` of those posts that have any, by id. As Mastodon does it, all filters that match
    are told, wherever the status is shown: apps show it in many places, and look at ``context``."""
    found = await api.filters.matches(viewer_id, posts, api.parts.server.now_ms(), mine)
    return {id_: written_results(matches) for id_, matches in found.items()}


def written_results(matches: Iterable[Match]) -> bytes:
    """``filtered`` of one status."""
    return _encode([_result(each) for each in matches])


def _result(match: Match) -> dict[str, Any]:
    return {
        "filter": filter_head(match.filter),
        "keyword_matches": list(match.keywords) or None,
        "status_matches": [str(each) for each in match.post_ids] or None,
    }
