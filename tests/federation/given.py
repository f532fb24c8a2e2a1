"""The state that a scenario starts from, made the way it would come about."""

import json
import re
from typing import Any

from tests.support.fediverse import Scene
from weft.domain.posts.publish import publish
from weft.domain.posts.records import NewPoll, NewPost, PostKind
from weft.domain.reactions.react import ReactionKind
from weft.domain.relations.follow import accept, follow

ALICE = "https://a.example/users/alice"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


def note(text: str = "Hello", **more: Any) -> dict[str, Any]:
    return {
        "id": f"{ALICE}/n/1",
        "type": "Note",
        "attributedTo": ALICE,
        "content": f"<p>{text}</p>",
        "published": "2026-10-01T12:00:00Z",
        "to": [PUBLIC],
        "cc": [f"{ALICE}/followers"],
        **more,
    }


async def arrange(stage: Scene, given: str) -> None:
    """Raises ValueError for a sentence that nobody understands."""
    if not given:
        return
    if given in ("lena follows alice", "lena's follow of alice is pending"):
        await lena_follows(stage, accepted=given == "lena follows alice")
    elif re.match(r"post https://a\.example/users/alice/n/1 .*stored", given):
        await arrived(stage, "given-1", "Create", note())
    elif given.startswith("poll https://a.example"):
        poll = note("?", id=f"{ALICE}/q/1", type="Question", endTime="2036-01-01T00:00:00Z",
                    oneOf=[option("Yes"), option("No")])  # fmt: skip
        await arrived(stage, "given-1", "Create", poll)
    elif given.startswith("alice follows lena"):
        await arrived(stage, "follow-1", "Follow", "https://weft.example/users/lena")
    elif given.startswith("alice liked the post"):
        post_id = await lena_posts(stage)
        await arrived(stage, "like-1", "Like", f"https://weft.example/posts/{post_id}")
    elif given in ("post by lena", "post https://weft.example/posts/1 by lena exists"):
        await lena_posts(stage)
    elif given.startswith("poll https://weft.example"):
        await lena_posts(stage, poll=("Yes", "No"))
    else:
        raise ValueError(f"nobody knows how to arrange: {given}")


def option(name: str) -> dict[str, Any]:
    return {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": 0}}


async def lena_follows(stage: Scene, *, accepted: bool = True) -> None:
    parts = stage.parts
    alice = await parts.resolver.actor(await stage.place(ALICE))

    async def write(tx: Any) -> None:
        await follow(tx, parts.server, follower=stage.lena, target=alice)
        if accepted:
            await accept(tx, parts.server, follower_id=stage.lena.id, target_id=alice.id)

    await parts.db.write(write)


async def lena_posts(stage: Scene, poll: tuple[str, ...] = ()) -> int:
    """A public post of lena's; its address stands for what the scenario calls it."""
    new = NewPost(
        author_id=stage.lena.id,
        kind=PostKind.QUESTION if poll else PostKind.NOTE,
        content="<p>By lena</p>",
        poll=NewPoll(poll, ends_at=stage.parts.server.now_ms() + 3_600_000) if poll else None,
    )
    made = await stage.parts.db.write(publish, stage.parts.server, new)
    stage.posts.append(made.id)
    return made.id


async def arrived(stage: Scene, number: str, type_: str, object_: Any) -> None:
    """An activity of alice's that was delivered before."""
    activity = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{ALICE}/a/{number}",
        "type": type_,
        "actor": ALICE,
        "object": object_,
        "to": [PUBLIC],
    }
    answer = await stage.deliver(
        await stage.place(ALICE), json.dumps(await stage.place(activity)).encode()
    )
    assert answer.status == 202, answer.text
    await stage.settled()


LIKE = ReactionKind.LIKE
