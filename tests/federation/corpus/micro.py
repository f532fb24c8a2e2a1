"""Posts and profiles of microblogs besides Mastodon, from their servers to what lena's app shows.

How each is read, ``tests/platforms/test_readers.py`` says; here they go the whole way. A table says what a
Status shows; activities follow in ``micro_activities``.
"""

from typing import Any

from tests.federation.corpus.kinds import stored
from tests.federation.corpus.playing import PUBLIC, At, Check, Corpus
from weft.domain.actors.records import ActorKind, actor_facets
from weft.domain.posts.records import PostKind, QuoteState
from weft.domain.visibility.viewer import Visibility

LOCAL = "https://local.example/club/test"
LAIN = ("http://localtesting.pleroma.lol/users/lain", "https://localtesting.pleroma.lol/users/lain",
        "https://testing.pleroma.lol/users/lain")  # fmt: skip
MISSKEY = Corpus(
    "misskey",
    lena=(LOCAL, *LAIN, "https://test-hideout.usbharu.dev/users/test-user2"),
    posts=(
        "https://testing.pleroma.lol/objects/c331bbf7-2eb9-4801-a709-2a6103492a5a",
        "https://pleroma.local.live/objects/89937a53-2692-4631-bb62-770091267391",
    ),
)
PLEROMA = Corpus(
    "pleroma",
    lena=(LOCAL, *LAIN, "http://2hu.gensokyo/users/marisa", "https://enterprise.lemmy.ml/u/picard"),
    posts=("http://localtesting.pleroma.lol/objects/eb92579d-3417-42a8-8652-2492c2d4f454",),
    placeholders={"{{nickname}}": "ann", "{{object_id}}": "1", "{{subdomain}}": "sub.example",
                  "{{domain}}": "split.example"},
)  # fmt: skip
TESTS = Corpus(
    "from-pleroma-tests",
    lena=(LOCAL, *LAIN, "https://testing.uguu.ltd/users/rin"),
    polls=("https://testing.uguu.ltd/objects/9d300947-2dcb-445d-8978-9a3b4b84fa14",),
    placeholders={"{{DOMAIN}}": "app.example", "{{domain}}": "pins.example", "{{nickname}}": "ann",
                  "{{object_id}}": "1"},
)  # fmt: skip
FRIENDICA = Corpus("friendica", lena=("https://pirati.ca/profile/test8",))
HUBZILLA = Corpus("hubzilla", lena=LAIN)
ZAP = Corpus("zap-osada", lena=("https://pleroma.site/users/kaniini",))
SMITHEREEN = Corpus("smithereen")
GNUSOCIAL = Corpus("gnusocial")
TAKAHE = Corpus("takahe")
MITRA = Corpus("mitra")
MICROBLOGPUB = Corpus("microblogpub")
KROEG = Corpus("kroeg")
FEDIBIRD = Corpus("fedibird")
LINKS = Corpus("fep-e232")
BRIDGY = Corpus("bridgy-fed")
OWNCAST = Corpus("owncast")
PTEROTYPE = Corpus("pterotype")
MISC = Corpus(
    "misc",
    lena=("http://takahe2.example/@shell@takahe2.example/", "http://snac1.example/alice",
          "https://mastodon.social/users/pixelfed"),
    posts=("http://takahe2.example/@shell@takahe2.example/posts/647616029860052856/",
           "http://snac1.example/alice/p/1795424269.142251"),
    placeholders={"127.0.0.2": "takahe2.example", "127.0.0.3": "takahe3.example",
                  "127.0.0.1:18001": "snac1.example", "127.0.0.1:18002": "snac2.example"},
)  # fmt: skip


def shows(
    corpus: Corpus, file: str, how: str = "deliver", given: Check | None = None, **expected: Any
) -> None:
    """What the Status of a payload shows: by name, ``says`` in its content, ``kind`` in the domain."""

    @corpus.outcome(file, how=how, given=given)
    async def check(at: At) -> None:
        status = await at.status()
        assert "<script" not in status["content"]
        for name, value in expected.items():
            match name:
                case "says":
                    assert value in status["content"]
                case "kind":
                    assert (await stored(at))[0].kind == value
                case "notified":
                    assert await at.notified() == value
                case "options":
                    assert [each["title"] for each in status["poll"]["options"]] == value
                    assert status["poll"]["multiple"] is False
                case "votes":
                    assert [each["votes_count"] for each in status["poll"]["options"]] == value
                case "pictures":
                    assert [each["type"] for each in status["media_attachments"]] == value
                case "emojis":
                    assert value in [each["shortcode"] for each in status["emojis"]]
                case _:
                    assert status[name] == value, name


async def lena_posted(at: At) -> None:
    await at.lena_posts()


