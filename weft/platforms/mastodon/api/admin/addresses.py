"""Networks, mail providers and mailboxes that are kept out, as moderators' apps change them."""

from typing import Any

from litestar.response.base import ASGIResponse

from weft.domain.accounts.roles import Permission
from weft.domain.moderation.addresses import (
    NAMES,
    SEVERITIES,
    AddressRule,
    add_address_rule,
    address_rule_by_id,
    address_rule_page,
    change_address_rule,
    checked_network,
    remove_address_rule,
)
from weft.domain.moderation.addresses_mail import (
    MOST_OTHERS,
    SHOWN_DAYS,
    Attempts,
    MailBlock,
    MailDomain,
    add_mail_block,
    add_mail_domain,
    attempts_of,
    checked_mail_domain,
    hash_of,
    mail_block_by_hash,
    mail_block_by_id,
    mail_block_page,
    mail_domain_by_id,
    mail_domain_page,
    remove_mail_block,
    remove_mail_domain,
)
from weft.domain.signup.blocks import NetworkRule
from weft.domain.tags.uses import day_of
from weft.platforms.mastodon.api.admin.moderators import moderator_of
from weft.platforms.mastodon.api.entities.values import iso, iso_or_none
from weft.platforms.mastodon.api.errors import BadParameter, not_found
from weft.platforms.mastodon.api.paging import link_header, read_page
from weft.platforms.mastodon.api.routing import Call, Route, json

_DAY_S = 86_400


def address_entity(rule: AddressRule) -> dict[str, Any]:
    """Admin::IpBlock"""
    return {
        "id": str(rule.id),
        "ip": rule.network,
        "severity": NAMES[NetworkRule(rule.severity)],
        "comment": rule.comment,
        "created_at": iso(rule.created_at),
        "expires_at": iso_or_none(rule.expires_at),
    }


def _severity(call: Call, default: NetworkRule | None) -> NetworkRule:
    word = call.params.text("severity", longest=40)
    if not word and default is not None:
        return default
    if word not in SEVERITIES:
        raise BadParameter(f"severity must be one of {', '.join(SEVERITIES)}.")
    return SEVERITIES[word]


async def addresses(call: Call) -> ASGIResponse:
    """GET /admin/ip_blocks"""
    moderator_of(call, Permission.MANAGE_BLOCKS)
    page = read_page(call.params, default=100, most=200)
    rows = page.ordered(await call.db.all(address_rule_page, **page.bounds))
    links = link_header(call, page, rows, lambda row: row.id)
    return json([address_entity(each) for each in rows], links)


async def address(call: Call) -> ASGIResponse:
    """GET /admin/ip_blocks/:id"""
    moderator_of(call, Permission.MANAGE_BLOCKS)
    return json(address_entity(await _address_rule(call)))


async def add_address(call: Call) -> ASGIResponse:
    """POST /admin/ip_blocks"""
    moderator = moderator_of(call, Permission.MANAGE_BLOCKS)
    severity = _severity(call, None)
    made = await call.db.write(
        add_address_rule,
        call.api.parts.server,
        moderator.account_id,
        checked_network(call.params.needed("ip"), severity, call.client),
        severity,
        comment=call.params.text("comment") or "",
        expires_in_s=call.params.integer("expires_in"),
    )
    return json(address_entity(made))


async def change_address(call: Call) -> ASGIResponse:
    """PUT /admin/ip_blocks/:id: what is not named stays, the network always."""
    moderator = moderator_of(call, Permission.MANAGE_BLOCKS)
    known = await _address_rule(call)
    params = call.params
    severity = _severity(call, NetworkRule(known.severity))
    checked_network(known.network, severity, call.client)
    changed = await call.db.write(
        change_address_rule,
        call.api.parts.server,
        moderator.account_id,
        known.id,
        severity,
        comment=(params.text("comment") or "") if params.has("comment") else known.comment,
        expires_in_s=params.integer("expires_in"),
        keeps_end=not params.has("expires_in"),
    )
    if changed is None:
        raise not_found()
    return json(address_entity(changed))


async def remove_address(call: Call) -> ASGIResponse:
    """DELETE /admin/ip_blocks/:id"""
    moderator = moderator_of(call, Permission.MANAGE_BLOCKS)
    server = call.api.parts.server
    gone = await call.db.write(remove_address_rule, server, moderator.account_id, call.path_id())
    if gone is None:
        raise not_found()
    return json({})


async def _address_rule(call: Call) -> AddressRule:
    row = await call.db.one(address_rule_by_id, id=call.path_id())
    if row is None:
        raise not_found()
    return row


async def _mail_domains(call: Call, rows: list[MailDomain]) -> list[dict[str, Any]]:
    """Admin::EmailDomainBlock, with who tried to join in the last days."""
    today = day_of(call.api.parts.server.now_ms())
    found = await call.db.all(
        attempts_of, ids=[row.id for row in rows], since=today - SHOWN_DAYS + 1
    )
    by_day = {(each.block_id, each.day): each for each in found}
    return [
        {
            "id": str(row.id),
            "domain": row.domain,
            "created_at": iso(row.created_at),
            "allow_with_approval": row.allows_with_approval,
            "history": [
                _of_day(by_day.get((row.id, day)) or Attempts(row.id, day, 0, 0))
                for day in range(today, today - SHOWN_DAYS, -1)
            ],
        }
        for row in rows
    ]


