"""NodeBB, Discourse, and what others send into communities of Lemmy."""

import json
from functools import partial
from typing import Any

from tests.federation.corpus.communities import (
    bring,
    community,
    home,
    places,
    post,
    stored,
    thread,
    votes,
)
from tests.federation.corpus.playing import At, Corpus
from weft.domain.posts.records import PostKind

NODEBB = Corpus("nodebb")
DISCOURSE = Corpus("discourse")
OTHERS = Corpus("from-lemmy-tests")
AT_LEMMY = Corpus("from-lemmy-tests", posts=("https://ds9.lemmy.ml/post/147",))
REPORTS = Corpus(
    "from-lemmy-tests",
    lena=("https://example.com/users/1", "https://lemmy-test/u/BentiGorlich"),
    posts=("https://example.com/posts/380590", "https://lemmy-test/post/4"),
)
ACCEPTED = Corpus("from-lemmy-tests", lena=("https://some-other.instance/u/someUser",))
ALL = (NODEBB, DISCOURSE, OTHERS, AT_LEMMY, REPORTS, ACCEPTED)
CATEGORY = "https://community.nodebb.org/category/30"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


@NODEBB.outcome("announce-note", "announce-create", "announce-create-2", how="itself")
async def a_topic_once(at: At) -> None:
    """The bare copy first, then the Create of the same, or the other way round."""
    group = await community(at, CATEGORY)
    note = at.payload["object"]
    note = note["object"] if note["type"] == "Create" else note
    await at.person(note["attributedTo"])
    await at.serve(note)
    await bring(at)
    if at.file != "announce-create-2":
        other = "announce-create" if at.file == "announce-note" else "announce-note"
        await at.deliver(at.load(other))
    made = await stored(at, note["id"])
    assert (made.kind, made.title) == (PostKind.THREAD, note["name"])
    assert await places(at, made) == [group.id]
    (shown,) = await home(at)
    assert shown["reblog"]["content"].startswith(f"<p><strong>{note['name']}</strong></p>")


@NODEBB.outcome(
    "announce-like-from-lemmy", "announce-like-from-mbin", "announce-like-from-mastodon",
    how="itself",
)  # fmt: skip
async def a_vote_from_elsewhere(at: At) -> None:
    note = at.payload["object"]["object"]
    voter = at.payload["object"]["actor"]
    await community(at, CATEGORY)
    for each in (note["attributedTo"], voter):
        await at.person(each)
    await at.serve(note)
    bare = {"id": f"{CATEGORY}#1", "type": "Announce", "actor": CATEGORY, "object": note["id"]}
    await at.deliver(bare | {"to": [PUBLIC]})
    await bring(at)
    made = await stored(at, note["id"])
    assert await votes(at, made) == (1, 0), at.verdicts()
    voted = await at.stored_actor(voter)
    assert voted is not None
    assert at.rows(f"SELECT actor_id FROM reaction WHERE post_id = {made.id}") == [(voted.id,)]
    # Another group's word on it is worth nothing.
    stranger = "https://stranger.example/c/x"
    await community(at, stranger)
    other = at.payload["object"] | {"type": "Dislike", "id": f"{voter}#2", "cc": [stranger]}
    await at.deliver(
        {"id": f"{stranger}#3", "type": "Announce", "actor": stranger, "object": other}
    )
    assert await votes(at, made) == (1, 0)


