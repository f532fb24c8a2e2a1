"""Actors as moderators look for them, and what only they are told of each."""

from collections import defaultdict
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Literal, TypeAlias

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, and_, bindparam, func, literal_column, or_, select

from weft.domain.mail.proofs import Purpose
from weft.storage.database import Database
from weft.storage.schema.accounts import account, invite, mail_token, web_session
from weft.storage.schema.actors import actor
from weft.storage.statements import any_of, query

Origin: TypeAlias = Literal["any", "local", "remote"]
Status: TypeAlias = Literal[
    "any", "active", "pending", "disabled", "silenced", "suspended", "sensitized"
]
MOST_ADDRESSES = 20_000
"""Sessions and sign-ups that a network is looked for in, the newest first."""
MOST_IPS = 100

_inviter = account.alias("inviter")


class Known(Struct, frozen=True):
    """An actor with its account. ``inviter_id``: the actor who invited."""

    id: int
    username: str
    domain: str
    handle: str
    local: bool
    published_at: int
    arrived_at: int
    silenced_at: int | None
    suspended_at: int | None
    sensitized_at: int | None
    account_id: int | None
    email: str | None
    role: int | None
    locale: str | None
    confirmed_at: int | None
    approved_at: int | None
    disabled_at: int | None
    reason: str | None
    address: str | None
    signed_up_at: int | None
    app_id: int | None
    inviter_id: int | None

    @property
    def is_applicant(self) -> bool:
        return self.local and self.suspended_at == self.published_at


class Seen(Struct, frozen=True):
    """Where somebody was, and when last."""

    account_id: int
    address: str
    at: int


_ACTOR = (
    "id", "username", "domain", "handle", "local", "published_at", "arrived_at", "silenced_at",
    "suspended_at", "sensitized_at",
)  # fmt: skip
_ACCOUNT = (
    "id", "email", "role", "locale", "confirmed_at", "approved_at", "disabled_at", "reason",
    "address", "created_at", "app_id",
)  # fmt: skip
_COLUMNS = [*(actor.c[name] for name in _ACTOR), *(account.c[name] for name in _ACCOUNT)]
_JOINED = (
    actor.outerjoin(account, account.c.actor_id == actor.c.id)
    .outerjoin(invite, invite.c.id == account.c.invite_id)
    .outerjoin(_inviter, _inviter.c.id == invite.c.account_id)
)
_APPLICANT = and_(actor.c.local, actor.c.suspended_at == actor.c.published_at)


def _is(status: Status) -> ColumnElement[bool]:
    match status:
        case "active":
            return actor.c.suspended_at.is_(None)
        case "pending":
            return and_(account.c.id.is_not(None), account.c.approved_at.is_(None))
        case "disabled":
            return account.c.disabled_at.is_not(None)
        case "silenced":
            return actor.c.silenced_at.is_not(None)
        case "suspended":
            return and_(actor.c.suspended_at.is_not(None), ~_APPLICANT)
        case "sensitized":
            return actor.c.sensitized_at.is_not(None)
        case _:
            return literal_column("1") == literal_column("1")


@query(row=Known)
def find_actors(
    *, origin: Origin = "any", status: Status = "any", among: bool = False, newer: bool = False
) -> Select:
    """The newest first. ``:username``, ``:name`` and ``:email`` are patterns of LIKE in small letters
    (``%`` for any), ``:of_domain`` and ``:inviter`` are empty and 0 for any, ``:roles`` are role
    numbers; with ``among`` only those in ``:ids``."""
    role = func.coalesce(account.c.role, literal_column("0", account.c.role.type))
    statement = (
        select(*_COLUMNS, _inviter.c.actor_id)
        .select_from(_JOINED)
        .where(
            actor.c.deleted_at.is_(None),
            or_(~actor.c.local, account.c.id.is_not(None)),
            actor.c.id < bindparam("max_id"),
            actor.c.id > bindparam("min_id"),
            func.lower(actor.c.username).like(bindparam("username"), escape="\\"),
            func.lower(actor.c.name).like(bindparam("name"), escape="\\"),
            func.lower(func.coalesce(account.c.email, "")).like(bindparam("email"), escape="\\"),
            or_(bindparam("of_domain") == "", actor.c.domain == bindparam("of_domain")),
            or_(
                bindparam("inviter", type_=actor.c.id.type) == 0,
                _inviter.c.actor_id == bindparam("inviter"),
            ),
            any_of(role, "roles"),
            _is(status),
        )
    )
    if origin != "any":
        statement = statement.where(actor.c.local if origin == "local" else ~actor.c.local)
    if among:
        statement = statement.where(any_of(actor.c.id, "ids"))
    return statement.order_by(actor.c.id if newer else actor.c.id.desc()).limit(bindparam("limit"))


