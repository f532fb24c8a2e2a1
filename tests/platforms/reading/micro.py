"""Microblogs besides Mastodon: Misskey, Pleroma, GoToSocial, Friendica, Hubzilla and the smaller ones.

Most are Notes that differ in little, so most of it is a table: what is read of which payload.
"""

from typing import Any

from tests.platforms.reading.corpus import (
    DIALECTS,
    actor,
    document,
    is_no_post,
    post,
    reads,
    unreadable,
    variant,
)
from weft.domain.actors.records import ActorKind
from weft.domain.posts.records import PostKind
from weft.domain.visibility.viewer import Visibility

MFM = "text/x.misskeymarkdown"
UNLISTED, DIRECT = Visibility.UNLISTED, Visibility.DIRECT
LOCAL = "https://local.example/club/test"

is_no_post(
    "misskey",
    "activities, and a key",
    "block", "delete-tombstone", "delete-with-ld-signature", "delete-with-ld-signature.key",
    "follow-no-to", "like-reaction-custom-emoji", "like-reaction-custom-pudding", "reject-follow",
)  # fmt: skip
is_no_post(
    "pleroma",
    "activities, collections, WebFinger; one that has a key twice, which nobody reads alike",
    "delete-bare-id", "emojireact-not-an-emoji", "emojireact-two-emoji", "emojireact-unicode",
    "follow-of-group", "follow-with-state", "followers-collection", "question-with-attachment",
    "webfinger-imposter", "webfinger-spoof", "webfinger-split-domain",
)  # fmt: skip
is_no_post(
    "from-pleroma-tests",
    "activities, collections",
    "bookwyrm-replies", "generic-collection-first-by-reference", "generic-ordered-collection-inline",
    "mastodon-announce-inline-foreign-object", "mastodon-announce-own-followers-only",
    "mastodon-delete-actor", "mastodon-delete-actor-2026", "mastodon-featured-external",
    "mastodon-undo-like-bare-id",
)  # fmt: skip
is_no_post(
    "gotosocial",
    "activities, authorizations, collections, keys",
    "accept-announce-impolite", "accept-likerequest", "accept-object-and-target-hint",
    "accept-reply-with-result", "accept-replyrequest", "announce-approvedby",
    "announce-mastodon-style", "announce-object-array", "announce-self-followers-only",
    "announcerequest", "create-object-iri", "delete-direct", "delete-public-reply",
    "featured-collection", "featured-collection-empty", "flag", "flag-array",
    "flag-misskey-content-url", "flag-unknown-account", "following-first", "following-hidden",
    "like-authorization", "main-key-flat", "main-key-stub", "move", "move-bad-actor", "move-bad-self",
    "not-activitystreams", "outbox-page", "reject-reply", "reply-approval-legacy", "replyrequest",
)  # fmt: skip
is_no_post("friendica", "activities, a collection", "delete", "dislike", "featured-collection")
is_no_post("hubzilla", "a follow", "follow")
is_no_post("zap-osada", "a follow", "follow-embedded-actor")
is_no_post("wildebeest", "NodeInfo", "nodeinfo21")
is_no_post("kroeg", "a boost", "announce-inline-actor")
is_no_post(
    "misc",
    "activities, an outbox, WebFinger",
    "mitra-add-subscriber", "mitra-move-pull", "snac-announce", "snac-follow", "snac-like",
    "snac-outbox", "snac-webfinger", "takahe-accept-follow", "takahe-announce", "takahe-follow",
    "takahe-like", "takahe-undo-announce",
)  # fmt: skip

