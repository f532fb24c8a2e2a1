"""Activities as strangers may write them: nearly right, aimed at what is there, and wrong in places.

Origins are the scenarios' (``https://a.example``), replaced by the test before delivery.
"""

import json
from typing import Any

from hypothesis import strategies as st

SIGNER = "https://m.example/users/mallory"
BOB = "https://m.example/users/bob"
ALICE = "https://a.example/users/alice"
LENA = "https://weft.example/users/lena"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
SERVED = tuple(f"https://m.example/served/{number}" for number in range(4))
"""Addresses on the signer's server that answer with documents of the same kind."""

_OWN_POSTS = tuple(f"{SIGNER}/n/{number}" for number in range(6))
_POSTS = (
    *_OWN_POSTS, f"{ALICE}/n/1", f"{ALICE}/n/2", f"{ALICE}/q/1", f"{BOB}/n/1", f"{BOB}/q/1",
    "https://weft.example/posts/1", "https://weft.example/posts/2", "https://weft.example/posts/3",
    f"{ALICE}/n/unknown", *SERVED,
)  # fmt: skip
_ACTORS = (
    SIGNER,
    ALICE,
    BOB,
    LENA,
    "https://weft.example/users/carol",
    "https://b.example/users/x",
)
_ACTIVITIES = tuple(
    f"{who}/a/{name}"
    for who in (SIGNER, ALICE, BOB)
    for name in ("follow-1", "like-1", "boost-1", "block-1", "9")
)
_JUNK = (
    "", " ", "x", "urn:uuid:1", "did:key:z6Mk", "acct:lena@weft.example", "javascript:alert(1)",
    "data:text/html,x", "file:///etc/passwd", "https://", "https://[::1", "https://[1:2]/",
    "http://0.0.0.0/", "http://169.254.169.254/latest", "https://m.example:99999/",
    f"{SIGNER}#main-key", f"{ALICE}#main-key", f"{SIGNER}/n/1#frag", "https://user:pw@a.example/",
    "HTTPS://m.example/users/mallory", "//a.example/x", "a" * 3000, "https://m.example/\u202e",
    "https://a.example\\@m.example/", "weft.example", "as:Public", "https://m.example/users/mallory/",
)  # fmt: skip
_HANDLED = (
    "Create", "Update", "Delete", "Follow", "Accept", "Reject", "Add", "Remove", "Like", "Dislike",
    "EmojiReact", "Announce", "Undo", "Block", "Flag", "Move", "QuoteRequest", "FeatureRequest",
)  # fmt: skip
_OTHERS = ("TentativeAccept", "View", "Read", "Join", "Offer", "Invite")
TYPES = (*_HANDLED * 3, *["Create"] * 12, *["Update"] * 4, *_OTHERS)
_KINDS = ("Note", "Question", "Article", "Page", "Video", "Audio", "Image", "Event", "Person",
          "Group", "Service", "Tombstone", "Key", "Collection", "QuoteAuthorization", "ChatMessage",
          "Review", "Document", "FeaturedCollection", "FeaturedItem", "FeatureAuthorization",
          "Banana")  # fmt: skip
_CONTEXTS: tuple[Any, ...] = (
    "https://www.w3.org/ns/activitystreams",
    ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
    ["https://www.w3.org/ns/activitystreams", {"@language": "en"}],
    {"as": "https://www.w3.org/ns/activitystreams#", "x": "as:content"},
    {"content": "https://evil.example/content"},
    "https://evil.example/context",
    [], {}, 0, [[[]]], {"@base": "https://a.example/"}, {"@vocab": "https://a.example/"},
)  # fmt: skip

uris = st.sampled_from((*_POSTS * 3, *_ACTORS * 4, *_ACTIVITIES, *_JUNK))
_text = st.one_of(
    st.sampled_from(
        (
            "<p>Hello</p>",
            "<script>x</script>",
            "<b>" * 300,
            "#tag @lena",
            "\x00\ud800",
            "\u202e",
            ":a:",
            "Yes",
            "🔥",
            "&#0;",
            "<a href='javascript:x'>",
            "RE: https://a.example",
            "x" * 4000,
        )
    ),
    st.text(max_size=12),
)
_dates = st.sampled_from(
    ("2026-10-01T12:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999+14:00", "10000-01-01",
     "2026-02-30T00:00:00Z", "now", "", "2026-10-01", "1969-12-31T23:59:59Z")
)  # fmt: skip
_ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 2**31, 2**63, 10**40, 1e308, -0.5, "", " ", [], {}, [[]], [None],
    {"id": None}, {"type": None}, {"@value": "x"}, {"@list": ["x"]}, {"@set": []}, {"en": "x"},
    {"und": ["x"]}, {"id": 5, "type": 6}, [{"id": ALICE}, {"id": SIGNER}], ["Note", "Person"],
    {"id": ALICE, "type": "Person", "inbox": f"{ALICE}/inbox"}, "\ud800", "\x00", "as:Public",
    {"@id": LENA, "@type": "as:Person"}, {"href": ALICE}, {"type": "Link", "href": SIGNER},
)  # fmt: skip
_odd = st.sampled_from(_ODD)


