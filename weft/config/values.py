"""How one setting's value is read: from text (a variable) or from a TOML value.

Each reader takes what was written and returns what the server uses, or raises :class:`Wrong` with
the rest of the sentence that begins with the setting's name.
"""

import re
from collections.abc import Callable, Collection
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import idna

Network = IPv4Network | IPv6Network
T = TypeVar("T")

_PORT = re.compile(r"[1-9][0-9]{0,4}")
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_OCTET = r"(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_LOOPBACK_ADDRESS = re.compile(rf"127(\.{_OCTET}){{3}}")
_NAMED_LOOPBACK = re.compile(rf"({_LABEL}\.)+localhost")
_SIZE = re.compile(r"(\d+)\s*(|B|K|KB|KiB|M|MB|MiB|G|GB|GiB|T|TB|TiB)", re.IGNORECASE)
_CGNAT = IPv4Network("100.64.0.0/10")
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


class Wrong(ValueError):
    """Why a value is wrong and what would be right, to be put after the setting's name."""


def text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Wrong(f"is {value!r}, but must be text.")
    return value.strip()


def path(value: object) -> Path:
    """An absolute path, ``~`` expanded; it need not exist yet."""
    return Path(text(value)).expanduser().absolute()


def boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).lower()
    if word in ("1", "true", "yes", "on"):
        return True
    if word in ("0", "false", "no", "off"):
        return False
    raise Wrong(f"is {value!r}, but must be 1 or 0.")


