"""GoToSocial's payloads: its policies and proofs, its actors, and what it does otherwise than others."""

import json

import pytest

from tests.federation.corpus.kinds import stored
from tests.federation.corpus.micro import lena_posted, shows
from tests.federation.corpus.micro_activities import a_vote_and_no_post, the_note_is_here
from tests.federation.corpus.playing import PUBLIC, At, Corpus
from tests.support.fediverse import Reply
from weft.domain.actors.records import ActorKind, actor_facets
from weft.domain.visibility.viewer import Visibility
from weft.protocol.activitystreams import MalformedDocument, first_id, read_document

ZORK = "http://localhost:8080/users/the_mighty_zork"
SATAN = "http://fossbros-anonymous.io/users/foss_satan"
AUTHOR = "https://example.org/users/post_author"
SOMEONE = "https://somewhere.else.example.org/users/someone"
POST = f"{ZORK}/statuses/01F8MHAMCHF6Y650WCRSCP4WMY"

THEIRS = Corpus("gotosocial")
"""What GoToSocial itself sends: its test rig is the other server."""
OURS = Corpus(
    "gotosocial",
    lena=(ZORK,),
    posts=(POST, "http://localhost:8080/@the_mighty_zork/statuses/01F8MHAMCHF6Y650WCRSCP4WMY"),
)
"""What its test rig receives: the rig is this server."""

shows(
    THEIRS,
    "note-public",
    "fetch",
    spoiler_text="introduction post",
    sensitive=True,
    language="en",
    visibility="public",
)
shows(THEIRS, "create-note", spoiler_text="introduction post", content="<p>hello everyone!</p>")
shows(THEIRS, "note-tags-media", "fetch", pictures=["image"], emojis="rainbow", spoiler_text="")
shows(THEIRS, "note-emoji-null-id", "create", emojis="shocked_pikachu")
shows(THEIRS, "note-emoji-empty-id", "create", emojis="shocked_pikachu")
shows(
    THEIRS,
    "note-weird-summary-name",
    "create",
    spoiler_text="warning: #WEIRD #SUMMARY ;;;;a;;a;asv khop8273987(*^&^)",
)
shows(THEIRS, "note-attachment-object", "create", pictures=["image"])
shows(THEIRS, "note-dirty-html", "create")
for spam in ("spam-5-mentions-link", "spam-4-mentions-no-link", "spam-4-mentions-media"):
    # No filter against spam is on: shown to whom it mentions.
    shows(OURS, spam, "create", notified=["mention"])


@OURS.outcome("not-relevant-3-mentions", how="itself")
async def told_to_nobody(at: At) -> None:
    """In her own inbox she is addressed; the shared one would not take it (docs/interop.md)."""
    await at.serve_author()
    await at.deliver_created()
    assert await at.known()
    assert await at.notified() == []


@OURS.outcome("note-mentions", given=lena_posted, how="create")
async def an_answer_with_one_tag(at: At) -> None:
    shown = await at.status()
    assert shown["in_reply_to_id"] == str(at.stage.posts[0])
    assert await at.notified() == ["mention"]


@THEIRS.outcome("create-object-iri", how="itself")
async def fetched_then_shown(at: At) -> None:
    await at.serve_author()
    await at.lena_follows(at.payload["actor"], accepted=True)
    await at.serve(at.load("note-public"))
    await at.deliver(at.payload)
    assert (await at.status(at.payload["object"]))["spoiler_text"] == "introduction post"


# People


@THEIRS.outcome("person", "application-bot", "person-fields", "person-one-field", "person-moved", "person-shared-inbox",
                "mastodon-person", "person-script-in-fields", how="itself")  # fmt: skip
async def a_profile(at: At) -> None:
    if "inbox" not in at.payload:
        at.payload |= {"preferredUsername": "someone", "inbox": f"{at.id}/inbox"}
    await at.serve(at.payload)
    shown = await at.account()
    assert len(shown["fields"]) == {"person-fields": 2, "person-one-field": 1, "mastodon-person": 2,
                                    "person-script-in-fields": 3}.get(at.file, 0)  # fmt: skip
    assert "<script" not in str(shown)
    actor = await at.stored_actor(at.id)
    assert actor is not None
    assert actor.kind == (ActorKind.APPLICATION if "bot" in at.file else ActorKind.PERSON)
    if "icon" in at.payload and "name" in at.payload["icon"]:
        assert (
            shown["avatar_description"]
            == actor_facets(actor.facets).icon_alt
            == "a green goblin looking nasty"
        )
    if at.file == "person-shared-inbox":
        assert actor.shared_inbox == await at.place("http://localhost:8080/sharedInbox")


