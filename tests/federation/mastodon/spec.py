"""Payloads of Mastodon's own suite (``spec-…``): by ``https://example.com/actor``, for lena."""

from datetime import UTC, datetime
from typing import Any

from tests.federation.corpus.playing import PUBLIC, At
from tests.federation.effects import eventually
from tests.federation.mastodon.activities import lena_posted, moved
from tests.federation.mastodon.corpus import outcome

ACTOR = "https://example.com/actor"
NOTE = f"{ACTOR}/bar"
APPROVED = "https://quoted.example.com/quote-approval"


async def lena_follows_the_actor(at: At) -> None:
    await at.person(ACTOR, followers="http://example.com/followers")
    await at.stage.parts.resolver.actor(await at.place(ACTOR))
    await followed(at)


async def followed(at: At) -> None:
    from weft.domain.relations.follow import accept, follow

    actor = await at.stage.parts.resolver.actor(await at.place(ACTOR))
    server, lena = at.stage.parts.server, at.stage.lena

    async def write(tx: Any) -> None:
        await follow(tx, server, follower=lena, target=actor)
        await accept(tx, server, follower_id=lena.id, target_id=actor.id)

    await at.stage.parts.db.write(write)


@outcome("spec-create-public-as", "spec-create-unlisted-as", "spec-create-private",
         "spec-create-private-inline-collection", given=lena_follows_the_actor)  # fmt: skip
async def as_visible_as_it_says(at: At) -> None:
    word = at.file.removeprefix("spec-create-").partition("-")[0]
    shown = await at.status()
    assert shown["visibility"] == word
    assert shown["content"] == "Lorem ipsum"
    anyone = await at.stage.anyone.get(f"/api/v1/statuses/{shown['id']}")
    assert anyone.status == (404 if word == "private" else 200)


@outcome("spec-create-limited", "spec-create-directmessage-false")
async def limited_is_shown_as_private(at: At) -> None:
    shown = await at.status()
    assert shown["visibility"] == "private"
    mentioned = [each["id"] for each in shown["mentions"]]
    if at.file == "spec-create-limited":
        assert mentioned == []
        assert await at.notified() == []
    else:
        assert mentioned == [str(at.stage.lena.id)]


@outcome("spec-create-direct")
async def a_direct_message(at: At) -> None:
    assert (await at.status())["visibility"] == "direct"
    assert await at.notified() == ["mention"]
    assert (await at.stage.anyone.get("/api/v1/timelines/public")).json == []


@outcome("spec-create-date-far-future")
async def the_date_is_ignored(at: At) -> None:
    shown = await at.status()
    created = datetime.fromisoformat(shown["created_at"])
    assert abs((datetime.now(UTC) - created).total_seconds()) < 120


@outcome("spec-create-edited")
async def it_was_edited(at: At) -> None:
    shown = await at.status()
    assert shown["created_at"].startswith("2022-01-22T15:00:00")
    assert shown["edited_at"].startswith("2022-01-22T16:00:00")


@outcome("spec-create-unknown-type")
async def nothing_came_of_it(at: At) -> None:
    assert not await at.known()
    ((_, verdict),) = at.verdicts()
    assert '"ignored"' in verdict


@outcome("spec-create-irrelevant", how="itself")
async def it_concerns_nobody_here(at: At) -> None:
    await at.serve_author()
    await at.deliver(at.payload, "/inbox")
    assert not await at.known()


@outcome("spec-create-mention-no-href")
async def nobody_is_mentioned(at: At) -> None:
    assert (await at.status())["mentions"] == []


@outcome("spec-create-hashtag-no-name", "spec-create-hashtag-invalid")
async def no_hashtag(at: At) -> None:
    assert (await at.status())["tags"] == []


@outcome("spec-create-attachments")
async def its_media(at: At) -> None:
    shown = (await at.status())["media_attachments"]
    assert [each["type"] for each in shown] == ["image"] * len(at.payload["object"]["attachment"])
    assert [each["remote_url"] for each in shown] == [
        await at.place(each["url"]) for each in at.payload["object"]["attachment"]
    ]
    kept = at.rows("SELECT content_type FROM media ORDER BY id")
    assert kept == [(each["mediaType"],) for each in at.payload["object"]["attachment"]]


