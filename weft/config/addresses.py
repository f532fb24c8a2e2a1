"""Whose request is it? The client's true address behind proxies, and the key that limits count by.

``X-Forwarded-For`` is a claim. Each proxy appends the address that it saw, so the list is read
from the right, and only as far as the writer of an entry is one of ours: the first address that
is not a trusted proxy is the client. What stands further left was written by the client itself.
"""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from weft.config.values import Network

Address = IPv4Address | IPv6Address

# A longer chain than any honest one; what is beyond it is not looked at.
_MAX_HOPS = 32


def client_address(peer: str, forwarded_for: Sequence[str], trusted: Sequence[Network]) -> str:
    """The address of the client, in its usual form.

    *peer* is the address of the TCP connection, *forwarded_for* the values of all
    ``X-Forwarded-For`` headers in order. With an unreadable entry, the last proxy that could be
    believed stands for its client.
    """
    if not forwarded_for:
        return _usual_form(peer)
    address = parse_address(peer)
    if address is None:
        return peer
    hops = ",".join(forwarded_for).rsplit(",", _MAX_HOPS)[-_MAX_HOPS:]
    for hop in reversed(hops):
        if not is_trusted(address, trusted):
            break
        before = parse_address(hop)
        if before is None:
            break
        address = before
    return str(address)


@lru_cache(maxsize=4096)
def _usual_form(peer: str) -> str:
    address = parse_address(peer)
    return peer if address is None else str(address)


def limit_key(address: str) -> str:
    """What rate limits count by: an IPv4 address, or the /64 that one IPv6 customer has."""
    parsed = parse_address(address)
    if isinstance(parsed, IPv6Address):
        return str(ip_network((int(parsed), 64), strict=False))
    return str(parsed or address)


def is_trusted(address: Address, trusted: Sequence[Network]) -> bool:
    return any(address in network for network in trusted)


@lru_cache(maxsize=4096)
def parse_address(text: str) -> Address | None:
    """An IP address with or without a port or brackets; IPv4-mapped IPv6 as IPv4."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address