# Deletes and boosts


@THEIRS.outcome("delete-public-reply", "delete-direct", given=the_note_is_here)
async def gone_without_an_id(at: At) -> None:
    assert not await at.known(at.payload["object"])


async def the_boosted_is_served(at: At) -> None:
    uri, actor = first_id(at.payload["object"]), at.payload["actor"]
    assert uri is not None
    own = "self" in at.file
    author = actor if own else "/".join(uri.split("/")[:5])
    await at.serve_author()
    await at.lena_follows(actor, accepted=True)
    to = [f"{actor}/followers"] if own else [PUBLIC]
    note = {"id": uri, "type": "Note", "attributedTo": author, "content": "boosted", "to": to}
    if own:
        await at.deliver(
            {"id": f"{uri}/c", "type": "Create", "actor": actor, "object": note, "to": to}
        )
        return
    await at.person(author)
    await at.serve(note)


@THEIRS.outcome(
    "announce-self-followers-only", "announce-mastodon-style", given=the_boosted_is_served
)
async def a_boost_for_followers(at: At) -> None:
    assert at.rows("SELECT visibility FROM post WHERE boost_of_id IS NOT NULL") == [
        (Visibility.FOLLOWERS,)
    ]
    uri = first_id(at.payload["object"])
    assert (await at.status(uri))["reblogs_count"] == 1


@OURS.outcome("announce-object-array", given=lena_posted)
async def a_boost_in_a_list(at: At) -> None:
    assert (await at.own())["reblogs_count"] == 1
    assert await at.notified() == ["reblog"]


async def lena_asked(at: At) -> None:
    at.corpus.polls  # noqa: B018
    id_ = await at.lena_asks("paper", "tissues")
    ((uri,),) = at.rows(f"SELECT uri FROM post WHERE id = {id_}")
    at.here[at.payload["object"]["inReplyTo"]] = uri
    at.here[SATAN] = at.stage.lena.uri


THEIRS.outcome("create-vote-single", given=lena_asked)(a_vote_and_no_post)


@THEIRS.outcome("vote-note-bare", how="itself")
async def a_vote_alone_is_nothing(at: At) -> None:
    await at.serve(at.payload | {"id": "https://sample.com/votes/1"})
    await at.person("https://sample.com/users/willy_nilly")
    assert not await at.known("https://sample.com/votes/1")


# Policies and proofs


async def a_note_with_a_policy(at: At, uri: str, author: str, **rules: list[str]) -> None:
    policy = {
        name: {"automaticApproval": [author], "manualApproval": who} for name, who in rules.items()
    }
    await at.person(author)
    await at.serve({"id": uri, "type": "Note", "attributedTo": author, "content": "above", "to": [PUBLIC],
                    "interactionPolicy": policy})  # fmt: skip


@THEIRS.outcome("note-policy-new", "note-policy-deprecated", how="itself")
async def the_policy_is_kept(at: At) -> None:
    note = at.payload | {"id": f"{ZORK}/statuses/1", "attributedTo": ZORK, "to": [PUBLIC]}
    await at.person(ZORK)
    await at.serve(note)
    await at.status(note["id"])
    _, facets = await stored(at, note["id"])
    assert facets.interactions is not None
    assert facets.interactions.like is not None
    assert facets.interactions.like.automatic == ("public",)
    assert facets.interactions.reply is not None
    assert facets.interactions.reply.manual == ("public",)
    assert facets.interactions.boost is not None
    assert facets.interactions.boost.automatic == (await at.place(ZORK),)
    # A stranger answers and boosts without leave: neither is shown.
    stranger = "https://stranger.example/users/s"
    await at.person(stranger)
    await at.lena_follows(stranger, accepted=True)
    answer = {"id": f"{stranger}/1", "type": "Note", "attributedTo": stranger, "content": "x", "to": [PUBLIC],
              "inReplyTo": note["id"]}  # fmt: skip
    await at.deliver(
        {"id": f"{stranger}/1/c", "type": "Create", "actor": stranger, "object": answer}
    )
    assert not await at.known(answer["id"])
    await at.serve(answer)
    assert await at.found("statuses", answer["id"]) == []
    await at.deliver(
        {
            "id": f"{stranger}/2",
            "type": "Announce",
            "actor": stranger,
            "object": note["id"],
            "to": [PUBLIC],
        }
    )
    assert at.rows("SELECT count(*) FROM post WHERE boost_of_id IS NOT NULL") == [(0,)]


