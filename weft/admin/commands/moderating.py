"""``weft community moderate``: what a moderator of a community does, from the command line."""

import argparse
from typing import TYPE_CHECKING, Any

from weft.admin.failure import CommandFailed

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from weft.app import Parts
    from weft.domain.actors.records import Actor

_POSTS = {
    "remove": "take a post out of the community",
    "restore": "put it back",
    "lock": "let nobody but moderators answer a thread",
    "unlock": "let everybody answer again",
    "pin": "show a thread above the others",
    "unpin": "show it among the others again",
}
_PEOPLE = {
    "ban": "let a person write there no more",
    "unban": "let them write there again",
    "name": "let a person moderate as well",
    "dismiss": "take a person off the moderators",
}


def add(parts: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    from weft.admin.commands.moving import run_within

    moderate = parts.add_parser(
        "moderate", help="act as a moderator; the servers of all who follow hear of it"
    )
    moderate.add_argument("name", metavar="NAME", help="of the community")
    acts = "; ".join(f"{name}: {text}" for name, text in (_POSTS | _PEOPLE).items())
    moderate.add_argument("act", choices=[*_POSTS, *_PEOPLE], metavar="ACT", help=acts)
    moderate.add_argument(
        "target", metavar="TARGET", help="a post by its address, or a person as @name@host"
    )
    moderate.add_argument(
        "--by", metavar="PERSON", required=True, help="a moderator of this server"
    )
    moderate.add_argument("--reason", default="", help="what the log and the author are told")
    moderate.add_argument("--days", type=int, help="a ban ends after so many days")
    moderate.add_argument(
        "--with-posts", action="store_true", help="a ban takes what they wrote there away"
    )
    moderate.set_defaults(run=lambda given: run_within(_moderate, given))


async def _moderate(parts: "Parts", given: argparse.Namespace) -> str:
    from weft.domain.communities.act import NotAllowed

    group = await _actor(parts, given.name.removeprefix("!"))
    moderator = await _actor(parts, given.by)
    who = {"community_id": group.id, "moderator_id": moderator.id}
    try:
        if given.act in _PEOPLE:
            done = await _person(parts, given, who)
        else:
            done = await _post(parts, given, who)
    except NotAllowed as refused:
        raise CommandFailed(str(refused)) from None
    return "done; the running server tells the others" if done else "it is so already"


async def _person(parts: "Parts", given: argparse.Namespace, who: dict[str, int]) -> bool:
    from weft.domain.communities import act

    person = await _actor(parts, given.target)
    acts: dict[str, Any] = {
        "unban": act.unban_person,
        "name": act.name_moderator,
        "dismiss": act.dismiss_moderator,
    }

    async def write(tx: Any) -> bool:
        if given.act != "ban":
            return bool(await acts[given.act](tx, parts.server, **who, person_id=person.id))
        until = None
        if given.days is not None:
            until = parts.server.now_ms() + given.days * 24 * 3_600_000
        await act.ban_person(
            tx, parts.server, **who, person_id=person.id, reason=given.reason, expires_at=until,
            removes=given.with_posts,
        )  # fmt: skip
        return True

    return await parts.db.write(write)


async def _post(parts: "Parts", given: argparse.Namespace, who: dict[str, int]) -> bool:
    from weft.domain.communities import act
    from weft.domain.posts.queries import post_by_uri

    if given.act == "restore":

        async def restore(tx: Any) -> bool:
            return await act.restore_post(tx, parts.server, **who, uri=given.target)

        if not await parts.db.write(restore):
            await parts.resolve(given.target)
        return True
    post = await parts.db.one(post_by_uri, uri=given.target)
    if post is None:
        raise CommandFailed(f"there is no post {given.target} here: name it by its id, a URL")

    async def write(tx: Any) -> bool:
        match given.act:
            case "remove":
                await act.remove_post(tx, parts.server, **who, post_id=post.id, reason=given.reason)
                return True
            case "lock" | "unlock":
                locked = given.act == "lock"
                return await act.lock_thread(
                    tx, parts.server, **who, post_id=post.id, locked=locked, reason=given.reason
                )
            case _:
                pinned = given.act == "pin"
                return await act.pin_thread(tx, parts.server, **who, post_id=post.id, pinned=pinned)

    return await parts.db.write(write)


async def _actor(parts: "Parts", name: str) -> "Actor":
    """Of this server by the name alone."""
    from weft.domain.actors.queries import actor_by_id, actors_by_handles

    plain = name.removeprefix("@")
    handle = plain if "@" in plain else parts.settings.handle(plain)
    rows = await parts.db.all(actors_by_handles, handles=[handle.casefold()])
    if rows:
        return min(rows, key=lambda each: each.id)
    found = await parts.resolve(f"@{handle}") if "@" in plain else None
    actor = await parts.db.one(actor_by_id, id=found.id) if found is not None else None
    if actor is None or found is None or found.kind != "actor":
        raise CommandFailed(f"there is no {name}: people of other servers are @name@host")
    return actor