def _of_day(row: Attempts) -> dict[str, str]:
    return {"day": str(row.day * _DAY_S), "accounts": str(row.addresses), "uses": str(row.uses)}


async def mail_domains(call: Call) -> ASGIResponse:
    """GET /admin/email_domain_blocks"""
    moderator_of(call, Permission.MANAGE_BLOCKS)
    page = read_page(call.params, default=100, most=200)
    rows = page.ordered(await call.db.all(mail_domain_page, **page.bounds))
    links = link_header(call, page, rows, lambda row: row.id)
    return json(await _mail_domains(call, rows), links)


async def mail_domain(call: Call) -> ASGIResponse:
    """GET /admin/email_domain_blocks/:id"""
    moderator_of(call, Permission.MANAGE_BLOCKS)
    row = await call.db.one(mail_domain_by_id, id=call.path_id())
    if row is None:
        raise not_found()
    return json((await _mail_domains(call, [row]))[0])


async def add_mail_domain_rule(call: Call) -> ASGIResponse:
    """POST /admin/email_domain_blocks; ``other_domains``: machines that take its mail in."""
    moderator = moderator_of(call, Permission.MANAGE_BLOCKS)
    typed = [call.params.needed("domain"), *call.params.texts("other_domains", most=MOST_OTHERS)]
    domains = list(dict.fromkeys(checked_mail_domain(each) for each in typed))
    approved = call.params.flag("allow_with_approval")
    made = [
        await call.db.write(
            add_mail_domain,
            call.api.parts.server,
            moderator.account_id,
            domain,
            allows_with_approval=approved,
            again=domain != domains[0],
        )
        for domain in domains
    ]
    return json((await _mail_domains(call, made[:1]))[0])


async def remove_mail_domain_rule(call: Call) -> ASGIResponse:
    """DELETE /admin/email_domain_blocks/:id"""
    moderator = moderator_of(call, Permission.MANAGE_BLOCKS)
    server = call.api.parts.server
    gone = await call.db.write(remove_mail_domain, server, moderator.account_id, call.path_id())
    if gone is None:
        raise not_found()
    return json({})


def mail_entity(row: MailBlock) -> dict[str, str]:
    """Admin::CanonicalEmailBlock"""
    return {"id": str(row.id), "canonical_email_hash": row.hash}


async def mails(call: Call) -> ASGIResponse:
    """GET /admin/canonical_email_blocks"""
    moderator_of(call, Permission.MANAGE_BLOCKS)
    page = read_page(call.params, default=100, most=200)
    rows = page.ordered(await call.db.all(mail_block_page, **page.bounds))
    links = link_header(call, page, rows, lambda row: row.id)
    return json([mail_entity(each) for each in rows], links)


async def mail(call: Call) -> ASGIResponse:
    """GET /admin/canonical_email_blocks/:id"""
    moderator_of(call, Permission.MANAGE_BLOCKS)
    row = await call.db.one(mail_block_by_id, id=call.path_id())
    if row is None:
        raise not_found()
    return json(mail_entity(row))


async def check_mail(call: Call) -> ASGIResponse:
    """POST /admin/canonical_email_blocks/test: the blocks that an address would meet."""
    moderator_of(call, Permission.MANAGE_BLOCKS)
    digest = hash_of(call.params.needed("email"), None)
    row = await call.db.one(mail_block_by_hash, hash=digest)
    return json([] if row is None else [mail_entity(row)])


async def add_mail(call: Call) -> ASGIResponse:
    """POST /admin/canonical_email_blocks"""
    moderator = moderator_of(call, Permission.MANAGE_BLOCKS)
    digest = hash_of(call.params.text("email"), call.params.text("canonical_email_hash"))
    server = call.api.parts.server
    return json(
        mail_entity(await call.db.write(add_mail_block, server, moderator.account_id, digest))
    )


async def remove_mail(call: Call) -> ASGIResponse:
    """DELETE /admin/canonical_email_blocks/:id"""
    moderator = moderator_of(call, Permission.MANAGE_BLOCKS)
    server = call.api.parts.server
    gone = await call.db.write(remove_mail_block, server, moderator.account_id, call.path_id())
    if gone is None:
        raise not_found()
    return json({})


def _routes(noun: str, *answers: Any) -> list[Route]:
    """List, make, show, remove."""
    path, several = f"/api/v1/admin/{noun}", answers
    return [
        Route("GET", path, several[0], f"admin:read:{noun}"),
        Route("POST", path, several[1], f"admin:write:{noun}"),
        Route("GET", path + "/{id:str}", several[2], f"admin:read:{noun}"),
        Route("DELETE", path + "/{id:str}", several[3], f"admin:write:{noun}"),
    ]


ROUTES = [
    *_routes("ip_blocks", addresses, add_address, address, remove_address),
    Route("PUT", "/api/v1/admin/ip_blocks/{id:str}", change_address, "admin:write:ip_blocks"),
    *_routes(
        "email_domain_blocks", mail_domains, add_mail_domain_rule, mail_domain,
        remove_mail_domain_rule,
    ),
    *_routes("canonical_email_blocks", mails, add_mail, mail, remove_mail),
    Route(
        "POST", "/api/v1/admin/canonical_email_blocks/test", check_mail,
        "admin:read:canonical_email_blocks",
    ),
]  # fmt: skip
