"""A community on one Weft, people on another, and a server that calls itself Lemmy: all hear of all."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from email.utils import formatdate
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.support.databases import Databases
from tests.support.pair import Person, two_servers, until

pytestmark = pytest.mark.slow

AS = "https://www.w3.org/ns/activitystreams"
PUBLIC = f"{AS}#Public"
JSON = "application/activity+json"


class Lemmy:
    """``nutomic`` on a server that says it runs Lemmy, and keeps what is delivered to it."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.person = f"{self.origin}/u/nutomic"
        self.got: list[dict[str, Any]] = []
        self.shown: dict[str, dict[str, Any]] = {"/u/nutomic": self._document()}
        software = {"name": "lemmy", "version": "0.19.20"}
        links = [{"rel": "http://nodeinfo.diaspora.software/ns/schema/2.1",
                  "href": f"{self.origin}/nodeinfo/2.1"}]  # fmt: skip
        self.shown["/.well-known/nodeinfo"] = {"links": links}
        self.shown["/nodeinfo/2.1"] = {"version": "2.1", "software": software}
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _document(self) -> dict[str, Any]:
        public = self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        key = {
            "id": f"{self.person}#main-key",
            "owner": self.person,
            "publicKeyPem": public.decode(),
        }
        return {
            "@context": [AS, "https://w3id.org/security/v1"], "id": self.person, "type": "Person",
            "preferredUsername": "nutomic", "inbox": f"{self.person}/inbox",
            "outbox": f"{self.person}/outbox", "publicKey": key,
            "endpoints": {"sharedInbox": f"{self.origin}/inbox"},
        }  # fmt: skip

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def send(self, inbox: str, activity: dict[str, Any]) -> None:
        body = json.dumps({"@context": AS, "actor": self.person} | activity).encode()
        to = urlsplit(inbox)
        digest = "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode()
        headers = {"Host": to.netloc, "Date": formatdate(usegmt=True), "Digest": digest,
                   "Content-Type": JSON}  # fmt: skip
        signed = f"(request-target): post {to.path}\n" + "\n".join(
            f"{name.lower()}: {headers[name]}" for name in ("Host", "Date", "Digest")
        )
        made = self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        headers["Signature"] = (
            f'keyId="{self.person}#main-key",algorithm="rsa-sha256",'
            f'headers="(request-target) host date digest",signature="{base64.b64encode(made).decode()}"'
        )
        connection = HTTPConnection(to.netloc, timeout=20)
        connection.request("POST", to.path, body, headers)
        answer = connection.getresponse()
        assert answer.status < 300, answer.read()
        connection.close()

    def passed_on(self, kind: str) -> list[dict[str, Any]]:
        """Activities of a kind that a community announced here."""
        inner = [each["object"] for each in self.got if each["type"] == "Announce"]
        return [each for each in inner if isinstance(each, dict) and each["type"] == kind]


def _handler(lemmy: Lemmy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            document = lemmy.shown.get(self.path.partition("?")[0])
            self._answer(404 if document is None else 200, json.dumps(document or {}).encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            lemmy.got.append(json.loads(body))
            self._answer(200, b"")

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", JSON)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


@pytest.fixture
def lemmy() -> Iterator[Lemmy]:
    made = Lemmy()
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def people(databases: Databases, tmp_path: Path) -> Iterator[tuple[Person, Person]]:
    with two_servers(databases, tmp_path) as pair:
        yield pair


def thread_of(person: Person, uri: str) -> list[str]:
    """Ids of what answers a post, as somebody's app shows them."""
    status = person.status_of(uri)
    if status is None:
        return []
    below = person.get(f"/api/v1/statuses/{status['id']}/context")["descendants"]
    return [each["uri"] for each in below]


def test_all_hear_of_all(people: tuple[Person, Person], lemmy: Lemmy) -> None:
    ann, bob = people
    ann.server.weft("community", "create", "tea", "--title", "Tea", "--by", "ann")
    handle = f"@tea@{ann.server.domain}"
    bob.follow(handle)
    group = ann.find(handle)
    inbox = f"{group['uri']}/inbox"
    lemmy.send(inbox, {"id": f"{lemmy.origin}/f/1", "type": "Follow", "object": group["uri"]})
    until(lambda: [each for each in lemmy.got if each["type"] == "Accept"])

    # Ann begins a thread: Bob has it as the community's boost, Lemmy as what Ann did.
    first = ann.post("/api/v1/statuses", status=f"Milk first? {handle}")
    boost = until(
        lambda: next(
            (s for s in bob.get("/api/v1/timelines/home")
             if s["reblog"] and s["reblog"]["uri"] == first["uri"]), None)
    )  # fmt: skip
    assert boost["account"]["acct"] == handle[1:]
    (create,) = until(lambda: lemmy.passed_on("Create"))
    assert create["object"]["id"] == first["uri"]

    # Bob answers and votes: Lemmy hears of it although Bob does not know it.
    copy = bob.status_of(first["uri"])
    answer = bob.post("/api/v1/statuses", status="Never", in_reply_to_id=copy["id"])
    bob.post(f"/api/v1/statuses/{copy['id']}/favourite")
    until(lambda: answer["uri"] in [e["object"]["id"] for e in lemmy.passed_on("Create")])
    until(lambda: lemmy.passed_on("Like"))
    until(lambda: answer["uri"] in thread_of(ann, first["uri"]))

    # Somebody on Lemmy begins a thread, comments on Bob's answer and votes: Bob has all of it.
    place = {"to": [group["uri"], PUBLIC], "audience": group["uri"]}
    page = {"id": f"{lemmy.origin}/post/1", "type": "Page", "attributedTo": lemmy.person,
            "name": "Kettles", "content": "<p>Which?</p>", **place}  # fmt: skip
    note = {"id": f"{lemmy.origin}/comment/1", "type": "Note", "attributedTo": lemmy.person,
            "content": "<p>Always</p>", "inReplyTo": answer["uri"], **place}  # fmt: skip
    for number, each in enumerate((page, note)):
        lemmy.shown[urlsplit(each["id"]).path] = {"@context": AS} | each
        create = {"id": f"{lemmy.origin}/c/{number}", "type": "Create", "object": each, **place}
        lemmy.send(inbox, create)
    like = {"id": f"{lemmy.origin}/l/1", "type": "Like", "object": answer["uri"]}
    lemmy.send(inbox, like)
    until(lambda: any(
        s["reblog"] and s["reblog"]["uri"] == page["id"] for s in bob.get("/api/v1/timelines/home")
    ))  # fmt: skip
    until(lambda: note["id"] in thread_of(bob, first["uri"]))
    until(lambda: bob.get(f"/api/v1/statuses/{answer['id']}")["favourites_count"] == 1)

    # A moderator removes what Lemmy sent: it leaves Bob's timeline, too.
    ann.server.weft(
        "community", "moderate", "tea", "remove", page["id"], "--by", "ann", "--reason", "coffee"
    )
    (removed,) = until(lambda: lemmy.passed_on("Delete"))
    assert (removed["object"], removed["summary"]) == (page["id"], "coffee")
    until(lambda: not any(
        s["reblog"] and s["reblog"]["uri"] == page["id"] for s in bob.get("/api/v1/timelines/home")
    ))  # fmt: skip
    told = [each for each in lemmy.got if each["type"] == "Announce"]
    assert len({each["id"] for each in told}) == len(told)
