"""A server with two communities, a thread in one of them and a tree of comments under it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.asgi import Caller
from weft.app import Parts, assembled, web_app
from weft.config.settings import load
from weft.domain.accounts.access import issue_token
from weft.domain.accounts.create import create_account
from weft.domain.accounts.queries import Role
from weft.domain.communities.create import create_community
from weft.domain.communities.write import comment, post_thread
from weft.storage.migrate import upgrade


@dataclass(slots=True)
class Village:
    parts: Parts
    anyone: Caller
    bob: Caller
    """With a token of the Lemmy family."""
    actors: dict[str, int]
    nums: dict[str, int]
    posts: dict[str, int] = field(default_factory=dict)

    async def thread(self, name: str, community: str = "tea", **more: str) -> int:
        made = await self.parts.db.write(
            post_thread,
            self.parts.server,
            author_id=self.actors["alice"],
            community_id=self.actors[community],
            title=name,
            **more,
        )
        self.posts[name] = made.id
        return await self.num(made.id)

    async def answer(self, name: str, to: str, by: str = "bob", community: str = "tea") -> int:
        made = await self.parts.db.write(
            comment,
            self.parts.server,
            author_id=self.actors[by],
            community_id=self.actors[community],
            parent_id=self.posts[to],
            text=name,
        )
        self.posts[name] = made.id
        return await self.num(made.id)

    async def num(self, post_id: int) -> int:
        from weft.domain.posts.queries import post_by_id

        row = await self.parts.db.one(post_by_id, id=post_id)
        assert row is not None
        return row.num


@pytest.fixture
async def village(tmp_path: Path, database_url: str) -> AsyncIterator[Village]:
    settings = load(
        {
            "WEFT_DATA": str(tmp_path),
            "WEFT_DOMAIN": "127.0.0.1:9999",
            "WEFT_INSECURE_LOOPBACK": "1",
            "WEFT_DATABASE_URL": database_url,
            "WEFT_TITLE": "The Village",
        }
    )
    await upgrade(settings.database_url)
    async with assembled(settings) as parts:
        await parts.instance.ensure()
        actors, nums, token = {}, {}, ""
        for name in ("alice", "bob"):
            made = await create_account(
                parts.db, parts.server, parts.sealer, name=name, email=None, password=None,
                role=Role.ADMIN if name == "alice" else Role.USER,
            )  # fmt: skip
            actors[name], nums[name] = made.actor.id, made.actor.num
            issued = await issue_token(
                parts.db, parts.server, account_id=made.id, scopes=frozenset({"read"}),
                family="lemmy",
            )  # fmt: skip
            token = issued.token
        for name, title in (("tea", "Tea and Biscuits"), ("rain", "Rain")):
            group = await create_community(
                parts.db, parts.server, parts.sealer, name=name, title=title
            )
            actors[name], nums[name] = group.id, group.num
        anyone = Caller(web_app(parts), settings.host)
        yield Village(parts, anyone, anyone.with_token(token), actors, nums)
