"""Where a request may go: the rules against server-side request forgery.

A URL is checked before anything is looked up (scheme, port, form of the host), and every address
that a name resolves to is checked before it is dialled. Both are pure functions of the operator's
settings. Rules: interop protocol table, section 10; address blocks: the IANA special-purpose
registries for IPv4 and IPv6.
"""

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import quote, urlsplit

import idna
import msgspec

from weft.config.settings import Settings
from weft.config.values import Network, is_loopback_address, is_loopback_peer
from weft.federation.http.errors import Refused

Address = IPv4Address | IPv6Address

MAX_URL_LENGTH = 4096

_NOT_PUBLIC_4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # "this network", unspecified
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, cloud metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
# Only global unicast is public in IPv6: loopback, v4-mapped, NAT64, ULA, link-local, site-local and
# multicast all lie outside of it. Inside it, these are not.
_GLOBAL_6 = IPv6Network("2000::/3")
_NOT_PUBLIC_6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside
        "3fff::/20",  # documentation
    )
)
# What an operator's network list may never open: these carry or translate to another address.
_NEVER_6 = (IPv6Network("::ffff:0:0/96"), IPv6Network("2002::/16"), IPv6Network("64:ff9b::/32"))

_UNUSABLE = re.compile(r"[\x00-\x20\x7f\\]")
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.(?!-)[a-z0-9_-]{1,63})*")
_NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")
_SAFE_IN_URL = "!#$%&'()*+,/:;=?@[]~"


class Policy(msgspec.Struct, frozen=True):
    """What the operator allows beyond public servers on ports 80 and 443."""

    insecure_loopback: bool = False
    networks: tuple[Network, ...] = ()
    ports: tuple[int, ...] = ()

    @classmethod
    def from_settings(cls, settings: Settings) -> "Policy":
        return cls(
            insecure_loopback=settings.insecure_loopback,
            networks=settings.allowed_private_networks,
            ports=settings.allowed_ports,
        )


class Target(msgspec.Struct, frozen=True):
    """A URL that passed: the parts that a request is made of."""

    url: str
    """As it is requested and signed: ASCII, without a fragment."""
    scheme: str
    host: str
    port: int
    authority: str
    """The ``Host`` header; without a default port."""
    path: str
    """Path and query, beginning with ``/``."""
    is_loopback: bool


@lru_cache(maxsize=4096)
def check_url(policy: Policy, url: str) -> Target:
    """Take a URL apart, or raise Refused. Nothing is looked up."""
    if len(url) > MAX_URL_LENGTH:
        raise Refused(url, f"is longer than {MAX_URL_LENGTH} characters.")
    if _UNUSABLE.search(url):
        raise Refused(url, "has spaces, backslashes or control characters in it.")
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        raise Refused(url, "is not a URL.") from None
    if parts.scheme not in ("http", "https"):
        raise Refused(url, "is neither https nor http.")
    if not host:
        raise Refused(url, "has no host.")
    if "@" in parts.netloc:
        raise Refused(url, "has a user name in it.")
    host = _ascii_host(url, host)
    default_port = 443 if parts.scheme == "https" else 80
    port = default_port if port is None else port
    authority = host if port == default_port else f"{host}:{port}"
    is_loopback = policy.insecure_loopback and is_loopback_peer(authority)
    if not is_loopback:
        _check_public(policy, url, parts.scheme, host, port)
    path = quote(parts.path, safe=_SAFE_IN_URL) or "/"
    if parts.query:
        path += "?" + quote(parts.query, safe=_SAFE_IN_URL)
    return Target(
        url=f"{parts.scheme}://{authority}{path}",
        scheme=parts.scheme,
        host=host,
        port=port,
        authority=authority,
        path=path,
        is_loopback=is_loopback,
    )


def _ascii_host(url: str, host: str) -> str:
    if ":" in host:
        raise Refused(url, "names an IPv6 address; servers are known by name.")
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except idna.IDNAError:
            raise Refused(url, "has a host that is not a domain name.") from None
    if len(host) > 253 or not _HOST.fullmatch(host):
        raise Refused(url, "has a host that is not a domain name.")
    return host


def _check_public(policy: Policy, url: str, scheme: str, host: str, port: int) -> None:
    last = host.rpartition(".")[2]
    if _NUMERIC_LABEL.fullmatch(last) and not _is_in_allowed_network(policy, host):
        raise Refused(url, "names an address by number; servers are known by name.")
    if last in ("localhost", "onion", "i2p") or (last == host and not policy.networks):
        raise Refused(url, "is not a public host.")
    if scheme != "https":
        raise Refused(url, "is not https.")
    if port not in (80, 443) and port not in policy.ports:
        raise Refused(url, f"has port {port}; only 80 and 443 are allowed.")


def _is_in_allowed_network(policy: Policy, host: str) -> bool:
    try:
        address = IPv4Address(host)
    except ValueError:
        return False
    return any(address in network for network in policy.networks)


def may_dial(policy: Policy, host: str, address: Address) -> bool:
    """Whether *address*, to which *host* (of a checked URL) resolved, may be connected to."""
    if address.is_loopback:
        is_local = is_loopback_address(host) or host.endswith(".localhost")
        return policy.insecure_loopback and is_local and address.version == 4
    if is_public(address):
        return True
    if isinstance(address, IPv6Address) and any(address in block for block in _NEVER_6):
        return False
    return any(address in network for network in policy.networks)


def is_public(address: Address) -> bool:
    """Whether an address is one of the public internet's unicast addresses."""
    if isinstance(address, IPv4Address):
        return not any(address in block for block in _NOT_PUBLIC_4)
    return address in _GLOBAL_6 and not any(address in block for block in _NOT_PUBLIC_6)


def parse_answer(text: str) -> Address | None:
    """An address as a resolver returns it; a scope (``fe80::1%eth0``) stays unusable."""
    try:
        return ip_address(text)
    except ValueError:
        return None
