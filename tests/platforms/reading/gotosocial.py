"""GoToSocial: profiles with descriptions of their pictures, policies in both generations."""

from typing import Any

from tests.platforms.reading.corpus import (
    DIALECTS,
    actor,
    document,
    post,
    reads,
    unreadable,
    variant,
)
from weft.domain.actors.records import ActorKind
from weft.domain.posts.records import Circle, Interactions, PostKind

ZORK = "http://localhost:8080/users/the_mighty_zork"
OTHERS = tuple(
    f"https://gts.superseriousbusiness.org/users/{name}" for name in ("dumpsterqueer", "f0x")
)


@reads("gotosocial/note-policy-new", "gotosocial/note-policy-deprecated")
def the_same_policy_in_both_spellings(name: str) -> None:
    read = variant(name, id=f"{ZORK}/statuses/1", attributedTo=ZORK)
    assert read.facets.interactions == Interactions(
        like=Circle(("public",)),
        reply=Circle((ZORK, "followers", *OTHERS), ("public",)),
        boost=Circle((ZORK,), ("public",)),
        # Who writes the newer spelling takes requests, too.
        asks=name.endswith("-new"),
    )
    assert (read.content, read.language) == ("hey @f0x and @dumpsterqueer", "en")


def policies_that_enforce_nothing() -> None:
    nothings: tuple[Any, ...] = (None, {}, {"canReply": {}}, {"canReply": None}, [])
    for nothing in nothings:
        assert (
            variant("gotosocial/note-public", interactionPolicy=nothing).facets.interactions is None
        )


@reads(
    "gotosocial/person",
    "gotosocial/application-bot",
    "gotosocial/person-moved",
    "gotosocial/person-shared-inbox",
)
def a_zork(name: str) -> None:
    read = actor(name)
    assert (read.name, read.locked, read.discoverable) == ("original zork (he/they)", False, True)
    assert read.facets.icon_alt == "a green goblin looking nasty"
    assert (read.facets.header_alt or "").startswith("A very old-school screenshot")
    assert read.kind is (ActorKind.APPLICATION if "bot" in name else ActorKind.PERSON)
    assert (read.shared_inbox is not None) == ("shared" in name)
    assert bool(read.facets.also_known_as) == ("moved" in name)


@reads("gotosocial/person-fields", "gotosocial/person-one-field")
def rows_of_a_profile(name: str) -> None:
    fields = [(each.name, each.value) for each in actor(name).facets.fields]
    assert (
        fields
        == [("should you follow me?", "maybe!"), ("age", "120")][: 2 if "fields" in name else 1]
    )


@reads("gotosocial/person-script-in-fields")
def no_script_in_a_profile(name: str) -> None:
    whole = document(name) | {
        "preferredUsername": "someone",
        "inbox": "https://example.org/users/someone/inbox",
    }
    fields = DIALECTS.read_actor(whole).facets.fields
    assert [(each.name, each.value[:2]) for each in fields] == [
        ("cheeky", ""),
        ("buy me coffee?", "<a"),
        ("hello", "wo"),
    ]


@reads("gotosocial/mastodon-person")
def with_its_rows(name: str) -> None:
    assert len(actor(name).facets.fields) == 2


@reads("gotosocial/note-tags-media")
def what_is_on_the_picture(name: str) -> None:
    read = post(name)
    (image,) = read.media
    assert (image.description or "").startswith("Black and white image of some 50's style text")
    assert (image.focus, image.blurhash is not None) == ((-0.5, 0.5), True)
    assert [each.shortcode for each in read.emojis] == ["rainbow"]
    assert ([each.name for each in read.tags], read.summary) == (["welcome"], None)


@reads("gotosocial/note-emoji-null-id", "gotosocial/note-emoji-empty-id")
def an_emoji_without_a_name_of_its_own(name: str) -> None:
    (emoji,) = post(name).emojis
    assert (emoji.shortcode, emoji.uri) == ("shocked_pikachu", None)


@reads("gotosocial/note-weird-summary-name")
def a_warning_in_plain_text(name: str) -> None:
    read = post(name)
    assert (read.summary or "").startswith("warning: #WEIRD #SUMMARY ;;;;a;;a;asv")
    assert read.title is None


@reads("gotosocial/note-attachment-object")
def one_picture(name: str) -> None:
    (image,) = post(name).media
    assert "picture of a #cat" in (image.description or "")


@reads("gotosocial/video-peertube-url-links", "gotosocial/vote-note-bare")
def without_an_author_or_id(name: str) -> None:
    unreadable(name, "not a post")
    if "video" in name:
        read = variant(name, attributedTo="https://example.org/accounts/someone")
        assert read.kind is PostKind.VIDEO
        assert read.url == "https://example.org/w/jifTXYpdLJSU269svW8Jdb"
        assert read.facets.video is not None
        assert read.facets.video.files
