"""Lemmy, Mbin, NodeBB, Discourse, Guppe, Prismo and what else Lemmy has met: communities and threads."""

from tests.platforms.reading.corpus import (
    actor,
    document,
    is_no_post,
    post,
    reads,
    unreadable,
    variant,
)
from weft.domain.actors.records import ActorKind
from weft.domain.communities.records import RemoteCommunity
from weft.domain.posts.kinds import Flair, ThreadFacets
from weft.domain.posts.records import PostKind
from weft.domain.visibility.viewer import Visibility
from weft.federation.dialects import RemotePost

ENTERPRISE = "https://enterprise.lemmy.ml"
TEN = f"{ENTERPRISE}/c/tenforward"
is_no_post(
    "lemmy", "activities, collections and a tombstone: played to a whole Weft",
    "accept", "add-featured-post", "add-mod", "block-user", "delete-page", "delete-private-message",
    "delete-user", "dislike-page", "follow", "group-followers", "group-moderators", "group-outbox",
    "hostile-delete-other-user", "hostile-remove-by-stranger", "like-note", "lock-note",
    "lock-page", "person-outbox", "remove-featured-post", "remove-note", "report-page",
    "resolve-report", "tombstone", "undo-follow", "undo-lock-page", "undo-remove-note", "warn",
    "v0.19-block-user-expires",
)  # fmt: skip
is_no_post(
    "mbin-piefed", "activities: played to a whole Weft",
    "add-moderator", "add-pinned", "announce-block", "announce-delete-by-moderator", "announce-like",
    "announce-undo-like", "block", "delete-by-moderator", "delete-user", "flag", "follow-magazine",
    "like", "lock-by-author", "lock-microblog-by-moderator", "magazine-boost", "reject-follow",
    "remove-pinned", "undo-block", "user-boost",
)  # fmt: skip
is_no_post(
    "nodebb", "votes and contexts", "announce-like-from-lemmy", "announce-like-from-mbin",
    "announce-like-from-mastodon", "context-conversation", "context-ordered-collection",
)  # fmt: skip
is_no_post(
    "from-lemmy-tests", "activities, a collection and a tombstone",
    "friendica-like-page", "friendica-undo-dislike", "gnusocial-like-note", "lotide-delete-note",
    "lotide-tombstone", "mastodon-featured", "mastodon-flag", "mastodon-like-page", "mbin-accept",
    "mbin-flag", "peertube-announce-video",
)  # fmt: skip


def thread_of(read: RemotePost) -> ThreadFacets:
    assert read.facets.thread is not None
    return read.facets.thread


@reads("lemmy/group", "lemmy/v0.19-group")
def a_community(name: str) -> None:
    read = actor(name)
    assert (read.kind, read.username, read.name) == (ActorKind.GROUP, "tenforward", "Ten Forward")
    assert read.community == RemoteCommunity(
        title="Ten Forward", moderators_uri=f"{TEN}/moderators"
    )
    assert "Lounge and recreation facility" in read.summary
    assert (read.icon_url or "").endswith("waqyZwLAy4.webp")
    assert (read.header_url or "").endswith("Wt8zoMcCmE.jpg")
    assert read.facets.languages == ("fr", "de")
    if name == "lemmy/group":
        assert read.facets.about == "A description of ten forward."
        assert [each.uri for each in read.facets.flairs] == [f"{TEN}/tag/news"]


@reads("lemmy/update-community")
def an_edited_community(name: str) -> None:
    read = actor(name)
    assert read.community is not None
    assert (read.name, read.community.only_moderators_post) == ("The Updated Community", False)
    # The list is on https, the community on http: another origin.
    assert read.community.moderators_uri is None


