"""Who lives on the servers that are measured."""

from weft.app import Parts
from weft.domain.accounts.create import create_account
from weft.domain.actors.records import Actor, ActorKind
from weft.domain.actors.store import Key, RemoteActor, save_remote_actor
from weft.domain.relations.follow import accept, follow
from weft.storage.database import Tx

PASSWORD = "a long enough password"


async def local_person(parts: Parts, name: str) -> Actor:
    made = await create_account(
        parts.db,
        parts.server,
        parts.sealer,
        name=name,
        email=f"{name}@mail.example",
        password=PASSWORD,
    )
    return made.actor


def described(authority: str, number: int, public_pem: str) -> RemoteActor:
    uri = f"http://{authority}/users/{number}"
    return RemoteActor(
        uri=uri,
        kind=ActorKind.PERSON,
        username=f"u{number}",
        domain=authority,
        host=authority,
        url=f"{uri}/page",
        inbox=f"{uri}/inbox",
        shared_inbox=f"http://{authority}/inbox",
        followers_uri=f"{uri}/followers",
        keys=(Key(key_id=f"{uri}#main-key", algorithm="rsa", public_pem=public_pem),),
    )


async def remote_people(parts: Parts, people: list[RemoteActor]) -> list[Actor]:
    """Store actors of other servers, as if they had been fetched."""
    kept: list[Actor] = []
    for at in range(0, len(people), 100):
        kept += await parts.db.write(_save, parts, people[at : at + 100])
    return kept


async def _save(tx: Tx, parts: Parts, people: list[RemoteActor]) -> list[Actor]:
    return [await save_remote_actor(tx, parts.server, each) for each in people]


async def followers(parts: Parts, target: Actor, people: list[Actor]) -> None:
    """Let others follow one of ours."""
    for at in range(0, len(people), 100):
        await parts.db.write(_follow, parts, [(each, target) for each in people[at : at + 100]])


async def follows(parts: Parts, follower: Actor, people: list[Actor]) -> None:
    """Let one of ours follow others, who accept."""
    for at in range(0, len(people), 100):
        await parts.db.write(_follow, parts, [(follower, each) for each in people[at : at + 100]])


async def _follow(tx: Tx, parts: Parts, pairs: list[tuple[Actor, Actor]]) -> None:
    for follower, target in pairs:
        await follow(tx, parts.server, follower=follower, target=target)
        await accept(tx, parts.server, follower_id=follower.id, target_id=target.id)
