"""A device with one passkey, in this process: makes and signs what WebAuthn level 3 asks for."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import encode_cbor

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """``origin`` is the page's that it answers to; the flags and the counter can be lied about."""

    origin: str
    rp_id: str
    flags: int = PRESENT | VERIFIED
    count: int = 0
    user: bytes = b""
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def _client_data(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _data(self, flags: int) -> bytes:
        head = hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags])
        return head + self.count.to_bytes(4, "big")

    def make(self, options: dict[str, Any]) -> str:
        """The answer to creation options."""
        self.user = unb64(options["user"]["id"])
        point = self.key.public_key().public_numbers()
        public = encode_cbor(
            {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        )
        data = self._data(self.flags | ATTESTED) + bytes(16)
        data += len(self.credential_id).to_bytes(2, "big") + self.credential_id + public
        attestation = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client_data("webauthn.create", options["challenge"])
        return self._answer(clientDataJSON=b64(client), attestationObject=b64(attestation))

    def show(self, options: dict[str, Any]) -> str:
        """The answer to request options."""
        self.count += 1
        client = self._client_data("webauthn.get", options["challenge"])
        data = self._data(self.flags)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            clientDataJSON=b64(client), authenticatorData=b64(data), signature=b64(signature),
            userHandle=b64(self.user),
        )  # fmt: skip

    def _answer(self, **response: str) -> str:
        number = b64(self.credential_id)
        return json.dumps(
            {
                "id": number,
                "rawId": number,
                "type": "public-key",
                "response": response,
                "clientExtensionResults": {},
            }
        )
