"""Activities of Mastodon's: follows, likes, boosts, blocks, deletes, updates, reports, relays."""

from tests.federation.corpus.playing import At
from tests.federation.mastodon.corpus import outcome

ADMIN = "http://mastodon.example.org/users/admin"


async def lena_posted(at: At) -> None:
    await at.lena_posts()


async def lena_asked_to_follow(at: At) -> None:
    await at.lena_follows(str(at.payload["actor"]), accepted=False)


async def lena_follows(at: At) -> None:
    await at.lena_follows(str(at.payload["actor"]), accepted=True)


async def liked_before(at: At) -> None:
    await at.lena_posts()
    await at.serve_author()
    await at.deliver(at.payload["object"] | {"@context": at.payload["@context"]})
    assert (await at.own())["favourites_count"] == 1


async def followed_before(at: At) -> None:
    await at.serve_author()
    await at.deliver(at.payload["object"] | {"@context": at.payload["@context"]})
    assert (await at.relation())["followed_by"] is True


@outcome("follow")
async def a_follower_and_an_accept(at: At) -> None:
    assert (await at.relation())["followed_by"] is True
    assert await at.notified() == ["follow"]
    accepted = await at.sent("Accept")
    assert accepted["actor"] == at.stage.lena.uri
    assert accepted["object"]["id"] == await at.place(at.payload["id"])


@outcome("undo-follow", "unfollow", given=followed_before)
async def no_follower(at: At) -> None:
    assert (await at.relation())["followed_by"] is False
    await at.deliver(at.payload | {"id": at.payload["id"] + "/again"})
    assert (await at.relation())["followed_by"] is False


@outcome("accept-follow", given=lena_asked_to_follow)
async def lena_follows_now(at: At) -> None:
    relation = await at.relation()
    assert (relation["following"], relation["requested"]) == (True, False)


@outcome("reject-follow", given=lena_asked_to_follow)
async def lena_was_refused(at: At) -> None:
    relation = await at.relation()
    assert (relation["following"], relation["requested"]) == (False, False)


@outcome("like", given=lena_posted)
async def a_favourite(at: At) -> None:
    assert (await at.own())["favourites_count"] == 1
    assert await at.notified() == ["favourite"]


@outcome("undo-like", "undo-like-embedded", given=liked_before)
async def no_favourite(at: At) -> None:
    assert (await at.own())["favourites_count"] == 0


async def both_follow(at: At) -> None:
    await lena_follows(at)
    await at.deliver({"id": f"{at.payload['actor']}#follows/1", "type": "Follow", "actor": at.payload["actor"],
                      "object": at.payload["object"]})  # fmt: skip
    assert (await at.relation())["followed_by"] is True


@outcome("block", given=both_follow)
@outcome("doc-00-block-actor-object-to", given=both_follow)
async def blocked(at: At) -> None:
    relation = await at.relation()
    assert relation["blocked_by"] is True
    assert (relation["following"], relation["followed_by"]) == (False, False)


async def blocked_before(at: At) -> None:
    await at.serve_author()
    await at.deliver(at.payload["object"] | {"@context": at.payload["@context"]})
    assert (await at.relation())["blocked_by"] is True


@outcome("undo-block", given=blocked_before)
async def no_longer_blocked(at: At) -> None:
    assert (await at.relation())["blocked_by"] is False


async def the_boosted_note_is_served(at: At) -> None:
    await lena_follows(at)
    note = at.load("note-object") | {"id": "http://mastodon.example.org/@admin/99541947525187367"}
    await at.serve(note)


@outcome("announce-public", given=the_boosted_note_is_served)
async def a_boost_at_home(at: At) -> None:
    (shown,) = at.rows("SELECT visibility FROM post WHERE boost_of_id IS NOT NULL")
    assert shown == (0,)
    boosted = await at.status(str(at.payload["object"]))
    assert "yeah." in boosted["content"]
    assert boosted["reblogs_count"] == 1


async def boosted_before(at: At) -> None:
    await the_boosted_note_is_served(at)
    await at.deliver(at.payload["object"] | {"@context": at.payload["@context"]})
    assert at.rows("SELECT count(*) FROM post WHERE boost_of_id IS NOT NULL") == [(1,)]


@outcome("undo-announce", given=boosted_before)
async def no_boost(at: At) -> None:
    assert at.rows("SELECT count(*) FROM post WHERE boost_of_id IS NOT NULL") == [(0,)]


async def their_private_note_is_here(at: At) -> None:
    await lena_follows(at)
    note = at.payload["object"]
    await at.deliver({"id": f"{note['id']}/create", "type": "Create", "actor": at.payload["actor"],
                      "object": note, "to": note["to"]})  # fmt: skip