async def grandparent(at: At) -> None:
    """What the payload answers can be fetched."""
    object_ = at.payload.get("object")
    parent = (object_ if isinstance(object_, dict) else at.payload)["inReplyTo"]
    author = "/".join(parent.split("/")[:3]) + "/users/parent"
    await at.person(author)
    await at.serve(
        {"id": parent, "type": "Note", "attributedTo": author, "content": "above", "to": [PUBLIC]}
    )


shows(MISSKEY, "create-note-home-plain", visibility="unlisted", notified=["mention"], says="test")
shows(MISSKEY, "create-note-cw", spoiler_text="CW TEST", sensitive=True)
shows(MISSKEY, "create-question", options=["A", "B", "C", "D"], kind=PostKind.QUESTION)
shows(
    MISSKEY,
    "create-reply-source",
    given=grandparent,
    visibility="unlisted",
    says="いやそういうことじゃなくて",
)
shows(MISSKEY, "note-quoted-target", "fetch", visibility="public", media_attachments=[])
shows(MISSKEY, "note-mfm-misskey-content", "create", says="mfm goes here</p><p>## aaa</p>")
shows(MISSKEY, "note-mfm-source", "create", says="@oops_not_a_mention linkifylink")
shows(MISSKEY, "note-quote-of-itself", "fetch", quote=None, content="<p>i quompt u</p>")
shows(MISSKEY, "question-no-end", "fetch", options=["Working", "Broken af"], votes=[0, 1])
shows(PLEROMA, "create-note-unlisted", visibility="unlisted", sensitive=False, notified=["mention"])
shows(PLEROMA, "create-note-cw", spoiler_text="CW TEST", visibility="unlisted")
shows(PLEROMA, "create-note-markdown", language="zh-CN", says="<strong>test</strong>")
shows(PLEROMA, "create-reply-to-misskey", given=grandparent, says="meow")
shows(PLEROMA, "create-note-to-community", given=grandparent, notified=["mention"])
shows(PLEROMA, "note-emoji-in-summary", "fetch", spoiler_text=":joker_smile:", emojis="joker_smile")
shows(PLEROMA, "question-closed", "fetch", options=["yes", "no"], votes=[4, 0])
shows(PLEROMA, "question-updated-counts", "fetch", votes=[8, 3])
shows(PLEROMA, "note-template", "fetch", content="Content", visibility="public")
shows(
    PLEROMA, "note-mentions-only-in-tag", "create", given=grandparent, pictures=["image", "image"]
)
shows(TESTS, "mastodon-question", options=["Dunno", "Everyone knows that!", "25 char limit is dumb",
                                           "I can't even fit a funny"])  # fmt: skip
shows(TESTS, "mastodon-create-contentmap", language="en", notified=["mention"])
shows(TESTS, "mastodon-create-attachment", pictures=["image"])
shows(TESTS, "mastodon-note-language", "fetch", language="ja")
shows(TESTS, "gotosocial-create-markdown", visibility="unlisted", notified=["mention"])
shows(TESTS, "funkwhale-create-audio", kind=PostKind.TRACK, pictures=["audio"])
shows(TESTS, "bookwyrm-article", "fetch", kind=PostKind.REVIEW)
shows(FRIENDICA, "create-note", given=grandparent, says="test")
shows(FRIENDICA, "create-page", says="Test post to community")
shows(HUBZILLA, "create-image", kind=PostKind.ALBUM, pictures=["image"])
shows(ZAP, "create-note-roadhouse", given=grandparent, says="The Accepts should get through now.")
shows(SMITHEREEN, "create-note", given=grandparent, content="<p>So does this federate now?</p>")
shows(
    SMITHEREEN,
    "question-non-anonymous",
    "fetch",
    votes=[4, 4, 6],
    says="everybody sees who chose what",
)
shows(GNUSOCIAL, "create-note", given=grandparent, content="<p>yay ^^</p>")
shows(GNUSOCIAL, "create-page", says="<strong>hello, world.</strong>")
shows(MITRA, "note-object-link", "fetch", visibility="public", quote=None)
shows(LINKS, "create-note-object-link", quote=None, says="test ")
shows(OWNCAST, "note-live", "fetch", visibility="public", pictures=["image"])
shows(
    PTEROTYPE,
    "create-article",
    kind=PostKind.ARTICLE,
    spoiler_text="",
    says="The days of OStatus are numbered",
)
shows(MISC, "mastodon-2019-create", notified=["mention"], says="how can I follow a user")
shows(MISC, "takahe-create-unlisted-cw", visibility="unlisted", spoiler_text="cw here")
shows(MISC, "takahe-create-question", options=["one", "two"])
shows(MISC, "bookwyrm-review-as-article", "fetch", kind=PostKind.REVIEW, says="★★★★★")
shows(
    MISC, "bandwagon-album", "fetch", kind=PostKind.TRACK, says="Luka Prinčič", pictures=["image"]
)


