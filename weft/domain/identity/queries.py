"""What the database remembers of the server it belongs to: one row per key."""

from enum import StrEnum

from msgspec import Struct
from sqlalchemy import Delete, Insert, Select, bindparam, delete, select

from weft.storage.schema.actors import actor
from weft.storage.schema.operations import server_setting
from weft.storage.statements import insert_or_ignore, query, upsert


class Remembered(StrEnum):
    """Keys of ``server_setting``."""

    DOMAIN = "domain"
    HOST = "host"
    KEY_FINGERPRINT = "key_fingerprint"
    SETUP_TOKEN = "setup_token_hash"  # noqa: S105  the name of a row
    POLICIES = "policies"
    """The last change of a rule about servers or networks."""
    FEDERATION = "federation"
    """Whether hosts were last held to an allow list."""
    VAPID_KEY = "vapid_key_sealed"


class SettingRow(Struct, frozen=True):
    key: str
    value: str


@query(row=SettingRow)
def remembered_settings() -> Select:
    return select(server_setting.c.key, server_setting.c.value)


@query(bounded=True)
def remembered_value() -> Select:
    return select(server_setting.c.value).where(server_setting.c.key == bindparam("key"))


@query()
def remember_once() -> Insert:
    """Keeps what is there already: two processes that start together agree on the first."""
    return insert_or_ignore(server_setting, "key", "value", "updated_at")


@query()
def remember() -> Insert:
    return upsert(
        server_setting,
        key=["key"],
        values=["key", "value", "updated_at"],
        update=["value", "updated_at"],
    )


@query()
def forget() -> Delete:
    return delete(server_setting).where(server_setting.c.key == bindparam("of_key"))


@query()
def forget_value() -> Delete:
    """Forgets a key that has this value; changes no row if somebody was faster."""
    return delete(server_setting).where(
        server_setting.c.key == bindparam("of_key"), server_setting.c.value == bindparam("of_value")
    )


@query(bounded=True)
def any_local_actor() -> Select:
    """One row if an actor of ours exists: its id carries the host for ever."""
    return select(actor.c.id).where(actor.c.local).limit(1)
