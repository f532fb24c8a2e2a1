"""BookWyrm and NeoDB: what people say of works, and how far they are in them."""

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
from weft.domain.posts.kinds import Credit, ReviewFacets, Work
from weft.domain.posts.records import PostKind
from weft.domain.visibility.viewer import Visibility
from weft.federation.dialects import RemotePost

BOOK = "https://example.com/book/1"
is_no_post(
    "bookwyrm",
    "catalogue, shelves, lists, exports, other activities",
    "account-export-archive", "add-listitem", "add-shelfitem", "announce", "api-search-legacy", "block",
    "connector-inventaire-edition", "connector-inventaire-isbn-search", "connector-inventaire-search",
    "connector-inventaire-work", "connector-ol-edition", "connector-ol-isbn-search",
    "connector-ol-search", "connector-ol-work", "create-booklist", "delete-status-tombstone",
    "delete-user-unknown", "edition-snake-case", "flag", "like-unknown-object", "remove-shelfitem",
    "series", "seriesbook", "shelf", "undo-announce", "work-snake-case",
)  # fmt: skip
is_no_post(
    "neodb",
    "catalogue and lists",
    "catalog-movie",
    "nodeinfo",
    "shelf-envelope",
    "shelf-items-page",
)


def review_of(read: RemotePost) -> ReviewFacets:
    assert read.facets.review is not None
    return read.facets.review


@reads("bookwyrm/comment")
def a_comment_on_a_book(name: str) -> None:
    read = post(name)
    review = review_of(read)
    assert (read.kind, read.content, read.visibility) == (
        PostKind.NOTE,
        "commentary",
        Visibility.PUBLIC,
    )
    assert review.work == Work(BOOK, "book", "", url=BOOK)
    assert (read.sensitive, review.quotation, review.rating, review.is_generated) == (
        False,
        None,
        None,
        False,
    )


@reads("bookwyrm/quotation")
def a_quotation(name: str) -> None:
    read = post(name)
    assert (read.kind, read.content) == (PostKind.QUOTATION, "commentary")
    assert review_of(read).quotation == "quote body"
    assert review_of(read).work == Work(BOOK, "book", "", url=BOOK)
    assert read.quote is None


@reads("bookwyrm/create-rating")
def stars_alone(name: str) -> None:
    read = post(name)
    review = review_of(read)
    assert (read.kind, read.content, read.in_reply_to, read.summary) == (
        PostKind.RATING,
        "",
        None,
        None,
    )
    assert (review.rating, review.best) == (3.0, 5.0)
    assert review.work == Work(BOOK, "book", "", url=BOOK)


@reads("bookwyrm/create-generatednote-shelve")
def put_on_a_shelf(name: str) -> None:
    read = post(name)
    review = review_of(read)
    assert (read.kind, read.content) == (PostKind.NOTE, "wants to read")
    assert (review.status, review.is_generated) == ("wants", True)
    shelved = "https://bookwyrm.social/book/37292"
    assert review.work == Work(shelved, "book", "Female Husbands", url=shelved)


@reads("bookwyrm/article-review-fallback")
def a_review_as_others_get_it(name: str) -> None:
    read = post(name)
    work = review_of(read).work
    assert work is not None
    assert (read.kind, read.title, read.content) == (PostKind.REVIEW, "ab", "<p>review</p>")
    assert (work.uri, work.title) == (
        "https://bookwyrm.com/book/2",
        "Death's End (The Three-Body Problem)",
    )
    assert review_of(read).rating is None
    (cover,) = read.media
    assert cover.url == work.cover_url
    assert (cover.description or "").endswith("(2018, Head of Zeus)")
    assert read.edited_at is not None


@reads("bookwyrm/create-unsupported-article")
def an_article_without_text(name: str) -> None:
    read = post(name)
    assert (read.kind, read.title, read.content) == (PostKind.ARTICLE, "hello", "")


@reads("bookwyrm/create-unknown-type")
def of_a_type_nobody_knows(name: str) -> None:
    unreadable(name, "not a post")


@reads("bookwyrm/note-direct-mastodon")
def a_direct_message(name: str) -> None:
    read = post(name)
    assert (read.visibility, read.facets.review) == (Visibility.DIRECT, None)
    assert (read.mentions, read.language) == (("https://example.com/user/mouse",), "en")


@reads("bookwyrm/replies-page")
def a_reply_in_a_page(name: str) -> None:
    (inner,) = document(name)["orderedItems"]
    read = DIALECTS.read_post(inner, None)
    assert read.in_reply_to == "https://bookwyrm.com/user/TestUser/review/17"
    assert read.mentions == ("https://bookwyrm.com/user/TestUser",)


