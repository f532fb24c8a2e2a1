"""Activities of microblogs besides Mastodon: follows, reactions, chats, updates, deletes, boosts."""

from typing import Any

import pytest

from tests.federation.corpus.kinds import stored
from tests.federation.corpus.micro import (
    FRIENDICA,
    HUBZILLA,
    KROEG,
    MISC,
    MISSKEY,
    PLEROMA,
    TESTS,
    ZAP,
    lena_posted,
)
from tests.federation.corpus.playing import PUBLIC, At
from weft.domain.posts.records import PostKind
from weft.domain.reactions.react import ReactionKind
from weft.domain.visibility.viewer import Visibility
from weft.protocol.activitystreams import first_id


async def the_note_is_here(at: At) -> None:
    """What the payload is about: a public note of its actor."""
    await at.serve_author()
    object_, actor = at.payload["object"], first_id(at.payload["actor"])
    uri = object_ if isinstance(object_, str) else at.id
    assert actor is not None
    await at.lena_follows(actor, accepted=True)
    note = {"id": uri, "type": "Note", "attributedTo": actor, "content": "before", "to": [PUBLIC]}
    await at.deliver({"id": f"{uri}/made", "type": "Create", "actor": actor, "object": note})
    assert await at.known(uri)


# Follows and blocks


@MISSKEY.outcome("follow-no-to")
@PLEROMA.outcome("follow-with-state")
@HUBZILLA.outcome("follow")
@ZAP.outcome("follow-embedded-actor")
@MISC.outcome("snac-follow", "takahe-follow")
async def a_follower_and_an_accept(at: At) -> None:
    actor = first_id(at.payload["actor"])
    assert (await at.relation(actor))["followed_by"] is True
    accepted = await at.sent("Accept")
    assert accepted["object"]["id"] == await at.place(at.payload["id"])


async def lena_asked(at: At) -> None:
    uri = await at.lena_follows(str(at.payload["actor"]), accepted=False)
    at.here[at.payload["object"]["id"]] = uri


@MISSKEY.outcome("reject-follow", given=lena_asked)
async def lena_was_refused(at: At) -> None:
    relation = await at.relation()
    assert (relation["following"], relation["requested"]) == (False, False)


@MISC.outcome("takahe-accept-follow", how="itself")
async def confirmed(at: At) -> None:
    """Here it is the other server of the two that is ours."""
    asking, asked = (
        f"http://{host}/@shell@{host}/" for host in ("takahe3.example", "takahe2.example")
    )
    del at.here[asked]
    at.here[asking] = at.stage.lena.uri
    uri = await at.lena_follows(asked, accepted=False)
    at.here[f"{asking}follow/647615966808688092/"] = uri
    await at.deliver(at.payload)
    assert (await at.relation(asked))["following"] is True


async def both_follow(at: At) -> None:
    actor = str(at.payload["actor"])
    await at.lena_follows(actor, accepted=True)
    await at.deliver(
        {
            "id": f"{actor}#follows/1",
            "type": "Follow",
            "actor": actor,
            "object": at.payload["object"],
        }
    )
    assert (await at.relation())["followed_by"] is True


@MISSKEY.outcome("block", given=both_follow)
async def blocked(at: At) -> None:
    relation = await at.relation()
    assert (relation["following"], relation["followed_by"]) == (False, False)
    assert "block" not in str(await at.notified())


# Reactions


async def reactions(at: At) -> list[tuple[Any, ...]]:
    return at.rows("SELECT kind, value, icon_url FROM reaction")


async def lena_posted_and_the_id_is_the_senders(at: At) -> None:
    """The fixture's id is of another host than its actor: such a one is refused (docs/interop.md)."""
    await at.lena_posts()
    at.payload["id"] = f"{at.payload['actor']}#likes/1"


