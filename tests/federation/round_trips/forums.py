"""Threads, answers and messages: Lemmy, Mbin, NodeBB, Discourse."""

from itertools import count
from typing import Any

from tests.federation.corpus.mbin import MAGAZINE, MBIN, filled
from tests.federation.corpus.playing import At, Corpus
from tests.federation.round_trips.travelling import Platform, Trip, post_in
from weft.domain.posts.records import PostKind
from weft.platforms.lemmy import wire_out as lemmy
from weft.platforms.nodebb import wire_out as nodebb

_LEMMY = Corpus("lemmy")
_MESSAGES = Corpus(
    "lemmy",
    lena=(
        "https://queer.hacktivis.me/users/lanodan",
        "https://voyager.lemmy.ml/u/nutomic",
        "http://ds9.lemmy.ml/u/lemmy_alpha",
    ),
)
_NODEBB = Corpus("nodebb")
_DISCOURSE = Corpus("discourse")
_MESSAGE = "id attributedTo to published content mediaType source.content source.mediaType"
_POST = "id type attributedTo audience content mediaType source.content source.mediaType"
_PAGE = f"{_POST} to name published sensitive language.identifier"
_TOPIC = "id type attributedTo audience context content published url"


async def community(at: At) -> None:
    """Whatever it is addressed to is a Group that is known here."""
    post = post_in(at.payload)
    named = post["audience"] if isinstance(post["audience"], str) else post["audience"][0]
    await at.person(named, type="Group")
    await at.actor(named)


async def magazine(at: At) -> None:
    """Mbin's payloads come without ids."""
    ids = (f"https://kbin.test/m/test/t/{number}" for number in count(1))
    at.payload = filled(at.payload, ids)
    post_in(at.payload)["published"] = "2026-10-01T12:00:00Z"
    await at.person(MAGAZINE, type="Group")
    await at.actor(MAGAZINE)


async def thread(at: At) -> None:
    """The thread that is answered is here."""
    await community(at)
    page: dict[str, Any] = at.load("page")
    await at.person(page["attributedTo"])
    await at.serve(page)
    await at.status(page["id"])


async def main(at: At) -> None:
    """The community in ``cc``; ``audience`` was its author in 2021."""
    await at.person("http://enterprise.lemmy.ml/c/main", type="Group")
    await at.actor("http://enterprise.lemmy.ml/c/main")


async def answers_of_mbin(at: At) -> None:
    ids = (f"https://kbin.test/m/test/t/{number}" for number in (8, 9, 7, 9))
    at.payload = filled(at.payload, ids)
    post_in(at.payload)["published"] = "2026-10-01T12:00:00Z"
    await at.person(MAGAZINE, type="Group")
    await at.actor(MAGAZINE)


PLATFORMS = (
    Platform(
        "lemmy",
        lemmy.write_post,
        lemmy.CONTEXT,
        (
            Trip(
                _LEMMY, "page", PostKind.LINK,
                f"{_PAGE} image.url context tag[Mention].href tag[CommunityPostTag].id"
                " tag[CommunityPostTag].preferredUsername", given=community,
            ),
            Trip(
                _LEMMY, "page-image-and-link", PostKind.LINK,
                f"{_PAGE.replace(' content ', ' ')} image.url", given=community,
                lost={
                    "content": "further links become a part of the text, as Lemmy itself does it",
                    "attachment[Link].href": "as said",
                },
            ),
            Trip(
                _LEMMY, "create-page", PostKind.LINK, _PAGE, given=community,
                unlike={"facets": "the picture that a thread is about is its thumbnail"},
            ),
            Trip(
                _LEMMY, "comment", PostKind.COMMENT,
                f"{_POST} to inReplyTo distinguished language.identifier published updated"
                " tag[Mention].href", given=thread,
                lost={"cc": "followers hear of it, too", "context": "a thread has one"},
                unlike={"context_uri": "a thread has one"},
            ),
            Trip(
                _LEMMY, "v0.19-create-note", PostKind.COMMENT,
                "id type attributedTo content source.content inReplyTo published", given=main,
                lost={
                    "audience": "the community, and no longer its author",
                    "to": "the community is in it since 1.0",
                    "cc": "and not in here any more",
                },
            ),
            Trip(
                _MESSAGES, "private-message", PostKind.NOTE, _MESSAGE,
                lost={"type": "every version reads a ChatMessage, only the newest a Note"},
                unlike={"facets": "and that is a message of a chat"},
            ),
            Trip(_MESSAGES, "create-private-message-0.19", PostKind.NOTE, f"{_MESSAGE} type"),
        ),
    ),
    Platform(
        "mbin",
        lemmy.write_post,
        lemmy.CONTEXT,
        (
            Trip(
                MBIN, "create-page", PostKind.THREAD,
                "id type attributedTo to name audience mediaType commentsEnabled sensitive stickied"
                " tag[Hashtag].name", given=magazine,
            ),
            Trip(
                MBIN, "create-page-link-and-image", PostKind.LINK,
                "id type attributedTo to name audience mediaType commentsEnabled sensitive stickied"
                " tag[Hashtag].name attachment[Link].href attachment[Image].url"
                " attachment[Image].mediaType attachment[Image].name attachment[Image].blurhash"
                " attachment[Image].width image.url", given=magazine,
            ),
            Trip(
                MBIN, "create-microblog-note", PostKind.NOTE,
                f"{_POST} to commentsEnabled stickied sensitive tag[Hashtag].name url", given=magazine,
            ),
            Trip(
                MBIN, "create-entry-comment", PostKind.COMMENT,
                f"{_POST} inReplyTo sensitive tag[Hashtag].name url", given=answers_of_mbin,
            ),
            Trip(
                MBIN, "create-nested-microblog-comment", PostKind.COMMENT,
                f"{_POST} inReplyTo sensitive tag[Hashtag].name url", given=answers_of_mbin,
            ),
        ),
    ),
    Platform(
        "nodebb",
        nodebb.write_post,
        nodebb.CONTEXT,
        (
            Trip(
                _NODEBB, "announce-create", PostKind.THREAD,
                f"{_TOPIC} to name source.content source.mediaType tag[Mention].href attachment[].url"
                " attachment[].width attachment[].mediaType replies", given=community,
            ),
            Trip(
                _NODEBB, "announce-create-2", PostKind.THREAD,
                f"{_TOPIC} to name source.content tag[Hashtag].name attachment[].url replies",
                given=community,
            ),
            Trip(
                _NODEBB, "article-main-post", PostKind.ARTICLE,
                f"{_TOPIC} name summary source.content replies", given=community,
                lost={"preview.content": "the summary is kept, which has other line breaks"},
            ),
        ),
    ),
    Platform(
        "discourse",
        nodebb.write_post,
        nodebb.CONTEXT,
        (
            Trip(
                _DISCOURSE, "note-first-post", PostKind.THREAD, f"{_TOPIC} name", given=community,
            ),
        ),
    ),
)  # fmt: skip
