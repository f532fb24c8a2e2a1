"""Push messages: the published example, the draft's coding, and the sender's proof."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from tests.support.push import Reader
from weft.protocol.webpush import (
    MOST_PLAIN_BYTES,
    BadKey,
    decoded,
    encoded,
    encrypt,
    new_private_key,
    number_of,
    point_of,
    private_key,
    public_key,
    with_sender,
)

# RFC 8291, appendix A.
PLAIN = b"When I grow up, I want to be a watermelon"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
READER = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
READER_PRIVATE = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS"
    "6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qu"
    "lcy4a-fN"
)


def test_the_example_of_the_standard() -> None:
    message = encrypt(
        PLAIN,
        decoded(READER),
        decoded(AUTH),
        salt=decoded(SALT),
        key=private_key(decoded(SENDER)),
        standard=True,
    )
    assert encoded(message.body) == BODY
    assert message.headers == {"Content-Encoding": "aes128gcm"}
    assert Reader(private_key(decoded(READER_PRIVATE)), decoded(AUTH)).read(message) == PLAIN


@pytest.mark.parametrize("standard", [True, False])
@pytest.mark.parametrize("plain", [b"", b"x", b"y" * MOST_PLAIN_BYTES])
def test_what_is_encrypted_can_be_read_by_its_reader(standard: bool, plain: bytes) -> None:
    reader = Reader.new()
    message = encrypt(
        plain, reader.point, reader.auth, salt=b"s" * 16, key=new_private_key(), standard=standard
    )
    assert reader.read(message) == plain
    assert len(message.body) <= 4096


def test_keys_survive_being_written_down() -> None:
    key = new_private_key()
    assert point_of(private_key(number_of(key)).public_key()) == point_of(key.public_key())
    assert decoded(encoded(b"\xfb\xff\x00")) == decoded("+/8A") == b"\xfb\xff\x00"


@pytest.mark.parametrize("point", [b"", b"\x04" * 65, b"\x04" + b"\x00" * 64, b"\x02" * 33])
def test_what_is_no_key_is_refused(point: bytes) -> None:
    with pytest.raises(BadKey):
        public_key(point)
    with pytest.raises(BadKey):
        encrypt(b"", point, b"a" * 16, salt=b"s" * 16, key=new_private_key(), standard=True)


def test_what_is_not_base64_and_what_is_too_long_is_refused() -> None:
    for text in ("a!", "é", "abcde"):
        with pytest.raises(BadKey):
            decoded(text)
    reader = Reader.new()
    with pytest.raises(ValueError, match="does not fit"):
        encrypt(b"x" * 4000, reader.point, reader.auth, salt=b"s" * 16, key=new_private_key(),
                standard=True)  # fmt: skip
    with pytest.raises(BadKey, match="16 bytes"):
        encrypt(b"", reader.point, b"short", salt=b"s" * 16, key=new_private_key(), standard=True)


@pytest.mark.parametrize("standard", [True, False])
def test_who_sends_is_proved(standard: bool) -> None:
    reader, key = Reader.new(), new_private_key()
    message = with_sender(
        encrypt(b"x", reader.point, reader.auth, salt=b"s" * 16, key=new_private_key(),
                standard=standard),
        "https://push.example:8443/send/1?x=y",
        key=key,
        subject="mailto:ann@example.org",
        expires_at_s=1_800_000_000,
    )  # fmt: skip
    public = encoded(point_of(key.public_key()))
    scheme, _, rest = message.headers["Authorization"].partition(" ")
    if standard:
        token, k = rest.split(",")
        assert (scheme, k) == ("vapid", f"k={public}")
        token = token.removeprefix("t=")
    else:
        token = rest
        assert scheme == "WebPush"
        assert message.headers["Crypto-Key"].endswith(f";p256ecdsa={public}")
        assert reader.read(message) == b"x"
    text, _, signature = token.rpartition(".")
    raw = decoded(signature)
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    key.public_key().verify(encode_dss_signature(r, s), text.encode(), ec.ECDSA(SHA256()))
    assert json.loads(decoded(text.split(".")[1])) == {
        "aud": "https://push.example:8443",
        "exp": 1_800_000_000,
        "sub": "mailto:ann@example.org",
    }