@MISSKEY.outcome("like-reaction-custom-pudding", given=lena_posted_and_the_id_is_the_senders)
@MISSKEY.outcome("like-reaction-custom-emoji", given=lena_posted)
async def a_reaction_with_its_picture(at: At) -> None:
    ((kind, value, icon),) = await reactions(at)
    name = at.payload["content"].strip(":")
    host = (await at.place(at.payload["actor"])).split("/")[2]
    assert (kind, value) == (ReactionKind.EMOJI, f"{name}@{host}")
    assert icon == await at.place(at.payload["tag"][0]["icon"]["url"])
    assert at.rows("SELECT likes, reactions FROM post_stats WHERE reactions > 0") == [(0, 1)]
    assert (await at.own())["favourites_count"] == 1
    assert await at.notified() == ["favourite"]
    who = await at.stage.api.get(f"/api/v1/statuses/{at.stage.posts[0]}/favourited_by")
    assert len(who.json) == 1
    await at.deliver(
        {
            "id": f"{at.payload['id']}/undo",
            "type": "Undo",
            "actor": at.payload["actor"],
            "object": at.payload,
        }
    )
    assert await reactions(at) == []
    assert (await at.own())["favourites_count"] == 0


@PLEROMA.outcome("emojireact-unicode", given=lena_posted)
async def a_reaction_counted_once(at: At) -> None:
    await at.deliver(at.payload | {"id": at.payload["id"] + "/again"})
    assert await reactions(at) == [(ReactionKind.EMOJI, "👌", None)]
    assert (await at.own())["favourites_count"] == 1


@PLEROMA.outcome("emojireact-not-an-emoji", "emojireact-two-emoji", given=lena_posted)
async def no_reaction(at: At) -> None:
    assert await reactions(at) == []
    assert "exactly one" in str(at.verdicts())


@FRIENDICA.outcome("dislike", how="itself")
async def a_downvote(at: At) -> None:
    at.here[at.payload["object"]] = await lena_post_uri(at)
    await at.serve_author()
    await at.deliver(without_signature(at.payload))
    assert [row[0] for row in await reactions(at)] == [ReactionKind.DISLIKE]
    assert (await at.own())["favourites_count"] == 0


async def lena_post_uri(at: At) -> str:
    id_ = await at.lena_posts()
    ((uri,),) = at.rows(f"SELECT uri FROM post WHERE id = {id_}")
    return str(uri)


def without_signature(payload: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in payload.items() if key != "signature"}


@MISC.outcome("snac-like", "takahe-like", given=lena_posted)
async def one_like(at: At) -> None:
    assert (await at.own())["favourites_count"] == 1


@MISC.outcome("snac-announce", "takahe-announce", given=lena_posted)
async def a_public_boost(at: At) -> None:
    assert (await at.own())["reblogs_count"] == 1
    assert at.rows("SELECT visibility FROM post WHERE boost_of_id IS NOT NULL") == [
        (Visibility.PUBLIC,)
    ]


async def boosted(at: At) -> None:
    await at.lena_posts()
    await at.serve_author()
    await at.deliver(at.payload["object"])
    assert (await at.own())["reblogs_count"] == 1


@MISC.outcome("takahe-undo-announce", given=boosted)
async def no_boost(at: At) -> None:
    assert (await at.own())["reblogs_count"] == 0


@TESTS.outcome("mastodon-undo-like-bare-id", how="itself")
async def no_favourite(at: At) -> None:
    uri = await lena_post_uri(at)
    await at.serve_author()
    like = {"id": at.payload["object"], "type": "Like", "actor": at.payload["actor"], "object": uri}
    await at.deliver(like)
    assert (await at.own())["favourites_count"] == 1
    await at.deliver(at.payload)
    assert (await at.own())["favourites_count"] == 0


# Chats


@PLEROMA.outcome("create-chatmessage-xss")
async def a_message_between_two(at: At) -> None:
    post, facets = await stored(at)
    assert (facets.chat, post.visibility) == (True, Visibility.DIRECT)
    shown = await at.status()
    assert "alert" not in shown["content"]
    assert [each["shortcode"] for each in shown["emojis"]] == ["firefox"]
    assert await at.notified() == ["mention"]
    for timeline in ("home", "public"):
        answer = await at.stage.api.get(f"/api/v1/timelines/{timeline}")
        assert answer.json == []
    conversations = await at.stage.api.get("/api/v1/conversations")
    assert [each["last_status"]["id"] for each in conversations.json] == [shown["id"]]
    assert (await at.stage.anyone.get(f"/api/v1/statuses/{shown['id']}")).status == 404


