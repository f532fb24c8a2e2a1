"""What Lemmy sends: threads and comments, votes, and everything that moderators do.

How each post is read, ``tests/platforms/reading/groups.py`` says; here all that is more than a post.
"""

from tests.federation.corpus.communities import (
    bring,
    community,
    done,
    home,
    moderators,
    places,
    post,
    stored,
    thread,
    thread_of,
    votes,
)
from tests.federation.corpus.playing import At, Corpus
from weft.domain.actors.records import Actor
from weft.domain.communities.keep import banned_from, community_by_id
from weft.domain.communities.records import Action
from weft.domain.posts.records import PostKind, post_facets
from weft.domain.reports.report import ReportState, report_by_uri
from weft.protocol.activitystreams import when_ms

DS9, ENTERPRISE = "http://ds9.lemmy.ml", "http://enterprise.lemmy.ml"
MAIN, HERE = f"{ENTERPRISE}/c/main", f"{DS9}/c/main"
BETA, ALPHA = f"{ENTERPRISE}/u/lemmy_beta", f"{DS9}/u/lemmy_alpha"
LEMMY = Corpus("lemmy")
MINE = Corpus("lemmy", lena=(ALPHA,))
LIKED = Corpus("lemmy", posts=(f"{DS9}/comment/1",))
REPORTED = Corpus("lemmy", posts=(f"{ENTERPRISE}/post/7",))
WARNED = Corpus("lemmy", posts=("http://voyager.lemmy.ml/post/1541",))
MESSAGED = Corpus("lemmy", lena=("https://voyager.lemmy.ml/u/nutomic",))


@LEMMY.outcome("announce-create-page", how="itself")
async def one_thread_however_it_comes(at: At) -> None:
    group = await community(at, MAIN)
    await at.person(BETA)
    page = at.payload["object"]["object"]
    await at.serve(page)
    await bring(at)
    made = await stored(at, page["id"])
    assert (made.kind, made.title) == (PostKind.THREAD, "post 4")
    assert (await at.stored_actor(BETA)) is not None
    assert await places(at, made) == [group.id]
    bare = at.payload | {"id": f"{ENTERPRISE}/activities/announce/page/1", "object": page}
    await at.deliver(bare)
    await at.deliver(at.payload["object"])
    (shown,) = await home(at)
    assert shown["account"]["acct"].startswith("main@")
    assert shown["reblog"]["uri"] == made.uri
    assert shown["reblog"]["content"] == "<p><strong>post 4</strong></p>"
    assert shown["reblog"]["account"]["acct"].startswith("lemmy_beta@")
    assert at.rows(f"SELECT count(*) FROM post WHERE uri = '{made.uri}'") == [(1,)]


@LEMMY.outcome("create-page", how="itself")
async def a_thread_from_its_author(at: At) -> None:
    group = await community(at, MAIN, followed=False)
    await at.person(ALPHA)
    await at.lena_is_interested()
    await bring(at)
    made = await stored(at, at.id)
    assert (made.kind, made.link_url) == (
        PostKind.LINK,
        await at.place("https://lemmy.ml/pictrs/image/xl8W7FZfk9.jpg"),
    )
    assert post_facets(made.facets).source == "test body"
    assert await places(at, made) == [group.id]
    shown = await at.status()
    assert shown["content"].startswith("<p><strong>test post</strong></p>")
    assert shown["media_attachments"][0]["type"] == "image"


@LEMMY.outcome("update-page", how="itself")
async def an_edited_thread(at: At) -> None:
    await community(at, MAIN)
    await thread(at, at.id, ALPHA, MAIN)
    await bring(at)
    assert (await stored(at, at.id)).title == "test post 1"
    assert (await at.status())["edited_at"] is not None


