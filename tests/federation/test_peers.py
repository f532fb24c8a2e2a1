"""One server is one name, however its addresses are written: what is said of it holds for all."""

import pytest

from weft.federation.peers import Peers


@pytest.mark.parametrize(
    "written",
    [
        "https://evil.example/users/x",
        "https://EVIL.example/users/x#main-key",
        "https://evil.example:443/users/x",
        "https://evil.example./users/x",
        "HTTPS://evil.example.:443/x",
        "http://evil.example:80",
    ],
)
def test_every_spelling_is_the_same_host(written: str) -> None:
    assert Peers.host_of(written) == "evil.example"


def test_another_port_and_another_script() -> None:
    assert Peers.host_of("https://evil.example:8443/x") == "evil.example:8443"
    assert Peers.host_of("https://bücher.example/x") == "xn--bcher-kva.example"


@pytest.mark.parametrize(
    "written",
    ["", "x", "https://", "https://[v1.x]/", "https://u:p@evil.example/", "ftp://evil.example/",
     "https://evil.example\\@a.example/"],
)  # fmt: skip
def test_what_is_no_address_has_no_host(written: str) -> None:
    assert Peers.host_of(written) is None