@reads("bookwyrm/person", "bookwyrm/person-move-source")
def a_reader(name: str) -> None:
    read = actor(name)
    assert (read.username, read.keys[0].key_id) == (
        "mouse",
        "https://example.com/user/mouse/#main-key",
    )
    moved = ("https://your.domain.here:4242/user/rat",) if "move" in name else ()
    assert read.facets.also_known_as == moved


LINK = f'<a href="{BOOK}"><i>Piranesi</i></a>'
PIRANESI = Work(BOOK, "book", "Piranesi", url=BOOK)


def the_same_in_words() -> None:
    """The forms for others say what BookWyrm's own say, and the words do not come twice."""
    comment = variant(
        "bookwyrm/comment", type="Note", content=f"<p>Odd.</p><p>(comment on {LINK}, p. 12)</p>"
    )
    assert (comment.kind, comment.content) == (PostKind.NOTE, "<p>Odd.</p>")
    assert review_of(comment) == ReviewFacets(work=PIRANESI, position="12", position_mode="page")
    quoted = variant(
        "bookwyrm/quotation",
        type="Note",
        content=f'"quote body" <p>— S. Clarke: {LINK}, pp. 3-4</p><p>Yes</p>',
    )
    assert (quoted.kind, quoted.content) == (PostKind.QUOTATION, "<p>Yes</p>")
    assert review_of(quoted) == ReviewFacets(
        work=Work(BOOK, "book", "Piranesi", (Credit("S. Clarke"),), url=BOOK),
        quotation="quote body", position="3", end_position="4", position_mode="page",
    )  # fmt: skip
    stars = variant(
        "bookwyrm/create-rating",
        type="Note",
        content=f"rated <em>{LINK}</em>: 3 stars",
        rating="4.50",
    )
    assert (stars.kind, stars.content, review_of(stars).rating) == (PostKind.RATING, "", 4.5)
    shelved = variant(
        "bookwyrm/create-generatednote-shelve",
        type="Note",
        content="Rat finished reading <i>FH</i>",
    )
    assert (review_of(shelved).status, review_of(shelved).is_generated) == ("read", True)


def a_review_of_its_own_kind() -> None:
    read = variant(
        "bookwyrm/article-review-fallback", type="Review", name="Ends well", rating=4.5, readingStatus="read",
        progress=3, progressMode="PCT", summary="spoilers", sensitive=True,
    )  # fmt: skip
    review = review_of(read)
    assert (read.kind, read.title, read.summary) == (PostKind.REVIEW, "Ends well", "spoilers")
    assert (review.rating, review.status, review.progress, review.progress_mode) == (
        4.5,
        "read",
        "3",
        "percent",
    )
    named = variant(
        "bookwyrm/article-review-fallback", name='Review of "A "B" C" (4.5 stars): so: "x"'
    )
    assert (named.title, review_of(named).rating) == ('so: "x"', 4.5)
    assert (review_of(named).work or PIRANESI).title == 'A "B" C'
    assert review_of(variant("bookwyrm/create-rating", rating=11)).rating is None


FILM = "https://neodb.social/movie/7hfF7d0aFMaqHpFjUpq4zR"


@reads("neodb/note-mark-status-comment-rating")
def a_mark(name: str) -> None:
    read = post(name)
    review = review_of(read)
    assert (read.kind, read.visibility) == (PostKind.REVIEW, Visibility.PUBLIC)
    assert (review.status, review.rating, review.best) == ("read", 7.0, 10.0)
    assert review.work is not None
    assert (review.work.uri, review.work.kind, review.work.title) == (FILM, "film", "Anora")
    assert (review.work.cover_url or "").startswith("https://neodb.social/m/item/")
    assert "at least I laughed hard" in read.content
    assert [tag.display for tag in read.tags] == ["我看我听我读"]


@reads("neodb/note-with-progress-note")
def how_far_they_are(name: str) -> None:
    read = post(name)
    review = review_of(read)
    assert (read.kind, read.content) == (PostKind.NOTE, "<p>marked a book</p>")
    assert (review.progress, review.progress_mode) == ("5", "chapter")
    assert review.work == Work(
        "https://neodb.example.com/books/01ABC", "work", url="https://neodb.example.com/books/01ABC"
    )


@reads("neodb/note-with-review-piece")
def a_review_inside(name: str) -> None:
    read = post(name)
    assert (read.kind, read.title) == (PostKind.REVIEW, "My Review Title")
    assert read.content == "<p>A fantastic book.</p>\n"
    assert (read.facets.source, read.facets.source_format) == ("A fantastic book.", "text/markdown")


def pieces_of_others_are_not_believed() -> None:
    related = document("neodb/note-with-review-piece")["relatedWith"]
    related[0]["attributedTo"] = "https://neodb.example.com/users/other/"
    read = variant("neodb/note-with-review-piece", relatedWith=related)
    assert (read.kind, read.facets.review, read.content) == (
        PostKind.NOTE,
        None,
        "<p>marked a book</p>",
    )
