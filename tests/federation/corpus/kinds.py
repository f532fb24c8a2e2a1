"""Videos, music, albums, reviews, articles and events, from their servers to what lena's app shows.

How each payload is read, ``tests/platforms/test_readers.py`` says; here some of each folder go the
whole way: delivered or fetched, stored, shown flat by the Mastodon API, edited, deleted.
"""

from typing import Any

from tests.federation.corpus.playing import At, Corpus
from weft.domain.actors.records import ActorKind
from weft.domain.posts.queries import post_by_uri
from weft.domain.posts.records import Post, PostFacets, PostKind, post_facets
from weft.domain.visibility.viewer import Visibility

PEERTUBE = Corpus("peertube")
FUNKWHALE = Corpus("funkwhale")
CASTOPOD = Corpus("owncast-castopod")
PIXELFED = Corpus("pixelfed")
BOOKWYRM = Corpus("bookwyrm", lena=("https://example.com/user/mouse",))
REVIEWS = Corpus("bookwyrm")
NEODB = Corpus("neodb")
WRITEFREELY = Corpus("writefreely", lena=("https://example.com/users/ada",))
BLOGS = Corpus("wordpress-ghost")
MOBILIZON = Corpus("mobilizon", lena=("https://framapiaf.org/users/tcit",))
ALL = (
    PEERTUBE,
    FUNKWHALE,
    CASTOPOD,
    PIXELFED,
    BOOKWYRM,
    REVIEWS,
    NEODB,
    WRITEFREELY,
    BLOGS,
    MOBILIZON,
)

VIDEO = "https://video.example/videos/watch/9c9de5e8-0a1e-484a-b099-e80766180a6d"
CHANNEL = "https://video.example/video-channels/alice_channel"


async def stored(at: At, uri: str | None = None) -> tuple[Post, PostFacets]:
    """As the domain knows it."""
    post = await at.stage.parts.db.one(post_by_uri, uri=await at.place(uri or at.id))
    assert post is not None, at.verdicts()
    return post, post_facets(post.facets)


async def author_is_known(at: At) -> None:
    """Who is named as the author is served, whichever way they are named."""
    object_ = at.payload.get("object")
    document = object_ if isinstance(object_, dict) else at.payload
    named = document.get("actor") or document.get("attributedTo")
    for each in named if isinstance(named, list) else [named]:
        if isinstance(each, dict):
            await at.person(each["id"], type=each["type"])
        elif each:
            await at.person(each)


async def channel_is_known(at: At) -> None:
    await at.person(CHANNEL, type="Group")
    await at.actor(CHANNEL)


async def created(at: At, file: str) -> None:
    """The Create that what is played refers to came before, and lena follows who sent it."""
    create = at.load(file)
    await at.person(create["actor"])
    await at.lena_follows(create["actor"], accepted=True)
    await at.deliver(create)


async def video_is_here(at: At) -> None:
    await channel_is_known(at)
    await created(at, "create-video-v8")


async def only_attachment(at: At, uri: str | None = None) -> dict[str, Any]:
    (attached,) = (await at.status(uri))["media_attachments"]
    return dict(attached)


@PEERTUBE.outcome("create-video-v8", given=channel_is_known)
async def a_video_that_plays(at: At) -> None:
    post, facets = await stored(at)
    assert (post.kind, post.title, post.language) == (PostKind.VIDEO, "Demo video", "en")
    assert facets.video is not None
    assert [each.height for each in facets.video.files] == [720, 360]
    channel = await at.actor(CHANNEL)
    roles = at.rows(f"SELECT actor_id FROM post_audience WHERE post_id = {post.id} AND role = 2")
    assert roles == [(channel.id,)]
    shown = await at.status()
    assert shown["content"].startswith("<p><strong>Demo video</strong></p><p><strong>Demo</strong>")
    assert shown["url"].endswith("/w/kkGMgK9ZtnKfYAgnEtQxbv")
    assert {tag["name"] for tag in shown["tags"]} == {"demo", "freesoftware"}
    attached = await only_attachment(at)
    assert attached["type"] == "video"
    assert attached["preview_url"] not in (None, attached["url"])
    assert attached["meta"]["original"]["duration"] == 10


@PEERTUBE.outcome("video-live-v8", how="fetch", given=author_is_known)
async def a_stream_that_waits(at: At) -> None:
    shown = await at.status()
    assert "Live stream, begins Tue, 1 Dec 2026, 18:00 (UTC)" in shown["content"]
    assert shown["media_attachments"] == []


@PEERTUBE.outcome("video-sensitive-flags-v8", how="fetch", given=author_is_known)
async def behind_its_warning(at: At) -> None:
    shown = await at.status()
    assert (shown["sensitive"], shown["spoiler_text"]) == (True, "Graphic news footage")


@PEERTUBE.outcome("comment-create", given=video_is_here)
async def a_comment_under_it(at: At) -> None:
    video, shown = await at.status(VIDEO), await at.status()
    assert shown["in_reply_to_id"] == video["id"]
    assert "Nice <em>video</em>" in shown["content"]


