"""What people read in the mail about the safety of their account.

Every change tells the owner, at the address that was proven before the change: whoever did it without
them cannot keep it quiet.
"""

from typing import NamedTuple

from weft.config.settings import Settings


class Text(NamedTuple):
    subject: str
    body: str


def _title(settings: Settings) -> str:
    return settings.title or settings.domain


def _not_me(settings: Settings) -> str:
    return (
        "If it was not you, somebody else has a way into your account: set a new password at once"
        f" at {settings.origin}/auth/password/new, which ends every session, then look at"
        f" {settings.origin}/settings/devices."
    )


def _told(settings: Settings, subject: str, sentence: str) -> Text:
    return Text(
        f"{subject} on {_title(settings)}", f"Hello,\n\n{sentence}\n\n{_not_me(settings)}\n"
    )


def reset(settings: Settings, username: str, token: str) -> Text:
    return Text(
        f"A new password for {_title(settings)}",
        f"Hello,\n\nsomebody, probably you, wants to set a new password for your account"
        f" @{settings.handle(username)}.\n\n"
        "Open this within an hour to do so:\n\n"
        f"{settings.origin}/auth/password/edit?reset_password_token={token}\n\n"
        "If it was not you, do nothing: your password stays as it is.\n",
    )


def nobody_here(settings: Settings) -> Text:
    return Text(
        f"No account with this address on {_title(settings)}",
        f"Hello,\n\nsomebody, probably you, wants to set a new password on {settings.domain} and"
        " gave this e-mail address. No account here has it; perhaps you used another one.\n\n"
        "If it was not you, do nothing: nothing has changed.\n",
    )


def password_changed(settings: Settings, username: str) -> Text:
    return _told(
        settings,
        "Your password was changed",
        f"the password of @{settings.handle(username)} was changed.",
    )


def signed_in(settings: Settings, username: str, device: str, address: str | None, at: str) -> Text:
    """``device``: its browser and system, as far as it says; ``at``: the time, for people."""
    where = f"{device}, from {address}" if address else device
    told = _told(
        settings,
        "A new sign-in",
        f"@{settings.handle(username)} was signed in to with a browser that was not known here:\n\n"
        f"{where}\n{at}",
    )
    return Text(
        told.subject,
        f"{told.body}\nWhether these letters come: {settings.origin}/settings/preferences\n",
    )


def confirm_new_address(settings: Settings, username: str, token: str) -> Text:
    return Text(
        f"Confirm your new e-mail address for {_title(settings)}",
        f"Hello,\n\nthe account @{settings.handle(username)} is to have this e-mail address from now"
        " on.\n\nTo confirm that it is yours, open this within a day and press the button:\n\n"
        f"{settings.origin}/auth/address?token={token}\n\n"
        "If it was not you, do nothing: nothing has changed.\n",
    )


def address_taken(settings: Settings) -> Text:
    return Text(
        f"This address has an account on {_title(settings)}",
        f"Hello,\n\nsomebody, probably you, wants to use this e-mail address for another account on"
        f" {settings.domain}. It belongs to an account here, and an address can have only one."
        "\n\nIf it was not you, do nothing: nothing has changed.\n",
    )


def address_asked(settings: Settings, username: str, new: str) -> Text:
    return _told(
        settings,
        "A change of your e-mail address was asked for",
        f"somebody who knows the password of @{settings.handle(username)} wants it to have the"
        f" e-mail address {new}. It holds once that address is confirmed.",
    )


def address_changed(settings: Settings, username: str, new: str) -> Text:
    return Text(
        f"Your e-mail address was changed on {_title(settings)}",
        f"Hello,\n\n@{settings.handle(username)} now has the e-mail address {new}, and letters go"
        " there.\n\nIf it was not you, write to the operator"
        f"{' at ' + settings.contact_email if settings.contact_email else ''}: a new password can"
        " be set at the new address only.\n",
    )


def factor_on(settings: Settings, username: str) -> Text:
    return _told(
        settings,
        "A second factor was turned on",
        f"signing in to @{settings.handle(username)} now asks for a code of an authenticator app.",
    )


def factor_off(settings: Settings, username: str) -> Text:
    return _told(
        settings,
        "The second factor was turned off",
        f"signing in to @{settings.handle(username)} asks for no code any more.",
    )


def factor_reset(settings: Settings, username: str) -> Text:
    return Text(
        f"The second factor was taken off on {_title(settings)}",
        f"Hello,\n\nthe operator has taken the second factor off @{settings.handle(username)}: the"
        " password is enough to sign in. Set a new one up at"
        f" {settings.origin}/settings/security.\n\n"
        "If you did not ask for that, write to the operator.\n",
    )


def codes_made(settings: Settings, username: str) -> Text:
    return _told(
        settings,
        "New recovery codes were made",
        f"@{settings.handle(username)} has new recovery codes; the old ones are worthless.",
    )


def code_used(settings: Settings, username: str, left: int) -> Text:
    return _told(
        settings,
        "A recovery code was used",
        f"a recovery code of @{settings.handle(username)} was used; {left} are left.",
    )


def codes_guessed(settings: Settings, username: str) -> Text:
    return Text(
        f"Wrong codes were typed on {_title(settings)}",
        f"Hello,\n\nsomebody who knows the password of @{settings.handle(username)} has typed"
        " several wrong codes, and is kept waiting now.\n\n"
        f"If it was not you, set a new password: {settings.origin}/auth/password/new\n",
    )


def passkey_added(settings: Settings, username: str, name: str) -> Text:
    return _told(
        settings,
        "A passkey was added",
        f"the passkey “{name}” can now be used to sign in to @{settings.handle(username)}.",
    )


def passkey_removed(settings: Settings, username: str, name: str) -> Text:
    return _told(
        settings,
        "A passkey was removed",
        f"the passkey “{name}” of @{settings.handle(username)} is worth nothing any more.",
    )


def account_deleted(settings: Settings, username: str) -> Text:
    return Text(
        f"Your account on {_title(settings)} was deleted",
        f"Hello,\n\n@{settings.handle(username)} was deleted, as you asked, with all that it had."
        " Other servers have been told. This address is not kept here any more.\n",
    )