PROOFS = ("authorization", "accept", "of another post", "of another author", "none")


@THEIRS.outcome("note-approved", how="itself")
async def shown_if_a_proof_holds(at: At) -> None:
    parent, author = at.payload["inReplyTo"], "http://parents.example/users/1happyturtle"
    parent = parent.replace("http://localhost:8080", "http://parents.example")
    await a_note_with_a_policy(at, parent, author, canReply=[PUBLIC])
    await at.serve_author()
    proofs = {
        name: at.payload[name].replace("http://localhost:8080", "http://parents.example")
        for name in ("replyAuthorization", "approvedBy")
    }
    for number, which in enumerate(PROOFS):
        reply = at.payload | proofs | {"id": f"{at.id}/{number}", "inReplyTo": parent, "tag": []}
        stamp = {"id": proofs["replyAuthorization"], "type": "ReplyAuthorization", "attributedTo": author,
                 "interactingObject": reply["id"], "interactionTarget": parent}  # fmt: skip
        accept = {
            "id": proofs["approvedBy"],
            "type": "Accept",
            "actor": author,
            "object": reply["id"],
        }
        for each in proofs.values():
            at.stage.others.answer(await at.place(each), Reply(404))
        if which == "accept":
            await at.serve(accept)
        elif which == "authorization":
            await at.serve(stamp)
        elif which == "of another post":
            await at.serve(stamp | {"interactingObject": f"{at.id}/else"})
        elif which == "of another author":
            await at.serve(stamp | {"attributedTo": at.payload["attributedTo"]})
        await at.serve(reply)
        found = await at.found("statuses", reply["id"])
        assert bool(found) == (which in {"authorization", "accept"}), which


@THEIRS.outcome("announce-approvedby", how="itself")
async def a_boost_with_leave(at: At) -> None:
    await a_note_with_a_policy(at, at.payload["object"], AUTHOR, canAnnounce=[PUBLIC])
    await at.serve_author()
    await at.lena_follows(at.payload["actor"], accepted=True)
    boosts = "SELECT count(*) FROM post WHERE boost_of_id IS NOT NULL"
    await at.deliver(at.payload | {"id": f"{at.payload['id']}/0", "approvedBy": f"{AUTHOR}/none"})
    assert at.rows(boosts) == [(0,)]
    await at.serve({"id": at.payload["approvedBy"], "type": "AnnounceApproval", "attributedTo": AUTHOR,
                    "object": at.payload["id"], "target": at.payload["object"]})  # fmt: skip
    await at.deliver(at.payload)
    assert at.rows(boosts) == [(1,)]


@THEIRS.outcome("reply-approval-legacy", how="itself")
async def the_older_name_of_a_proof(at: At) -> None:
    parent, reply = at.payload["target"], at.payload["object"]
    await a_note_with_a_policy(at, parent, AUTHOR, canReply=[PUBLIC])
    await at.person(SOMEONE)
    await at.serve({"id": reply, "type": "Note", "attributedTo": SOMEONE, "content": "approved", "inReplyTo": parent,
                    "to": [PUBLIC], "approvedBy": at.id})  # fmt: skip
    await at.serve(at.payload)
    assert (await at.status(reply))["content"] == "approved"


@OURS.outcome("replyrequest", "announcerequest", how="itself")
async def answered_at_once(at: At) -> None:
    at.here["http://localhost:8080/users/admin"] = at.stage.lena.uri
    id_ = await at.lena_posts()
    ((uri,),) = at.rows(f"SELECT uri FROM post WHERE id = {id_}")
    at.here[at.payload["object"]] = uri
    await at.serve_author()
    stranger = at.payload | {
        "actor": "http://stranger.example/users/s",
        "id": "http://stranger.example/r/1",
    }
    await at.person(stranger["actor"])
    await at.deliver(stranger)
    assert at.rows("SELECT count(*) FROM post") == [(1,)]
    await at.deliver(at.payload)
    made = await at.place(at.payload["instrument"]["id"])
    accept = await at.sent("Accept")
    assert accept["object"]["instrument"] == made
    proof = await at.stage.anyone.get(accept["result"].removeprefix(at.stage.parts.server.origin))
    assert (proof.json["interactingObject"], proof.json["interactionTarget"]) == (made, uri)
    assert proof.json["attributedTo"] == at.stage.lena.uri
    own = await at.own()
    counted = "replies_count" if at.file == "replyrequest" else "reblogs_count"
    assert own[counted] == 1


