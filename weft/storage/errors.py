"""What can go wrong in storage, as types. Each message is for the person who reads the log."""


class StorageError(Exception):
    """Any failure of the database."""


class Conflict(StorageError):
    """A unique key is taken. ``constraint`` names it: ``table.id`` where it is the id, else as the
    engine does."""

    def __init__(self, constraint: str) -> None:
        super().__init__(f"already there: {constraint}")
        self.constraint = constraint

    @property
    def is_of_id(self) -> bool:
        """Was it the id? Then the write is run again, with others."""
        return self.constraint.endswith(".id")


class BrokenReference(StorageError):
    """A row would refer to nothing, or lack what it must have."""


class StorageFull(StorageError):
    """The disk or the database is full; nothing of this write was kept."""


class StorageFailed(StorageError):
    """The database could not be read or written; nothing of this write was kept."""


class TooSlow(StorageError):
    """A read took longer than its statement allows, and was given up."""


class SuspendedInWrite(StorageError):
    """A write function awaited something that is not its transaction."""


class StatementMisuse(StorageError):
    """A statement was called with parameters that it does not have, or without one it needs."""


class SchemaMismatch(StorageError):
    """The database's schema is not the one that this version of Weft works with."""


class NoNodeFree(StorageError):
    """All 64 node numbers are leased: that many processes are using this database."""
