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
"""All pictures of an animation together: at some 12 million a second, 10 s of work."""
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


MOVING_BYTES = 103_809_024
"""99 MB, as Mastodon has it."""
VIDEO_PIXELS = 8_294_400
"""One picture of a video: 3840 by 2160."""
VIDEO_RATE = 120
"""Pictures a second."""
KEPT_VIDEO_PIXELS = 921_600
"""What has to be encoded anew is made this size (1280 by 720), and no larger."""
KEPT_RATE = 60
MOVING_MS = 6 * 3_600_000
MOVING_STREAMS = 24
"""Tracks in one file."""
ENCODED_PIXELS = 30_000_000_000
"""All pictures together of a video that must be encoded anew: 8 minutes of 1920 by 1080 at 30 a
second, 18 of 1280 by 720. Measured at 25 to 40 million a second on one core."""
PEAKS = 100
"""How many numbers a waveform has, each from 0 to 100."""
COVER_BYTES = 10 * 1024**2


def fitted(width: int, height: int, most_pixels: int) -> tuple[int, int]:
    """The size of the same shape with at most ``most_pixels``; never larger."""
    scale = (most_pixels / (width * height)) ** 0.5
    return (
        (width, height) if scale >= 1 else (max(1, int(width * scale)), max(1, int(height * scale)))
    )
