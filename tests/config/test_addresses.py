"""Limits and logs see the client's true address, whatever the client claims."""

from ipaddress import ip_network

import pytest

from weft.config.addresses import client_address, limit_key

PROXIES = (ip_network("127.0.0.0/8"), ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        ("203.0.113.5", [], "203.0.113.5"),
        ("203.0.113.5", ["198.51.100.1"], "203.0.113.5"),
        ("127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["192.0.2.66, 198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["192.0.2.66", "198.51.100.1, 10.0.0.3"], "198.51.100.1"),
        ("127.0.0.1", ["10.0.0.9, 10.0.0.3"], "10.0.0.9"),
        ("127.0.0.1", ["198.51.100.1, garbage"], "127.0.0.1"),
        ("127.0.0.1", [""], "127.0.0.1"),
        ("::ffff:127.0.0.1", ["[2001:db8::1]:4711"], "2001:db8::1"),
        ("127.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("127.0.0.1", ["::ffff:198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["192.0.2.66," * 5000 + "198.51.100.1"], "198.51.100.1"),
        ("unix", ["198.51.100.1"], "unix"),
    ],
)
def test_only_what_a_trusted_proxy_wrote_is_believed(
    peer: str, forwarded_for: list[str], client: str
) -> None:
    assert client_address(peer, forwarded_for, PROXIES) == client


def test_limits_count_ipv6_by_the_64_of_one_customer() -> None:
    assert limit_key("2001:db8:1:2:3:4:5:6") == limit_key("2001:db8:1:2:ffff::1")
    assert limit_key("2001:db8:1:2::1") != limit_key("2001:db8:1:3::1")
    assert limit_key("198.51.100.1") == "198.51.100.1"
    assert limit_key("::ffff:198.51.100.1") == "198.51.100.1"