@THEIRS.outcome("accept-likerequest", "accept-announce-impolite", "accept-replyrequest", "accept-reply-with-result",
                "accept-object-and-target-hint", "reject-reply", how="itself")  # fmt: skip
async def an_answer_to_what_nobody_here_did(at: At) -> None:
    """The interaction is of a third server: whoever shows it asks for its proof, when it comes."""
    await at.serve_author()
    await at.deliver(at.payload)
    assert at.rows("SELECT count(*) FROM post") == [(0,)]
    assert at.rows("SELECT count(*) FROM follow") == [(0,)]


@THEIRS.outcome("like-authorization", "following-first", "following-hidden", how="itself")
async def no_post_and_no_person(at: At) -> None:
    await at.serve(at.payload)
    assert await at.found("statuses", at.id) == []
    assert await at.found("accounts", at.id) == []


# Moves, reports, nonsense


@THEIRS.outcome("move", how="itself")
async def followers_move_along(at: At) -> None:
    actor, target = at.payload["actor"], at.payload["target"]
    await at.person(actor, movedTo=target)
    await at.person(target, alsoKnownAs=[actor])
    await at.lena_follows(actor, accepted=True)
    await at.deliver(at.payload)
    asked = await at.relation(target)
    assert asked["following"] or asked["requested"]


@THEIRS.outcome("move-bad-actor", "move-bad-self", how="itself")
async def nothing_moves(at: At) -> None:
    await at.person(SATAN)
    await at.serve_author()
    await at.person(at.payload["target"])
    await at.lena_follows(SATAN, accepted=True)
    await at.deliver(at.payload)
    assert (await at.relation(SATAN))["following"] is True


@OURS.outcome("flag-array", given=lena_posted)
async def a_report_with_a_post(at: At) -> None:
    assert at.rows("SELECT count(*) FROM report") == [(1,)]
    assert at.rows("SELECT post_id FROM report_post") == [(at.stage.posts[0],)]


@OURS.outcome("flag-misskey-content-url", how="itself")
async def a_report_that_names_a_post_in_its_text(at: At) -> None:
    id_ = await at.lena_posts()
    page = f"{at.stage.lena.url}/{id_}"
    at.here["http://localhost:8080/@the_mighty_zork/statuses/01F8MHAMCHF6Y650WCRSCP4WMY"] = page
    await at.serve_author()
    await at.deliver(at.payload)
    assert at.rows("SELECT post_id FROM report_post") == [(at.stage.posts[0],)]


@OURS.outcome("flag-unknown-account")
async def no_report(at: At) -> None:
    assert at.rows("SELECT count(*) FROM report") == [(0,)]


@THEIRS.outcome("flag", how="itself")
async def a_report_by_a_server(at: At) -> None:
    at.here[SATAN] = at.stage.lena.uri
    id_ = await at.lena_posts()
    ((uri,),) = at.rows(f"SELECT uri FROM post WHERE id = {id_}")
    at.here[at.payload["object"][1]] = uri
    await at.person(at.payload["actor"], preferredUsername="localhost")
    await at.deliver(at.payload)
    assert at.rows("SELECT count(*) FROM report") == [(1,)]
    assert await at.notified() == []


@THEIRS.outcome("not-activitystreams", how="itself")
async def nonsense(at: At) -> None:
    body = json.dumps(at.payload).encode()
    try:
        read_document(body)
    except MalformedDocument:
        return
    answer = await at.stage.deliver(await at.place(SATAN), body, None)
    assert 400 <= answer.status < 500
    assert at.rows("SELECT count(*) FROM inbox_log") == [(0,)]


@THEIRS.outcome("video-peertube-url-links", how="itself")
async def a_video_with_its_page(at: At) -> None:
    author = "https://example.org/accounts/someone"
    await at.person(author)
    await at.serve(at.payload | {"attributedTo": author})
    assert (await at.status())["url"] == await at.place(
        "https://example.org/w/jifTXYpdLJSU269svW8Jdb"
    )


@THEIRS.outcome("main-key-stub", "main-key-flat", "featured-collection", "featured-collection-empty", "outbox-page",
                how="itself")  # fmt: skip
async def read_where_it_is_asked_for(at: At) -> None:
    """Keys and collections are played in ``tests/federation/mastodon`` and ``threads``; a stub of an
    actor must not be taken for a profile."""
    await at.serve(at.payload)
    if at.file == "main-key-stub":
        with pytest.raises(Exception, match="inbox"):
            await at.stage.parts.resolver.actor(await at.place(at.id))
    assert at.rows("SELECT count(*) FROM post") == [(0,)]
