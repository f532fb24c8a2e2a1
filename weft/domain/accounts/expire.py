"""Forgetting what has run out: sessions, codes, tokens, requests that may not be repeated any more."""

from typing import Any

from sqlalchemy import Delete, bindparam, delete, or_, select

from weft.domain.mail.proofs import forget_proofs
from weft.domain.moderation.holds import not_held
from weft.domain.posts.compose import REMEMBERED_MS
from weft.domain.server import Server
from weft.storage.database import Database, Tx
from weft.storage.schema.accounts import account, idempotency, oauth_code, oauth_token, web_session
from weft.storage.schema.moderation import account_day
from weft.storage.statements import query

DAY_MS = 24 * 3_600_000
PROOF_TRACE_MS = 7 * DAY_MS
"""How long it is known after its end to which address a link went, for who asks for another."""
DAYS_KEPT_MS = 366 * DAY_MS
"""How long it is known on which days somebody was here."""
TOKEN_TRACE_MS = 30 * DAY_MS
"""How long a revoked or expired token is remembered, so that its use can be explained."""


@query()
def forget_sessions() -> Delete:
    """Those of held people stay: where they came from is evidence."""
    owner = select(account.c.actor_id).where(account.c.id == web_session.c.account_id)
    whose = owner.correlate(web_session)
    return delete(web_session).where(
        web_session.c.expires_at < bindparam("now"), not_held(whose.scalar_subquery())
    )


@query()
def forget_codes() -> Delete:
    """A code stays for a day after its use: its return is a sign of theft."""
    return delete(oauth_code).where(oauth_code.c.expires_at < bindparam("before"))


@query()
def forget_tokens() -> Delete:
    before: Any = bindparam("before")
    return delete(oauth_token).where(
        or_(oauth_token.c.expires_at < before, oauth_token.c.revoked_at < before)
    )


@query()
def forget_requests() -> Delete:
    return delete(idempotency).where(idempotency.c.created_at < bindparam("before"))


@query()
def forget_days() -> Delete:
    return delete(account_day).where(account_day.c.day < bindparam("before"))


async def forget_expired(db: Database, server: Server) -> int:
    """The number of rows that went."""
    return await db.write(_forget, server.now_ms())


async def _forget(tx: Tx, now: int) -> int:
    return (
        await tx.run(forget_sessions, now=now)
        + await tx.run(forget_proofs, before=now - PROOF_TRACE_MS)
        + await tx.run(forget_codes, before=now - DAY_MS)
        + await tx.run(forget_tokens, before=now - TOKEN_TRACE_MS)
        + await tx.run(forget_requests, before=now - REMEMBERED_MS)
        + await tx.run(forget_days, before=(now - DAYS_KEPT_MS) // DAY_MS)
    )