@LEMMY.outcome("v0.19-create-note", "comment", how="itself")
async def a_comment(at: At) -> None:
    is_old = at.payload["type"] == "Create"
    place = MAIN if is_old else "https://enterprise.lemmy.ml/c/tenforward"
    note = at.payload["object"] if is_old else at.payload
    group = await community(at, place)
    parent = await thread(at, note["inReplyTo"], note["attributedTo"], place)
    await at.person(note["attributedTo"])
    created = {"id": f"{note['id']}/create", "type": "Create", "actor": note["attributedTo"]}
    await at.deliver(at.payload if is_old else created | {"object": note, "to": note["to"]})
    made = await stored(at, note["id"])
    assert (made.kind, made.in_reply_to_id) == (PostKind.COMMENT, parent.id)
    assert await places(at, made) == [group.id]


@LEMMY.outcome("group", "v0.19-group", how="itself")
async def a_community_to_follow(at: At) -> None:
    await at.person("https://enterprise.lemmy.ml/u/picard")
    await at.serve(at.load("group-moderators"))
    await at.serve(at.payload)
    shown = await at.account()
    assert (shown["group"], shown["display_name"]) == (True, "Ten Forward")
    assert "Lounge and recreation facility" in shown["note"]
    actor = await at.stored_actor(at.id)
    assert actor is not None
    known = await at.stage.parts.db.one(community_by_id, id=actor.id)
    assert known is not None
    assert known.moderators_uri == await at.place(at.payload["attributedTo"])


@LEMMY.outcome("group-moderators", how="itself")
async def the_list_of_moderators(at: At) -> None:
    """It is looked at when somebody who is not known to be one does what moderators do."""
    place, somebody = "https://enterprise.lemmy.ml/c/tenforward", "https://else.example/u/somebody"
    picard = "https://enterprise.lemmy.ml/u/picard"
    group = await community(at, place, somebody)
    await at.serve(at.payload)
    await at.person(picard)
    made = await thread(at, "https://third.example/post/1", "https://third.example/u/author", place)
    lock = {"id": f"{somebody}#lock", "type": "Lock", "actor": somebody, "cc": [place]}
    await at.deliver(lock | {"object": "https://third.example/post/1"})
    assert "only moderators" in str(at.verdicts())
    assert not thread_of(await stored(at, "https://third.example/post/1")).locked
    person = await at.stored_actor(picard)
    assert person is not None
    assert await moderators(at, group) == {person.id}
    assert made.kind == PostKind.THREAD


@LEMMY.outcome("add-mod", how="itself")
async def one_moderator_more(at: At) -> None:
    group = await community(at, MAIN)
    await at.person(ALPHA)
    await bring(at)
    person = await at.stored_actor(ALPHA)
    assert person is not None
    assert await moderators(at, group) == {person.id}
    stranger = "https://stranger.example/u/x"
    await at.person(stranger)
    await at.deliver(at.payload | {"id": f"{stranger}#1", "actor": stranger, "type": "Remove"})
    assert await moderators(at, group) == set()  # the list on its server is empty
    assert "only moderators" in str(at.verdicts())


@LEMMY.outcome("add-featured-post", "remove-featured-post", how="itself")
async def pinned_in_the_community(at: At) -> None:
    group = await community(at, "https://ds9.lemmy.ml/c/main")
    uri, author = at.payload["object"], "https://ds9.lemmy.ml/u/author"
    removes = at.payload["type"] == "Remove"
    await thread(at, uri, author, "https://ds9.lemmy.ml/c/main", stickied=removes)
    await bring(at)
    assert thread_of(await stored(at, uri)).pinned is not removes
    assert [each for each, _ in await done(at, group)] == [Action.UNPIN if removes else Action.PIN]


async def a_thread_is_here(at: At) -> tuple[Actor, str]:
    """What is to be locked; the actor lives on the community's server."""
    about = at.payload["object"]
    uri = about["object"] if isinstance(about, dict) else about
    place = at.payload["cc"][0]
    group = await community(at, place)
    author = f"{uri.rpartition('/')[0].rpartition('/')[0]}/u/author"
    answers = {}
    if "/comment/" in uri:
        top = uri.replace("/comment/", "/post/")
        await thread(at, top, author, place)
        answers = {"inReplyTo": top}
    await thread(at, uri, author, place, **answers)
    return group, uri


