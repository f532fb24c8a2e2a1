"""What every table shares: the metadata, the column types and the numbered nouns.

Conventions: ids are 53-bit integers of ours (``weft.storage.ids``); times are integer milliseconds
UTC in columns that end in ``_at``; facets that are never queried are JSON text.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    MetaData,
    Sequence,
    Text,
    false,
    true,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# INTEGER makes a lone primary key the rowid on SQLite; PostgreSQL needs the 64 bits named.
Big = BigInteger().with_variant(Integer(), "sqlite")

# Nouns whose rows carry a 31-bit ``num`` for client APIs with small integers
# (Lemmy, PeerTube, Funkwhale, Discourse, Flarum).
NUM_NOUNS = ("actor", "post", "item", "collection", "media", "host")
for noun in NUM_NOUNS:
    Sequence(f"num_{noun}", metadata=metadata, maxvalue=2**31 - 1)


def id_column(name: str = "id", **options: Any) -> Column[int]:
    """A primary key that we mint ourselves."""
    return Column(name, Big, primary_key=True, autoincrement=False, **options)


def num_column() -> Column[int]:
    """The 31-bit number of a client-visible noun, assigned at insert."""
    return Column("num", Integer, nullable=False, unique=True)


def ref(name: str, target: str, *, nullable: bool = False, cascade: bool = True) -> Column[int]:
    """A reference to another table's id; deleting the target deletes this row, or nulls it."""
    action = "CASCADE" if cascade else "SET NULL"
    return Column(name, Big, ForeignKey(target, ondelete=action), nullable=nullable)


def at(name: str, *, nullable: bool = False) -> Column[int]:
    """A time in milliseconds since 1970-01-01 UTC."""
    return Column(name, Big, nullable=nullable)


def flag(name: str, *, default: bool = False) -> Column[bool]:
    """A boolean with a default on the server, so that adding it is a cheap migration."""
    return Column(name, Boolean, nullable=False, server_default=true() if default else false())


def text(name: str, *, nullable: bool = False, default: str | None = None) -> Column[str]:
    """A text column."""
    return Column(name, Text, nullable=nullable, server_default=default)


def count(name: str) -> Column[int]:
    """A counter that starts at nought."""
    return Column(name, Integer, nullable=False, server_default="0")


def key_ref(name: str, target: str) -> Column[int]:
    """A reference that is (part of) the primary key and goes with its target."""
    return Column(
        name, Big, ForeignKey(target, ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
