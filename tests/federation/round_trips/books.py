"""What is said of books and other works: BookWyrm, NeoDB."""

from tests.federation.corpus.playing import At, Corpus
from tests.federation.round_trips.travelling import Platform, Trip
from weft.domain.posts.records import PostKind
from weft.platforms.bookwyrm import wire_out as bookwyrm
from weft.platforms.neodb import wire_out as neodb

_BOOKWYRM = Corpus("bookwyrm")
_MISC = Corpus("misc")
_NEODB = Corpus("neodb")
_POST = "id to cc published attributedTo inReplyToBook"
_PIECES = (
    "id type published attributedTo content relatedWith[].type"
    " relatedWith[].withRegardTo relatedWith[].attributedTo"
)
_NATIVE = {
    "type": "a review in words comes back in BookWyrm's own type",
    "name": "the title of the book and the stars are members of their own",
}
_PIECE_IDS = {"relatedWith[].id": "pieces of ours are named after their post"}


async def by_name(at: At) -> None:
    """NeoDB's ids of people end with a slash or a handle."""
    await at.person(at.payload["attributedTo"], preferredUsername="april")


PLATFORMS = (
    Platform(
        "bookwyrm",
        bookwyrm.write_post,
        bookwyrm.CONTEXT,
        (
            Trip(_BOOKWYRM, "create-rating", PostKind.RATING, f"{_POST} type rating sensitive"),
            Trip(_BOOKWYRM, "quotation", PostKind.QUOTATION, f"{_POST} type url content quote sensitive"),
            Trip(_BOOKWYRM, "comment", PostKind.NOTE, f"{_POST} type url content"),
            Trip(
                _BOOKWYRM, "create-generatednote-shelve", PostKind.NOTE,
                "id type to cc published attributedTo content tag[].href tag[].name sensitive",
                lost={"tag[].type": "BookWyrm calls it an Edition since 2021"},
            ),
            Trip(
                _BOOKWYRM, "article-review-fallback", PostKind.REVIEW,
                f"{_POST} content updated attachment[].url", lost=_NATIVE,
            ),
            Trip(
                _MISC, "bookwyrm-review-as-article", PostKind.REVIEW,
                f"{_POST} content rating attachment[].url", lost=_NATIVE,
            ),
        ),
    ),
    Platform(
        "neodb",
        neodb.write_post,
        neodb.CONTEXT,
        (
            Trip(
                _NEODB, "note-mark-status-comment-rating", PostKind.REVIEW,
                f"{_PIECES} url to relatedWith[Status].status relatedWith[Rating].value"
                " relatedWith[Rating].best relatedWith[Rating].worst relatedWith[Comment].content"
                " tag[Movie].image tag[Movie].href tag[Movie].name tag[Hashtag].name", given=by_name, lost=_PIECE_IDS,
            ),
            Trip(
                _NEODB, "note-with-progress-note", PostKind.NOTE,
                "id type published attributedTo content relatedWith[].type relatedWith[].withRegardTo"
                " relatedWith[].title relatedWith[].content relatedWith[].progress.type"
                " relatedWith[].progress.value", given=by_name, lost=_PIECE_IDS,
            ),
            Trip(
                _NEODB, "note-with-review-piece", PostKind.REVIEW,
                "id published attributedTo relatedWith[].type relatedWith[].withRegardTo"
                " relatedWith[].name relatedWith[].content relatedWith[].mediaType", given=by_name,
                lost=_PIECE_IDS | {
                    "type": "a review is an Article",
                    "content": "which has the whole text",
                },
            ),
        ),
    ),
)  # fmt: skip
