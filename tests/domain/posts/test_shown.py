"""What a kind says besides its text, for those who can show only text."""

import pytest

from weft.domain.posts.kinds import (
    ArticleFacets,
    Credit,
    EventFacets,
    NamedLink,
    Place,
    ReviewFacets,
    TrackFacets,
    VideoFacets,
    Work,
)
from weft.domain.posts.records import PostFacets
from weft.domain.posts.shown import excerpt, place_words, shown, stars, still_of

BOOK = Work("https://books.example/book/1", title="Piranesi", creators=(Credit("S. Clarke"),))
START, END = 1_670_785_200_000, 1_670_792_400_000


@pytest.mark.parametrize(
    ("rating", "best", "drawn"),
    [
        (3, 5, "★★★☆☆"),
        (4.5, 5, "★★★★½"),
        (7, 10, "★★★½☆"),
        (0, 5, "☆☆☆☆☆"),
        (9, 5, "★★★★★"),
        (1, 0, "☆☆☆☆☆"),
    ],
)
def test_stars_of_five(rating: float, best: float, drawn: str) -> None:
    assert stars(rating, best) == drawn


def test_a_rating_without_words_names_the_work_and_its_stars() -> None:
    said = shown(PostFacets(review=ReviewFacets(work=BOOK, rating=3.0)), "")
    assert said.above == ""
    assert said.below == (
        '<p>★★★☆☆ <a href="https://books.example/book/1" rel="nofollow noopener">'
        "<em>Piranesi</em></a> by S. Clarke</p>"
    )


def test_a_quotation_comes_before_what_is_said_of_it() -> None:
    review = ReviewFacets(
        work=BOOK, quotation="<p>House</p>", position="3", end_position="4", position_mode="page"
    )
    said = shown(PostFacets(review=review), "Yes")
    assert said.above == "<blockquote><p>House</p></blockquote>"
    assert said.below.endswith("by S. Clarke, page 3-4</p>")


def test_a_work_that_the_text_links_is_not_named_again() -> None:
    text = '<p>Saw <a href="https://neodb.example/~x~/movie/7hfF7d0aFMaqHpFjUpq4zR">Anora</a></p>'
    film = Work("https://neodb.example/movie/7hfF7d0aFMaqHpFjUpq4zR", "film", "Anora")
    assert shown(PostFacets(review=ReviewFacets(work=film, rating=7, best=10)), text).below == ""


def test_progress_in_its_own_measure() -> None:
    def line(value: str, mode: str) -> str:
        review = ReviewFacets(work=BOOK, progress=value, progress_mode=mode)  # type: ignore[arg-type]
        return shown(PostFacets(review=review), "").below.rpartition(", ")[2]

    assert line("12", "page") == "page 12</p>"
    assert line("50", "percent") == "50 %</p>"
    assert line("5", "chapter") == "chapter 5</p>"
    assert line("75", "time") == "1:15</p>"


def test_an_event_says_when_and_where() -> None:
    event = EventFacets(
        start_at=START, end_at=END, timezone="Europe/London", place=Place("Kenn Centre", "Devon"),
        links=(NamedLink("https://w.example/?a=1&b=2", "Website"),), join_url="https://t.example",
    )  # fmt: skip
    said = shown(PostFacets(event=event), "")
    assert said.above == (
        "<p>📅 Sun, 11 Dec 2022, 19:00 to 21:00 (Europe/London)<br />📍 Kenn Centre, Devon</p>"
    )
    assert 'href="https://w.example/?a=1&amp;b=2"' in said.below
    assert 'href="https://t.example"' in said.below


def test_an_event_that_is_off_or_far_away() -> None:
    off = EventFacets(
        start_at=START, end_at=END + 86_400_000, timezone="Nowhere/Atall", status="cancelled"
    )
    above = shown(PostFacets(event=off), "").above
    assert above.startswith(
        "<p><strong>Cancelled</strong><br />📅 Sun, 11 Dec 2022, 19:00 to Mon, 12 Dec"
    )
    assert "(UTC)" in above
    assert shown(PostFacets(event=EventFacets(start_at=2**53)), "").above == ""


def test_music_streams_and_places() -> None:
    track = TrackFacets(
        artists=(Credit("A & B"),), album="First", cover_url="https://a.example/c.jpg"
    )
    assert shown(PostFacets(track=track), "").above == "<p>🎵 A &amp; B – First</p>"
    assert still_of(PostFacets(track=track)) == "https://a.example/c.jpg"
    assert (
        "Live now" in shown(PostFacets(video=VideoFacets(is_live=True, is_on_air=True)), "").above
    )
    waits = VideoFacets(is_live=True, scheduled_at=START)
    assert "begins Sun, 11 Dec 2022, 19:00 (UTC)" in shown(PostFacets(video=waits), "").above
    assert (
        shown(PostFacets(place=Place("Berlin", "Germany")), "").below == "<p>📍 Berlin, Germany</p>"
    )
    assert place_words(Place(latitude=52.5, longitude=13.4)) == "52.50000, 13.40000"


def test_what_others_wrote_stays_text() -> None:
    bad = "<script>x</script>"
    work = Work(uri='https://x.example/"><b>', title=bad, creators=(Credit(bad),))
    facets = PostFacets(
        review=ReviewFacets(work=work, progress=bad, progress_mode="page", position=bad),
        event=EventFacets(place=Place(bad, bad), links=(NamedLink('https://x.example/"', bad),)),
        track=TrackFacets(artists=(Credit(bad),), album=bad),
        place=Place(bad),
    )
    said = shown(facets, "")
    assert "<script" not in said.above + said.below
    assert '"><b>' not in said.below


def test_an_article_is_introduced_by_its_author_or_by_its_beginning() -> None:
    facets = PostFacets(article=ArticleFacets(summary="<p>In <b>short</b></p>"))
    assert excerpt(facets, "<p>Long</p>") == "In short"
    assert shown(facets, "").above == "<p>In <b>short</b></p>"
    assert shown(facets, "<p>Long</p>").above == ""
    begun = excerpt(PostFacets(), f"<p>{'word ' * 100}</p>")
    assert begun.endswith("word…")
    assert len(begun) <= 301
