"""Notifications, requests and conversations across two servers, through Mastodon.py: ann's server is on
SQLite, bob's and eve's on PostgreSQL."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from mastodon import Mastodon, MastodonNotFoundError

from tests.support.databases import Databases
from tests.support.pair import Person, two_servers, until

pytestmark = pytest.mark.slow


class Meeting(NamedTuple):
    ann: Mastodon
    bob: Mastodon
    eve: Mastodon
    ann_handle: str
    bob_handle: str


def client(person: Person) -> Mastodon:
    return Mastodon(
        access_token=person.server.token(person.name),
        api_base_url=person.server.origin,
        version_check_mode="none",
    )


@pytest.fixture(scope="module")
def meeting(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Meeting]:
    with two_servers(databases, tmp_path_factory.mktemp("notifications")) as (ann, bob):
        bob.server.add_person("eve")
        eve = Person(bob.server, "eve")
        for each in (bob, eve):
            each.find(ann.handle)
        ann.find(bob.handle)
        yield Meeting(client(ann), client(bob), client(eve), ann.handle, bob.handle)


def in_public(reader: Mastodon, uri: str, author: str) -> Any:
    """A status of another server, looked up."""
    found = reader.search_v2(uri, resolve=True)["statuses"]
    assert len(found) == 1, (author, found)
    return found[0]


def test_likes_from_another_server_are_one_group(meeting: Meeting) -> None:
    ann, bob, eve = meeting.ann, meeting.bob, meeting.eve
    said = ann.status_post("like me")
    here = in_public(bob, said["uri"], "ann")
    for each in (bob, eve):
        each.status_favourite(here["id"])
    until(lambda: len(ann.notifications(types=["favourite"])) == 2)
    results = ann.grouped_notifications(expand_accounts="partial_avatars")
    [group] = [each for each in results.notification_groups if each.type == "favourite"]
    assert (group.notifications_count, group.status_id) == (2, str(said["id"]))
    assert {each.acct.split("@")[0] for each in (*results.accounts, *results.partial_accounts)} == {
        "bob",
        "eve",
    }
    assert len(ann.grouped_notification_accounts(group.group_key)) == 2
    assert ann.unread_grouped_notifications_count() == 1
    assert ann.notifications_unread_count().count == 2
    single = ann.notifications(types=["favourite"], limit=1)
    assert single[0].group_key == group.group_key
    assert [each.type for each in ann.fetch_next(single) or ()] == ["favourite"]
    one = ann.grouped_notification(group.group_key)
    assert one.notification_groups[0].notifications_count == 2
    ann.dismiss_grouped_notification(group.group_key)
    assert ann.notifications(types=["favourite"]) == []


def test_a_strangers_direct_post_waits_and_then_is_a_conversation(meeting: Meeting) -> None:
    ann, eve = meeting.ann, meeting.eve
    policy = ann.notifications_policy()
    assert policy.for_private_mentions == "filter"
    before = policy.summary.pending_requests_count
    eve.status_post(f"{meeting.ann_handle} psst", visibility="direct")
    [waiting] = until(ann.notification_requests)
    assert waiting.account.username == "eve"
    assert "psst" in waiting.last_status.content
    assert ann.notifications_policy().summary.pending_requests_count == before + 1
    assert ann.conversations() == []
    assert ann.notifications(types=["mention"]) == []
    shown = ann.notifications(types=["mention"], account_id=waiting.account.id)
    assert [each.status.id for each in shown] == [waiting.last_status.id]
    ann.accept_notification_request(waiting.id)
    assert ann.notifications_merged()
    [conversation] = ann.conversations()
    assert conversation.unread is True
    assert conversation.last_status.id == waiting.last_status.id
    with pytest.raises(MastodonNotFoundError):
        ann.notification_request(waiting.id)


def test_a_conversation_is_the_same_on_both_servers(meeting: Meeting) -> None:
    ann, bob = meeting.ann, meeting.bob
    ann.update_notifications_policy(for_private_mentions="accept")
    bob.update_notifications_policy(for_private_mentions="accept")
    first = bob.status_post(f"{meeting.ann_handle} are you there?", visibility="direct")

    def of(reader: Mastodon, text: str) -> Any:
        return next(
            (
                each
                for each in reader.conversations()
                if each.last_status and text in each.last_status.content
            ),
            None,
        )

    there = until(lambda: of(ann, "are you there?"))
    assert there.unread is True
    assert [each.acct for each in there.accounts] == [meeting.bob_handle[1:]]
    ann.status_post(
        f"{meeting.bob_handle} yes", visibility="direct", in_reply_to_id=there.last_status.id
    )
    here = until(lambda: of(bob, "yes"))
    assert here.unread is True
    assert [each.acct for each in here.accounts] == [meeting.ann_handle[1:]]
    assert bob.conversations_read(here.id).unread is False
    answered = of(ann, "yes")
    assert (answered.id, answered.unread) == (there.id, False)
    # What is taken back by its author goes from the other's conversation.
    second = bob.status_post(
        f"{meeting.ann_handle} a slip", visibility="direct", in_reply_to_id=here.last_status.id
    )
    slip = until(lambda: of(ann, "a slip"))
    assert slip.id == there.id
    bob.status_delete(second["id"])
    until(lambda: of(ann, "yes"))
    assert of(ann, "a slip") is None
    line = ann.timeline("direct")
    assert "are you there?" in line[1].content
    assert bob.status(first["id"]).visibility == "direct"


def test_a_policy_holds_back_what_comes_from_elsewhere(meeting: Meeting) -> None:
    ann, eve = meeting.ann, meeting.eve
    bob = meeting.bob
    ann.update_notifications_policy(for_not_following="filter")
    bob.status_post(f"{meeting.ann_handle} hello there")
    [waiting] = until(ann.notification_requests)
    assert waiting.account.username == "bob"
    # Eve was let through, in the test above, if it ran; either way nobody else waits.
    eve.status_post("nothing to do with ann")
    ann.accept_multiple_notification_requests([waiting.id])
    assert ann.notification_requests() == []
    told = ann.notifications(types=["mention"])
    assert "hello there" in told[0].status.content
    ann.update_notifications_policy(for_not_following="accept")
