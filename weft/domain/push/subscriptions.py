"""Where applications want to be pushed to: one subscription for each token.

The application expects its own token in each message, to know for which of its accounts it is. Tokens
are kept as hashes, so the subscription carries the token sealed, from the request that made it.
"""

from typing import Literal, get_args

import msgspec
from msgspec import Struct
from sqlalchemy import Delete, Insert, Select, Update, bindparam, delete, select, update

from weft.domain.server import Server
from weft.protocol.webpush import AUTH_BYTES, BadKey, decoded, encoded, public_key
from weft.storage.database import Tx
from weft.storage.schema.accounts import push_subscription
from weft.storage.statements import query, upsert

MOST_OF_ONE = 50
"""Subscriptions of one person; the oldest goes when there is one more."""
MAX_ENDPOINT = 2000
SEALED_FOR = "token of a push subscription"
Policy = Literal["all", "followed", "follower", "none"]
POLICIES: tuple[Policy, ...] = get_args(Policy)


class PushRefused(Exception):
    """The sentence is for the application's author."""


class Subscription(Struct, frozen=True):
    """``alerts``: JSON, the names of notification kinds in lower case."""

    id: int
    token_id: int
    account_id: int
    endpoint: str
    p256dh: str
    auth: str
    standard: bool
    alerts: str
    policy: str

    @property
    def kinds(self) -> frozenset[str]:
        return kinds_in(self.alerts)


class NewSubscription(Struct, frozen=True, kw_only=True):
    """What an application asks for, checked. ``token_sealed``: see the top of the file."""

    token_id: int
    account_id: int
    token_sealed: bytes
    endpoint: str
    p256dh: str
    auth: str
    standard: bool
    alerts: str
    policy: Policy


_COLUMNS = [push_subscription.c[name] for name in Subscription.__struct_fields__]
_INSERTED = ["id", *NewSubscription.__struct_fields__, "created_at"]
_names = msgspec.json.Decoder(frozenset[str])


def kinds_in(alerts: str) -> frozenset[str]:
    return _names.decode(alerts)


def stored_kinds(kinds: frozenset[str]) -> str:
    return msgspec.json.encode(sorted(kinds)).decode()


def checked_keys(p256dh: str, auth: str) -> tuple[str, str]:
    """The application's keys in one spelling.

    Raises:
        PushRefused: they are none.
    """
    try:
        point, secret = decoded(p256dh), decoded(auth)
        public_key(point)
    except BadKey as error:
        raise PushRefused(str(error)) from None
    if len(secret) != AUTH_BYTES:
        raise PushRefused(f"subscription[keys][auth] must have {AUTH_BYTES} bytes in base64.")
    return encoded(point), encoded(secret)


def checked_policy(name: str) -> Policy:
    """Raises PushRefused."""
    for each in POLICIES:
        if each == name:
            return each
    raise PushRefused("data[policy] must be all, followed, follower or none.")


@query(row=Subscription, bounded=True)
def subscription_of() -> Select:
    """That of a token."""
    return select(*_COLUMNS).where(push_subscription.c.token_id == bindparam("token_id"))


@query()
def subscriptions_of_account() -> Select:
    """Ids, oldest first."""
    return (
        select(push_subscription.c.id)
        .where(push_subscription.c.account_id == bindparam("account_id"))
        .order_by(push_subscription.c.id)
    )


@query()
def put_subscription() -> Insert:
    return upsert(
        push_subscription,
        key=["token_id"],
        values=[*_INSERTED, "failures"],
        update=[each for each in [*_INSERTED, "failures"] if each not in ("id", "token_id")],
    )


@query()
def update_alerts() -> Update:
    return (
        update(push_subscription)
        .where(push_subscription.c.token_id == bindparam("of_token"))
        .values(alerts=bindparam("alerts"), policy=bindparam("policy"))
    )


@query()
def delete_subscription() -> Delete:
    return delete(push_subscription).where(push_subscription.c.id == bindparam("of_subscription"))


@query()
def delete_subscription_of() -> Delete:
    return delete(push_subscription).where(push_subscription.c.token_id == bindparam("of_token"))


async def subscribe(tx: Tx, server: Server, new: NewSubscription) -> None:
    """Make a token's subscription, or put another in its place."""
    values = {name: getattr(new, name) for name in NewSubscription.__struct_fields__}
    await tx.run(put_subscription, id=tx.new_id(), created_at=server.now_ms(), failures=0, **values)
    ids = [row[0] for row in await tx.all(subscriptions_of_account, account_id=new.account_id)]
    for each in ids[:-MOST_OF_ONE]:
        await tx.run(delete_subscription, of_subscription=each)


async def change_alerts(tx: Tx, token_id: int, alerts: str, policy: Policy) -> bool:
    """False if the token has no subscription."""
    return await tx.run(update_alerts, of_token=token_id, alerts=alerts, policy=policy) > 0


async def unsubscribe(tx: Tx, token_id: int) -> None:
    """What waits for it goes with it."""
    await tx.run(delete_subscription_of, of_token=token_id)
