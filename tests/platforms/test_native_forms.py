"""Posts written here, in the forms of other platforms: what each has a form for, and what it must say.

That the forms are those which the platforms themselves write, ``tests/federation/test_round_trips.py`` shows.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
import pytest

from weft.dialects import make_dialects
from weft.domain.actors.records import Actor, ActorKind
from weft.domain.media.records import MediaKind
from weft.domain.posts.kinds import (
    ArticleFacets,
    EventFacets,
    Listen,
    Place,
    ReviewFacets,
    Work,
)
from weft.domain.posts.queries import AttachmentRow
from weft.domain.posts.records import (
    AudienceRole,
    Circle,
    Interactions,
    Post,
    PostFacets,
    PostKind,
    QuoteState,
)
from weft.domain.quotes.queries import Quote
from weft.domain.server import Server
from weft.domain.visibility.viewer import Visibility
from weft.federation.facts import PostFacts
from weft.platforms.bookwyrm import wire_out as bookwyrm
from weft.platforms.castopod import wire_out as castopod
from weft.platforms.funkwhale import wire_out as funkwhale
from weft.platforms.gotosocial import wire_out as gotosocial
from weft.platforms.lemmy import wire_out as lemmy
from weft.platforms.misskey import wire_out as misskey
from weft.platforms.mobilizon import wire_out as mobilizon
from weft.platforms.neodb import wire_out as neodb
from weft.platforms.nodebb import wire_out as nodebb
from weft.platforms.peertube import wire_out as peertube
from weft.platforms.pixelfed import wire_out as pixelfed
from weft.platforms.pleroma import wire_out as pleroma
from weft.platforms.writefreely import wire_out as writefreely
from weft.protocol.activitystreams import read_document

R = TypeVar("R")
Write = Callable[[Server, PostFacts], dict[str, Any] | None]

HERE = "https://weft.example"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
NOON = 1_791_633_600_000
SERVER = Server(
    origin=HERE, domain="weft.example", host="weft.example", tell=None, now_ms=lambda: NOON  # type: ignore[arg-type]
)  # fmt: skip
BOOK = Work(
    uri="https://books.example/book/1", title="Dracula", cover_url="https://books.example/c.jpg"
)
FILM = Work(uri="https://neodb.example/movie/1", kind="film", title="Anora")


def row(struct: type[R], **known: Any) -> R:
    """A record whose other fields are empty."""
    empty: dict[Any, Any] = {int: 0, bool: False, str: ""}
    fields = {
        name: known.get(name, empty.get(struct.__annotations__[name]))
        for name in struct.__struct_fields__  # type: ignore[attr-defined]
    }
    return struct(**fields)


def actor(name: str, host: str, kind: ActorKind = ActorKind.PERSON) -> Actor:
    uri = f"https://{host}/users/{name}"
    return row(
        Actor, id=len(name), kind=kind, uri=uri, username=name, domain=host, url=f"https://{host}/@{name}",
        followers_uri=f"{uri}/followers", following_uri=f"{uri}/following",
    )  # fmt: skip


ANN = actor("ann", "weft.example")
MIA = actor("mia-b", "social.example")
CLUB = actor("the-club", "forum.example", ActorKind.GROUP)


def upload(kind: MediaKind, content_type: str, **more: Any) -> AttachmentRow:
    return row(
        AttachmentRow, kind=kind, content_type=content_type, store_key=f"k.{content_type[-3:]}", **more
    )  # fmt: skip


def said(
    kind: PostKind,
    *,
    facets: PostFacets | None = None,
    to: tuple[tuple[Actor, AudienceRole], ...] = (),
    attachments: tuple[AttachmentRow, ...] = (),
    quote: Quote | None = None,
    **more: Any,
) -> PostFacts:
    post = row(
        Post, id=7, kind=kind, local=True, uri=f"{HERE}/ap/posts/7", published_at=NOON,
        **{"content": "<p>Words</p>", "visibility": Visibility.PUBLIC} | more,
        facets=msgspec.json.encode(facets).decode() if facets is not None else None,
    )  # fmt: skip
    return PostFacts(
        post=post, author=ANN, named=to, tags=(), attachments=attachments, poll=None, options=(),
        stats=None, context_uri=f"{HERE}/ap/contexts/7", quote=quote,
    )  # fmt: skip


IN_CLUB = ((CLUB, AudienceRole.COMMUNITY),)
EVERYTHING = PostFacets(
    review=ReviewFacets(work=BOOK, rating=4.5, quotation="<p>Q</p>"),
    event=EventFacets(start_at=NOON),
)
FILE = {
    PostKind.VIDEO: upload(MediaKind.VIDEO, "video/mp4", small_key="small.webp"),
    PostKind.TRACK: upload(MediaKind.AUDIO, "audio/mpeg"),
    PostKind.ALBUM: upload(MediaKind.PICTURE, "image/png"),
}
K = PostKind
NOTES = {K.NOTE, K.ALBUM, K.QUESTION}
FORMS: dict[Write, set[PostKind]] = {
    peertube.write_post: {K.VIDEO},
    funkwhale.write_post: {K.TRACK},
    castopod.write_post: {K.NOTE, K.COMMENT, K.TRACK},
    bookwyrm.write_post: {K.REVIEW, K.RATING, K.QUOTATION, K.NOTE},
    neodb.write_post: {K.REVIEW, K.RATING, K.QUOTATION, K.NOTE},
    lemmy.write_post: {K.THREAD, K.LINK, K.NOTE},
    nodebb.write_post: {K.THREAD, K.LINK, K.ARTICLE},
    mobilizon.write_post: {K.EVENT},
    writefreely.write_post: {K.ARTICLE, K.NOTE, K.COMMENT},
    pixelfed.write_post: {K.ALBUM, K.VIDEO, K.QUESTION},
    misskey.write_post: {*NOTES, K.COMMENT},
    pleroma.write_post: {*NOTES, K.COMMENT, K.ARTICLE, K.EVENT},
    gotosocial.write_post: {*NOTES, K.COMMENT},
}


def platform(write: Write) -> str:
    return write.__module__.split(".")[2]


@pytest.mark.parametrize("write", FORMS, ids=platform)
def test_what_a_platform_has_a_form_for(write: Write) -> None:
    has_form = set()
    for kind in set(PostKind) - {PostKind.BOOST}:
        files = (FILE[kind],) if kind in FILE else ()
        facts = said(kind, facets=EVERYTHING, to=IN_CLUB, attachments=files, title="Title")
        document = write(SERVER, facts)
        if document is None:
            continue
        has_form.add(kind)
        body = msgspec.json.encode(
            {"@context": "https://www.w3.org/ns/activitystreams", **document}
        )
        read = make_dialects().read_post(read_document(body), ANN.followers_uri)
        assert (read.uri, read.visibility) == (facts.post.uri, Visibility.PUBLIC)
    assert has_form == FORMS[write]


def must(document: dict[str, Any] | None) -> dict[str, Any]:
    assert document is not None
    return document


def test_an_uploaded_video_has_what_peertube_asks_for() -> None:
    film = upload(
        MediaKind.VIDEO, "video/mp4", width=1920, height=1080, duration_ms=93_400, small_key="s.webp"
    )  # fmt: skip
    facts = said(PostKind.VIDEO, to=IN_CLUB, attachments=(film,), content="<p>A cat<br>sleeps</p>")
    document = must(peertube.write_post(SERVER, facts))
    assert (document["name"], document["duration"]) == ("A cat", "PT93S")
    assert document["to"] == [PUBLIC, CLUB.uri]
    assert document["icon"] == [
        {"type": "Image", "url": f"{HERE}/media/s.webp", "mediaType": "image/webp", "width": 1920, "height": 1080}
    ]  # fmt: skip
    file = next(each for each in document["url"] if each["mediaType"] == "video/mp4")
    assert (file["href"], file["height"], file["fps"]) == (f"{HERE}/media/k.mp4", 1080, -1)
    assert must(peertube.write_post(SERVER, facts))["uuid"] == document["uuid"]


@pytest.mark.parametrize("lacks", ["channel", "still"])
def test_a_video_that_peertube_would_refuse_is_not_written(lacks: str) -> None:
    film = upload(MediaKind.VIDEO, "video/mp4", small_key=None if lacks == "still" else "s.webp")
    facts = said(PostKind.VIDEO, to=() if lacks == "channel" else IN_CLUB, attachments=(film,))
    assert peertube.write_post(SERVER, facts) is None


def test_the_create_of_a_thread_is_for_its_community() -> None:
    facts = said(PostKind.THREAD, to=(*IN_CLUB, (MIA, AudienceRole.MENTION)), title="T" * 300)
    document = must(lemmy.write_post(SERVER, facts))
    assert len(document["name"]) == 200
    assert document["to"] == [CLUB.uri, PUBLIC]
    assert lemmy.create_members(facts) == {
        "to": [PUBLIC],
        "cc": [CLUB.uri, ANN.followers_uri, MIA.uri],
        "audience": CLUB.uri,
    }


def test_a_message_is_for_exactly_one() -> None:
    one = said(PostKind.NOTE, to=((MIA, AudienceRole.MENTION),), visibility=Visibility.DIRECT)
    assert must(lemmy.write_post(SERVER, one))["type"] == "ChatMessage"
    other = (actor("another-one", "a.example"), AudienceRole.MENTION)
    two = said(
        PostKind.NOTE, to=((MIA, AudienceRole.MENTION), other), visibility=Visibility.DIRECT,
        facets=PostFacets(chat=True),
    )  # fmt: skip
    assert lemmy.write_post(SERVER, two) is None
    assert pleroma.write_post(SERVER, two) is None


def test_a_scrobble_is_an_activity() -> None:
    heard = PostFacets(listen=Listen("Opening", "Les Exemples", "First", 200_000))
    document = must(pleroma.write_post(SERVER, said(PostKind.NOTE, facets=heard)))
    assert (document["type"], document["actor"]) == ("Listen", ANN.uri)
    sound = document["object"]
    assert (sound["type"], sound["title"], sound["length"]) == ("Audio", "Opening", 200_000)
    assert "externalLink" not in sound


def test_one_bad_file_does_not_cost_an_album() -> None:
    files = (
        upload(MediaKind.PICTURE, "image/png", width=100, height=100),
        upload(MediaKind.PICTURE, "image/jpeg", width=6000, height=10),
        upload(MediaKind.FILE, "application/pdf"),
    )
    document = must(pixelfed.write_post(SERVER, said(PostKind.ALBUM, attachments=files)))
    assert [each["mediaType"] for each in document["attachment"]] == ["image/png"]
    assert document["content"].count("<a href=") == 2
    assert pixelfed.write_post(SERVER, said(PostKind.ALBUM, attachments=files[1:])) is None


def test_closed_comments_are_closed_to_pixelfed() -> None:
    closed = said(
        PostKind.ALBUM, attachments=(FILE[PostKind.ALBUM],), facets=PostFacets(comments="nobody")
    )  # fmt: skip
    document = must(pixelfed.write_post(SERVER, closed))
    assert (document["commentsEnabled"], document["capabilities"]["reply"]) == (False, "[]")


def test_rules_are_said_in_both_generations() -> None:
    rules = Interactions(reply=Circle(("followers", MIA.uri), ("public",)), boost=Circle())
    document = must(
        gotosocial.write_post(SERVER, said(PostKind.NOTE, facets=PostFacets(interactions=rules)))
    )
    policy = document["interactionPolicy"]
    reply = policy["canReply"]
    assert reply["automaticApproval"] == reply["always"] == [ANN.followers_uri, MIA.uri]
    assert reply["manualApproval"] == reply["approvalRequired"] == [PUBLIC]
    assert policy["canAnnounce"]["always"] == [ANN.uri]
    assert "canLike" not in policy


def test_a_film_is_no_book() -> None:
    rated = PostFacets(review=ReviewFacets(work=FILM, rating=4.5))
    facts = said(PostKind.RATING, facets=rated, content="")
    assert bookwyrm.write_post(SERVER, facts) is None
    (piece,) = must(neodb.write_post(SERVER, facts))["relatedWith"]
    assert (piece["value"], piece["best"]) == (9, 10)


def test_stars_are_halves_of_five() -> None:
    rated = PostFacets(review=ReviewFacets(work=BOOK, rating=7, best=10))
    document = must(bookwyrm.write_post(SERVER, said(PostKind.RATING, facets=rated)))
    assert (document["rating"], document["inReplyToBook"]) == (3.5, BOOK.uri)
    assert document["to"] == [PUBLIC]


def test_a_teaser_is_no_warning() -> None:
    teased = PostFacets(article=ArticleFacets(summary="<p>Teaser</p>"))
    open_ = must(writefreely.write_post(SERVER, said(PostKind.ARTICLE, facets=teased)))
    assert (open_["summary"], open_["preview"]["content"]) == ("<p>Teaser</p>", "<p>Teaser</p>")
    warned = said(PostKind.ARTICLE, facets=teased, sensitive=True, summary="Spiders")
    document = must(writefreely.write_post(SERVER, warned))
    assert "summary" not in document
    assert document["dcterms:subject"] == "Spiders"
    assert document["preview"]["content"] == "<p>Teaser</p>"


def test_words_of_the_server_are_no_remark_of_the_person() -> None:
    moved = PostFacets(review=ReviewFacets(work=BOOK, status="reading", is_generated=True))
    facts = said(PostKind.NOTE, facets=moved, content="<p>started reading Dracula</p>")
    (piece,) = must(neodb.write_post(SERVER, facts))["relatedWith"]
    assert (piece["type"], piece["status"]) == ("Status", "progress")
    document = must(bookwyrm.write_post(SERVER, facts))
    assert (document["type"], document["content"]) == ("GeneratedNote", "started reading")
    assert document["tag"] == [{"type": "Edition", "href": BOOK.uri, "name": "@Dracula"}]


@pytest.mark.parametrize("place", [None, Place("Hall", "Main St. 1")])
def test_an_event_on_the_web_says_where(place: Place | None) -> None:
    url = "https://meet.example/1"
    event = EventFacets(start_at=NOON, online_url=url, place=place, capacity=9, attendees=4)
    document = must(
        mobilizon.write_post(SERVER, said(PostKind.EVENT, facets=PostFacets(event=event)))
    )
    assert document["isOnline"] is True
    where = document["location"] if place is None else document["attachment"][0]
    assert url in (where.get("url"), where.get("href"))
    assert document["remainingAttendeeCapacity"] == 5
    assert "endTime" not in document


@pytest.mark.parametrize("state", [QuoteState.LEGACY, QuoteState.ACCEPTED])
def test_a_quote_says_no_more_than_it_is(state: QuoteState) -> None:
    quote = Quote(7, "https://social.example/1", None, None)
    facts = said(PostKind.NOTE, quote=quote, quote_state=state)
    document = must(misskey.write_post(SERVER, facts))
    assert document["_misskey_quote"] == quote.target_uri
    assert ("quote" in document) == (state is QuoteState.ACCEPTED)
    # Who shows no quotes is told where it is.
    assert "quote-inline" in must(gotosocial.write_post(SERVER, facts))["content"]