@outcome("spec-create-attachment-focal")
async def the_focus(at: At) -> None:
    (shown,) = (await at.status())["media_attachments"]
    assert shown["meta"]["focus"] == {"x": 0.5, "y": -0.7}


@outcome("spec-create-attachment-no-url")
async def no_media(at: At) -> None:
    assert (await at.status())["media_attachments"] == []


@outcome("spec-create-link-attachment", how="itself")
async def a_card_of_the_attached_link(at: At) -> None:
    await at.serve_author()
    page = b"<html><head><title>Attached</title></head><body>x</body></html>"
    from tests.support.fediverse import Reply

    link = await at.place("https://example.com/test")
    at.stage.others.answer(link, Reply(200, {"Content-Type": "text/html"}, page))
    await at.deliver(at.payload)
    # The card of another server's post comes within a minute.
    server = at.stage.parts.server
    real = server.now_ms
    object.__setattr__(server, "now_ms", lambda: real() + 61_000)
    await eventually(lambda: at.rows("SELECT 1 FROM card WHERE state = 1"))
    assert (await at.status())["card"]["url"] == link


@outcome("spec-create-emoji")
async def a_custom_emoji(at: At) -> None:
    (shown,) = (await at.status())["emojis"]
    assert shown["shortcode"] == "tinking"
    assert shown["url"]


@outcome("spec-create-emoji-no-icon")
async def only_its_text(at: At) -> None:
    shown = await at.status()
    assert shown["emojis"] == []
    assert ":tinking:" in shown["content"]


@outcome("spec-create-poll")
async def a_poll(at: At) -> None:
    poll = (await at.status())["poll"]
    assert [(each["title"], each["votes_count"]) for each in poll["options"]] == [
        ("Yellow", 10), ("Blue", 3)
    ]  # fmt: skip
    assert (poll["expired"], poll["multiple"]) == (False, False)


async def lena_asked(at: At) -> None:
    await at.lena_asks("Yellow", "Blue")


@outcome("spec-create-vote", given=lena_asked)
async def one_vote(at: At) -> None:
    poll = (await at.stage.api.get(f"/api/v1/polls/{at.stage.posts[0]}")).json
    assert [each["votes_count"] for each in poll["options"]] == [1, 0]
    assert not await at.known()


@outcome("spec-create-counts")
async def its_servers_counts(at: At) -> None:
    shown = await at.status()
    assert (shown["favourites_count"], shown["reblogs_count"]) == (50, 100)


@outcome("spec-create-bearcap", how="itself")
async def fetched_with_the_token(at: At) -> None:
    await at.serve_author()
    uri = "https://example.com/statuses/42"
    note = {"id": uri, "type": "Note", "attributedTo": ACTOR, "content": "capable", "to": [PUBLIC]}
    await at.serve(note)
    await at.deliver(at.payload)
    assert await at.known(uri), "it is not fetched without being asked for"


@outcome("spec-create-reply-local", given=lena_posted)
async def a_reply_to_lena(at: At) -> None:
    shown = await at.status()
    assert shown["in_reply_to_id"] == str(at.stage.posts[0])
    assert (await at.own())["replies_count"] == 1


@outcome("spec-create-quote-pending", given=lena_posted)
async def not_shown_until_allowed(at: At) -> None:
    quote = (await at.status())["quote"]
    assert quote["state"] == "pending"
    assert quote.get("quoted_status") is None


@outcome("spec-create-quote-dead")
async def the_quoting_post_is_there(at: At) -> None:
    shown = await at.status()
    assert shown["content"]
    assert shown["quote"] is None or shown["quote"].get("quoted_status") is None