@reads("lemmy/page")
def a_thread(name: str) -> None:
    read = post(name)
    assert (read.kind, read.title, read.language) == (PostKind.LINK, "Post title", "fr")
    assert (read.author_uri, read.groups) == (f"{ENTERPRISE}/u/picard", (TEN,))
    picture = f"{ENTERPRISE}/pictrs/image/eOtYb9iEiB.png"
    assert (read.link_url, read.facets.icon_url) == (picture, picture)
    assert [each.url for each in read.media] == [picture]
    assert [each.name for each in thread_of(read).flairs] == ["news"]
    assert read.facets.source == "This is a post in the /c/tenforward community"
    assert (read.mentions, read.visibility) == ((), Visibility.PUBLIC)


@reads("lemmy/page-image-and-link")
def the_first_attachment_is_the_link(name: str) -> None:
    read = post(name)
    assert read.link_url == f"{ENTERPRISE}/pictrs/image/eOtYb9iEiB.png"
    assert len(read.media) == 1
    assert read.content.endswith(
        '<p><a href="https://example.com/some-article" target="_blank" rel="nofollow noopener">'
        "https://example.com/some-article</a></p>"
    )


@reads("lemmy/create-page", "lemmy/update-page", "lemmy/announce-create-page")
def in_a_create(name: str) -> None:
    read = post(name)
    announced = name == "lemmy/announce-create-page"
    assert read.kind is (PostKind.THREAD if announced else PostKind.LINK)
    assert (read.title or "").removesuffix(" 1").removesuffix(" 4") in {"test post", "post"}
    assert "http://enterprise.lemmy.ml/c/main" in read.groups
    assert (read.summary, thread_of(read)) == (None, ThreadFacets())
    assert (read.edited_at is not None) == (name == "lemmy/update-page")


@reads("lemmy/hostile-announce-by-wrong-group", "lemmy/hostile-create-audience-mismatch")
def readable_but_not_believed(name: str) -> None:
    """Who may say it is asked elsewhere."""
    assert post(name).title in {"post 4", "test post"}


@reads("lemmy/hostile-create-attributed-to-other", "lemmy/hostile-create-object-on-other-host")
def by_somebody_of_another_host(name: str) -> None:
    unreadable(name, "an author of the same host")


@reads("lemmy/hostile-page-with-in-reply-to")
def an_answer_that_calls_itself_a_page(name: str) -> None:
    assert post(name).kind is PostKind.COMMENT


@reads("lemmy/comment", "lemmy/v0.19-create-note")
def a_comment(name: str) -> None:
    read = post(name)
    assert (read.kind, read.title) == (PostKind.COMMENT, None)
    assert read.in_reply_to in {f"{ENTERPRISE}/post/55143", "http://ds9.lemmy.ml/post/1"}
    assert read.facets.source in {"first comment!", "hello"}
    assert read.facets.source_format == "text/markdown"
    assert any("/c/" in each for each in read.groups)
    assert read.visibility is Visibility.PUBLIC
    assert variant(name, distinguished=True).facets.thread == ThreadFacets(distinguished=True)


@reads(
    "from-lemmy-tests/pleroma-chat-message",
    "lemmy/private-message", "lemmy/create-private-message", "lemmy/create-private-message-0.19",
    "mbin-piefed/create-chat-message", "from-lemmy-tests/mastodon-private-message",
)  # fmt: skip
def a_private_message(name: str) -> None:
    read = post(name)
    assert (read.visibility, len(read.to)) == (Visibility.DIRECT, 1)
    assert read.content
    assert read.is_direct == ("mastodon" not in name)
    assert set(read.to) <= set(read.mentions)


@reads("lemmy/odd-private-message-two-recipients")
def to_two_people(name: str) -> None:
    assert (post(name).visibility, len(post(name).to)) == (Visibility.DIRECT, 2)


@reads("lemmy/person")
def a_person(name: str) -> None:
    read = actor(name)
    assert [(each.name, each.value) for each in read.facets.fields] == [
        ("Matrix", "@picard:matrix.org")
    ]
    assert "<strong>Enterprise</strong>" in read.summary


