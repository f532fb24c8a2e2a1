"""An application that is pushed to, and a push service on loopback that keeps what it is sent.

The decryption is written from the standards' texts and shares no code with the server's.
"""

import hashlib
import hmac
import json
import os
import re
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from weft.protocol.webpush import Message, decoded, encoded, new_private_key, point_of


def _hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869, for at most 32 bytes."""
    extracted = hmac.new(salt, secret, hashlib.sha256).digest()
    return hmac.new(extracted, info + b"\x01", hashlib.sha256).digest()[:length]


class Reader:
    """The keys of one subscription, on the application's side."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, auth: bytes) -> None:
        self._key, self.auth = key, auth
        self.point = point_of(key.public_key())

    @classmethod
    def new(cls) -> "Reader":
        return cls(new_private_key(), os.urandom(16))

    @property
    def keys(self) -> dict[str, str]:
        """As a subscription names them."""
        return {"p256dh": encoded(self.point), "auth": encoded(self.auth)}

    def read(self, message: Message) -> bytes:
        """The plain text; fails if it is not for this reader."""
        if message.headers["Content-Encoding"] == "aes128gcm":
            return self._standard(message.body)
        return self._draft(message)

    def json(self, message: Message) -> Any:
        return json.loads(self.read(message))

    def _shared(self, sender: bytes) -> bytes:
        peer = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        return self._key.exchange(ec.ECDH(), peer)

    def _standard(self, body: bytes) -> bytes:
        salt, size = body[:16], int.from_bytes(body[16:20], "big")
        end = 21 + body[20]
        sender, sealed = body[21:end], body[end:]
        assert len(sealed) <= size
        info = b"WebPush: info\x00" + self.point + sender
        secret = _hkdf(self.auth, self._shared(sender), info, 32)
        key = _hkdf(salt, secret, b"Content-Encoding: aes128gcm\x00", 16)
        nonce = _hkdf(salt, secret, b"Content-Encoding: nonce\x00", 12)
        padded = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\x00")
        assert padded.endswith(b"\x02"), "the last record ends with a two"
        return padded[:-1]

    def _draft(self, message: Message) -> bytes:
        salt = decoded(message.headers["Encryption"].removeprefix("salt="))
        named = re.match(r"dh=([^;]+)", message.headers["Crypto-Key"])
        assert named is not None
        sender = decoded(named[1])
        secret = _hkdf(self.auth, self._shared(sender), b"Content-Encoding: auth\x00", 32)
        context = b"P-256\x00\x00\x41" + self.point + b"\x00\x41" + sender
        key = _hkdf(salt, secret, b"Content-Encoding: aesgcm\x00" + context, 16)
        nonce = _hkdf(salt, secret, b"Content-Encoding: nonce\x00" + context, 12)
        padded = AESGCM(key).decrypt(nonce, message.body, None)
        return padded[2 + int.from_bytes(padded[:2], "big") :]


class PushService:
    """Takes messages at ``/push/NAME``; ``answers`` says with which status, 201 otherwise."""

    def __init__(self) -> None:
        self.received: list[tuple[str, Message]] = []
        self.answers: dict[str, int] = {}
        self.answer_headers: dict[str, str] = {}
        self._runner: web.AppRunner | None = None
        self.origin = ""

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/push/{name}", self._take)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        [address] = self._runner.addresses
        self.origin = f"http://127.0.0.1:{address[1]}"

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def endpoint(self, name: str) -> str:
        return f"{self.origin}/push/{name}"

    def messages(self, name: str) -> list[Message]:
        return [message for at, message in self.received if at == name]

    async def _take(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        status = self.answers.get(name, 201)
        self.received.append((name, Message(await request.read(), dict(request.headers))))
        return web.Response(status=status, headers=self.answer_headers)
