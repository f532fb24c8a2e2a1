"""A payload's way through Weft: delivered or fetched, stored, read from the database, written, read again."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tests.federation.corpus.playing import At, Check, Corpus
from tests.federation.round_trips.comparing import JsonObject, meaning
from tests.support.fediverse import Scene
from weft.dialects import make_dialects
from weft.domain.actors.queries import actor_by_id
from weft.domain.posts.queries import post_by_uri
from weft.domain.posts.records import PostKind
from weft.domain.server import Server
from weft.federation.dialects import RemotePost
from weft.federation.facts import PostFacts, post_facts
from weft.protocol.activitystreams import first_id, first_type, ids, read_document

Write = Callable[[Server, PostFacts], JsonObject | None]


@dataclass(frozen=True, slots=True)
class Trip:
    """One payload; ``how`` it comes: ``create``, ``update`` (after what it was before) or ``fetch``.

    ``same`` are the members that must come back, separated by spaces (``comparing.pick`` says how they are
    named); ``lost`` those that on purpose do not, each with the reason. ``unlike`` are members of the
    post as it is read that are not the same when Weft reads what it wrote, each with the reason.
    """

    corpus: Corpus
    file: str
    kind: PostKind
    same: str
    how: str = "create"
    given: Check | None = None
    lost: dict[str, str] = field(default_factory=dict)
    unlike: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Platform:
    name: str
    write: Write
    context: Any
    trips: tuple[Trip, ...]


def post_in(payload: JsonObject) -> JsonObject:
    """The post that an activity brings, however often it is wrapped."""
    while first_type(payload, ("Create", "Update", "Announce")) is not None:
        payload = payload["object"]
    return payload


async def travel(stage: Scene, platform: Platform, trip: Trip) -> list[str]:
    """What of it did not come back as it should."""
    # Each payload comes from servers of its own: some have the same ids.
    stage.others.hosts.clear()
    whole = json.loads((trip.corpus.folder / f"{trip.file}.json").read_text())
    at = At(stage, trip.corpus, trip.file, whole)
    at.here |= dict.fromkeys(trip.corpus.lena, stage.lena.uri)
    if trip.given is not None:
        await trip.given(at)
    at.payload = post_in(at.payload)
    await _authors_are_known(at)
    if trip.how == "create":
        await _deliver(at)
    elif trip.how == "update":
        await _edit(at, whole)
    else:
        await at.serve(at.payload)
        await at.found("statuses", at.payload["id"])
    original = read_document(json.dumps(await at.place(at.payload)).encode())
    label = f"{platform.name}/{trip.file}"
    post = await stage.parts.db.one(post_by_uri, uri=original["id"])
    if post is None:
        return [f"{label}: it was not taken: {at.verdicts()}"]
    facts = await post_facts(stage.parts.db, stage.parts.server, post.id)
    assert facts is not None
    written = platform.write(stage.parts.server, facts)
    if written is None:
        return [f"{label}: {platform.name} has no form for it ({PostKind(post.kind).name})"]
    encoded = msgspec.json.encode({"@context": platform.context, **written})
    document = read_document(encoded)
    complaints = [] if post.kind == trip.kind else [f"it is {PostKind(post.kind).name}"]
    complaints += _compared(original, document, trip)
    author = await stage.parts.db.one(actor_by_id, id=post.author_id)
    assert author is not None
    complaints += _read_alike(original, document, author.followers_uri, trip)
    return [f"{label}: {each}" for each in complaints]


async def _authors_are_known(at: At) -> None:
    """Whoever wrote it can be fetched, with a key; groups are what they say they are."""
    named = at.payload.get("actor") or at.payload.get("attributedTo")
    for each in named if isinstance(named, list) else [named]:
        uri = first_id(each)
        assert uri is not None
        type_ = each["type"] if isinstance(each, dict) else "Person"
        if await at.place(uri) not in at.stage.others.replies:
            name = at.payload["id"].rpartition("/")[2][:20] or "somebody"
            await at.person(uri, type=type_, **({"preferredUsername": name} if "?" in uri else {}))


async def _deliver(at: At) -> None:
    """Its Create, signed by its author, to the inbox of all; lena follows them."""
    named = at.payload.get("actor") or at.payload.get("attributedTo")
    people = [
        each
        for each in (named if isinstance(named, list) else [named])
        if not (isinstance(each, dict) and each["type"] == "Group")
    ]
    (author, *_) = ids(people)
    await at.lena_follows(author, accepted=True)
    wrapped = {
        "@context": at.payload.get("@context"),
        "id": f"{at.payload['id']}/activity",
        "type": "Create",
        "actor": author,
        "object": at.payload,
    }
    wrapped |= {key: at.payload[key] for key in ("to", "cc") if key in at.payload}
    await at.deliver(wrapped, "/inbox")


async def _edit(at: At, whole: JsonObject) -> None:
    """The Create of what it was before, then the Update; of a poll only the counts have changed."""
    edited = at.payload
    history = edited.get("formerRepresentations", {}).get("orderedItems", [])
    before = edited | (history[-1] if history else {})
    for name in ("updated", "formerRepresentations"):
        before.pop(name, None)
    if first_type(edited, ("Question",)) is not None:
        before["oneOf"] = [
            each | {"replies": {"type": "Collection", "totalItems": 0}} for each in edited["oneOf"]
        ]
    at.payload = before
    await _deliver(at)
    at.payload = edited
    update = whole
    if first_type(whole, ("Update",)) is None:
        update = {"id": f"{edited['id']}#updates/1", "type": "Update", "object": edited}
        update |= {key: edited[key] for key in ("@context", "actor", "to", "cc")}
    await at.deliver(update, "/inbox")


def _compared(original: JsonObject, document: JsonObject, trip: Trip) -> list[str]:
    complaints = []
    for path in trip.same.split():
        before, after = meaning(original, path), meaning(document, path)
        if not before:
            complaints.append(f"the payload has no {path}")
        elif before != after:
            complaints.append(f"{path} was {before} and is {after}")
    for path in trip.lost:
        before, after = meaning(original, path), meaning(document, path)
        if before == after:
            complaints.append(f"{path} comes back after all, or was never there")
    return complaints


def _read_alike(
    original: JsonObject, document: JsonObject, followers_uri: str | None, trip: Trip
) -> list[str]:
    """Weft's own reader makes the same post of both."""
    dialects = make_dialects()
    before = _comparable(dialects.read_post(original, followers_uri))
    after = _comparable(dialects.read_post(document, followers_uri))
    complaints = []
    for name in RemotePost.__struct_fields__:
        if name == "to":
            continue  # told apart as members of the document
        old, new = getattr(before, name), getattr(after, name)
        if (old != new) != (name in trip.unlike):
            said = "is the same after all" if old == new else _told_apart(old, new)
            complaints.append(f"read again, {name} {said}")
    return complaints


def _comparable(post: RemotePost) -> RemotePost:
    """People and tags in one order. Some say of what was never edited that it was edited when it was
    published."""
    edited = post.edited_at
    return msgspec.structs.replace(
        post,
        mentions=tuple(sorted(post.mentions)),
        tags=tuple(sorted(post.tags, key=lambda tag: tag.name)),
        emojis=tuple(sorted(post.emojis, key=lambda emoji: emoji.shortcode)),
        edited_at=edited if (edited or 0) > (post.published_at or 0) else None,
    )


def _told_apart(old: Any, new: Any) -> str:
    """Of two structs only the members in which they differ."""
    if isinstance(old, msgspec.Struct) and type(old) is type(new):
        names = old.__struct_fields__
        pairs = [(name, getattr(old, name), getattr(new, name)) for name in names]
        return "; ".join(f"{name}: {_told_apart(a, b)}" for name, a, b in pairs if a != b)
    return f"was {old!r} and is {new!r}"
