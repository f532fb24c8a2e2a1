"""Events and articles: Mobilizon, Gancio; WriteFreely, WordPress, Ghost, Plume."""

from tests.federation.corpus.playing import At, Corpus
from tests.federation.round_trips.travelling import Platform, Trip, post_in
from weft.domain.posts.records import PostKind
from weft.platforms.mobilizon import wire_out as mobilizon
from weft.platforms.writefreely import wire_out as blogs
from weft.protocol.activitystreams import objects

_MOBILIZON = Corpus("mobilizon")
_WRITEFREELY = Corpus("writefreely")
_BLOGS = Corpus("wordpress-ghost")
_PLUME = Corpus("plume")
_PEOPLE = "id type published attributedTo to"
_EVENT = f"{_PEOPLE} name content startTime"
_ADDRESS = (
    "location.type location.name location.address.type location.address.streetAddress"
    " location.address.postalCode location.address.addressLocality location.address.addressRegion"
    " location.address.addressCountry"
)
_WHOLE = {
    "content": "its links are whole addresses now",
    "to": "not every follower is named one by one",
}
_ARTICLE = f"{_PEOPLE} name content url"


async def group(at: At) -> None:
    """The group in whose name it happens is known as one."""
    named = post_in(at.payload)["attributedTo"]
    await at.person(named, type="Group")
    await at.actor(named)


async def mentioned(at: At) -> None:
    """Whoever is mentioned is known here."""
    tags = objects(post_in(at.payload)["tag"])
    people = {tag["href"] for tag in tags if tag["type"] == "Mention"} - set(at.here)
    for each in sorted(people):
        await at.actor(each)


async def tcit(at: At) -> None:
    await at.actor("https://framapiaf.org/users/tcit")


async def ada(at: At) -> None:
    await at.actor("https://example.com/users/ada")


async def wordpress(at: At) -> None:
    """Its ids of people say nothing of their names."""
    post = post_in(at.payload)
    followers = post["cc"][0]
    await at.person(post["attributedTo"], preferredUsername="db0", followers=followers)
    await at.person(post["audience"], preferredUsername="blog", type="Group")
    await at.actor(post["audience"])


PLATFORMS = (
    Platform(
        "mobilizon",
        mobilizon.write_post,
        mobilizon.CONTEXT,
        (
            Trip(
                _MOBILIZON, "create-event", PostKind.EVENT,
                f"{_EVENT} url category uuid attachment[].href attachment[].name tag[Mention].href"
                f" {_ADDRESS}", given=tcit,
            ),
            Trip(
                _MOBILIZON, "event", PostKind.EVENT,
                f"{_EVENT} actor updated endTime timezone inLanguage category uuid isOnline contacts"
                " repliesModerationOption commentsEnabled joinMode anonymousParticipationEnabled"
                " maximumAttendeeCapacity participantCount draft mediaType url attachment[].url"
                " attachment[].name attachment[].mediaType tag[Hashtag].name location.latitude"
                f" location.longitude {_ADDRESS}", how="fetch", given=group,
                lost={"cc": "the group is told by name"},
            ),
            Trip(_MOBILIZON, "create-event-in-group", PostKind.EVENT, f"{_EVENT} actor uuid", given=group),
            Trip(
                _MOBILIZON, "gancio-create-event", PostKind.EVENT,
                f"{_EVENT} cc url endTime location.name tag[Hashtag].name",
                lost={"summary": "it repeats the text"},
            ),
        ),
    ),
    Platform(
        "blogs",
        blogs.write_post,
        blogs.CONTEXT,
        (
            Trip(
                _WRITEFREELY, "article", PostKind.ARTICLE,
                f"{_ARTICLE} contentMap.en tag[Mention].href tag[Hashtag].name attachment[].url"
                " attachment[].mediaType", given=ada,
                lost={"cc": "who is mentioned is addressed"},
            ),
            Trip(
                _WRITEFREELY, "note-with-name", PostKind.NOTE, f"{_PEOPLE} cc content url",
                lost={"name": "a note has no title: WriteFreely's is the beginning of its text"},
            ),
            Trip(
                _BLOGS, "wordpress-article", PostKind.ARTICLE,
                f"{_ARTICLE} audience updated summary preview.content image.url image.name image.mediaType"
                " tag[Hashtag].name replies context", given=wordpress,
                lost={"cc": "the blog that it is in is told by name"},
                unlike={"origin_likes": "its own server counts them"},
            ),
            Trip(
                _BLOGS, "ghost-create-article", PostKind.ARTICLE, f"{_ARTICLE} cc preview.content image",
            ),
            Trip(_BLOGS, "ghost-note-with-image", PostKind.NOTE, f"{_PEOPLE} cc content attachment[].url"),
            Trip(
                _BLOGS, "plume-article", PostKind.ARTICLE,
                "id type name url published attributedTo tag[Mention].href", given=mentioned, lost=_WHOLE,
            ),
            Trip(
                _PLUME, "article", PostKind.ARTICLE, "id type name published tag[Mention].href",
                given=mentioned, lost=_WHOLE,
            ),
        ),
    ),
)  # fmt: skip