@LEMMY.outcome("lock-page", "lock-note", how="itself")
async def nobody_answers_below(at: At) -> None:
    group, uri = await a_thread_is_here(at)
    await bring(at)
    locked = await stored(at, uri)
    assert thread_of(locked).locked
    assert [each for each, _ in await done(at, group)] == [Action.LOCK]
    answer = await at.stage.api.post(
        "/api/v1/statuses", {"status": "May I?", "in_reply_to_id": str(locked.id)}
    )
    assert (answer.status, "locked" in answer.text) == (422, True), answer.text
    late, writer = "https://late.example/note/1", "https://late.example/u/late"
    await at.person(writer)
    note = {"id": late, "type": "Note", "attributedTo": writer, "inReplyTo": uri, "content": "Late",
            "to": ["https://www.w3.org/ns/activitystreams#Public"]}  # fmt: skip
    await at.deliver({"id": f"{late}/c", "type": "Create", "actor": writer, "object": note})
    assert await post(at, late) is None
    assert "the thread that it answers is locked" in str(at.verdicts())


@LEMMY.outcome("undo-lock-page", how="itself")
async def open_again(at: At) -> None:
    group, uri = await a_thread_is_here(at)
    await at.person(at.payload["actor"])
    await at.deliver(at.payload["object"])
    assert thread_of(await stored(at, uri)).locked
    await bring(at)
    assert not thread_of(await stored(at, uri)).locked
    assert [each for each, _ in await done(at, group)] == [Action.LOCK, Action.UNLOCK]


@LEMMY.outcome("update-community", how="itself")
async def an_edited_community(at: At) -> None:
    group = await community(at, MAIN, ALPHA)
    more = {"name": "The Updated Community", "attributedTo": f"{MAIN}/moderators"}
    await at.person(MAIN, type="Group", **more)
    await bring(at)
    actor = await at.stored_actor(MAIN)
    assert actor is not None
    assert (actor.id, actor.name) == (group.id, "The Updated Community")


@LEMMY.outcome("block-user", "v0.19-block-user-expires", how="itself")
async def banned_for_a_time(at: At) -> None:
    group = await community(at, MAIN)
    written = await thread(at, f"{DS9}/post/9", ALPHA, MAIN)
    long = {key: "2036-11-01T12:23:50Z" for key in ("endTime", "expires") if key in at.payload}
    await bring(at, **long)
    assert await post(at, f"{DS9}/post/9") is None
    db, server = at.stage.parts.db, at.stage.parts.server
    ban = await banned_from(db, server, written.author_id, [group.id])
    assert ban is not None
    assert (ban.reason, ban.expires_at) == ("spam post", when_ms("2036-11-01T12:23:50Z"))
    assert await done(at, group) == [(Action.BAN, "spam post")]
    await at.deliver(at.payload | {"id": f"{at.payload['id']}/2"})
    assert await banned_from(db, server, written.author_id, [group.id]) is None  # its time is over


@LEMMY.outcome("delete-page", how="itself")
async def deleted_by_its_author(at: At) -> None:
    group = await community(at, MAIN)
    uri = at.payload["object"]
    await thread(at, uri, ALPHA, MAIN)
    await bring(at)
    assert not await at.known(uri)
    assert await done(at, group) == []
    undo = {
        "id": f"{DS9}/undo/1",
        "type": "Undo",
        "actor": ALPHA,
        "object": at.payload,
        "cc": [MAIN],
    }
    await at.deliver(undo)
    assert await at.known(uri)


@LEMMY.outcome("remove-note", how="itself")
async def removed_by_a_moderator(at: At) -> None:
    group, uri = await a_thread_is_here(at)
    await bring(at)
    assert not await at.known(uri)
    assert await done(at, group) == [(Action.REMOVE, "bad comment")]
    author = f"{DS9}/u/author"
    delete = {"id": f"{DS9}/d", "type": "Delete", "actor": author, "object": uri}
    await at.deliver({"id": f"{DS9}/u", "type": "Undo", "actor": author, "object": delete})
    assert not await at.known(uri)
    assert "a moderator removed it" in str(at.verdicts())


