"""Actors, WebFinger, NodeInfo and collections of people."""

import json

import pytest

from tests.federation.corpus.playing import At
from tests.federation.effects import eventually
from tests.federation.mastodon.corpus import outcome
from tests.support.fediverse import Reply
from weft.federation.reading.actors import read_actor
from weft.protocol.activitystreams import read_document
from weft.protocol.webfinger import read_jrd

WEBFINGER = "/.well-known/webfinger?resource=acct:"


async def shown_profile(at: At, uri: str) -> dict[str, object]:
    """What lena's app shows of an actor whose document was fetched, with what it must agree on."""
    shown = await at.account(uri)
    payload = await at.place(at.payload)
    assert shown["uri"] == payload["id"]
    assert shown["username"] == payload["preferredUsername"]
    assert shown["display_name"] == (payload.get("name") or payload["preferredUsername"])
    assert shown["locked"] == payload.get("manuallyApprovesFollowers", False)
    return shown


@outcome("actor-academy", "actor-emelie", "actor-gargron", "actor-mastdon-example-admin",
         "actor-minimal-ap-example", "actor-person-lemmy", "actor-rinpatch-sdf", how="fetch")  # fmt: skip
async def a_remote_profile(at: At) -> None:
    shown = await shown_profile(at, at.payload["id"])
    fields = [
        each["name"] for each in at.payload.get("attachment", ()) if each["type"] == "PropertyValue"
    ]
    assert [each["name"] for each in shown["fields"]] == fields  # type: ignore[attr-defined]
    assert shown["bot"] is False
    stored = await at.stored_actor(at.payload["id"])
    assert stored is not None
    assert stored.inbox == await at.place(at.payload["inbox"])
    assert stored.followers_uri == await at.place(at.payload.get("followers"))
    assert stored.featured_uri == await at.place(at.payload.get("featured"))
    wanted = at.payload.get("discoverable")
    assert stored.discoverable is (wanted is True or wanted == "true")
    keys = at.rows(f"SELECT key_id FROM actor_key WHERE actor_id = {stored.id}")
    assert keys == [(await at.place(at.payload["publicKey"]["id"]),)]


@outcome("actor-instance-application", "actor-relay-mastdon", "relay-actor", how="itself")
async def a_bot(at: At) -> None:
    if "{{DOMAIN}}" in str(at.payload):
        host = await at.stage.others.listen("instance.test")
        at.payload["preferredUsername"] = host.partition(":")[0]
    await at.serve(at.payload)
    shown = await at.account(at.payload["id"])
    assert shown["bot"] is True
    directory = await at.stage.anyone.get("/api/v1/directory")
    if directory.status == 200:
        assert shown["id"] not in [each["id"] for each in directory.json]


@outcome("evil-actor-no-inbox", how="fetch")
async def not_an_actor(at: At) -> None:
    assert await at.found("accounts", at.payload["id"]) == []
    assert await at.stored_actor(at.payload["id"]) is None


@outcome("doc-06-person-publickey", "doc-07-person-featured", "doc-09-person-attachment",
         "doc-10-person-attachment", "doc-11-person-discoverable", "doc-12-person-indexable",
         "doc-13-person-suspended", how="itself")  # fmt: skip
async def the_property_is_understood(at: At) -> None:
    """The samples are partial: with an inbox and a name they are read."""
    uri = at.payload["id"]
    whole = {"inbox": f"{uri}/inbox", "preferredUsername": "alice"} | at.payload
    read = read_actor(read_document(json.dumps(whole).encode()))
    match at.file.split("-")[1]:
        case "06":
            assert [each.key_id for each in read.keys] == [at.payload["publicKey"]["id"]]
        case "07":
            assert read.featured_uri == at.payload["featured"]
        case "09":
            assert [each.name for each in read.facets.fields] == ["Patreon", "Homepage"]
            assert 'href="https://www.patreon.com/mastodon"' in read.facets.fields[0].value
        case "10":
            assert read.facets.fields == ()
        case "11":
            assert read.discoverable
        case "12":
            assert read.indexable
        case "13":
            assert read.suspended
        case number:
            pytest.fail(f"nobody looks at {number}")


