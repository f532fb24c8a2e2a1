"""JSON from strangers: what is mended, what is refused."""

import pytest

from weft.protocol.json_input import MalformedDocument, decode


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (b'{"a": "x\\u0000y"}', {"a": "x\ufffdy"}),
        (b'{"a": "x\\\\u0000y"}', {"a": "x\\u0000y"}),
        (b'{"a": "\\\\\\u0000"}', {"a": "\\\ufffd"}),
        (b'{"a": "\\ud800"}', {"a": "\ufffd"}),
        (b'{"a": "\\ud83d\\ude00"}', {"a": "\U0001f600"}),
        (b'{"a": "\\ud83d\\ude00\\udc00\\u0000"}', {"a": "\U0001f600\ufffd\ufffd"}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
    ],
)
def test_what_is_mended(body: bytes, read: object) -> None:
    assert decode(body) == read


@pytest.mark.parametrize(
    "body", [b"", b"{", b"NaN", b'{"a": NaN}', b'"\x00"', b"\xff", b"[" * 5000]
)
def test_what_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedDocument):
        decode(body)
