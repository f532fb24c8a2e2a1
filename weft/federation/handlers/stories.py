"""Stories: told of with a key to look (Add), taken back (section 4 of the interop notes of
Pixelfed)."""

from weft.domain.relations.queries import followed_here
from weft.domain.stories.keep import DescribedStory, delete_story, keep_story, story_by_uri
from weft.federation.dialects import JsonObject
from weft.federation.handlers.received import (
    DONE,
    Apply,
    Received,
    Tools,
    Verdict,
    ignored,
    refused,
)
from weft.federation.reading.values import web_address
from weft.protocol.activitystreams import (
    boolean,
    first_id,
    first_object,
    first_type,
    integer,
    objects,
    when_ms,
)
from weft.protocol.origins import same_origin
from weft.storage.database import Tx

_LONGEST_S = 300


def is_story(document: JsonObject | None) -> bool:
    return document is not None and first_type(document, ("Story",)) is not None


async def receive_story(tools: Tools, got: Received) -> Apply | Verdict:
    """The signer shows something for a day. Its server shows it to whoever has the key in the address."""
    inner = first_object(got.object) or {}
    uri, bear = first_id(inner), inner.get("object")
    if uri is None or not isinstance(bear, str) or not bear.startswith("bear:"):
        return refused("a story comes with an address to fetch it from")
    if not got.is_proven or not same_origin(uri, got.signer.uri):
        return refused("the story is of another server than its sender")
    if await tools.db.one(followed_here, target=got.signer.id) is None:
        return ignored("it concerns nobody here")
    described = read_story(await tools.resolver.capability(bear, got.signer.uri))
    if described is None:
        return ignored("not a story with one picture or video, and an end")
    if described.uri != uri or described.author_uri != got.signer.uri:
        return refused("what is at the address is another story, or another's")

    async def apply(tx: Tx) -> Verdict:
        why_not = await keep_story(tx, tools.server, got.signer.id, described)
        return DONE if why_not is None else ignored(why_not)

    return apply


def read_story(document: JsonObject) -> DescribedStory | None:
    """None for what is no story that can be shown."""
    uri, author = first_id(document), first_id(document.get("attributedTo"))
    attached = objects(document.get("attachment"))
    ends = when_ms(document.get("expiresAt"))
    if not is_story(document) or uri is None or author is None or len(attached) != 1 or not ends:
        return None
    media = attached[0]
    url, type_ = web_address(media.get("url")), media.get("mediaType")
    if first_type(media, ("Image", "Video")) is None or url is None or not isinstance(type_, str):
        return None
    if type_ == "image/svg+xml" or type_.partition("/")[0] not in ("image", "video"):
        return None
    seconds = integer(document.get("duration"))
    return DescribedStory(
        uri=uri,
        author_uri=author,
        media_url=url,
        content_type=type_[:100],
        expires_at=ends,
        duration_ms=seconds * 1000 if seconds and seconds <= _LONGEST_S else None,
        can_reply=boolean(document.get("can_reply")) is True,
        can_react=boolean(document.get("can_react")) is True,
        published_at=when_ms(document.get("published")),
    )


async def forget_story(_: Tools, tx: Tx, got: Received, uri: str) -> Verdict | None:
    """The signer takes a story back; None if ``uri`` is none."""
    known = await tx.one(story_by_uri, uri=uri)
    if known is None:
        return None
    if known.author_id != got.signer.id:
        return refused("only its author may delete a story")
    await tx.run(delete_story, of_story=known.id)
    return DONE