def integer(low: int, high: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        digits = str(value).strip()
        fits = not isinstance(value, bool) and digits.isascii() and digits.isdigit()
        if not fits or len(digits) > 12 or not low <= int(digits) <= high:
            raise Wrong(f"is {value!r}, but must be a whole number from {low} to {high}.")
        return int(digits)

    return read


def size_bytes(value: object) -> int:
    """A number of bytes, or with a unit: ``500 MB``, ``5GiB`` (a unit is a power of 1024)."""
    match = _SIZE.fullmatch(str(value).strip())
    if match is None or isinstance(value, bool):
        raise Wrong(f"is {value!r}, but must be a size such as 500MB or 5GB.")
    unit = match[2].lower().rstrip("b").rstrip("i")
    return int(match[1]) << 10 * _POWERS[unit]


def choice(allowed: Collection[str]) -> Callable[[object], str]:
    def read(value: object) -> str:
        word = str(value).strip().lower()
        if word not in allowed:
            names = sorted(allowed) if isinstance(allowed, frozenset) else list(allowed)
            raise Wrong(f"is {value!r}, but must be {', '.join(names[:-1])} or {names[-1]}.")
        return word

    return read


def list_of(read_one: Callable[[object], T]) -> Callable[[object], tuple[T, ...]]:
    """A TOML list, or text with commas or spaces between the members; ``none`` is empty."""

    def read(value: object) -> tuple[T, ...]:
        if isinstance(value, str):
            members = value.replace(",", " ").split()
            value = [] if members == ["none"] else members
        if not isinstance(value, list):
            raise Wrong(f"is {value!r}, but must be a list.")
        return tuple(read_one(member) for member in value)

    return read


def network(value: object) -> Network:
    try:
        return ip_network(text(value))
    except ValueError:
        raise Wrong(
            f"has {value!r}, but must hold networks such as 10.0.0.0/8 or fd00::/8 (no host bits)."
        ) from None


def private_network(value: object) -> Network:
    """A private network that peers may be in; never loopback, which has its own switch."""
    net = network(value)
    shared = isinstance(net, IPv4Network) and net.subnet_of(_CGNAT)
    if not (net.is_private or shared) or net.is_loopback or net.is_link_local or net.prefixlen == 0:
        raise Wrong(
            f"has {value!r}, but must hold private networks such as 10.0.0.0/8; for loopback use"
            " WEFT_INSECURE_LOOPBACK=1."
        )
    return net


def bind_host(value: object) -> str:
    """An address to listen on."""
    address = text(value).strip("[]")
    if address == "localhost":
        return "127.0.0.1"
    try:
        return str(ip_address(address))
    except ValueError:
        raise Wrong(
            f"is {value!r}, but must be an address to listen on, such as 127.0.0.1 or 0.0.0.0."
        ) from None


def metrics(value: object) -> str:
    word = text(value)
    if word in ("loopback", "off"):
        return word
    if len(word) < 16 or not word.isascii() or not word.isprintable() or " " in word:
        raise Wrong("must be loopback, off, or a token of at least 16 letters and digits.")
    return word


def database_url(value: object) -> str:
    """``sqlite:///PATH`` or ``postgresql://…`` (``postgres://`` is read as the latter)."""
    url = text(value)
    if url.startswith("postgres://"):
        url = "postgresql" + url.removeprefix("postgres")
    rest = url.removeprefix("sqlite:///")
    if url.startswith("sqlite:///") and rest and "?" not in rest and rest != ":memory:":
        return url
    if url.startswith("postgresql://"):
        try:
            parts = urlsplit(url)
            has_port = parts.port is None or parts.port > 0
        except ValueError:
            has_port = False
        if has_port and parts.path.strip("/"):
            return url
    # The value is not repeated: it may hold a password.
    raise Wrong("must be sqlite:///PATH/weft.db or postgresql://USER:PASSWORD@HOST/DATABASE.")


def is_loopback_peer(authority: str) -> bool:
    """Whether *authority* is one of the loopback forms that peers may have in development.

    ``127.x.y.z`` with or without a port, ``name.localhost:PORT``; nothing else.
    """
    host, colon, port = authority.partition(":")
    if colon and not is_port(port):
        return False
    return is_loopback_address(host) or (bool(colon) and is_loopback_name(host))


def is_own_loopback(authority: str) -> bool:
    """As :func:`is_loopback_peer`, and bare ``localhost``, which only we may be."""
    return is_loopback_peer(authority) or authority.partition(":")[0] == "localhost"


def is_loopback_address(host: str) -> bool:
    """127.0.0.0/8 in the usual form: four decimal numbers, no leading zeros."""
    return _LOOPBACK_ADDRESS.fullmatch(host) is not None


def is_loopback_name(host: str) -> bool:
    """``name.localhost``, which is this machine by RFC 6761, section 6.3."""
    return _NAMED_LOOPBACK.fullmatch(host) is not None


def is_port(digits: str) -> bool:
    return _PORT.fullmatch(digits) is not None and int(digits) <= 65535


def authority(insecure_loopback: bool) -> Callable[[object], str]:
    """A reader of our own names: a public domain, or a loopback one where that is allowed."""

    def read(value: object) -> str:
        name = text(value).lower()
        if "/" in name or "@" in name or "\\" in name:
            raise Wrong(f"is {value!r}, but must be a bare domain, such as example.org.")
        if is_own_loopback(name):
            if insecure_loopback:
                return _loopback(name, value)
            raise Wrong(
                f"is {value!r}, which is this machine only; use a domain such as example.org, or"
                " set WEFT_INSECURE_LOOPBACK=1 for development."
            )
        if ":" in name:
            raise Wrong(
                f"is {value!r}, but must have no port; servers are reached on port 443, and only"
                " loopback names have one (127.0.0.1:PORT, name.localhost:PORT)."
            )
        return domain_name(name)

    return read


def _loopback(name: str, value: object) -> str:
    host, colon, port = name.partition(":")
    if (colon and not is_port(port)) or (not colon and not is_loopback_address(host)):
        raise Wrong(f"is {value!r}, but must have a port from 1 to 65535, as in {host}:8000.")
    return name


def domain_name(name: str) -> str:
    """A public domain name in its ASCII form (IDNA 2008)."""
    try:
        encoded = idna.encode(name.rstrip("."), uts46=True).decode("ascii").lower()
    except idna.IDNAError as error:
        raise Wrong(f"is {name!r}, which is not a domain name ({error}).") from None
    last = encoded.rpartition(".")[2]
    if "." not in encoded or last.isdigit() or last == "localhost":
        raise Wrong(f"is {name!r}, but must be a domain with a dot, such as example.org.")
    return encoded
