"""What a person does with notifications of people who are strangers in some way: let them through,
let them wait as requests, or drop them.

The conditions and their times are Mastodon's (its ``NotifyService``): who was followed for less than
three days is no follower yet, an account is new for thirty days, a private mention is unasked for
unless the person spoke to its author in that thread before.
"""

from enum import IntEnum

from msgspec import Struct
from sqlalchemy import Insert, Select, bindparam, func, select

from weft.domain.notifications.kinds import FILTERABLE, NotificationKind
from weft.storage.database import Tx
from weft.storage.schema.timelines import notification_policy
from weft.storage.statements import query, upsert

DAY_MS = 24 * 3_600_000
NEW_FOLLOWER_MS = 3 * DAY_MS
NEW_ACCOUNT_MS = 30 * DAY_MS


class Choice(IntEnum):
    """The numbers are stored; of several that apply, the largest wins."""

    ACCEPT = 0
    FILTER = 1
    DROP = 2


class Policy(Struct, frozen=True):
    """What is done with notifications of whom; in the order of the columns."""

    not_following: Choice = Choice.ACCEPT
    """Whom the person does not follow."""
    not_followers: Choice = Choice.ACCEPT
    new_accounts: Choice = Choice.ACCEPT
    private_mentions: Choice = Choice.FILTER
    """Direct posts of somebody whom the person neither follows nor has spoken to."""
    limited_accounts: Choice = Choice.FILTER
    """Whom a moderator has limited."""
    bots: Choice = Choice.ACCEPT


DEFAULT_POLICY = Policy()


class Stranger(Struct, frozen=True):
    """What a policy needs to know of a sender."""

    follows: bool
    """The owner follows them."""
    follower_since: int | None
    """When they began to follow the owner."""
    since: int
    """When their account was opened."""
    limited: bool
    bot: bool
    permitted: bool
    """The owner has let them through, by accepting a request."""
    moderator: bool
    """A moderator of this server: what they have to say arrives."""


def judge(policy: Policy, kind: NotificationKind, stranger: Stranger, now: int) -> Choice:
    """What is to be done, but for private mentions (see ``is_bound``)."""
    if not is_bound(kind, stranger):
        return Choice.ACCEPT
    choices = [Choice.ACCEPT]
    if not stranger.follows:
        choices.append(policy.not_following)
        if stranger.limited:
            choices.append(policy.limited_accounts)
        if stranger.bot:
            choices.append(policy.bots)
    since = stranger.follower_since
    if since is None or since > now - NEW_FOLLOWER_MS:
        choices.append(policy.not_followers)
    if stranger.since > now - NEW_ACCOUNT_MS:
        choices.append(policy.new_accounts)
    return max(choices)


def is_bound(kind: NotificationKind, stranger: Stranger) -> bool:
    """Does the policy have a say at all?"""
    if kind not in FILTERABLE or stranger.permitted:
        return False
    return not (kind is NotificationKind.MENTION and stranger.moderator)


POLICY_COLUMNS = [notification_policy.c[name] for name in Policy.__struct_fields__]
DEFAULTED_COLUMNS = [
    func.coalesce(notification_policy.c[name], int(getattr(DEFAULT_POLICY, name)))
    for name in Policy.__struct_fields__
]
"""For an outer join: who never chose has the default."""


@query(bounded=True)
def policy_of() -> Select:
    return select(*POLICY_COLUMNS).where(notification_policy.c.owner_id == bindparam("owner"))


@query()
def save_policy_row() -> Insert:
    names = list(Policy.__struct_fields__)
    return upsert(notification_policy, key=["owner_id"], values=["owner_id", *names], update=names)


def read_policy(values: tuple[int, ...] | None) -> Policy:
    """A policy from its columns; the default where there are none."""
    return DEFAULT_POLICY if values is None else Policy(*map(Choice, values))


async def change_policy(tx: Tx, owner: int, changes: dict[str, Choice]) -> Policy:
    """Change what is named. What waits already goes on waiting."""
    known = read_policy(await tx.one(policy_of, owner=owner))
    values = {name: changes.get(name, getattr(known, name)) for name in Policy.__struct_fields__}
    await tx.run(save_policy_row, owner_id=owner, **values)
    return Policy(**values)
