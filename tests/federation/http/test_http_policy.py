"""No request leaves for a private address unless the operator allowed that network."""

from ipaddress import ip_address, ip_network

import pytest

from weft.federation.http.errors import Refused
from weft.federation.http.policy import Policy, check_url, is_public, may_dial
from weft.federation.http.resolver import Resolver

PUBLIC = Policy()
LOOPBACK = Policy(insecure_loopback=True)


@pytest.mark.parametrize(
    ("url", "requested", "authority", "path"),
    [
        ("https://example.org", "https://example.org/", "example.org", "/"),
        ("https://example.org:443/a?b=c#d", "https://example.org/a?b=c", "example.org", "/a?b=c"),
        ("https://EXAMPLE.org/A%2Fb", "https://example.org/A%2Fb", "example.org", "/A%2Fb"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC", None, "/%C3%BC"),
        ("https://example.org/@a;b,c!$&'()*+=~", None, None, "/@a;b,c!$&'()*+=~"),
    ],
)
def test_a_public_https_url_is_taken_apart(
    url: str, requested: str | None, authority: str | None, path: str
) -> None:
    target = check_url(PUBLIC, url)
    assert target.url == (requested or url)
    assert target.authority == (authority or target.host)
    assert target.path == path
    assert not target.is_loopback


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "https://example.org:8443/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "//example.org/",
        "https:///path",
        "https://user@example.org/",
        "https://user:secret@example.org/",
        "https://example.org\\@evil.example/",
        "https://example.org/a b",
        "https://exam\nple.org/",
        " https://example.org/",
        "https://example.org/\x00",
        "https://127.0.0.1/",
        "https://127.0.0.1:443/",
        "https://93.184.216.34/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://127.1/",
        "https://0177.0.0.1/",
        "https://127.0.0.1./",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[2606:4700::1111]/",
        "https://localhost/",
        "https://a.localhost/",
        "https://intranet/",
        "https://abc.onion/",
        "https://-a.example.org/",
        "https://example..org/",
        "https://example.org:99999/",
        "https://example.org:0/",
        "https://１２７.0.0.1/",
        "https://example.org/" + "a" * 5000,
    ],
)
def test_anything_else_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        check_url(PUBLIC, url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/x", "http://127.3.2.1:8000/x", "http://a.localhost:8001/x"]
)
def test_loopback_is_reached_over_plain_http_only_when_allowed(url: str) -> None:
    assert check_url(LOOPBACK, url).is_loopback
    with pytest.raises(Refused):
        check_url(PUBLIC, url)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8000/",
        "http://a.localhost/",
        "http://127.0.0.1.example.org:8000/",
        "http://10.0.0.1:8000/",
        "http://a.localhost.example.org:8000/",
        "http://[::1]:8000/",
        "http://0.0.0.0:8000/",
        "http://127.1:8000/",
    ],
)
def test_loopback_mode_allows_nothing_else(url: str) -> None:
    with pytest.raises(Refused):
        check_url(LOOPBACK, url)


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "169.254.169.254"),
        *("172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1"),
        *("198.18.0.1", "198.51.100.7", "203.0.113.7", "224.0.0.1", "239.1.1.1", "240.0.0.1"),
        *("255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8"),
        *("64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::"),
        *("3fff::1", "5f00::1", "fc00::1", "fd12::1", "fe80::1", "fec0::1", "ff02::1"),
    ],
)
def test_special_addresses_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))
    assert not may_dial(PUBLIC, "example.org", ip_address(address))
    assert not may_dial(LOOPBACK, "example.org", ip_address(address))


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "100.63.255.255", "100.128.0.1", "172.32.0.1", "223.255.255.254", "2606:4700::1"],
)
def test_ordinary_addresses_are_public(address: str) -> None:
    assert may_dial(PUBLIC, "example.org", ip_address(address))


def test_an_allowed_network_opens_itself_and_nothing_more() -> None:
    policy = Policy(networks=(ip_network("10.1.0.0/16"), ip_network("::/0")), ports=(8443,))
    assert may_dial(policy, "weft.internal", ip_address("10.1.2.3"))
    assert not may_dial(policy, "weft.internal", ip_address("10.2.2.3"))
    assert not may_dial(policy, "weft.internal", ip_address("127.0.0.1"))
    assert not may_dial(policy, "weft.internal", ip_address("::ffff:10.1.2.3"))
    assert not may_dial(policy, "weft.internal", ip_address("2002:a01::"))
    assert check_url(policy, "https://weft.internal:8443/").port == 8443
    assert check_url(policy, "https://10.1.2.3/").host == "10.1.2.3"
    with pytest.raises(Refused):
        check_url(policy, "https://10.2.2.3/")


async def test_forbidden_answers_are_dropped_and_the_rest_is_bounded() -> None:
    async def lookup(host: str) -> list[str]:
        return ["10.0.0.1", "1.1.1.1", "::1", "1.1.1.2", "1.1.1.3", "fe80::1%eth0", "2606:4700::1"]

    resolver = Resolver(PUBLIC, lookup)
    assert await resolver.addresses("example.org") == ("1.1.1.1", "1.1.1.2", "2606:4700::1")
    resolver.close()


async def test_a_name_with_private_answers_only_is_refused() -> None:
    async def lookup(host: str) -> list[str]:
        return ["127.0.0.1", "10.0.0.1", "::1"]

    resolver = Resolver(LOOPBACK, lookup)
    with pytest.raises(Refused, match="no public address"):
        await resolver.addresses("rebind.example")
    assert await resolver.addresses("a.localhost") == ("127.0.0.1",)
    resolver.close()


async def test_a_checked_answer_is_used_without_asking_again() -> None:
    answers = [["1.1.1.1"], ["127.0.0.1"]]

    async def lookup(host: str) -> list[str]:
        return answers.pop(0)

    resolver = Resolver(PUBLIC, lookup)
    assert await resolver.addresses("rebind.example") == ("1.1.1.1",)
    assert await resolver.addresses("rebind.example") == ("1.1.1.1",)
    resolver.close()