@NODEBB.outcome("context-conversation", "context-ordered-collection", how="itself")
async def a_context_that_helps_little(at: At) -> None:
    """A topic is opened although its context lists numbers, or nothing."""
    uri, author = "https://community.nodebb.org/post/1", "https://community.nodebb.org/uid/2"
    await community(at, CATEGORY)
    made = await thread(at, uri, author, CATEGORY, context=at.payload["id"])
    await at.serve(at.payload)
    foreign = [each for each in at.payload.get("orderedItems", []) if each.startswith("http")]
    for each in foreign[:1]:
        writer = each.partition("/statuses/")[0]
        await at.person(writer)
        await at.serve(
            {"id": each, "type": "Note", "attributedTo": writer, "inReplyTo": uri, "content": "Yes",
             "to": [PUBLIC]}
        )  # fmt: skip
    answer = await at.stage.api.get(f"/api/v1/statuses/{made.id}/context")
    assert answer.status == 200
    for each in foreign[:1]:
        asked = f"SELECT id FROM post WHERE uri = '{await at.place(each)}'"
        await at.stage.until(partial(at.rows, asked))


@DISCOURSE.outcome("note-first-post", how="itself")
async def a_topic_of_discourse(at: At) -> None:
    group = await community(at, at.payload["audience"])
    await at.person(at.payload["attributedTo"])
    await at.serve(at.payload)
    announce = {
        "id": f"{at.payload['audience']}#1",
        "type": "Announce",
        "actor": at.payload["audience"],
    }
    await at.deliver(announce | {"object": at.payload["id"], "to": [PUBLIC]})
    made = await stored(at, at.payload["id"])
    assert (made.title, await places(at, made)) == ("Our next meeting", [group.id])


@OTHERS.outcome("mastodon-note-mentioning-community", how="itself")
async def a_status_in_a_community(at: At) -> None:
    group = await community(at, "https://enterprise.lemmy.ml/c/tenforward", followed=False)
    await at.person(at.payload["attributedTo"])
    await at.lena_is_interested()
    await at.deliver_created()
    made = await stored(at, at.id)
    assert (made.kind, await places(at, made)) == (PostKind.NOTE, [group.id])
    # Its community may put it out, and can do no more to it.
    mod = "https://enterprise.lemmy.ml/u/mod"
    await at.person(mod)
    delete = {"id": f"{mod}#1", "type": "Delete", "actor": mod, "object": at.id, "summary": "",
              "cc": [group.uri]}  # fmt: skip
    await at.deliver(delete)
    assert await places(at, await stored(at, at.id)) == []


@OTHERS.outcome("mitra-create-post-in-community", how="itself")
async def passed_on_with_a_proof(at: At) -> None:
    """On loopback the proof does not hold: the post's own server is asked instead."""
    voyager = "https://voyager.lemmy.ml/c/pubtest0906"
    group = await community(at, voyager)
    await at.person(at.payload["actor"])
    await at.serve(at.payload["object"])
    await at.deliver(
        {"id": f"{voyager}#1", "type": "Announce", "actor": voyager, "object": at.payload}
    )
    assert await places(at, await stored(at, at.id)) == [group.id], at.verdicts()
    forged = at.payload["object"] | {"id": "https://mitra.social/objects/2", "content": "Forged"}
    create = {"id": "https://mitra.social/c2", "type": "Create", "actor": at.payload["actor"]}
    await at.deliver(
        {
            "id": f"{voyager}#2",
            "type": "Announce",
            "actor": voyager,
            "object": create | {"object": forged},
        }
    )
    assert await post(at, "https://mitra.social/objects/2") is None


@OTHERS.outcome(
    "friendica-like-page", "gnusocial-like-note", "friendica-undo-dislike", how="itself"
)
async def votes_of_others(at: At) -> None:
    # Names of hosts have no underscore.
    at.payload = json.loads(json.dumps(at.payload).replace("another_instance", "another-instance"))
    is_undo = at.payload["type"] == "Undo"
    vote = at.payload["object"] if is_undo else at.payload
    place = "https://third.example/c/place"
    await community(at, place)
    uri = vote["object"]
    writer = f"{uri.partition('/object')[0]}/u/writer"
    made = await thread(at, uri, writer, place)
    await at.person(at.payload["actor"])
    if is_undo:
        await at.deliver(vote)
        assert await votes(at, made) == (0, 1)
    await at.deliver(at.payload)
    assert await votes(at, made) == ((0, 0) if is_undo else (1, 0))


