"""What of the microblogs' payloads is no activity: signatures, collections, WebFinger; and posts of others."""

import json
from typing import Any

import pytest

from tests.federation.corpus.kinds import author_is_known, stored
from tests.federation.corpus.micro import FRIENDICA, MISC, MISSKEY, PLEROMA, TESTS
from tests.federation.corpus.playing import PUBLIC, At
from tests.support.fediverse import Reply
from weft.domain.actors.records import ActorKind
from weft.domain.posts.records import PostKind
from weft.protocol.keys import load_public_key
from weft.protocol.ldsignatures import verify_ld_signature
from weft.protocol.webfinger import read_jrd


@MISSKEY.outcome("delete-with-ld-signature", "delete-with-ld-signature.key", how="itself")
async def a_signature_that_holds(at: At) -> None:
    """Whoever passes it on; its ids are signed, so it cannot be moved to loopback."""
    document = at.load("delete-with-ld-signature")
    key = load_public_key(at.load("delete-with-ld-signature.key")["publicKeyPem"])
    verify_ld_signature(document, key)
    changed = document | {"object": {**document["object"], "id": "https://misskey.day/notes/other"}}
    with pytest.raises(Exception, match="signature"):
        verify_ld_signature(changed, key)


@PLEROMA.outcome("webfinger-imposter", "webfinger-spoof", how="itself")
async def nobody_takes_anothers_handle(at: At) -> None:
    placed = await at.place(at.payload)
    claimed = placed["subject"].removeprefix("acct:")
    at_home = claimed.rpartition("@")[2]
    evil = (read_jrd(json.dumps(placed).encode()).self_link or "").split("/")[2]
    actor = await at.place(at.payload["aliases"][0])
    await at.person(at.payload["aliases"][0], preferredUsername="meanie")
    asked = f"http://{evil}/.well-known/webfinger?resource=acct:meanie@{evil}"
    at.stage.others.answer(asked, Reply(200, {}, json.dumps(placed).encode()))
    for typed in (f"@meanie@{evil}", actor, f"@{claimed}"):
        for each in await at.found("accounts", typed):
            # The claimed host has an oopsie of its own: that one may be called so.
            assert (each["acct"] == claimed) == (each["uri"].split("/")[2] == at_home)


@PLEROMA.outcome("webfinger-split-domain", how="itself")
async def a_handle_of_another_host(at: At) -> None:
    """The handle's host answers, and names an actor elsewhere."""
    placed = await at.place(at.payload)
    host = placed["subject"].rpartition("@")[2]
    uri = "https://sub.example/users/ann"
    await at.person(uri, preferredUsername="ann")
    actor = await at.place(uri)
    body = json.dumps(placed).encode()
    for where in (host, actor.split("/")[2]):
        for name in (host, actor.split("/")[2]):
            asked = f"http://{where}/.well-known/webfinger?resource=acct:ann@{name}"
            at.stage.others.answer(asked, Reply(200, {}, body))
    (shown,) = await at.found("accounts", f"@ann@{host}")
    assert (shown["acct"], shown["uri"]) == (f"ann@{host}", actor)


@MISC.outcome("snac-webfinger", how="itself")
async def by_its_only_link(at: At) -> None:
    await at.serve(at.load("snac-person"))
    placed = await at.place(at.payload)
    actor = await at.place(at.payload["links"][0]["href"])
    assert read_jrd(json.dumps(placed).encode()).self_link == actor
    host = actor.split("/")[2]
    placed["subject"] = f"acct:bob@{host}"
    asked = f"http://{host}/.well-known/webfinger?resource=acct:bob@{host}"
    at.stage.others.answer(asked, Reply(200, {}, json.dumps(placed).encode()))
    (shown,) = await at.found("accounts", f"@bob@{host}")
    assert shown["uri"] == actor


@MISC.outcome("snac-outbox", how="itself")
async def its_three_posts(at: At) -> None:
    person = at.load("snac-person")
    await at.serve(person)
    await at.serve(at.payload, person["outbox"])
    shown = await at.opened(person["id"])
    listed = await at.stage.api.get(f"/api/v1/accounts/{shown['id']}/statuses")
    own = [each for each in at.payload["orderedItems"] if each["attributedTo"] == person["id"]]
    assert len(listed.json) == len(own) == 3


@PLEROMA.outcome("followers-collection", how="itself")
async def how_many_follow(at: At) -> None:
    uri = "http://remote.org/users/fuser2"
    await at.person(uri, followers=at.id)
    await at.serve(at.payload)
    assert (await at.opened(uri))["followers_count"] == 527


@TESTS.outcome("generic-collection-first-by-reference", "generic-ordered-collection-inline", "bookwyrm-replies",
               how="itself")  # fmt: skip
@FRIENDICA.outcome("featured-collection", how="itself")
async def a_collection_is_no_post(at: At) -> None:
    """How they are walked, ``tests/federation/threads`` says."""
    await at.serve(at.payload)
    assert await at.found("statuses", at.id) == []
    assert at.rows("SELECT count(*) FROM post") == [(0,)]


@TESTS.outcome("mastodon-featured-external", how="itself")
async def pins_by_id(at: At) -> None:
    uri = at.payload["id"].rpartition("/collections")[0]
    pinned = at.payload["orderedItems"][0]
    await at.person(uri, featured=at.payload["id"])
    await at.serve(
        {"id": pinned, "type": "Note", "attributedTo": uri, "content": "pinned", "to": [PUBLIC]}
    )
    await at.serve(at.payload)
    shown = await at.opened(uri)
    listed = await at.stage.api.get(f"/api/v1/accounts/{shown['id']}/statuses", pinned="true")
    assert [each["content"] for each in listed.json] == ["pinned"]


@TESTS.outcome("mastodon-application-actor", how="itself")
async def a_server_itself(at: At) -> None:
    at.payload["preferredUsername"] = "app.example"
    await at.serve(at.payload)
    await at.stage.parts.resolver.actor(await at.place(at.id))
    actor = await at.stored_actor(at.id)
    assert actor is not None
    assert actor.kind == ActorKind.APPLICATION


@TESTS.outcome("peertube-video", "peertube-video-hls-only", given=author_is_known, how="itself")
async def a_video(at: At) -> None:
    video: dict[str, Any] = at.payload["object"]
    for each in video["attributedTo"]:
        await at.person(each["id"], type=each["type"])
    await at.serve(video | {"@context": at.payload["@context"]})
    await at.status()
    post, facets = await stored(at)
    assert (post.kind, facets.video is not None) == (PostKind.VIDEO, True)


@TESTS.outcome("lemmy-page", how="itself")
async def a_page_of_a_community(at: At) -> None:
    """Addressed to its community alone, as Lemmy did in 2020: nobody here is named."""
    await at.serve_author()
    await at.serve(at.payload)
    await at.found("statuses", at.id)
    post, _ = await stored(at)
    assert (post.kind, post.title) == (PostKind.LINK, "Hello Federation!")


@PLEROMA.outcome("follow-of-group")
async def a_group_that_is_not_here(at: At) -> None:
    """Groups accept in ``tests/federation/test_corpus_*`` of theirs; this one is of another server."""
    assert at.rows("SELECT count(*) FROM follow") == [(0,)]