@reads("lemmy/instance", "lemmy/v0.19-instance", "from-lemmy-tests/mbin-instance")
def a_server(name: str) -> None:
    assert actor(name).kind is ActorKind.APPLICATION


@reads("mbin-piefed/create-page", "mbin-piefed/create-page-link-and-image")
def of_mbin(name: str) -> None:
    read = post(name)
    has_link = name.endswith("image")
    assert read.kind is (PostKind.LINK if has_link else PostKind.THREAD)
    assert read.link_url == ("https://joinmbin.org" if has_link else None)
    assert (read.title, read.summary, read.facets.source) == ("test", None, None)
    assert [each.description for each in read.media] == (["kibby"] if has_link else [])
    assert (read.groups, [each.name for each in read.tags]) == (
        ("https://kbin.test/m/test",),
        ["test"],
    )
    assert variant(name, commentsEnabled=False, stickied=True).facets.thread == ThreadFacets(
        locked=True, pinned=True
    )


@reads(
    "mbin-piefed/create-microblog-note", "mbin-piefed/announce-create-microblog",
    "mbin-piefed/update-microblog",
)  # fmt: skip
def a_microblog(name: str) -> None:
    read = post(name)
    assert (read.kind, read.title) == (PostKind.NOTE, None)
    assert read.groups == ("https://kbin.test/m/test",)


@reads("mbin-piefed/create-entry-comment", "mbin-piefed/create-nested-microblog-comment")
def a_comment_of_mbin(name: str) -> None:
    read = post(name)
    assert (read.kind, read.facets.source) == (PostKind.COMMENT, "test")
    assert read.groups[0] == "https://kbin.test/m/test"


@reads("mbin-piefed/announce-update-magazine")
def a_magazine(name: str) -> None:
    assert actor(name).community == RemoteCommunity(
        title="test", moderators_uri="https://kbin.test/m/test/moderators"
    )


@reads("mbin-piefed/update-user")
def an_edited_person(name: str) -> None:
    assert (actor(name).kind, actor(name).name) == (ActorKind.PERSON, "Test User")


@reads("nodebb/announce-note", "nodebb/announce-create", "nodebb/announce-create-2")
def a_topic(name: str) -> None:
    read = post(name)
    assert read.kind is PostKind.THREAD
    assert read.title in {"Is ActivityPub too complicated?", "Long-formers Activate!"}
    assert read.groups == ("https://community.nodebb.org/category/30",)
    assert (read.summary, read.facets.source_format) == (None, "text/markdown")
    assert (read.context_uri or "").startswith("https://community.nodebb.org/topic/")


@reads("nodebb/article-main-post")
def a_long_topic(name: str) -> None:
    read = post(name)
    assert (read.kind, read.title) == (PostKind.ARTICLE, "Welcome to your NodeBB!")
    assert read.groups == ("https://bb.devnull.land/category/2",)
    assert read.summary is None
    assert read.facets.article is not None
    assert read.facets.article.summary


@reads("nodebb/group", "discourse/group", "guppe/group", "from-lemmy-tests/gnusocial-group",
       "from-lemmy-tests/lotide-group", "from-lemmy-tests/mobilizon-group",
       "from-lemmy-tests/peertube-channel-group", "from-lemmy-tests/wordpress-group")  # fmt: skip
def a_group(name: str) -> None:
    read = actor(name)
    assert read.kind is ActorKind.GROUP
    assert read.name
    assert (read.community is not None) == ("wordpress" in name)


@reads("nodebb/person", "discourse/person", "prismo/person", "from-lemmy-tests/friendica-person-1")
def somebody(name: str) -> None:
    assert actor(name).kind is ActorKind.PERSON


