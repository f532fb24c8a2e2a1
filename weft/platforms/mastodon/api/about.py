"""What the operator wrote, and what the server tells of itself beyond ``/instance``."""

from typing import Any

from litestar.response.base import ASGIResponse

from weft.domain.rules.rules import Rule, all_rules
from weft.domain.texts.texts import Kind, Text, day_of, text_of
from weft.platforms.mastodon.api.entities.values import iso
from weft.platforms.mastodon.api.errors import not_found
from weft.platforms.mastodon.api.routing import Call, Route, json

_PUBLIC = {"cache-control": "public, max-age=300"}


async def _text(call: Call, kind: Kind, day: str = "") -> Text:
    parts = call.api.parts
    found = await text_of(parts.db, parts.server, parts.settings, kind, day)
    if found is None:
        raise not_found()
    return found


async def extended_description(call: Call) -> ASGIResponse:
    """GET /instance/extended_description"""
    text = await _text(call, "about")
    return json({"updated_at": iso(text.updated_at), "content": text.html}, _PUBLIC)


async def privacy_policy(call: Call) -> ASGIResponse:
    """GET /instance/privacy_policy"""
    text = await _text(call, "privacy")
    return json({"updated_at": iso(text.updated_at), "content": text.html}, _PUBLIC)


async def terms(call: Call) -> ASGIResponse:
    """GET /instance/terms_of_service"""
    return await _terms(call, "")


async def terms_of_day(call: Call) -> ASGIResponse:
    """GET /instance/terms_of_service/:date"""
    return await _terms(call, call.path("date")[:10])


async def _terms(call: Call, day: str) -> ASGIResponse:
    text = await _text(call, "terms", day)
    return json(
        {
            "effective_date": text.since,
            "effective": text.since <= day_of(call.api.parts.server.now_ms()),
            "content": text.html,
            "succeeded_by": text.followed_by,
        },
        _PUBLIC,
    )


def rule_entities(rules: list[Rule]) -> list[dict[str, Any]]:
    return [
        {"id": str(each.id), "text": each.text, "hint": each.hint, "translations": {}}
        for each in rules
    ]


async def rules(call: Call) -> ASGIResponse:
    """GET /instance/rules"""
    return json(rule_entities(await all_rules(call.db)), _PUBLIC)


async def activity(call: Call) -> ASGIResponse:
    """GET /instance/activity: the last twelve weeks, numbers as texts."""
    found = await call.api.told.weeks.now()
    return json(
        [
            {
                "week": str(each.starts_at // 1000),
                "statuses": str(each.posts),
                "logins": str(each.people),
                "registrations": str(each.joined),
            }
            for each in found
        ],
        _PUBLIC,
    )


async def peers(call: Call) -> ASGIResponse:
    """GET /instance/peers: the servers that this one has heard of."""
    return json(await call.api.told.peers.now(), _PUBLIC)


async def translation_languages(call: Call) -> ASGIResponse:
    """GET /instance/translation_languages: there is no translator."""
    return json({}, _PUBLIC)


_INSTANCE = "/api/v1/instance"

ROUTES = [
    Route("GET", f"{_INSTANCE}/extended_description", extended_description, who="anyone"),
    Route("GET", f"{_INSTANCE}/privacy_policy", privacy_policy, who="anyone"),
    Route("GET", f"{_INSTANCE}/terms_of_service", terms, who="anyone"),
    Route("GET", f"{_INSTANCE}/terms_of_service/{{date:str}}", terms_of_day, who="anyone"),
    Route("GET", f"{_INSTANCE}/rules", rules, who="anyone"),
    Route("GET", f"{_INSTANCE}/activity", activity, who="anyone"),
    Route("GET", f"{_INSTANCE}/peers", peers, who="anyone"),
    Route("GET", f"{_INSTANCE}/translation_languages", translation_languages, who="anyone"),
]