POSTS: dict[str, dict[str, Any]] = {
    "misskey/create-note-home-plain": {"visibility": UNLISTED, "mentions": (LOCAL,), "says": "</a> test"},
    "misskey/create-note-cw": {"summary": "CW TEST", "sensitive": True, "visibility": UNLISTED},
    "misskey/create-question": {"kind": PostKind.QUESTION, "tally": (0, 0, 0, 0)},
    "misskey/create-activity-from-note-url": {"content": "<p>meow</p>", "visibility": Visibility.PUBLIC},
    "misskey/note-quoted-target": {"media": (), "says": "従量課金だった", "visibility": Visibility.PUBLIC},
    "misskey/create-reply-source": {
        "visibility": UNLISTED, "in_reply_to": "https://calckey.jp/notes/9f2i7ymf1d",
        "mentions": ("https://calckey.jp/users/9bu1xzwjyb",), "says": "@<span>trapezial</span></a>",
    },
    "pleroma/create-note-unlisted": {"visibility": UNLISTED, "sensitive": False, "mentions": (LOCAL,)},
    "pleroma/create-note-cw": {"summary": "CW TEST"},
    "pleroma/create-note-markdown": {"language": "zh-CN", "says": "<strong>test</strong>"},
    "pleroma/update-note-with-history": {"says": "test2", "edited_at": 1_786_414_710_096},
    "pleroma/create-reply-to-misskey": {
        "in_reply_to": "https://mk.absturztau.be/notes/93e7nm8wqg",
        "mentions": ("https://mk.absturztau.be/users/8ozbzjs3o8",),
    },
    "pleroma/create-note-to-community": {"in_reply_to": "https://enterprise.lemmy.ml/post/55143"},
    "pleroma/question-closed": {"kind": PostKind.QUESTION, "tally": (4, 0), "closed_at": 1_568_853_156_785},
    "pleroma/question-updated-counts": {"kind": PostKind.QUESTION, "tally": (8, 3)},
    "pleroma/note-template": {"content": "Content", "visibility": Visibility.PUBLIC},
    "pleroma/spoofed-object-as-media": {"summary": "Oracle buys Pleroma"},
    "from-pleroma-tests/mastodon-vote": {"vote": "suya..", "content": ""},
    "from-pleroma-tests/mastodon-question": {"kind": PostKind.QUESTION, "tally": (0, 1, 0, 1)},
    "from-pleroma-tests/mastodon-create-contentmap": {"language": "en"},
    "from-pleroma-tests/mastodon-note-language": {"language": "ja"},
    "from-pleroma-tests/lemmy-page": {"kind": PostKind.LINK, "title": "Hello Federation!", "summary": None},
    "from-pleroma-tests/peertube-video": {"kind": PostKind.VIDEO, "title": "Déframasoftisons Internet [Framasoft]"},
    "from-pleroma-tests/funkwhale-create-audio": {
        "kind": PostKind.TRACK, "title": "Compositions - Test Audio for Pleroma",
    },
    "from-pleroma-tests/bookwyrm-article": {"kind": PostKind.REVIEW, "content": "<p>review</p>"},
    "from-pleroma-tests/gotosocial-update-note": {"says": "test2", "edited_at": 1_786_417_557_000},
    "from-pleroma-tests/gotosocial-create-markdown": {"visibility": UNLISTED, "says": "**test**<br>```"},
    "from-pleroma-tests/mastodon-update-question-tally": {"kind": PostKind.QUESTION, "edited_at": None},
    "from-pleroma-tests/mastodon-update-note-2026": {"says": "test2", "edited_at": 1_786_415_202_000},
    "gotosocial/note-public": {
        "summary": "introduction post", "sensitive": True, "language": "en", "media": (), "tags": (),
        "published_at": 1_634_726_437_000,
    },
    "gotosocial/create-note": {"summary": "introduction post", "content": "<p>hello everyone!</p>"},
    "gotosocial/note-mentions": {"mentions": ("http://localhost:8080/users/the_mighty_zork",)},
    "gotosocial/note-approved": {
        "in_reply_to": "http://localhost:8080/users/1happyturtle/statuses/01F8MHC8VWDRBQR0N1BATDDEM5",
    },
    "gotosocial/create-vote-single": {"vote": "tissues", "content": ""},
    "gotosocial/note-dirty-html": {"kind": PostKind.NOTE},
    "gotosocial/spam-5-mentions-link": {"visibility": Visibility.PUBLIC},
    "gotosocial/spam-4-mentions-no-link": {"visibility": Visibility.PUBLIC},
    "gotosocial/spam-4-mentions-media": {"visibility": Visibility.PUBLIC},
    "gotosocial/not-relevant-3-mentions": {"visibility": Visibility.PUBLIC},
    "friendica/create-note": {"in_reply_to": "https://lemmy.schuerz.at/post/25360", "language": "de"},
    "friendica/create-page": {"kind": PostKind.NOTE, "mentions": ("https://lemmy.qa.urbanwildlife.biz/c/lemmy_community",)},
    "friendica/update-note": {"says": "This is an edited comment.", "edited_at": 1_648_157_854_000},
    "zap-osada/create-note-roadhouse": {"says": "The Accepts should get through now."},
    "smithereen/create-note": {"content": "<p>So does this federate now?</p>"},
    "gnusocial/create-note": {"content": "<p>yay ^^</p>"},
    "gnusocial/create-page": {"kind": PostKind.THREAD, "title": "hello, world."},
    "mitra/note-object-link": {"says": "FEP-e232 (Object Links)", "quote": None, "visibility": Visibility.PUBLIC},
    "kroeg/create-note-inline-actor": {"author_uri": "https://puckipedia.com/", "says": "henlo"},
    "fep-e232/create-note-object-link": {"quote": None, "mentions": ("https://example.net/users/bob",)},
    "misc/snac-create-note-cw": {"summary": "cw", "sensitive": True},
    "misc/takahe-create-reply": {"visibility": Visibility.PUBLIC, "mentions": ("http://127.0.0.2/@shell@127.0.0.2/",)},
    "misc/takahe-create-unlisted-cw": {"visibility": UNLISTED, "summary": "cw here"},
    "misc/takahe-create-question": {"kind": PostKind.QUESTION, "tally": (0, 0)},
    "misc/takahe-update-note": {"visibility": Visibility.PUBLIC},
    "misc/mastodon-2019-create": {"visibility": Visibility.PUBLIC, "says": "how can I follow a user"},
}  # fmt: skip


