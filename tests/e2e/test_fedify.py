"""Weft and Fedify, a server that we did not write: both ways, both signature schemes, with and
without authorized fetch on either side."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.support.fedify import PUBLIC, Fedify, running_fedify
from tests.support.pair import Person, until
from tests.support.servers import WeftServer, running

pytestmark = pytest.mark.slow


class Meeting(NamedTuple):
    ann: Person
    fed: Fedify
    document: dict[str, Any]
    """Ann's actor."""
    there: dict[str, Any]
    """Fed's account, as ann's app shows it."""
    form: str


@pytest.fixture(
    scope="module",
    params=[("draft-cavage-http-signatures-12", False), ("rfc9421", True)],
    ids=["cavage, open", "rfc9421, authorized fetch"],
)
def meeting(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Meeting]:
    first_knock, secure = request.param
    settings = {"WEFT_AUTHORIZED_FETCH": "on" if secure else "off"}
    server = WeftServer(tmp_path_factory.mktemp("fedify") / "weft", settings=settings)
    server.prepare()
    server.add_person("ann", admin=True)
    with running(server), running_fedify(secure=secure, first_knock=first_knock) as fed:
        ann = Person(server, "ann")
        me = ann.get("/api/v1/accounts/verify_credentials")
        document = fed.control("lookup", url=me["uri"])["document"]
        # Fed follows ann, ann follows fed.
        follow = fed.send(document, "Follow", me["uri"])
        accept = until(lambda: fed.got("Accept"))
        assert follow["id"] in json.dumps(accept)
        there = ann.follow(fed.handle)
        assert until(lambda: fed.got("Follow"))["actor"] == me["uri"]
        yield Meeting(ann, fed, document, there, first_knock)


def created(meeting: Meeting, uri: str) -> dict[str, Any]:
    found: dict[str, Any] = until(
        lambda: meeting.fed.got("Create", lambda each: each["object"].get("id") == uri)
    )
    return found


def notified(meeting: Meeting, kind: str, status_id: str | None = None) -> Any:
    def look() -> Any:
        return [
            each
            for each in meeting.ann.notified(kind)
            if status_id is None or each["status"]["id"] == status_id
        ]

    return until(look)[0]


def test_each_delivery_of_ours_is_believed(meeting: Meeting) -> None:
    said = meeting.ann.post("/api/v1/statuses", status="Hello, Fedify #weft")
    activity = created(meeting, said["uri"])
    assert activity["object"]["content"].startswith("<p>Hello, Fedify")
    told = meeting.fed.control("received")
    assert told["refused"] == []
    proof = told["proofs"][activity["id"]]
    assert proof["http"] == f"{meeting.document['id']}#main-key"
    assert proof["proof"] is True
    assert proof["form"] == "cavage"


def test_fed_reads_our_documents(meeting: Meeting) -> None:
    said = meeting.ann.post("/api/v1/statuses", status="read me")
    assert meeting.fed.control("lookup", url=said["uri"])["type"] == "Note"
    for name in ("outbox", "followers", "featured"):
        found = meeting.fed.control("lookup", url=meeting.document[name])
        assert found["type"] == "OrderedCollection"
    assert meeting.document["assertionMethod"]


@pytest.mark.parametrize(
    ("visibility", "to_public"), [("unlisted", True), ("private", False), ("direct", False)]
)
def test_posts_of_every_reach_arrive(meeting: Meeting, visibility: str, to_public: bool) -> None:
    said = meeting.ann.post(
        "/api/v1/statuses", status=f"{meeting.fed.handle} {visibility}", visibility=visibility
    )
    activity = created(meeting, said["uri"])
    addressed = json.dumps([activity.get("to"), activity.get("cc")])
    assert ("Public" in addressed) is to_public
    assert meeting.fed.actor in addressed
    assert meeting.fed.control("received")["proofs"][activity["id"]]["proof"] is to_public


def test_edits_and_deletions_arrive(meeting: Meeting) -> None:
    said = meeting.ann.post("/api/v1/statuses", status="first words")
    created(meeting, said["uri"])
    meeting.ann.put(f"/api/v1/statuses/{said['id']}", status="second words")
    update = until(lambda: meeting.fed.got("Update", lambda e: e["object"]["id"] == said["uri"]))
    assert "second words" in update["object"]["content"]
    meeting.ann.delete(f"/api/v1/statuses/{said['id']}")
    until(lambda: meeting.fed.got("Delete", lambda e: said["uri"] in json.dumps(e)))


def test_what_fed_writes_arrives_is_edited_and_deleted(meeting: Meeting) -> None:
    ann, fed = meeting.ann, meeting.fed
    note = fed.note(content="<p>One <b>word</b></p><script>x</script>", summary="careful")
    fed.send(meeting.document, "Create", note, to=[PUBLIC])
    shown = ann.in_home(note["id"])
    assert shown["content"] == "<p>One <b>word</b></p>"
    assert shown["spoiler_text"] == "careful"
    edited = note | {"content": "<p>Two</p>", "updated": "2099-01-01T00:00:00Z"}
    fed.send(meeting.document, "Update", edited, to=[PUBLIC])
    until(lambda: ann.get(f"/api/v1/statuses/{shown['id']}")["content"] == "<p>Two</p>")
    fed.send(meeting.document, "Delete", note["id"], to=[PUBLIC])
    until(lambda: all(each["uri"] != note["id"] for each in ann.get("/api/v1/timelines/home")))