@LEMMY.outcome("undo-remove-note", how="itself")
async def brought_back_by_a_moderator(at: At) -> None:
    about = at.payload["object"]["object"]
    at.payload = at.payload | {"cc": [MAIN]}
    group, _ = await a_thread_is_here(at)
    before = await stored(at, about)
    await at.person(BETA)
    await at.deliver(at.payload["object"])
    assert not await at.known(about)
    await bring(at)
    after = await stored(at, about)
    assert (after.content, after.in_reply_to_id) == (before.content, before.in_reply_to_id)
    actions = [each for each, _ in await done(at, group)]
    assert actions == [Action.REMOVE, Action.RESTORE]


@LEMMY.outcome("hostile-remove-by-stranger", "hostile-delete-other-user", how="itself")
async def strangers_remove_nothing(at: At) -> None:
    await community(at, MAIN)
    uri = at.payload["object"]
    if "/u/" in uri:
        await at.person(uri)
        await at.actor(uri)
    else:
        await thread(at, uri, f"{uri.rpartition('/')[0].rpartition('/')[0]}/u/author", MAIN)
    await bring(at)
    assert await at.known(uri)


@LEMMY.outcome(
    "hostile-create-attributed-to-other", "hostile-create-audience-mismatch",
    "hostile-create-object-on-other-host", "hostile-announce-by-wrong-group",
    how="itself",
)  # fmt: skip
async def not_believed(at: At) -> None:
    await community(at, MAIN)
    await community(at, f"{ENTERPRISE}/c/other")
    await community(at, f"{ENTERPRISE}/c/elsewhere")
    for each in (ALPHA, BETA, "https://victim.example/u/alice"):
        await at.person(each)
        await at.lena_follows(each, accepted=True)
    await bring(at)
    inner = at.payload["object"]
    uri = inner["object"]["id"] if at.payload["type"] == "Announce" else inner["id"]
    assert await post(at, uri) is None


@LEMMY.outcome("delete-user", how="itself")
async def an_account_that_is_gone(at: At) -> None:
    await community(at, MAIN)
    await thread(at, f"{DS9}/post/5", ALPHA, MAIN)
    await bring(at)
    actor = await at.stored_actor(ALPHA)
    assert actor is not None
    assert actor.deleted_at is not None
    assert not await at.known(f"{DS9}/post/5")


@LEMMY.outcome("dislike-page", how="itself")
async def a_vote_down(at: At) -> None:
    await community(at, MAIN)
    made = await thread(at, at.payload["object"], ALPHA, MAIN)
    await bring(at)
    assert await votes(at, made) == (0, 1)


@LEMMY.outcome("group-followers", "group-outbox", "person-outbox", how="itself")
async def what_a_profile_tells(at: At) -> None:
    owner = at.payload["id"].rpartition("/")[0]
    name = at.payload["id"].rpartition("/")[2]
    kind = "Group" if "/c/" in owner else "Person"
    await at.person(owner, type=kind, **{name: at.payload["id"]})
    await at.serve(at.payload)
    for each in at.payload.get("orderedItems", []):
        page = each["object"]["object"]
        await at.person(page["attributedTo"])
        await at.serve(page)
    shown = await at.opened(owner)
    if name == "followers":
        assert shown["followers_count"] == 3
    for each in at.payload.get("orderedItems", []):
        assert await at.known(each["object"]["object"]["id"])


@LEMMY.outcome("tombstone", how="itself")
async def an_unknown_tombstone(at: At) -> None:
    await at.serve(at.payload)
    assert await at.found("statuses", at.payload["id"]) == []


@LIKED.outcome("like-note", how="itself")
async def a_vote_up(at: At) -> None:
    await at.lena_posts()
    await bring(at)
    assert (await at.own())["favourites_count"] == 1