@query(row=Known, bounded=True)
def known_actors() -> Select:
    """Those of ``:ids``, whatever became of them."""
    return (
        select(*_COLUMNS, _inviter.c.actor_id).select_from(_JOINED).where(any_of(actor.c.id, "ids"))
    )


@query()
def unproven_addresses() -> Select:
    """``(account id, address)`` that wait for their proof, the last typed last."""
    return (
        select(mail_token.c.account_id, mail_token.c.email)
        .where(
            any_of(mail_token.c.account_id, "ids"),
            mail_token.c.purpose == literal_column(str(int(Purpose.CONFIRM))),
        )
        .order_by(mail_token.c.created_at)
    )


@query(row=Seen)
def seen_at() -> Select:
    """Where ``:ids`` have signed in."""
    return (
        select(
            web_session.c.account_id, web_session.c.address, func.max(web_session.c.last_seen_at)
        )
        .where(any_of(web_session.c.account_id, "ids"), web_session.c.address.is_not(None))
        .group_by(web_session.c.account_id, web_session.c.address)
        .order_by(func.max(web_session.c.last_seen_at).desc())
        .limit(bindparam("limit"))
    )


@query()
def session_addresses() -> Select:
    return (
        select(account.c.actor_id, web_session.c.address)
        .join(account, account.c.id == web_session.c.account_id)
        .where(web_session.c.address.is_not(None))
        .order_by(web_session.c.id.desc())
        .limit(bindparam("limit"))
    )


@query()
def sign_up_addresses() -> Select:
    return (
        select(account.c.actor_id, account.c.address)
        .where(account.c.address.is_not(None))
        .order_by(account.c.id.desc())
        .limit(bindparam("limit"))
    )


class BadNetwork(Exception):
    """The sentence is for who typed it."""


def network_of(typed: str) -> IPv4Network | IPv6Network:
    """An address or a network.

    Raises:
        BadNetwork: it is none.
    """
    try:
        return ip_network(typed.strip(), strict=False)
    except ValueError:
        raise BadNetwork(f"{typed[:60]} is no IP address and no network.") from None


async def actors_from(db: Database, typed: str) -> list[int]:
    """Actors of people who signed up or in from a network.

    Raises:
        BadNetwork
    """
    network = network_of(typed)
    found = set()
    for statement in (session_addresses, sign_up_addresses):
        for actor_id, address in await db.all(statement, limit=MOST_ADDRESSES):
            if is_in(network, address):
                found.add(actor_id)
    return sorted(found)


def is_in(network: IPv4Network | IPv6Network, address: str | None) -> bool:
    try:
        return address is not None and ip_address(address) in network
    except ValueError:
        return False


async def addresses_of(db: Database, rows: Sequence[Known]) -> dict[int, list[Seen]]:
    """Where people were, the last first, by account."""
    ids = [row.account_id for row in rows if row.account_id is not None]
    found: dict[int, dict[str, Seen]] = defaultdict(dict)
    if not ids:
        return {}
    for row in rows:
        if row.account_id is not None and row.address is not None:
            first = Seen(row.account_id, row.address, row.signed_up_at or 0)
            found[row.account_id][row.address] = first
    for seen in await db.all(seen_at, ids=ids, limit=MOST_IPS * len(ids)):
        known = found[seen.account_id].get(seen.address)
        if known is None or known.at < seen.at:
            found[seen.account_id][seen.address] = seen
    return {
        account_id: sorted(each.values(), key=lambda seen: seen.at, reverse=True)[:MOST_IPS]
        for account_id, each in found.items()
    }


def pattern(typed: str | None) -> str:
    """A pattern for what begins with this; ``%`` for nothing."""
    word = (typed or "").strip().casefold()
    for sign in ("\\", "%", "_"):
        word = word.replace(sign, "\\" + sign)
    return f"{word}%"
