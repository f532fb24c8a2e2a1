"""The smaller microblogs: Friendica, Hubzilla, Smithereen, Takahē, snac and others."""

from tests.platforms.reading.corpus import actor, document, post, reads
from weft.domain.actors.records import ActorKind
from weft.domain.posts.kinds import ReviewFacets
from weft.domain.posts.records import PostKind
from weft.domain.visibility.viewer import Visibility


@reads("hubzilla/create-image")
def the_largest_of_one_picture(name: str) -> None:
    read = post(name)
    (image,) = read.media
    assert (read.kind, image.width, image.url[-6:]) == (PostKind.ALBUM, 2200, "-0.jpg")
    assert image.description == "daf82c18ef92a84cda72(1).jpg"
    assert read.facets.source_format == "text/bbcode"


@reads("smithereen/question-non-anonymous")
def everybody_sees_who_votes(name: str) -> None:
    read = post(name)
    assert (read.title, read.tally, read.voters) == ("тестовый опрос", (4, 4, 6), 14)
    assert read.facets.open_votes is True


@reads(
    "friendica/person", "hubzilla/person", "hubzilla/person-old", "zap-osada/person", "smithereen/person",
    "gnusocial/person", "gnusocial/group", "bridgy-fed/actor", "pterotype/actor", "misc/snac-person",
    "misc/takahe-person", "misc/takahe-system-actor", "misc/honk-person", "misc/owncast-service",
)  # fmt: skip
def profiles_of_the_others(name: str) -> None:
    read = actor(name)
    assert read.inbox
    kinds = {
        "gnusocial/group": ActorKind.GROUP, "pterotype/actor": ActorKind.ORGANIZATION,
        "misc/takahe-system-actor": ActorKind.APPLICATION, "misc/owncast-service": ActorKind.SERVICE,
    }  # fmt: skip
    assert read.kind is kinds.get(name, ActorKind.PERSON)
    if name in {"misc/takahe-person", "misc/owncast-service"}:
        assert read.discoverable is True
    if name == "misc/owncast-service":
        assert [each.name for each in read.facets.fields] == ["Stream"]


@reads("takahe/person-attachment-object", "takahe/person-attachment-nonsense")
def one_row_or_none(name: str) -> None:
    assert len(actor(name).facets.fields) == (1 if name.endswith("object") else 0)


@reads("microblogpub/person-invalid-alsoknownas")
def names_that_are_no_addresses(name: str) -> None:
    assert actor(name).facets.also_known_as == ()


@reads("kroeg/note-single-emoji-tag")
def a_tag_that_is_no_list(name: str) -> None:
    assert [each.shortcode for each in post(name).emojis] == ["icon_e_smile"]


@reads("fedibird/note-quote", "fedibird/note-quoteuri-only", "fedibird/note-quote-mismatched")
def quotes_of_fedibird(name: str) -> None:
    read = post(name)
    assert read.quote is not None
    said = document(name)
    assert read.quote.uri == (
        said.get("_misskey_quote") or said.get("quoteUrl") or said["quoteUri"]
    )
    assert read.content.count("quote-inline") == 1


@reads("fep-e232/note-quote-link-tag")
def a_link_that_is_named_as_a_quote(name: str) -> None:
    read = post(name)
    assert read.quote is not None
    assert (read.quote.uri, read.quote.legacy) == ("https://server.example/objects/123", True)


@reads("pterotype/create-article")
def an_article_of_a_blog(name: str) -> None:
    read = post(name)
    assert (read.kind, read.title) == (
        PostKind.ARTICLE, "The end is near: Mastodon plans to drop OStatus support",
    )  # fmt: skip
    assert "wp:paragraph" not in read.content
    assert read.facets.article is not None
    assert read.facets.article.summary


@reads("misc/takahe-create-followers")
def for_followers(name: str) -> None:
    assert post(name, document(name)["to"]).visibility is Visibility.FOLLOWERS


@reads("misc/bookwyrm-review-as-article")
def five_stars(name: str) -> None:
    read = post(name)
    assert read.kind is PostKind.REVIEW
    assert isinstance(read.facets.review, ReviewFacets)
    assert read.facets.review.rating == 5


@reads("misc/bandwagon-album")
def an_album_of_music(name: str) -> None:
    read = post(name)
    assert (read.kind, read.facets.track is not None) == (PostKind.TRACK, True)
    track = read.facets.track
    assert track is not None
    assert ([each.name for each in track.artists], track.album) == (["Luka Prinčič"], read.title)
    assert track.cover_url == read.media[0].url
    assert "transgenre mutation" in read.content
