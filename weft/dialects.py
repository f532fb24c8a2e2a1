"""The dialects that this server speaks, put together: what each platform's folder brings."""

from weft.federation.dialects import Dialects
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
    return Dialects(MastodonDialect(), readers=readers)
