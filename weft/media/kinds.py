"""What a file is, told by its first bytes: names and declared types are only what somebody says."""

from msgspec import Struct

HEAD_BYTES = 4096
"""As much of a file as ``kind_of`` looks at."""

# Brands of ISO base media files (ISO/IEC 23008-12 and the AVIF specification).
_AVIF = frozenset({b"avif", b"avis"})
_HEIC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_SOUND = frozenset({b"M4A ", b"M4B "})


class Kind(Struct, frozen=True):
    """A format that is taken, and how it is known."""

    name: str
    content_type: str
    extension: str
    reader: str = ""
    """For video and sound: FFmpeg's name of the one demuxer that may read it. Never is it left to
    guess, because some of its formats (playlists, lists of files) name others to be opened."""

    @property
    def is_moving(self) -> bool:
        return self.reader != ""


JPEG = Kind("jpeg", "image/jpeg", "jpg")
PNG = Kind("png", "image/png", "png")
GIF = Kind("gif", "image/gif", "gif")
WEBP = Kind("webp", "image/webp", "webp")
AVIF = Kind("avif", "image/avif", "avif")
HEIC = Kind("heic", "image/heic", "heic")

MP4 = Kind("mp4", "video/mp4", "mp4", "mov")
MOV = Kind("mov", "video/quicktime", "mov", "mov")
THREE_GP = Kind("3gp", "video/3gpp", "3gp", "mov")
M4A = Kind("m4a", "audio/mp4", "m4a", "mov")
WEBM = Kind("webm", "video/webm", "webm", "matroska")
OGG = Kind("ogg", "audio/ogg", "ogg", "ogg")
WAV = Kind("wav", "audio/wav", "wav", "wav")
FLAC = Kind("flac", "audio/flac", "flac", "flac")
MP3 = Kind("mp3", "audio/mpeg", "mp3", "mp3")
AAC = Kind("aac", "audio/aac", "aac", "aac")
RAW = Kind("raw", "application/octet-stream", "raw")
"""An upload that waits to be worked on; shown to nobody."""

PICTURES = (JPEG, PNG, GIF, WEBP, AVIF, HEIC)
MOVING = (MP4, MOV, THREE_GP, M4A, WEBM, OGG, WAV, FLAC, MP3, AAC)
_SHOWN = (JPEG, PNG, GIF, WEBP, AVIF, *MOVING)
SERVED = {kind.extension: kind for kind in _SHOWN}
"""What is shown, by the end of its name. Uploads in AVIF and HEIC become JPEG or WebP, and video
and sound become MP4, M4A or MP3, which all can show; the others are kept of other servers' alone."""
KEPT = SERVED | {RAW.extension: RAW}
ACCEPTED_TYPES = (
    *(kind.content_type for kind in (*PICTURES, *MOVING)),
    "image/heif",
    "audio/mp3",
    "audio/m4a",
    "audio/x-m4a",
    "audio/vorbis",
    "audio/opus",
    "audio/wave",
    "audio/x-wav",
    "audio/x-pn-wave",
    "audio/vnd.wave",
    "audio/3gpp",
    "video/ogg",
    "audio/webm",
)
"""For the instance's description: also what some clients call them."""


def kind_of(head: bytes) -> Kind | None:
    """The format of a file that begins with ``head``; None for what is none of ours."""
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    if head[:4] == b"RIFF":
        return {b"WEBP": WEBP, b"WAVE": WAV}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _of_brands(head)
    if head[4:8] in (b"moov", b"mdat", b"wide"):
        return MOV  # QuickTime, before files named their brand
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    return None


_STARTS = (
    (b"\x1a\x45\xdf\xa3", WEBM),  # Matroska too
    (b"OggS", OGG),
    (b"fLaC", FLAC),
    (b"ID3", MP3),
    (b"\xff\xfb", MP3),
    (b"\xff\xfa", MP3),
    (b"\xff\xf3", MP3),
    (b"\xff\xf2", MP3),
    (b"\xff\xf1", AAC),  # ADTS
    (b"\xff\xf9", AAC),
)


def _of_brands(head: bytes) -> Kind:
    length = min(int.from_bytes(head[:4], "big"), len(head))
    major = head[8:12]
    brands = {major, *(head[at : at + 4] for at in range(16, length - 3, 4))}
    if brands & _AVIF:
        return AVIF
    if brands & _HEIC:
        return HEIC
    if major == b"qt  ":
        return MOV
    if major in _SOUND:
        return M4A
    return THREE_GP if major[:2] == b"3g" else MP4
