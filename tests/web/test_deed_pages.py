"""What somebody listened to, and stories, as pages: linked from the profile, shown to whom they are for."""

from tests.web.conftest import Site
from tests.web.test_shelf_pages import RAT, reader
from weft.domain.actors.queries import actor_by_id
from weft.domain.actors.records import Actor
from weft.domain.listens.keep import heard
from weft.domain.posts.kinds import Listen
from weft.domain.posts.publish import publish
from weft.domain.posts.queries import post_by_id
from weft.domain.posts.records import NewPost, PostKind
from weft.domain.posts.watched import seen_once, watching
from weft.domain.relations.follow import accept, follow
from weft.domain.stories.keep import DescribedStory, keep_story
from weft.domain.visibility.viewer import Visibility
from weft.storage.database import Tx


async def alice_follows(site: Site, whom: Actor) -> None:
    async def follows(tx: Tx) -> None:
        alice = await tx.one(actor_by_id, id=site.ids["alice"])
        assert alice is not None
        await follow(tx, site.parts.server, follower=alice, target=whom)
        await accept(tx, site.parts.server, follower_id=alice.id, target_id=whom.id)

    await site.parts.db.write(follows)


async def test_what_was_listened_to(site: Site) -> None:
    rat, server = await reader(site), site.parts.server

    async def listened(tx: Tx) -> None:
        for number in range(1, 24):
            said = Listen(f"Piece {number:02d}", artist="<b>Band</b>")
            reach = Visibility.FOLLOWERS if number == 23 else Visibility.PUBLIC
            uri = f"{RAT}/listens/{number}"
            await heard(tx, server, actor_id=rat.id, uri=uri, said=said, reach=reach)

    await site.parts.db.write(listened)
    alice = await site.signed_in("alice")
    assert 'href="/@rat@far.example/listens"' in (await alice.open("/@rat@far.example")).text
    page = await alice.open("/@rat@far.example/listens")
    assert "Piece 22" in page.text
    assert "Piece 23" not in page.text, "it is for followers"
    assert "by &lt;b&gt;Band" in page.text
    after = page.text.partition('rel="next" href="')[2].partition('"')[0]
    assert "Piece 01" in (await alice.open(after)).text
    await alice_follows(site, rat)
    assert "Piece 23" in (await alice.open("/@rat@far.example/listens")).text
    assert (await site.browser().open("/@rat@far.example/listens")).status == 404


async def test_stories_are_for_followers(site: Site) -> None:
    rat, server = await reader(site), site.parts.server
    described = DescribedStory(
        uri=f"{RAT}/stories/1", author_uri=RAT, media_url="https://far.example/s.jpg",
        content_type="image/jpeg", expires_at=server.now_ms() + 3_600_000,
    )  # fmt: skip
    assert await site.parts.db.write(keep_story, server, rat.id, described) is None
    alice = await site.signed_in("alice")
    assert "/stories" not in (await alice.open("/@rat@far.example")).text
    assert "No stories" in (await alice.open("/@rat@far.example/stories")).text
    await alice_follows(site, rat)
    assert "/stories" in (await alice.open("/@rat@far.example")).text
    page = await alice.open("/@rat@far.example/stories")
    assert "<img" in page.text
    assert 'src="https://far.example' not in page.text, "from a copy of ours"


async def test_how_often_a_video_was_seen(site: Site) -> None:
    server = site.parts.server
    new = NewPost(author_id=site.ids["alice"], kind=PostKind.VIDEO, title="A film", content="")
    made = await site.parts.db.write(publish, server, new)

    async def seen(tx: Tx) -> None:
        post, now = await tx.one(post_by_id, id=made.id), server.now_ms()
        assert post is not None
        await seen_once(tx, post)
        await watching(tx, post, 12, now + 60_000, now)

    stranger = site.browser()
    assert "watching now" not in (await stranger.open(f"/@alice/{made.id}")).text
    await site.parts.db.write(seen)
    assert "1 view · 12 watching now" in (await stranger.open(f"/@alice/{made.id}")).text
