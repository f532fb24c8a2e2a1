"""Reading accounts, applications, tokens and sessions."""

from enum import IntEnum

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, and_, bindparam, func, literal_column, or_, select

from weft.storage.database import Database
from weft.storage.schema.accounts import account, oauth_app, oauth_code, oauth_token, web_session
from weft.storage.schema.actors import actor
from weft.storage.statements import any_of, query


class Role(IntEnum):
    """The numbers are stored."""

    USER = 0
    MODERATOR = 1
    ADMIN = 2
    OWNER = 3
    """Who set the server up: nobody on the pages acts on them."""


class Account(Struct, frozen=True):
    id: int
    actor_id: int
    email: str | None
    password_hash: str | None
    role: int
    locale: str | None
    settings: str | None
    created_at: int
    confirmed_at: int | None
    approved_at: int | None
    disabled_at: int | None
    last_active_at: int | None

    @property
    def may_act(self) -> bool:
        """Confirmed, approved and not disabled."""
        return (
            self.disabled_at is None
            and self.confirmed_at is not None
            and self.approved_at is not None
        )


class App(Struct, frozen=True):
    id: int
    client_id: str
    secret_hash: str
    name: str
    website: str | None
    redirect_uris: str
    scopes: str
    family: str
    created_at: int


class Code(Struct, frozen=True):
    code_hash: str
    app_id: int
    account_id: int
    redirect_uri: str
    scopes: str
    challenge: str | None
    expires_at: int
    used_at: int | None


class Bearer(Struct, frozen=True):
    """Who a token speaks for; ``account_id`` is None for an application alone."""

    token_id: int
    scopes: str
    family: str
    app_id: int | None
    account_id: int | None
    actor_id: int | None
    role: int | None
    last_active_at: int | None
    last_used_at: int | None
    """When the token was last used; noted once an hour."""


class GoodToken(Struct, frozen=True):
    id: int
    account_id: int
    last_active_at: int | None


class Session(Struct, frozen=True):
    id: int
    account_id: int
    actor_id: int
    last_seen_at: int
    expires_at: int
    role: int


ACCOUNT_COLUMNS = [account.c[name] for name in Account.__struct_fields__]
APP_COLUMNS = [oauth_app.c[name] for name in App.__struct_fields__]


@query(row=Account, bounded=True)
def account_by_id() -> Select:
    return select(*ACCOUNT_COLUMNS).where(account.c.id == bindparam("id"))


@query(row=Account, bounded=True)
def accounts_by_ids() -> Select:
    return select(*ACCOUNT_COLUMNS).where(any_of(account.c.id, "ids"))


@query(row=Account, bounded=True)
def account_by_actor() -> Select:
    return select(*ACCOUNT_COLUMNS).where(account.c.actor_id == bindparam("actor_id"))


@query(row=Account, bounded=True)
def account_by_email() -> Select:
    return select(*ACCOUNT_COLUMNS).where(account.c.email == bindparam("email"))


@query(row=Account, bounded=True)
def account_by_handle() -> Select:
    """By the case-folded handle of a person of this server."""
    return (
        select(*ACCOUNT_COLUMNS)
        .join(actor, actor.c.id == account.c.actor_id)
        .where(actor.c.handle == bindparam("handle"), actor.c.local)
    )


@query()
def count_accounts(*, admins: bool = False) -> Select:
    """How many people are here; or how many of them are admins."""
    statement = select(func.count()).select_from(account)
    return statement.where(account.c.role >= literal_column("2")) if admins else statement


@query(row=App, bounded=True)
def app_by_client_id() -> Select:
    return select(*APP_COLUMNS).where(oauth_app.c.client_id == bindparam("client_id"))


@query(row=App, bounded=True)
def app_by_id() -> Select:
    return select(*APP_COLUMNS).where(oauth_app.c.id == bindparam("id"))


@query(row=Code, bounded=True)
def code_by_hash() -> Select:
    return select(*[oauth_code.c[name] for name in Code.__struct_fields__]).where(
        oauth_code.c.code_hash == bindparam("code_hash")
    )


@query(row=Bearer, bounded=True)
def bearer() -> Select:
    """Who holds ``:token_hash``: not revoked, not expired, and the account may act."""
    return (
        select(
            oauth_token.c.id,
            oauth_token.c.scopes,
            oauth_token.c.family,
            oauth_token.c.app_id,
            oauth_token.c.account_id,
            account.c.actor_id,
            account.c.role,
            account.c.last_active_at,
            oauth_token.c.last_used_at,
        )
        .select_from(
            oauth_token.outerjoin(account, account.c.id == oauth_token.c.account_id).outerjoin(
                actor, actor.c.id == account.c.actor_id
            )
        )
        .where(oauth_token.c.token_hash == bindparam("token_hash"), _is_good())
    )


def _is_good() -> ColumnElement[bool]:
    return and_(
        oauth_token.c.revoked_at.is_(None),
        or_(oauth_token.c.expires_at.is_(None), oauth_token.c.expires_at > bindparam("now")),
        account.c.disabled_at.is_(None),
        actor.c.suspended_at.is_(None),
        actor.c.deleted_at.is_(None),
    )


@query(row=GoodToken, bounded=True)
def good_tokens() -> Select:
    """Those of ``:ids`` that somebody may still act with: for streams, which are open for long."""
    return (
        select(oauth_token.c.id, oauth_token.c.account_id, account.c.last_active_at)
        .join(account, account.c.id == oauth_token.c.account_id)
        .join(actor, actor.c.id == account.c.actor_id)
        .where(any_of(oauth_token.c.id, "ids"), _is_good())
    )


@query(row=Session, bounded=True)
def session_by_hash() -> Select:
    """Whose browser holds ``:token_hash``: not run out, and the account may act."""
    return (
        select(
            web_session.c.id,
            web_session.c.account_id,
            account.c.actor_id,
            web_session.c.last_seen_at,
            web_session.c.expires_at,
            account.c.role,
        )
        .join(account, account.c.id == web_session.c.account_id)
        .join(actor, actor.c.id == account.c.actor_id)
        .where(
            web_session.c.token_hash == bindparam("token_hash"),
            web_session.c.expires_at > bindparam("now"),
            account.c.disabled_at.is_(None),
            actor.c.suspended_at.is_(None),
            actor.c.deleted_at.is_(None),
        )
    )


@query()
def staff() -> Select:
    """IRIs of the admins."""
    return (
        select(actor.c.uri)
        .join(account, account.c.actor_id == actor.c.id)
        .where(account.c.role >= literal_column("2"), account.c.disabled_at.is_(None))
        .order_by(account.c.id)
        .limit(literal_column("20"))
    )


async def staff_uris(db: Database) -> list[str]:
    """Who runs this server, by the ids of their actors."""
    return [row[0] for row in await db.all(staff)]
