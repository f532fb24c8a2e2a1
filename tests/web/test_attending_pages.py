"""Coming to an event with a button, and who comes."""

from tests.web.conftest import Site
from weft.domain.posts.kinds import EventFacets
from weft.domain.posts.publish import publish
from weft.domain.posts.records import NewPost, PostFacets, PostKind
from weft.domain.visibility.viewer import Visibility


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
