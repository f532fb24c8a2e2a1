"""What a notification tells of where that is no post: severances, strikes and reports."""

from enum import IntEnum

import msgspec
from msgspec import Struct
from sqlalchemy import Insert, Select, bindparam, insert, select

from weft.storage.schema.operations import report, strike
from weft.storage.schema.timelines import severance
from weft.storage.statements import any_of, query


class SeveranceKind(IntEnum):
    """Why follows ended. The numbers are stored."""

    DOMAIN_BLOCK = 0
    """A moderator suspended a domain."""
    USER_DOMAIN_BLOCK = 1
    """The person blocked it themself."""
    ACCOUNT_SUSPENSION = 2


class Severance(Struct, frozen=True):
    """What somebody lost at one blow: this many followers, and this many whom they followed."""

    id: int
    owner_id: int
    kind: int
    target_name: str
    """A domain, or ``name@domain`` of an account."""
    followers: int
    following: int
    purged: bool
    """Nothing is known of the follows any more."""
    created_at: int


class Strike(Struct, frozen=True):
    """What a moderator did about somebody, as that person may read it."""

    id: int
    target_id: int
    action: str
    text: str
    post_ids: str | None
    created_at: int
    appeal: str | None
    appeal_ended_at: int | None
    overruled_at: int | None

    @property
    def posts(self) -> list[int]:
        return msgspec.json.decode(self.post_ids, type=list[int]) if self.post_ids else []


_SEVERANCE = [severance.c[name] for name in Severance.__struct_fields__]
_STRIKE = [strike.c[name] for name in Strike.__struct_fields__]


@query()
def insert_severance() -> Insert:
    return insert(severance).values({name: bindparam(name) for name in Severance.__struct_fields__})


@query(row=Severance, bounded=True)
def severances_of() -> Select:
    """``:owner``'s, by id."""
    return select(*_SEVERANCE).where(
        any_of(severance.c.id, "ids"), severance.c.owner_id == bindparam("owner")
    )


@query(row=Strike, bounded=True)
def strikes_of() -> Select:
    """Those about ``:owner``, by id."""
    return select(*_STRIKE).where(
        any_of(strike.c.id, "ids"), strike.c.target_id == bindparam("owner")
    )


@query(bounded=True)
def rules_of_reports() -> Select:
    """``(report id, JSON array of rule ids or None)``."""
    return select(report.c.id, report.c.rule_ids).where(any_of(report.c.id, "ids"))