async def the_quoted_and_its_stamp(at: At) -> None:
    quoted = {"id": "https://quoted.example.com/users/q/statuses/1", "type": "Note",
              "attributedTo": "https://quoted.example.com/users/q", "content": "<p>amazing</p>",
              "to": [PUBLIC]}  # fmt: skip
    await at.person(quoted["attributedTo"])  # type: ignore[arg-type]
    await at.serve(quoted)
    await at.serve(at.load("spec-quote-authorization-stamp"))


@outcome("spec-create-quote-authorised", given=the_quoted_and_its_stamp)
async def the_quote_is_shown(at: At) -> None:
    quote = (await at.status())["quote"]
    assert quote["state"] == "accepted"
    assert "amazing" in quote["quoted_status"]["content"]


@outcome("spec-quote-authorization-stamp", how="itself")
async def a_stamp_counts_for_its_own_two_posts(at: At) -> None:
    await the_quoted_and_its_stamp(at)
    await at.serve(at.payload | {"interactingObject": f"{ACTOR}/another"})
    await at.person(ACTOR)
    await at.deliver(at.load("spec-create-quote-authorised"))
    quote = (await at.status(NOTE))["quote"]
    assert quote["state"] != "accepted"
    assert quote.get("quoted_status") is None


async def the_quoting_post_is_served(at: At) -> None:
    await at.lena_posts()
    quoting = {"id": at.payload["instrument"], "type": "Note", "attributedTo": ACTOR, "to": [PUBLIC],
               "content": "<p>look</p>", "quote": at.payload["object"]}  # fmt: skip
    await at.serve(quoting)


@outcome("spec-quoterequest", given=the_quoting_post_is_served)
async def an_answer_to_the_request(at: At) -> None:
    answer = await at.sent("Accept")
    assert answer["object"]["id"] == await at.place(at.payload["id"])
    assert answer["result"]


async def lena_quoted_the_note(at: At) -> dict[str, Any]:
    """Lena's post that quotes the actor's note, and has asked for leave."""
    await at.person(ACTOR, followers="http://example.com/followers")
    anybody = {"canQuote": {"automaticApproval": [PUBLIC]}}
    note = {"id": NOTE, "type": "Note", "attributedTo": ACTOR, "content": "<p>bar</p>",
            "to": [PUBLIC], "interactionPolicy": anybody}  # fmt: skip
    await at.serve(note)
    quoted = await at.status(NOTE)
    new = {"status": "look at this", "quoted_status_id": quoted["id"]}
    answer = await at.stage.api.post("/api/v1/statuses", new)
    assert answer.status == 200, answer.text
    assert answer.json["quote"]["state"] == "pending"
    quoting: dict[str, Any] = answer.json
    asked = await at.sent("QuoteRequest")
    at.here["https://local.example/users/bob/statuses/9"] = quoting["uri"]
    at.here["https://local.example/users/bob/quote_requests/1"] = asked["id"]
    return quoting


async def the_leave_is_given(at: At, stamp_uri: str) -> dict[str, Any]:
    """Lena's quote after the quoted author's Accept, with a stamp at ``stamp_uri``."""
    quoting = await lena_quoted_the_note(at)
    stamp = {"id": stamp_uri, "type": "QuoteAuthorization", "attributedTo": ACTOR,
             "interactingObject": quoting["uri"], "interactionTarget": NOTE}  # fmt: skip
    await at.serve(stamp)
    accepted = at.load("spec-accept-quoterequest") | {"id": f"{ACTOR}#accept", "result": stamp_uri}
    await at.deliver(accepted)
    shown: dict[str, Any] = (await at.stage.api.get(f"/api/v1/statuses/{quoting['id']}")).json
    assert shown["quote"]["state"] == "accepted", at.verdicts()
    return shown


@outcome("spec-accept-quoterequest", how="itself")
async def our_quote_is_accepted(at: At) -> None:
    shown = await the_leave_is_given(at, at.payload["result"])
    assert "bar" in shown["quote"]["quoted_status"]["content"]
    told = await at.sent("Update")
    assert told["object"]["quoteAuthorization"] == await at.place(at.payload["result"])