@reads("discourse/note-first-post")
def a_topic_of_discourse(name: str) -> None:
    read = post(name)
    assert (read.kind, read.title) == (PostKind.THREAD, "Our next meeting")
    assert read.groups == (
        "https://socialhub.activitypub.rocks/ap/actor/797217cf18c0e819dfafc52425590146",
    )
    assert read.visibility is Visibility.PUBLIC
    # Only a category of its own server makes it public.
    assert variant(name, audience="https://else.example/c").visibility is Visibility.DIRECT
    people = f"{read.groups[0]}/followers"
    assert variant(name, audience=people).visibility is Visibility.DIRECT


@reads("prismo/create-article")
def of_prismo(name: str) -> None:
    read = post(name)
    assert (read.kind, read.title) == (PostKind.THREAD, "Introducing: Federated follows!")
    assert (read.author_uri, read.origin_likes) == ("https://prismo.news/@mxb", 12)
    assert [each.name for each in read.tags] == ["prismo", "prismodev", "meta"]


@reads("from-lemmy-tests/friendica-page-1")
def of_friendica(name: str) -> None:
    read = post(name)
    assert read.link_url == "https://www.nasaspaceflight.com/2022/03/us-eva-80/"
    assert (read.title or "").startswith("ISS astronauts perform")


@reads(
    "from-lemmy-tests/gnusocial-create-page", "from-lemmy-tests/lotide-create-page",
    "from-lemmy-tests/lotide-create-page-image",
)  # fmt: skip
def with_a_title(name: str) -> None:
    read = post(name)
    assert read.title in {"hello, world.", "test post from b", "image"}
    assert (read.summary, read.kind) == (
        None, PostKind.THREAD if "gnusocial" in name else PostKind.LINK,
    )  # fmt: skip
    assert len(read.media) == ("image" in name)
    assert read.groups


@reads(
    "from-lemmy-tests/friendica-create-page-1", "from-lemmy-tests/friendica-note-1",
    "from-lemmy-tests/gnusocial-note", "from-lemmy-tests/lotide-create-note-reply",
    "from-lemmy-tests/mastodon-create-reply-in-community", "from-lemmy-tests/mastodon-note-1",
    "from-lemmy-tests/mastodon-note-mentioning-community", "from-lemmy-tests/peertube-note",
    "from-lemmy-tests/mitra-create-post-in-community", "from-lemmy-tests/pleroma-create-note",
    "from-lemmy-tests/pleroma-note", "from-lemmy-tests/smithereen-create-note",
    "from-lemmy-tests/smithereen-note",
)  # fmt: skip
def a_note(name: str) -> None:
    read = post(name)
    assert read.kind is PostKind.NOTE
    assert (read.in_reply_to is not None) == (document(name).get("inReplyTo") is not None)
    assert read.content
    assert read.visibility <= Visibility.UNLISTED or name.endswith("pleroma-create-note")


@reads("from-lemmy-tests/mobilizon-event")
def an_event(name: str) -> None:
    assert post(name).kind is PostKind.EVENT


@reads("from-lemmy-tests/peertube-video")
def a_video(name: str) -> None:
    read = post(name)
    assert read.author_uri == "https://tilvids.com/accounts/thelinuxexperiment"
    assert read.groups == ("https://tilvids.com/video-channels/thelinuxexperiment_channel",)


@reads("from-lemmy-tests/wordpress-article", "from-lemmy-tests/wordpress-announce-update")
def of_a_blog(name: str) -> None:
    assert (post(name).kind, bool(post(name).title)) == (PostKind.ARTICLE, True)


def older_flairs_and_private_ones() -> None:
    told = {"lemmy:tagsForPosts": [{"id": f"{TEN}/tag/x", "display_name": "X"}]}
    read = variant("lemmy/page", **told)
    assert Flair("X", f"{TEN}/tag/x") in thread_of(read).flairs
    private = variant("lemmy/page", to=[TEN, f"{TEN}/followers"])
    assert (private.visibility, private.groups) == (Visibility.DIRECT, (TEN,))
    hostile = variant("lemmy/page", attachment=[{"type": "Link", "href": "javascript:x()"}])
    assert (hostile.link_url, hostile.kind) == (None, PostKind.THREAD)