@MINE.outcome("accept", how="itself")
async def the_community_accepts(at: At) -> None:
    await at.person(MAIN, type="Group")
    at.here[at.payload["object"]["id"]] = await at.lena_follows(MAIN, accepted=False)
    await at.deliver(at.payload)
    assert (await at.relation(MAIN))["following"] is True


@MINE.outcome("create-private-message", "delete-private-message", how="itself")
async def a_private_message(at: At) -> None:
    create = at.load("create-private-message")
    await at.person(BETA)
    await at.deliver(create)
    shown = await at.status(create["object"]["id"])
    assert shown["visibility"] == "direct"
    if at.payload["type"] == "Delete":
        await bring(at)
        assert not await at.known(create["object"]["id"])


@MESSAGED.outcome("create-private-message-0.19", how="itself")
async def an_older_private_message(at: At) -> None:
    await bring(at)
    assert (await at.status())["visibility"] == "direct"
    requests = await at.stage.api.get("/api/v1/notifications/requests")
    assert [each["account"]["username"] for each in requests.json] == ["nutomic"]


FOLLOWED = Corpus("lemmy", lena=(MAIN,))


@FOLLOWED.outcome("follow", "undo-follow", how="itself")
async def follows_of_ours(at: At) -> None:
    follow = at.payload if at.payload["type"] == "Follow" else at.payload["object"]
    await at.person(ALPHA)
    await at.deliver(follow)
    assert (await at.relation(ALPHA))["followed_by"] is True
    assert (await at.sent("Accept"))["object"]["id"] == await at.place(follow["id"])
    if at.payload["type"] == "Undo":
        await at.deliver(at.payload)
        assert (await at.relation(ALPHA))["followed_by"] is False


@REPORTED.outcome("report-page", how="itself")
async def a_report(at: At) -> None:
    await at.lena_posts()
    await bring(at)
    assert at.rows("SELECT comment, state FROM report") == [("report this post", 0)]


@REPORTED.outcome("resolve-report", how="itself")
async def a_report_that_was_dealt_with(at: At) -> None:
    """Lena's post answers a thread of the community whose moderators resolve it."""
    group = await community(at, MAIN)
    top = await thread(at, f"{DS9}/post/70", ALPHA, MAIN)
    made = await at.stage.api.post(
        "/api/v1/statuses", {"status": "I answer", "in_reply_to_id": str(top.id)}
    )
    own = await at.stage.api.get(f"/api/v1/statuses/{made.json['id']}")
    at.here[f"{ENTERPRISE}/post/7"] = own.json["uri"]
    await at.deliver(at.payload["object"])
    uri = await at.place(at.payload["object"]["id"])
    report = await at.stage.parts.db.one(report_by_uri, uri=uri)
    assert report is not None
    await bring(at)
    assert "only moderators" in str(at.verdicts())
    user = "http://enterprise.lemmy.ml/u/mod"
    await at.person(user)
    await at.deliver(at.payload | {"actor": user, "id": f"{user}#resolve"})
    report = await at.stage.parts.db.one(report_by_uri, uri=uri)
    assert report is not None
    assert report.state == ReportState.RESOLVED
    assert group.uri.endswith("/c/main")


@WARNED.outcome("warn", how="itself")
async def a_warning_is_in_the_log(at: At) -> None:
    group = await community(at, MAIN)
    top = await thread(at, f"{DS9}/post/71", ALPHA, MAIN)
    made = await at.stage.api.post(
        "/api/v1/statuses", {"status": "I answer", "in_reply_to_id": str(top.id)}
    )
    own = (await at.stage.api.get(f"/api/v1/statuses/{made.json['id']}")).json
    at.here[at.payload["object"]] = own["uri"]
    await bring(at)
    assert await done(at, group) == [(Action.WARN, "fU8HltC5wq")]
    assert (await at.stage.api.get(f"/api/v1/statuses/{own['id']}")).json["content"] == own[
        "content"
    ]
