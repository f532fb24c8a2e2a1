"""What a file is, told by its first bytes: names and declared types are only what somebody says."""

from msgspec import Struct

HEAD_BYTES = 4096
"""As much of a file as ``kind_of`` looks at."""

# Brands of ISO base media files (ISO/IEC 23008-12 and the AVIF specification).
_AVIF = frozenset({b"avif", b"avis"})
_HEIC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_MOVING = (
    b"\x1a\x45\xdf\xa3",  # Matroska and WebM
    b"OggS",
    b"fLaC",
    b"ID3",
    b"FLV\x01",
    b"\x00\x00\x01\xba",  # MPEG program stream
    b"\xff\xfb",  # MP3 without tags
    b"\xff\xf3",
    b"\xff\xf1",  # AAC in ADTS
)


class Kind(Struct, frozen=True):
    """A format that is taken, and how it is known."""

    name: str
    content_type: str
    extension: str


JPEG = Kind("jpeg", "image/jpeg", "jpg")
PNG = Kind("png", "image/png", "png")
GIF = Kind("gif", "image/gif", "gif")
WEBP = Kind("webp", "image/webp", "webp")
AVIF = Kind("avif", "image/avif", "avif")
HEIC = Kind("heic", "image/heic", "heic")

TAKEN = (JPEG, PNG, GIF, WEBP, AVIF, HEIC)
SERVED = {kind.extension: kind for kind in (JPEG, PNG, GIF, WEBP, AVIF)}
"""What is kept, by the end of its name. Uploads in AVIF and HEIC become JPEG or WebP, which all can
show; AVIF is kept of other servers' pictures alone."""
ACCEPTED_TYPES = (*(kind.content_type for kind in TAKEN), "image/heif")
"""For the instance's description."""


class Moving:
    """Video or sound."""


MOVING = Moving()


def kind_of(head: bytes) -> Kind | Moving | None:
    """The format of a file that begins with ``head``; None for what is none of ours."""
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    if head[:4] == b"RIFF":
        return WEBP if head[8:12] == b"WEBP" else MOVING
    if head[4:8] == b"ftyp":
        return _of_brands(head)
    return MOVING if head.startswith(_MOVING) else None


def _of_brands(head: bytes) -> Kind | Moving:
    length = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, length - 3, 4))}
    if brands & _AVIF:
        return AVIF
    return HEIC if brands & _HEIC else MOVING
