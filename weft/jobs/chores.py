"""What a server does from time to time, without being asked."""

from weft.domain.accounts.expire import forget_expired
from weft.domain.accounts.keys import make_missing_keys
from weft.domain.actors.remove import sweep_all_removed
from weft.domain.keys.sealing import Sealer
from weft.domain.mail.letters import forget_old_letters
from weft.domain.moving.imports import forget_imports
from weft.domain.posts.close_polls import close_polls
from weft.domain.posts.tell_polls import tell_polls
from weft.domain.relations.move import finish_moves
from weft.domain.search.gaps import fill_gaps
from weft.domain.search.index import index_waiting
from weft.domain.server import Server
from weft.domain.signup.admit import forget_unconfirmed
from weft.domain.tags.uses import forget_old_uses
from weft.domain.timelines.trim import trim_homes
from weft.federation.retention import Kept, forget_old
from weft.federation.software import SoftwareReader
from weft.jobs.archives import Archives
from weft.jobs.schedule import Chore
from weft.media.intake import MediaIntake
from weft.media.remote import RemoteFiles
from weft.storage.database import Database

MINUTE = 60
HOUR = 60 * MINUTE


def chores(
    db: Database,
    server: Server,
    sealer: Sealer,
    media: MediaIntake,
    remote: RemoteFiles,
    software: SoftwareReader,
    kept: Kept,
    archives: Archives,
) -> tuple[Chore, ...]:
    """The shortest first: they are the ones that people wait for."""
    return (
        Chore("put new posts into the search", 10, lambda: index_waiting(db)),
        Chore("close polls", MINUTE, lambda: close_polls(db, server)),
        Chore("tell how many voted", 3 * MINUTE, lambda: tell_polls(db, server)),
        Chore("sweep removed actors", 10 * MINUTE, lambda: sweep_all_removed(db, server)),
        Chore("read posts for the search", MINUTE, lambda: fill_gaps(db)),
        Chore("finish moves", 10 * MINUTE, lambda: finish_moves(db, server)),
        Chore("make missing keys", HOUR, lambda: make_missing_keys(db, server, sealer)),
        Chore("trim homes", HOUR, lambda: trim_homes(db)),
        Chore("forget old uses of hashtags", HOUR, lambda: forget_old_uses(db, server)),
        Chore("remove uploads that nobody posted", HOUR, media.sweep),
        Chore("forget copies of remote pictures", HOUR, remote.sweep),
        Chore("ask hosts for their software", 6 * HOUR, software.refresh),
        Chore("forget what expired", HOUR, lambda: forget_expired(db, server)),
        Chore("forget who never confirmed", HOUR, lambda: forget_unconfirmed(db, server)),
        Chore("forget old letters", 6 * HOUR, lambda: forget_old_letters(db, server)),
        Chore("forget old federation logs", HOUR, lambda: forget_old(db, server, kept)),
        Chore("forget old imports", HOUR, lambda: forget_imports(db, server)),
        Chore("forget old archives", HOUR, archives.forget_old),
    )
