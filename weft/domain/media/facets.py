"""What is known of a file besides its columns: the ``facets`` of its row, as JSON."""

import msgspec
from msgspec import Struct


class MediaFacets(Struct, frozen=True, omit_defaults=True):
    """All of it may be missing."""

    waiting_key: str | None = None
    """The upload in the store, until it has been worked on."""
    error: str | None = None
    """Why it could not be worked on: a sentence for its owner."""
    frame_rate: str | None = None
    """Pictures a second, as a fraction: ``30000/1001``."""
    bitrate: int | None = None
    """Bits a second."""
    audio_codec: str | None = None
    sample_rate: int | None = None
    channels: int | None = None
    peaks: tuple[int, ...] = ()
    """How loud a sound is along its length, from 0 to 100."""
    small_width: int | None = None
    small_height: int | None = None
    """The size of the poster or cover, where it does not follow from the file's own."""
    own_poster: bool = False
    """The poster is one that the owner chose."""
    likeness: str | None = None
    """See ``weft/media/likeness.py``."""
    icon_url: str | None = None
    """The poster of another server's file, at its origin."""


NO_FACETS = MediaFacets()
_decoder = msgspec.json.Decoder(MediaFacets)
_encoder = msgspec.json.Encoder()


def media_facets(text: str | None) -> MediaFacets:
    """Read them; of what cannot be read, nothing is known."""
    if not text:
        return NO_FACETS
    try:
        return _decoder.decode(text)
    except msgspec.DecodeError:
        return NO_FACETS


def facets_text(facets: MediaFacets) -> str | None:
    """For the column."""
    return None if facets == NO_FACETS else _encoder.encode(facets).decode()
