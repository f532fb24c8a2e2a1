"""The dialects that this server speaks, put together: what each platform's folder brings."""

from collections.abc import Mapping

from weft.federation.dialects import Dialects
from weft.federation.forms.dialect import PlatformDialect, Writers, own
from weft.federation.forms.said import Said
from weft.federation.forms.table import FAMILIES, GENERIC, PLATFORMS
from weft.platforms.bookwyrm import wire_out as bookwyrm
from weft.platforms.bookwyrm.wire_in import BookWyrmReader
from weft.platforms.castopod import wire_out as castopod
from weft.platforms.castopod.wire_in import CastopodReader
from weft.platforms.funkwhale import wire_out as funkwhale
from weft.platforms.funkwhale.wire_in import FunkwhaleReader
from weft.platforms.gotosocial import wire_out as gotosocial
from weft.platforms.lemmy import wire_out as lemmy
from weft.platforms.lemmy.wire_in import LemmyReader
from weft.platforms.mastodon.dialect import MastodonDialect
from weft.platforms.misskey import wire_out as misskey
from weft.platforms.misskey.wire_in import MisskeyReader
from weft.platforms.mobilizon import wire_out as mobilizon
from weft.platforms.mobilizon.wire_in import EventReader
from weft.platforms.neodb import wire_out as neodb
from weft.platforms.neodb.wire_in import NeoDBReader
from weft.platforms.nodebb import wire_out as nodebb
from weft.platforms.nodebb.wire_in import ForumReader
from weft.platforms.peertube import wire_out as peertube
from weft.platforms.peertube.wire_in import PeerTubeReader
from weft.platforms.pixelfed import wire_out as pixelfed
from weft.platforms.pixelfed.wire_in import PixelfedReader
from weft.platforms.pleroma import wire_out as pleroma
from weft.platforms.pleroma.wire_in import PleromaReader
from weft.platforms.writefreely import wire_out as writefreely
from weft.platforms.writefreely.wire_in import BlogReader

_PLAIN = (Said.NOTE, Said.COMMENT, Said.ALBUM)
_THREADS = (Said.PAGE, Said.THREAD, Said.COMMENT)
_BOOKS = (Said.REVIEW, Said.RATING, Said.QUOTATION, Said.REMARK, Said.SHELF)
_LEMMY = own(lemmy.CONTEXT, lemmy.write_post, *_THREADS)
_FORUM = own(nodebb.CONTEXT, nodebb.write_post, *_THREADS)
_MISSKEY = own(misskey.CONTEXT, misskey.write_post, *_PLAIN, Said.QUESTION)
_PLEROMA = own(pleroma.CONTEXT, pleroma.write_post, *_PLAIN, Said.QUESTION, Said.EVENT)
_VIDEOS = own(peertube.CONTEXT, peertube.write_post, Said.VIDEO, Said.STREAM)

WRITERS: Mapping[str, Writers] = {
    "weft": {
        **_VIDEOS,
        **own(funkwhale.CONTEXT, funkwhale.write_post, Said.TRACK),
        **own(bookwyrm.CONTEXT, bookwyrm.write_post, *_BOOKS),
        **own(mobilizon.CONTEXT, mobilizon.write_post, Said.EVENT),
    },
    "pleroma": _PLEROMA,
    "akkoma": _PLEROMA,
    "gotosocial": own(gotosocial.CONTEXT, gotosocial.write_post, *_PLAIN, Said.QUESTION),
    "misskey": _MISSKEY,
    "cherrypick": _MISSKEY,
    "pixelfed": own(pixelfed.CONTEXT, pixelfed.write_post, *_PLAIN),
    "lemmy": _LEMMY,
    "mbin": _LEMMY,
    "piefed": _LEMMY,
    "nodebb": _FORUM,
    "discourse": _FORUM,
    "peertube": {
        **_VIDEOS,
        **own(peertube.CONTEXT, peertube.write_post, Said.COMMENT),
    },
    "funkwhale": own(funkwhale.CONTEXT, funkwhale.write_post, Said.TRACK),
    "castopod": own(castopod.CONTEXT, castopod.write_post, Said.TRACK),
    "wordpress": own(writefreely.CONTEXT, writefreely.write_post, Said.ARTICLE),
    "bookwyrm": own(bookwyrm.CONTEXT, bookwyrm.write_post, *_BOOKS),
    "neodb": own(
        neodb.CONTEXT, neodb.write_post, Said.REVIEW, Said.RATING, Said.REMARK, Said.SHELF
    ),
    "mobilizon": own(mobilizon.CONTEXT, mobilizon.write_post, Said.EVENT),
}
"""What platforms write in forms of their own, by the platform's name in the table of forms."""


def platform_dialects() -> dict[str, PlatformDialect]:
    """How each platform of the table is spoken to, by its name."""
    base = MastodonDialect()
    return {
        name: PlatformDialect(base, platform, WRITERS.get(name))
        for name, platform in PLATFORMS.items()
    }


def make_dialects() -> Dialects:
    """Who reads what: those that know a shape best are asked first."""
    readers = (
        PeerTubeReader(),
        CastopodReader(),
        FunkwhaleReader(),
        BookWyrmReader(),
        NeoDBReader(),
        PixelfedReader(),
        EventReader(),
        MisskeyReader(),
        PleromaReader(),
        LemmyReader(),
        ForumReader(),
        BlogReader(),
    )
    spoken = platform_dialects()
    by_software = {software: spoken[name] for software, name in FAMILIES.items()}
    return Dialects(spoken[GENERIC.name], by_software, readers)
