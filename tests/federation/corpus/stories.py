"""Pixelfed's stories: shown to who follows, fetched with their key, gone when they end."""

from typing import Any

from tests.federation.corpus.playing import At, Corpus
from weft.domain.posts.queries import post_by_uri
from weft.domain.posts.records import Post
from weft.domain.stories.keep import LONGEST_MS, Story, forget_ended, stories_of
from weft.domain.visibility.viewer import Visibility

PIXELFED = Corpus("pixelfed", lena=("https://weft.example/users/carol",))
ALICE = "https://pf.example/users/alice"
STORY = "https://pf.example/stories/alice/338581222496276480"


async def shown(at: At, author: str = ALICE, *, who: str = "local", later: int = 0) -> list[Story]:
    """What lena is shown, or anybody."""
    actor, now = await at.actor(author), at.stage.parts.server.now_ms()
    viewer = {"viewer": at.stage.lena.id} if who == "local" else {}
    found: list[Story] = await at.stage.parts.db.all(
        stories_of, who=who, of_author=actor.id, at=now + later, limit=50, **viewer
    )
    return found


async def a_story_is_served(at: At, **changed: Any) -> None:
    """As its server answers whoever has the key; alice is followed."""
    await at.person(ALICE)
    await at.lena_follows(ALICE, accepted=True)
    story = at.load("story-object") | {
        "id": STORY, "attributedTo": ALICE, "expiresAt": "2126-01-01T00:00:00+00:00",
    }  # fmt: skip
    await at.serve(story | changed)


@PIXELFED.outcome("add-story-bearcap", given=a_story_is_served)
async def for_followers_for_a_day(at: At) -> None:
    (story,) = await shown(at)
    assert (story.content_type, story.duration_ms) == ("image/jpeg", 3000)
    assert (story.can_reply, story.can_react) == (True, True)
    assert story.expires_at - at.stage.parts.server.now_ms() <= LONGEST_MS
    assert await shown(at, who="anonymous") == []
    assert await shown(at, later=LONGEST_MS) == []
    assert at.rows("SELECT count(*) FROM post") == [(0,)]
    stored = at.stage.parts.db
    assert await forget_ended(stored, at.stage.parts.server) == 0
    # Another of the server may not take it away; alice may.
    other = "https://pf.example/users/mallory"
    await at.person(other)
    delete = {"type": "Delete", "object": {"id": STORY, "type": "Story"}}
    await at.deliver(delete | {"id": f"{other}#1", "actor": other})
    assert len(await shown(at)) == 1
    await at.deliver(delete | {"id": f"{STORY}#delete", "actor": ALICE})
    assert await shown(at) == []


@PIXELFED.outcome("add-story-bearcap-other-host", given=a_story_is_served)
async def nothing_is_fetched_elsewhere(at: At) -> None:
    assert await shown(at) == []
    assert "not of its sender" in str(at.verdicts()), at.verdicts()


@PIXELFED.outcome("story-object", how="itself")
async def one_that_has_ended_or_is_anothers(at: At) -> None:
    """The corpus has one of 2021."""
    add = at.load("add-story-bearcap")
    await a_story_is_served(at, expiresAt=at.payload["expiresAt"])
    await at.deliver(add)
    assert "it has ended" in str(at.verdicts()[-1])
    changes: tuple[dict[str, Any], ...] = (
        {"attributedTo": "https://pf.example/users/mallory"}, {"attachment": []},
        {"attachment": {"type": "Image", "url": "javascript:x", "mediaType": "image/png"}},
        {"attachment": {"type": "Image", "url": STORY, "mediaType": "image/svg+xml"}},
        {"expiresAt": None}, {"type": "Note"},
    )  # fmt: skip
    for number, changed in enumerate(changes):
        await a_story_is_served(at, **changed)
        await at.deliver(add | {"id": f"{ALICE}#story-{number}"})
    assert await shown(at) == []
    assert "Error" not in str(at.verdicts())


@PIXELFED.outcome("story-view")
async def nobody_has_stories_here(at: At) -> None:
    assert "nobody here has stories" in str(at.verdicts()[-1])
    assert await at.notified() == []


@PIXELFED.outcome("story-reply", given=a_story_is_served)
async def a_message_about_it(at: At) -> None:
    uri = at.payload["id"].removesuffix("/activity")
    post: Post | None = await at.stage.parts.db.one(post_by_uri, uri=await at.place(uri))
    assert post is not None, at.verdicts()
    assert (post.visibility, post.content) == (Visibility.DIRECT, "<p>Where is this?</p>")
    assert await at.notified() == ["mention"]
    talks = await at.stage.api.get("/api/v1/conversations")
    assert len(talks.json) == 1
    hostile = at.payload | {
        "id": f"{ALICE}#r2",
        "type": "Story:Reaction",
        "content": "<img src=x onerror=1>",
    }
    await at.deliver(hostile)
    contents = {row[0] for row in at.rows("SELECT content FROM post")}
    assert contents == {"<p>Where is this?</p>", "<p>&lt;img src=x onerror=1&gt;</p>"}
