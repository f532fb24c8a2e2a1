"""Coming to an event with a button, who comes, and what its organiser answers."""

from selectolax.lexbor import LexborHTMLParser

from tests.support.asgi import Answer
from tests.web.conftest import Site
from weft.domain.actors.queries import actor_by_id
from weft.domain.attendance.attend import join
from weft.domain.posts.kinds import EventFacets
from weft.domain.posts.publish import publish
from weft.domain.posts.queries import post_by_id
from weft.domain.posts.records import NewPost, PostFacets, PostKind
from weft.domain.relations.block import block
from weft.domain.visibility.viewer import Visibility
from weft.storage.database import Tx


async def organise(site: Site, reach: Visibility = Visibility.PUBLIC, **rules: object) -> int:
    new = NewPost(
        author_id=site.ids["alice"], kind=PostKind.EVENT, title="A walk", content="<p>Walk</p>",
        visibility=reach, facets=PostFacets(event=EventFacets(**rules)),  # type: ignore[arg-type]
    )  # fmt: skip
    return (await site.parts.db.write(publish, site.parts.server, new)).id


async def test_coming_and_not_coming_after_all(site: Site) -> None:
    event = await organise(site)
    bob = await site.signed_in("bob")
    page = await bob.open(f"/@alice/{event}")
    assert "Nobody has said yet that they come" in page.text
    page = await bob.submit(page, {}, f"/posts/{event}/join")
    assert "You come." in page.text
    assert "1 person comes" in page.text
    assert "bob" in (await bob.open(f"/@alice/{event}/attendees")).text
    page = await bob.submit(page, {}, f"/posts/{event}/leave")
    assert "Nobody has said yet that they come" in page.text
    assert "bob" not in (await site.browser().open(f"/@alice/{event}/attendees")).text


async def test_what_is_no_event_or_not_for_one_is_not_joined(site: Site) -> None:
    invited = await organise(site, join="invite")
    hidden = await organise(site, Visibility.FOLLOWERS)
    note = NewPost(author_id=site.ids["alice"], content="<p>Hello</p>")
    plain = (await site.parts.db.write(publish, site.parts.server, note)).id
    bob = await site.signed_in("bob")
    page = await bob.open(f"/@alice/{invited}")
    refused = await bob.submit(page, {}, f"/posts/{invited}/join")
    assert refused.status == 422
    assert "invited" in refused.text
    assert (await bob.open(f"/@alice/{hidden}/attendees")).status == 404
    assert (await bob.open(f"/@alice/{plain}/attendees")).status == 404
    assert "Who comes" not in (await bob.open(f"/@alice/{plain}")).text


async def asked_to_come(site: Site, event: int, *names: str) -> None:
    for name in names:
        browser = await site.signed_in(name)
        await browser.submit(await browser.open(f"/@alice/{event}"), {}, f"/posts/{event}/join")


async def test_the_organiser_answers_who_waits(site: Site) -> None:
    await site.add("carol")
    event = await organise(site, join="approval", capacity=1)
    await asked_to_come(site, event, "bob", "carol")
    alice, path = await site.signed_in("alice"), f"/@alice/{event}/waiting"
    assert (
        f'href="{path}">2 people wait for your answer'
        in (await alice.open(f"/@alice/{event}")).text
    )
    page = await alice.open(path)
    assert page.text.index("@carol") < page.text.index("@bob"), "the newest first"
    assert f'/@alice/{event}"><bdi>A walk</bdi></a>' in page.text
    who = {"who": str(site.ids["bob"])}
    page = await alice.submit(page, who, f"/posts/{event}/admit")
    assert alice.at == path
    assert "@carol" in page.text
    assert "@bob" not in page.text
    # It has room for one; that is said, and carol waits on.
    full = await alice.submit(page, {}, f"/posts/{event}/admit")
    assert (full.status, "The event is full" in full.text) == (422, True)
    page = await alice.submit(page, {}, f"/posts/{event}/decline")
    assert "Nobody waits for an answer" in page.text
    assert "for your answer" not in (await alice.open(f"/@alice/{event}")).text
    for name, said in (("bob", "You come."), ("carol", "The organiser has declined.")):
        assert said in (await (await site.signed_in(name)).open(f"/@alice/{event}")).text


