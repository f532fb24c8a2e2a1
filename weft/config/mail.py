"""The settings of mail: ``smtp_url`` and ``mail_from``."""

import re
from email.utils import parseaddr
from pathlib import Path
from typing import Literal, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from msgspec import Struct

from weft.config.values import Wrong, is_loopback_address, text

Tls = Literal["none", "starttls", "tls"]
_PORTS: dict[Tls, int] = {"none": 25, "starttls": 587, "tls": 465}
_FORM = "smtp://USER:PASSWORD@HOST:587 (STARTTLS) or smtps://USER:PASSWORD@HOST"
_ADDRESS = re.compile(r"[^\s@<>\"(),:;\[\]\\]+@[A-Za-z0-9.-]+")


class MailServer(Struct, frozen=True):
    """Where letters are handed in."""

    host: str
    port: int
    tls: Tls
    user: str | None = None
    password: str | None = None
    ca: str | None = None
    """File of certificates to trust instead of the system's."""

    def __repr__(self) -> str:
        return f"<MailServer {self.host}:{self.port}>"


def smtp_url(value: object) -> MailServer:
    """``smtp://`` with ``?tls=starttls`` (the default) or ``?tls=none``, ``smtps://``; ``ca=FILE``."""
    # The value is not repeated in what goes wrong: it may hold a password.
    try:
        parts = urlsplit(text(value))
        port, host = parts.port, parts.hostname
        options = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
    except ValueError:
        raise Wrong(f"must be {_FORM}.") from None
    if parts.scheme not in ("smtp", "smtps") or not host or parts.path.strip("/"):
        raise Wrong(f"must be {_FORM}.")
    if unknown := options.keys() - {"tls", "ca"}:
        raise Wrong(f"has the option {min(unknown)}, but only tls and ca are known.")
    tls = cast(Tls, "tls" if parts.scheme == "smtps" else options.get("tls", "starttls"))
    if tls not in _PORTS or (tls == "tls") != (parts.scheme == "smtps"):
        raise Wrong("has a wrong tls=: starttls or none for smtp://; smtps:// needs none.")
    if tls == "none" and parts.username and not (is_loopback_address(host) or host == "localhost"):
        raise Wrong("would send the password in the clear: leave out tls=none.")
    ca = options.get("ca")
    if ca is not None and not Path(ca).is_file():
        raise Wrong(f"names {ca} as ca=, but there is no such file.")
    return MailServer(
        host=host,
        port=port or _PORTS[tls],
        tls=tls,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        ca=ca,
    )


def mail_from(value: object) -> str:
    """``address`` or ``Name <address>``."""
    written = text(value)
    _, address = parseaddr(written)
    if not written.isprintable() or not _ADDRESS.fullmatch(address):
        raise Wrong(f"is {value!r}, but must be an address such as Our Place <hello@example.org>.")
    return written
