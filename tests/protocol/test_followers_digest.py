"""FEP-8fcf: the digest, and the header that is believed; all vectors."""

import json
from typing import Any

import pytest

from tests.support.shared import shared
from weft.protocol.followers_digest import digest_of, header_of, read_header
from weft.protocol.origins import same_origin

PATH = shared("corpus/signatures") / "fep-8fcf.json"
READ: dict[str, Any] = json.loads(PATH.read_text()) if PATH.exists() else {}


@pytest.mark.parametrize("vector", READ.get("vectors", []))
def test_digests(vector: dict[str, Any]) -> None:
    partial = vector.get("partial") or []
    assert digest_of(partial) == vector["digest"]
    if "receiver_origin" in vector and "followers" in vector:
        there = [
            each for each in vector["followers"] if same_origin(each, vector["receiver_origin"])
        ]
        assert sorted(there) == sorted(partial)
    if "header" in vector:
        sender = vector["sender"]
        url = f"{sender}/followers_synchronization"
        assert header_of(f"{sender}/followers", url, vector["digest"]) == vector["header"]


@pytest.mark.parametrize("check", READ.get("header_checks", []))
def test_headers(check: dict[str, Any]) -> None:
    offered = read_header(check["header"])
    believed = (
        offered is not None
        and offered.collection_id == f"{check['sender']}/followers"
        and same_origin(offered.url, check["sender"])
    )
    assert believed is not str(check["expect"]).startswith("ignored")


@pytest.mark.parametrize(
    "header", ["", "x" * 10_000, 'collectionId="a", url="b", digest="' + "g" * 64 + '"',
               'digest="' + "0" * 63 + '", collectionId="a", url="b"', "collectionId=a"]
)  # fmt: skip
def test_what_is_no_such_header(header: str) -> None:
    assert read_header(header) is None
