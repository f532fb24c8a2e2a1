"""What a kind of post says besides its text, in words: for apps and pages that know only text.

Nothing in here is stored. What a server wrote is escaped, or was sanitised when it came.
"""

from datetime import UTC, datetime, tzinfo
from html import escape
from zoneinfo import ZoneInfo

from msgspec import Struct

from weft.domain.markup.plain import html_to_text
from weft.domain.posts.kinds import (
    EventFacets,
    Place,
    ProgressMode,
    ReviewFacets,
    TrackFacets,
    VideoFacets,
    Work,
)
from weft.domain.posts.records import PostFacets

_EXCERPT = 300
_MODES: dict[ProgressMode, str] = {
    "page": "page {}",
    "percent": "{} %",
    "chapter": "chapter {}",
    "track": "track {}",
    "episode": "episode {}",
    "cycle": "cycle {}",
    "part": "part {}",
}


class Shown(Struct, frozen=True):
    """Safe HTML that goes above and below a post's text."""

    above: str = ""
    below: str = ""


NOTHING = Shown()


def shown(facets: PostFacets, content: str) -> Shown:
    """What to say of a post of these facets, whose text is ``content``."""
    above, below = "", ""
    if facets.review is not None:
        above += _quotation(facets.review)
        below += _about(facets.review, content)
    if facets.event is not None:
        above += _when_and_where(facets.event)
        below += _links(facets.event)
    if facets.track is not None:
        above += _music(facets.track)
    if facets.video is not None:
        above += _stream(facets.video)
    if facets.article is not None and not content:
        above += facets.article.summary or ""
    if facets.open_votes:
        below += "<p>In this poll, everybody sees who chose what.</p>"
    if facets.place is not None:
        below += f"<p>📍 {escape(place_words(facets.place))}</p>"
    return Shown(above, below) if above or below else NOTHING


def excerpt(facets: PostFacets, content: str) -> str:
    """Plain text that introduces an article: its author's, else how it begins."""
    if facets.article is not None and facets.article.summary:
        return html_to_text(facets.article.summary)
    words = html_to_text(content[: 20 * _EXCERPT])
    if len(words) <= _EXCERPT:
        return words
    return f"{words[:_EXCERPT].rpartition(' ')[0] or words[:_EXCERPT]}…"


def still_of(facets: PostFacets) -> str | None:
    """The picture that stands for a video or a piece of music, at its own server."""
    if facets.video is not None:
        return facets.video.preview_url
    return facets.track.cover_url if facets.track is not None else None


def place_words(place: Place) -> str:
    """``Berlin, Germany``; the coordinates if there is no name."""
    named = ", ".join(each for each in (place.name, place.address or "") if each)
    if named or place.latitude is None or place.longitude is None:
        return named
    return f"{place.latitude:.5f}, {place.longitude:.5f}"


def stars(rating: float, best: float) -> str:
    """``★★★½☆``: of five, in halves."""
    halves = max(0, min(10, round(rating / best * 10))) if best > 0 else 0
    whole, half = divmod(halves, 2)
    return "★" * whole + "½" * half + "☆" * (5 - whole - half)


def _quotation(review: ReviewFacets) -> str:
    return f"<blockquote>{review.quotation}</blockquote>" if review.quotation else ""


def _about(review: ReviewFacets, content: str) -> str:
    """The stars and the work, unless the text links it already."""
    if review.work is None or _is_named(review.work, content):
        return ""
    parts = [stars(review.rating, review.best)] if review.rating is not None else []
    parts.append(_work(review.work))
    where = _reached(review.position, review.position_mode)
    if where and review.end_position:
        where += f"-{escape(review.end_position)}"
    reached = _reached(review.progress, review.progress_mode)
    said = ", ".join(each for each in (" ".join(parts), where, reached) if each)
    return f"<p>{said}</p>"


def _is_named(work: Work, content: str) -> bool:
    last = work.uri.rstrip("/").rpartition("/")[2]
    return escape(work.uri) in content or (len(last) >= 12 and escape(last) in content)


def _work(work: Work) -> str:
    url = escape(work.url or work.uri, quote=True)
    title = escape(work.title or work.url or work.uri)
    by = ", ".join(escape(each.name) for each in work.creators)
    linked = f'<a href="{url}" rel="nofollow noopener"><em>{title}</em></a>'
    return f"{linked} by {by}" if by else linked


def _reached(value: str | None, mode: ProgressMode | None) -> str:
    if value is None:
        return ""
    if mode == "time":
        seconds = int(float(value)) if value.replace(".", "", 1).isdigit() else None
        return escape(value) if seconds is None else f"{seconds // 60}:{seconds % 60:02d}"
    return _MODES.get(mode or "page", "{}").format(escape(value))


def _when_and_where(event: EventFacets) -> str:
    lines = []
    if event.status == "cancelled":
        lines.append("<strong>Cancelled</strong>")
    if event.start_at is not None and (when := _span(event.start_at, event.end_at, event.timezone)):
        tentative = " (not certain yet)" if event.status == "tentative" else ""
        lines.append(f"📅 {when}{tentative}")
    if event.place is not None:
        lines.append(f"📍 {escape(place_words(event.place))}")
    return f"<p>{'<br />'.join(lines)}</p>" if lines else ""


def _links(event: EventFacets) -> str:
    links = [(each.url, each.name) for each in event.links]
    known = {url for url, _ in links}
    if event.online_url is not None and event.online_url not in known:
        links.insert(0, (event.online_url, ""))
    if event.join_url is not None and event.join_url not in known:
        links.append((event.join_url, ""))
    return "".join(
        f'<p><a href="{escape(url, quote=True)}" rel="nofollow noopener">{escape(name or url)}</a></p>'
        for url, name in links
    )


def _span(start_at: int, end_at: int | None, timezone: str | None) -> str:
    """``Sun, 11 Dec 2022, 19:00 to 21:00 (Europe/London)``"""
    zone, name = _zone(timezone)
    try:
        start = datetime.fromtimestamp(start_at / 1000, zone)
        end = datetime.fromtimestamp(end_at / 1000, zone) if end_at is not None else None
    except (OverflowError, ValueError, OSError):
        return ""
    words = f"{start:%a}, {start.day} {start:%b %Y, %H:%M}"
    if end is not None and end.date() == start.date():
        words += f" to {end:%H:%M}"
    elif end is not None:
        words += f" to {end:%a}, {end.day} {end:%b %Y, %H:%M}"
    return f"{words} ({name})"


def _zone(named: str | None) -> tuple[tzinfo, str]:
    """UTC for whatever this machine has no table of."""
    try:
        return (ZoneInfo(named), escape(named)) if named else (UTC, "UTC")
    except (OSError, ValueError, KeyError):
        return UTC, "UTC"


def _music(track: TrackFacets) -> str:
    by = ", ".join(each.name for each in track.artists)
    said = " – ".join(each for each in (by, track.album or "") if each)
    return f"<p>🎵 {escape(said)}</p>" if said else ""


def _stream(video: VideoFacets) -> str:
    if not video.is_live:
        return ""
    if video.is_on_air:
        return "<p><strong>Live now</strong></p>"
    if video.scheduled_at is not None:
        return f"<p>Live stream, begins {_span(video.scheduled_at, None, None)}</p>"
    return "<p>Live stream, not on the air</p>"


def takes_answers(facets: PostFacets) -> bool:
    """Whether its author shows what others answer."""
    return facets.comments != "nobody"
