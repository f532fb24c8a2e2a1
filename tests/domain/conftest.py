"""Use cases on a real database of each engine, with people, a clock, and what the world was told."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.databases import sql
from weft.domain.accounts.create import insert_account
from weft.domain.accounts.queries import Role
from weft.domain.actors.queries import actor_by_id
from weft.domain.actors.records import Actor, ActorKind
from weft.domain.actors.store import RemoteActor, create_local_actor, save_remote_actor
from weft.domain.events import Event
from weft.domain.posts.publish import Published, boost, publish
from weft.domain.posts.records import NewPost, Post, PostKind, ReplyTo
from weft.domain.relations.follow import follow
from weft.domain.server import Server, now_ms
from weft.storage.database import Database, Tx

ORIGIN = "https://home.example"


@dataclass
class Stage:
    db: Database
    url: str
    server: Server
    told: list[Event]
    people: dict[str, Actor] = field(default_factory=dict)
    ahead_ms: int = 0
    """How far the server's clock is ahead."""

    async def person(self, name: str, *, locked: bool = False) -> Actor:
        """A new person of this server."""
        made = await self.db.write(self._person, name, locked)
        self.people[name] = made
        return made

    async def _person(self, tx: Tx, name: str, locked: bool) -> Actor:
        made = await create_local_actor(
            tx,
            self.server,
            username=name,
            kind=ActorKind.PERSON,
            locked=locked,
            actor_id=tx.new_id(),
            keys=(),
        )
        await tx.run(
            insert_account,
            id=tx.new_id(),
            actor_id=made.id,
            email=None,
            password_hash=None,
            role=Role.USER,
            created_at=0,
            confirmed_at=0,
            approved_at=0,
        )
        return made

    async def stranger(self, name: str, host: str = "far.example") -> Actor:
        """A person of another server."""
        uri = f"https://{host}/users/{name}"
        described = RemoteActor(
            uri=uri, kind=ActorKind.PERSON, username=name, domain=host, host=host,
            url=uri, inbox=f"{uri}/inbox",
        )  # fmt: skip
        made = await self.db.write(save_remote_actor, self.server, described)
        self.people[name] = made
        return made

    async def says(self, author: Actor, **more: Any) -> Published:
        new = NewPost(author_id=author.id, content="<p>Hello</p>", **more)
        return await self.db.write(publish, self.server, new)

    def parent_of(self, to: Published, root_id: int | None = None) -> ReplyTo:
        return ReplyTo(uri=to.uri, id=to.id, author_id=to.author_id, root_id=root_id or to.id)

    async def answers(self, author: Actor, to: Published, root_id: int | None = None) -> Published:
        return await self.says(author, reply_to=self.parent_of(to, root_id))

    async def boosts(self, who: Actor, what: Published) -> Published:
        new = NewPost(author_id=who.id, kind=PostKind.BOOST, boost_of_id=what.id)
        return await self.db.write(boost, self.server, new)

    async def follows(self, follower: Actor, target: Actor) -> None:
        await self.db.write(follow, self.server, follower=follower, target=target)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        return sql(self.url, statement)

    def counts(self, post: Published | Post) -> dict[str, int]:
        """The counters of a post that are not nought."""
        names = ("replies", "boosts", "likes", "dislikes", "reactions", "quotes")
        [row] = self.rows(f"SELECT {', '.join(names)} FROM post_stats WHERE post_id = {post.id}")
        return {name: count for name, count in zip(names, row, strict=True) if count}

    def edges(self, who: Actor) -> tuple[int, int, int]:
        """Followers, following and posts."""
        [row] = self.rows(
            f"SELECT followers, following, posts FROM actor_stats WHERE actor_id = {who.id}"
        )
        return row[0], row[1], row[2]

    def home(self, who: Actor) -> list[int]:
        """Posts in somebody's home timeline, oldest first."""
        found = self.rows(
            f"SELECT post_id FROM home_entry WHERE owner_id = {who.id} ORDER BY post_id"
        )
        return [row[0] for row in found]

    async def again(self, who: Actor) -> Actor:
        """An actor as they are now."""
        row = await self.db.one(actor_by_id, id=who.id)
        assert row is not None
        return row


@pytest.fixture
def stage(database: Database, database_url: str) -> Stage:
    told: list[Event] = []

    async def tell(tx: Tx, event: Event) -> None:
        tx.after_commit(told.append, event)

    server = Server(
        origin=ORIGIN,
        domain="home.example",
        host="home.example",
        tell=tell,
        now_ms=lambda: now_ms() + made.ahead_ms,
    )
    made = Stage(database, database_url, server, told)
    return made