@outcome("spec-delete-quote-authorization", how="itself")
async def our_quote_is_revoked(at: At) -> None:
    before = await the_leave_is_given(at, at.payload["object"]["id"])
    await at.deliver(at.payload | {"id": f"{ACTOR}#revoked"})
    shown = (await at.stage.api.get(f"/api/v1/statuses/{before['id']}")).json
    assert shown["quote"]["state"] == "revoked"
    assert shown["quote"].get("quoted_status") is None


@outcome("spec-accept-follow-by-id", how="itself")
async def accepted_by_its_id(at: At) -> None:
    asked = await at.lena_follows(ACTOR, accepted=False)
    at.here["https://local.example/users/bob#follows/1"] = asked
    await at.deliver(at.payload | {"id": f"{ACTOR}#accept"})
    assert (await at.relation())["following"] is True


@outcome("spec-move", how="itself")
async def the_follow_moves(at: At) -> None:
    at.payload["id"] = "https://example.org/alice#move"
    await moved(at)


@outcome("spec-undo-by-reference", how="itself")
async def undone_by_its_id(at: At) -> None:
    await at.serve_author()
    asked = {"id": f"{ACTOR}#follows/1", "type": "Follow", "actor": ACTOR,
             "object": "https://local.example/users/bob"}  # fmt: skip
    await at.deliver(asked)
    assert (await at.relation())["followed_by"] is True
    await at.deliver(at.payload | {"id": f"{ACTOR}#undo"})
    assert (await at.relation())["followed_by"] is False


async def the_note_is_here(at: At) -> None:
    await at.person(ACTOR)
    await at.deliver(at.load("spec-create-public-as"))


@outcome("spec-update-note-implicit", how="itself")
async def only_the_counts_are_new(at: At) -> None:
    await the_note_is_here(at)
    # Mastodon's suite takes the author from the activity.
    object_ = at.payload["object"] | {"attributedTo": ACTOR, "to": PUBLIC}
    await at.deliver(at.payload | {"id": f"{ACTOR}#update", "object": object_})
    shown = await at.status()
    assert shown["content"] == "Lorem ipsum"
    assert (shown["favourites_count"], shown["reblogs_count"]) == (50, 100)


@outcome("spec-add-featured", how="itself")
async def pinned(at: At) -> None:
    await the_note_is_here(at)
    await at.person(ACTOR, featured=f"{ACTOR}/featured")
    await at.stage.parts.resolver.actor(await at.place(ACTOR), refresh=True)
    await at.deliver(at.payload | {"id": f"{ACTOR}#add"})
    author = await at.account(ACTOR)
    path = f"/api/v1/accounts/{author['id']}/statuses"
    listed = (await at.stage.api.get(path, pinned="true")).json
    assert [each["uri"] for each in listed] == [await at.place(NOTE)]


async def the_collection_is_served(at: At) -> None:
    collection = {"id": at.payload["instrument"], "type": "FeaturedCollection",
                  "attributedTo": ACTOR, "name": "Recommended", "orderedItems": []}  # fmt: skip
    await at.serve(collection)


@outcome("spec-featurerequest", given=the_collection_is_served)
async def an_answer_to_being_featured(at: At) -> None:
    answer = await at.sent("Accept")
    assert answer["object"]["id"] == await at.place(at.payload["id"])
    assert answer["result"]
    assert await at.notified() == ["added_to_collection"]


@outcome("spec-flag-with-collection")
async def a_report_of_lena(at: At) -> None:
    ((target, unknown),) = at.rows("SELECT target_id, unknown_uris FROM report")
    assert target == at.stage.lena.id
    assert "collections/2" in str(unknown)


@outcome("spec-actor-nonstring-field", how="itself")
async def two_fields_and_a_picture(at: At) -> None:
    await at.serve(at.payload)
    shown = await at.account(at.payload["id"])
    assert [each["name"] for each in shown["fields"]] == ["Pronouns", "Occupation"]
    assert [each["value"] for each in shown["fields"]] == ["They/them", "Unit test"]
    stored = await at.stored_actor(at.payload["id"])
    assert stored is not None
    assert stored.icon_url == await at.place("https://foo.test/icon.png")