@MISSKEY.outcome("note-quote", "note-quote-2022", how="itself")
@FEDIBIRD.outcome("note-quote", "note-quoteuri-only", "note-quote-mismatched", how="itself")
async def a_quote(at: At) -> None:
    uri = at.payload.get("_misskey_quote") or at.payload.get("quoteUrl") or at.payload["quoteUri"]
    author = "/".join(uri.split("/")[:3]) + "/users/quoted"
    await at.person(author)
    await at.serve(
        {"id": uri, "type": "Note", "attributedTo": author, "content": "before", "to": [PUBLIC]}
    )
    await at.serve_author()
    await at.fetched()
    shown = await at.status()
    quoted = await at.status(uri)
    rows = at.rows("SELECT quote_of_id, quote_state FROM post WHERE quote_of_id IS NOT NULL")
    # Nobody was asked (A7 of the interop notes of Mastodon): known in the domain, a link in the API.
    assert rows == [(int(quoted["id"]), int(QuoteState.LEGACY))]
    assert shown["quote"] is None
    assert shown["content"].count("quote-inline") == 1


@LINKS.outcome("note-quote-link-tag", how="itself")
async def a_quote_by_link(at: At) -> None:
    uri, author = "https://server.example/objects/123", "https://server.example/users/1"
    await at.person(author)
    await at.serve(
        {"id": uri, "type": "Note", "attributedTo": author, "content": "before", "to": [PUBLIC]}
    )
    await at.serve(at.payload | {"to": [PUBLIC]})
    shown = await at.status()
    assert shown["quote"]["state"] == "accepted"
    assert shown["quote"]["quoted_status"]["content"] == "before"


@MISSKEY.outcome("create-activity-from-note-url", how="itself")
async def fetched_by_its_create(at: At) -> None:
    await at.serve_author()
    await at.serve(at.payload["object"] | {"@context": at.payload["@context"]})
    await at.serve(at.payload)
    assert (await at.status(at.payload["id"]))["content"] == "<p>meow</p>"


PEOPLE = (
    (MISSKEY, "person-misskey-io"), (MISSKEY, "person-birthday"), (PLEROMA, "person-capabilities"),
    (PLEROMA, "person-minimal-2018"), (PLEROMA, "person-no-name"), (TESTS, "mastodon-person-rinpatch"),
    (TESTS, "lemmy-person"), (TESTS, "funkwhale-channel"), (TESTS, "peertube-channel"), (FRIENDICA, "person"),
    (HUBZILLA, "person"), (HUBZILLA, "person-old"), (ZAP, "person"), (SMITHEREEN, "person"), (GNUSOCIAL, "person"),
    (GNUSOCIAL, "group"), (TAKAHE, "person-attachment-object"), (TAKAHE, "person-attachment-nonsense"),
    (MICROBLOGPUB, "person-invalid-alsoknownas"), (BRIDGY, "actor"), (PTEROTYPE, "actor"), (MISC, "snac-person"),
    (MISC, "takahe-person"), (MISC, "honk-person"), (MISC, "owncast-service"), (MISC, "takahe-system-actor"),
)  # fmt: skip


async def a_profile(at: At) -> None:
    actor = await at.stored_actor(at.id)
    assert actor is not None
    shown = await at.account() if actor.kind != ActorKind.APPLICATION else None
    assert shown is None or shown["display_name"]
    facets = actor_facets(actor.facets)
    assert facets.is_cat is at.payload.get("isCat", False)
    assert facets.birthday == at.payload.get("vcard:bday")
    assert facets.chats is at.payload.get("capabilities", {}).get("acceptsChatMessages")
    if "attachment-" in at.file and shown is not None:
        assert len(shown["fields"]) == (1 if at.file.endswith("object") else 0)
    if at.file == "owncast-service" and shown is not None:
        assert (shown["bot"], len(shown["fields"])) == (True, 1)


async def looked_up(at: At) -> None:
    await at.serve(at.payload)
    await at.stage.parts.resolver.actor(await at.place(at.id))


for _corpus, _person in PEOPLE:
    _corpus.outcome(_person, how="itself", given=looked_up)(a_profile)


@KROEG.outcome("create-note-inline-actor", "note-single-emoji-tag")
async def with_its_actor_inside(at: At) -> None:
    post, facets = await stored(at)
    # A single address for an audience is an audience of one.
    assert post.visibility == Visibility.PUBLIC
    assert [each.shortcode for each in facets.emojis] == (
        ["icon_e_smile"] if "emoji" in at.file else []
    )


@MISC.outcome("takahe-create-followers")
async def for_followers_alone(at: At) -> None:
    post, _ = await stored(at)
    assert post.visibility >= Visibility.FOLLOWERS
    assert (await at.stage.anyone.get(f"/api/v1/statuses/{post.id}")).status == 404


@MISC.outcome("takahe-create-reply", given=lena_posted)
async def an_answer(at: At) -> None:
    shown = await at.status()
    assert shown["visibility"] == "public"
    assert shown["in_reply_to_id"] == str(at.stage.posts[0])
    assert await at.notified() == ["mention"]
