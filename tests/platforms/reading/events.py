"""Mobilizon and Gancio: what happens when and where."""

from tests.platforms.reading.corpus import actor, is_no_post, post, reads, variant
from weft.domain.actors.records import ActorKind
from weft.domain.posts.kinds import EventFacets, NamedLink, Place, PostalAddress
from weft.domain.posts.records import PostKind
from weft.domain.visibility.viewer import Visibility
from weft.federation.dialects import RemotePost

is_no_post(
    "mobilizon",
    "joining, leaving, inviting, members",
    "accept-join", "invite", "join", "join-with-accept-flow", "leave", "members-collection",
)  # fmt: skip


def event_of(read: RemotePost) -> EventFacets:
    assert read.kind is PostKind.EVENT
    assert read.facets.event is not None
    return read.facets.event


@reads("mobilizon/create-event")
def with_place_and_links(name: str) -> None:
    read = post(name)
    event = event_of(read)
    assert (read.title, read.visibility) == ("My first event", Visibility.PUBLIC)
    assert event.start_at == 1_518_444_500_000
    assert event.place == Place(
        "Locaux de Framasoft", "10 Rue Jangot, 69007 Lyon, Auvergne Rhône Alpes, France",
        postal=PostalAddress("10 Rue Jangot", "69007", "Lyon", "Auvergne Rhône Alpes", "France"),
    )  # fmt: skip
    assert event.links == (
        NamedLink("https://something.org", "Another link"), NamedLink("https://google.com", "Website"),
    )  # fmt: skip
    assert read.mentions == ("https://framapiaf.org/users/tcit",)
    assert read.link_url is None


@reads("mobilizon/event")
def a_whole_event(name: str) -> None:
    read = post(name)
    event = event_of(read)
    assert read.title == "Caledonian scottish dance class"
    assert (event.start_at, event.end_at) == (1_670_785_200_000, 1_670_792_400_000)
    assert event.timezone == "Europe/London"
    assert event.place == Place(
        "The Kenn Centre", "Devon Expressway, EX6 7TW Teignbridge, England, United Kingdom",
        50.66881615, -3.537739788359949,
        PostalAddress("Devon Expressway", "EX6 7TW", "Teignbridge", "England", "United Kingdom"),
    )  # fmt: skip
    assert (event.join, event.status, event.category) == ("free", "confirmed", "SPORTS")
    assert (event.attendees, event.capacity) == (0, None)
    assert (read.language, read.facets.comments) == ("en", "everybody")
    (banner,) = read.media
    assert (banner.description, banner.content_type) == ("Banner", "image/jpeg")
    assert [tag.display for tag in read.tags] == ["Dance", "Caledonian", "Lesson"]
    assert read.author_uri == "https://rendezvous.nomagic.uk/@emorrp1"
    assert read.groups == ("https://rendezvous.nomagic.uk/@devon_caledonian_society",)


@reads("mobilizon/create-event-in-group")
def in_a_group_alone(name: str) -> None:
    read = post(name)
    assert event_of(read).start_at == 1_518_444_500_000
    assert read.author_uri == "http://mobilizon1.com/@user"
    assert read.groups == ("http://mobilizon1.com/@group",)
    assert read.visibility > Visibility.UNLISTED


@reads("mobilizon/gancio-create-event")
def of_gancio(name: str) -> None:
    read = post(name)
    event = event_of(read)
    assert (read.title, read.summary, read.visibility) == ("Demo event", None, Visibility.PUBLIC)
    assert "Colosseo" in read.content
    assert event.place == Place("Colosseo")
    assert (event.start_at, event.end_at) == (1_626_276_657_000, 1_626_280_257_000)
    assert [tag.display for tag in read.tags] == ["test"]
    assert read.url == "https://demo.gancio.org/event/demo-event"


@reads("mobilizon/group")
def a_group(name: str) -> None:
    read = actor(name)
    assert (read.kind, read.username) == (ActorKind.GROUP, "contribateliers")
    assert read.followers_uri == "https://mobilizon.fr/@contribateliers/followers"


@reads("mobilizon/group-actor")
def an_older_profile(name: str) -> None:
    assert actor(name).username == "tcit"


def whatever_an_event_can_be() -> None:
    read = variant(
        "mobilizon/event", joinMode="external", externalParticipationUrl="https://tickets.example/1",
        maximumAttendeeCapacity=30, isOnline=True, repliesModerationOption="closed", timezone="../../etc",
        location=[{"type": "VirtualLocation", "url": "https://call.example/r"}],
        **{"ical:status": "CANCELLED"},
    )  # fmt: skip
    event = event_of(read)
    assert (event.join, event.join_url) == ("elsewhere", "https://tickets.example/1")
    assert (event.capacity, event.status, event.timezone) == (30, "cancelled", None)
    assert (event.place, event.online_url) == (None, "https://call.example/r")
    assert read.facets.comments == "nobody"
    foreign = variant("mobilizon/create-event-in-group", actor="https://evil.example/@x")
    assert foreign.author_uri == "http://mobilizon1.com/@group"