@PEERTUBE.outcome("announce-by-account", given=video_is_here)
async def a_boost_of_it(at: At) -> None:
    assert (await at.status(VIDEO))["reblogs_count"] == 1


@PEERTUBE.outcome("dislike", given=video_is_here)
async def a_dislike_of_it(at: At) -> None:
    post, _ = await stored(at, VIDEO)
    assert at.rows(f"SELECT dislikes FROM post_stats WHERE post_id = {post.id}") == [(1,)]


@PEERTUBE.outcome("delete-video", given=video_is_here)
async def it_is_gone(at: At) -> None:
    assert not await at.known(VIDEO)


@PEERTUBE.outcome("actor-channel-v8", how="fetch")
async def a_channel(at: At) -> None:
    await at.account()
    actor = await at.stored_actor(at.id)
    assert actor is not None
    assert actor.kind == ActorKind.GROUP


@PEERTUBE.outcome("video-attributedto-host-mismatch", how="itself")
async def not_of_a_stranger(at: At) -> None:
    await at.serve(at.payload)
    await at.person("https://victim.example/accounts/v")
    assert await at.found("statuses", at.id) == []
    assert not await at.known()


@FUNKWHALE.outcome("create-audio-channel")
async def an_episode_that_plays(at: At) -> None:
    post, facets = await stored(at)
    assert (post.kind, facets.track is not None) == (PostKind.TRACK, True)
    attached = await only_attachment(at)
    assert (attached["type"], attached["description"]) == ("audio", post.title)
    assert (await at.status())["spoiler_text"] == ""


async def the_track_is_here(at: At) -> None:
    await created(at, "create-audio-library")


@FUNKWHALE.outcome("update-audio", given=the_track_is_here)
async def a_track_of_an_album(at: At) -> None:
    post, facets = await stored(at)
    assert facets.track is not None
    assert (post.title, facets.track.album) == ("Opening", "First")
    assert "Les Exemples – First" in (await at.status())["content"]
    assert (await only_attachment(at))["preview_url"] is not None
    assert post.visibility == Visibility.UNLISTED


@CASTOPOD.outcome("castopod-actor-podcast", how="fetch")
async def a_podcast_to_follow(at: At) -> None:
    await at.account()
    actor = await at.stored_actor(at.id)
    assert actor is not None
    assert actor.kind == ActorKind.SERVICE


@CASTOPOD.outcome("castopod-episode", how="fetch")
async def an_episode(at: At) -> None:
    assert (await stored_after_search(at)).title == "Episode 1"
    attached = await only_attachment(at)
    assert (attached["type"], attached["meta"]["original"]["duration"]) == ("audio", 1800.5)


async def stored_after_search(at: At) -> Post:
    await at.status()
    return (await stored(at))[0]


@PIXELFED.outcome("create-album-location")
async def an_album_with_its_place(at: At) -> None:
    post, facets = await stored(at)
    assert (post.kind, facets.place is not None) == (PostKind.ALBUM, True)
    shown = await at.status()
    assert len(shown["media_attachments"]) == 12
    assert shown["content"].endswith("<p>📍 Berlin, Germany</p>")


async def the_album_is_here(at: At) -> None:
    await created(at, "create-album-location")


@PIXELFED.outcome("update-note", given=the_album_is_here)
async def an_edited_album(at: At) -> None:
    shown = await at.status()
    assert (shown["content"], len(shown["media_attachments"])) == ("Edited", 1)
    assert shown["edited_at"] is not None
    history = await at.stage.api.get(f"/api/v1/statuses/{shown['id']}/history")
    assert len(history.json) == 2


@PIXELFED.outcome("note-foreign-attachment-svg")
async def never_a_picture(at: At) -> None:
    assert (await only_attachment(at))["type"] == "unknown"


@PIXELFED.outcome("loops-create-video")
async def a_short_video(at: At) -> None:
    assert (await stored(at))[0].kind == PostKind.VIDEO
    attached = await only_attachment(at)
    assert attached["preview_url"] not in (None, attached["url"])
    assert (await at.status())["favourites_count"] == 3


@REVIEWS.outcome("create-rating")
async def three_stars(at: At) -> None:
    post, facets = await stored(at)
    assert (post.kind, post.content, facets.review is not None) == (PostKind.RATING, "", True)
    assert "<p>★★★☆☆ <a " in (await at.status())["content"]


@REVIEWS.outcome("quotation", how="create")
async def a_quotation(at: At) -> None:
    assert (await stored(at))[0].kind == PostKind.QUOTATION
    shown = (await at.status())["content"]
    assert shown.startswith("<blockquote>quote body</blockquote>commentary<p>")


@REVIEWS.outcome("create-generatednote-shelve")
async def on_a_shelf(at: At) -> None:
    _, facets = await stored(at)
    assert facets.review is not None
    assert (facets.review.status, facets.review.is_generated) == ("wants", True)
    shown = await at.status()
    assert "Female Husbands" in shown["content"]
    assert shown["visibility"] == "unlisted"


