"""Posts: whole Creates, and objects that are fetched or brought by a Create."""

import re
from html import unescape
from typing import Any

from tests.federation.mastodon.activities import lena_posted
from tests.federation.mastodon.staging import PUBLIC, At, outcome
from tests.support.fediverse import Reply
from weft.domain.markup.extract import is_hashtag, tag_name
from weft.domain.posts.records import QuoteState


def plain(html: str) -> str:
    """The words without the markup."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


async def shown_post(at: At) -> dict[str, Any]:
    """What lena is shown, with what every post must agree on with its document."""
    object_ = at.payload.get("object")
    document = object_ if isinstance(object_, dict) else at.payload
    shown = await at.status(document["id"])
    assert shown["account"]["uri"] == await at.place(document["attributedTo"])
    written = document.get("content") or next(iter(document.get("contentMap", {}).values()), "")
    assert plain(shown["content"]) == plain(await at.place(written))
    assert shown["spoiler_text"] == (document.get("summary") or "")
    assert shown["sensitive"] == document.get("sensitive", False)
    if document.get("published"):
        assert shown["created_at"][:19] == document["published"][:19]
    tags = document.get("tag") or []
    tags = tags if isinstance(tags, list) else [tags]
    hashtags = [
        each["name"].removeprefix("#").lower() for each in tags if each["type"] == "Hashtag"
    ]
    names = {tag_name(each) for each in hashtags if is_hashtag(each)}
    assert {tag_name(each["name"]) for each in shown["tags"]} == names
    media = [await at.place(each["url"]) for each in document.get("attachment") or []]
    assert [each["remote_url"] for each in shown["media_attachments"]] == media
    return shown


@outcome("create-attachment", "create-with-attachments-mastodon-social")
@outcome("note-1", "note-object", "note-emelie", "note-pixelfed-mastodon-social", "note-template",
         "note-private-status-1234", how="fetch")  # fmt: skip
@outcome("page-from-mastodon", how="fetch")
async def a_post(at: At) -> None:
    shown = await shown_post(at)
    inner = at.payload.get("object")
    document = inner if isinstance(inner, dict) else at.payload
    public = PUBLIC in document["to"]
    assert shown["visibility"] == ("public" if public else "unlisted")
    languages = document.get("contentMap")
    assert shown["language"] == (next(iter(languages)) if languages else None)


@outcome("create-contentmap")
async def the_text_is_in_the_map(at: At) -> None:
    shown = await shown_post(at)
    assert shown["language"] == "en"
    assert "lain" in shown["content"]
    assert await at.notified() == ["mention"]


@outcome("create-hashtag")
async def under_its_hashtag(at: At) -> None:
    shown = await shown_post(at)
    listed = (await at.stage.api.get("/api/v1/timelines/tag/moo")).json
    assert [each["id"] for each in listed] == [shown["id"]]


@outcome("create-note-ldsig")
async def a_public_mention(at: At) -> None:
    shown = await shown_post(at)
    assert shown["visibility"] == "public"
    assert [each["id"] for each in shown["mentions"]] == [str(at.stage.lena.id)]
    assert await at.notified() == ["mention"]


async def the_parent_is_served(at: At) -> None:
    parent = str(at.payload["object"]["inReplyTo"])
    author = parent.partition("/statuses/")[0]
    await at.person(author)
    await at.serve({"id": parent, "type": "Note", "attributedTo": author, "content": "<p>up</p>",
                    "to": [PUBLIC]})  # fmt: skip


@outcome("create-note-reply-lemmy", given=the_parent_is_served)
async def threaded_under_the_fetched_parent(at: At) -> None:
    shown = await shown_post(at)
    parent = await at.status(str(at.payload["object"]["inReplyTo"]))
    assert shown["in_reply_to_id"] == parent["id"]
    assert shown["visibility"] == "unlisted"


@outcome("create-public-reply", given=lena_posted)
async def an_unlisted_reply_to_lena(at: At) -> None:
    shown = await at.status()
    assert shown["visibility"] == "unlisted"
    assert shown["in_reply_to_id"] == str(at.stage.posts[0])
    assert await at.notified() == ["mention"]
    assert (await at.own())["replies_count"] == 1


@outcome("create-direct-message", how="create")
async def only_for_the_two(at: At) -> None:
    shown = await at.status()
    assert shown["visibility"] == "direct"
    assert await at.notified() == ["mention"]
    assert (await at.stage.anyone.get(f"/api/v1/statuses/{shown['id']}")).status == 404
    assert (await at.stage.anyone.get("/api/v1/timelines/public")).json == []


@outcome("create-question")
async def a_poll_that_is_over(at: At) -> None:
    poll = (await at.status())["poll"]
    answers = at.payload["object"]["oneOf"]
    assert [(each["title"], each["votes_count"]) for each in poll["options"]] == [
        (each["name"], each["replies"]["totalItems"]) for each in answers
    ]
    assert poll["expired"] is True
    assert poll["expires_at"][:19] == at.payload["object"]["endTime"][:19]


@outcome("doc-03-question-anyof-content-endtime-published-votersco", how="itself")
async def several_choices(at: At) -> None:
    author = "https://mastodon.example/users/alice"
    await at.person(author)
    whole = {"attributedTo": author, "to": [PUBLIC]}
    await at.serve(at.payload | whole)
    poll = (await at.status())["poll"]
    assert poll["multiple"] is True
    assert poll["voters_count"] == 7
    assert [each["votes_count"] for each in poll["options"]] == [3, 7, 6]


@outcome("doc-04-create-actor-object-to", "doc-05-create-actor-object-to", how="itself")
async def one_more_vote(at: At) -> None:
    await at.lena_asks("apple", "orange", "banana", multiple=True)
    at.here["https://mastodon.example/users/alice"] = at.stage.lena.uri
    await at.person(at.payload["actor"])
    await at.deliver(at.payload)
    poll = (await at.stage.api.get(f"/api/v1/polls/{at.stage.posts[0]}")).json
    chosen = [each["title"] for each in poll["options"] if each["votes_count"]]
    assert chosen == [at.payload["object"]["name"]]


@outcome("doc-15-note-attributedto-content-tag", "doc-16-note-content-tag",
         "doc-18-note-attachment-content", how="itself")  # fmt: skip
async def the_property_is_understood(at: At) -> None:
    author = "https://example.com/@alice"
    await at.person(author)
    await at.serve(at.payload | {"attributedTo": author, "to": [PUBLIC]})
    shown = await at.status()
    match at.file.split("-")[1]:
        case "15":
            assert [each["name"] for each in shown["tags"]] == ["cats"]
        case "16":
            assert [each["shortcode"] for each in shown["emojis"]] == ["kappa"]
        case _:
            (picture,) = shown["media_attachments"]
            assert picture["blurhash"] == at.payload["attachment"][0]["blurhash"]


@outcome("note-with-image-bookwyrm", how="create")
async def a_message_for_another(at: At) -> None:
    shown = await at.status()
    # It came to lena's own inbox, unmentioned: limited, in Mastodon's reading.
    assert shown["visibility"] == "private"
    assert shown["content"] == "test content in note"


async def the_threads_parent_is_served(at: At) -> None:
    await at.person("https://stereophonic.space/users/fixpoint")
    await at.serve({"id": at.payload["inReplyTo"], "type": "Note", "content": "<p>up</p>",
                    "attributedTo": "https://stereophonic.space/users/fixpoint", "to": [PUBLIC]})  # fmt: skip
    for tag in at.payload["tag"]:
        await at.actor(tag["href"])


@outcome("note-busshi-emoji", how="fetch", given=the_threads_parent_is_served)
async def mentions_and_the_thread(at: At) -> None:
    shown = await at.status()
    parent = await at.status(at.payload["inReplyTo"])
    assert shown["in_reply_to_id"] == parent["id"]
    context = (await at.stage.api.get(f"/api/v1/statuses/{shown['id']}/context")).json
    assert [each["id"] for each in context["ancestors"]] == [parent["id"]]
    wanted = {await at.place(each["href"]) for each in at.payload["tag"]}
    assert len(shown["mentions"]) == len(wanted)


@outcome("note-language-contentmap", how="fetch")
async def the_language_of_the_map(at: At) -> None:
    shown = await shown_post(at)
    assert shown["language"] == next(iter(at.payload["contentMap"]))


@outcome("note-emoji-dup", "note-emoji-bad", how="fetch")
async def the_emoji_is_shown(at: At) -> None:
    (emoji,) = (await at.status())["emojis"]
    assert emoji["shortcode"] == "shocked_pikachu"


@outcome("spam-mention-link-image", "spam-hashtag-variant", how="create")
async def taken_by_the_protocol(at: At) -> None:
    shown = await at.status()
    assert str(at.stage.lena.id) in [each["id"] for each in shown["mentions"]]


@outcome("legacy-quote-fedibird-quote-post", "legacy-quote-fedibird-quote-mismatched", how="itself")
async def a_legacy_quote(at: At) -> None:
    uri = at.payload["_misskey_quote"]
    author = "/".join(uri.split("/")[:3]) + "/users/quoted"
    await at.person(author)
    await at.serve({"id": uri, "type": "Note", "attributedTo": author, "content": "<p>before</p>",
                    "to": [PUBLIC]})  # fmt: skip
    await at.serve_author()
    await at.serve(at.payload)
    shown = await at.status()
    # Nobody was asked: known, but shown as the link that it brings (A7 of the interop notes).
    quoted = await at.status(uri)
    rows = at.rows("SELECT quote_of_id, quote_state FROM post WHERE quote_of_id IS NOT NULL")
    assert rows == [(int(quoted["id"]), int(QuoteState.LEGACY))]
    assert shown["quote"] is None
    assert "quote-inline" in shown["content"]


@outcome("featured-collection", "pinned-collection-template", "pinned-collection-external",
         how="itself")  # fmt: skip
async def the_listed_posts_are_pinned(at: At) -> None:
    collection = at.payload["id"]
    author = collection.partition("/collections/")[0]
    await at.person(author, featured=collection)
    await at.serve(at.payload)
    items = []
    for item in at.payload["orderedItems"]:
        uri = item if isinstance(item, str) else item["id"]
        note = {"id": uri, "type": "Note", "attributedTo": author, "content": "x", "to": [PUBLIC]}
        await at.serve(note if isinstance(item, str) else item)
        items.append(await at.place(uri))
    shown = await at.opened(author)
    path = f"/api/v1/accounts/{shown['id']}/statuses"
    listed = (await at.stage.api.get(path, pinned="true")).json
    assert [each["uri"] for each in listed] == items


@outcome("evil-spoofed-object", how="itself")
async def an_upload_is_no_post(at: At) -> None:
    """The upload is on the author's own host; only what its id answers with counts."""
    import json

    await at.serve_author()
    upload = await at.place("https://patch.cx/media/spoof.json")
    body = json.dumps(await at.place(at.payload)).encode()
    at.stage.others.answer(upload, Reply(200, {"Content-Type": "application/activity+json"}, body))
    assert await at.found("statuses", upload) == []
    assert not await at.known(at.payload["id"])
