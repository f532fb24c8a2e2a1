"""Applications, as posts name them."""

from msgspec import Struct
from sqlalchemy import Select, select

from weft.storage.schema.accounts import oauth_app
from weft.storage.statements import any_of, query


class AppName(Struct, frozen=True):
    id: int
    name: str
    website: str | None


@query(row=AppName, bounded=True)
def apps_by_ids() -> Select:
    return select(oauth_app.c.id, oauth_app.c.name, oauth_app.c.website).where(
        any_of(oauth_app.c.id, "ids")
    )
