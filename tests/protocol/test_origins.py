"""Which addresses are one origin, and which are none."""

import pytest

from weft.protocol.origins import Origin, origin_of, same_origin


@pytest.mark.parametrize(
    ("uri", "origin"),
    [
        ("https://a.example/x", ("https", "a.example", 443)),
        ("HTTPS://A.Example:443?q", ("https", "a.example", 443)),
        ("http://a.example:8080#f", ("http", "a.example", 8080)),
        ("https://ä.example/", ("https", "xn--4ca.example", 443)),
        ("https://a.example./", ("https", "a.example", 443)),
        ("http://[::1]:80/", ("http", "[::1]", 80)),
    ],
)
def test_an_address_has_the_origin_of_its_scheme_host_and_port(uri: str, origin: Origin) -> None:
    assert origin_of(uri) == origin


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "ftp://a.example/",
        "httpſ://a.example/",
        "https://user@a.example/",
        "https://a.example\\@b.example/",
        "https://a.example/\\",
        "https://a.example/ x",
        "https://a.example/\u2028",
        "https://a.example:0/",
        "https://a.example:99999/",
        "https:///x",
        "https://a.example/" + "x" * 2048,
    ],
)
def test_what_may_not_be_an_id_has_no_origin(uri: str) -> None:
    assert origin_of(uri) is None
    assert not same_origin(uri, uri)
