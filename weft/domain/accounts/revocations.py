"""That access was taken back: whoever remembers tokens then forgets them all, and streams end."""

from weft.domain.news import AccessEnded
from weft.storage.database import Tx

_count = 0


def revocations() -> int:
    """How many there were; a number that has changed is all that one needs to know."""
    return _count


def note_revocation() -> None:
    """Called once a revocation is durable, here or in another process that was heard."""
    global _count
    _count += 1


def end_access(tx: Tx) -> None:
    """Said in the write that revokes tokens, or closes or disables an account."""
    tx.after_commit(note_revocation)
    tx.say(AccessEnded())