def _mostly(value: Any, otherwise: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """``value`` four times of five."""
    return st.integers(0, 4).flatmap(lambda number: otherwise if number == 3 else st.just(value))


def _rarely(value: Any, otherwise: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """``value`` nine times of ten."""
    return st.integers(0, 9).flatmap(lambda number: otherwise if number == 6 else st.just(value))


_tags = st.lists(
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(("Mention", "Hashtag", "Emoji", "Link", "Note")),
            "name": st.sampled_from(("@lena", "#tag", ":blob:", "#", "", None, "#ſtraße", ":é:")),
        },
        optional={
            "href": uris,
            "icon": st.just({"type": "Image", "url": "https://m.example/i.png"}),
        },
    ),
    max_size=3,
)
_attachments = st.lists(
    st.fixed_dictionaries(
        {"type": st.sampled_from(("Document", "Image", "Link", "PropertyValue", "Video"))},
        optional={
            "url": uris, "href": uris, "name": _text, "value": _text, "width": _odd,
            "duration": st.sampled_from(("PT1H", "P99999999W", "x", -1)), "blurhash": _text,
            "focalPoint": st.sampled_from(([0.5, -0.5], [2, 2], ["x", "y"], [1], [True, None])),
            "mediaType": st.sampled_from(("image/png", "text/html", "x/y", "", 5)),
        },
    ),
    max_size=2,
)  # fmt: skip
_answers = st.lists(
    st.fixed_dictionaries(
        {"type": st.just("Note"), "name": _text},
        optional={"replies": st.fixed_dictionaries({"totalItems": _odd})},
    ),
    max_size=3,
)
_places = st.lists(
    st.fixed_dictionaries(
        {"type": st.just("FeaturedItem"), "id": uris, "featuredObject": uris},
        optional={"featureAuthorization": uris, "published": _dates},
    ),
    max_size=3,
)
_audience = st.sampled_from(
    (PUBLIC, [PUBLIC], "as:Public", [LENA], LENA, f"{SIGNER}/followers", f"{ALICE}/followers", [],
     [LENA, ALICE, BOB], None, {"id": f"{SIGNER}/followers", "type": "Collection"})
)  # fmt: skip

things = st.fixed_dictionaries(
    {
        "id": st.one_of(st.just(f"{SIGNER}/n/{{n}}"), st.sampled_from(_OWN_POSTS), uris),
        "type": _mostly("Note", st.sampled_from(_KINDS)),
        "attributedTo": _mostly(SIGNER, uris),
    },
    optional={
        "content": _text, "contentMap": st.dictionaries(st.sampled_from(("en", "de", "", "x-y")), _text),
        "name": _text, "summary": _text, "to": _audience, "cc": _audience, "inReplyTo": uris,
        "tag": _tags, "attachment": _attachments, "published": _dates, "updated": _dates,
        "oneOf": _answers, "anyOf": _answers, "endTime": _dates, "closed": _dates, "quote": uris,
        "quoteUrl": uris, "quoteAuthorization": uris, "interactionTarget": uris,
        "interactingObject": uris, "replies": uris, "context": uris, "url": uris, "inbox": uris,
        "outbox": uris, "featured": uris, "preferredUsername": _text, "alsoKnownAs": uris,
        "movedTo": uris, "votersCount": _odd, "likes": st.fixed_dictionaries({"totalItems": _odd}),
        "publicKey": st.fixed_dictionaries({"id": uris, "owner": uris, "publicKeyPem": _text}),
        "sensitive": _odd, "source": _odd, "actor": uris, "directMessage": _odd,
        "featuredObject": uris, "featureAuthorization": uris, "orderedItems": _places,
        "featuredCollections": uris, "interactionPolicy": _odd, "topic": _odd, "summaryMap": _odd,
    },
)  # fmt: skip
_deeds = st.fixed_dictionaries(
    {
        "type": st.sampled_from(("Follow", "Like", "Announce", "Block", "EmojiReact", "Create", "Undo")),
        "actor": _mostly(SIGNER, uris),
        "object": uris,
    },
    optional={"id": uris, "content": _text},
)  # fmt: skip

_activities = st.fixed_dictionaries(
    {
        "@context": _rarely(_CONTEXTS[0], st.sampled_from(_CONTEXTS)),
        "id": _rarely(f"{SIGNER}/a/{{n}}", uris),
        "type": st.sampled_from(TYPES),
        "actor": _rarely(SIGNER, uris),
        "object": st.one_of(things, uris, _deeds, st.lists(st.one_of(uris, things), max_size=3)),
    },
    optional={
        "target": uris, "instrument": st.one_of(uris, things),
        "result": uris, "content": _text, "to": _audience, "cc": _audience, "published": _dates,
        "signature": _odd, "proof": _odd, "tag": _tags,
    },
)  # fmt: skip


