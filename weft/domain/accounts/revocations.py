"""That access was taken back in this process: whoever remembers tokens then forgets them all."""

_count = 0


def revocations() -> int:
    """How many there were; a number that has changed is all that one needs to know."""
    return _count


def note_revocation() -> None:
    """Called once the revocation is durable (``Tx.after_commit``)."""
    global _count
    _count += 1
