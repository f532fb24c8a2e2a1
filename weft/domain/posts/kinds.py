"""What posts of a kind have beyond text: kept in ``PostFacets``, shown, never queried.

One struct for each nature. Lengths are milliseconds, sizes bytes, times milliseconds since 1970 UTC.
A dialect fills them from what its platform says; another's reader never has to guess them out of text.
"""

from typing import Literal, TypeAlias

from msgspec import Struct


class MediaFile(Struct, frozen=True, omit_defaults=True):
    """One of the files in which a video or a track can be played."""

    url: str
    content_type: str | None = None
    width: int | None = None
    height: int | None = None
    size_bytes: int | None = None
    bitrate: int | None = None
    fps: int | None = None
    is_silent: bool = False
    """It has pictures only: its sound is in another file."""


class Caption(Struct, frozen=True, omit_defaults=True):
    """Subtitles in one language."""

    language: str
    url: str
    """WebVTT."""
    label: str | None = None
    playlist_url: str | None = None
    """The same, cut into pieces for HLS."""
    is_generated: bool = False
    """By a machine that listened."""


class Chapter(Struct, frozen=True, omit_defaults=True):
    start_ms: int
    title: str
    end_ms: int | None = None


class Storyboard(Struct, frozen=True, omit_defaults=True):
    """One picture of many small stills, left to right and top to bottom, ``tile_ms`` apart."""

    url: str
    tile_width: int
    tile_height: int
    tile_ms: int
    width: int | None = None
    height: int | None = None


class Still(Struct, frozen=True, omit_defaults=True):
    """A picture that stands for a video, in one of its sizes."""

    url: str
    width: int | None = None
    height: int | None = None
    content_type: str | None = None


class VideoFacets(Struct, frozen=True, omit_defaults=True):
    """A video, or a live stream."""

    duration_ms: int | None = None
    files: tuple[MediaFile, ...] = ()
    playlist_url: str | None = None
    """HLS."""
    playlist_files: tuple[MediaFile, ...] = ()
    """What the playlist is made of."""
    captions: tuple[Caption, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    category: str | None = None
    licence: str | None = None
    support: str | None = None
    """How to support its makers, as Markdown."""
    views: int = 0
    uuid: str | None = None
    is_live: bool = False
    is_on_air: bool = False
    is_permanent: bool = False
    """Of a live stream: it begins again after every end."""
    scheduled_at: int | None = None
    uploaded_at: int | None = None
    """When its present file came."""
    aspect_ratio: float | None = None
    downloadable: bool = True
    preview_url: str | None = None
    """A still of it in full size."""
    stills: tuple[Still, ...] = ()
    originally_at: int | None = None
    """When it was first published, elsewhere."""
    flags: tuple[str, ...] = ()
    """Why it is sensitive: ``violent``, ``explicitSex``."""
    torrents: tuple[str, ...] = ()
    """Addresses of the same files for those who share them: torrents and magnets."""
    storyboard: Storyboard | None = None
    chapters_uri: str | None = None
    embed_url: str | None = None


class Credit(Struct, frozen=True, omit_defaults=True):
    """An artist, author or publisher, as named where something came from."""

    name: str
    uri: str | None = None
    musicbrainz_id: str | None = None


class TrackFacets(Struct, frozen=True, omit_defaults=True):
    """A piece of music, or an episode of a podcast."""

    duration_ms: int | None = None
    files: tuple[MediaFile, ...] = ()
    artists: tuple[Credit, ...] = ()
    album: str | None = None
    album_uri: str | None = None
    album_artists: tuple[Credit, ...] = ()
    position: int | None = None
    disc: int | None = None
    licence: str | None = None
    copyright: str | None = None
    cover_url: str | None = None
    released: str | None = None
    """A date, as precise as it was given."""
    uuid: str | None = None
    track_uri: str | None = None
    musicbrainz_id: str | None = None
    library_uri: str | None = None
    """The collection that it was put into; such a track is no news of its own."""
    chapters_uri: str | None = None
    transcript_url: str | None = None


class Work(Struct, frozen=True, omit_defaults=True):
    """What is reviewed, quoted, shelved or played: a book, a film, an album, a game ..."""

    uri: str
    kind: str = "book"
    """Its nature in one lower-case word."""
    title: str = ""
    creators: tuple[Credit, ...] = ()
    cover_url: str | None = None
    url: str | None = None


ProgressMode: TypeAlias = Literal[
    "page", "percent", "chapter", "track", "episode", "cycle", "part", "time"
]


class ReviewFacets(Struct, frozen=True, omit_defaults=True):
    """A review, a rating, a quotation, a comment on a work, or its place on a shelf."""

    work: Work | None = None
    rating: float | None = None
    """Of ``best``."""
    best: float = 5.0
    quotation: str | None = None
    """Sanitised HTML."""
    position: str | None = None
    end_position: str | None = None
    position_mode: ProgressMode | None = None
    progress: str | None = None
    progress_mode: ProgressMode | None = None
    status: Literal["wants", "reading", "read", "stopped"] | None = None
    """What the person does with the work."""
    remark: str | None = None
    """What they say of it in plain text, where the post's text has more in it than that."""
    remark_title: str | None = None
    is_generated: bool = False
    """Written by the server when the person moved the work, not by the person."""


class PostalAddress(Struct, frozen=True, omit_defaults=True):
    street: str | None = None
    code: str | None = None
    town: str | None = None
    region: str | None = None
    country: str | None = None


class Place(Struct, frozen=True, omit_defaults=True):
    name: str = ""
    address: str | None = None
    """In one line."""
    latitude: float | None = None
    longitude: float | None = None
    postal: PostalAddress | None = None
    """The same, where its parts are known."""


class NamedLink(Struct, frozen=True, omit_defaults=True):
    url: str
    name: str = ""


class EventFacets(Struct, frozen=True, omit_defaults=True):
    """Something that happens at a time."""

    start_at: int | None = None
    end_at: int | None = None
    timezone: str | None = None
    place: Place | None = None
    online_url: str | None = None
    join: Literal["free", "approval", "invite", "elsewhere"] = "free"
    join_url: str | None = None
    status: Literal["confirmed", "tentative", "cancelled"] = "confirmed"
    attendees: int | None = None
    capacity: int | None = None
    category: str | None = None
    links: tuple[NamedLink, ...] = ()
    uuid: str | None = None
    contacts: tuple[str, ...] = ()
    """Whom to ask, by id."""
    nameless: bool = False
    """Who has no account may come too."""


class Flair(Struct, frozen=True, omit_defaults=True):
    """A label that a community gives to a thread."""

    name: str
    uri: str | None = None


class ThreadFacets(Struct, frozen=True, omit_defaults=True):
    """A thread of a community or forum."""

    locked: bool = False
    pinned: bool = False
    flairs: tuple[Flair, ...] = ()
    solved: bool = False
    answer: bool = False
    """Of an answer: it solved the question."""
    distinguished: bool = False
    """Said as a moderator."""


class ArticleFacets(Struct, frozen=True, omit_defaults=True):
    """A longer text: what is shown before it is opened."""

    summary: str | None = None
    """Sanitised HTML; no content warning."""
    image_url: str | None = None
    image_alt: str | None = None
    image_type: str | None = None
    subtitle: str | None = None


class Listen(Struct, frozen=True, omit_defaults=True):
    """A scrobble: what somebody listened to."""

    title: str
    artist: str | None = None
    album: str | None = None
    duration_ms: int | None = None
    url: str | None = None
