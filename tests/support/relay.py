"""A small relay of either kind, as others run them: an HTTP server of its own that knows nothing of Weft.

To what is followed at its inbox by a Follow of the public (Mastodon's kind) it passes every activity
on, not a byte changed. Who follows its actor (LitePub's kind) it follows back; it announces the ids that
are announced to it, and passes on edits and deletions. Requests are signed in both directions
(draft-cavage), and nobody who did not subscribe is heard.
"""

import base64
import hashlib
import json
import queue
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

AS = "https://www.w3.org/ns/activitystreams"
PUBLIC = f"{AS}#Public"
KIND = "application/activity+json"


class Relay:
    """``subscribers``: inboxes by actor."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.actor, self.inbox = f"{self.origin}/actor", f"{self.origin}/inbox"
        self.subscribers: dict[str, str] = {}
        self.passed: list[str] = []
        """Types of what was passed on, once each."""
        self.refuses = False
        self.strips = False
        """Takes the authors' signatures off, as relays do that write what they pass on anew."""
        self._seen: set[str] = set()
        self._count = 0
        self._out: queue.SimpleQueue[tuple[str, bytes] | None] = queue.SimpleQueue()

    def document(self) -> dict[str, Any]:
        public = self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        key = {"id": f"{self.actor}#main-key", "owner": self.actor, "publicKeyPem": public.decode()}
        return {
            "@context": [AS, "https://w3id.org/security/v1"],
            "id": self.actor,
            "type": "Application",
            "preferredUsername": "relay",
            "inbox": self.inbox,
            "followers": f"{self.origin}/followers",
            "publicKey": key,
        }

    def run(self) -> None:
        """Send what waits, in order, until None comes."""
        while (item := self._out.get()) is not None:
            self._post(*item)

    def take(self, path: str, headers: dict[str, str], body: bytes) -> int:
        """One POST to the inbox; the status."""
        activity = json.loads(body)
        sender = self._signer(path, headers, body)
        if sender is None:
            return 401
        kind, object_ = activity["type"], activity.get("object")
        if kind == "Follow":
            self._followed(activity, sender)
        elif kind == "Undo" and object_["type"] == "Follow":
            self.subscribers.pop(sender, None)
        elif kind in ("Accept", "Reject"):
            pass
        elif not any(_host(each) == _host(sender) for each in self.subscribers):
            return 403
        elif activity["id"] not in self._seen:
            self._seen.add(activity["id"])
            self.passed.append(kind)
            if kind == "Announce":
                body = self._activity("Announce", object_, to=[f"{self.origin}/followers"])
            if self.strips and kind != "Announce":
                body = json.dumps(
                    {
                        name: each
                        for name, each in activity.items()
                        if name not in ("signature", "proof")
                    }
                ).encode()
            for actor, inbox in self.subscribers.items():
                if _host(actor) != _host(sender):
                    self._out.put((inbox, body))
        return 202

    def _followed(self, follow: dict[str, Any], sender: str) -> None:
        inbox = _get(sender)["inbox"]
        if self.refuses:
            self._out.put((inbox, self._activity("Reject", follow, summary="By invitation only")))
            return
        self.subscribers[sender] = inbox
        self._out.put((inbox, self._activity("Accept", follow)))
        if follow["object"] != PUBLIC:
            self._out.put((inbox, self._activity("Follow", sender)))

    def _activity(self, kind: str, object_: Any, **more: Any) -> bytes:
        self._count += 1
        made = {"@context": AS, "id": f"{self.origin}/activities/{self._count}", "type": kind}
        return json.dumps(made | {"actor": self.actor, "object": object_} | more).encode()

    def _signer(self, path: str, headers: dict[str, str], body: bytes) -> str | None:
        """Whose signature it is, if it holds."""
        parts = dict(re.findall(r'(\w+)="([^"]*)"', headers.get("signature", "")))
        if headers.get("digest") != _digest(body) or "keyId" not in parts:
            return None
        actor = _get(parts["keyId"].partition("#")[0])
        key = serialization.load_pem_public_key(actor["publicKey"]["publicKeyPem"].encode())
        text = _text(parts["headers"].split(), path, headers)
        try:
            cast(rsa.RSAPublicKey, key).verify(
                base64.b64decode(parts["signature"]), text, padding.PKCS1v15(), hashes.SHA256()
            )
        except InvalidSignature:
            return None
        return str(actor["id"])

    def _post(self, inbox: str, body: bytes) -> None:
        parts = urlsplit(inbox)
        headers = {
            "host": parts.netloc,
            "date": formatdate(usegmt=True),
            "digest": _digest(body),
            "content-type": KIND,
        }
        names = ["(request-target)", "host", "date", "digest", "content-type"]
        made = self._key.sign(
            _text(names, parts.path, headers), padding.PKCS1v15(), hashes.SHA256()
        )
        headers["signature"] = (
            f'keyId="{self.actor}#main-key",algorithm="rsa-sha256",headers="{" ".join(names)}",'
            f'signature="{base64.b64encode(made).decode()}"'
        )
        connection = HTTPConnection(parts.netloc, timeout=20)
        connection.request("POST", parts.path, body, headers)
        connection.getresponse().read()
        connection.close()


def _handler(relay: Relay) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == "/actor"
            self._answer(200 if found else 404, json.dumps(relay.document()) if found else "")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self._answer(relay.take(self.path, headers, body), "")

        def _answer(self, status: int, text: str) -> None:
            self.send_response(status)
            self.send_header("content-type", KIND)
            self.send_header("content-length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *_: Any) -> None:
            """Quiet."""

    return Handler


def _get(uri: str) -> dict[str, Any]:
    parts = urlsplit(uri)
    connection = HTTPConnection(parts.netloc, timeout=20)
    connection.request("GET", parts.path, headers={"accept": KIND})
    found: dict[str, Any] = json.loads(connection.getresponse().read())
    connection.close()
    return found


def _host(uri: str) -> str:
    return urlsplit(uri).netloc


def _digest(body: bytes) -> str:
    return f"SHA-256={base64.b64encode(hashlib.sha256(body).digest()).decode()}"


def _text(names: list[str], path: str, headers: dict[str, str]) -> bytes:
    values = {"(request-target)": f"post {path}"} | headers
    return "\n".join(f"{name}: {values[name]}" for name in names).encode()


@contextmanager
def running_relay() -> Iterator[Relay]:
    relay = Relay()
    work = [
        threading.Thread(target=relay._server.serve_forever),
        threading.Thread(target=relay.run),
    ]
    for thread in work:
        thread.start()
    try:
        yield relay
    finally:
        relay._server.shutdown()
        relay._server.server_close()
        relay._out.put(None)
        for thread in work:
            thread.join()