@PLEROMA.outcome("chatmessage-object", how="itself")
async def only_from_its_author(at: At) -> None:
    await at.serve_author()
    await at.serve(at.payload)
    assert await at.found("statuses", at.id) == []
    assert not await at.known()
    several = at.payload | {"to": [*at.payload["to"], f"{at.payload['attributedTo']}/other"]}
    create = {
        "id": f"{at.id}/a",
        "type": "Create",
        "actor": at.payload["attributedTo"],
        "object": several,
    }
    await at.deliver(create)
    assert not await at.known()
    await at.deliver(create | {"id": f"{at.id}/b", "object": at.payload})
    assert (await stored(at))[1].chat is True


# Edits and deletes


@PLEROMA.outcome("update-note-with-history", given=the_note_is_here)
@TESTS.outcome("gotosocial-update-note", "mastodon-update-note-2026", given=the_note_is_here)
@FRIENDICA.outcome("update-note", how="itself")
async def an_edit_with_its_history(at: At) -> None:
    if at.corpus is FRIENDICA:
        await the_note_is_here(at)
        await at.deliver(without_signature(at.payload))
    shown = await at.status()
    assert ("test2" in shown["content"]) or ("edited comment" in shown["content"])
    assert shown["edited_at"] is not None
    history = await at.stage.api.get(f"/api/v1/statuses/{shown['id']}/history")
    assert history.json[0]["content"] == "before"


@MISC.outcome("takahe-update-note", given=the_note_is_here)
async def no_edit(at: At) -> None:
    """It has no time of an edit, and the words of its Create: there was none (docs/interop.md)."""
    shown = await at.status()
    assert (shown["content"], shown["edited_at"]) == ("before", None)


async def the_poll_is_here(at: At) -> None:
    await at.serve_author()
    question = {k: v for k, v in at.payload["object"].items() if k != "updated"}
    await at.lena_follows(at.payload["actor"], accepted=True)
    create = {
        "id": f"{at.id}/made",
        "type": "Create",
        "actor": at.payload["actor"],
        "object": question,
    }
    await at.deliver(create)


@TESTS.outcome("mastodon-update-question-tally", given=the_poll_is_here)
async def new_counts_and_no_edit(at: At) -> None:
    shown = await at.status()
    named = at.payload["object"].get("oneOf") or at.payload["object"]["anyOf"]
    counts = [each["replies"]["totalItems"] for each in named]
    assert [each["votes_count"] for each in shown["poll"]["options"]] == counts
    assert shown["edited_at"] is None


@MISSKEY.outcome("delete-tombstone", given=the_note_is_here)
@PLEROMA.outcome("delete-bare-id", given=the_note_is_here)
async def gone(at: At) -> None:
    object_ = at.payload["object"]
    assert not await at.known(object_ if isinstance(object_, str) else object_["id"])


@FRIENDICA.outcome("delete", how="itself")
async def gone_from_friendica(at: At) -> None:
    await the_note_is_here(at)
    await at.deliver(without_signature(at.payload))
    assert not await at.known(at.payload["object"]["id"])


async def the_actor_posted(at: At) -> None:
    await at.serve_author()
    actor = at.payload["actor"]
    await at.lena_follows(actor, accepted=True)
    note = {
        "id": f"{actor}/notes/1",
        "type": "Note",
        "attributedTo": actor,
        "content": "x",
        "to": [PUBLIC],
    }
    await at.deliver({"id": f"{actor}/notes/1/a", "type": "Create", "actor": actor, "object": note})
    assert await at.known(f"{actor}/notes/1")


@TESTS.outcome("mastodon-delete-actor", "mastodon-delete-actor-2026", given=the_actor_posted)
async def nothing_of_the_actor_is_left(at: At) -> None:
    assert not await at.known(f"{at.payload['actor']}/notes/1")


# Boosts of others, and polls


async def the_genuine_note_is_served(at: At) -> None:
    note = at.payload["object"]
    author = first_id(note["attributedTo"])
    assert author is not None
    await at.person(author)
    await at.serve(
        {
            "id": note["id"],
            "type": "Note",
            "attributedTo": author,
            "content": "genuine",
            "to": [PUBLIC],
        }
    )
    actor = first_id(at.payload["actor"])
    assert actor is not None
    await at.lena_follows(actor, accepted=True)


