"""Reports: telling the moderators, and where one wants it, the other server's."""

from typing import Any

from litestar.response.base import ASGIResponse
from msgspec import Raw

from weft.domain.actors.queries import actor_by_id
from weft.domain.reports.forward import MOST_DOMAINS
from weft.domain.reports.report import (
    CATEGORIES,
    COMMENT_LENGTH,
    MOST_COLLECTIONS,
    NewReport,
    file_report,
)
from weft.domain.rules.rules import all_rules
from weft.platforms.mastodon.api.collections import visible_collections
from weft.platforms.mastodon.api.entities.account import render_accounts
from weft.platforms.mastodon.api.entities.values import iso
from weft.platforms.mastodon.api.errors import BadParameter, not_found
from weft.platforms.mastodon.api.records import posts_in_order
from weft.platforms.mastodon.api.routing import Call, Route, json


async def create(call: Call) -> ASGIResponse:
    """POST /reports"""
    params = call.params
    target_id = params.id("account_id")
    if target_id is None:
        raise BadParameter("account_id is missing: whom the report is about.")
    target = await call.db.one(actor_by_id, id=target_id)
    if target is None or target.deleted_at is not None:
        raise not_found()
    category = params.text("category") or "other"
    if category not in CATEGORIES:
        raise BadParameter(f"category must be one of {', '.join(CATEGORIES)}.")
    comment = params.text("comment") or ""
    if len(comment) > COMMENT_LENGTH:
        raise BadParameter(f"The comment may have at most {COMMENT_LENGTH} characters.")
    known = {each.id for each in await all_rules(call.db)}
    rules = params.ids("rule_ids", most=100)
    if any(each not in known for each in rules):
        raise BadParameter("rule_ids names a rule that this server does not have.")
    if rules:
        category = "violation"
    named = params.ids("collection_ids", most=MOST_COLLECTIONS)
    clubs = await visible_collections(call, named)
    if len(clubs) < len(set(named)):
        raise BadParameter("collection_ids names a collection that is not here.")
    if any(each.owner_id != target.id for each in clubs):
        raise BadParameter("A reported collection must be by the reported account.")
    domains = params.texts("forward_to_domains", most=MOST_DOMAINS)
    posts = await posts_in_order(call, params.ids("status_ids", most=100))
    if any(post.author_id != target.id for post in posts):
        raise BadParameter("A reported post must be by the reported account.")
    parts = call.api.parts
    report = await call.db.write(
        file_report,
        parts.server,
        NewReport(
            reporter_id=call.me,
            target_id=target.id,
            category=category,  # type: ignore[arg-type]  # one of CATEGORIES
            comment=comment,
            post_ids=tuple(post.id for post in posts),
            rule_ids=tuple(rules),
            collection_ids=tuple(each.id for each in clubs),
        ),
        speaks_as=await parts.instance_actor_id(),
        forward=bool(params.flag("forward")),
        forward_to=domains,
    )
    answer: dict[str, Any] = {
        "id": str(report.id),
        "action_taken": False,
        "action_taken_at": None,
        "category": report.category,
        "comment": report.comment,
        "forwarded": report.forwarded,
        "created_at": iso(report.created_at),
        "status_ids": [str(post.id) for post in posts] or None,
        "rule_ids": [str(each) for each in rules] or None,
        "collection_ids": [str(each.id) for each in clubs],
        "target_account": Raw((await render_accounts(call.api, [target.id]))[0]),
    }
    return json(answer)


ROUTES = [Route("POST", "/api/v1/reports", create, "write:reports")]
