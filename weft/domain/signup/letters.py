"""What people read in the mail while they are on their way in."""

from typing import NamedTuple

from weft.config.settings import Settings


class Text(NamedTuple):
    subject: str
    body: str


def _title(settings: Settings) -> str:
    return settings.title or settings.domain


def confirm(settings: Settings, username: str, token: str) -> Text:
    return Text(
        f"Confirm your e-mail address for {_title(settings)}",
        f"Hello,\n\nsomebody, probably you, wants to open the account"
        f" @{settings.handle(username)} with this e-mail address.\n\n"
        f"To confirm that the address is yours, open this within two days and press the button:\n\n"
        f"{settings.origin}/auth/confirmation?confirmation_token={token}\n\n"
        "If it was not you, do nothing: what was begun is forgotten after a week.\n",
    )


def address_taken(settings: Settings) -> Text:
    return Text(
        f"You have an account on {_title(settings)} already",
        f"Hello,\n\nsomebody, probably you, wants to open an account on {settings.domain} with"
        " this e-mail address, which belongs to an account here.\n\n"
        f"Sign in to it: {settings.origin}/login\n\n"
        "If it was not you, do nothing: nothing has changed.\n",
    )


def welcome(settings: Settings, username: str) -> Text:
    return Text(
        f"Welcome to {_title(settings)}",
        f"Hello,\n\nyour account @{settings.handle(username)} is open.\n\n"
        f"Sign in here: {settings.origin}/login\n\n"
        f"In an app, give {settings.domain} as your server.\n",
    )


def not_admitted(settings: Settings, username: str) -> Text:
    return Text(
        f"Your request to join {_title(settings)}",
        f"Hello,\n\nyou asked for the account @{settings.handle(username)}. The moderators have"
        " decided not to open it. What you sent has been deleted.\n",
    )


def someone_waits(settings: Settings, username: str, email: str, reason: str | None) -> Text:
    return Text(
        f"@{username} would like to join {_title(settings)}",
        f"Hello,\n\n@{username} ({email}) has asked for an account on {settings.domain} and waits"
        f" for a moderator.\n\n{_quoted(reason)}"
        f"Decide here: {settings.origin}/admin/pending\n\n"
        f"Or let them in with: weft user approve {username}\n"
        f"or not, with:     weft user reject {username}\n",
    )


def _quoted(reason: str | None) -> str:
    if not reason:
        return ""
    lines = "".join(f"> {line}\n" for line in reason.splitlines())
    return f"They write:\n\n{lines}\n"
