"""The first schema."""

from alembic import op
from sqlalchemy import Sequence
from sqlalchemy.schema import CreateSequence

from weft.storage.migrations.first import people, posts, servers

revision = "0001"
down_revision = None

NUMBERED = ("actor", "post", "item", "collection", "media", "host")


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        for noun in NUMBERED:
            op.execute(CreateSequence(Sequence(f"num_{noun}", maxvalue=2**31 - 1)))
    people.create()
    posts.create()
    servers.create()