@reads(*POSTS)
def as_the_table_says(name: str) -> None:
    read = post(name)
    for attribute, expected in POSTS[name].items():
        if attribute == "says":
            assert expected in read.content
        else:
            assert getattr(read, attribute) == expected, attribute
    assert "<script" not in read.content


# Misskey


@reads("misskey/note-mfm-misskey-content", "misskey/note-mfm-source")
def what_was_typed_comes_first(name: str) -> None:
    read = post(name)
    assert read.facets.source_format == MFM
    assert "$[jelly mfm goes here]" in (read.facets.source or "")
    assert " mfm goes here</p><p>## aaa</p>" in read.content
    assert 'href="http://localhost:4001/users/akkoma_user" class="u-url mention"' in read.content
    assert (
        'href="https://misskey.local.live/tags/dancedance" class="mention hashtag"' in read.content
    )
    if name.endswith("source"):
        assert read.content.count("u-url mention") == 3
        assert " @oops_not_a_mention linkifylink" in read.content
        assert read.content.endswith("<p>some text<br>newline</p>")


@reads("misskey/note-quote", "misskey/note-quote-2022")
def a_quote_with_one_line_that_can_be_hidden(name: str) -> None:
    read = post(name)
    assert read.quote is not None
    assert read.quote.uri == document(name)["_misskey_quote"]
    assert read.content.count("RE: ") == read.content.count("quote-inline") == 1
    assert read.content.count("</a>") == 1


@reads("misskey/note-quote-of-itself")
def nothing_to_quote(name: str) -> None:
    assert post(name).content == "<p>i quompt u</p>"


@reads("misskey/question-no-end")
def a_poll_without_end(name: str) -> None:
    read = post(name)
    assert read.poll is not None
    assert (read.poll.options, read.poll.ends_at) == (("Working", "Broken af"), None)
    assert (read.tally, read.closed_at) == ((0, 1), None)


@reads("misskey/person-misskey-io", "misskey/person-birthday")
def a_cat_of_misskey(name: str) -> None:
    read = actor(name)
    assert read.shared_inbox == "https://misskey.io/inbox"
    if name.endswith("birthday"):
        assert (read.name, read.facets.is_cat) == ("mkljczk", True)
        assert (read.facets.birthday, read.facets.location) == ("2001-02-12", "Poland")


