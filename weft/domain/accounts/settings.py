"""What a person prefers; kept as JSON beside the account."""

import msgspec
from msgspec import Struct


class AccountSettings(Struct, frozen=True, omit_defaults=True):
    """``visibility`` is one of ``public``, ``unlisted``, ``private`` and ``direct``."""

    visibility: str = "public"
    sensitive: bool = False
    language: str | None = None
    quote_policy: str = "public"
    """Who may quote new posts: ``public``, ``followers`` or ``nobody``."""
    field_sources: tuple[str, ...] = ()
    """The profile's fields as they were typed."""
    mails: tuple[str, ...] = ()
    """What letters tell of: ``mention``, ``follow`` and ``follow_request``."""
    sign_ins_untold: bool = False
    """No letter says that a browser was used that was not known."""


_settings = msgspec.json.Decoder(AccountSettings)
DEFAULT_SETTINGS = AccountSettings()


def account_settings(stored: str | None) -> AccountSettings:
    return _settings.decode(stored) if stored else DEFAULT_SETTINGS


def stored_settings(settings: AccountSettings) -> str:
    return msgspec.json.encode(settings).decode()
