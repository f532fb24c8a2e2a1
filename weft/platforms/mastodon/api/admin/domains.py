"""Servers that are blocked, limited or allowed, as moderators' apps change them; and as everybody may
see them, where the operator shows that (``domain_blocks_shown``)."""

import hashlib
from typing import Any

from litestar.response.base import ASGIResponse

from weft.domain.accounts.roles import Permission
from weft.domain.moderation.domains import (
    AlreadyDecided,
    allow,
    decide,
    decide_again,
    disallow,
    take_back,
)
from weft.domain.moderation.domains_rules import (
    Decision,
    DomainAllow,
    DomainRule,
    Severity,
    allow_by_id,
    allow_page,
    obfuscated,
    rule_by_id,
    rule_page,
    rules_by_name,
)
from weft.platforms.mastodon.api.admin.moderators import moderator_of
from weft.platforms.mastodon.api.entities.values import iso
from weft.platforms.mastodon.api.errors import NEEDS_USER, ApiError, BadParameter, not_found
from weft.platforms.mastodon.api.paging import link_header, read_page
from weft.platforms.mastodon.api.params import Params
from weft.platforms.mastodon.api.routing import Call, Route, json

_SEVERITIES = {each.name.lower(): each for each in Severity}
MOST_SHOWN = 5000


def rule_entity(rule: DomainRule) -> dict[str, Any]:
    """Admin::DomainBlock"""
    return {
        "id": str(rule.id),
        "domain": rule.domain,
        "digest": digest(rule.domain),
        "created_at": iso(rule.created_at),
        "severity": Severity(rule.severity).name.lower(),
        "reject_media": rule.rejects_media,
        "reject_reports": rule.rejects_reports,
        "private_comment": rule.private_comment,
        "public_comment": rule.public_comment,
        "obfuscate": rule.obfuscated,
    }


def allow_entity(row: DomainAllow) -> dict[str, Any]:
    """Admin::DomainAllow"""
    return {"id": str(row.id), "domain": row.domain, "created_at": iso(row.created_at)}


def digest(domain: str) -> str:
    return hashlib.sha256(domain.encode()).hexdigest()


def _decision(params: Params, before: Decision) -> Decision:
    """What the parameters say; what they do not name stays."""
    word = params.text("severity", longest=20)
    if word is not None and word not in _SEVERITIES:
        raise BadParameter("severity must be noop, silence or suspend.")

    def comment(name: str, known: str | None) -> str | None:
        return params.text(name) or None if params.has(name) else known

    return Decision(
        severity=_SEVERITIES[word] if word else before.severity,
        rejects_media=params.flag("reject_media", before.rejects_media),
        rejects_reports=params.flag("reject_reports", before.rejects_reports),
        obfuscated=params.flag("obfuscate", before.obfuscated),
        public_comment=comment("public_comment", before.public_comment),
        private_comment=comment("private_comment", before.private_comment),
    )


async def blocks(call: Call) -> ASGIResponse:
    """GET /admin/domain_blocks"""
    moderator_of(call, Permission.MANAGE_FEDERATION)
    page = read_page(call.params, default=100, most=200)
    rows = page.ordered(await call.db.all(rule_page, **page.bounds))
    return json([rule_entity(each) for each in rows], link_header(call, page, rows, _id))


async def block(call: Call) -> ASGIResponse:
    """GET /admin/domain_blocks/:id"""
    moderator_of(call, Permission.MANAGE_FEDERATION)
    return json(rule_entity(await _rule(call)))


async def add_block(call: Call) -> ASGIResponse:
    """POST /admin/domain_blocks"""
    moderator = moderator_of(call, Permission.MANAGE_FEDERATION)
    decision = _decision(call.params, Decision(severity=Severity.SILENCE))
    try:
        made = await call.db.write(
            decide,
            call.api.parts.server,
            moderator.account_id,
            call.params.needed("domain"),
            decision,
        )
    except AlreadyDecided as known:
        return json(
            {"error": str(known), "existing_domain_block": rule_entity(known.rule)}, status=422
        )
    return json(rule_entity(made))