@BOOKWYRM.outcome("note-direct-mastodon", how="create")
async def a_direct_message(at: At) -> None:
    shown = await at.status()
    assert shown["visibility"] == "direct"
    assert await at.notified() == ["mention"]


@NEODB.outcome("note-mark-status-comment-rating", how="itself")
async def a_mark(at: At) -> None:
    await at.person(at.payload["attributedTo"], preferredUsername="april_long_face")
    await at.fetched()
    shown = await at.status()
    _, facets = await stored(at)
    assert facets.review is not None
    assert (facets.review.rating, facets.review.best) == (7, 10)
    assert shown["content"].count("7hfF7d0aFMaqHpFjUpq4zR") == 1


@WRITEFREELY.outcome("create-article")
async def an_article(at: At) -> None:
    post, _ = await stored(at)
    assert (post.kind, post.visibility) == (PostKind.ARTICLE, Visibility.PUBLIC)
    shown = await at.status()
    assert shown["content"].startswith("<p><strong>My First Post</strong></p><p>First paragraph")
    assert shown["edited_at"] is None
    assert await at.notified() == ["mention"]


async def the_article_is_here(at: At) -> None:
    await created(at, "create-article")


@WRITEFREELY.outcome("update-article", given=the_article_is_here)
async def an_edited_article(at: At) -> None:
    assert (await at.status())["edited_at"] == "2024-02-04T09:00:00.000Z"


@WRITEFREELY.outcome("delete-article", given=the_article_is_here)
async def a_deleted_article(at: At) -> None:
    assert not await at.known()


@WRITEFREELY.outcome("note-with-name", how="create")
async def without_a_title(at: At) -> None:
    assert (await at.status())["content"] == "<p>Cool post!</p>\n"


@BLOGS.outcome("ghost-create-article")
async def with_its_picture(at: At) -> None:
    _, facets = await stored(at)
    assert facets.article is not None
    assert facets.article.summary == "Post excerpt"
    assert (await only_attachment(at))["type"] == "image"
    assert (await at.status())["edited_at"] is None


async def the_first_form_is_here(at: At) -> None:
    before = at.load("ghost-update-article")
    before |= {"id": "https://example.com/create/1", "type": "Create"}
    before["object"] = {key: value for key, value in before["object"].items() if key != "updated"}
    await at.person(before["actor"])
    await at.lena_follows(before["actor"], accepted=True)
    await at.deliver(before | {"object": before["object"] | {"name": "Old", "content": "Old"}})
    assert "Old" in (await at.status())["content"]


@BLOGS.outcome("ghost-update-article", given=the_first_form_is_here)
async def its_words_replaced(at: At) -> None:
    shown = await at.status()
    assert shown["content"] == "<p><strong>Updated Post Title</strong></p>Updated post content"
    assert shown["edited_at"] is not None


@BLOGS.outcome("pterotype-create-article", how="itself")
async def fetched_by_its_page(at: At) -> None:
    article = at.payload["object"]
    await at.serve_author()
    await at.serve(at.load("pterotype-article"))
    await at.serve(at.payload, article["url"])
    shown = await at.status(article["url"])
    assert shown["uri"] == await at.place(article["id"])
    assert shown["spoiler_text"] == ""


@BLOGS.outcome("wordpress-article", how="fetch")
async def its_excerpt_warns_of_nothing(at: At) -> None:
    shown = await at.status()
    assert shown["spoiler_text"] == ""
    assert len(shown["media_attachments"]) == 4


@MOBILIZON.outcome("create-event")
async def an_event(at: At) -> None:
    post, facets = await stored(at)
    assert (post.kind, facets.event is not None) == (PostKind.EVENT, True)
    shown = (await at.status())["content"]
    assert "📅 Mon, 12 Feb 2018, 14:08 (UTC)<br />📍 Locaux de Framasoft, 10 Rue Jangot" in shown
    assert "Another link</a>" in shown
    assert await at.notified() == ["mention"]


@MOBILIZON.outcome("event", how="fetch", given=author_is_known)
async def a_whole_event(at: At) -> None:
    shown = await at.status()
    assert "19:00 to 21:00 (Europe/London)" in shown["content"]
    assert shown["media_attachments"][0]["description"] == "Banner"


@MOBILIZON.outcome("create-event-in-group")
async def for_the_group_alone(at: At) -> None:
    post, _ = await stored(at)
    assert post.visibility > Visibility.UNLISTED
    assert (await at.stage.anyone.get(f"/api/v1/statuses/{post.id}")).status == 404


@MOBILIZON.outcome("gancio-create-event")
async def of_gancio(at: At) -> None:
    shown = await at.status()
    assert shown["spoiler_text"] == ""
    assert shown["content"].startswith("<p><strong>Demo event</strong></p>")
