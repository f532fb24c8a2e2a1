"""People with roles, posts and reports, for the tests of the moderators' API."""

from typing import Any

from tests.platforms.mastodon.conftest import House
from tests.support.asgi import Answer, Caller
from tests.support.described import described
from weft.domain.accounts.access import issue_token
from weft.domain.accounts.create import create_account
from weft.domain.accounts.queries import Role
from weft.domain.actors.records import Actor, ActorKind
from weft.domain.actors.store import RemoteActor, save_remote_actor

SCOPES = frozenset({"read", "write", "follow", "push", "admin:read", "admin:write"})


async def person(house: House, name: str, role: Role = Role.USER) -> tuple[Caller, int]:
    """Somebody new with a token for everything; who they are."""
    parts = house.parts
    made = await create_account(
        parts.db, parts.server, parts.sealer, name=name, email=f"{name}@example.org",
        password="correct horse battery", role=role,
    )  # fmt: skip
    return await token(house, made.id), made.actor.id


async def token(house: House, account_id: int, scopes: frozenset[str] = SCOPES) -> Caller:
    issued = await issue_token(
        house.parts.db, house.parts.server, account_id=account_id, scopes=scopes, family="mastodon"
    )
    return house.anyone.with_token(issued.token)


async def stranger(house: House, name: str = "mia", host: str = "far.example") -> Actor:
    """Somebody of another server."""
    uri = f"https://{host}/users/{name}"
    described_actor = RemoteActor(
        uri=uri, kind=ActorKind.PERSON, username=name, domain=host, host=host, url=uri,
        inbox=f"{uri}/inbox",
    )  # fmt: skip
    return await house.parts.db.write(save_remote_actor, house.parts.server, described_actor)


def fine(answer: Answer, schema: str | None = None) -> Any:
    """What a call answers, if it went well and has its shape."""
    assert answer.status == 200, answer.text
    if schema is not None and (description := described()) is not None:
        values = answer.json if isinstance(answer.json, list) else [answer.json]
        for each in values:
            assert description.faults_of(each, schema) == []
    return answer.json