async def change_block(call: Call) -> ASGIResponse:
    """PUT /admin/domain_blocks/:id"""
    moderator = moderator_of(call, Permission.MANAGE_FEDERATION)
    known = await _rule(call)
    changed = await call.db.write(
        decide_again,
        call.api.parts.server,
        moderator.account_id,
        known.id,
        _decision(call.params, known.decision),
    )
    if changed is None:
        raise not_found()
    return json(rule_entity(changed))


async def remove_block(call: Call) -> ASGIResponse:
    """DELETE /admin/domain_blocks/:id"""
    moderator = moderator_of(call, Permission.MANAGE_FEDERATION)
    known = await _rule(call)
    await call.db.write(take_back, call.api.parts.server, moderator.account_id, known)
    return json({})


async def allows(call: Call) -> ASGIResponse:
    """GET /admin/domain_allows"""
    moderator_of(call, Permission.MANAGE_FEDERATION)
    page = read_page(call.params, default=100, most=200)
    rows = page.ordered(await call.db.all(allow_page, **page.bounds))
    return json([allow_entity(each) for each in rows], link_header(call, page, rows, _id))


async def show_allow(call: Call) -> ASGIResponse:
    """GET /admin/domain_allows/:id"""
    moderator_of(call, Permission.MANAGE_FEDERATION)
    row = await call.db.one(allow_by_id, id=call.path_id())
    if row is None:
        raise not_found()
    return json(allow_entity(row))


async def add_allow(call: Call) -> ASGIResponse:
    """POST /admin/domain_allows"""
    moderator = moderator_of(call, Permission.MANAGE_FEDERATION)
    row = await call.db.write(
        allow, call.api.parts.server, moderator.account_id, call.params.needed("domain")
    )
    return json(allow_entity(row))


async def remove_allow(call: Call) -> ASGIResponse:
    """DELETE /admin/domain_allows/:id"""
    moderator = moderator_of(call, Permission.MANAGE_FEDERATION)
    gone = await call.db.write(
        disallow, call.api.parts.server, moderator.account_id, call.path_id()
    )
    if gone is None:
        raise not_found()
    return json({})


async def shown(call: Call) -> ASGIResponse:
    """GET /instance/domain_blocks: what everybody, or everybody here, may know."""
    whom = call.api.parts.settings.domain_blocks_shown
    if whom == "nobody":
        raise not_found()
    if whom == "users" and call.viewer_id is None:
        raise ApiError(401, NEEDS_USER)
    rows = await call.db.all(rules_by_name, after="", limit=MOST_SHOWN)
    return json(
        [
            {
                "domain": obfuscated(row.domain) if row.obfuscated else row.domain,
                "digest": digest(row.domain),
                "severity": Severity(row.severity).name.lower(),
                "comment": row.public_comment or "",
            }
            for row in rows
            if row.severity != Severity.NOOP
        ]
    )


async def _rule(call: Call) -> DomainRule:
    row = await call.db.one(rule_by_id, id=call.path_id())
    if row is None:
        raise not_found()
    return row


def _id(row: DomainRule | DomainAllow) -> int:
    return row.id


_READ, _WRITE = "admin:read:domain_blocks", "admin:write:domain_blocks"
_READ_ALLOWS, _WRITE_ALLOWS = "admin:read:domain_allows", "admin:write:domain_allows"
ROUTES = [
    Route("GET", "/api/v1/instance/domain_blocks", shown, who="anyone"),
    Route("GET", "/api/v1/admin/domain_blocks", blocks, _READ),
    Route("POST", "/api/v1/admin/domain_blocks", add_block, _WRITE),
    Route("GET", "/api/v1/admin/domain_blocks/{id:str}", block, _READ),
    Route("PUT", "/api/v1/admin/domain_blocks/{id:str}", change_block, _WRITE),
    Route("DELETE", "/api/v1/admin/domain_blocks/{id:str}", remove_block, _WRITE),
    Route("GET", "/api/v1/admin/domain_allows", allows, _READ_ALLOWS),
    Route("POST", "/api/v1/admin/domain_allows", add_allow, _WRITE_ALLOWS),
    Route("GET", "/api/v1/admin/domain_allows/{id:str}", show_allow, _READ_ALLOWS),
    Route("DELETE", "/api/v1/admin/domain_allows/{id:str}", remove_allow, _WRITE_ALLOWS),
]