async def test_who_waits_is_shown_page_by_page(site: Site) -> None:
    event = await organise(site, join="approval")
    for number in range(25):
        await site.add(f"guest{number}")
        await site.parts.db.write(ask, site, event, site.ids[f"guest{number}"])
    alice = await site.signed_in("alice")
    first = await alice.open(f"/@alice/{event}/waiting")
    assert first.text.count("/admit") == 20
    assert "May I, 24?" in first.text
    link = LexborHTMLParser(first.text).css_first("a[rel=next]")
    assert link is not None
    second = await alice.open(link.attributes["href"] or "")
    assert second.text.count("/admit") == 5
    assert "&lt;b&gt;May I, 0?" in second.text


async def ask(tx: Tx, site: Site, event: int, who: int) -> None:
    post, own = await tx.one(post_by_id, id=event), await tx.one(actor_by_id, id=who)
    assert post is not None
    assert own is not None
    alice = await tx.one(actor_by_id, id=post.author_id)
    assert alice is not None
    note = f"<b>May I, {own.username.removeprefix('guest')}?"
    await join(tx, site.parts.server, post, alice, own, note=note)


async def test_nobody_else_answers_who_waits(site: Site) -> None:
    await site.add("carol")
    event = await organise(site, join="approval")
    hidden = await organise(site, Visibility.DIRECT, join="approval")
    plain = NewPost(author_id=site.ids["alice"], content="<p>Hello</p>")
    note = (await site.parts.db.write(publish, site.parts.server, plain)).id
    await asked_to_come(site, event, "carol")
    bob, alice, anyone = await site.signed_in("bob"), await site.signed_in("alice"), site.browser()
    for browser in (bob, anyone):
        page = await browser.open(f"/@alice/{event}")
        assert "for your answer" not in page.text
        assert (await browser.open(f"/@alice/{event}/waiting")).status == 404
    assert (await alice.open(f"/@alice/{note}/waiting")).status == 404
    assert (await alice.open(f"/@bob/{event}/waiting")).status == 404
    carol = await site.signed_in("carol")
    for browser in (bob, carol):
        page = await browser.open(f"/@alice/{event}")
        form = {"csrf": csrf_of(page), "who": str(site.ids["carol"])}
        for act in ("admit", "decline"):
            assert (await browser.send(f"/posts/{event}/{act}", form)).status == 403
            assert (await browser.send(f"/posts/{hidden}/{act}", form)).status == 404
    page = await alice.open(f"/@alice/{event}/waiting")
    form = {"csrf": csrf_of(page), "who": str(site.ids["carol"])}
    assert (await alice.send(f"/posts/{event}/admit", form | {"csrf": "no"})).status == 403
    for who in ("", "x", "٣", "9" * 16, "9" * 40, "-1", str(site.ids["bob"])):
        assert (await alice.send(f"/posts/{event}/admit", form | {"who": who})).status == 422
    assert (await alice.send(f"/posts/{note}/admit", form)).status == 422
    assert "@carol" in (await alice.open(f"/@alice/{event}/waiting")).text, "she waits still"


async def test_whom_the_organiser_blocks_does_not_wait(site: Site) -> None:
    event = await organise(site, join="approval")
    await asked_to_come(site, event, "bob")
    alice = await site.signed_in("alice")
    own, other = site.ids["alice"], site.ids["bob"]
    await site.parts.db.write(block, site.parts.server, actor_id=own, target_id=other)
    assert "for your answer" not in (await alice.open(f"/@alice/{event}")).text
    assert "@bob" not in (await alice.open(f"/@alice/{event}/waiting")).text


def csrf_of(page: Answer) -> str:
    found = LexborHTMLParser(page.text).css_first("input[name=csrf]")
    assert found is not None
    return found.attributes["value"] or ""