@AT_LEMMY.outcome("mastodon-like-page", how="itself")
async def a_vote_for_ours(at: At) -> None:
    await at.lena_posts()
    await bring(at)
    assert (await at.own())["favourites_count"] == 1


@OTHERS.outcome("lotide-delete-note", "lotide-tombstone", how="itself")
async def a_deleted_comment(at: At) -> None:
    uri, author = "https://narwhal.city/posts/12", "https://narwhal.city/users/3"
    await community(at, "https://narwhal.city/communities/1")
    await thread(at, uri, author, "https://narwhal.city/communities/1")
    if at.file == "lotide-tombstone":
        # The community passes on that it is gone, and its own server says so.
        await at.serve(at.payload)
        group = "https://else.example/c/place"
        await community(at, group)
        delete = {
            "id": f"{author}#d",
            "type": "Delete",
            "actor": author,
            "object": uri,
            "cc": [group],
        }
        await at.deliver({"id": f"{group}#a", "type": "Announce", "actor": group, "object": delete})
    else:
        await at.deliver(at.payload)
    assert not await at.known(uri)


@OTHERS.outcome("mastodon-featured", how="itself")
async def pins(at: At) -> None:
    owner = "https://mastodon.social/users/LemmyDev"
    await at.person(owner, featured=at.payload["id"])
    await at.serve(at.payload)
    for each in at.payload["orderedItems"]:
        await at.serve(each)
    shown = await at.opened(owner)
    answer = await at.stage.api.get(f"/api/v1/accounts/{shown['id']}/statuses", pinned="true")
    assert [each["uri"] for each in answer.json] == [
        await at.place(each["id"]) for each in at.payload["orderedItems"]
    ]


@REPORTS.outcome("mastodon-flag", "mbin-flag", how="itself")
async def reports(at: At) -> None:
    await at.lena_posts()
    await at.person(at.payload["actor"])
    await at.deliver(at.payload)
    ((comment, post_id),) = at.rows(
        "SELECT comment, post_id FROM report JOIN report_post ON report_id = report.id"
    )
    assert (comment, post_id) == (at.payload["content"], at.stage.posts[0])


@ACCEPTED.outcome("mbin-accept", how="itself")
async def a_follow_accepted(at: At) -> None:
    magazine = at.payload["actor"]
    await at.person(magazine, type="Group")
    at.here[at.payload["object"]["id"]] = await at.lena_follows(magazine, accepted=False)
    await at.deliver(at.payload)
    assert (await at.relation(magazine))["following"] is True


@OTHERS.outcome("peertube-announce-video", how="itself")
async def a_video_in_its_channel(at: At) -> None:
    video: dict[str, Any] = at.load("peertube-video")
    channel = at.payload["actor"]
    group = await community(at, channel)
    await at.person("https://tilvids.com/accounts/thelinuxexperiment")
    await at.serve(video)
    await bring(at)
    made = await stored(at, video["id"])
    assert (made.kind, await places(at, made)) == (PostKind.VIDEO, [group.id])
    assert (await home(at))[0]["reblog"]["uri"] == made.uri


@OTHERS.outcome("wordpress-announce-update", how="itself")
async def an_edited_article(at: At) -> None:
    article = at.payload["object"]["object"]
    blog = at.payload["actor"]
    await community(at, blog)
    await at.person(
        article["attributedTo"], type="Group" if article["attributedTo"] == blog else "Person"
    )
    await at.lena_follows(article["attributedTo"], accepted=True)
    before = json.loads(json.dumps(article)) | {"name": "Old", "updated": None}
    create = {"id": f"{article['id']}#c", "type": "Create", "actor": article["attributedTo"]}
    await at.deliver(create | {"object": before})
    assert (await stored(at, article["id"])).title == "Old"
    await at.serve(article)
    await at.deliver(at.payload)
    assert (await stored(at, article["id"])).title == article["name"]
