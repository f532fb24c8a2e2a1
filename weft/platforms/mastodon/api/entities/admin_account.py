"""Admin::Account: what moderators are told of somebody. Six statements, however many."""

from typing import Any

from msgspec import Raw

from weft.domain.moderation.actors_list import (
    Known,
    Seen,
    addresses_of,
    known_actors,
    unproven_addresses,
)
from weft.platforms.mastodon.api.entities.account import author_fragments, role_entity
from weft.platforms.mastodon.api.entities.values import iso
from weft.platforms.mastodon.api.routing import Api


async def admin_accounts(api: Api, ids: list[int]) -> list[dict[str, Any]]:
    """In the order of ``ids``; who is gone is left out."""
    rows = {row.id: row for row in await api.parts.db.all(known_actors, ids=ids)}
    return await describe_known(api, [rows[each] for each in ids if each in rows])


async def describe_known(api: Api, rows: list[Known]) -> list[dict[str, Any]]:
    """One entity for each row."""
    db = api.parts.db
    rendered = await author_fragments(api, [row.id for row in rows])
    addresses = await addresses_of(db, rows)
    waiting = [row.account_id for row in rows if row.account_id and row.email is None]
    unproven = dict(await db.all(unproven_addresses, ids=waiting)) if waiting else {}
    return [
        _entity(row, rendered[row.id], addresses.get(row.account_id or 0, []), unproven)
        for row in rows
        if row.id in rendered
    ]


def _entity(
    row: Known, rendered: bytes, seen: list[Seen], unproven: dict[int, str]
) -> dict[str, Any]:
    has = row.account_id is not None
    return {
        "id": str(row.id),
        "username": row.username,
        "domain": None if row.local else row.domain,
        "created_at": iso(row.published_at if row.local else row.arrived_at),
        "email": (row.email or unproven.get(row.account_id or 0)) if has else None,
        "ip": seen[0].address if seen else None,
        "ips": [{"ip": each.address, "used_at": iso(each.at)} for each in seen],
        "locale": (row.locale or "en") if has else None,
        "invite_request": row.reason if has else None,
        "role": role_entity(row.role or 0) if has else None,
        "confirmed": row.confirmed_at is not None if has else None,
        "approved": row.approved_at is not None if has else None,
        "disabled": row.disabled_at is not None if has else None,
        "sensitized": row.sensitized_at is not None,
        "silenced": row.silenced_at is not None,
        "suspended": row.suspended_at is not None and not row.is_applicant,
        "account": Raw(rendered),
        "created_by_application_id": str(row.app_id) if row.app_id else None,
        "invited_by_account_id": str(row.inviter_id) if row.inviter_id else None,
    }
