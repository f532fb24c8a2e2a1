"""What uploads may be. The instance's description tells clients the same numbers.

The bounds of pictures are those that Mastodon's clients already scale down to
(interop/mastodon.md, limits); the rest follows from what one decoder may cost.
"""

PICTURE_BYTES = 16 * 1024**2
PICTURE_PIXELS = 33_177_600
"""Width times height before decoding: 7680 by 4320."""
KEPT_PIXELS = 8_294_400
"""Larger pictures are kept in this size: 3840 by 2160."""
SMALL_PIXELS = 230_400
"""A preview's size: 640 by 360."""
ANIMATION_PIXELS = 921_600
"""One picture of an animation; these are not scaled down."""
ANIMATION_FRAMES = 1500
ANIMATION_TOTAL_PIXELS = 120_000_000
"""All pictures of an animation together: measured at 12 million a second, 10 s of work."""
PORTRAIT_BYTES = 8 * 1024**2
PORTRAIT_SIZES = {"icon": (400, 400), "header": (1500, 500)}
"""What people's pictures are cut and scaled to."""

EMOJI_BYTES = 256 * 1024
EMOJI_SIDE = 512
"""The longest side of a custom emoji."""

DESCRIPTION_LENGTH = 1500
UNPOSTED_UPLOADS = 60
"""How many uploads one person may have waiting for a post."""
UNPOSTED_MS = 24 * 3_600_000
"""How long an upload waits for its post."""


def fitted(width: int, height: int, most_pixels: int) -> tuple[int, int]:
    """The size of the same shape with at most ``most_pixels``; never larger."""
    scale = (most_pixels / (width * height)) ** 0.5
    return (
        (width, height) if scale >= 1 else (max(1, int(width * scale)), max(1, int(height * scale)))
    )
