"""Opening a community: an actor of kind GROUP; whoever opens it moderates it."""

from sqlalchemy import Insert

from weft.domain.accounts.create import NameTaken
from weft.domain.accounts.keys import make_actor_keys
from weft.domain.accounts.names import check_name
from weft.domain.actors.records import Actor, ActorKind
from weft.domain.actors.store import Key, create_local_actor
from weft.domain.keys.sealing import Sealer
from weft.domain.markup.length import visible_length
from weft.domain.server import Server
from weft.storage.database import Database, Tx
from weft.storage.errors import Conflict
from weft.storage.schema.actors import community, community_moderator
from weft.storage.statements import insert_or_ignore, query

TITLE_LENGTH = 100


class CommunityRefused(Exception):
    """The sentence is for who wants to open it."""


@query()
def insert_moderator() -> Insert:
    return insert_or_ignore(community_moderator, "community_id", "actor_id", "created_at")


@query()
def insert_community() -> Insert:
    names = ("actor_id", "title", "nsfw", "only_moderators_post", "moderators_uri")
    return insert_or_ignore(community, *names)


async def create_community(
    db: Database,
    server: Server,
    sealer: Sealer,
    *,
    name: str,
    title: str,
    creator_id: int | None = None,
    only_moderators_post: bool = False,
) -> Actor:
    """Open a community, which its creator moderates; without one it has no moderator yet.
    ``only_moderators_post``: others answer, but begin no threads.

    Raises:
        BadName, NameTaken, CommunityRefused: with a sentence.
    """
    check_name(name)
    title = " ".join(title.split()) or name
    if visible_length(title) > TITLE_LENGTH:
        raise CommunityRefused(f"The title may have at most {TITLE_LENGTH} characters.")
    actor_id = db.ids.mint()
    keys = await make_actor_keys(server, sealer, actor_id)
    try:
        return await db.write(
            _create, server, name, title, actor_id, creator_id, keys, only_moderators_post
        )
    except Conflict:
        raise NameTaken("This name is taken on this server: choose another.") from None


async def _create(
    tx: Tx,
    server: Server,
    name: str,
    title: str,
    actor_id: int,
    creator_id: int | None,
    keys: tuple[Key, ...],
    only_moderators_post: bool,
) -> Actor:
    made = await create_local_actor(
        tx,
        server,
        username=name,
        kind=ActorKind.GROUP,
        name=title,
        actor_id=actor_id,
        keys=keys,
    )
    await tx.run(
        insert_community,
        actor_id=made.id,
        title=title,
        nsfw=False,
        only_moderators_post=only_moderators_post,
        moderators_uri=f"{made.uri}/moderators",
    )
    if creator_id is not None:
        await add_moderator(tx, server, community_id=made.id, actor_id=creator_id)
    return made


async def add_moderator(tx: Tx, server: Server, *, community_id: int, actor_id: int) -> None:
    """Once is enough."""
    await tx.run(
        insert_moderator, community_id=community_id, actor_id=actor_id, created_at=server.now_ms()
    )
