"""What may be uploaded, and how large it may be; clients are told the same numbers."""

MAX_DESCRIPTION = 1500
"""Characters of a description."""

MAX_PICTURE_BYTES = 16 * 1024 * 1024
MAX_PICTURE_PIXELS = 7680 * 4320
"""Width times height; what is larger is refused before it is decoded."""

ACCEPTED_PICTURES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
