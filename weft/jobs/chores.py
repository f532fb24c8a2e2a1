"""What a server does from time to time, without being asked."""

from weft.config.settings import Settings
from weft.domain.accounts.belongings import sweep_belongings
from weft.domain.accounts.expire import forget_expired
from weft.domain.accounts.keys import make_missing_keys
from weft.domain.actors.remove import sweep_all_removed
from weft.domain.drafts.publish import publish_due
from weft.domain.interactions.expire import expire_leaves
from weft.domain.items.keep import forget_unused
from weft.domain.keys.sealing import Sealer
from weft.domain.mail.letters import forget_old_letters
from weft.domain.moderation.actors_erase import erase_suspended
from weft.domain.moderation.addresses import forget_expired_rules
from weft.domain.moderation.addresses_mail import forget_old_attempts
from weft.domain.moderation.domains_hosts import settle_all
from weft.domain.moderation.holds_ended import remove_what_was_kept
from weft.domain.moving.imports import forget_imports
from weft.domain.notifications.letters import write_letters
from weft.domain.policy.facts import forget_old_texts
from weft.domain.policy.fetched import fetch_let_in
from weft.domain.posts.close_polls import close_polls
from weft.domain.posts.tell_polls import tell_polls
from weft.domain.relations.move import finish_moves
from weft.domain.resolving import Resolve
from weft.domain.search.gaps import fill_gaps
from weft.domain.search.index import index_waiting
from weft.domain.server import Server
from weft.domain.signup.admit import forget_unconfirmed
from weft.domain.stories.keep import forget_ended
from weft.domain.tags.uses import forget_old_uses
from weft.domain.timelines.trim import trim_homes
from weft.federation.quarantine import clear_out
from weft.federation.retention import Kept, forget_old
from weft.federation.software import SoftwareReader
from weft.jobs.archives import Archives
from weft.jobs.schedule import Chore
from weft.media.intake import MediaIntake
from weft.media.remote import RemoteFiles
from weft.storage.database import Database

MINUTE = 60
HALF_MINUTE = 30
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
    settings: Settings,
    resolve: Resolve,
) -> tuple[Chore, ...]:
    """The shortest first: they are the ones that people wait for."""
    return (
        Chore("publish scheduled posts", HALF_MINUTE, lambda: publish_due(db, server, resolve)),
        Chore(
            "fetch what moderators let in", HALF_MINUTE, lambda: fetch_let_in(db, server, resolve)
        ),
        Chore("put new posts into the search", 10, lambda: index_waiting(db)),
        Chore("close polls", MINUTE, lambda: close_polls(db, server)),
        Chore("tell how many voted", 3 * MINUTE, lambda: tell_polls(db, server)),
        Chore(
            "write letters of what happened",
            5 * MINUTE,
            lambda: write_letters(db, server, settings, sealer),
        ),
        Chore("sweep removed actors", 10 * MINUTE, lambda: sweep_all_removed(db, server)),
        Chore("erase who was suspended", HOUR, lambda: erase_suspended(db, server)),
        Chore("remove what was held", HOUR, lambda: remove_what_was_kept(db, server)),
        Chore("take what closed accounts left", 10 * MINUTE, lambda: sweep_belongings(db, server)),
        Chore("read posts for the search", MINUTE, lambda: fill_gaps(db, server)),
        Chore("finish moves", 10 * MINUTE, lambda: finish_moves(db, server)),
        Chore("make missing keys", HOUR, lambda: make_missing_keys(db, server, sealer)),
        Chore("forget expired rules", HOUR, lambda: forget_expired_rules(db, server)),
        Chore("forget tries to join", 24 * HOUR, lambda: forget_old_attempts(db, server)),
        Chore("hold servers to the rules", HOUR, lambda: settle_all(db, server)),
        Chore("trim homes", HOUR, lambda: trim_homes(db)),
        Chore("forget old uses of hashtags", HOUR, lambda: forget_old_uses(db, server)),
        Chore("remove uploads that nobody posted", HOUR, media.sweep),
        Chore("forget copies of remote pictures", HOUR, remote.sweep),
        Chore("ask hosts for their software", 6 * HOUR, software.refresh),
        Chore("forget what expired", HOUR, lambda: forget_expired(db, server)),
        Chore("forget who never confirmed", HOUR, lambda: forget_unconfirmed(db, server)),
        Chore("forget old letters", 6 * HOUR, lambda: forget_old_letters(db, server)),
        Chore("forget old federation logs", HOUR, lambda: forget_old(db, server, kept)),
        Chore("clear the quarantine out", HOUR, lambda: clear_out(db, server)),
        Chore("forget who said the same", HOUR, lambda: forget_old_texts(db, server)),
        Chore("forget stories that have ended", 10 * MINUTE, lambda: forget_ended(db, server)),
        Chore("forget items that nobody keeps", HOUR, lambda: forget_unused(db, server)),
        Chore("withdraw what nobody allowed", HOUR, lambda: expire_leaves(db, server)),
        Chore("forget old imports", HOUR, lambda: forget_imports(db, server)),
        Chore("forget old archives", HOUR, archives.forget_old),
    )
