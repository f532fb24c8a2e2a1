"""Numbers for moderators' apps: measures, dimensions and retention."""

from typing import Any

from litestar.response.base import ASGIResponse

from weft.domain.accounts.roles import Permission
from weft.domain.measures.measure import (
    DIMENSIONS,
    MEASURES,
    MOST_NAMED,
    dimension_lines,
    measure,
    read_span,
    retention,
)
from weft.domain.moderation.domains_rules import checked_domain
from weft.platforms.mastodon.api.admin.moderators import moderator_of
from weft.platforms.mastodon.api.errors import BadParameter
from weft.platforms.mastodon.api.routing import Call, Route, json


def _keys(call: Call, known: frozenset[str]) -> list[str]:
    keys = list(dict.fromkeys(call.params.texts("keys", most=len(known))))
    for key in keys:
        if key not in known:
            raise BadParameter(f"{key[:50]} is not counted here.")
    return keys


def _about(call: Call, key: str) -> dict[str, Any]:
    """The hashtag or the domain that a key is about."""
    about = call.params.nested(key)
    if about is None:
        return {}
    domain = about.text("domain", longest=300)
    return {
        "tag_id": about.id("id"),
        "domain": checked_domain(call.api.parts.server, domain) if domain else None,
    }


async def measures(call: Call) -> ASGIResponse:
    """POST /admin/measures"""
    moderator_of(call, Permission.VIEW_DASHBOARD)
    span = read_span(call.params.needed("start_at"), call.params.needed("end_at"))
    entities = []
    for key in _keys(call, MEASURES):
        found = await measure(call.db, key, span, **_about(call, key))
        entity: dict[str, Any] = {"key": key, "unit": None, "total": str(found.total)}
        if found.previous is not None:
            entity["previous_total"] = str(found.previous)
        entity["data"] = [
            {"date": f"{day}T00:00:00.000Z", "value": str(count)}
            for day, count in found.by_day.items()
        ]
        entities.append(entity)
    return json(entities)


async def dimensions(call: Call) -> ASGIResponse:
    """POST /admin/dimensions"""
    moderator_of(call, Permission.VIEW_DASHBOARD)
    span = read_span(call.params.needed("start_at"), call.params.needed("end_at"))
    limit = call.params.limit(10, MOST_NAMED)
    entities = []
    for key in _keys(call, DIMENSIONS):
        lines = await dimension_lines(call.db, key, span, limit, **_about(call, key))
        data = []
        for line in lines:
            row: dict[str, Any] = {"key": line.key, "human_key": line.name, "value": line.value}
            if line.unit:
                row |= {"unit": line.unit, "human_value": f"{int(line.value) / 1024**2:.1f} MB"}
            data.append(row)
        entities.append({"key": key, "data": data})
    return json(entities)


async def cohorts(call: Call) -> ASGIResponse:
    """POST /admin/retention"""
    moderator_of(call, Permission.VIEW_DASHBOARD)
    span = read_span(call.params.needed("start_at"), call.params.needed("end_at"))
    frequency = call.params.text("frequency", longest=10) or "day"
    if frequency not in ("day", "month"):
        raise BadParameter("frequency must be day or month.")
    return json(
        [
            {
                "period": f"{each.period}T00:00:00.000Z",
                "frequency": frequency,
                "data": [
                    {
                        "date": f"{row.at}T00:00:00.000Z",
                        "rate": row.rate,
                        "value": str(row.count),
                    }
                    for row in each.data
                ],
            }
            for each in await retention(call.db, span, monthly=frequency == "month")
        ]
    )


ROUTES = [
    Route("POST", "/api/v1/admin/measures", measures, "admin:read"),
    Route("POST", "/api/v1/admin/dimensions", dimensions, "admin:read"),
    Route("POST", "/api/v1/admin/retention", cohorts, "admin:read"),
]