@outcome("webfinger-emelie", "webfinger-ap-example", how="itself")
async def the_self_link_is_chosen(at: At) -> None:
    file = "actor-emelie" if at.file == "webfinger-emelie" else "actor-minimal-ap-example"
    actor = at.load(file)
    await at.serve(actor)
    placed = await at.place(at.payload)
    handle = placed["subject"].removeprefix("acct:")
    host = handle.partition("@")[2]
    await at.serve(at.payload, f"http://{host}{WEBFINGER}{handle}")
    (shown,) = await at.found("accounts", f"@{handle}")
    assert shown["uri"] == await at.place(actor["id"])
    assert shown["acct"] == handle


@outcome("webfinger-template", "actor-template", how="itself")
async def the_handle_is_of_the_subjects_domain(at: At) -> None:
    domain = await at.stage.others.listen("social.test")
    sub = await at.stage.others.listen("sub.social.test")
    actor = json.loads(json.dumps(at.load("actor-template")).replace("{{domain}}", "{{subdomain}}"))
    await at.serve(actor)
    jrd = at.load("webfinger-template")
    for host in (domain, sub):
        for handle in (f"alice@{domain}", f"alice@{sub}"):
            await at.serve(jrd, f"http://{host}{WEBFINGER}{handle}")
    (shown,) = await at.found("accounts", f"@alice@{domain}")
    assert shown["acct"] == f"alice@{domain}"
    assert shown["uri"] == f"http://{sub}/users/alice"


@outcome("evil-webfinger-spoof", "evil-webfinger-hacker1", "evil-webfinger-hacker2", how="itself")
async def nobody_takes_another_handle(at: At) -> None:
    placed = await at.place(at.payload)
    claimed = placed["subject"].removeprefix("acct:")
    jrd = read_jrd(json.dumps(placed).encode())
    evil = await at.stage.others.listen("evil.test")
    actor = {"id": "https://evil.test/users/alex", "type": "Person", "preferredUsername": "alex",
             "inbox": "https://evil.test/users/alex/inbox"}  # fmt: skip
    await at.serve(actor)
    # Whatever is asked of it, the hostile server answers with the claim.
    body = json.dumps(placed).encode()
    for name in ("alex", "gargron", "catsrgr8", "trump"):
        at.stage.others.answer(f"http://{evil}{WEBFINGER}{name}@{evil}", Reply(200, {}, body))
    for typed in (f"@alex@{evil}", f"@gargron@{evil}", actor["id"]):
        for each in await at.found("accounts", str(typed)):
            assert each["acct"] != claimed, "the claim was believed"
            assert each["uri"] != jrd.self_link or each["acct"].endswith(
                str(jrd.self_link).split("/")[2]
            )
    own = await at.account(str(actor["id"]))
    assert own["acct"] == f"alex@{evil}"


@outcome("collection-closed-followers", "collection-closed-followers-page",
         "collection-closed-following", "collection-closed-following-page",
         how="itself")  # fmt: skip
async def the_count_is_shown_and_nobody_is_fetched(at: At) -> None:
    which = "following" if "following" in at.file else "followers"
    for each in (f"collection-closed-{which}", f"collection-closed-{which}-page"):
        await at.serve(at.load(each))
    uri = "http://localhost:4001/users/masto_closed"
    await at.person(uri, followers=f"{uri}/followers", following=f"{uri}/following")
    before = set(at.stage.others.asked)
    shown = await at.opened(uri)
    assert shown[f"{which}_count"] == at.load(f"collection-closed-{which}")["totalItems"]
    assert not any("?page=" in each for each in set(at.stage.others.asked) - before)


@outcome("nodeinfo-20", "nodeinfo-wellknown", how="itself")
async def the_software_is_known(at: At) -> None:
    await at.serve(
        at.load("nodeinfo-wellknown"), "https://mastodon.example.org/.well-known/nodeinfo"
    )
    await at.serve(at.load("nodeinfo-20"), "https://mastodon.example.org/nodeinfo/2.0")
    admin = "http://mastodon.example.org/users/admin"
    await at.person(admin)
    await at.deliver({"id": f"{admin}#follow", "type": "Follow", "actor": admin,
                      "object": at.stage.lena.uri})  # fmt: skip
    host = (await at.place(admin)).split("/")[2]
    await eventually(lambda: at.rows("SELECT 1 FROM host WHERE software IS NOT NULL"))
    assert at.rows(f"SELECT software, version FROM host WHERE name = '{host}'") == [
        ("mastodon", "4.1.0")
    ]
