"""Networks, mail providers and mailboxes that are kept out, for moderators; and the audit log."""

from datetime import UTC, datetime
from typing import Any

from litestar.response.base import ASGIResponse

from weft.domain.accounts.queries import account_by_handle
from weft.domain.accounts.roles import Permission
from weft.domain.moderation.addresses import (
    NAMES,
    SEVERITIES,
    AddressRefused,
    add_address_rule,
    address_rule_page,
    checked_network,
    remove_address_rule,
)
from weft.domain.moderation.addresses_mail import (
    add_mail_block,
    add_mail_domain,
    checked_mail_domain,
    hash_of,
    mail_block_page,
    mail_domain_page,
    remove_mail_block,
    remove_mail_domain,
)
from weft.domain.moderation.audit import found_entries
from weft.domain.signup.blocks import NetworkRule
from weft.storage.ids import MAX_ID
from weft.web.pages.moderators import moderator, number
from weft.web.rendering import redirect
from weft.web.visits import PageError, Route, Visit

PATH = "/admin/addresses"
MOST = 200
AUDIT_PAGE = 50
WORDS = {
    "sign_up_requires_approval": "Who signs up is looked at first",
    "sign_up_block": "Nobody may sign up",
    "no_access": "No access at all",
}
DAYS = (
    ("0", "for ever"),
    ("1", "a day"),
    ("14", "two weeks"),
    ("30", "a month"),
    ("365", "a year"),
)


def moment(at_ms: int | None) -> str:
    return (
        "" if at_ms is None else f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"
    )


async def show(visit: Visit) -> ASGIResponse:
    """GET /admin/addresses"""
    await moderator(visit, Permission.MANAGE_BLOCKS)
    return await _page(visit)


async def _page(visit: Visit, status: int = 200, error: str | None = None) -> ASGIResponse:
    page: dict[str, Any] = {"max_id": MAX_ID, "min_id": 0, "limit": MOST}
    db = visit.parts.db
    return await visit.page(
        "moderate/addresses.html",
        status=status,
        error=error,
        networks=await db.all(address_rule_page, **page),
        providers=await db.all(mail_domain_page, **page),
        mailboxes=await db.all(mail_block_page, **page),
        words=WORDS,
        names={int(rule): WORDS[name] for rule, name in NAMES.items()},
        days=DAYS,
        moment=moment,
    )


async def add(visit: Visit) -> ASGIResponse:
    """POST /admin/addresses"""
    account = await moderator(visit, Permission.MANAGE_BLOCKS)
    visit.check_form()
    db, server, form = visit.parts.db, visit.parts.server, visit.form
    try:
        match form.get("kind"):
            case "network":
                severity = SEVERITIES.get(form.get("severity", ""), NetworkRule.NO_SIGN_UP)
                network = checked_network(form.get("what", ""), severity, visit.client)
                days = form.get("days", "0")
                if days not in dict(DAYS):
                    raise AddressRefused("Choose for how long.")
                await db.write(
                    add_address_rule, server, account.id, network, severity,
                    comment=form.get("comment", ""), expires_in_s=int(days) * 86_400,
                )  # fmt: skip
            case "provider":
                domain = checked_mail_domain(form.get("what", ""))
                await db.write(
                    add_mail_domain, server, account.id, domain,
                    allows_with_approval="with_approval" in form,
                )  # fmt: skip
            case "mailbox":
                digest = hash_of(form.get("what", ""), None)
                await db.write(add_mail_block, server, account.id, digest)
            case _:
                raise PageError(422, "Say whether it is a network, a provider or a mailbox.")
    except AddressRefused as refused:
        return await _page(visit, 422, str(refused))
    return redirect(PATH)


async def remove(visit: Visit) -> ASGIResponse:
    """POST /admin/addresses/delete"""
    account = await moderator(visit, Permission.MANAGE_BLOCKS)
    visit.check_form()
    db, server = visit.parts.db, visit.parts.server
    rule_id = number(visit, visit.form.get("id", ""))
    gone: object = None
    match visit.form.get("kind"):
        case "network":
            gone = await db.write(remove_address_rule, server, account.id, rule_id)
        case "provider":
            gone = await db.write(remove_mail_domain, server, account.id, rule_id)
        case "mailbox":
            gone = await db.write(remove_mail_block, server, account.id, rule_id)
    if gone is None:
        raise PageError(404, "There is no such rule.")
    return redirect(PATH)


async def audit(visit: Visit) -> ASGIResponse:
    """GET /admin/audit"""
    await moderator(visit, Permission.VIEW_AUDIT_LOG)
    db, query = visit.parts.db, visit.query
    by, action, about = (query.get(name, "").strip()[:300] for name in ("by", "action", "about"))
    typed = query.get("before", "")
    max_id = number(visit, typed) if typed else MAX_ID
    account = None
    if by:
        name = by.removeprefix("@").partition("@")[0]
        handle = visit.parts.settings.handle(name).casefold()
        account = await db.one(account_by_handle, handle=handle)
    rows = (
        []
        if by and account is None
        else await found_entries(
            db,
            max_id=max_id,
            limit=AUDIT_PAGE,
            account_id=account.id if account else None,
            action=action,
            target=about,
        )
    )
    return await visit.page(
        "moderate/audit.html",
        rows=rows,
        by=by,
        action=action,
        about=about,
        before=rows[-1].id if len(rows) == AUDIT_PAGE else None,
        moment=moment,
    )


ROUTES = (
    Route("GET", PATH, show),
    Route("POST", PATH, add),
    Route("POST", f"{PATH}/delete", remove),
    Route("GET", "/admin/audit", audit),
)