def test_likes_boosts_and_reactions_go_both_ways(meeting: Meeting) -> None:
    ann, fed = meeting.ann, meeting.fed
    said = ann.post("/api/v1/statuses", status="like me")
    like = fed.send(meeting.document, "Like", said["uri"])
    announce = fed.send(meeting.document, "Announce", said["uri"], to=[PUBLIC])
    notified(meeting, "favourite", said["id"])
    notified(meeting, "reblog", said["id"])
    fed.send(meeting.document, "Undo", like)
    fed.send(meeting.document, "Undo", announce)
    path = f"/api/v1/statuses/{said['id']}"
    until(lambda: ann.get(path)["favourites_count"] == ann.get(path)["reblogs_count"] == 0)
    fed.send(meeting.document, "EmojiReact", said["uri"], content="🔥")
    note = fed.note()
    fed.send(meeting.document, "Create", note, to=[PUBLIC])
    shown = ann.in_home(note["id"])
    ann.post(f"/api/v1/statuses/{shown['id']}/favourite")
    ann.post(f"/api/v1/statuses/{shown['id']}/reblog")
    until(lambda: fed.got("Like", lambda each: each["object"] == note["id"]))
    until(lambda: fed.got("Announce", lambda each: each["object"] == note["id"]))
    ann.post(f"/api/v1/statuses/{shown['id']}/unfavourite")
    until(lambda: fed.got("Undo", lambda each: note["id"] in json.dumps(each)))


def test_replies_make_a_thread(meeting: Meeting) -> None:
    ann, fed = meeting.ann, meeting.fed
    said = ann.post("/api/v1/statuses", status="question?")
    mention = {"type": "Mention", "href": meeting.document["id"], "name": "@ann"}
    note = fed.note(inReplyTo=said["uri"], tag=[mention], cc=[meeting.document["id"]])
    fed.send(meeting.document, "Create", note, to=[PUBLIC])
    answer = until(lambda: ann.get(f"/api/v1/statuses/{said['id']}/context")["descendants"])[0]
    assert answer["uri"] == note["id"]
    notified(meeting, "mention", answer["id"])
    back = ann.post("/api/v1/statuses", status="answer", in_reply_to_id=answer["id"])
    assert created(meeting, back["uri"])["object"]["inReplyTo"] == note["id"]


def test_polls_go_both_ways(meeting: Meeting) -> None:
    ann, fed = meeting.ann, meeting.fed
    poll = {"options": ["red", "blue"], "expires_in": 3600}
    asked = ann.post("/api/v1/statuses", status="which?", poll=poll)
    activity = created(meeting, asked["uri"])
    assert activity["object"]["type"] == "Question"
    vote = {
        "id": fed.new_id("votes"),
        "type": "Note",
        "name": "blue",
        "attributedTo": fed.actor,
        "inReplyTo": asked["uri"],
        "to": meeting.document["id"],
    }
    fed.send(meeting.document, "Create", vote, to=[meeting.document["id"]])
    path = f"/api/v1/polls/{asked['poll']['id']}"
    until(lambda: ann.get(path)["options"][1]["votes_count"] == 1)
    answers = [
        {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": 0}}
        for name in ("yes", "no")
    ]
    question = fed.note(type="Question", oneOf=answers, endTime="2099-01-01T00:00:00Z")
    fed.send(meeting.document, "Create", question, to=[PUBLIC])
    shown = ann.in_home(question["id"])
    ann.post(f"/api/v1/polls/{shown['poll']['id']}/votes", choices=[0])
    got = until(lambda: fed.got("Create", lambda each: each["object"].get("name") == "yes"))
    assert got["object"]["inReplyTo"] == question["id"]
    assert "content" not in got["object"]


def test_quotes_are_asked_for_and_allowed(meeting: Meeting) -> None:
    ann, fed = meeting.ann, meeting.fed
    said = ann.post("/api/v1/statuses", status="quote me")
    note = fed.note(quote=said["uri"])
    fed.send(meeting.document, "Create", note, to=[PUBLIC])
    shown = ann.in_home(note["id"])
    assert shown["quote"]["state"] == "pending"
    fed.send(meeting.document, "QuoteRequest", said["uri"], instrument=note)
    until(lambda: ann.get(f"/api/v1/statuses/{shown['id']}")["quote"]["state"] == "accepted")
    until(lambda: fed.got("Accept", lambda each: "stamps" in json.dumps(each)))


def test_a_block_and_a_profile_arrive(meeting: Meeting) -> None:
    ann, fed = meeting.ann, meeting.fed
    ann.server.request(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        headers={
            "Authorization": f"Bearer {ann._token}",
            "Content-Type": "application/json",
        },
        body=b'{"display_name": "Ann Other"}',
    )
    update = until(
        lambda: fed.got("Update", lambda each: each["object"].get("name") == "Ann Other")
    )
    assert update["object"]["publicKey"]["owner"] == meeting.document["id"]


def test_who_moves_takes_followers_along(meeting: Meeting) -> None:
    """Last: fed goes to another account of ann's server."""
    ann, fed = meeting.ann, meeting.fed
    ann.server.add_person("newfed")
    new = Person(ann.server, "newfed")
    me = new.get("/api/v1/accounts/verify_credentials")
    ann.server.weft("user", "alias", "newfed", "--add", fed.handle)
    fed.send(meeting.document, "Move", fed.actor, target=me["uri"], to=[PUBLIC])
    until(lambda: ann.relation(me["id"])["following"])
    until(lambda: not ann.relation(meeting.there["id"])["following"])