@TESTS.outcome("mastodon-announce-inline-foreign-object", given=the_genuine_note_is_served)
@KROEG.outcome("announce-inline-actor", given=the_genuine_note_is_served)
async def what_its_own_server_says(at: At) -> None:
    shown = await at.status(at.payload["object"]["id"])
    assert (shown["content"], shown["reblogs_count"]) == ("genuine", 1)


async def their_private_note_is_here(at: At) -> None:
    await at.lena_follows(str(at.payload["actor"]), accepted=True)
    note = at.payload["object"]
    create = {
        "id": f"{note['id']}/c",
        "type": "Create",
        "actor": at.payload["actor"],
        "object": note,
        "to": note["to"],
    }
    await at.deliver(create)


@TESTS.outcome("mastodon-announce-own-followers-only", given=their_private_note_is_here)
async def for_followers(at: At) -> None:
    assert at.rows("SELECT visibility FROM post WHERE boost_of_id IS NOT NULL") == [
        (Visibility.FOLLOWERS,)
    ]


async def lena_asked_a_question(at: At) -> None:
    await at.lena_asks("suya...", "suya..", multiple=True)


@TESTS.outcome("mastodon-vote", given=lena_asked_a_question)
async def a_vote_and_no_post(at: At) -> None:
    poll = (await at.own())["poll"]
    assert [each["votes_count"] for each in poll["options"]] == [0, 1]
    assert not await at.known()


# What is not believed


@PLEROMA.outcome("note-impersonation-actor-other-host", "note-impersonation-attributedto-other-host",
                 "spoofed-object-as-media", how="itself")  # fmt: skip
async def not_a_post(at: At) -> None:
    await at.person("http://mastodon.example.org/users/admin")
    await at.person("https://patch.cx/users/rin")
    uri = await at.place(at.id)
    media = f"{uri}/media.json" if "spoofed" in at.file else None
    await at.serve(at.payload, media, **({"content-type": "application/json"} if media else {}))
    assert await at.found("statuses", media or at.id) == []
    assert at.rows("SELECT count(*) FROM post") == [(0,)]


@TESTS.outcome("mastodon-evil-foreign-keyid", how="itself")
async def a_key_of_another_is_not_taken(at: At) -> None:
    await at.serve(at.payload)
    await at.stage.parts.resolver.actor(await at.place(at.id))
    stored_actor = await at.stored_actor(at.id)
    assert stored_actor is not None
    assert at.rows(f"SELECT count(*) FROM actor_key WHERE actor_id = {stored_actor.id}") == [(0,)]


@PLEROMA.outcome("question-with-attachment", how="itself")
async def a_document_that_says_two_things(at: At) -> None:
    """It has a key twice, and readers differ in which they take: nobody may count on either."""
    from weft.protocol.activitystreams import MalformedDocument, read_document

    with pytest.raises(MalformedDocument, match="same key twice"):
        read_document((at.corpus.folder / f"{at.file}.json").read_bytes())
    await at.serve_author()
    await at.serve(at.payload)
    shown = await at.status()
    assert len(shown["poll"]["options"]) == 6
    assert shown["poll"]["multiple"] is False
    assert len(shown["media_attachments"]) == 1


@MISC.outcome("snac-create-note-cw", how="itself")
async def a_warning_of_snac(at: At) -> None:
    del at.here["http://snac1.example/alice"]
    await at.serve_author()
    await at.lena_follows(at.payload["actor"], accepted=True)
    await at.deliver(at.payload)
    shown = await at.status()
    assert (shown["spoiler_text"], [each["name"] for each in shown["tags"]]) == ("cw", ["topic"])
    assert (await stored(at))[0].kind == PostKind.NOTE


@MISC.outcome("mitra-move-pull", how="itself")
async def no_word_of_the_new_account_alone(at: At) -> None:
    old = at.payload["object"]
    await at.person(old)
    await at.lena_follows(old, accepted=True)
    await at.serve_author()
    await at.deliver(at.payload)
    assert (await at.relation(old))["following"] is True


@MISC.outcome("mitra-add-subscriber", how="itself")
async def no_pin(at: At) -> None:
    await at.serve_author()
    await at.deliver(at.payload)
    assert at.rows("SELECT count(*) FROM collection_entry") == [(0,)]
