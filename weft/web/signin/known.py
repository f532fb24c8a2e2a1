"""Browsers that somebody has signed in with before: a signed cookie says so, for a year.

It opens nothing: who has none is let in alike, and the owner gets a letter. Nothing is stored here, so that
there is nothing to fill, and no list of people's browsers.
"""

from weft.web.signin.tickets import Ticket
from weft.web.visits import Visit

LIFE_S = 365 * 24 * 3600
MOST = 2
"""Accounts of one browser; a cookie has room for them."""
_PURPOSE = "known browser"
_BETWEEN = "~"


def _held(visit: Visit) -> dict[str, str]:
    """The tickets that the browser brought, by account."""
    desk = visit.desk
    text = desk.cookies.read(visit.headers.get("cookie"), desk.cookies.known) or ""
    found: dict[str, str] = {}
    for each in text.split(_BETWEEN)[:MOST]:
        ticket: Ticket | None = desk.tickets.read(_PURPOSE, "", each, LIFE_S * 1000)
        if ticket is not None:
            found[ticket.content] = each
    return found


def is_known(visit: Visit, account_id: int) -> bool:
    """Has this browser signed in to the account before?"""
    return str(account_id) in _held(visit)


def remembered(visit: Visit, account_id: int) -> str:
    """The cookie that says so next time."""
    others = [each for account, each in _held(visit).items() if account != str(account_id)]
    mine = visit.desk.tickets.write(_PURPOSE, "", str(account_id))
    return visit.desk.cookies.set_known(_BETWEEN.join([mine, *others][:MOST]), LIFE_S)