def _note(uri: str, author: str) -> dict[str, Any]:
    return {"id": uri, "type": "Note", "attributedTo": author, "content": "<p>Forged</p>",
            "to": [PUBLIC], "updated": "2036-01-01T00:00:00Z", "published": "2026-10-01T12:00:00Z"}  # fmt: skip


def _deed(type_: str, actor: str, object_: str, uri: str | None = None) -> dict[str, Any]:
    return {"type": type_, "actor": actor, "object": object_} | ({"id": uri} if uri else {})


def _aims() -> list[dict[str, Any]]:
    """What the signer may not do, and would be obeyed in if the one check for it were missing."""
    victims = (ALICE, BOB, LENA)
    theirs = (f"{ALICE}/n/1", f"{BOB}/n/1", f"{ALICE}/q/1", "https://weft.example/posts/1")
    found: list[tuple[str, Any]] = []
    for who in (ALICE, BOB):
        for deed, target in (("Follow", LENA), ("Like", "https://weft.example/posts/1"),
                             ("Announce", "https://weft.example/posts/1"),
                             ("Block", "https://weft.example/users/carol")):  # fmt: skip
            name = "boost-1" if deed == "Announce" else f"{deed.lower()}-1"
            uri = f"{who}/a/{name}"
            found += [("Undo", each) for each in (
                uri, _deed(deed, who, target, uri), _deed(deed, who, target),
                _deed(deed, SIGNER, target, uri))]  # fmt: skip
        found += [(answer, _deed("Follow", LENA, who)) for answer in ("Accept", "Reject")]
        found += [("Reject", _deed("Follow", who, LENA, f"{who}/a/follow-1")),
                  ("Delete", who), ("Update", {"id": who, "type": "Person", "name": "Forged",
                  "inbox": f"{SIGNER}/inbox", "preferredUsername": "forged"})]  # fmt: skip
    for uri in theirs:
        author = uri.partition("/n/")[0].partition("/q/")[0] if "/users/" in uri else LENA
        found += [("Delete", uri), ("Delete", {"id": uri, "type": "Tombstone"})]
        found += [
            (type_, _note(uri, who)) for who in (author, SIGNER) for type_ in ("Create", "Update")
        ]
        found += [("Announce", _note(uri, author)), ("Add", uri), ("Remove", uri), ("Flag", uri)]
    found += [
        ("Create", _note(f"{who}/n/new-{{n}}", by)) for who in victims for by in (who, SIGNER)
    ]
    found += [("Announce", f"{ALICE}/n/2"), ("Announce", "https://weft.example/posts/3")]
    own = [{"type": type_, "object": object_} for type_, object_ in found]
    signed_for = [each | {"actor": who} for each in own[::3] for who in (ALICE, BOB)]
    moved = [{"type": "Move", "object": who, "target": SIGNER} for who in (ALICE, BOB)]
    return [*own, *signed_for, *moved]


_aimed = st.builds(
    lambda aim, rest: {"id": f"{SIGNER}/a/{{n}}", "actor": SIGNER, "to": [PUBLIC]} | rest | aim,
    st.sampled_from(_aims()),
    st.fixed_dictionaries({}, optional={"target": uris, "cc": _audience, "content": _text}),
)  # fmt: skip
_changes = st.one_of(st.just([]), st.lists(st.tuples(st.integers(0, 40), _odd), max_size=2))
_WRITINGS = (*["plain"] * 24, "bom", "twice", "deep", "huge", "nan", "cut")


def _changed(document: Any, changes: list[tuple[int, Any]]) -> Any:
    """The document with some of its values, counted through, replaced."""
    for number, value in changes:
        places: list[tuple[Any, Any]] = []
        waiting = [document]
        while waiting:
            node = waiting.pop()
            for key, each in node.items() if isinstance(node, dict) else enumerate(node):
                places.append((node, key))
                if isinstance(each, dict | list):
                    waiting.append(each)
        if places:
            container, key = places[number % len(places)]
            container[key] = json.loads(json.dumps(value))
    return document


def _written(document: Any, writing: str) -> str:
    text = json.dumps(document)
    match writing:
        case "bom":
            return "\ufeff" + text
        case "twice":
            return text.replace('"type":', f'"type": "Delete", "actor": "{ALICE}", "type":', 1)
        case "deep":
            return text.replace('"object":', '"object": ' + "[" * 70 + "]" * 70 + ', "x":', 1)
        case "huge":
            return text.replace('"type":', '"votersCount": 1' + "0" * 400 + ', "type":', 1)
        case "nan":
            return text.replace('"type":', '"width": NaN, "type":', 1)
        case "cut":
            return text[: len(text) * 2 // 3]
    return text


documents = st.builds(_changed, things.map(lambda each: json.loads(json.dumps(each))), _changes)
"""What the signer's server may answer when it is asked."""

bodies = st.builds(
    _written,
    st.builds(
        _changed,
        (_aimed | _activities | _activities | _activities).map(
            lambda each: json.loads(json.dumps(each))
        ),
        _changes,
    ),
    st.sampled_from(_WRITINGS),
)
"""Bodies of POSTs to an inbox; ``{n}`` stands for a number that makes an id new."""
