"""The dialects that this server speaks, put together: what each platform's folder brings."""

from collections.abc import Mapping

from weft.federation.dialects import Dialects
from weft.federation.forms.dialect import PlatformDialect, Writers
from weft.federation.forms.table import FAMILIES, GENERIC, PLATFORMS
from weft.platforms.bookwyrm.wire_in import BookWyrmReader
from weft.platforms.castopod.wire_in import CastopodReader
from weft.platforms.funkwhale.wire_in import FunkwhaleReader
from weft.platforms.lemmy.wire_in import LemmyReader
from weft.platforms.mastodon.dialect import MastodonDialect
from weft.platforms.misskey.wire_in import MisskeyReader
from weft.platforms.mobilizon.wire_in import EventReader
from weft.platforms.neodb.wire_in import NeoDBReader
from weft.platforms.nodebb.wire_in import ForumReader
from weft.platforms.peertube.wire_in import PeerTubeReader
from weft.platforms.pixelfed.wire_in import PixelfedReader
from weft.platforms.pleroma.wire_in import PleromaReader
from weft.platforms.writefreely.wire_in import BlogReader

WRITERS: Mapping[str, Writers] = {}
"""What platforms write in types of their own, by the platform's name in the table of forms."""


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
