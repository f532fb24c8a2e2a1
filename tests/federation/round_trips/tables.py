"""All platforms whose payloads go there and back."""

from tests.federation.round_trips import books, forums, longer, micro, sound

PLATFORMS = (
    *sound.PLATFORMS,
    *books.PLATFORMS,
    *forums.PLATFORMS,
    *longer.PLATFORMS,
    *micro.PLATFORMS,
)