@outcome("announce-private", given=their_private_note_is_here)
async def a_boost_for_followers(at: At) -> None:
    (shown,) = at.rows("SELECT visibility FROM post WHERE boost_of_id IS NOT NULL")
    assert shown == (2,)
    assert (await at.status(at.id))["reblogs_count"] == 1
    own = await at.account(ADMIN)
    listed = await at.stage.anyone.get(f"/api/v1/accounts/{own['id']}/statuses")
    assert listed.json == []


async def the_genuine_note_is_served(at: At) -> None:
    await at.serve(at.payload["object"] | {"content": "<p>what emelie wrote</p>"})
    await at.person("https://mastodon.social/users/emelie")


@outcome("evil-announce-bogus-object", given=the_genuine_note_is_served)
async def the_genuine_content_is_shown(at: At) -> None:
    shown = await at.status()
    assert "what emelie wrote" in shown["content"]
    assert "this is a public toot" not in shown["content"]
    assert shown["account"]["username"] == "emelie"


async def the_note_is_here(at: At) -> None:
    await at.serve_author()
    actor = at.payload["actor"]
    note = {"id": at.id, "type": "Note", "attributedTo": actor, "content": "<p>here</p>",
            "to": ["https://www.w3.org/ns/activitystreams#Public"]}  # fmt: skip
    await at.deliver({"id": f"{at.id}/activity", "type": "Create", "actor": actor, "object": note})
    assert await at.known()


@outcome("delete-note-tombstone", given=the_note_is_here)
async def the_post_is_gone_and_stays_gone(at: At) -> None:
    assert not await at.known()
    await at.deliver(at.payload | {"id": at.payload["id"] + "/again"})
    await the_note_is_not_taken(at)


async def the_note_is_not_taken(at: At) -> None:
    late = {"id": at.id, "type": "Note", "attributedTo": at.payload["actor"], "content": "late"}
    await at.deliver({"id": f"{at.id}/late", "type": "Create", "actor": at.payload["actor"],
                      "object": late})  # fmt: skip
    assert not await at.known()


async def the_actor_posted(at: At) -> None:
    await at.serve_author()
    note = at.load("create-attachment")
    await at.deliver(note)
    assert await at.known(note["object"]["id"])


@outcome("delete-actor", given=the_actor_posted)
async def nothing_of_the_actor_is_left(at: At) -> None:
    assert not await at.known()
    assert not await at.known(at.load("create-attachment")["object"]["id"])


async def the_profile_has_changed_at_its_server(at: At) -> None:
    """Weft believes what it fetches, not what it is sent."""
    object_ = {k: v for k, v in at.payload["object"].items() if k != "publicKey"}
    await at.person(object_["id"], **object_)


@outcome("update-actor", how="itself")
async def the_profile_is_new(at: At) -> None:
    uri = at.payload["object"]["id"]
    await at.person(uri, name="before")
    await at.stage.parts.resolver.actor(await at.place(uri))
    await the_profile_has_changed_at_its_server(at)
    await at.deliver(at.payload | {"actor": uri})
    shown = await at.account(uri)
    assert shown["display_name"] == "gargle"
    assert "Some bio" in shown["note"]
    assert [(each["name"], each["value"]) for each in shown["fields"]] == [
        ("foo", "updated"), ("foo1", "updated")
    ]  # fmt: skip


@outcome("flag", given=lena_posted)
async def a_report_from_the_other_server(at: At) -> None:
    (report,) = at.rows("SELECT target_id, local, comment FROM report")
    assert report[0] == at.stage.lena.id
    assert not report[1]
    assert report[2] == "Please take a look at this user and their posts"
    assert at.rows("SELECT post_id FROM report_post") == [(at.stage.posts[0],)]
    assert (await at.own())["content"], "a report takes nothing away"


@outcome("doc-02-move-actor-object-target-to", how="itself")
async def lena_follows_the_new_account(at: At) -> None:
    await moved(at)


async def moved(at: At) -> None:
    old, new = at.payload["object"], at.payload["target"]
    await at.lena_follows(old, accepted=True)
    await at.person(new, alsoKnownAs=[old])
    await at.deliver(at.payload)
    assert (await at.relation(old))["following"] is False
    relation = await at.relation(new)
    assert relation["following"] or relation["requested"]


@outcome("relay-accept-follow", how="itself")
async def the_relay_takes_the_follow(at: At) -> None:
    """Weft has no relays to turn on: the Accept of a follow is what can be seen."""
    await at.person(at.payload["actor"], type="Application")
    asked = await at.lena_follows(at.payload["actor"], accepted=False)
    at.here["{{activity_id}}"] = asked
    await at.deliver(at.payload)
    assert (await at.relation())["following"] is True