def misskey_in_its_other_forms() -> None:
    note = "misskey/note-mfm-source"
    without_words = variant(note, summary="\u200b")
    assert (without_words.summary, without_words.sensitive) == (None, True)
    said = variant(note, htmlMfm=True, content="<p>in <b>HTML</b></p>")
    assert (said.content, said.facets.source_format) == ("<p>in <b>HTML</b></p>", MFM)
    talk = variant(note, _misskey_talk=True, to=[LOCAL], cc=[])
    assert (talk.is_direct, talk.facets.chat, talk.visibility) == (True, True, DIRECT)
    votes = [{"type": "Note", "name": "a", "_misskey_votes": 3}, {"type": "Note", "name": "b"}]
    assert variant(note, type="Question", oneOf=votes).tally == (3, 0)
    empty = variant(note, source={"content": " ", "mediaType": MFM})
    assert empty.content == "this does not get replaced"
    profile = document("misskey/person-misskey-io") | {"_misskey_summary": "**bold** $[spin bio]"}
    assert DIALECTS.read_actor(profile).summary == "<p><strong>bold</strong> bio</p>"


# Pleroma, Akkoma, Rebased


@reads("pleroma/create-chatmessage-xss", "pleroma/chatmessage-object")
def a_message_for_one(name: str) -> None:
    read = post(name)
    assert (read.visibility, read.is_direct, read.facets.chat) == (DIRECT, True, True)
    assert len(read.mentions) == 1
    assert "alert" not in read.content
    assert [each.shortcode for each in read.emojis] == (["firefox"] if "xss" in name else [])


@reads("pleroma/note-emoji-in-summary")
def a_warning_with_a_picture(name: str) -> None:
    read = post(name)
    assert read.summary == ":joker_smile:"
    assert "joker_smile" in [each.shortcode for each in read.emojis]


@reads("pleroma/note-mentions-only-in-tag")
def people_that_only_tags_name(name: str) -> None:
    read = post(name)
    assert len(read.mentions) == 5
    assert [each.blurhash is not None for each in read.media] == [True, True]


@reads(
    "pleroma/note-impersonation-actor-other-host",
    "pleroma/note-impersonation-attributedto-other-host",
)
def in_anothers_name(name: str) -> None:
    unreadable(name, "author of the same host")


@reads("pleroma/person-capabilities", "pleroma/person-minimal-2018", "pleroma/person-no-name")
def profiles_of_pleroma(name: str) -> None:
    read = actor(name)
    assert read.name
    assert read.facets.chats is (True if "capabilities" in name else None)


def chats_are_for_exactly_one() -> None:
    changes: tuple[dict[str, Any], ...] = (
        {"to": [LOCAL, "https://b.example/u"]},
        {"cc": [LOCAL]},
        {"to": []},
    )
    for more in changes:
        changed = document("pleroma/chatmessage-object") | more
        assert not _readable(changed)


def _readable(changed: dict[str, Any]) -> bool:
    from weft.federation.dialects import Unreadable

    try:
        DIALECTS.read_post(changed, None)
    except Unreadable:
        return False
    return True


def a_source_in_plain_words() -> None:
    read = post("pleroma/create-note-markdown")
    assert (read.facets.source, read.facets.source_format) == (
        "@test@local.example **test** test",
        "text/markdown",
    )


# What Pleroma tests itself with


@reads("from-pleroma-tests/mastodon-create-attachment")
def one_picture_whatever_its_index_says(name: str) -> None:
    assert [each.content_type for each in post(name).media] == ["image/jpeg"]


@reads("from-pleroma-tests/peertube-video-hls-only")
def played_through_a_list(name: str) -> None:
    video = post(name).facets.video
    assert video is not None
    assert (video.playlist_url or "").endswith(".m3u8")


@reads(
    "from-pleroma-tests/mastodon-person-rinpatch", "from-pleroma-tests/lemmy-person",
    "from-pleroma-tests/funkwhale-channel", "from-pleroma-tests/peertube-channel",
)  # fmt: skip
def profiles_of_all(name: str) -> None:
    read = actor(name)
    assert read.kind is (ActorKind.GROUP if "peertube" in name else ActorKind.PERSON)
    assert read.username


@reads("from-pleroma-tests/mastodon-application-actor")
def an_actor_of_a_server(name: str) -> None:
    unreadable_actor = document(name)
    filled = {
        key: value.replace("{{DOMAIN}}", "m.example") if isinstance(value, str) else value
        for key, value in unreadable_actor.items()
    }
    read = DIALECTS.read_actor(filled)
    assert (read.kind, read.username) == (ActorKind.APPLICATION, "m.example")


@reads("from-pleroma-tests/mastodon-evil-foreign-keyid")
def a_key_of_another_host_is_none(name: str) -> None:
    assert actor(name).keys == ()
